//! Scoring: terms to contributions, contributions to an expected value. All in 64 bits, terms summed in their
//! order and the intercept last, so that the same row gives the same bits everywhere.

use super::{AdditiveModel, Link, Shape, Term, Transform};
use crate::matrix::Matrix;

/// One row explained: expected value = link⁻¹(intercept + sum of contributions).
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

impl Transform {
    /// The transformed value; NaN stays NaN.
    #[must_use]
    pub fn apply(self, x: f32) -> f64 {
        let x = f64::from(x);
        match self {
            Self::Identity => x,
            Self::Log1p if x <= 0.0 => 0.0,
            Self::Log1p => x.ln_1p(),
        }
    }
}

impl Shape {
    /// Contribution for the column's value `x`; NaN is missing.
    #[must_use]
    pub fn contribution(&self, x: f32) -> f64 {
        match self {
            Self::Linear { coefficient, center, transform, missing } => {
                if x.is_nan() {
                    *missing
                } else {
                    coefficient * (transform.apply(x) - center)
                }
            }
            Self::Equals { coefficient, value } => indicator(x == *value) * coefficient,
            Self::Missing { coefficient } => indicator(x.is_nan()) * coefficient,
            Self::Steps { edges, scores, missing } => {
                if x.is_nan() {
                    *missing
                } else {
                    scores.get(bin(edges, x)).copied().unwrap_or(0.0)
                }
            }
        }
    }

    /// Change of the contribution per unit of the term's coefficient: `f(x) - center`, 0 or 1. It is 0 where
    /// the contribution does not depend on the coefficient: a linear term's missing value, and step functions,
    /// which have none.
    #[must_use]
    pub fn basis(&self, x: f32) -> f64 {
        match self {
            Self::Linear { center, transform, .. } if !x.is_nan() => transform.apply(x) - center,
            Self::Linear { .. } | Self::Steps { .. } => 0.0,
            Self::Equals { value, .. } => indicator(x == *value),
            Self::Missing { .. } => indicator(x.is_nan()),
        }
    }

    /// The coefficient that the covariance speaks of; `None` for step functions.
    #[must_use]
    pub fn coefficient(&self) -> Option<f64> {
        match self {
            Self::Linear { coefficient, .. }
            | Self::Equals { coefficient, .. }
            | Self::Missing { coefficient } => Some(*coefficient),
            Self::Steps { .. } => None,
        }
    }
}

/// Number of the bin of `x` among rising edges: how many edges are at or below it.
fn bin(edges: &[f32], x: f32) -> usize {
    edges.partition_point(|edge| *edge <= x)
}

fn indicator(holds: bool) -> f64 {
    if holds { 1.0 } else { 0.0 }
}

impl Term {
    /// Contribution of the term to every row of its column.
    fn column(&self, matrix: &Matrix, of: impl Fn(&Shape, f32) -> f64) -> Vec<f64> {
        matrix.column(self.feature).iter().map(|&x| of(&self.shape, x)).collect()
    }
}

impl AdditiveModel {
    /// Contributions of all rows: one column per term, each as long as the matrix has rows. The matrix must
    /// have the model's schema ([`AdditiveModel::check`]).
    #[must_use]
    pub fn contributions(&self, matrix: &Matrix) -> Vec<Vec<f64>> {
        self.terms.iter().map(|term| term.column(matrix, Shape::contribution)).collect()
    }

    /// Basis values of all rows, one column per term: what a change of the coefficient by 1 adds to the
    /// contribution. With the covariance they give the uncertainty of a sum.
    #[must_use]
    pub fn basis(&self, matrix: &Matrix) -> Vec<Vec<f64>> {
        self.terms.iter().map(|term| term.column(matrix, Shape::basis)).collect()
    }

    /// Intercept plus contributions of every row, on the model's own scale.
    #[must_use]
    pub fn sums(&self, matrix: &Matrix) -> Vec<f64> {
        let mut sums = vec![0.0; matrix.rows()];
        for term in &self.terms {
            for (sum, &x) in sums.iter_mut().zip(matrix.column(term.feature)) {
                *sum += term.shape.contribution(x);
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
            *value = self.link.expected(*value);
        }
        values
    }

    /// One row, in the order of the schema, with the contribution of each term. A value that the row lacks
    /// counts as missing.
    #[must_use]
    pub fn explain(&self, row: &[f32]) -> Explanation {
        let value = |term: &Term| row.get(term.feature).copied().unwrap_or(f32::NAN);
        let contributions: Vec<f64> =
            self.terms.iter().map(|term| term.shape.contribution(value(term))).collect();
        let sum = contributions.iter().fold(0.0, |sum, part| sum + part) + self.intercept;
        Explanation { expected: self.link.expected(sum), sum, contributions }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{every_shape, made_up_rows};

    #[test]
    fn steps_put_an_edge_in_the_bin_above_it() {
        let steps = Shape::Steps { edges: vec![1.0, 2.0], scores: vec![10.0, 20.0, 30.0], missing: -5.0 };
        let got: Vec<f64> = [0.5, 1.0, 1.5, 2.0, 9.0, f32::NAN, f32::NEG_INFINITY, f32::INFINITY]
            .map(|x| steps.contribution(x))
            .to_vec();
        assert_eq!(got, [10.0, 20.0, 20.0, 30.0, 30.0, -5.0, 10.0, 30.0]);
    }

    #[test]
    fn a_linear_term_is_zero_at_its_center_and_takes_its_own_value_when_missing() {
        let line =
            Shape::Linear { coefficient: 2.0, center: 3.0, transform: Transform::Identity, missing: 0.25 };
        assert_eq!([3.0, 4.0, f32::NAN].map(|x| line.contribution(x)), [0.0, 2.0, 0.25]);
        assert_eq!([3.0, 4.0, f32::NAN].map(|x| line.basis(x)), [0.0, 1.0, 0.0]);
    }

    #[test]
    fn counts_below_zero_count_as_zero() {
        assert_eq!(Transform::Log1p.apply(-3.0), 0.0);
        assert!(Transform::Log1p.apply(f32::NAN).is_nan());
        assert!((Transform::Log1p.apply(1.0) - 2f64.ln()).abs() < 1e-15);
    }

    #[test]
    fn indicators_are_zero_for_a_missing_value() {
        let equals = Shape::Equals { coefficient: 1.5, value: 2.0 };
        assert_eq!([2.0, 1.0, f32::NAN].map(|x| equals.contribution(x)), [1.5, 0.0, 0.0]);
        let missing = Shape::Missing { coefficient: 1.5 };
        assert_eq!([2.0, f32::NAN].map(|x| missing.contribution(x)), [0.0, 1.5]);
    }

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
                    prop_assert_eq!(expected[i].to_bits(), model.link.expected(told.sum).to_bits());
                }
            }
        }

        /// The basis is the derivative of the contribution to the coefficient.
        #[test]
        fn basis_is_the_change_per_unit_of_coefficient(x in prop_oneof![Just(f32::NAN), -10f32..10.0]) {
            let model = every_shape(Link::Log);
            for term in &model.terms {
                let mut changed = term.shape.clone();
                let step = match &mut changed {
                    Shape::Linear { coefficient, .. }
                    | Shape::Equals { coefficient, .. }
                    | Shape::Missing { coefficient } => { *coefficient += 1.0; 1.0 }
                    Shape::Steps { .. } => 0.0,
                };
                let change = changed.contribution(x) - term.shape.contribution(x);
                prop_assert!((change - step * term.shape.basis(x)).abs() < 1e-9);
            }
        }
    }
}
