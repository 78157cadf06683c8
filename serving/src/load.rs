//! From a bundle on disk to a service that is ready to answer: verify, load, self-test, project, write.

use std::collections::BTreeSet;
use std::path::Path;

use models::bundle::{Bundle, BundleError, ONNX};
use models::onnx::{Backend, OnnxError, Runner};

use crate::answer::Document;
use crate::api::documents;
use crate::facts::Facts;
use crate::geometry::{self, UnfitGeometry};
use crate::inference::Scorer;
use crate::projection::{Source, UnfitFigures};
use crate::service::Service;
use crate::settings::Settings;
use crate::shapes::Shapes;
use crate::snapshot::{Bilingual, Documents, Report, Snapshot};

/// Why a bundle is not served.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The bundle is incomplete, altered or unreadable.
    #[error("the bundle is refused: {0}")]
    Bundle(#[from] BundleError),
    /// The backend or the model file cannot be used.
    #[error("model.onnx cannot be run: {0}")]
    Model(#[source] OnnxError),
    /// The model gives other outputs than it should.
    #[error("model.onnx fails the self-test of selftest.json, so nothing is served: {0}")]
    SelfTest(#[source] OnnxError),
    /// The model file has other columns than the readable model.
    #[error(
        "model.onnx has {onnx:?} features and terms, but model.json has {json:?}. Write the bundle again with `train run`"
    )]
    OtherModel {
        /// Number of features and terms in `model.onnx`.
        onnx: (usize, usize),
        /// Number of features and terms in `model.json`.
        json: (usize, usize),
    },
    /// The figures contradict themselves.
    #[error("scores.json is refused: {0}")]
    Figures(#[from] UnfitFigures),
    /// The published level has no areas.
    #[error("scores.json has no area of the level {0:?} that manifest.json names as the published one")]
    NoAreas(String),
    /// The geometry is of no use.
    #[error("areas.geojson is refused: {0}")]
    Geometry(#[from] UnfitGeometry),
    /// Geometry of an area that is not published.
    #[error("areas.geojson has area {0}, which scores.json does not")]
    Unpublished(String),
    /// A document could not be written.
    #[error("the answers cannot be written: {0}")]
    Write(#[from] serde_json::Error),
}

/// Verifies a bundle, loads its model, replays its self-test and makes everything that is answered.
///
/// # Errors
/// When anything about the bundle is wrong; the message names the file.
pub fn load(directory: &Path, settings: &Settings) -> Result<Service, LoadError> {
    let mut bundle = Bundle::open(directory)?;
    let scorer = scorer(&bundle, settings)?;
    let base = settings.base();
    let facts = Facts::new(bundle.manifest());
    let rules = settings.disclosure.at_least(bundle.manifest().minimum_units);
    let source = Source::new(bundle.scores(), &rules, bundle.manifest_sha256())?;
    if !source.has_level(facts.level()) {
        return Err(LoadError::NoAreas(facts.level().to_owned()));
    }
    let shapes = shapes(&source, bundle.areas())?;
    let documents = Documents {
        model: Bilingual::make(|language| documents::write_model(&facts, bundle.model(), base, language))?,
        report: report(&mut bundle),
    };
    let snapshot = Snapshot::new(facts, source, shapes, documents, base, settings.open_tier)?;
    Ok(Service::new(bundle.manifest_sha256(), snapshot, scorer, settings.clone()))
}

/// Loads the model file and replays the self-test on it.
fn scorer(bundle: &Bundle, settings: &Settings) -> Result<Scorer, LoadError> {
    let backend = settings.onnxruntime.clone().map_or(Backend::Tract, Backend::OnnxRuntime);
    let runner = Runner::new(bundle.onnx(), &backend).map_err(LoadError::Model)?;
    let model = bundle.model();
    let onnx = (runner.features(), runner.terms());
    let json = (model.schema.features.len(), model.terms.len());
    if onnx != json {
        return Err(LoadError::OtherModel { onnx, json });
    }
    let difference = bundle.selftest().replay(&runner).map_err(LoadError::SelfTest)?;
    tracing::info!(%backend, rows = bundle.selftest().rows.len(), difference, "self-test passed");
    let sha256 = bundle.manifest().files.get(ONNX).map_or("", String::as_str);
    Ok(Scorer::new(&bundle.manifest().model, model, sha256, runner))
}

fn report(bundle: &mut Bundle) -> Report {
    let mut take = |name: &str| bundle.take_file(name).map(Document::new);
    Report {
        nl: take("report/index.html"),
        en: take("report/index.en.html"),
        json: take("report/report.json"),
    }
}

/// The outlines of the areas, all of which must be published.
fn shapes(source: &Source, file: &[u8]) -> Result<Shapes, LoadError> {
    let outlines = geometry::read(file)?;
    let levels = source.codes();
    let codes: BTreeSet<&str> = levels.values().flatten().map(String::as_str).collect();
    if let Some(code) = outlines.keys().find(|code| !codes.contains(code.as_str())) {
        return Err(LoadError::Unpublished(code.clone()));
    }
    let bare = codes.iter().filter(|code| !outlines.contains_key(**code)).count();
    if bare > 0 {
        tracing::warn!(areas = bare, "areas.geojson lacks areas of scores.json; they are on no map");
    }
    Ok(Shapes::new(&outlines, levels)?)
}
