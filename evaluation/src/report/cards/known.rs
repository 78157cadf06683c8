//! What a run knows, said in sentences that several frameworks ask for.

use models::Text;

use crate::backtest::rule::Metric;
use crate::estimate::Estimate;
use crate::fairness::{GroupMetric, GroupTable};
use crate::report::facts::Report;
use crate::report::lang::{Lang, Pair, Style};
use crate::report::summary::{chosen, label};
use crate::report::testing::{rule_note, test_note};
use crate::report::{gaps, texts};

/// The same sentence in both languages.
pub(super) fn both(say: impl Fn(Lang) -> String) -> Text {
    Text { nl: say(Lang::Nl), en: say(Lang::En) }
}

/// Sentences one after another.
pub(super) fn join(parts: &[Text]) -> Text {
    both(|lang| parts.iter().map(|t| lang.text(t)).filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" "))
}

pub(super) fn fixed(pair: Pair) -> Text {
    both(|lang| lang.of(pair).to_owned())
}

pub(super) fn purpose(report: &Report) -> Text {
    let level = both(|lang| lang.fill(texts::AREAS_ONLY, &[("level", &report.study.level)]));
    join(&[report.purpose.clone(), level])
}

pub(super) fn version(report: &Report) -> Text {
    both(|lang| {
        lang.fill(
            Pair(
                "Gemaakt met {software} uit studie “{study}”, op gegevens tot {until}. Het model is “{model}” (soort: {kind}).",
                "Made with {software} from study “{study}”, on data until {until}. The model is “{model}” (kind: {kind}).",
            ),
            &[
                ("software", &report.software),
                ("study", &report.study.name),
                ("until", &report.study.data_until),
                ("model", lang.text(&report.model.label)),
                ("kind", &report.model.kind),
            ],
        )
    })
}

/// Sources with what became of their rows.
pub(super) fn sources(report: &Report) -> Text {
    both(|lang| {
        let one =
            Pair("{name}: {read} rijen gelezen, {kept} gebruikt", "{name}: {read} rows read, {kept} kept");
        let source = |input: &crate::report::facts::InputFile| {
            let counts = [("read", lang.count(input.rows_read)), ("kept", lang.count(input.rows_kept))];
            lang.fill(one, &[("name", &input.name), ("read", &counts[0].1), ("kept", &counts[1].1)])
        };
        let all: Vec<String> = report.inputs.iter().filter(|i| i.kind != "study").map(source).collect();
        format!("{}: {}.", lang.of(Pair("Bronnen", "Sources")), all.join("; "))
    })
}

/// How many warnings the checks of the sources gave.
pub(super) fn quality(report: &Report) -> Text {
    let warnings = report.inputs.iter().flat_map(|i| &i.findings).count() as u64;
    let dropped: u64 = report.inputs.iter().flat_map(|i| &i.dropped).map(|d| d.rows).sum();
    both(|lang| {
        lang.fill(
            Pair(
                "De controle van de bronnen gaf {warnings} bevindingen; {dropped} rijen zijn weggelaten, elk met een reden. Van elk bestand staat de vingerafdruk (SHA-256) in het rapport.",
                "The checks of the sources gave {warnings} findings; {dropped} rows were left out, each with a reason. The fingerprint (SHA-256) of each file is in the report.",
            ),
            &[("warnings", &lang.count(warnings)), ("dropped", &lang.count(dropped))],
        )
    })
}

/// The features, and that characteristics of people are refused.
pub(super) fn minimisation(report: &Report) -> Text {
    both(|lang| {
        let labels: Vec<&str> = report.features.iter().map(|f| lang.text(&f.feature.label)).collect();
        let note = lang.fill(
            Pair(
                "Het model mag {count} kenmerken lezen, elk met een paspoort (doel, bron, grondslag): {labels}.",
                "The model may read {count} features, each with a passport (purpose, source, legal basis): {labels}.",
            ),
            &[("count", &lang.count(labels.len() as u64)), ("labels", &labels.join("; "))],
        );
        format!("{note} {}", lang.of(texts::PEOPLE_NOT_USED))
    })
}

pub(super) fn test(report: &Report) -> Text {
    both(|lang| {
        let count = lang.fill(
            Pair("Er zijn {n} toetsen.", "There are {n} tests."),
            &[("n", &lang.count(report.splits.len() as u64))],
        );
        format!("{} {count}", test_note(report, lang))
    })
}

