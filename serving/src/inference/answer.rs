//! The answer of an inference request.

use serde::Serialize;

use super::request::{Rows, SCORE};
use super::scorer::{Scored, Scorer};

/// The answer as the protocol asks.
#[derive(Debug, Serialize)]
pub(crate) struct Answer<'a> {
    model_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    parameters: Parameters<'a>,
    outputs: Vec<Output>,
}

#[derive(Debug, Serialize)]
struct Parameters<'a> {
    sha256: &'a str,
}

#[derive(Debug, Serialize)]
struct Output {
    name: &'static str,
    datatype: &'static str,
    shape: Vec<usize>,
    data: Vec<f32>,
}

impl<'a> Answer<'a> {
    /// The outputs that were asked for, in the order in which they were.
    pub(crate) fn new(scorer: &'a Scorer, rows: &'a Rows, scored: Scored) -> Self {
        let Scored { scores, contributions } = scored;
        let outputs = rows.outputs.iter().map(|&name| {
            let (shape, data) = if name == SCORE {
                (vec![rows.n], scores.clone())
            } else {
                (vec![rows.n, scorer.terms()], contributions.clone())
            };
            Output { name, datatype: "FP32", shape, data }
        });
        Self {
            model_name: scorer.name(),
            id: rows.id.as_deref(),
            parameters: Parameters { sha256: scorer.sha256() },
            outputs: outputs.collect(),
        }
    }
}
