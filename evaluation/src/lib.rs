//! Splits, metrics, calibration, fairness, the verdict and the report: plain arrays in, figures and pages out.
//!
//! # The big picture
//!
//! [`splits`] says which as-of dates train and which test. The pipeline fits every learner and baseline per
//! split and hands the scores on all test rows to [`evaluate()`], together with the success [`Rule`] that was
//! locked beforehand. What comes out is an [`Evaluation`]: for each candidate, per split and pooled, the
//! figures at the capacity, the ranking, the calibration; each learner against each baseline on the same
//! bootstrap draws; and fairness by group of each audit attribute. [`decide`] applies the rule and gives the
//! [`Verdict`]. A [`report::Report`] puts these figures beside the facts of the run, and becomes pages,
//! a model card and a register record.
//!
//! The rest serves by itself, without a backtest: [`metrics`] over plain arrays; [`fairness`] with every group rate, gaps, the
//! funnel and the audit of a ready-made list; [`interval`] for what comes in clusters; [`unknown`] for what nobody looked at, the
//! random arm and the feedback loop; [`spatial`] for likeness between neighbours and folds in space; [`mitigation`] for what
//! another list would cost and bring; [`drift`] for whether a model still fits new data; [`changes`] for what differs
//! between two releases.
//!
//! Four things hold everywhere:
//! - A figure is an [`Estimate`]: value, interval, number of observations, method. 0/0 is absent.
//! - Unknown is not negative: see [`UnknownReading`] and the bounds in [`Measure`].
//! - Tied scores count for their expected part, with [`TieBounds`] beside them.
//! - The same input gives the same bits on any number of threads.
//!
//! # Example
//!
//! ```
//! use evaluation::{Candidate, Capacity, Metric, Rule, Settings, Target, TestRows, decide, evaluate};
//! use models::{Outcome, Text};
//!
//! // Thirty areas with one pand each, tested twice; the first ten areas hold a find.
//! let outcome: Vec<Outcome> =
//!     (0..60).map(|i| if i % 30 < 10 { Outcome::Found(1) } else { Outcome::NothingFound }).collect();
//! let area: Vec<u32> = (0..60).map(|i| i % 30).collect();
//! let split: Vec<u32> = (0..60).map(|i| i / 30).collect();
//! let score: Vec<f64> = area.iter().map(|&a| 1.0 / f64::from(a + 2)).collect();
//! let flat = vec![0.3; 60];
//! let rows = TestRows {
//!     outcome: &outcome,
//!     exposure: &[1.0; 60],
//!     cluster: &area,
//!     period: &split,
//!     units: None,
//!     target: Target::Bernoulli,
//! };
//! let candidate = |name: &str, is_baseline, score| Candidate {
//!     name: name.to_owned(),
//!     label: Text { nl: name.to_owned(), en: name.to_owned() },
//!     kind: "made up".to_owned(),
//!     is_baseline,
//!     score,
//!     expected: score,
//! };
//! let candidates = [candidate("model", false, score.as_slice()), candidate("lots", true, flat.as_slice())];
//! let rule = Rule {
//!     metric: Metric::FindsAtCapacity,
//!     capacity: Capacity::Units(5),
//!     baseline: "lots".to_owned(),
//!     margin: 0.0,
//!     confidence: 0.9,
//! };
//! let evaluation = evaluate(&rows, &candidates, &rule, &[], Settings::default())?;
//! let finds = &evaluation.candidates[0].pooled.get(Metric::FindsAtCapacity).unwrap().value;
//! assert_eq!(finds.value, Some(10.0)); // five places in each of two tests, all hits
//! assert!(decide(&evaluation, &rule).released);
//! # Ok::<(), evaluation::EvaluationError>(())
//! ```

pub mod backtest;
pub mod changes;
pub mod drift;
pub mod estimate;
pub mod fairness;
pub mod interval;
pub mod metrics;
pub mod mitigation;
pub mod report;
pub mod spatial;
pub mod unknown;

mod bilingual;
mod number;

pub use backtest::{
    CalibrationBin, Candidate, CandidateResult, Capacity, EffortChange, Evaluation, EvaluationError,
    GainPoint, GroupFunnel, Looked, LookedPart, Measure, Measures, Metric, Paired, Part, RowCounts, Rule,
    Settings, Target, TestRows, UnknownReading, Verdict, VerdictRow, decide, decide_beside, evaluate, splits,
};
pub use estimate::{Estimate, TieBounds};
pub use fairness::{FEWEST_KNOWN, GroupAttribute, GroupFigures, GroupTable};
