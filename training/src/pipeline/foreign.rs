//! A model of others beside the learners: checked against the study's schema, and run on the test rows as it is.
//!
//! It has no terms, so it can give no reasons; it is measured and reported, and the bundle's scores come from the
//! study's own model. Its file is kept in the bundle, so that its figures can be made again.

use std::path::{Path, PathBuf};

use evaluation::report::{FileHash, ForeignModel};
use features::asof::Calendar;
use models::Text;
use models::onnx::{Backend, Foreign};
use sha2::{Digest, Sha256};

use super::PipelineError;
use super::backtest;
use super::history::History;
use super::load::Sources;
use crate::progress::Stage;
use crate::study::{Study, hex};

/// Kind of the candidate in the figures.
pub(crate) const KIND: &str = "onnx";
/// Name of its file in a bundle.
pub(crate) const FILE: &str = "foreign/model.onnx";
/// Name of its hash among the inputs of the manifest.
pub(crate) const INPUT: &str = "foreign_model";

/// What to measure.
#[derive(Clone, Debug)]
pub(crate) struct ForeignSpec {
    /// The ONNX file.
    pub(crate) path: PathBuf,
    /// Name of the candidate in the figures.
    pub(crate) name: String,
    /// The output with the expected number; see [`Foreign::new`] for which is taken without.
    pub(crate) output: Option<String>,
}

/// A model of others that fits the study.
#[derive(Debug)]
pub(crate) struct Loaded {
    model: Foreign,
    bytes: Vec<u8>,
    path: PathBuf,
    facts: ForeignModel,
}

/// It, with its scores.
#[derive(Debug)]
pub(crate) struct Measured {
    /// What the report tells of it.
    pub(crate) facts: ForeignModel,
    /// Its file.
    pub(crate) bytes: Vec<u8>,
    /// Expected finds per test row, split after split.
    pub(crate) expected: Vec<f64>,
}

/// Reads the file and checks its inputs and outputs against the features of the study.
///
/// # Errors
/// When the name is taken, the file cannot be read, is no ONNX model, or does not fit.
pub(crate) fn load(
    spec: &ForeignSpec,
    study: &Study,
    sources: &Sources,
    backend: &Backend,
) -> Result<Loaded, PipelineError> {
    let learners = study.file.learner.iter().map(|own| &own.name);
    let mut taken = learners.chain(study.file.challenger.iter().map(|own| &own.name));
    if taken.any(|name| *name == spec.name) {
        return Err(PipelineError::ForeignName { name: spec.name.clone() });
    }
    let bytes = std::fs::read(&spec.path)
        .map_err(|cause| PipelineError::ForeignFile { path: spec.path.clone(), cause })?;
    let model = Foreign::new(&bytes, backend, &sources.schema, spec.output.as_deref())
        .map_err(|cause| PipelineError::Foreign { path: spec.path.clone(), place: String::new(), cause })?;
    let file = spec.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let facts = ForeignModel {
        name: spec.name.clone(),
        label: Text { nl: format!("Model van elders ({file})"), en: format!("Foreign model ({file})") },
        file: FileHash { path: file, sha256: hex(&Sha256::digest(&bytes)), bytes: bytes.len() as u64 },
        backend: library(backend),
        inputs: model.features().into_iter().map(str::to_owned).collect(),
        output: model.output().to_owned(),
    };
    Ok(Loaded { model, bytes, path: spec.path.clone(), facts })
}

impl Loaded {
    /// Runs it on the rows of every test date, before anything is fitted: what is wrong with it is told at once.
    ///
    /// # Errors
    /// When a value does not fit its input, or what comes out is no expected number; the split is named.
    pub(crate) fn measure(
        self,
        history: &History<'_>,
        calendar: &Calendar,
    ) -> Result<Measured, PipelineError> {
        let splits = backtest::splits(history, calendar)?;
        let stage = Stage::new("foreign model", splits.len() as u64);
        let mut expected = Vec::new();
        for split in &splits {
            let rows = &history.rows[split.test];
            let rates = self.model.predict(&rows.matrix).map_err(|cause| {
                let place = format!(", test rows at {}", calendar.dates[split.test]);
                PipelineError::Foreign { path: self.path.clone(), place, cause }
            })?;
            expected.extend(rates.iter().zip(&rows.exposure).map(|(rate, exposure)| rate * exposure));
            stage.step();
        }
        Ok(Measured { facts: self.facts, bytes: self.bytes, expected })
    }
}

/// The name of a library, not its path: reports must be the same on every machine.
pub(super) fn library(backend: &Backend) -> String {
    let file = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    match backend {
        Backend::Tract => "tract".to_owned(),
        Backend::OnnxRuntime(path) => file(path),
    }
}
