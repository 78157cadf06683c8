//! From a bundle on disk to a service that is ready to answer: verify, load, self-test, project, write.

use std::collections::BTreeMap;
use std::path::Path;

use axum::body::Bytes;
use models::AdditiveModel;
use models::bundle::{Manifest, Scores, SelfTest};
use models::onnx::{Backend, OnnxError, Runner};

use crate::api::{documents, map};
use crate::facts::Facts;
use crate::geometry::{self, UnfitGeometry};
use crate::inference::Scorer;
use crate::interim::{Bundle, BundleError};
use crate::projection::{Projection, UnfitFigures};
use crate::service::Service;
use crate::settings::{PublicUrl, Settings};
use crate::snapshot::{Bilingual, Documents, Report, Snapshot};

/// Largest difference that the self-test allows.
const TOLERANCE: f64 = 1e-5;

/// Why a bundle is not served.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The bundle is incomplete, altered or unreadable.
    #[error("the bundle is refused: {0}\n  Make it again with `train run`, or fetch an unaltered copy.")]
    Bundle(#[from] BundleError),
    /// The model gives other outputs than it should.
    #[error(
        "the self-test of model.onnx fails against selftest.json: {0}\n  Nothing is served from a model that does not \
             compute what it did when it was made. Try another --onnxruntime, or make the bundle again."
    )]
    SelfTest(String),
    /// The model file cannot be run.
    #[error("model.onnx cannot be run: {0}")]
    Model(#[from] OnnxError),
    /// The figures contradict themselves.
    #[error("scores.json is refused: {0}")]
    Figures(#[from] UnfitFigures),
    /// The published level has no areas.
    #[error("scores.json has no area of the level {0:?} that manifest.json names as the published one")]
    NoAreas(String),
    /// The geometry is no use.
    #[error("areas.geojson is refused: {0}")]
    Geometry(#[from] UnfitGeometry),
    /// Geometry of an area that is not published.
    #[error("areas.geojson has area {0}, which scores.json does not")]
    Unpublished(String),
    /// A document could not be written.
    #[error("the answers cannot be written: {0}")]
    Write(#[from] serde_json::Error),
}

/// What is in a bundle, read and verified.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) manifest: Manifest,
    pub(crate) model: AdditiveModel,
    pub(crate) scores: Scores,
    pub(crate) selftest: SelfTest,
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

/// Verifies a bundle, loads its model, replays its self-test and makes everything that is answered.
///
/// # Errors
/// When anything about the bundle is wrong; the message names the file.
pub fn load(directory: &Path, settings: &Settings) -> Result<Service, LoadError> {
    let contents = Bundle::open(directory)?;
    let backend = settings.onnxruntime.clone().map_or(Backend::Tract, Backend::OnnxRuntime);
    let runner = Runner::new(contents.files.get("model.onnx").map_or(&[], Vec::as_slice), &backend)?;
    serve(contents, runner, settings)
}

/// The service of these contents.
pub(crate) fn serve(
    mut contents: Contents,
    runner: Runner,
    settings: &Settings,
) -> Result<Service, LoadError> {
    let sha256 = contents.manifest.files.get("model.onnx").cloned().unwrap_or_default();
    let report = report(&mut contents.files);
    let Contents { manifest, model, scores, selftest, files } = contents;
    replay(&selftest, &runner, model.terms.len())?;
    let base = settings.base();
    let facts = Facts::new(&manifest, base)?;
    let projection = Projection::for_everyone(scores)?;
    if projection.level(facts.level()).is_none() {
        return Err(LoadError::NoAreas(facts.level().to_owned()));
    }
    let documents = Documents {
        maps: maps(&facts, &projection, files.get("areas.geojson").map_or(&[], Vec::as_slice))?,
        landing: Bilingual::make(|language| documents::write_landing(&facts, &projection, base, language))?,
        model: Bilingual::make(|language| documents::write_model(&facts, &model, base, language))?,
        openapi: documents::write_openapi(&projection, base)?,
        report,
    };
    let scorer = Scorer::new(&manifest.model, &model, &sha256, runner);
    let snapshot = Snapshot::new(facts, projection, base, documents)?;
    Ok(Service::new(snapshot, scorer, settings.public_url.as_ref().is_some_and(PublicUrl::is_https)))
}

fn report(files: &mut BTreeMap<String, Vec<u8>>) -> Report {
    let mut take = |name: &str| files.remove(name).map(Bytes::from);
    Report {
        nl: take("report/index.html"),
        en: take("report/index.en.html"),
        json: take("report/report.json"),
    }
}

fn maps(facts: &Facts, projection: &Projection, file: &[u8]) -> Result<BTreeMap<String, Bytes>, LoadError> {
    let outlines = geometry::read(file)?;
    if let Some(code) = outlines.keys().find(|code| projection.area(code).is_none()) {
        return Err(LoadError::Unpublished(code.clone()));
    }
    let bare = projection.areas().iter().filter(|area| !outlines.contains_key(&area.code)).count();
    if bare > 0 {
        tracing::warn!(areas = bare, "areas.geojson lacks areas of scores.json; they are on no map");
    }
    let mut maps = BTreeMap::new();
    for level in projection.levels() {
        maps.insert(level.name.clone(), map::write(facts, projection, level, &outlines)?);
    }
    Ok(maps)
}

/// Runs the self-test rows and compares every output.
fn replay(selftest: &SelfTest, runner: &Runner, terms: usize) -> Result<(), LoadError> {
    let n = selftest.rows.len();
    let rows: Vec<f32> = selftest.rows.iter().flatten().map(|value| value.unwrap_or(f32::NAN)).collect();
    let (scores, outputs) = runner.run(&rows, n)?;
    let contributions: Vec<f64> = selftest.contributions.iter().flatten().copied().collect();
    for (name, expected, given, width) in
        [("score", &selftest.scores, &scores, 1), ("contribution", &contributions, &outputs, terms.max(1))]
    {
        if n == 0
            || expected.len() != n * if name == "score" { 1 } else { terms }
            || given.len() != expected.len()
        {
            let (given, expected) = (given.len(), expected.len());
            return Err(LoadError::SelfTest(format!("{n} rows have {given} {name}s instead of {expected}")));
        }
        for (i, (&expected, &given)) in expected.iter().zip(given).enumerate() {
            let given = f64::from(given);
            let difference = (given - expected).abs();
            if difference.is_nan() || difference > TOLERANCE {
                let row = i / width;
                let message = format!("row {row} has {name} {given} instead of {expected}");
                return Err(LoadError::SelfTest(message));
            }
        }
    }
    Ok(())
}
