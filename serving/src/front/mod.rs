//! What stands before every release: who may come in, what is written down, and what all answers have around
//! them.

mod account;
mod guard;
mod operations;
mod pace;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, Uri};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use tokio::sync::{Semaphore, SemaphorePermit};
use tower::ServiceExt as _;
use tower_http::catch_panic::CatchPanicLayer;

use crate::access::Door;
use crate::delivery::cross_origin;
use crate::envelope::{around, note_route, on_panic};
use crate::front::account::ReleaseId;
use crate::front::pace::Pace;
use crate::metrics::Metrics;
use crate::problem::Problem;
use crate::releases::{self, Release, Releases, Switch};
use crate::service::Service;
use crate::settings::Limits;

pub(crate) use account::Accounts;

/// The door, the accounts and the releases behind it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Front(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    door: Door,
    accounts: Option<Accounts>,
    releases: Releases,
    limits: Limits,
    turns: Semaphore,
    pace: Option<Pace>,
    metrics: Metrics,
    public_over_tls: bool,
}

impl Front {
    /// A front before one service, that keeps no accounts.
    #[must_use]
    pub fn new(service: Service, door: Door) -> Self {
        let public_over_tls = service.is_public_over_tls();
        let releases = Releases::new(service, None, Switch::default());
        Self::assemble(door, None, releases, Limits::default(), public_over_tls)
    }

    /// A front of these parts.
    pub(crate) fn assemble(
        door: Door,
        accounts: Option<Accounts>,
        releases: Releases,
        limits: Limits,
        public_over_tls: bool,
    ) -> Self {
        let (turns, metrics) = (Semaphore::new(limits.requests_at_once), Metrics::default());
        let pace = limits.requests_per_minute.map(Pace::new);
        Self(Arc::new(Inner { door, accounts, releases, limits, turns, pace, metrics, public_over_tls }))
    }

    /// The way in: every request goes through the envelope, then the guard, then the release.
    pub fn router(self) -> Router {
        let routes = releases::addresses()
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

    pub(crate) fn releases(&self) -> &Releases {
        &self.0.releases
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// A place among the requests at once, if there is one left.
    pub(crate) fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.0.turns.try_acquire().ok()
    }

    /// How fast each asker may ask, if that is limited.
    pub(crate) fn pace(&self) -> Option<&Pace> {
        self.0.pace.as_ref()
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
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
        .layer(from_fn_with_state(front.clone(), around))
        .layer(from_fn_with_state(front, cross_origin))
}

/// Answers from the current release; the next page of a list that was begun on an earlier one, from that.
async fn to_release(State(front): State<Front>, request: Request) -> Response {
    let line = front.releases().line();
    if line.earlier.is_empty() || !is_next_page(request.method(), request.uri()) {
        return ask(&line.current, request).await;
    }
    let (head, body) = request.into_parts();
    let first = ask(&line.current, Request::from_parts(head.clone(), body)).await;
    if !is_stale(&first) {
        return first;
    }
    for release in &line.earlier {
        let answer = ask(release, Request::from_parts(head.clone(), Body::empty())).await;
        if !is_stale(&answer) {
            return answer;
        }
    }
    first
}

async fn ask(release: &Release, request: Request) -> Response {
    // A router's error type has no values.
    let mut response = release.routes.clone().oneshot(request).await.into_response();
    response.extensions_mut().insert(ReleaseId(Arc::clone(&release.sha256)));
    response
}

fn is_next_page(method: &Method, uri: &Uri) -> bool {
    let asks = method == Method::GET || method == Method::HEAD;
    asks && uri.query().is_some_and(|query| query.split('&').any(|pair| pair.starts_with("cursor=")))
}

/// Whether the release does not know the cursor.
fn is_stale(response: &Response) -> bool {
    response.extensions().get::<Problem>().is_some_and(|problem| problem.is_about("cursor."))
}
