//! Health checks for the machine room.

use axum::response::{IntoResponse, Response};

/// `GET /health/live`: the process answers.
pub(crate) async fn live() -> Response {
    status("{\"status\":\"live\"}")
}

/// `GET /health/ready`: the bundle is verified and self-tested; the service only listens once that is so.
pub(crate) async fn ready() -> Response {
    status("{\"status\":\"ready\"}")
}

fn status(body: &'static str) -> Response {
    ([("content-type", "application/json")], body).into_response()
}
