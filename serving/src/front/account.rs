//! Accounting for a request: one record of the decision, one of the answer, both on disk before the answer
//! leaves.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::HttpBody as _;
use axum::extract::{ConnectInfo, MatchedPath, Request};
use axum::http::header::ETAG;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};

use crate::access::Decision;
use crate::clock;
use crate::front::Front;
use crate::ledger::record::{self, Activity, Answered, Mention};
use crate::ledger::{Ledger, Receipt, Stream};
use crate::problem::{Problem, text};
use crate::trace::Trace;

/// How requests are accounted for.
#[derive(Debug)]
pub(crate) struct Accounts {
    pub(crate) ledger: Ledger,
    pub(crate) activity: Activity,
    /// SHA-256 of the configuration file that was in force.
    pub(crate) configuration: String,
}

/// Which release an answer was made from, in the response's extensions: SHA-256 of its manifest.
#[derive(Clone, Debug)]
pub(super) struct ReleaseId(pub(super) Arc<str>);

/// A request that has to be accounted for. Dropped without an answer, as when the asker hangs up, it still
/// leaves the record of the decision behind.
pub(super) struct Account<'a> {
    accounts: &'a Accounts,
    decision: Decision,
    trace: Trace,
    method: Method,
    path: String,
    start: DateTime<Utc>,
    peer: Option<IpAddr>,
    decided: bool,
}

impl<'a> Account<'a> {
    pub(super) fn open(
        front: &'a Front,
        decision: Decision,
        trace: Trace,
        request: &Request,
    ) -> Option<Self> {
        let accounts = front.accounts()?;
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        Some(Self { accounts, decision, trace, method, path, start: clock::now(), peer, decided: false })
    }

    /// Writes both records and gives the answer, or says that it cannot be given.
    pub(super) async fn close(mut self, mut response: Response) -> Response {
        let release = response.extensions_mut().remove::<ReleaseId>();
        let mention = response.extensions_mut().remove::<Mention>();
        let route = response.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
        let decision = self.decide(&route);
        let processing = self.decision.outcome.is_ok().then(|| {
            let mention = mention.unwrap_or_else(|| self.mention(&route));
            let answered = Answered {
                trace: self.trace,
                method: &self.method,
                route: &route,
                start: self.start,
                status: response.status().as_u16(),
                etag: response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()),
                bytes: response.body().size_hint().exact(),
                mention,
            };
            let release = release.as_ref().map_or("none", |release| &release.0);
            let record = record::processing(&answered, release, &self.accounts.activity);
            self.accounts.ledger.send(Stream::Processing, &record)
        });
        // Both are under way before either is waited for.
        let decided = decision.written().await;
        let processed = match processing {
            Some(receipt) => receipt.written().await.map(drop),
            None => Ok(()),
        };
        if decided.is_ok() && processed.is_ok() { response } else { not_accounted() }
    }

    fn decide(&mut self, route: &str) -> Receipt {
        self.decided = true;
        let Self { accounts, decision, trace, method, start, peer, .. } = self;
        let record = record::access(decision, *trace, method, route, *start, *peer, &accounts.configuration);
        accounts.ledger.send(Stream::Access, &record)
    }

    /// The area in the address, where the route says that there is one.
    fn mention(&self, route: &str) -> Mention {
        let pairs = route.split('/').zip(self.path.split('/'));
        let code = pairs.into_iter().find(|(pattern, _)| *pattern == "{code}").map(|(_, code)| code);
        // A code is short and plain; what is not may be anything, and stays out of the log.
        let fits = |code: &&str| code.len() <= 12 && code.bytes().all(|b| b.is_ascii_alphanumeric());
        Mention { areas: code.filter(fits).map(str::to_owned).into_iter().collect(), purpose: None }
    }
}

impl Drop for Account<'_> {
    fn drop(&mut self) {
        if !self.decided {
            // Nobody is left to wait for it.
            drop(self.decide("-"));
        }
    }
}

fn not_accounted() -> Response {
    let detail = text(
        "Er is geen antwoord, omdat het niet in het logboek kon worden vastgelegd. Meld dit aan de beheerder.",
        "There is no answer, because it could not be written to the log. Please tell the operator.",
    );
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).into_response()
}
