//! The routes.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn;
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;

use crate::access::Door;
use crate::api::{areas, documents, health, map, model, reports};
use crate::delivery;
use crate::envelope::{note_route, on_panic};
use crate::front::Front;
use crate::inference;
use crate::ogc;
use crate::plans;
use crate::problem::Problem;
use crate::service::Service;
use crate::tiles;

/// All routes of a service with everything that goes around an answer, for everyone: no keys, no tokens.
pub fn router(service: Service) -> Router {
    let door = Door::open(service.open_tier());
    Front::new(service, door).router()
}

/// The routes of one release, bare.
pub(crate) fn routes(service: Service) -> Router {
    Router::new()
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        // The root of an API is the one address that may end with a slash: OpenAPI's path `/`.
        .route("/v1", get(documents::landing))
        .route("/v1/", get(documents::landing))
        .route("/v1/openapi.json", get(documents::openapi))
        .route("/v1/areas", get(areas::list))
        .route("/v1/areas.geojson", get(map::layer))
        .route("/v1/areas/{code}", get(areas::one))
        .route("/v1/models", get(model::list))
        .route("/v1/models/{name}", get(model::one))
        .route("/v1/reports", get(reports::list))
        .route("/v1/reports/{name}", get(reports::one))
        .route("/v2", get(inference::server))
        .route("/v2/", get(inference::server))
        .route("/v2/openapi.json", get(inference::openapi))
        .route("/v2/health/live", get(inference::live))
        .route("/v2/health/ready", get(inference::ready))
        .route("/v2/models/{name}", get(inference::metadata))
        .route("/v2/models/{name}/ready", get(inference::model_ready))
        .route("/v2/models/{name}/infer", post(inference::infer))
        .merge(ogc::routes())
        .merge(tiles::routes())
        .merge(plans::routes())
        .fallback(async || Problem::of_status(StatusCode::NOT_FOUND))
        .layer(DefaultBodyLimit::max(inference::LARGEST_BODY))
        .layer(CatchPanicLayer::custom(on_panic))
        .layer(from_fn(note_route))
        .layer(delivery::compression())
        .with_state(service)
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use serde_json::Value;
    use tower::ServiceExt as _;

    use super::*;
    use crate::access::Tier;
    use crate::front::wrapped;
    use crate::load::load;
    use crate::made_up::Town;
    use crate::settings::Settings;

    #[tokio::test]
    async fn a_panic_is_answered_as_a_problem_that_says_nothing_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let bundle = folder.path().join("bundle");
        Town::default().write(&bundle).unwrap();
        let service = load(&bundle, &Settings::default()).unwrap();
        let routes = Router::new()
            .route("/boom", get(async || -> StatusCode { panic!("the secret of {}", 42) }))
            .layer(CatchPanicLayer::custom(on_panic));
        let router = wrapped(routes, Front::new(service, Door::open(Tier::Publiek)));
        let answer = router.oneshot(Request::get("/boom").body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        let problem: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem["title"], "Fout in de dienst");
        assert!(!problem.to_string().contains("secret"), "{problem}");
    }
}
