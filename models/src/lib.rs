//! What a model is: the feature schema, the one additive form, the learners, ONNX in and out, and the
//! bundle on disk.
//!
//! # The big picture
//!
//! Every learner ends as the same thing, an [`AdditiveModel`]: an intercept and named terms, with units,
//! sign rules and uncertainty. That one form is stored (`model.json`), drawn, explained, scored and
//! written to ONNX. Learners differ only in how they find it, and live behind the cargo feature `fit`,
//! which `serving` leaves out.

pub mod additive;
pub mod bundle;
#[cfg(feature = "fit")]
mod cholesky;
#[cfg(feature = "fit")]
pub mod learner;
pub mod matrix;
pub mod onnx;
pub mod outcome;
#[cfg(feature = "fit")]
pub mod rollup;
pub mod schema;
#[cfg(test)]
mod testing;

pub use additive::{AdditiveModel, Link, Shape, Term};
pub use matrix::Matrix;
pub use outcome::Outcome;
pub use schema::{Feature, FeatureKind, Passport, Schema, Sign, Text};
