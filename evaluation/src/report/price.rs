//! The price of being readable: what challengers without readable form add to the chosen model.

use models::Text;
use serde::{Deserialize, Serialize};

use crate::backtest::results::{CandidateResult, Evaluation};
use crate::backtest::rule::Metric;
use crate::estimate::{Estimate, method};

/// What a challenger without readable form adds to the chosen model, over all test rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Name of the challenger.
    pub name: String,
    /// What readers see.
    pub label: Text,
    /// Its AUC, and its AUC minus that of the chosen model.
    pub auc: Estimate,
    /// See `auc`.
    pub auc_difference: Estimate,
    /// Its finds at capacity, and these minus those of the chosen model.
    pub finds: Estimate,
    /// See `finds`.
    pub finds_difference: Estimate,
}

/// The price of being readable, from an evaluation in which the chosen model is the baseline.
#[must_use]
pub fn price(challenged: &Evaluation) -> Vec<Price> {
    let none = || Estimate::new(None, None, 0, method::COVARIANCE);
    let one = |challenger: &CandidateResult| {
        let value = |metric| challenger.pooled.get(metric).map_or_else(none, |m| m.value.clone());
        let difference = |metric| {
            let pair =
                challenged.paired.iter().find(|p| p.candidate == challenger.name && p.metric == metric);
            pair.map_or_else(none, |pair| pair.difference.clone())
        };
        Price {
            name: challenger.name.clone(),
            label: challenger.label.clone(),
            auc: value(Metric::Auc),
            auc_difference: difference(Metric::Auc),
            finds: value(Metric::FindsAtCapacity),
            finds_difference: difference(Metric::FindsAtCapacity),
        }
    };
    challenged.candidates.iter().filter(|c| !c.is_baseline).map(one).collect()
}
