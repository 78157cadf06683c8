//! What stands before every release: who may come in, and what all answers have around them.

mod account;
mod guard;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use tower::ServiceExt as _;
use tower_http::catch_panic::CatchPanicLayer;

pub(crate) use account::Accounts;

use crate::access::Door;
use crate::envelope::{around, note_route, on_panic};
use crate::front::account::ReleaseId;
use crate::ledger::Stream;
use crate::ledger::record::administration;
use crate::router::routes;
use crate::service::Service;

/// The door and the release behind it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Front(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    door: Door,
    accounts: Option<Accounts>,
    public_over_tls: bool,
    release: Router,
    release_id: ReleaseId,
}

impl Front {
    /// A front before one service, that keeps no accounts.
    #[must_use]
    pub fn new(service: Service, door: Door) -> Self {
        Self::accounting(service, door, None)
    }

    /// A front before one service.
    pub(crate) fn accounting(service: Service, door: Door, accounts: Option<Accounts>) -> Self {
        let public_over_tls = service.is_public_over_tls();
        let release_id = ReleaseId(service.bundle_sha256().into());
        Self(Arc::new(Inner { door, accounts, public_over_tls, release: routes(service), release_id }))
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

    pub(crate) fn accounts(&self) -> Option<&Accounts> {
        self.0.accounts.as_ref()
    }

    /// Writes down what the program or an operator did, if accounts are kept; waited for by nobody.
    pub(crate) fn tell(&self, action: &str, result: &str) {
        if let Some(accounts) = self.accounts() {
            let details = serde_json::json!({ "release": &*self.0.release_id.0, "configuration": accounts.configuration });
            drop(
                accounts
                    .ledger
                    .send(Stream::Administration, &administration(action, "program", result, details)),
            );
        }
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
    let mut response = front.0.release.clone().oneshot(request).await.into_response();
    response.extensions_mut().insert(front.0.release_id.clone());
    response
}
