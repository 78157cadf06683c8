//! `/v1/models` and `/v1/models/{name}`: the model in words and figures.

use axum::extract::Path;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use models::{AdditiveModel, Feature, Link as ModelLink, Shape, Term};
use serde::Serialize;
use serde_json::{Value, json};

use crate::answer::{Document, Form, json as to_json};
use crate::api::areas::escaped;
use crate::api::{Link, reports};
use crate::facts::{Context, Facts};
use crate::language::Language;
use crate::problem::{Problem, quoted, text};
use crate::query::Parameters;
use crate::view::{Seen, View};

/// The address of the list of models.
const LIST: &str = "/v1/models";

/// The address of the model of a bundle.
pub(crate) fn address(facts: &Facts) -> String {
    format!("{LIST}/{}", escaped(facts.model()))
}

/// `GET /v1/models`: the models that answer: one, that of the bundle.
pub(crate) async fn list(Seen(view): Seen, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    Parameters::read(&uri, &[])?;
    let language = Language::asked(&uri, &headers);
    Document::new(to_json(&listed(&view, language))?).answer(&headers, Form::Json(language))
}

#[derive(Serialize)]
struct List<'a> {
    models: [Entry<'a>; 1],
    links: Vec<Link>,
}

#[derive(Serialize)]
struct Entry<'a> {
    name: &'a str,
    #[serde(flatten)]
    context: Context<'a>,
    links: Vec<Link>,
}

fn listed(view: &View, language: Language) -> List<'_> {
    let (facts, base) = (view.facts(), view.base());
    let inference = format!("/v2/models/{}", escaped(facts.model()));
    List {
        models: [Entry {
            name: facts.model(),
            context: facts.context(language),
            links: vec![
                Link::json("item", base, &address(facts)),
                Link::json("inference", base, &inference),
                Link::json("report", base, reports::LIST),
            ],
        }],
        links: vec![Link::json("self", base, LIST)],
    }
}

/// `GET /v1/models/{name}`: the terms and features, as much of them as this reader sees.
pub(crate) async fn one(
    Seen(view): Seen,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Parameters::read(&uri, &[])?;
    if name != view.facts().model() {
        return Err(unknown(&name));
    }
    let language = Language::asked(&uri, &headers);
    view.model(language).answer(&headers, Form::Json(language))
}

fn unknown(name: &str) -> Problem {
    let shown = quoted(name);
    Problem::not_found(
        "name",
        "model.unknown",
        text(
            format!("Er is geen model {shown}. De lijst staat op {LIST}."),
            format!("There is no model {shown}. The list is at {LIST}."),
        ),
    )
}

#[derive(Serialize)]
struct Model<'a> {
    name: &'a str,
    kind: &'a str,
    link: &'a str,
    formula: &'a str,
    /// Like the shapes: with it anyone could work out the score of an area from published figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    intercept: Option<f64>,
    notes: Vec<&'a str>,
    terms: Vec<ModelTerm<'a>>,
    features: Vec<ModelFeature<'a>>,
    #[serde(flatten)]
    context: Context<'a>,
    links: Vec<Link>,
}

#[derive(Serialize)]
struct ModelTerm<'a> {
    name: &'a str,
    label: &'a str,
    feature: Option<&'a str>,
    unit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shape: Option<Value>,
}

#[derive(Serialize)]
struct ModelFeature<'a> {
    name: &'a str,
    label: &'a str,
    unit: &'a str,
    kind: &'a models::FeatureKind,
    passport: &'a models::Passport,
}

