//! The one additive form: link(expected value) = intercept + sum of terms.

mod check;
mod json;
mod score;

pub use check::ModelError;
pub use score::Explanation;

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
    /// Column number in the schema.
    pub feature: usize,
    /// The contribution as a function of the column's value.
    pub shape: Shape,
}

/// The contribution of a term as a function of one column's value `x`.
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
}

/// What is done to a value before it is multiplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transform {
    /// The value itself.
    Identity,
    /// `ln(1 + x)` for skewed counts; `x` below 0 counts as 0.
    Log1p,
}
