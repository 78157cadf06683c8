//! `/v1`, `/v1/model`, `/v1/report` and `/v1/openapi.json`: documents made at load.

use axum::extract::State;
use axum::http::header::{ACCEPT, ACCESS_CONTROL_ALLOW_ORIGIN};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use models::{AdditiveModel, Feature, Link as ModelLink, Shape, Term};
use serde::Serialize;
use serde_json::{Value, json};

use crate::answer::{Form, from_bundle, put};
use crate::api::Link;
use crate::api::areas::escaped;
use crate::facts::{Context, Facts, notice};
use crate::language::{Language, weighted};
use crate::ogc::{self, Media};
use crate::problem::{Problem, text};
use crate::projection::Projection;
use crate::query::Parameters;
use crate::releases;
use crate::service::Service;
use crate::snapshot::Report;
use crate::view::Seen;

/// `GET /v1`: where everything is.
pub(crate) async fn landing(Seen(view): Seen, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let parameters = Parameters::read(&uri, &["f"])?;
    let language = Language::asked(&uri, &headers);
    if Media::asked(&parameters, &headers, &[Media::Json, Media::Html])? == Media::Html {
        let page = || Ok(ogc::pages::landing(&view, language));
        return from_bundle(&headers, view.tag(), Form::Html(language), page);
    }
    view.landing(language).answer(&headers, Form::JsonOrHtml(language))
}

/// `GET /v1/model`: the model's terms.
pub(crate) async fn model(
    State(service): State<Service>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Parameters::read(&uri, &[])?;
    let language = Language::asked(&uri, &headers);
    service.snapshot().documents().model.get(language).answer(&headers, Form::Json(language))
}

/// `GET /v1/openapi.json`: what this API does; readable from any web page.
pub(crate) async fn openapi(Seen(view): Seen, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    Parameters::read(&uri, &[])?;
    let mut response = view.openapi().answer(&headers, Form::PlainJson)?;
    put(&mut response, ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    Ok(response)
}

/// `GET /v1/report`: the evaluation report, as a page or as figures.
pub(crate) async fn report(
    State(service): State<Service>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Parameters::read(&uri, &[])?;
    let snapshot = service.snapshot();
    let Report { nl, en, json } = &snapshot.documents().report;
    let language = Language::asked(&uri, &headers);
    let (form, part) = match (prefers_json(&headers), language) {
        (true, _) => (Form::ReportJson, json),
        (false, Language::Dutch) => (Form::Html(language), nl),
        (false, Language::English) => (Form::Html(language), en),
    };
    part.as_ref().ok_or_else(no_report)?.answer(&headers, form)
}

fn no_report() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        text(
            "Deze bundel heeft geen rapport in deze vorm en taal.",
            "This bundle has no report in this form and language.",
        ),
    )
}

/// Whether `Accept` gives JSON more weight than HTML; a page is the default.
fn prefers_json(headers: &HeaderMap) -> bool {
    let (mut json, mut html) = (0.0_f32, 0.0_f32);
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    for range in values.flat_map(|value| value.split(',')) {
        let (media_type, weight) = weighted(range);
        match media_type.to_ascii_lowercase().as_str() {
            "application/json" => json = json.max(weight),
            "text/html" | "application/xhtml+xml" => html = html.max(weight),
            _ => {}
        }
    }
    json > html
}

#[derive(Serialize)]
struct Landing<'a> {
    description: String,
    #[serde(flatten)]
    context: Context<'a>,
    levels: Vec<LandingLevel<'a>>,
    links: Vec<Link>,
}

#[derive(Serialize)]
struct LandingLevel<'a> {
    name: &'a str,
    areas: usize,
    top_k: Option<usize>,
    links: Vec<Link>,
}

