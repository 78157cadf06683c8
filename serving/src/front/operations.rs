//! What operators do, done and written down.

use serde_json::{Value, json};

use crate::front::Front;
use crate::ledger::Stream;
use crate::ledger::record::administration;
use crate::releases::{NoRelease, Outcome};

impl Front {
    /// Writes down what was done by whom, in the log and, if accounts are kept, in the administration stream.
    /// It is waited for by nobody: what was done is done.
    pub(crate) fn tell(&self, action: &str, actor: &str, result: &str, details: Value) {
        tracing::info!(target: "serving::administration", action, actor, result, %details, "administration");
        if let Some(accounts) = self.accounts() {
            drop(
                accounts.ledger.send(Stream::Administration, &administration(action, actor, result, details)),
            );
        }
    }

    /// Writes down that the program starts or stops.
    pub(crate) fn tell_program(&self, action: &str) {
        let configuration = self.accounts().map(|accounts| accounts.configuration.as_str());
        let release = &*self.releases().line().current.sha256;
        self.tell(action, "program", "ok", json!({ "release": release, "configuration": configuration }));
    }

    /// Writes down what came of a wish for a new release.
    pub(crate) fn tell_outcome(&self, actor: &str, outcome: &Result<Outcome, NoRelease>) {
        match outcome {
            Ok(Outcome::Activated(release)) => {
                self.metrics().count_swap(true);
                self.tell("release.activated", actor, "ok", json!({ "release": &*release.sha256 }));
            }
            Ok(Outcome::Unchanged(release)) => {
                self.tell("release.activated", actor, "unchanged", json!({ "release": &*release.sha256 }));
            }
            Err(why) => {
                self.metrics().count_swap(false);
                tracing::error!(cause = %why, "the new bundle is refused; the release before it stays in use");
                self.tell("release.activated", actor, "refused", json!({ "cause": why.to_string() }));
            }
        }
    }

    /// Writes down that answers were stopped or go on.
    pub(crate) fn tell_stop(&self, actor: &str) {
        match self.releases().switch.stopped() {
            Some(stop) => {
                tracing::warn!(reason = stop.reason.nl, "answers are stopped");
                self.tell("answers.stopped", actor, "ok", json!({ "reason": stop.reason }));
            }
            None => self.tell("answers.resumed", actor, "ok", json!({})),
        }
    }

    /// Takes the bundle on disk into use; gives whether that is settled. A refusal is told only when `loud`.
    pub(crate) async fn renew(&self, actor: &str, loud: bool) -> bool {
        let outcome = self.releases().renew().await;
        let settled = outcome.is_ok();
        if settled || loud {
            self.tell_outcome(actor, &outcome);
        }
        settled
    }
}
