//! The facts of a run as a report, and the files that follow from it.

mod lineage;
mod residuals;
mod words;

use evaluation::Estimate;
use evaluation::report::{FORMAT, Lang, SCHEMA};
use evaluation::report::{
    FeaturePassport, LockedRule, ModelSummary, ParityCheck, ReplayStep, Report, RowUnit, SplitFacts,
    StudyFacts, TopArea, TopAreas, algorithm_register, card_files, card_page, cards, html, model_card,
    models_page, page_file,
};
use features::source::PROTECTED;
use features::spec::{Refit, UnitOfStudy, Unseen};
use features::tables::Day;
use models::Text;
use models::onnx::TOLERANCE;

use super::PipelineError;
use super::foreign;
use super::left_out::LeftOut;
use super::release::{Run, json, software};

/// Areas in the report's top list at most.
const TOP: u32 = 25;

/// Name and bytes of every file under `report/`.
///
/// # Errors
/// When a page cannot be written as JSON.
pub(crate) fn files(run: &Run<'_>) -> Result<Vec<(String, Vec<u8>)>, PipelineError> {
    pages(&facts(run))
}

/// The same from the facts alone, as `train verify` makes them again.
///
/// # Errors
/// As [`files`].
pub(crate) fn pages(report: &Report) -> Result<Vec<(String, Vec<u8>)>, PipelineError> {
    let page =
        |name: &str, lang, text: String| (format!("report/{}", page_file(name, lang)), text.into_bytes());
    let mut files = vec![
        page("index", Lang::Nl, html(report, Lang::Nl)),
        page("index", Lang::En, html(report, Lang::En)),
        ("report/report.json".to_owned(), json("report.json", report)?),
        ("report/model-card.md".to_owned(), model_card(report).into_bytes()),
        (
            "report/algorithm-register.json".to_owned(),
            json("algorithm-register.json", &algorithm_register(report))?,
        ),
        ("report/report.schema.json".to_owned(), SCHEMA.as_bytes().to_vec()),
    ];
    for (name, card) in card_files(report) {
        files.push((format!("report/{name}"), json(&name, &card)?));
    }
    for lang in [Lang::Nl, Lang::En] {
        files.push(page("models", lang, models_page(report, lang)));
        files.extend(cards(report).iter().map(|card| page(card.file, lang, card_page(card, report, lang))));
    }
    Ok(files)
}

/// One line per learner for the terminal: the rule's metric and the difference to the baseline.
pub(crate) fn lines(run: &Run<'_>) -> Vec<String> {
    let metric = run.study.file.rule.metric.name();
    let width = run.judged.verdict.table.iter().map(|row| row.candidate.len()).max().unwrap_or(0);
    let number = |x: Option<f64>| x.map_or_else(|| "-".to_owned(), |x| format!("{x:.4}"));
    let auc = |name: &str| {
        let measures =
            run.judged.evaluation.candidate(name).and_then(|c| c.pooled.get(evaluation::Metric::Auc));
        number(measures.and_then(|m| m.value.value))
    };
    let mut lines = vec![format!(
        "{:width$}  {metric} [95 % interval]; AUC; finds are {}",
        "learner", run.study.file.target.finds.en
    )];
    lines.extend(run.judged.verdict.table.iter().map(|row| {
        let Estimate { value, low, high, .. } = &row.value;
        let (value, low, high) = (number(*value), number(*low), number(*high));
        format!("{:width$}  {value} [{low}, {high}]; {}", row.candidate, auc(&row.candidate))
    }));
    lines.extend(run.backtest.left_out.iter().map(ToString::to_string));
    lines
}

fn facts(run: &Run<'_>) -> Report {
    let file = &run.study.file;
    let label = file
        .learner
        .iter()
        .find(|l| l.name == run.model.name)
        .map_or_else(Text::default, |l| l.label.clone());
    Report {
        format: FORMAT.to_owned(),
        title: file.study.title.clone(),
        purpose: file.study.purpose.clone(),
        limits: file.study.limits.clone(),
        study: study_facts(run),
        inputs: lineage::inputs(run),
        features: passports(run),
        protected: PROTECTED.iter().map(|kind| format!("{}: {}", kind.nl, kind.words.join(", "))).collect(),
        audit_attributes: file.audit.iter().map(|a| a.label.clone()).collect(),
        rule: LockedRule { rule: file.rule.clone(), sha256: run.study.rule_sha256.clone() },
        verdict: run.judged.verdict.clone(),
        splits: splits(run),
        evaluation: run.judged.evaluation.clone(),
        residuals: residuals::likeness(run),
        model: ModelSummary::of(&run.model, label, run.trained_on.rows as u64),
        others: others(run),
        price: run.judged.challenged.as_ref().map_or_else(Vec::new, evaluation::report::price),
        foreign: run.foreign.as_ref().map(|own| own.facts.clone()),
        left_out: run.backtest.left_out.iter().map(LeftOut::reported).collect(),
        elsewhere: run.judged.elsewhere.clone(),
        alternatives: run.judged.alternatives.clone(),
        parity: parity(run),
        areas: top_areas(run),
        replay: replay(run),
        software: software(),
    }
}

/// The learners that were not chosen, baselines left out.
fn others(run: &Run<'_>) -> Vec<ModelSummary> {
    let other = |model: &&models::AdditiveModel| model.name != run.model.name && model.kind != "baseline";
    let label = |name: &str| run.study.file.learner.iter().find(|spec| spec.name == name);
    let summary = |model: &models::AdditiveModel| {
        let label = label(&model.name).map_or_else(Text::default, |spec| spec.label.clone());
        ModelSummary::of(model, label, run.trained_on.rows as u64)
    };
    run.models.iter().filter(other).map(summary).collect()
}

