//! The chosen model as a list that people can read.

use models::additive::{Spread, Transform};
use models::{AdditiveModel, FeatureKind, Link, Shape, Text};
use serde::{Deserialize, Serialize};

use crate::estimate::{Estimate, method};
use crate::interval::normal_quantile;
use crate::report::pairs::Side;

/// The chosen model: an intercept and terms, each with its interval where the learner knows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSummary {
    /// Name of the learner entry.
    pub name: String,
    /// What readers see.
    pub label: Text,
    /// Kind of learner.
    pub kind: String,
    /// How the sum becomes an expected value.
    pub link: Link,
    /// Rows on which it was fitted.
    pub rows: u64,
    /// Value of the sum where every term is 0.
    pub intercept: Estimate,
    /// The terms, in the model's order.
    pub terms: Vec<TermSummary>,
    /// What the reader must know about how it was fitted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Text>,
    /// For a scorecard: what one point adds to the sum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_point: Option<f64>,
    /// For a scorecard: every total that its lines can make, with the expected value that belongs to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub totals: Vec<CardTotal>,
}

/// A total of a scorecard.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardTotal {
    /// Points.
    pub points: i64,
    /// Expected value per unit of exposure.
    pub expected: f64,
}

/// One term.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermSummary {
    /// Name, unique in the model.
    pub name: String,
    /// What readers see.
    pub label: Text,
    /// Unit of the column that it reads.
    pub unit: String,
    /// What it adds.
    pub shape: TermShape,
}

/// What a term adds to the sum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, tag = "type")]
pub enum TermShape {
    /// This much per unit (or per unit of its logarithm, see `transform`), counted from `center`.
    Slope {
        /// Effect per unit.
        coefficient: Estimate,
        /// What is done to the value first.
        transform: Transform,
        /// Where the contribution is 0, on that same scale.
        center: f64,
        /// Contribution of a missing value.
        missing: f64,
    },
    /// This much where it holds (a category, a flag, a missing value).
    Holds {
        /// Contribution where it holds.
        coefficient: Estimate,
    },
    /// Points per category.
    Categories {
        /// The categories, in the order of the schema, and last what is missing or none of them.
        categories: Vec<Category>,
    },
    /// This much where all conditions hold: a leaf of a tree.
    Rule {
        /// Contribution where they hold.
        coefficient: Estimate,
        /// The conditions.
        conditions: Vec<Condition>,
    },
    /// Points per pair of bins of two columns.
    Pairs {
        /// The term's own column: a row of points per bin.
        own: Side,
        /// The other column: a point per bin in each row.
        other: Side,
        /// The points.
        points: Vec<Vec<Estimate>>,
    },
    /// Points per range of values.
    Steps {
        /// The ranges, rising.
        steps: Vec<Step>,
        /// Contribution of a missing value.
        missing: Estimate,
    },
}

/// A category and what it adds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Its name; absent for what is missing.
    pub name: Option<String>,
    /// What it adds.
    pub points: Estimate,
}

/// A condition of a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// What readers see of the column.
    pub label: Text,
    /// From this value on; absent for no lower bound.
    pub from: Option<f64>,
    /// Up to, but not including; absent for no upper bound.
    pub below: Option<f64>,
    /// Whether it holds for a missing value.
    pub missing: bool,
}

/// A range of values and what it adds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// From this value on; absent for the lowest range.
    pub from: Option<f64>,
    /// Up to, but not including; absent for the highest range.
    pub below: Option<f64>,
    /// What it adds.
    pub points: Estimate,
}

