//! Does `model.onnx` give what `model.json` gives, in every backend at hand?

use std::process::Command;

use models::additive::Transform;
use models::onnx::{Backend, Parity, Runner, TOLERANCE, parity};
use models::{AdditiveModel, Feature, FeatureKind, Matrix};
use rand::{RngExt as _, SeedableRng as _};
use serde::{Deserialize, Serialize};

use super::PipelineError;
use super::foreign::library;

/// The variable that names the library when the command line does not.
const LIBRARY: &str = "ORT_DYLIB_PATH";
/// Rows that are made up for a comparison.
const ROWS: usize = 10_000;

/// A comparison of a backend with our own scoring.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Compared {
    /// The backend in words.
    pub(crate) backend: String,
    /// Rows compared.
    pub(crate) rows: usize,
    /// Largest difference of the score, relative to max(1, |score|).
    pub(crate) score: f64,
    /// Largest difference of a contribution, likewise.
    pub(crate) contributions: f64,
}

/// Compares one backend on made-up rows, and on `more` rows if given.
///
/// # Errors
/// When the backend cannot run the model, or differs by more than the tolerance.
pub(crate) fn compare(
    model: &AdditiveModel,
    onnx: &[u8],
    backend: &Backend,
    more: Option<&Matrix>,
) -> Result<Compared, PipelineError> {
    let runner = Runner::new(onnx, backend)?;
    let made_up = made_up_rows(model)?;
    let mut most = parity(model, &runner, &made_up)?;
    if let Some(more) = more {
        let real = parity(model, &runner, more)?;
        let score = most.score.max(real.score);
        most = Parity { score, contributions: most.contributions.max(real.contributions) };
    }
    let name = library(backend);
    if !most.within(TOLERANCE) {
        let difference = most.score.max(most.contributions);
        return Err(PipelineError::Parity { backend: name, difference, tolerance: TOLERANCE });
    }
    let rows = made_up.rows() + more.map_or(0, Matrix::rows);
    Ok(Compared { backend: name, rows, score: most.score, contributions: most.contributions })
}

/// Compares another backend in a process of its own, because one process runs one backend.
///
/// # Errors
/// As [`compare`]; also when the process cannot be started.
pub(crate) fn compare_in_other_process(
    model: &AdditiveModel,
    onnx: &[u8],
    backend: &Backend,
) -> Result<Compared, PipelineError> {
    let fault = |message: String| PipelineError::OtherProcess { backend: backend.to_string(), message };
    let folder = tempfile::tempdir().map_err(|e| fault(e.to_string()))?;
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes);
    write("model.json", model.to_json()?.as_bytes()).map_err(|e| fault(e.to_string()))?;
    write("model.onnx", onnx).map_err(|e| fault(e.to_string()))?;
    let program = std::env::current_exe().map_err(|e| fault(e.to_string()))?;
    let mut command = Command::new(program);
    command.args(["parity", "--json", "--model"]).arg(folder.path()).env_remove(LIBRARY);
    if let Backend::OnnxRuntime(library) = backend {
        command.arg("--onnxruntime").arg(library);
    }
    let output = command.output().map_err(|e| fault(e.to_string()))?;
    if !output.status.success() {
        return Err(fault(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    serde_json::from_slice(&output.stdout).map_err(|e| fault(e.to_string()))
}

/// Rows over the range in which the model's terms live and well beyond, one in twelve values missing.
fn made_up_rows(model: &AdditiveModel) -> Result<Matrix, PipelineError> {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(20_260_101);
    let columns = model.schema.features.iter().enumerate().map(|(j, feature)| {
        let middle = middle(model, j);
        (0..ROWS)
            .map(|_| if random.random_ratio(1, 12) { f32::NAN } else { value(feature, middle, &mut random) })
            .collect()
    });
    Ok(Matrix::new(model.schema.clone(), columns.collect(), ROWS)?)
}

/// About where the values of a feature lie: the largest centre or edge of its terms.
fn middle(model: &AdditiveModel, feature: usize) -> f32 {
    let of_term = |term: &models::Term| match &term.shape {
        models::Shape::Linear { center, transform: Transform::Identity, .. } => center.abs() as f32,
        // The centre of a transformed column is a logarithm.
        models::Shape::Linear { center, .. } => center.abs().min(20.0).exp() as f32,
        models::Shape::Steps { edges, .. } => edges.iter().fold(0.0, |most: f32, e| most.max(e.abs())),
        _ => 1.0,
    };
    model.terms.iter().filter(|t| t.feature == feature).map(of_term).fold(1e-3, f32::max)
}

fn value(feature: &Feature, middle: f32, random: &mut rand_chacha::ChaCha8Rng) -> f32 {
    match &feature.kind {
        FeatureKind::Flag => f32::from(random.random_bool(0.5)),
        // One value beyond the list: a category that training never saw.
        FeatureKind::Nominal { categories } => random.random_range(0..=categories.len()) as f32,
        FeatureKind::Count => random.random_range(0.0..4.0_f32 * middle.max(1.0)).floor(),
        FeatureKind::Rate => random.random_range(0.0..4.0_f32 * middle.max(1.0)),
        FeatureKind::Continuous => middle * random.random_range(-1.0..4.0_f32),
    }
}
