//! Training rows, checked once so that no learner has to.

use super::FitError;
use crate::matrix::Matrix;

/// Training rows. The constructor checks them, so that every learner may rely on: one value per row, finite
/// features (or missing), finds of 0 or more, exposure above 0, weights of 0 or more, and at least one find.
#[derive(Clone, Copy, Debug)]
pub struct TrainingData<'a> {
    matrix: &'a Matrix,
    outcome: &'a [f64],
    exposure: &'a [f64],
    weight: &'a [f64],
    group: &'a [u32],
}

impl<'a> TrainingData<'a> {
    /// Checks rows: `outcome` counts finds (or is 0 and 1), `exposure` is in the study's unit, `weight` says how
    /// often a row counts, `group` tells which rows belong together (rows of one unit).
    ///
    /// # Errors
    /// The first thing that is wrong, with row and value.
    pub fn new(
        matrix: &'a Matrix,
        outcome: &'a [f64],
        exposure: &'a [f64],
        weight: &'a [f64],
        group: &'a [u32],
    ) -> Result<Self, FitError> {
        let rows = matrix.rows();
        if rows == 0 {
            return Err(FitError::NoRows);
        }
        let lengths = [
            ("outcome", outcome.len()),
            ("exposure", exposure.len()),
            ("weight", weight.len()),
            ("group", group.len()),
        ];
        if let Some(&(what, found)) = lengths.iter().find(|(_, found)| *found != rows) {
            return Err(FitError::Length { what, found, rows });
        }
        within("outcome", outcome, "0 or more and finite", |y| y >= 0.0)?;
        within("exposure", exposure, "above 0 and finite", |e| e > 0.0)?;
        within("weight", weight, "0 or more and finite", |w| w >= 0.0)?;
        for (j, feature) in matrix.schema().features.iter().enumerate() {
            let column = matrix.column(j);
            if let Some(row) = column.iter().position(|x| x.is_infinite()) {
                let (feature, value) = (feature.name.clone(), column[row]);
                return Err(FitError::Infinite { feature, row, value });
            }
        }
        let data = Self { matrix, outcome, exposure, weight, group };
        if data.finds() > 0.0 { Ok(data) } else { Err(FitError::NoPositives { rows }) }
    }

    /// The features.
    #[must_use]
    pub fn matrix(&self) -> &'a Matrix {
        self.matrix
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.matrix.rows()
    }

    /// Finds per row.
    #[must_use]
    pub fn outcome(&self) -> &'a [f64] {
        self.outcome
    }

    /// Exposure per row.
    #[must_use]
    pub fn exposure(&self) -> &'a [f64] {
        self.exposure
    }

    /// Weight per row.
    #[must_use]
    pub fn weight(&self) -> &'a [f64] {
        self.weight
    }

    /// Which rows belong together.
    #[must_use]
    pub fn group(&self) -> &'a [u32] {
        self.group
    }

    /// Weighted number of finds.
    #[must_use]
    pub fn finds(&self) -> f64 {
        self.outcome.iter().zip(self.weight).map(|(y, w)| y * w).sum()
    }

    /// Whether every outcome is 0 or 1 and every exposure 1, so that what is learned is a chance per row.
    #[must_use]
    pub fn are_chances(&self) -> bool {
        self.outcome.iter().all(|y| *y == 0.0 || *y == 1.0) && self.exposure.iter().all(|e| *e == 1.0)
    }

    /// The weight that all rows have, if they have one.
    #[must_use]
    pub fn equal_weight(&self) -> Option<f64> {
        let first = *self.weight.first()?;
        self.weight.iter().all(|w| *w == first).then_some(first)
    }
}

/// Checks a column; the first value that is not finite or not good is told.
pub(crate) fn within(
    what: &'static str,
    values: &[f64],
    wanted: &'static str,
    good: impl Fn(f64) -> bool,
) -> Result<(), FitError> {
    match values.iter().position(|&v| !(v.is_finite() && good(v))) {
        Some(row) => Err(FitError::Value { what, row, value: values[row], wanted }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{made_up_rows, schema};

    fn refused(outcome: &[f64], exposure: &[f64], weight: &[f64]) -> String {
        let matrix = made_up_rows(&schema(), 3, 1);
        TrainingData::new(&matrix, outcome, exposure, weight, &[0, 1, 2]).unwrap_err().to_string()
    }

    #[test]
    fn bad_values_are_told_with_their_row() {
        let one = [1.0; 3];
        assert!(refused(&[0.0, 1.0], &one, &one).contains("outcome has 2 values for 3 rows"));
        assert!(refused(&[0.0, -1.0, 1.0], &one, &one).contains("outcome of row 1 is -1"));
        assert!(refused(&[0.0, f64::NAN, 1.0], &one, &one).contains("outcome of row 1 is NaN"));
        assert!(refused(&one, &[1.0, 1.0, 0.0], &one).contains("exposure of row 2 is 0"));
        assert!(refused(&one, &[1.0, -2.0, 1.0], &one).contains("exposure of row 1 is -2"));
        assert!(refused(&one, &one, &[f64::NAN, 1.0, 1.0]).contains("weight of row 0 is NaN"));
        assert!(refused(&one, &one, &[f64::INFINITY, 1.0, 1.0]).contains("weight of row 0 is inf"));
        assert!(refused(&[0.0; 3], &one, &one).contains("none of the 3 training rows has a find"));
        assert!(refused(&one, &one, &[0.0; 3]).contains("none of the 3"));
    }

    #[test]
    fn no_rows_and_infinite_features_are_refused() {
        let none = made_up_rows(&schema(), 0, 1);
        assert!(matches!(TrainingData::new(&none, &[], &[], &[], &[]), Err(FitError::NoRows)));
        let rows = made_up_rows(&schema(), 2, 1);
        let mut columns: Vec<Vec<f32>> = (0..4).map(|j| rows.column(j).to_vec()).collect();
        columns[1][1] = f32::NEG_INFINITY;
        let rows = Matrix::new(schema(), columns, 2).unwrap();
        let told =
            TrainingData::new(&rows, &[1.0; 2], &[1.0; 2], &[1.0; 2], &[0; 2]).unwrap_err().to_string();
        assert!(told.contains("\"vondsten\" is -inf at row 1"), "{told}");
    }
}