fn study_facts(run: &Run<'_>) -> StudyFacts {
    let file = &run.study.file;
    let time = &file.time;
    let panden = Text { nl: "panden".to_owned(), en: "buildings".to_owned() };
    StudyFacts {
        name: file.study.name.clone(),
        unit: match file.study.unit {
            UnitOfStudy::Pand => RowUnit::Pand,
            UnitOfStudy::Area => RowUnit::Area,
        },
        level: file.study.level.clone(),
        first_as_of: time.first_as_of.clone(),
        last_as_of: time.last_as_of.clone(),
        step: time.step.clone(),
        horizon: time.horizon.clone(),
        reporting_delay: time.reporting_delay.clone(),
        test_from: time.test_from.clone(),
        data_until: time.data_until.clone(),
        refit: time.refit == Refit::Rolling,
        finds: file.target.finds.clone(),
        exposure_unit: file.target.exposure_unit.clone(),
        burden_unit: if file.study.unit == UnitOfStudy::Pand {
            panden
        } else {
            file.target.exposure_unit.clone()
        },
        unseen_is_unknown: file.target.unseen == Unseen::Unknown,
        unknown_in_training: run.study.reading(),
        seed: file.study.seed,
    }
}

/// Papers of every feature, with the share of values that are missing over all as-of dates.
fn passports(run: &Run<'_>) -> Vec<FeaturePassport> {
    let schema = run.history.plan.schema();
    let rows: f64 = run.history.rows.iter().map(|r| r.unit.len() as f64).sum();
    let missing = |j: usize| -> f64 {
        let one = |r: &features::asof::Rows| r.matrix.column(j).iter().filter(|x| x.is_nan()).count() as f64;
        run.history.rows.iter().map(one).sum()
    };
    let passport = |(j, feature): (usize, &models::Feature)| FeaturePassport {
        feature: feature.clone(),
        share_missing: Estimate::proportion(missing(j), rows),
    };
    schema.features.iter().enumerate().map(passport).collect()
}

fn splits(run: &Run<'_>) -> Vec<SplitFacts> {
    let calendar = &run.sources.calendar;
    let date = |d: Option<&usize>| d.map_or_else(String::new, |&d| calendar.dates[d].to_string());
    let facts =
        |(number, (split, count)): (usize, (&evaluation::splits::Split, &super::history::TrainingCount))| {
            let test = calendar.dates[split.test];
            #[expect(clippy::cast_possible_truncation, reason = "there are fewer splits than 2^32")]
            SplitFacts {
                number: number as u32,
                train_from: date(split.train.first()),
                train_until: date(split.train.last()),
                train_rows: count.rows as u64,
                train_finds: count.found as u64,
                known_by: Day(split.known_by).to_string(),
                test_as_of: test.to_string(),
                test_until: calendar.outcome_until(test).to_string(),
            }
        };
    run.backtest.splits.iter().zip(&run.backtest.trained_on).enumerate().map(facts).collect()
}

fn parity(run: &Run<'_>) -> Vec<ParityCheck> {
    let check = |c: &super::Compared| ParityCheck {
        backend: c.backend.clone(),
        rows: c.rows as u64,
        largest_difference: c.score.max(c.contributions),
        tolerance: TOLERANCE,
    };
    run.compared.iter().map(check).collect()
}

fn top_areas(run: &Run<'_>) -> TopAreas {
    let calendar = &run.sources.calendar;
    let until = calendar.last().map_or_else(String::new, |day| calendar.outcome_until(day).to_string());
    let of_level = || run.scores.areas.iter().filter(|a| a.level == run.study.file.study.level);
    let mut areas: Vec<TopArea> = of_level().filter_map(TopArea::of).collect();
    let published = areas.len() as u64;
    areas.sort_by_key(|a| a.rank);
    areas.retain(|a| a.rank <= TOP);
    TopAreas {
        as_of: run.scores.as_of.clone(),
        until,
        areas,
        published,
        suppressed: of_level().count() as u64 - published,
    }
}

fn replay(run: &Run<'_>) -> Vec<ReplayStep> {
    let step = |nl: &str, en: &str, command: &str| ReplayStep {
        text: Text { nl: nl.to_owned(), en: en.to_owned() },
        command: command.to_owned(),
    };
    let name = &run.study.file.study.name;
    let again = match &run.foreign {
        None => format!("train run {name}.toml --out OPNIEUW"),
        Some(own) => format!(
            "train evaluate {name}.toml --onnx BUNDLE/{} --name {} --output {} --out OPNIEUW",
            foreign::FILE,
            own.facts.name,
            own.facts.output
        ),
    };
    vec![
        step(
            "Controleer of geen bestand van deze bundel is veranderd.",
            "Check that no file of this bundle has changed.",
            "train verify BUNDLE",
        ),
        step(
            "Lees en controleer de bronnen, en bewijs dat geen kenmerk de toekomst kent. De hashes moeten gelijk zijn aan die in hoofdstuk 2.",
            "Read and check the sources, and prove that no feature knows the future. The hashes must equal those in chapter 2.",
            "train check BUNDLE/study.toml --scramble",
        ),
        step(
            "Draai de studie opnieuw naast de bronnen. Dezelfde bronnen en versie geven dezelfde bytes.",
            "Run the study again beside its sources. The same sources and version give the same bytes.",
            &again,
        ),
        step(
            "Of laat dat het programma doen: draai alles opnieuw met de bronnen in de map MAP, en vergelijk elk bestand bit voor bit. Wat veranderd is, wordt genoemd.",
            "Or let the program do so: run everything again with the sources in the folder MAP, and compare every file bit by bit. What was changed is named.",
            "train verify BUNDLE --data MAP",
        ),
    ]
}
