//! Running an ONNX model through `ort`, with one of two backends.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ort::environment::Environment;
use ort::session::Session;
use ort::value::TensorRef;
use prost::Message;

use super::proto::{Model, ValueInfo};
use super::{CONTRIBUTIONS, INPUT, OnnxError, SCORE};

/// Rows per call of the backend, to bound memory.
const BATCH: usize = 8192;

/// What runs ONNX models. A program uses one of them for as long as it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backend {
    /// Embedded, in Rust; needs nothing installed.
    Tract,
    /// Microsoft's ONNX Runtime from this shared library, version 1.24 or newer.
    OnnxRuntime(PathBuf),
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tract => f.write_str("the embedded backend (tract)"),
            Self::OnnxRuntime(path) => write!(f, "ONNX Runtime ({})", path.display()),
        }
    }
}

/// The one backend of this process, once chosen. `ort` keeps only a weak hold on its environment.
static RUNNING: Mutex<Option<(Backend, Environment)>> = Mutex::new(None);

pub(super) fn environment(wanted: &Backend) -> Result<Environment, OnnxError> {
    let wanted = match wanted {
        Backend::Tract => Backend::Tract,
        Backend::OnnxRuntime(path) => Backend::OnnxRuntime(found(path)?),
    };
    let mut running = lock(&RUNNING);
    if let Some((backend, environment)) = running.as_ref() {
        return if *backend == wanted {
            Ok(environment.clone())
        } else {
            Err(OnnxError::OtherBackend { running: backend.to_string(), wanted: wanted.to_string() })
        };
    }
    let environment = start(&wanted)?;
    *running = Some((wanted, environment.clone()));
    Ok(environment)
}

fn found(path: &Path) -> Result<PathBuf, OnnxError> {
    path.canonicalize().map_err(|cause| OnnxError::NoLibrary { path: path.to_owned(), cause })
}

fn start(backend: &Backend) -> Result<Environment, OnnxError> {
    let bad = |cause: String| OnnxError::BadLibrary { cause };
    let builder = match backend {
        Backend::Tract => {
            if !ort::set_api(ort_tract::api()) {
                return Err(OnnxError::OtherBackend {
                    running: "a backend that was started elsewhere".to_owned(),
                    wanted: backend.to_string(),
                });
            }
            ort::init()
        }
        Backend::OnnxRuntime(path) => ort::init_from(path).map_err(|cause| bad(cause.to_string()))?,
    };
    builder.with_telemetry(false).build().map_err(|cause| bad(cause.to_string()))
}

/// A loaded model. It can be shared between threads; calls take turns, because `ort` wants it so.
pub struct Runner {
    session: Mutex<Session>,
    backend: Backend,
    name: String,
    features: usize,
    terms: usize,
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner")
            .field("name", &self.name)
            .field("backend", &self.backend)
            .finish_non_exhaustive()
    }
}

impl Runner {
    /// Loads a model, given as the bytes of `model.onnx`.
    ///
    /// # Errors
    /// When the bytes are no ONNX model with our inputs and outputs, when the backend cannot be started or
    /// refuses the model, and when this process already runs another backend.
    pub fn new(bytes: &[u8], backend: &Backend) -> Result<Self, OnnxError> {
        let file = Model::decode(bytes).map_err(OnnxError::NotOnnx)?;
        let graph = file.graph.unwrap_or_default();
        let features = width(&graph.input, INPUT)?;
        let terms = width(&graph.output, CONTRIBUTIONS)?;
        if !graph.output.iter().any(|o| o.name.as_deref() == Some(SCORE)) {
            return Err(OnnxError::OtherInterface { missing: format!("the output `{SCORE}`") });
        }
        let environment = environment(backend)?;
        let session = load(&environment, bytes, backend)
            .map_err(|cause| OnnxError::Load { backend: backend.to_string(), cause })?;
        let name = graph.name.unwrap_or_default();
        Ok(Self { session: Mutex::new(session), backend: backend.clone(), name, features, terms })
    }

