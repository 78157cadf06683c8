//! What a term adds, as a function of one column's value, of two, or of several.

use serde::{Deserialize, Serialize};

/// The contribution of a term. `x` is the value of the term's own column; NaN is missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, tag = "type")]
pub enum Shape {
    /// `coefficient * (f(x) - center)`, with `f` the transform; `missing` when `x` is NaN.
    Linear {
        /// Effect per unit of `f(x)`, in natural units.
        coefficient: f64,
        /// Value of `f(x)` where the contribution is 0.
        center: f64,
        /// What is done to `x` first.
        transform: Transform,
        /// Contribution when `x` is missing.
        missing: f64,
    },
    /// `coefficient` where `x` equals `value`, else 0 (also when missing).
    Equals {
        /// Contribution where it holds.
        coefficient: f64,
        /// Category number or flag value.
        value: f32,
    },
    /// `coefficient` where `x` is missing, else 0.
    Missing {
        /// Contribution where it holds.
        coefficient: f64,
    },
    /// A step function: score `i` where `edges[i-1] <= x < edges[i]`; one score more than edges.
    Steps {
        /// Rising bin edges.
        edges: Vec<f32>,
        /// Contribution per bin.
        scores: Vec<f64>,
        /// Contribution when `x` is missing.
        missing: f64,
    },
    /// A score per category: score `x` where `x` is the number of a category, else `missing`.
    Categories {
        /// Contribution per category, in the order of the schema.
        scores: Vec<f64>,
        /// Contribution when `x` is missing or no category.
        missing: f64,
    },
    /// A score per pair of bins: of the term's own column and of another one.
    Grid {
        /// Bins of the term's own column.
        bins: Bins,
        /// Number of the other column.
        other: usize,
        /// Bins of the other column.
        other_bins: Bins,
        /// Row per own bin, column per other bin; the last row and the last column are for missing values.
        scores: Vec<Vec<f64>>,
    },
    /// `coefficient` where all conditions hold, else 0: a leaf of a tree. The first condition reads the term's
    /// own column.
    Rule {
        /// Contribution where they hold.
        coefficient: f64,
        /// What must hold, at least one.
        conditions: Vec<Condition>,
    },
}

/// How one column of a [`Shape::Grid`] is divided. A missing value always has a bin of its own, the last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Bins {
    /// Bin `i` where `edges[i-1] <= x < edges[i]`; edges rise.
    Edges(Vec<f32>),
    /// A bin per category, of this many; a value that is no category is missing.
    Categories(usize),
}

/// A condition on one column.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Column number in the schema.
    pub feature: usize,
    /// Holds from this value on; absent for no lower bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<f32>,
    /// Holds below this value; absent for no upper bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<f32>,
    /// Whether it holds for a missing value.
    pub missing: bool,
}

/// What is done to a value before it is multiplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transform {
    /// The value itself.
    Identity,
    /// `ln(1 + x)` for skewed counts; `x` below 0 counts as 0.
    Log1p,
    /// `ln(0.001 + x)` for rates per unit of exposure, so that effects are in proportion to the rate and 0
    /// stays finite; `x` below 0 counts as 0.
    LogRate,
}

/// What keeps the logarithm of a rate of 0 finite: one event per thousand units of exposure.
pub(crate) const RATE_OFFSET: f64 = 0.001;

impl Transform {
    /// The transformed value; NaN stays NaN.
    #[must_use]
    pub fn apply(self, x: f32) -> f64 {
        let x = f64::from(x);
        match self {
            Self::Identity => x,
            Self::Log1p if x <= 0.0 => 0.0,
            Self::Log1p => x.ln_1p(),
            Self::LogRate if x.is_nan() => x,
            Self::LogRate => (x.max(0.0) + RATE_OFFSET).ln(),
        }
    }
}

impl Bins {
    /// Number of bins, the one for missing values included.
    #[must_use]
    pub fn count(&self) -> usize {
        match self {
            Self::Edges(edges) => edges.len() + 2,
            Self::Categories(categories) => categories + 1,
        }
    }

    /// Number of the bin of `x`.
    #[must_use]
    pub fn of(&self, x: f32) -> usize {
        match self {
            Self::Edges(edges) if x.is_nan() => edges.len() + 1,
            Self::Edges(edges) => bin(edges, x),
            Self::Categories(categories) => category(x, *categories).unwrap_or(*categories),
        }
    }
}

impl Condition {
    /// Whether it holds for this value of its column.
    #[must_use]
    pub fn holds(&self, x: f32) -> bool {
        if x.is_nan() {
            return self.missing;
        }
        self.from.is_none_or(|from| x >= from) && self.below.is_none_or(|below| x < below)
    }
}

