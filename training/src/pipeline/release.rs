//! From checked sources to a bundle: back-test, verdict by the locked rule, refit, scores, report, bundle.

use std::collections::BTreeMap;
use std::path::Path;

use evaluation::Verdict;
use features::asof::ScrambleReport;
use models::AdditiveModel;
use models::bundle::{Manifest, Release, SelfTest, Writer};
use models::learner::LearnerSpec;
use models::onnx::Backend;

use super::area_history::{self, AreaHistory};
use super::backtest::{self, Backtest};
use super::calibration::Later;
use super::foreign::{self, ForeignSpec, Measured};
use super::history::{History, TrainingCount};
use super::judge::{Judged, judge};
use super::load::Sources;
use super::parity::{Compared, compare, compare_in_other_process};
use super::publish::{published_level, score_rows};
use super::recipe::{self, Recipe};
use super::{PipelineError, areas, monitor, report};
use crate::study::Study;

/// What a finished run tells the user.
pub(crate) struct Finished {
    /// The manifest that was written.
    pub(crate) manifest: Manifest,
    /// A line per learner.
    pub(crate) evaluation_lines: Vec<String>,
    /// The comparisons of the ONNX file.
    pub(crate) compared: Vec<Compared>,
}

/// Everything that the report tells of.
pub(crate) struct Run<'a> {
    pub(crate) study: &'a Study,
    pub(crate) sources: &'a Sources,
    pub(crate) proof: Option<&'a ScrambleReport>,
    pub(crate) history: &'a History<'a>,
    pub(crate) backtest: Backtest,
    pub(crate) judged: Judged,
    /// A model of others that was measured beside the learners.
    pub(crate) foreign: Option<Measured>,
    /// The chosen one.
    pub(crate) model: AdditiveModel,
    /// All of them, in the order of the back-test's learners, fitted on everything that is known.
    pub(crate) models: Vec<AdditiveModel>,
    pub(crate) area_history: AreaHistory,
    pub(crate) trained_on: TrainingCount,
    pub(crate) scores: models::bundle::Scores,
    pub(crate) compared: Vec<Compared>,
}

/// What a run does beside the study.
#[derive(Clone, Copy, Default)]
pub(crate) struct Options<'a> {
    /// The proof that features know nothing of the future, if it was made.
    pub(crate) proof: Option<&'a ScrambleReport>,
    /// ONNX Runtime, to compare with, and to run a model of others.
    pub(crate) onnxruntime: Option<&'a Path>,
    /// A model of others to measure.
    pub(crate) foreign: Option<&'a ForeignSpec>,
}

impl Options<'_> {
    /// The backend of this process, and the one that is compared in another process. A model of others needs the
    /// one that knows most operators here.
    fn backends(&self) -> (Backend, Option<Backend>) {
        let library = self.onnxruntime.map(|path| Backend::OnnxRuntime(path.to_owned()));
        match (library, self.foreign) {
            (Some(library), Some(_)) => (library, Some(Backend::Tract)),
            (library, _) => (Backend::Tract, library),
        }
    }
}

/// Runs a study and puts its bundle in place. Nothing is written before the bundle is whole.
///
/// # Errors
/// At the first stage that cannot be done; an older bundle stays as it was.
pub(crate) fn run(
    study: &Study,
    sources: &Sources,
    out: &Path,
    options: Options<'_>,
) -> Result<Finished, PipelineError> {
    let (here, elsewhere) = options.backends();
    let foreign = options.foreign.map(|spec| foreign::load(spec, study, sources, &here)).transpose()?;
    let history = History::build(study, &sources.loaded.tables, &sources.calendar)?;
    let foreign = foreign.map(|model| model.measure(&history, &sources.calendar)).transpose()?;
    let mut backtest = backtest::run(&history, &sources.calendar)?;
    // Before the choice: the rule must not choose what cannot be fitted on the final rows.
    let (models, trained_on) = refit(sources, &history, &mut backtest)?;
    let judged = judge(study, sources, &history, &backtest, foreign.as_ref())?;
    let latest = history
        .rows
        .last()
        .ok_or_else(|| PipelineError::NothingToScore(study.file.time.last_as_of.clone()))?;
    let chosen = chosen(&models, &judged.verdict)?;
    let model = models[chosen].clone();
    let told = (backtest.learners[chosen].sums.as_slice(), &model);
    let area_history = AreaHistory::new(study, &sources.loaded.tables.areas, &backtest, told, latest);
    let onnx = models::onnx::write(&model);
    let mut compared = vec![compare(&model, &onnx, &here, Some(&latest.matrix))?];
    if let Some(elsewhere) = elsewhere {
        compared.push(compare_in_other_process(&model, &onnx, &elsewhere)?);
    }
    let scores = score_rows(study, sources, &model, Some(&area_history), latest)?;
    let run = Run {
        study,
        sources,
        proof: options.proof,
        history: &history,
        backtest,
        judged,
        foreign,
        model,
        models,
        area_history,
        trained_on,
        scores,
        compared,
    };
    let manifest = write(&run, &onnx, out)?;
    Ok(Finished { manifest, evaluation_lines: report::lines(&run), compared: run.compared })
}

