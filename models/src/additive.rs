//! The one additive form: link(expected value) = intercept + sum of terms.

mod calibration;
mod check;
mod edit;
mod json;
mod score;
mod shape;
mod spread;

pub use calibration::Calibration;
pub use check::ModelError;
pub use edit::{Change, EditError, Signature};
pub use score::Explanation;
pub(crate) use shape::RATE_OFFSET;
pub use shape::{Bins, Condition, Shape, Transform};
pub use spread::{Bag, Spread};

use serde::{Deserialize, Serialize};

use crate::schema::{Schema, Text};

/// How the sum of the terms becomes an expected value per unit of exposure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// The sum is the expected value (baselines); negative sums count as 0.
    Identity,
    /// Probability = 1 / (1 + exp(-sum)).
    Logit,
    /// Expected count per unit of exposure = exp(sum).
    Log,
}

/// A fitted, readable model: what is stored, drawn, explained, scored and written to ONNX.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdditiveModel {
    /// Name of the learner entry in the study, for instance `logistic`.
    pub name: String,
    /// Kind of learner, for instance `baseline`, `logistic`, `poisson`.
    pub kind: String,
    /// How the sum becomes an expected value.
    pub link: Link,
    /// Value of the sum where every term is 0.
    pub intercept: f64,
    /// The terms, in a fixed order.
    pub terms: Vec<Term>,
    /// Covariance of `[intercept, coefficient of term 1, ...]`, row by row, where the learner knows it.
    /// A term's contribution changes by `d coefficient` times its basis value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covariance: Vec<Vec<f64>>,
    /// How the terms come out on other samples of the training rows, where the learner fits them again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<Spread>,
    /// A monotone correction of the sum, fitted on later data than the terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// Contribution of one point, where every contribution is a whole number of points: a scorecard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_point: Option<f64>,
    /// What people changed after the fit, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<Edit>,
    /// Number of finds (weighted) that the training rows held. The uncertainty of a model without a
    /// covariance rests on it.
    #[serde(default)]
    pub finds: f64,
    /// What the reader of the model must know about how it was fitted, for instance terms left out because
    /// their sign was forbidden.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Text>,
    /// The columns that the model reads.
    pub schema: Schema,
}

/// One named term.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// Name, unique in the model; the feature name, or `feature=category`, or `feature is missing`.
    pub name: String,
    /// What readers see.
    pub label: Text,
    /// Column number in the schema; of the first column that it reads, where it reads several.
    pub feature: usize,
    /// The contribution as a function of the columns' values.
    pub shape: Shape,
}

/// A term that a person changed, so that every reader sees that it is no longer what the data gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// Name of the term.
    pub term: String,
    /// What was done, for instance `flatten`, `set`, `monotonise`.
    pub action: String,
    /// Who did it.
    pub author: String,
    /// On which day (ISO 8601).
    pub date: String,
    /// Why.
    pub reason: String,
    /// The term as it was.
    pub before: Shape,
}
