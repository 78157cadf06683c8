//! The guard: lets a request in as someone, or refuses it, and accounts for it either way.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::access::{Decision, Reader};
use crate::front::Front;
use crate::front::account::Account;
use crate::trace::Trace;

/// Addresses that say nothing of the bundle: they are asked every few seconds by machines, and not logged.
const UNACCOUNTED: [&str; 4] = ["/health/live", "/health/ready", "/v2/health/live", "/v2/health/ready"];

/// Decides who asks and tells the handlers by the [`Reader`] in the request's extensions.
pub(crate) async fn guard(State(front): State<Front>, mut request: Request, next: Next) -> Response {
    if UNACCOUNTED.contains(&request.uri().path()) {
        request.extensions_mut().insert(Reader::public());
        return next.run(request).await;
    }
    let trace = request.extensions().get::<Trace>().copied().unwrap_or_else(|| Trace::of(request.headers()));
    let decision = front.door().decide(request.uri(), request.headers()).await;
    log_refusal(&decision, trace);
    let outcome = decision.outcome.clone();
    let account = Account::open(&front, decision, trace, &request);
    let response = match outcome {
        Err(refusal) => refusal.answer(),
        Ok(reader) => {
            request.extensions_mut().insert::<Reader>(reader);
            next.run(request).await
        }
    };
    match account {
        Some(account) => account.close(response).await,
        None => response,
    }
}

fn log_refusal(decision: &Decision, trace: Trace) {
    if let Err(refusal) = decision.outcome {
        let (trace, means, reason) = (trace.id(), decision.means, refusal.code());
        tracing::warn!(target: "serving::access", %trace, means, reason, "refused");
    }
}