impl ModelSummary {
    /// From the stored model, fitted on this number of rows. A coefficient's 95 % interval comes from the
    /// model's covariance and is absent where the learner has none.
    #[must_use]
    pub fn of(model: &AdditiveModel, label: Text, rows: u64) -> Self {
        let z = normal_quantile(0.95);
        let estimate = |value: f64, position: Option<usize>| {
            let variance = position.and_then(|p| model.covariance.get(p)?.get(p).copied());
            let half = variance.filter(|v| *v >= 0.0).map(|v| z * v.sqrt());
            Estimate::new(Some(value), half.map(|h| (value - h, value + h)), rows, method::COVARIANCE)
        };
        let errors = model.spread.as_ref().and_then(Spread::standard_errors);
        let error = |term: usize, parameter: usize| errors.as_ref()?.get(term)?.get(parameter).copied();
        let point = |value: f64, term: usize, parameter: usize| {
            let half = error(term, parameter).map(|error| z * error);
            Estimate::new(Some(value), half.map(|h| (value - h, value + h)), rows, method::BAGS)
        };
        let intercept = match model.spread.as_ref().and_then(intercept_error) {
            Some(error) => {
                let (value, half) = (model.intercept, z * error);
                Estimate::new(Some(value), Some((value - half, value + half)), rows, method::BAGS)
            }
            None => estimate(model.intercept, Some(0)),
        };
        let terms = model
            .terms
            .iter()
            .enumerate()
            .map(|(i, term)| TermSummary {
                name: term.name.clone(),
                label: term.label.clone(),
                unit: model.schema.features.get(term.feature).map_or_else(String::new, |f| f.unit.clone()),
                shape: shape(
                    model,
                    term,
                    |value| {
                        if errors.is_some() { point(value, i, 0) } else { estimate(value, Some(i + 1)) }
                    },
                    |value, parameter| point(value, i, parameter),
                ),
            })
            .collect();
        Self {
            name: model.name.clone(),
            label,
            kind: model.kind.clone(),
            link: model.link,
            rows,
            intercept,
            terms,
            notes: model.notes.clone(),
            per_point: model.per_point,
            totals: totals(model),
        }
    }
}

/// Standard error of the intercept over the bags, as [`Spread::standard_errors`] has it for the terms.
fn intercept_error(spread: &Spread) -> Option<f64> {
    let bags = spread.bags.len() as f64;
    let mean = spread.bags.iter().map(|bag| bag.intercept).sum::<f64>() / bags;
    let squares: f64 = spread.bags.iter().map(|bag| (bag.intercept - mean).powi(2)).sum();
    (spread.bags.len() > 1).then(|| (spread.inflation * squares / (bags - 1.0)).sqrt())
}

/// Most totals of a card that are worth a table.
const TOTALS: f64 = 200.0;

