//! What goes around every answer: the headers, the trace id, errors written as problem details, and one
//! log line.

use std::any::Any;
use std::time::Instant;

use axum::body::{Body, HttpBody as _};
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::answer::put;
use crate::front::Front;
use crate::language::Language;
use crate::problem::{self, Problem};
use crate::trace::{Trace, TraceId};

const API_VERSION: HeaderName = HeaderName::from_static("api-version");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Version of the API under `/v1`, as in its OpenAPI document.
pub(crate) const VERSION: &str = "1.0.0";
/// Version of the API under `/v2`.
pub(crate) const INFERENCE_VERSION: &str = "2.0.0";

/// Handles one request from the outside in.
pub(crate) async fn around(State(front): State<Front>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let trace = Trace::of(request.headers());
    request.extensions_mut().insert(trace);
    let language = Language::asked(request.uri(), request.headers());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let inference = path == "/v2" || path.starts_with("/v2/");

    let mut response = match tokio::time::timeout(front.limits().answer_time, next.run(request)).await {
        Ok(response) => response,
        Err(_elapsed) => Problem::too_slow().into_response(),
    };
    let route = response.extensions_mut().remove::<MatchedPath>();
    if method == Method::OPTIONS && response.status() == StatusCode::METHOD_NOT_ALLOWED {
        response = options(&response);
    }
    allow_options(&mut response);
    if response.status().is_client_error() || response.status().is_server_error() {
        write_problem(&mut response, language, trace.id(), inference);
        if method == Method::HEAD {
            *response.body_mut() = Body::empty();
        }
    }
    secure(&mut response, front.is_public_over_tls());
    put_owned(&mut response, TRACEPARENT, &trace.header());
    put(&mut response, API_VERSION, if inference { INFERENCE_VERSION } else { VERSION });

    let route = route.as_ref().map_or("-", MatchedPath::as_str);
    front.metrics().count_answer(route, response.status().as_u16(), started.elapsed());
    tracing::info!(
        target: "serving::requests",
        trace = %trace.id(),
        method = %method,
        // A path that led to nothing may hold anything, so it is not logged.
        path = if response.status().as_u16() < 400 { path.as_str() } else { "-" },
        route,
        status = response.status().as_u16(),
        bytes = response.body().size_hint().exact().unwrap_or_default(),
        ms = started.elapsed().as_secs_f64() * 1000.0,
        "request"
    );
    response
}

/// Tells the envelope which route a request took.
pub(crate) async fn note_route(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

/// A panic becomes a 500; what it said goes to the log only.
pub(crate) fn on_panic(payload: Box<dyn Any + Send>) -> Response {
    let message = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    Problem::internal(&format_args!("panic: {message}")).into_response()
}

fn put_owned(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        response.headers_mut().insert(name, value);
    }
}

fn options(refused: &Response) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Some(allow) = refused.headers().get(ALLOW) {
        response.headers_mut().insert(ALLOW, allow.clone());
    }
    response
}

/// Every route that names its methods also answers OPTIONS.
fn allow_options(response: &mut Response) {
    let Some(allow) = response.headers().get(ALLOW).and_then(|allow| allow.to_str().ok()) else { return };
    let methods = allow.split(',').map(str::trim).chain(["OPTIONS"]).collect::<Vec<_>>().join(", ");
    if let Ok(value) = HeaderValue::try_from(methods) {
        response.headers_mut().insert(ALLOW, value);
    }
}

/// Replaces the body by the problem that the handler left, or by one for the bare status.
fn write_problem(response: &mut Response, language: Language, trace: TraceId, inference: bool) {
    let status = response.status();
    let problem = response.extensions_mut().remove::<Problem>().unwrap_or_else(|| Problem::of_status(status));
    let body = problem.write(language, &trace.urn(), inference);
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    *response.body_mut() = Body::from(body);
    put(response, CONTENT_TYPE, problem::MEDIA_TYPE);
    put(response, CONTENT_LANGUAGE, language.tag());
    put(response, VARY, "Accept-Language");
}

/// The headers that the API Design Rules ask for. HSTS only means something where readers come over TLS.
fn secure(response: &mut Response, tls: bool) {
    let fixed =
        [(X_CONTENT_TYPE_OPTIONS, "nosniff"), (X_FRAME_OPTIONS, "DENY"), (REFERRER_POLICY, "no-referrer")];
    for (name, value) in fixed {
        put(response, name, value);
    }
    if tls {
        put(response, STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    for (name, value) in
        [(CACHE_CONTROL, "no-store"), (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'")]
    {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
}