impl Shape {
    /// Contribution; `x` is the value of the term's own column, `value` tells that of any column.
    #[must_use]
    pub fn contribution(&self, x: f32, value: impl Fn(usize) -> f32) -> f64 {
        match self {
            Self::Linear { missing, .. } if x.is_nan() => *missing,
            Self::Linear { coefficient, center, transform, .. } => {
                coefficient * (transform.apply(x) - center)
            }
            Self::Equals { coefficient, value } => indicator(x == *value) * coefficient,
            Self::Missing { coefficient } => indicator(x.is_nan()) * coefficient,
            Self::Steps { missing, .. } if x.is_nan() => *missing,
            Self::Steps { edges, scores, .. } => scores.get(bin(edges, x)).copied().unwrap_or(0.0),
            Self::Categories { scores, missing } => {
                category(x, scores.len()).map_or(*missing, |number| scores[number])
            }
            Self::Grid { bins, other, other_bins, scores } => {
                let row = scores.get(bins.of(x));
                row.and_then(|row| row.get(other_bins.of(value(*other)))).copied().unwrap_or(0.0)
            }
            Self::Rule { coefficient, conditions } => {
                indicator(conditions.iter().all(|c| c.holds(value(c.feature)))) * coefficient
            }
        }
    }

    /// Change of the contribution per unit of the term's coefficient: `f(x) - center`, 0 or 1. It is 0 where
    /// the contribution does not depend on the coefficient: a linear term's missing value, and the shapes that
    /// have none.
    #[must_use]
    pub fn basis(&self, x: f32, value: impl Fn(usize) -> f32) -> f64 {
        match self {
            Self::Linear { center, transform, .. } if !x.is_nan() => transform.apply(x) - center,
            Self::Linear { .. } | Self::Steps { .. } | Self::Categories { .. } | Self::Grid { .. } => 0.0,
            Self::Equals { value, .. } => indicator(x == *value),
            Self::Missing { .. } => indicator(x.is_nan()),
            Self::Rule { conditions, .. } => indicator(conditions.iter().all(|c| c.holds(value(c.feature)))),
        }
    }

    /// The coefficient that the covariance speaks of; `None` for shapes that have none.
    #[must_use]
    pub fn coefficient(&self) -> Option<f64> {
        match self {
            Self::Linear { coefficient, .. }
            | Self::Equals { coefficient, .. }
            | Self::Missing { coefficient }
            | Self::Rule { coefficient, .. } => Some(*coefficient),
            Self::Steps { .. } | Self::Categories { .. } | Self::Grid { .. } => None,
        }
    }

    /// The columns that it reads beside the term's own.
    pub fn others(&self) -> impl Iterator<Item = usize> + '_ {
        let (other, conditions) = match self {
            Self::Grid { other, .. } => (Some(*other), &[] as &[Condition]),
            Self::Rule { conditions, .. } => (None, conditions.as_slice()),
            _ => (None, &[] as &[Condition]),
        };
        other.into_iter().chain(conditions.iter().skip(1).map(|c| c.feature))
    }

    /// The numbers that a fit decides, in a fixed order: the coefficient (a linear term adds its contribution
    /// of a missing value), or all scores with those of missing values last in their row.
    #[must_use]
    pub fn parameters(&self) -> Vec<f64> {
        match self {
            Self::Linear { coefficient, missing, .. } => vec![*coefficient, *missing],
            Self::Equals { coefficient, .. }
            | Self::Missing { coefficient }
            | Self::Rule { coefficient, .. } => vec![*coefficient],
            Self::Steps { scores, missing, .. } | Self::Categories { scores, missing } => {
                scores.iter().copied().chain([*missing]).collect()
            }
            Self::Grid { scores, .. } => scores.iter().flatten().copied().collect(),
        }
    }

    /// The same shape with other parameters, in the order of [`Shape::parameters`]; what is too few stays as it
    /// is.
    #[must_use]
    pub fn with_parameters(&self, parameters: &[f64]) -> Self {
        let mut shape = self.clone();
        let fill = |places: &mut dyn Iterator<Item = &mut f64>| {
            for (place, value) in places.zip(parameters) {
                *place = *value;
            }
        };
        match &mut shape {
            Self::Linear { coefficient, missing, .. } => fill(&mut [coefficient, missing].into_iter()),
            Self::Equals { coefficient, .. }
            | Self::Missing { coefficient }
            | Self::Rule { coefficient, .. } => fill(&mut std::iter::once(coefficient)),
            Self::Steps { scores, missing, .. } | Self::Categories { scores, missing } => {
                fill(&mut scores.iter_mut().chain([missing]));
            }
            Self::Grid { scores, .. } => fill(&mut scores.iter_mut().flatten()),
        }
        shape
    }
}

