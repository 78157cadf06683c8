//! The backtest: test rows and scores in, every figure at the locked capacity out, and the verdict of the rule.
//!
//! [`splits`] says which dates train and which test; [`evaluate()`] computes; [`decide`] applies the [`Rule`].
//! `funnels` follows groups from all rows to a find, and `looked` tells what nobody looked at. Inside: `prepared` reads the rows, `selection` fills the list, `sums`, `steps` and `walk` make that cheap for
//! every bootstrap draw, `gains` and `calibration` are the two curves.

pub mod splits;

pub(crate) mod calibration;
pub(crate) mod evaluate;
pub(crate) mod funnels;
pub(crate) mod gains;
pub(crate) mod input;
pub(crate) mod looked;
pub(crate) mod prepared;
pub(crate) mod results;
pub(crate) mod rule;
pub(crate) mod selection;
pub(crate) mod steps;
pub(crate) mod sums;
pub(crate) mod verdict;
pub(crate) mod walk;

pub use calibration::CalibrationBin;
pub use evaluate::{Settings, evaluate};
pub use funnels::GroupFunnel;
pub use gains::GainPoint;
pub use input::{Candidate, EvaluationError, Target, TestRows, UnknownReading};
pub use looked::{EffortChange, Looked, LookedPart, Part};
pub use results::{CandidateResult, Evaluation, Measure, Measures, Paired, RowCounts};
pub use rule::{Capacity, Metric, Rule};
pub use verdict::{Verdict, VerdictRow, decide, decide_beside};
