//! The model behind `/v2`: its names and shapes, and running it.

use std::fmt;

use axum::http::StatusCode;
use models::onnx::Runner;
use models::{AdditiveModel, Feature, FeatureKind};
use serde_json::{Value, json};

use super::request::Rows;
use crate::problem::{Problem, text};

/// Outputs of the model.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scored {
    /// One per row.
    pub(crate) scores: Vec<f32>,
    /// Row-major, one per row and term.
    pub(crate) contributions: Vec<f32>,
}

/// The model with the names of its inputs and outputs.
pub(crate) struct Scorer {
    name: String,
    features: Vec<Feature>,
    terms: Vec<String>,
    intercept: f64,
    sha256: String,
    runner: Runner,
}

impl fmt::Debug for Scorer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scorer").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Scorer {
    /// A scorer for this model; `sha256` is that of the model file.
    pub(crate) fn new(name: &str, model: &AdditiveModel, sha256: &str, runner: Runner) -> Self {
        Self {
            name: name.to_owned(),
            features: model.schema.features.clone(),
            terms: model.terms.iter().map(|term| term.name.clone()).collect(),
            intercept: model.intercept,
            sha256: sha256.to_owned(),
            runner,
        }
    }

    /// Name of the model.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The input columns in order.
    pub(crate) fn features(&self) -> &[Feature] {
        &self.features
    }

    /// Number of terms.
    pub(crate) fn terms(&self) -> usize {
        self.terms.len()
    }

    /// SHA-256 of the model file.
    pub(crate) fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Metadata as the protocol asks: one input per feature. Instead of those the single input `features`
    /// is taken too; the parameters say how. The intercept is for who may see how areas come to their scores.
    pub(crate) fn metadata(&self, has_workings: bool) -> Value {
        let inputs: Vec<Value> = self.features.iter().map(input).collect();
        let names: Vec<&str> = self.features.iter().map(|feature| feature.name.as_str()).collect();
        let mut parameters = json!({
            "sha256": self.sha256,
            "largest_batch": super::request::LARGEST_BATCH,
            "missing": "null",
            "single_input": { "name": "features", "datatype": "FP32",
                              "shape": [-1, self.features.len()], "columns": names },
        });
        if has_workings {
            parameters["intercept"] = self.intercept.into();
        }
        json!({
            "name": self.name,
            "platform": "onnx_onnxv1",
            "inputs": inputs,
            "outputs": [
                { "name": "score", "datatype": "FP32", "shape": [-1] },
                { "name": "contributions", "datatype": "FP32", "shape": [-1, self.terms.len()],
                  "parameters": { "columns": self.terms } },
            ],
            "parameters": parameters,
        })
    }

    /// Scores rows.
    ///
    /// # Errors
    /// 500 when the backend fails, 422 when a score is not a finite number.
    pub(crate) fn score(&self, rows: &Rows) -> Result<Scored, Problem> {
        let (scores, contributions) =
            self.runner.run(&rows.values, rows.n).map_err(|cause| Problem::internal(&cause))?;
        let scored = Scored { scores, contributions };
        let width = self.terms.len().max(1);
        let row =
            scored.scores.iter().position(|value| !value.is_finite()).or_else(|| {
                scored.contributions.iter().position(|value| !value.is_finite()).map(|i| i / width)
            });
        match row {
            None => Ok(scored),
            Some(row) => Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                text(
                    format!("Rij {row} (de eerste is 0) heeft geen eindige score: de waarden zijn te groot."),
                    format!("Row {row} (the first is 0) has no finite score: its values are too large."),
                ),
            )),
        }
    }
}

fn input(feature: &Feature) -> Value {
    let mut parameters = json!({
        "label_nl": feature.label.nl, "label_en": feature.label.en, "unit": feature.unit,
    });
    let kind = match &feature.kind {
        FeatureKind::Continuous => "continuous",
        FeatureKind::Count => "count",
        FeatureKind::Rate => "rate",
        FeatureKind::Flag => "flag",
        FeatureKind::Nominal { categories } => {
            parameters["categories"] = json!(categories);
            "nominal"
        }
    };
    parameters["kind"] = kind.into();
    json!({ "name": feature.name, "datatype": "FP32", "shape": [-1], "parameters": parameters })
}
