//! The figures of an evaluation, as they are stored in `report.json`.

use models::Text;
use serde::{Deserialize, Serialize};

use crate::backtest::calibration::CalibrationBin;
use crate::backtest::evaluate::Settings;
use crate::backtest::funnels::GroupFunnel;
use crate::backtest::gains::GainPoint;
use crate::backtest::looked::Looked;
use crate::backtest::rule::Metric;
use crate::estimate::{Estimate, TieBounds};
use crate::fairness::groups::GroupTable;

/// All figures of all candidates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// Seed, draws and reading with which it was computed.
    pub settings: Settings,
    /// The test rows.
    pub rows: RowCounts,
    /// The same per split.
    pub rows_per_split: Vec<RowCounts>,
    /// Each candidate by itself, in the order given.
    pub candidates: Vec<CandidateResult>,
    /// Each learner minus each baseline, on the same draws.
    pub paired: Vec<Paired>,
    /// Fairness per candidate and audit attribute.
    pub fairness: Vec<GroupTable>,
    /// The funnel per candidate and audit attribute, where at least two groups have rows.
    pub funnels: Vec<GroupFunnel>,
    /// What was looked at and what was not, per candidate.
    pub looked: Vec<Looked>,
}

/// What the test rows hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowCounts {
    /// Split number; absent for all together.
    pub period: Option<u32>,
    /// Rows.
    pub rows: u64,
    /// Rows with a known outcome.
    pub known: u64,
    /// Rows that were visited without getting in.
    pub no_access: u64,
    /// Rows that nobody looked at.
    pub unknown: u64,
    /// Known rows in which something was found.
    pub hits: u64,
    /// Finds.
    pub finds: u64,
    /// Areas (clusters) with rows.
    pub areas: u64,
    /// Sum of the exposure.
    pub exposure: Estimate,
    /// Rows that fit on the list.
    pub listed: Estimate,
    /// Share of the known rows in which something was found.
    pub base_rate: Estimate,
}

/// All figures of one candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CandidateResult {
    /// Name of the learner entry.
    pub name: String,
    /// What readers see.
    pub label: Text,
    /// Kind of learner.
    pub kind: String,
    /// Whether it is a baseline.
    pub is_baseline: bool,
    /// Over all test rows together.
    pub pooled: Measures,
    /// Per split.
    pub per_split: Vec<Measures>,
    /// Ten bins by expectation, over all test rows together.
    pub calibration: Vec<CalibrationBin>,
    /// Share of the finds in the top part of the rows.
    pub gains: Vec<GainPoint>,
}

/// The metrics over one set of rows, one per metric in the order of [`Metric::ALL`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measures {
    /// Split number; absent for all together.
    pub period: Option<u32>,
    /// The metrics.
    pub values: Vec<Measure>,
}

/// One metric over one set of rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Which metric.
    pub metric: Metric,
    /// The value under ties' expectation, with its 95 % interval.
    pub value: Estimate,
    /// How the ties at the end of the list could fall.
    pub ties: Option<TieBounds>,
    /// The value if no row with an unknown outcome held a find (a recall: if they all lay outside the list).
    pub if_unknown_empty: Option<f64>,
    /// The value if each row with an unknown outcome held one (a recall: if they all lay on the list).
    pub if_unknown_found: Option<f64>,
    /// AUC over the known rows only, where the reading counts unknown rows as nothing found.
    pub known_rows_only: Option<Estimate>,
}

/// A learner minus a baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paired {
    /// Name of the learner.
    pub candidate: String,
    /// Name of the baseline.
    pub baseline: String,
    /// Which metric.
    pub metric: Metric,
    /// Learner minus baseline, over all test rows, with its 95 % interval.
    pub difference: Estimate,
    /// How much better the learner is at least, at the rule's one-sided confidence: the lower limit of the
    /// difference in the direction that is better. Absent where no direction is better.
    pub gain_at_least: Option<f64>,
}

impl Measures {
    /// The measure of this metric.
    #[must_use]
    pub fn get(&self, metric: Metric) -> Option<&Measure> {
        self.values.iter().find(|m| m.metric == metric)
    }
}

impl Evaluation {
    /// The result of the candidate with this name.
    #[must_use]
    pub fn candidate(&self, name: &str) -> Option<&CandidateResult> {
        self.candidates.iter().find(|c| c.name == name)
    }
}
