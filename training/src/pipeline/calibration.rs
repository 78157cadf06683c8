//! Calibration on later rows than the fit: the back-test's own predictions.
//!
//! The model of a split is calibrated on the test rows of earlier splits, as models that had not seen them scored
//! them, and with the outcome as it was known by the split's test date. So the first split has no calibration, no
//! split is calibrated on itself, and nothing comes from the future. The final model is calibrated on all splits
//! that were complete at the published date.

use evaluation::splits::Split;
use features::asof::Calendar;
use features::tables::Day;
use models::additive::Calibration;
use models::learner::{FitError, HeldOut, calibrate};
use models::{Link, Text};

use super::PipelineError;
use super::backtest::LearnerScores;
use super::history::History;

/// Test rows whose outcome is known by some day.
pub(crate) struct Later {
    /// Positions among the test rows of the back-test.
    rows: Vec<usize>,
    outcome: Vec<f64>,
    exposure: Vec<f64>,
    weight: Vec<f64>,
    fitted_on: Text,
}

impl Later {
    /// The rows of these splits (the first ones of the back-test) whose outcome was complete by a day, with the
    /// outcome as it was known then.
    pub(crate) fn known_by(
        history: &History<'_>,
        calendar: &Calendar,
        splits: &[Split],
        known_by: Day,
    ) -> Result<Self, PipelineError> {
        let mut later = Self::empty();
        let mut dates = Vec::new();
        let mut start = 0;
        for split in splits {
            let test = &history.rows[split.test];
            if calendar.is_complete(test.as_of, known_by) {
                let known = history.plan.outcomes(history.tables, test, Some(known_by))?.outcome;
                for (i, outcome) in known.iter().enumerate() {
                    if history.study.file.counts(*outcome) {
                        later.rows.push(start + i);
                        later.outcome.push(f64::from(outcome.finds()));
                        later.exposure.push(test.exposure[i]);
                    }
                }
                dates.push(test.as_of.to_string());
            }
            start += test.unit.len();
        }
        later.weight = vec![1.0; later.rows.len()];
        later.fitted_on = words(&dates);
        Ok(later)
    }

    fn empty() -> Self {
        Self { rows: vec![], outcome: vec![], exposure: vec![], weight: vec![], fitted_on: Text::default() }
    }

    /// The calibration of a learner; `None` for a baseline, and where these rows hold nothing to learn from.
    pub(crate) fn calibration(
        &self,
        learner: &LearnerScores,
        link: Link,
    ) -> Result<Option<Calibration>, PipelineError> {
        // A chance is about one unit; a study with exposure has no scale to which a chance could be corrected.
        let has_scale = match link {
            Link::Identity => false,
            Link::Logit => self.exposure.iter().all(|e| *e == 1.0),
            Link::Log => true,
        };
        if !has_scale || self.outcome.iter().all(|y| *y <= 0.0) {
            return Ok(None);
        }
        let sums: Vec<f64> = self.rows.iter().map(|&row| learner.sums[row]).collect();
        let rows =
            HeldOut { sums: &sums, outcome: &self.outcome, exposure: &self.exposure, weight: &self.weight };
        let learner = &learner.spec.name;
        match calibrate(link, &rows, self.fitted_on.clone()) {
            Ok(calibration) => Ok(Some(calibration)),
            // A card whose sums hardly differ has no slope to be found; it goes on as it was fitted.
            Err(cause @ FitError::Calibration { .. }) => {
                tracing::warn!("learner `{learner}` goes on without calibration: {cause}");
                Ok(None)
            }
            Err(cause) => Err(PipelineError::Fit { learner: learner.clone(), cause }),
        }
    }
}

fn words(dates: &[String]) -> Text {
    let dates = dates.join(", ");
    Text {
        nl: format!("de toetsperioden vanaf {dates}, voorspeld door modellen die ze niet hadden gezien"),
        en: format!("the test periods from {dates}, predicted by models that had not seen them"),
    }
}