pub(super) fn rule(report: &Report) -> Text {
    both(|lang| format!("{} {}: {}.", rule_note(report, lang), lang.of(texts::RULE_HASH), report.rule.sha256))
}

pub(super) fn verdict(report: &Report) -> Text {
    report.verdict.reason.clone()
}

/// The figures that matter, each with interval and n.
pub(super) fn figures(report: &Report) -> Text {
    both(|lang| {
        let Some(chosen) = chosen(report) else { return String::new() };
        let shown = [
            Metric::FindsAtCapacity,
            Metric::PrecisionAtCapacity,
            Metric::RecallAtCapacity,
            Metric::Auc,
            Metric::CalibrationInTheLarge,
        ];
        let one = |metric: &Metric| {
            let value = &chosen.pooled.get(*metric)?.value;
            let name = lang.of(texts::metric(*metric));
            Some(format!("{name}: {}", lang.sentence(value, texts::style(*metric))))
        };
        format!("{}.", shown.iter().filter_map(one).collect::<Vec<_>>().join(". "))
    })
}

/// Baselines and other learners on the rule's metric.
pub(super) fn alternatives(report: &Report) -> Text {
    let metric = report.rule.rule.metric;
    both(|lang| {
        let one = |row: &crate::backtest::verdict::VerdictRow| {
            format!("{}: {}", lang.text(&row.label), lang.sentence(&row.value, texts::style(metric)))
        };
        let all: Vec<String> = report.verdict.table.iter().map(one).collect();
        let head = lang.fill(
            Pair("Vergeleken op “{metric}”", "Compared on “{metric}”"),
            &[("metric", lang.of(texts::metric(metric)))],
        );
        format!("{head}: {}.", all.join("; "))
    })
}

/// Tables of the chosen candidate.
pub(super) fn tables(report: &Report) -> impl Iterator<Item = &GroupTable> {
    report.evaluation.fairness.iter().filter(|t| t.candidate == report.verdict.chosen)
}

/// Per attribute the gaps between groups.
pub(super) fn groups(report: &Report) -> Text {
    both(|lang| {
        let gap = |gap: &crate::fairness::GroupGap| {
            let style = Style::Percent;
            format!("{} {}", lang.of(gaps::rate(gap.metric)), lang.sentence(&gap.gap, style))
        };
        let one = |t: &GroupTable| {
            let all: Vec<String> = t.gaps.iter().map(gap).collect();
            lang.fill(
                Pair(
                    "{attribute}: grootste verschil tussen {n} groepen: {gaps}.",
                    "{attribute}: largest difference between {n} groups: {gaps}.",
                ),
                &[
                    ("attribute", lang.text(&t.label)),
                    ("n", &lang.count(t.groups.len() as u64)),
                    ("gaps", &all.join("; ")),
                ],
            )
        };
        let all: Vec<String> = tables(report).map(one).collect();
        if all.is_empty() { lang.of(texts::NO_AUDIT).to_owned() } else { all.join(" ") }
    })
}

/// Whether the share on the list differs between groups.
pub(super) fn selection(report: &Report) -> Text {
    both(|lang| {
        let mut all = Vec::new();
        for t in tables(report) {
            let gap = t.gaps.iter().find(|g| g.metric == GroupMetric::SelectionRate);
            let Some(Estimate { low: Some(low), .. }) = gap.map(|g| &g.gap) else { continue };
            let words = if *low > 0.0 {
                Pair(
                    "“{attribute}”: het deel op de lijst verschilt tussen groepen meer dan toeval verklaart.",
                    "“{attribute}”: the share on the list differs between groups by more than chance explains.",
                )
            } else {
                Pair(
                    "“{attribute}”: een verschil in het deel op de lijst is niet aangetoond; dat bewijst niet dat het er niet is.",
                    "“{attribute}”: a difference in the share on the list is not shown; that does not prove there is none.",
                )
            };
            all.push(lang.fill(words, &[("attribute", lang.text(&t.label))]));
        }
        all.join(" ")
    })
}

