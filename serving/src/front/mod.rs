//! What stands before every release: who may come in, and what all answers have around them.

mod guard;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use tower::ServiceExt as _;
use tower_http::catch_panic::CatchPanicLayer;

use crate::access::Door;
use crate::envelope::{around, note_route, on_panic};
use crate::router::routes;
use crate::service::Service;

/// The door and the release behind it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Front(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    door: Door,
    public_over_tls: bool,
    release: Router,
}

impl Front {
    /// A front before one service.
    #[must_use]
    pub fn new(service: Service, door: Door) -> Self {
        let public_over_tls = service.is_public_over_tls();
        Self(Arc::new(Inner { door, public_over_tls, release: routes(service) }))
    }

    /// The way in: every request goes through the envelope, then the guard, then the release.
    pub fn router(self) -> Router {
        let routes = Router::new()
            .fallback(to_release)
            .layer(CatchPanicLayer::custom(on_panic))
            .layer(from_fn(note_route))
            .with_state(self.clone());
        wrapped(routes, self)
    }

    pub(crate) fn door(&self) -> &Door {
        &self.0.door
    }

    pub(crate) fn is_public_over_tls(&self) -> bool {
        self.0.public_over_tls
    }
}

/// Puts guard and envelope around routes. A layer on the routes themselves would not see the Allow header,
/// which axum adds outside of them.
pub(crate) fn wrapped(routes: Router, front: Front) -> Router {
    Router::new()
        .fallback_service(routes)
        .layer(from_fn_with_state(front.clone(), guard::guard))
        .layer(from_fn_with_state(front, around))
}

async fn to_release(State(front): State<Front>, request: Request) -> Response {
    // A router's error type has no values.
    front.0.release.clone().oneshot(request).await.into_response()
}
