//! The routes.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;

use crate::api::{areas, documents, health, map};
use crate::envelope::{around, on_panic};
use crate::inference;
use crate::problem::Problem;
use crate::service::Service;

/// All routes of a service, with everything that goes around an answer.
pub fn router(service: Service) -> Router {
    Router::new()
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/v1", get(documents::landing))
        .route("/v1/openapi.json", get(documents::openapi))
        .route("/v1/areas", get(areas::list))
        .route("/v1/areas.geojson", get(map::layer))
        .route("/v1/areas/{code}", get(areas::one))
        .route("/v1/model", get(documents::model))
        .route("/v1/report", get(documents::report))
        .route("/v2", get(inference::server))
        .route("/v2/health/live", get(inference::live))
        .route("/v2/health/ready", get(inference::ready))
        .route("/v2/models/{name}", get(inference::metadata))
        .route("/v2/models/{name}/ready", get(inference::model_ready))
        .route("/v2/models/{name}/infer", post(inference::infer))
        .fallback(async || Problem::of_status(StatusCode::NOT_FOUND))
        .layer(DefaultBodyLimit::max(inference::LARGEST_BODY))
        .layer(CatchPanicLayer::custom(on_panic))
        .layer(from_fn_with_state(service.clone(), around))
        .with_state(service)
}
