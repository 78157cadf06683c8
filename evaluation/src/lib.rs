//! Splits, metrics, calibration, fairness, the verdict and the report: plain arrays in, figures and pages out.
pub mod estimate;
pub mod interval;
pub mod ranking;
pub mod report;
pub mod splits;

mod bootstrap;
mod calibration;
mod evaluate;
mod gains;
mod groups;
mod input;
mod number;
mod prepared;
mod rule;
mod selection;
mod sums;
mod verdict;
mod walk;

pub use calibration::CalibrationBin;
pub use estimate::{Estimate, TieBounds};
pub use evaluate::{CandidateResult, Evaluation, Measure, Measures, Paired, RowCounts, Settings, evaluate};
pub use gains::GainPoint;
pub use groups::{FEWEST_KNOWN, GroupAttribute, GroupFigures, GroupTable};
pub use input::{Candidate, EvaluationError, Target, TestRows, UnknownReading};
pub use rule::{Capacity, Metric, Rule};
pub use verdict::{Verdict, VerdictRow, decide};
