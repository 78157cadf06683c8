//! The Open Inference Protocol (version 2, REST) under `/v2`: an auditor's way to score a row again.

mod answer;
mod description;
mod request;
mod scorer;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

pub(crate) use scorer::Scorer;

use crate::answer::{Document, Form, json as to_json, put};
use crate::problem::{Fault, Place, Problem, listed, quoted, text};
use crate::query::Parameters;
use crate::service::Service;
use crate::view::Seen;

/// Largest body of an inference request, in bytes.
pub(crate) const LARGEST_BODY: usize = 16 << 20;

/// `GET /v2`: what this server is.
pub(crate) async fn server(uri: Uri) -> Result<Response, Problem> {
    Parameters::read(&uri, &[])?;
    Ok(body(&json!({ "name": "zichtlijn", "version": env!("CARGO_PKG_VERSION"), "extensions": [] })))
}

/// `GET /v2/openapi.json`: what this API does; readable from any web page.
pub(crate) async fn openapi(
    State(service): State<Service>,
    Seen(view): Seen,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Parameters::read(&uri, &[])?;
    let written = description::write(service.scorer(), view.base(), view.projection().has_workings());
    let document = Document::new(written.map_err(|cause| Problem::internal(&cause))?);
    let mut response = document.answer(&headers, Form::PlainJson)?;
    put(&mut response, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    Ok(response)
}

/// `GET /v2/health/live`.
pub(crate) async fn live() -> Response {
    body(&json!({ "live": true }))
}

/// `GET /v2/health/ready`: the model is loaded and gave the expected outputs for the self-test.
pub(crate) async fn ready() -> Response {
    body(&json!({ "ready": true }))
}

/// `GET /v2/models/{name}/ready`.
pub(crate) async fn model_ready(
    State(service): State<Service>,
    Path(name): Path<String>,
    uri: Uri,
) -> Result<Response, Problem> {
    Parameters::read(&uri, &[])?;
    check_name(&service, &name)?;
    Ok(body(&json!({ "name": name, "ready": true })))
}

/// `GET /v2/models/{name}`: inputs and outputs with types and shapes.
pub(crate) async fn metadata(
    State(service): State<Service>,
    Seen(view): Seen,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Parameters::read(&uri, &[])?;
    check_name(&service, &name)?;
    Document::new(to_json(&service.scorer().metadata(view.projection().has_workings()))?)
        .answer(&headers, Form::PlainJson)
}

/// `POST /v2/models/{name}/infer`: scores rows.
pub(crate) async fn infer(
    State(service): State<Service>,
    Seen(view): Seen,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    Parameters::read(&uri, &[])?;
    check_name(&service, &name)?;
    // With published figures of an area, whoever scores rows sees more of it than its class.
    if !view.projection().has_workings() {
        return Err(not_for_this_tier());
    }
    check_media_type(&headers)?;
    let body = body.map_err(|rejection| Problem::of_status(rejection.status()))?;
    let _turn = service.inferences().acquire().await.map_err(|cause| Problem::internal(&cause))?;
    let worker = service.clone();
    tokio::task::spawn_blocking(move || {
        let rows = request::read(&body, worker.scorer())?;
        let scored = worker.scorer().score(&rows)?;
        to_json(&answer::Answer::new(worker.scorer(), &rows, scored))
    })
    .await
    .map_err(|cause| Problem::internal(&cause))?
    .map(|bytes| ([(header::CONTENT_TYPE, "application/json")], bytes).into_response())
}

fn not_for_this_tier() -> Problem {
    let detail = text(
        "Rijen scoren kan met toegang 'tactisch', 'audit' of 'beheer'. Vraag de beheerder om een sleutel.",
        "Rows can be scored with tier 'tactisch', 'audit' or 'beheer'. Ask the operator for a key.",
    );
    Problem::new(StatusCode::FORBIDDEN, detail)
}

fn body(value: &serde_json::Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

fn check_name(service: &Service, name: &str) -> Result<(), Problem> {
    let known = service.scorer().name();
    if name == known {
        return Ok(());
    }
    let shown = quoted(name);
    Err(Problem::not_found(
        "name",
        "model.unknown",
        text(
            format!("Er is geen model {shown}. Het model van deze bundel heet {known:?}."),
            format!("There is no model {shown}. The model of this bundle is called {known:?}."),
        ),
    ))
}

pub(crate) fn check_media_type(headers: &HeaderMap) -> Result<(), Problem> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    let given = value.to_str().unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence == "application/json" {
        return Ok(());
    }
    let shown = quoted(given);
    let detail = text(
        format!("De inhoud is {shown}, maar moet application/json zijn (header Content-Type)."),
        format!("The body is {shown}, but must be application/json (header Content-Type)."),
    );
    let fault = Fault::new(Place::Header("Content-Type"), "media_type.unsupported", detail.clone());
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail).with(fault))
}

/// 400 for a member of the body.
fn invalid(member: impl Into<String>, code: &'static str, nl: String, en: String) -> Problem {
    Problem::invalid(Fault::new(Place::Member(member.into()), code, text(nl, en)))
}

/// 400 for a name that is not one of the allowed.
fn unknown_name(member: String, name: &str, allowed: &[&str]) -> Problem {
    let (shown, allowed) = (quoted(name), listed(allowed));
    invalid(
        member,
        "name.unknown",
        format!("De naam {shown} is onbekend. Toegestaan: {allowed}."),
        format!("The name {shown} is unknown. Allowed: {allowed}."),
    )
}
