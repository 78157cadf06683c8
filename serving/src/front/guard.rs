//! The guard: lets a request in as someone, or refuses it.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::access::{Decision, Reader};
use crate::front::Front;
use crate::trace::Trace;

/// Decides who asks and tells the handlers by the [`Reader`] in the request's extensions.
pub(crate) async fn guard(State(front): State<Front>, mut request: Request, next: Next) -> Response {
    let decision = front.door().decide(request.uri(), request.headers()).await;
    log_refusal(&decision, request.extensions().get::<Trace>());
    match decision.outcome {
        Err(refusal) => refusal.answer(),
        Ok(reader) => {
            request.extensions_mut().insert::<Reader>(reader);
            next.run(request).await
        }
    }
}

fn log_refusal(decision: &Decision, trace: Option<&Trace>) {
    if let Err(refusal) = decision.outcome {
        let trace = trace.map_or(String::new(), |trace| trace.id().to_string());
        tracing::warn!(target: "serving::access", trace, means = decision.means, reason = refusal.code(), "refused");
    }
}
