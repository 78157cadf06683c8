//! The model as ONNX: writing it, running it through `ort`, and comparing it with our own scoring.
//!
//! The file holds plain operators only, so that the embedded backend (tract) and Microsoft's ONNX Runtime both
//! run it. It computes in 64 bits inside; input and outputs are 32 bits.

mod error;
mod foreign;
mod graph;
mod parity;
mod proto;
mod runner;

pub use error::OnnxError;
pub use foreign::Foreign;
pub use graph::write;
pub(crate) use parity::difference;
pub use parity::{Parity, parity};
pub use runner::{Backend, Runner};

/// Name of the input: `[rows, features]`, 32 bits, NaN for missing.
pub const INPUT: &str = "features";
/// Name of the first output: `[rows]`, expected value per unit of exposure.
pub const SCORE: &str = "score";
/// Name of the second output: `[rows, terms]`, the contribution of each term.
pub const CONTRIBUTIONS: &str = "contributions";
/// Largest difference between our own scoring and a backend, relative to `max(1, |value|)`.
pub const TOLERANCE: f64 = 1e-5;