pub(super) fn unknown(report: &Report) -> Text {
    let rows = &report.evaluation.rows;
    both(|lang| {
        lang.fill(
            Pair(
                "Van {unknown} van de {rows} getoetste rijen is de uitkomst onbekend. Onbekend telt nergens stil als ‘niets gevonden’; het rapport geeft de uiterste waarden.",
                "Of {unknown} of the {rows} test rows the outcome is unknown. Unknown nowhere counts silently as ‘nothing found’; the report gives the extremes.",
            ),
            &[("unknown", &lang.count(rows.unknown)), ("rows", &lang.count(rows.rows))],
        )
    })
}

pub(super) fn limits(report: &Report) -> Text {
    let fixed_limits = both(|lang| texts::LIMITS.map(|limit| lang.of(limit)).join(" "));
    join(&[report.limits.clone(), fixed_limits])
}

pub(super) fn oversight() -> Text {
    fixed(texts::ADVICE)
}

/// How the model computes, and that it can be followed by hand.
pub(super) fn design(report: &Report) -> Text {
    both(|lang| {
        lang.fill(
            Pair(
                "Het model telt een vast getal en {terms} bijdragen op; elke bijdrage staat in het rapport, zodat elke score met de hand na te rekenen is. Het is gemaakt op {rows} rijen.",
                "The model adds up a fixed number and {terms} contributions; each contribution is in the report, so that every score can be checked by hand. It was fitted on {rows} rows.",
            ),
            &[
                ("terms", &lang.count(report.model.terms.len() as u64)),
                ("rows", &lang.count(report.model.rows)),
            ],
        )
    })
}

/// What comes out, and for how many areas it is withheld.
pub(super) fn output(report: &Report) -> Text {
    both(|lang| {
        lang.fill(
            Pair(
                "Per gebied komt eruit: het verwachte aantal {finds} met een marge van 90 %, de plaats met haar marge, en wat elke bijdrage deed. Van {published} gebieden wordt een score getoond; van {suppressed} niet, omdat ze te klein zijn of een klein gebied zouden verraden.",
                "Per area the output is: the expected number of {finds} with a 90 % interval, the rank with its interval, and what each contribution did. Of {published} areas a score is shown; of {suppressed} not, because they are too small or would give a small area away.",
            ),
            &[
                ("finds", lang.text(&report.study.finds)),
                ("published", &lang.count(report.areas.published)),
                ("suppressed", &lang.count(report.areas.suppressed)),
            ],
        )
    })
}

/// The backends that gave the same numbers.
pub(super) fn backends(report: &Report) -> Text {
    both(|lang| {
        let names: Vec<&str> = report.parity.iter().map(|p| p.backend.as_str()).collect();
        lang.fill(
            Pair(
                "Het model is ook als ONNX-bestand opgeslagen en nagerekend met: {names}.",
                "The model is stored as an ONNX file too, and was computed again with: {names}.",
            ),
            &[("names", &names.join("; "))],
        )
    })
}

pub(super) fn replay(report: &Report) -> Text {
    both(|lang| {
        let steps: Vec<String> =
            report.replay.iter().map(|s| format!("{} ({})", lang.text(&s.text), s.command)).collect();
        steps.join(" ")
    })
}

/// Name of the chosen learner and what it was measured against.
pub(super) fn choice(report: &Report) -> Text {
    both(|lang| {
        lang.fill(
            Pair(
                "Gekozen is “{model}”, het beste model volgens de regel, naast “{baseline}”.",
                "“{model}” was chosen, the best model by the rule, beside “{baseline}”.",
            ),
            &[
                ("model", label(report, lang, &report.verdict.chosen)),
                ("baseline", label(report, lang, &report.verdict.baseline)),
            ],
        )
    })
}

/// How often: the step of the as-of dates.
pub(super) fn frequency(report: &Report) -> Text {
    both(|lang| {
        lang.fill(
            Pair(
                "De studie rekent met een peildatum om de {step} en voorspelt {horizon} vooruit. De scores in deze bundel gelden van {from} tot en met {until}.",
                "The study has an as-of date every {step} and predicts {horizon} ahead. The scores in this bundle hold from {from} to {until}.",
            ),
            &[
                ("step", &crate::report::testing::duration(&report.study.step, lang)),
                ("horizon", &crate::report::testing::duration(&report.study.horizon, lang)),
                ("from", &report.areas.as_of),
                ("until", &report.areas.until),
            ],
        )
    })
}