/// Fits every learner of the back-test again, on everything that was complete at the published date, and calibrates
/// it on the back-test. One that refuses leaves the back-test too; models and learners stay in the same order.
pub(crate) fn refit(
    sources: &Sources,
    history: &History<'_>,
    backtest: &mut Backtest,
) -> Result<(Vec<AdditiveModel>, TrainingCount), PipelineError> {
    let dates = backtest::final_dates(&sources.calendar);
    let known_by =
        sources.calendar.last().unwrap_or(sources.calendar.data_until).min(sources.calendar.data_until);
    let training = history.training(&dates, known_by)?;
    let count = training.count;
    let learners: Vec<&LearnerSpec> = backtest.learners.iter().map(|own| &own.spec).collect();
    let fitted = training.fit(&learners, &[], None)?;
    fitted.refused.into_iter().for_each(|refusal| backtest.leave_out(refusal, None));
    let mut models = fitted.models;
    let later = Later::known_by(history, &sources.calendar, &backtest.splits, known_by)?;
    for (learner, model) in backtest.learners.iter().zip(&mut models) {
        model.calibration = later.calibration(learner, model.link)?;
        if model.calibration.is_none() && model.link != models::Link::Identity {
            model.notes.push(models::Text {
                nl: "Niet gekalibreerd op latere gegevens".to_owned(),
                en: "Not calibrated on later data".to_owned(),
            });
        }
    }
    Ok((models, count))
}

/// Position of the chosen learner.
fn chosen(models: &[AdditiveModel], verdict: &Verdict) -> Result<usize, PipelineError> {
    let position = models.iter().position(|model| model.name == verdict.chosen);
    position.ok_or_else(|| PipelineError::NothingToScore(verdict.chosen.clone()))
}

fn write(run: &Run<'_>, onnx: &[u8], out: &Path) -> Result<Manifest, PipelineError> {
    let mut writer = Writer::create(out)?;
    let published = published_level(run.study, &run.sources.loaded.tables.areas);
    writer.add("model.json", run.model.to_json()?.as_bytes())?;
    writer.add("model.onnx", onnx)?;
    writer.add("schema.json", &json("schema.json", &run.model.schema)?)?;
    writer.add(
        "areas.geojson",
        &json("areas.geojson", &areas::geojson(&run.sources.loaded.tables.areas, published))?,
    )?;
    writer.add("scores.json", &json("scores.json", &run.scores)?)?;
    writer.add(area_history::FILE, &json(area_history::FILE, &run.area_history)?)?;
    writer.add("selftest.json", &json("selftest.json", &SelfTest::make(&run.model))?)?;
    if let Some(published) = run.history.rows.last() {
        writer.add(monitor::FILE, &json(monitor::FILE, &monitor::summaries(published))?)?;
    }
    writer.add("study.toml", run.study.text.as_bytes())?;
    writer.add(recipe::FILE, &json(recipe::FILE, &Recipe::of(run))?)?;
    if let Some(own) = &run.foreign {
        writer.add(foreign::FILE, &own.bytes)?;
    }
    for (name, bytes) in report::files(run)? {
        writer.add(&name, &bytes)?;
    }
    Ok(writer.finish(manifest(run))?)
}

/// A value as indented JSON with a line end.
pub(crate) fn json(what: &str, value: &impl serde::Serialize) -> Result<Vec<u8>, PipelineError> {
    let mut bytes = serde_json::to_vec_pretty(value)
        .map_err(|cause| PipelineError::Json { what: what.to_owned(), cause })?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn manifest(run: &Run<'_>) -> Manifest {
    let file = &run.study.file;
    let calendar = &run.sources.calendar;
    let as_of = calendar.last().unwrap_or(calendar.data_until);
    let mut inputs: BTreeMap<String, String> = run.sources.loaded.inputs.clone();
    inputs.insert("study".to_owned(), run.study.sha256.clone());
    if let Some(own) = &run.foreign {
        inputs.insert(foreign::INPUT.to_owned(), own.facts.file.sha256.clone());
    }
    Manifest {
        format: String::new(),
        study: file.study.name.clone(),
        title: file.study.title.clone(),
        as_of: as_of.to_string(),
        until: calendar.outcome_until(as_of).to_string(),
        level: file.study.level.clone(),
        model: run.model.name.clone(),
        finds: file.target.finds.clone(),
        exposure_unit: file.target.exposure_unit.clone(),
        minimum_units: file.minimum_units(),
        release: Release { released: run.judged.verdict.released, reason: run.judged.verdict.reason.clone() },
        software: software(),
        inputs,
        files: BTreeMap::new(),
    }
}

/// Name and version of this program.
pub(crate) fn software() -> String {
    format!("zichtlijn {}", env!("CARGO_PKG_VERSION"))
}
