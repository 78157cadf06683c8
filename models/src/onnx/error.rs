//! What can go wrong with an ONNX model or its backend.

use std::path::PathBuf;

/// What can go wrong with an ONNX model or its backend, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum OnnxError {
    /// The bytes are no ONNX model.
    #[error("model.onnx is no ONNX model: {0}. Write it again with `train run`")]
    NotOnnx(#[source] prost::DecodeError),
    /// The model has other inputs or outputs than ours.
    #[error(
        "the ONNX model lacks {missing}. Zichtlijn needs an input `features` [rows, features] and outputs \
         `score` [rows] and `contributions` [rows, terms]"
    )]
    OtherInterface {
        /// What is missing.
        missing: String,
    },
    /// The bytes of somebody else's model are no ONNX model.
    #[error("it is no ONNX model: {0}. Give the file that an exporter such as skl2onnx or onnxmltools wrote")]
    ForeignNotOnnx(#[source] prost::DecodeError),
    /// Somebody else's model is written for operators of a version that the backend does not know.
    #[error(
        "it is written for ONNX operator set {found}, but {backend} knows {known}. Export it again for operator set \
         {newest} (skl2onnx: target_opset={newest}), or try --onnxruntime PATH"
    )]
    ForeignOpset {
        /// The operator set of the file.
        found: i64,
        /// The backend.
        backend: String,
        /// What it knows, such as `9 to 18`.
        known: String,
        /// The newest of them.
        newest: i64,
    },
    /// An input of somebody else's model that our rows cannot feed.
    #[error("input `{input}` of the ONNX model: {problem}")]
    ForeignInput {
        /// Name of the input.
        input: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// An output of somebody else's model that is no expected value.
    #[error("output `{output}` of the ONNX model: {problem}")]
    ForeignOutput {
        /// Name of the output.
        output: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// The ONNX Runtime library is not there.
    #[error(
        "there is no ONNX Runtime library at {}. Give the path of libonnxruntime.so (the PyPI wheel \
         `onnxruntime` has it under onnxruntime/capi/), or leave the option out to use the embedded backend",
        path.display()
    )]
    NoLibrary {
        /// The path asked for.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// The library cannot be used.
    #[error("the ONNX Runtime library cannot be used: {cause}. Version 1.24 or newer is needed")]
    BadLibrary {
        /// What the loader said.
        cause: String,
    },
    /// A second, different backend in one process.
    #[error(
        "this program already runs ONNX models with {running}, and a program can use only one backend. Start \
         it again with {wanted}"
    )]
    OtherBackend {
        /// The backend in use.
        running: String,
        /// The backend asked for.
        wanted: String,
    },
    /// The backend refused the model.
    #[error(
        "{backend} cannot load the ONNX model: {cause}. The embedded backend runs plain operators only; try \
         --onnxruntime PATH for a model made elsewhere"
    )]
    Load {
        /// The backend.
        backend: String,
        /// What it said.
        cause: String,
    },
    /// The backend failed on rows.
    #[error("the ONNX model failed on {rows} rows: {cause}")]
    Run {
        /// Number of rows.
        rows: usize,
        /// What the backend said.
        cause: String,
    },
    /// Rows that do not fit the model.
    #[error(
        "{values} values do not make {rows} rows of {features} features. Give every feature of every row"
    )]
    RowShape {
        /// Number of values given.
        values: usize,
        /// Number of rows said.
        rows: usize,
        /// Number of features of the model.
        features: usize,
    },
    /// A replay or comparison found a difference.
    #[error(
        "{what} of row {row} is {found} by the ONNX model, but must be {wanted}. Do not use this model: write the \
         bundle again with `train run`, or try the other backend"
    )]
    Differs {
        /// `score`, or the contribution of a term.
        what: String,
        /// The row, from 0.
        row: usize,
        /// What the backend gave.
        found: f64,
        /// What it should be.
        wanted: f64,
    },
}
