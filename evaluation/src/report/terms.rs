//! The chosen model as a list that people can read.

use models::additive::Transform;
use models::{AdditiveModel, Link, Shape, Text};
use serde::{Deserialize, Serialize};

use crate::estimate::{Estimate, method};
use crate::interval::normal_quantile;

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
    /// Points per category, pair of bins or rule, as the model stores them.
    Stored {
        /// The stored shape.
        shape: Shape,
    },
    /// Points per range of values.
    Steps {
        /// The ranges, rising.
        steps: Vec<Step>,
        /// Contribution of a missing value.
        missing: f64,
    },
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
        let terms = model
            .terms
            .iter()
            .enumerate()
            .map(|(i, term)| TermSummary {
                name: term.name.clone(),
                label: term.label.clone(),
                unit: model.schema.features.get(term.feature).map_or_else(String::new, |f| f.unit.clone()),
                shape: shape(
                    &term.shape,
                    |value| estimate(value, Some(i + 1)),
                    |value| estimate(value, None),
                ),
            })
            .collect();
        Self {
            name: model.name.clone(),
            label,
            kind: model.kind.clone(),
            link: model.link,
            rows,
            intercept: estimate(model.intercept, Some(0)),
            terms,
        }
    }
}

fn shape(shape: &Shape, coefficient: impl Fn(f64) -> Estimate, point: impl Fn(f64) -> Estimate) -> TermShape {
    match shape {
        Shape::Linear { coefficient: slope, center, transform, missing } => TermShape::Slope {
            coefficient: coefficient(*slope),
            transform: *transform,
            center: *center,
            missing: *missing,
        },
        Shape::Equals { coefficient: value, .. } | Shape::Missing { coefficient: value } => {
            TermShape::Holds { coefficient: coefficient(*value) }
        }
        Shape::Categories { .. } | Shape::Grid { .. } | Shape::Rule { .. } => {
            TermShape::Stored { shape: shape.clone() }
        }
        Shape::Steps { edges, scores, missing } => TermShape::Steps {
            steps: scores
                .iter()
                .enumerate()
                .map(|(i, &score)| Step {
                    from: i.checked_sub(1).and_then(|e| edges.get(e)).map(|&e| f64::from(e)),
                    below: edges.get(i).map(|&e| f64::from(e)),
                    points: point(score),
                })
                .collect(),
            missing: *missing,
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
