//! Metrics over plain arrays, each by its published definition.

pub mod ranking;

pub use ranking::{Delong, auc, average_precision, delong};