/// Number of the bin of `x` among rising edges: how many edges are at or below it.
fn bin(edges: &[f32], x: f32) -> usize {
    edges.partition_point(|edge| *edge <= x)
}

/// The category number that `x` is, of this many; `None` when it is none.
fn category(x: f32, categories: usize) -> Option<usize> {
    (x >= 0.0 && x.fract() == 0.0 && (x as usize) < categories).then_some(x as usize)
}

fn indicator(holds: bool) -> f64 {
    if holds { 1.0 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(shape: &Shape, x: f32) -> f64 {
        shape.contribution(x, |_| f32::NAN)
    }

    #[test]
    fn steps_put_an_edge_in_the_bin_above_it() {
        let steps = Shape::Steps { edges: vec![1.0, 2.0], scores: vec![10.0, 20.0, 30.0], missing: -5.0 };
        let got: Vec<f64> = [0.5, 1.0, 1.5, 2.0, 9.0, f32::NAN, f32::NEG_INFINITY, f32::INFINITY]
            .map(|x| own(&steps, x))
            .to_vec();
        assert_eq!(got, [10.0, 20.0, 20.0, 30.0, 30.0, -5.0, 10.0, 30.0]);
    }

    #[test]
    fn a_linear_term_is_zero_at_its_center_and_takes_its_own_value_when_missing() {
        let line =
            Shape::Linear { coefficient: 2.0, center: 3.0, transform: Transform::Identity, missing: 0.25 };
        assert_eq!([3.0, 4.0, f32::NAN].map(|x| own(&line, x)), [0.0, 2.0, 0.25]);
        assert_eq!([3.0, 4.0, f32::NAN].map(|x| line.basis(x, |_| x)), [0.0, 1.0, 0.0]);
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
        assert_eq!([2.0, 1.0, f32::NAN].map(|x| own(&equals, x)), [1.5, 0.0, 0.0]);
        let missing = Shape::Missing { coefficient: 1.5 };
        assert_eq!([2.0, f32::NAN].map(|x| own(&missing, x)), [0.0, 1.5]);
    }

    #[test]
    fn what_is_no_category_is_missing() {
        let shape = Shape::Categories { scores: vec![1.0, 2.0], missing: -1.0 };
        let got = [0.0, 1.0, 2.0, 0.5, -1.0, f32::NAN, f32::INFINITY, -0.0].map(|x| own(&shape, x));
        assert_eq!(got, [1.0, 2.0, -1.0, -1.0, -1.0, -1.0, -1.0, 1.0]);
    }

    #[test]
    fn a_grid_reads_two_columns_and_has_bins_for_missing_values() {
        let grid = Shape::Grid {
            bins: Bins::Edges(vec![1.0]),
            other: 7,
            other_bins: Bins::Categories(2),
            scores: vec![vec![1.0, 2.0, 3.0], vec![4.0, 5.0, 6.0], vec![7.0, 8.0, 9.0]],
        };
        let at = |x: f32, other: f32| grid.contribution(x, |j| if j == 7 { other } else { f32::NAN });
        assert_eq!([at(0.0, 0.0), at(1.0, 1.0), at(f32::NAN, 0.0)], [1.0, 5.0, 7.0]);
        assert_eq!([at(0.0, f32::NAN), at(f32::NAN, 2.0), at(5.0, 0.5)], [3.0, 9.0, 6.0]);
        assert_eq!(grid.others().collect::<Vec<_>>(), [7]);
    }

    #[test]
    fn a_rule_holds_where_all_its_conditions_do() {
        let from = Condition { feature: 0, from: Some(2.0), below: None, missing: true };
        let below = Condition { feature: 3, from: None, below: Some(1.0), missing: false };
        let rule = Shape::Rule { coefficient: 0.5, conditions: vec![from, below] };
        let at = |x: f32, y: f32| rule.contribution(x, |j| if j == 0 { x } else { y });
        assert_eq!([at(2.0, 0.9), at(1.9, 0.9), at(2.0, 1.0)], [0.5, 0.0, 0.0]);
        assert_eq!([at(f32::NAN, 0.0), at(2.0, f32::NAN)], [0.5, 0.0]);
        assert_eq!(rule.others().collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn parameters_go_out_and_in() {
        for shape in crate::testing::every_shape(crate::additive::Link::Log).terms.iter().map(|t| &t.shape) {
            let shifted: Vec<f64> = shape.parameters().iter().map(|p| p + 1.0).collect();
            let other = shape.with_parameters(&shifted);
            assert_eq!(other.parameters(), shifted);
            assert_eq!(other.with_parameters(&shape.parameters()), *shape);
        }
    }
}
