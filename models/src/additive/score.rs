//! Scoring: terms to contributions, contributions to an expected value. All in 64 bits, terms summed in their
//! order and the intercept last, so that the same row gives the same bits everywhere.

use super::{AdditiveModel, Link, Term};
use crate::matrix::Matrix;

/// One row explained: expected value = link⁻¹(calibration(intercept + sum of contributions)).
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Expected value per unit of exposure.
    pub expected: f64,
    /// The intercept and all contributions together, on the model's own scale.
    pub sum: f64,
    /// One contribution per term, in the order of the terms.
    pub contributions: Vec<f64>,
}

impl Link {
    /// The expected value that belongs to a sum of terms.
    #[must_use]
    pub fn expected(self, sum: f64) -> f64 {
        match self {
            Self::Identity => sum.max(0.0),
            Self::Logit => 1.0 / (1.0 + (-sum).exp()),
            Self::Log => sum.exp(),
        }
    }
}

impl Term {
    /// Contribution to a row, of which `value` tells each column.
    #[must_use]
    pub fn contribution(&self, value: impl Fn(usize) -> f32) -> f64 {
        self.shape.contribution(value(self.feature), value)
    }

    /// Basis value of a row, of which `value` tells each column; see [`Shape::basis`](super::Shape::basis).
    #[must_use]
    pub fn basis(&self, value: impl Fn(usize) -> f32) -> f64 {
        self.shape.basis(value(self.feature), value)
    }
}

/// A number per row, from the values of its columns.
fn in_rows(matrix: &Matrix, of: impl Fn(&dyn Fn(usize) -> f32) -> f64) -> Vec<f64> {
    (0..matrix.rows()).map(|row| of(&|column| matrix.column(column)[row])).collect()
}

impl AdditiveModel {
    /// The expected value per unit of exposure that belongs to a sum of terms, calibrated where the model is.
    #[must_use]
    pub fn expected(&self, sum: f64) -> f64 {
        self.link.expected(self.calibration.as_ref().map_or(sum, |calibration| calibration.apply(sum)))
    }

    /// Contributions of all rows: one column per term, each as long as the matrix has rows. The matrix must
    /// have the model's schema ([`AdditiveModel::check`]).
    #[must_use]
    pub fn contributions(&self, matrix: &Matrix) -> Vec<Vec<f64>> {
        let column = |term: &Term| in_rows(matrix, |value| term.contribution(value));
        self.terms.iter().map(column).collect()
    }

    /// Basis values of all rows, one column per term: what a change of the coefficient by 1 adds to the
    /// contribution. With the covariance they give the uncertainty of a sum.
    #[must_use]
    pub fn basis(&self, matrix: &Matrix) -> Vec<Vec<f64>> {
        self.terms.iter().map(|term| in_rows(matrix, |value| term.basis(value))).collect()
    }

    /// Intercept plus contributions of every row, on the model's own scale.
    #[must_use]
    pub fn sums(&self, matrix: &Matrix) -> Vec<f64> {
        let mut sums = vec![0.0; matrix.rows()];
        for term in &self.terms {
            for (row, (sum, &x)) in sums.iter_mut().zip(matrix.column(term.feature)).enumerate() {
                *sum += term.shape.contribution(x, |column| matrix.column(column)[row]);
            }
        }
        for sum in &mut sums {
            *sum += self.intercept;
        }
        sums
    }

    /// Expected value per unit of exposure of every row. The matrix must have the model's schema
    /// ([`AdditiveModel::check`]).
    #[must_use]
    pub fn predict(&self, matrix: &Matrix) -> Vec<f64> {
        let mut values = self.sums(matrix);
        for value in &mut values {
            *value = self.expected(*value);
        }
        values
    }

    /// One row, in the order of the schema, with the contribution of each term. A value that the row lacks
    /// counts as missing.
    #[must_use]
    pub fn explain(&self, row: &[f32]) -> Explanation {
        let value = |column: usize| row.get(column).copied().unwrap_or(f32::NAN);
        let contributions: Vec<f64> = self.terms.iter().map(|term| term.contribution(value)).collect();
        let sum = contributions.iter().fold(0.0, |sum, part| sum + part) + self.intercept;
        Explanation { expected: self.expected(sum), sum, contributions }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{every_shape, made_up_rows};

    #[test]
    fn a_negative_identity_sum_counts_as_nothing() {
        assert_eq!(Link::Identity.expected(-1.0), 0.0);
        assert_eq!(Link::Logit.expected(0.0), 0.5);
        assert_eq!(Link::Logit.expected(-800.0), 0.0);
        assert_eq!(Link::Log.expected(0.0), 1.0);
    }

    proptest! {
        /// Columns, sums, predictions and single-row explanations tell the same story, bit for bit.
        #[test]
        fn columns_and_rows_agree(seed in 0u64..1000) {
            for link in [Link::Identity, Link::Logit, Link::Log] {
                let model = every_shape(link);
                let matrix = made_up_rows(&model.schema, 20, seed);
                let columns = model.contributions(&matrix);
                let expected = model.predict(&matrix);
                for i in 0..matrix.rows() {
                    let told = model.explain(&matrix.row(i));
                    let row: Vec<f64> = columns.iter().map(|c| c[i]).collect();
                    prop_assert_eq!(&row, &told.contributions);
                    prop_assert_eq!(expected[i].to_bits(), told.expected.to_bits());
                    prop_assert_eq!(expected[i].to_bits(), model.expected(told.sum).to_bits());
                }
            }
        }

        /// The basis is the derivative of the contribution to the coefficient.
        #[test]
        fn basis_is_the_change_per_unit_of_coefficient(x in prop_oneof![Just(f32::NAN), -10f32..10.0]) {
            let model = every_shape(Link::Log);
            for term in &model.terms {
                let step = f64::from(u8::from(term.shape.coefficient().is_some()));
                let mut parameters = term.shape.parameters();
                parameters[0] += step;
                let changed = term.shape.with_parameters(&parameters);
                let change = changed.contribution(x, |_| x) - term.shape.contribution(x, |_| x);
                prop_assert!((change - step * term.shape.basis(x, |_| x)).abs() < 1e-9);
            }
        }
    }
}