/// Makes the description of the model: its terms and features with their passports, and for who may see how an
/// area came to its score also the intercept and the shape of each term.
///
/// # Errors
/// When it cannot be written as JSON.
pub(crate) fn write(
    facts: &Facts,
    model: &AdditiveModel,
    base: &str,
    language: Language,
    has_shapes: bool,
) -> Result<Vec<u8>, serde_json::Error> {
    let (link, formula) = link_in_words(model.link);
    let features = &model.schema.features;
    serde_json::to_vec(&Model {
        name: facts.model(),
        kind: &model.kind,
        link,
        formula: language.of(&formula),
        intercept: has_shapes.then_some(model.intercept),
        notes: model.notes.iter().map(|note| language.of(note)).collect(),
        terms: model.terms.iter().map(|term| describe(term, features, language, has_shapes)).collect(),
        features: features
            .iter()
            .map(|Feature { name, label, unit, kind, passport }| ModelFeature {
                name,
                label: language.of(label),
                unit,
                kind,
                passport,
            })
            .collect(),
        context: facts.context(language),
        links: vec![
            Link::json("self", base, &address(facts)),
            Link::json("inference", base, &format!("/v2/models/{}", escaped(facts.model()))),
            Link::json("collection", base, LIST),
            Link::json("report", base, reports::LIST),
        ],
    })
}

fn link_in_words(link: ModelLink) -> (&'static str, models::Text) {
    match link {
        ModelLink::Identity => (
            "identity",
            text(
                "verwacht = intercept + som van de termen (nooit onder 0)",
                "expected = intercept + sum of the terms (never below 0)",
            ),
        ),
        ModelLink::Logit => (
            "logit",
            text(
                "kans = 1 / (1 + exp(-(intercept + som van de termen)))",
                "probability = 1 / (1 + exp(-(intercept + sum of the terms)))",
            ),
        ),
        ModelLink::Log => (
            "log",
            text(
                "verwacht aantal per eenheid blootstelling = exp(intercept + som van de termen)",
                "expected number per unit of exposure = exp(intercept + sum of the terms)",
            ),
        ),
    }
}

fn describe<'a>(
    term: &'a Term,
    features: &'a [Feature],
    language: Language,
    has_shapes: bool,
) -> ModelTerm<'a> {
    let feature = features.get(term.feature);
    ModelTerm {
        name: &term.name,
        label: language.of(&term.label),
        feature: feature.map(|feature| feature.name.as_str()),
        unit: feature.map(|feature| feature.unit.as_str()),
        shape: has_shapes.then(|| shape(&term.shape)),
    }
}

/// The shape as a reader sees it: steps as rows `from <= x < below`.
fn shape(shape: &Shape) -> Value {
    match shape {
        Shape::Linear { coefficient, center, transform, missing } => json!({
            "type": "linear", "coefficient": coefficient, "center": center,
            "transform": transform, "missing": missing,
        }),
        Shape::Equals { coefficient, value } => {
            json!({ "type": "equals", "coefficient": coefficient, "value": value })
        }
        Shape::Missing { coefficient } => json!({ "type": "missing", "coefficient": coefficient }),
        Shape::Steps { edges, scores, missing } => {
            let edge = |i: Option<usize>| i.and_then(|i| edges.get(i)).copied();
            let rows: Vec<Value> = scores
                .iter()
                .enumerate()
                .map(|(i, score)| {
                    json!({ "from": edge(i.checked_sub(1)), "below": edge(Some(i)), "contribution": score })
                })
                .collect();
            json!({ "type": "steps", "rows": rows, "missing": missing })
        }
        // The stored form of these is as readable as it gets.
        Shape::Categories { .. } | Shape::Grid { .. } | Shape::Rule { .. } => {
            serde_json::to_value(shape).unwrap_or_default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_rows() {
        let steps = Shape::Steps { edges: vec![1.0, 2.5], scores: vec![-0.5, 0.0, 0.75], missing: 0.25 };
        let expected = json!({ "type": "steps", "missing": 0.25, "rows": [
            { "from": null, "below": 1.0, "contribution": -0.5 },
            { "from": 1.0, "below": 2.5, "contribution": 0.0 },
            { "from": 2.5, "below": null, "contribution": 0.75 },
        ]});
        assert_eq!(shape(&steps), expected);
    }
}
