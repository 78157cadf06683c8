//! A monotone correction of the sum, fitted on later data than the terms.

use serde::{Deserialize, Serialize};

use crate::schema::Text;

/// Corrected sum = `intercept + slope * sum`, on the scale of the model's link. With a slope above 0 it keeps the
/// order of all rows, and every contribution keeps its share. The name of the method is logistic recalibration
/// (Cox 1958) for probabilities; for counts it is the same with the logarithm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Added to the sum; above 0 where the model expects too little.
    pub intercept: f64,
    /// Multiplies the sum, above 0; below 1 where the model is too outspoken.
    pub slope: f64,
    /// Rows on which it was fitted.
    pub rows: u64,
    /// Finds (weighted) in those rows.
    pub finds: f64,
    /// Which rows these were.
    pub fitted_on: Text,
}

impl Calibration {
    /// The corrected sum.
    #[must_use]
    pub fn apply(&self, sum: f64) -> f64 {
        self.intercept + self.slope * sum
    }
}
