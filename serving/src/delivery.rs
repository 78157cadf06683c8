//! How answers travel: compressed, and to which web pages.

use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use tower_http::CompressionLevel;
use tower_http::compression::{CompressionLayer, DefaultPredicate};

use crate::answer::put;
use crate::front::Front;
use crate::service::Service;

/// Compression with gzip, Brotli or Zstandard, whichever the reader takes; the fastest level, since answers are
/// made on the spot.
pub(crate) fn compression() -> CompressionLayer<DefaultPredicate> {
    CompressionLayer::new().quality(CompressionLevel::Fastest)
}

/// What pages of other sites may do: nothing, unless their origin was allowed. Keys and tokens travel in the
/// Authorization header, never as cookies, so credentials are not allowed.
pub(crate) async fn cross_origin(State(front): State<Front>, request: Request, next: Next) -> Response {
    let service = front.releases().line().current.service.clone();
    let allowed = request.headers().get(ORIGIN).and_then(|origin| grant(&service, origin));
    let asks_first =
        request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = next.run(request).await;
    if let Some(origin) = allowed {
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        put(&mut response, ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        if asks_first {
            put(&mut response, ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST, OPTIONS");
            put(
                &mut response,
                ACCESS_CONTROL_ALLOW_HEADERS,
                "accept, authorization, content-type, if-none-match, traceparent",
            );
            put(&mut response, ACCESS_CONTROL_MAX_AGE, "3600");
        }
    }
    if !service.allowed_origins().is_empty() {
        response.headers_mut().append(VARY, HeaderValue::from_static("Origin"));
    }
    response
}

const EXPOSED: &str = "api-version, content-crs, etag, link, ogc-numbermatched, ogc-numberreturned, ratelimit-limit, \
     ratelimit-remaining, ratelimit-reset, retry-after, traceparent";

/// What is answered to a page of this origin: itself or `*` where it is allowed.
fn grant(service: &Service, origin: &HeaderValue) -> Option<HeaderValue> {
    let allowed = service.allowed_origins();
    if allowed.iter().any(|one| one == "*") {
        return Some(HeaderValue::from_static("*"));
    }
    allowed.iter().any(|one| one.as_bytes() == origin.as_bytes()).then(|| origin.clone())
}
