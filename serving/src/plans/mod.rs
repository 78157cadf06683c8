//! `/v1/plans`: a list of areas to visit, for a given capacity, part of it at random.
//!
//! A plan is worked out and forgotten: nothing is stored, and the same question over the same figures gives the same plan.
//! Who asks must say what for; the purpose stands in the log next to the request.

mod draw;
mod impact;
mod request;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Serialize;
use serde_json::{Value, json};

use self::draw::{Chosen, Why, choose};
use self::impact::{Impact, impact};
use self::request::Request;
use crate::answer::{json as to_json, put};
use crate::facts::Context;
use crate::language::{Language, said};
use crate::ledger::record::Mention;
use crate::ogc;
use crate::problem::{Problem, text};
use crate::query::Parameters;
use crate::service::Service;
use crate::view::{Seen, View};

/// The routes of plans.
pub(crate) fn routes() -> Router<Service> {
    Router::new().route("/v1/plans", post(plan))
}

#[derive(Serialize)]
struct Plan<'a> {
    level: &'a str,
    purpose: &'a str,
    capacity: usize,
    random_share: f64,
    seed: u64,
    /// Areas that could be chosen after exclusions and cool-down.
    eligible: usize,
    excluded: usize,
    cooling_down: usize,
    expected_finds: f64,
    advice: Option<&'a str>,
    /// How the visits are spread over larger areas.
    impact: Vec<Impact<'a>>,
    areas: Vec<Entry<'a>>,
    #[serde(flatten)]
    context: Context<'a>,
}

#[derive(Serialize)]
struct Entry<'a> {
    code: &'a str,
    name: &'a str,
    chosen: Why,
    /// Chance that this plan had to choose the area, for the visit ledger.
    selection_probability: f64,
    rank: Option<u32>,
    expected: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    reasons: Vec<&'a str>,
}

/// `POST /v1/plans`.
async fn plan(
    Seen(view): Seen,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    Parameters::read(&uri, &[])?;
    if !view.projection().has_workings() {
        return Err(not_for_this_tier());
    }
    let body = body.map_err(|rejection| Problem::of_status(rejection.status()))?;
    let request = Request::read(&body, &view)?;
    let language = Language::asked(&uri, &headers);
    let purpose = request.purpose();
    tracing::info!(target: "serving::plans", purpose, capacity = request.capacity(), "plan");
    let plan = answer(&view, &request, language);
    let areas = plan.areas.iter().map(|area| area.code.to_owned()).collect();
    let mention = Mention { areas, purpose: Some(purpose.to_owned()) };
    let answer = to_json(&plan)?;
    let mut response = ([("content-type", "application/json")], answer).into_response();
    response.extensions_mut().insert(mention);
    put(&mut response, axum::http::header::CONTENT_LANGUAGE, language.tag());
    put(&mut response, axum::http::header::VARY, "Accept-Language, Accept-Encoding, Authorization");
    Ok(response)
}

fn answer<'a>(view: &'a View, request: &'a Request, language: Language) -> Plan<'a> {
    let choice = choose(view.projection(), request);
    let expected = |chosen: &Chosen<'_>| chosen.area.figures.as_ref().and_then(|figures| figures.expected);
    let entry = |chosen: &Chosen<'a>| {
        let figures = chosen.area.figures.as_ref();
        Entry {
            code: &chosen.area.code,
            name: &chosen.area.name,
            chosen: chosen.why,
            selection_probability: chosen.probability,
            rank: figures.and_then(|figures| figures.rank),
            expected: expected(chosen),
            low: figures.and_then(|figures| figures.low),
            high: figures.and_then(|figures| figures.high),
            reasons: chosen.area.reasons.iter().map(|reason| language.of(&reason.text)).collect(),
        }
    };
    let none_at_random = choice.chosen.iter().all(|chosen| chosen.why == Why::Rank);
    Plan {
        level: request.level(),
        purpose: request.purpose(),
        capacity: request.capacity(),
        random_share: request.random_share(),
        seed: request.seed(),
        eligible: choice.eligible,
        excluded: choice.excluded,
        cooling_down: choice.cooling_down,
        expected_finds: choice.chosen.iter().filter_map(expected).sum(),
        advice: none_at_random.then_some(said(
            language,
            "Dit plan bevat geen willekeurige bezoeken. Daardoor leert u niets over gebieden die laag scoren.",
            "This plan has no random visits, so that nothing is learned about areas with low scores.",
        )),
        impact: impact(view.projection(), request.level(), request.within(), &choice.chosen),
        areas: choice.chosen.iter().map(entry).collect(),
        context: view.facts().context(language),
    }
}

fn not_for_this_tier() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        text(
            "Plannen zijn er voor planners (toegang 'tactisch'). Vraag de beheerder om een sleutel.",
            "Plans are for planners (tier 'tactisch'). Ask the operator for a key.",
        ),
    )
}

/// The path of plans in the OpenAPI document.
pub(crate) fn describe() -> (String, Value) {
    let mut path = ogc::operation(
        "makePlan",
        "Een plan: welke gebieden te bezoeken, deels willekeurig",
        &["Lang"],
        &ogc::answers(&["application/json"], false),
        &[],
    );
    let mut operation = path["get"].take();
    operation["tags"] = json!(["gebieden"]);
    operation["responses"].as_object_mut().into_iter().for_each(|responses| {
        responses.remove("304");
        for status in ["403", "413", "415"] {
            responses.insert(status.to_owned(), json!({ "$ref": "#/components/responses/Problem" }));
        }
    });
    operation["requestBody"] = json!({
        "required": true,
        "content": { "application/json": { "schema": request::schema() } },
    });
    path = json!({ "post": operation });
    ("/plans".to_owned(), path)
}
