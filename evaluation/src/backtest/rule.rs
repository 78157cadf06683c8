//! The locked success rule: which figure decides, at which capacity, against which baseline.

use serde::{Deserialize, Serialize};

use crate::backtest::input::EvaluationError;

/// A figure that says how good a ranking or a forecast is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Finds in the rows on the list, per period and summed.
    FindsAtCapacity,
    /// Share of the listed rows with a known outcome in which something was found.
    PrecisionAtCapacity,
    /// Share of all finds that fall on the list.
    RecallAtCapacity,
    /// Precision divided by the share of finds among all rows with a known outcome.
    Lift,
    /// Prediction accuracy index: share of the finds divided by share of the exposure on the list.
    Pai,
    /// Chance that a row with a find scores above one without; ties count half.
    Auc,
    /// Mean precision over the finds, from the top down; tied rows are one step.
    AveragePrecision,
    /// Mean squared difference between the chance of a find and what happened.
    Brier,
    /// Mean logarithmic loss of the chance of a find.
    LogLoss,
    /// Mean Poisson deviance of the expected number of finds.
    PoissonDeviance,
    /// Finds divided by expected finds over all rows; 1 is right.
    CalibrationInTheLarge,
}

impl Metric {
    /// All metrics, in the order of the report.
    pub const ALL: [Self; 11] = [
        Self::FindsAtCapacity,
        Self::PrecisionAtCapacity,
        Self::RecallAtCapacity,
        Self::Lift,
        Self::Pai,
        Self::Auc,
        Self::AveragePrecision,
        Self::Brier,
        Self::LogLoss,
        Self::PoissonDeviance,
        Self::CalibrationInTheLarge,
    ];

    /// Name as in the study file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FindsAtCapacity => "finds_at_capacity",
            Self::PrecisionAtCapacity => "precision_at_capacity",
            Self::RecallAtCapacity => "recall_at_capacity",
            Self::Lift => "lift",
            Self::Pai => "pai",
            Self::Auc => "auc",
            Self::AveragePrecision => "average_precision",
            Self::Brier => "brier",
            Self::LogLoss => "log_loss",
            Self::PoissonDeviance => "poisson_deviance",
            Self::CalibrationInTheLarge => "calibration_in_the_large",
        }
    }

    /// 1 when more is better, -1 when less is better; 0 when neither is (calibration has a target of 1).
    #[must_use]
    pub const fn direction(self) -> f64 {
        match self {
            Self::Brier | Self::LogLoss | Self::PoissonDeviance => -1.0,
            Self::CalibrationInTheLarge => 0.0,
            _ => 1.0,
        }
    }

    /// Position in [`Metric::ALL`].
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

/// How much can be visited. Applied to each period by itself: the top of that period's rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capacity {
    /// This many rows per period.
    Units(u64),
    /// This share of the period's rows, rounded to whole rows, at least one.
    Share(f64),
    /// This share of the period's exposure; the last row counts for the part that fits.
    ExposureShare(f64),
    /// This many areas per period, ranked by the sum of the scores of their rows; all rows of a listed area
    /// are on the list. In an area study that is the same as rows.
    Areas(u64),
}

/// `[rule]` of the study: locked before any test figure is computed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The figure that decides.
    pub metric: Metric,
    /// How much can be visited per period.
    pub capacity: Capacity,
    /// Name of the baseline learner to beat, or `best`: the best of all baselines on this metric.
    pub baseline: String,
    /// How much better a learner must be, in units of the metric.
    pub margin: f64,
    /// Confidence (one-sided) with which the difference must exceed the margin, between 0.5 and 1.
    pub confidence: f64,
}

impl Rule {
    /// Whether the rule can be applied at all, apart from the names of the learners.
    ///
    /// # Errors
    /// [`EvaluationError::Rule`] with the setting, its value and what is allowed.
    pub fn check(&self) -> Result<(), EvaluationError> {
        let refuse = |setting: &str, value: String, allowed: &str| {
            Err(EvaluationError::Rule { setting: setting.to_owned(), value, allowed: allowed.to_owned() })
        };
        match self.capacity {
            Capacity::Units(0) => {
                return refuse("capacity.units", "0".to_owned(), "1 or more rows per period");
            }
            Capacity::Areas(0) => {
                return refuse("capacity.areas", "0".to_owned(), "1 or more areas per period");
            }
            Capacity::Share(s) if !(s > 0.0 && s <= 1.0) => {
                return refuse("capacity.share", s.to_string(), "above 0, at most 1 (0.05 is 5 %)");
            }
            Capacity::ExposureShare(s) if !(s > 0.0 && s <= 1.0) => {
                return refuse("capacity.exposure_share", s.to_string(), "above 0, at most 1 (0.05 is 5 %)");
            }
            _ => {}
        }
        if self.metric == Metric::CalibrationInTheLarge {
            return refuse(
                "metric",
                self.metric.name().to_owned(),
                "a metric with a better direction, such as finds_at_capacity",
            );
        }
        if !(self.margin.is_finite() && self.margin >= 0.0) {
            return refuse("margin", self.margin.to_string(), "0 or more, in units of the metric");
        }
        if !(self.confidence > 0.5 && self.confidence < 1.0) {
            return refuse("confidence", self.confidence.to_string(), "above 0.5 and below 1, such as 0.90");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_reads_as_the_study_writes_it() {
        let rule: Rule = serde_json::from_str(
            r#"{"metric": "finds_at_capacity", "capacity": {"units": 600}, "baseline": "lange_duur", "margin": 0.0, "confidence": 0.9}"#,
        )
        .unwrap();
        assert_eq!(rule.capacity, Capacity::Units(600));
        assert!(rule.check().is_ok());
        for metric in Metric::ALL {
            assert_eq!(serde_json::to_value(metric).unwrap(), metric.name());
            assert_eq!(Metric::ALL[metric.index()], metric);
        }
    }

    #[test]
    fn impossible_rules_name_the_setting() {
        let rule = Rule {
            metric: Metric::Auc,
            capacity: Capacity::Share(5.0),
            baseline: "best".to_owned(),
            margin: 0.0,
            confidence: 0.9,
        };
        assert!(rule.check().unwrap_err().to_string().contains("capacity.share"));
        let rule = Rule { capacity: Capacity::Units(0), ..rule };
        assert!(rule.check().unwrap_err().to_string().contains("capacity.units"));
        let rule = Rule { capacity: Capacity::Units(3), confidence: 95.0, ..rule };
        assert!(rule.check().unwrap_err().to_string().contains("confidence"));
        let rule = Rule { metric: Metric::CalibrationInTheLarge, confidence: 0.9, ..rule };
        assert!(rule.check().unwrap_err().to_string().contains("metric"));
    }
}
