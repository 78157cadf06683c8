//! The guard: lets a request in as someone, or refuses it, and accounts for it either way.

use std::net::SocketAddr;
use std::time::Instant;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::access::{Decision, Reader, Refusal};
use crate::front::Front;
use crate::front::account::Account;
use crate::front::pace::{Allowance, asker, too_fast};
use crate::problem::Problem;
use crate::trace::Trace;

/// Addresses that say nothing of the bundle: they are asked every few seconds by machines, and not logged.
const UNACCOUNTED: [&str; 4] = ["/health/live", "/health/ready", "/v2/health/live", "/v2/health/ready"];

/// What is answered while answers are stopped: what it takes to see and to lift that.
const STILL_ANSWERED: [&str; 3] = ["/v1/releases", "/v1/stop", "/v1/openapi.json"];

/// Longest path and query, in bytes.
const LONGEST_ADDRESS: usize = 8 << 10;

/// Decides who asks and tells the handlers by the [`Reader`] in the request's extensions.
pub(crate) async fn guard(State(front): State<Front>, mut request: Request, next: Next) -> Response {
    if UNACCOUNTED.contains(&request.uri().path()) {
        request.extensions_mut().insert(Reader::public());
        return next.run(request).await;
    }
    let trace = request.extensions().get::<Trace>().copied().unwrap_or_else(|| Trace::of(request.headers()));
    if request.uri().path_and_query().is_some_and(|address| address.as_str().len() > LONGEST_ADDRESS) {
        return Problem::of_status(StatusCode::URI_TOO_LONG).into_response();
    }
    let Some(_turn) = front.turn() else {
        front.metrics().count_shed();
        return Problem::too_busy().into_response();
    };
    let decision = front.door().decide(request.uri(), request.headers()).await;
    if let Err(refusal) = decision.outcome {
        front.metrics().count_refusal(refusal.code());
        log_refusal(&decision, refusal, trace);
    }
    let outcome = decision.outcome.clone();
    let account = Account::open(&front, decision, trace, &request);
    let allowance = front.pace().map(|pace| {
        let subject = outcome.as_ref().ok().and_then(|reader| reader.subject.as_deref());
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        (pace, pace.take(&asker(subject, peer), Instant::now()))
    });
    let mut response = match (outcome, allowance) {
        (_, Some((_, Allowance::Wait(seconds)))) => too_fast(seconds),
        (Err(refusal), _) => refusal.answer(),
        (Ok(reader), _) => answer(&front, reader, request, next).await,
    };
    if let Some((pace, allowance)) = allowance {
        pace.tell(&mut response, allowance);
    }
    match account {
        Some(account) => account.close(response).await,
        None => response,
    }
}

/// Answers as this reader, unless answers are stopped.
async fn answer(front: &Front, reader: Reader, mut request: Request, next: Next) -> Response {
    let stopped = front.releases().switch.stopped();
    match stopped.filter(|_| !STILL_ANSWERED.contains(&request.uri().path())) {
        Some(stop) => Problem::stopped(&stop.reason).into_response(),
        None => {
            // Behind an open door, a program that embeds the router may have said who asks; a client never can.
            let known = front.door().is_open() && request.extensions().get::<Reader>().is_some();
            if !known {
                request.extensions_mut().insert::<Reader>(reader);
            }
            next.run(request).await
        }
    }
}

fn log_refusal(decision: &Decision, refusal: Refusal, trace: Trace) {
    let (trace, means, reason) = (trace.id(), decision.means, refusal.code());
    tracing::warn!(target: "serving::access", %trace, means, reason, "refused");
}