    /// Name of the model.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The backend that runs it.
    #[must_use]
    pub fn backend(&self) -> &Backend {
        &self.backend
    }

    /// Number of input columns.
    #[must_use]
    pub fn features(&self) -> usize {
        self.features
    }

    /// Number of terms.
    #[must_use]
    pub fn terms(&self) -> usize {
        self.terms
    }

    /// Scores `n` rows, given row by row with NaN for missing. Gives the expected value per unit of exposure of
    /// each row, and the contributions row by row (`n` times the number of terms).
    ///
    /// # Errors
    /// When `rows` is not `n` times the number of features, and when the backend fails.
    pub fn run(&self, rows: &[f32], n: usize) -> Result<(Vec<f32>, Vec<f32>), OnnxError> {
        if n.checked_mul(self.features) != Some(rows.len()) {
            return Err(OnnxError::RowShape { values: rows.len(), rows: n, features: self.features });
        }
        let mut scores = Vec::with_capacity(n);
        let mut contributions = Vec::with_capacity(n.saturating_mul(self.terms));
        for from in (0..n).step_by(BATCH) {
            let to = n.min(from + BATCH);
            let values = &rows[from * self.features..to * self.features];
            self.batch(values, to - from, &mut scores, &mut contributions)
                .map_err(|cause| OnnxError::Run { rows: to - from, cause })?;
        }
        Ok((scores, contributions))
    }

    fn batch(
        &self,
        values: &[f32],
        n: usize,
        scores: &mut Vec<f32>,
        contributions: &mut Vec<f32>,
    ) -> Result<(), String> {
        let told = |cause: ort::Error| cause.to_string();
        let input = TensorRef::from_array_view(([n, self.features], values)).map_err(told)?;
        let mut session = lock(&self.session);
        let outputs = session.run(ort::inputs![INPUT => input]).map_err(told)?;
        for (name, width, to) in [(SCORE, 1, scores), (CONTRIBUTIONS, self.terms, contributions)] {
            let value = outputs.get(name).ok_or_else(|| format!("there is no output {name:?}"))?;
            let (shape, found) = value.try_extract_tensor::<f32>().map_err(told)?;
            if found.len() != n * width {
                return Err(format!("output {name:?} has shape {shape:?} for {n} rows"));
            }
            to.extend_from_slice(found);
        }
        Ok(())
    }
}

pub(super) fn load(environment: &Environment, bytes: &[u8], backend: &Backend) -> Result<Session, String> {
    let mut builder = Session::builder(environment).map_err(|cause| cause.to_string())?;
    // One thread: a row is a few hundred operations, and sums must not depend on the number of cores.
    if matches!(backend, Backend::OnnxRuntime(_)) {
        builder = builder.with_intra_threads(1).map_err(|cause| cause.to_string())?;
        builder = builder.with_inter_threads(1).map_err(|cause| cause.to_string())?;
    }
    builder.commit_from_memory(bytes).map_err(|cause| cause.to_string())
}

/// Second dimension of an input or output.
fn width(values: &[ValueInfo], name: &str) -> Result<usize, OnnxError> {
    let missing = |what: &str| OnnxError::OtherInterface { missing: format!("{what} of `{name}`") };
    let value = values.iter().find(|v| v.name.as_deref() == Some(name));
    let kind = value.and_then(|v| v.kind.as_ref()).and_then(|k| k.tensor.as_ref());
    let dims = kind.and_then(|t| t.shape.as_ref()).map(|s| s.dim.as_slice());
    match dims {
        Some([_, second]) => second
            .value
            .and_then(|v| usize::try_from(v).ok())
            .ok_or_else(|| missing("a fixed number of columns")),
        _ => Err(missing("the shape [rows, columns]")),
    }
}

/// A panic of another thread leaves nothing half done here: take the lock all the same.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