/// Every total between the lowest and the highest that the lines of a card can make.
fn totals(model: &AdditiveModel) -> Vec<CardTotal> {
    let Some(per_point) = model.per_point.filter(|p| *p != 0.0) else { return Vec::new() };
    let (mut low, mut high) = (0.0_f64, 0.0_f64);
    for term in &model.terms {
        let mut points: Vec<f64> = term.shape.parameters().iter().map(|p| (p / per_point).round()).collect();
        // A line that holds or not adds nothing where it does not.
        if term.shape.coefficient().is_some() {
            points.push(0.0);
        }
        low += points.iter().copied().fold(f64::INFINITY, f64::min);
        high += points.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    }
    let apart = high - low;
    if apart.is_nan() || apart > TOTALS {
        return Vec::new();
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole numbers, at most 200 apart")]
    let total = |points: f64| CardTotal {
        points: points as i64,
        expected: model.expected(model.intercept + per_point * points),
    };
    std::iter::successors(Some(low), |points| (*points < high).then_some(points + 1.0)).map(total).collect()
}

fn shape(
    model: &AdditiveModel,
    term: &models::Term,
    coefficient: impl Fn(f64) -> Estimate,
    point: impl Fn(f64, usize) -> Estimate,
) -> TermShape {
    let feature = |column: usize| model.schema.features.get(column);
    match &term.shape {
        Shape::Linear { coefficient: slope, center, transform, missing } => TermShape::Slope {
            coefficient: coefficient(*slope),
            transform: *transform,
            center: *center,
            missing: *missing,
        },
        Shape::Equals { coefficient: value, .. } | Shape::Missing { coefficient: value } => {
            TermShape::Holds { coefficient: coefficient(*value) }
        }
        Shape::Grid { bins, other, other_bins, scores } => {
            let wide = other_bins.count();
            let row = |(i, row): (usize, &Vec<f64>)| {
                row.iter().enumerate().map(|(j, score)| point(*score, i * wide + j)).collect()
            };
            TermShape::Pairs {
                own: Side::of(feature(term.feature), bins),
                other: Side::of(feature(*other), other_bins),
                points: scores.iter().enumerate().map(row).collect(),
            }
        }
        Shape::Categories { scores, missing } => {
            let names = match feature(term.feature).map(|f| &f.kind) {
                Some(FeatureKind::Nominal { categories }) => categories.clone(),
                _ => (0..scores.len()).map(|i| i.to_string()).collect(),
            };
            let names = names.into_iter().map(Some).chain([None]);
            let points = scores.iter().chain([missing]).enumerate();
            TermShape::Categories {
                categories: names
                    .zip(points)
                    .map(|(name, (i, score))| Category { name, points: point(*score, i) })
                    .collect(),
            }
        }
        Shape::Rule { coefficient: value, conditions } => TermShape::Rule {
            coefficient: coefficient(*value),
            conditions: conditions
                .iter()
                .map(|c| Condition {
                    label: feature(c.feature).map_or_else(Text::default, |f| f.label.clone()),
                    from: c.from.map(f64::from),
                    below: c.below.map(f64::from),
                    missing: c.missing,
                })
                .collect(),
        },
        Shape::Steps { edges, scores, missing } => TermShape::Steps {
            steps: scores
                .iter()
                .enumerate()
                .map(|(i, &score)| Step {
                    from: i.checked_sub(1).and_then(|e| edges.get(e)).map(|&e| f64::from(e)),
                    below: edges.get(i).map(|&e| f64::from(e)),
                    points: point(score, i),
                })
                .collect(),
            missing: point(*missing, scores.len()),
        },
    }
}

#[cfg(test)]
mod tests {
    use models::additive::Term;
    use models::{Feature, FeatureKind, Passport, Schema};

    use super::*;

    #[test]
    fn coefficients_get_the_interval_of_their_own_variance() {
        let feature = Feature {
            name: "x".to_owned(),
            label: Text::default(),
            unit: "m²".to_owned(),
            kind: FeatureKind::Continuous,
            passport: Passport::default(),
        };
        let term = |shape| Term { name: "x".to_owned(), label: Text::default(), feature: 0, shape };
        let model = AdditiveModel {
            name: "m".to_owned(),
            kind: "logistic".to_owned(),
            link: Link::Logit,
            intercept: -3.0,
            terms: vec![
                term(Shape::Linear {
                    coefficient: 2.0,
                    center: 1.0,
                    transform: Transform::Log1p,
                    missing: 0.5,
                }),
                term(Shape::Steps { edges: vec![1.0, 5.0], scores: vec![0.0, 1.0, 2.0], missing: 0.0 }),
            ],
            covariance: vec![vec![0.25, 0.0], vec![0.0, 0.04]],
            spread: None,
            calibration: None,
            per_point: None,
            edits: Vec::new(),
            finds: 0.0,
            notes: Vec::new(),
            schema: Schema { features: vec![feature] },
        };
        let summary = ModelSummary::of(&model, Text::default(), 100);
        assert!((summary.intercept.low.unwrap() + 3.98).abs() < 1e-3);
        let TermShape::Slope { coefficient, transform: Transform::Log1p, .. } = &summary.terms[0].shape
        else {
            panic!("slope")
        };
        assert!((coefficient.high.unwrap() - 2.392).abs() < 1e-3);
        let TermShape::Steps { steps, .. } = &summary.terms[1].shape else { panic!("steps") };
        assert_eq!(
            (steps[0].from, steps[0].below, steps[2].from, steps[2].below),
            (None, Some(1.0), Some(5.0), None)
        );
        assert_eq!(steps[1].points.low, None);
        assert_eq!(summary.terms[0].unit, "m²");
    }
}