/// Makes the start page of the API.
///
/// # Errors
/// When it cannot be written as JSON.
pub(crate) fn write_landing(
    facts: &Facts,
    projection: &Projection,
    base: &str,
    language: Language,
) -> Result<Vec<u8>, serde_json::Error> {
    let levels = projection.levels().iter().map(|level| {
        let name = escaped(&level.name);
        let map = format!("/v1/areas.geojson?level={name}");
        LandingLevel {
            name: &level.name,
            areas: level.len(),
            top_k: level.top_k,
            links: vec![
                Link::json("items", base, &format!("/v1/areas?level={name}")),
                Link::new("alternate", base, &map, "application/geo+json"),
            ],
        }
    });
    let inference = format!("/v2/models/{}", escaped(facts.model()));
    serde_json::to_vec(&Landing {
        description: language.of(&notice()).to_owned(),
        context: facts.context(language),
        levels: levels.collect(),
        links: vec![
            Link::json("self", base, "/v1"),
            Link::new(
                "service-desc",
                base,
                "/v1/openapi.json",
                "application/vnd.oai.openapi+json;version=3.0",
            ),
            Link::new("alternate", base, "/v1?f=html", "text/html"),
            Link::new("service-doc", base, "/v1?f=html", "text/html"),
            Link::json("conformance", base, "/v1/conformance"),
            Link::json("http://www.opengis.net/def/rel/ogc/1.0/conformance", base, "/v1/conformance"),
            Link::json("data", base, "/v1/collections"),
            Link::json("http://www.opengis.net/def/rel/ogc/1.0/data", base, "/v1/collections"),
            Link::json("http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes", base, "/v1/tile-matrix-sets"),
            Link::json("http://www.opengis.net/def/rel/ogc/1.0/styles", base, "/v1/styles"),
            Link::json("areas", base, "/v1/areas"),
            Link::json("model", base, "/v1/model"),
            Link::new("report", base, "/v1/report", "text/html"),
            Link::json("inference", base, &inference),
        ],
    })
}

#[derive(Serialize)]
struct Model<'a> {
    name: &'a str,
    kind: &'a str,
    link: &'a str,
    formula: &'a str,
    intercept: f64,
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
    shape: Value,
}

#[derive(Serialize)]
struct ModelFeature<'a> {
    name: &'a str,
    label: &'a str,
    unit: &'a str,
    kind: &'a models::FeatureKind,
    passport: &'a models::Passport,
}

/// Makes the description of the model.
///
/// # Errors
/// When it cannot be written as JSON.
pub(crate) fn write_model(
    facts: &Facts,
    model: &AdditiveModel,
    base: &str,
    language: Language,
) -> Result<Vec<u8>, serde_json::Error> {
    let (link, formula) = link_in_words(model.link);
    let features = &model.schema.features;
    serde_json::to_vec(&Model {
        name: facts.model(),
        kind: &model.kind,
        link,
        formula: language.of(&formula),
        intercept: model.intercept,
        notes: model.notes.iter().map(|note| language.of(note)).collect(),
        terms: model.terms.iter().map(|term| describe(term, features, language)).collect(),
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
            Link::json("self", base, "/v1/model"),
            Link::json("inference", base, &format!("/v2/models/{}", escaped(facts.model()))),
            Link::new("report", base, "/v1/report", "text/html"),
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

fn describe<'a>(term: &'a Term, features: &'a [Feature], language: Language) -> ModelTerm<'a> {
    let feature = features.get(term.feature);
    ModelTerm {
        name: &term.name,
        label: language.of(&term.label),
        feature: feature.map(|feature| feature.name.as_str()),
        unit: feature.map(|feature| feature.unit.as_str()),
        shape: shape(&term.shape),
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

/// The OpenAPI document with the address under which it is served and the levels of the bundle.
///
/// # Errors
/// When the embedded document is not JSON.
pub(crate) fn write_openapi(
    projection: &Projection,
    as_of: &str,
    base: &str,
) -> Result<Vec<u8>, serde_json::Error> {
    let mut document: Value = serde_json::from_str(include_str!("../openapi.json"))?;
    document["servers"] = json!([{ "url": format!("{base}/v1") }]);
    document["info"]["version"] = crate::envelope::VERSION.into();
    let levels: Vec<&str> = projection.levels().iter().map(|level| level.name.as_str()).collect();
    document["components"]["parameters"]["Level"]["schema"]["enum"] = json!(levels);
    ogc::describe(&mut document, projection, as_of);
    // The addresses that all releases have in common.
    let common: serde_json::Map<String, Value> = serde_json::from_str(releases::OPENAPI)?;
    if let Some(paths) = document["paths"].as_object_mut() {
        paths.extend(common);
    }
    serde_json::to_vec(&document)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_page_unless_json_is_preferred() {
        let asked = |accept: &'static str| {
            prefers_json(&HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]))
        };
        assert!(asked("application/json"));
        assert!(asked("text/html;q=0.5, application/json"));
        assert!(!asked("*/*"));
        assert!(!asked("text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8"));
        assert!(!prefers_json(&HeaderMap::new()));
    }

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
