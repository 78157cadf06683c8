//! How fast one asker may ask: the generic cell rate algorithm (ITU-T I.371), as a leaky bucket per key, token or network.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Response};

use crate::ledger::record::network;
use crate::problem::Problem;

/// Askers that are remembered before those that have been quiet are forgotten.
const REMEMBERED: usize = 10_000;

/// The allowance of every asker.
#[derive(Debug)]
pub(crate) struct Pace {
    per_minute: u32,
    /// For each asker the moment at which the bucket is empty again.
    empty: Mutex<BTreeMap<String, Instant>>,
}

/// What is left after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allowance {
    /// It is let through; so many more may follow at once.
    Left(u32),
    /// It is not; another try is worth it after so many seconds.
    Wait(u32),
}

impl Pace {
    /// So many requests a minute, all at once or spread.
    pub(crate) fn new(per_minute: u32) -> Self {
        Self { per_minute, empty: Mutex::default() }
    }

    /// Takes one request of this asker out of the allowance.
    pub(crate) fn take(&self, asker: &str, now: Instant) -> Allowance {
        let minute = Duration::from_secs(60);
        let each = minute / self.per_minute.max(1);
        // A thread that panicked while it held the lock left a whole map behind.
        let mut empty = self.empty.lock().unwrap_or_else(PoisonError::into_inner);
        if empty.len() >= REMEMBERED {
            empty.retain(|_, moment| *moment > now);
        }
        let full = empty.get(asker).map_or(Duration::ZERO, |moment| moment.saturating_duration_since(now));
        let after = full + each;
        if after > minute {
            let wait = (after - minute).as_secs_f64().ceil();
            return Allowance::Wait((wait as u32).max(1));
        }
        empty.insert(asker.to_owned(), now + after);
        Allowance::Left(((minute - after).as_secs_f64() / each.as_secs_f64()).floor() as u32)
    }

    /// Says in the headers what is left (draft-ietf-httpapi-ratelimit-headers-07, in the form that clients know).
    pub(crate) fn tell(&self, response: &mut Response, allowance: Allowance) {
        let (remaining, reset) = match allowance {
            Allowance::Left(remaining) => (remaining, 60),
            Allowance::Wait(seconds) => (0, seconds),
        };
        for (name, value) in [
            (HeaderName::from_static("ratelimit-limit"), self.per_minute),
            (HeaderName::from_static("ratelimit-remaining"), remaining),
            (HeaderName::from_static("ratelimit-reset"), reset),
        ] {
            response.headers_mut().insert(name, HeaderValue::from(value));
        }
    }
}

/// The name under which an asker's requests are counted: the key or pseudonym, else the network.
pub(crate) fn asker(subject: Option<&str>, peer: Option<IpAddr>) -> String {
    match (subject, peer) {
        (Some(subject), _) => subject.to_owned(),
        (None, Some(peer)) => network(peer),
        (None, None) => "unknown".to_owned(),
    }
}

/// 429.
pub(crate) fn too_fast(seconds: u32) -> Response {
    Problem::too_fast(seconds).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minutes_worth_may_come_at_once_and_then_no_faster_than_the_pace() {
        let (pace, start) = (Pace::new(3), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(pace.take("a", at(0)), Allowance::Left(2));
        assert_eq!(pace.take("a", at(0)), Allowance::Left(1));
        assert_eq!(pace.take("a", at(0)), Allowance::Left(0));
        assert_eq!(pace.take("a", at(5)), Allowance::Wait(15));
        assert_eq!(pace.take("b", at(5)), Allowance::Left(2), "each has an allowance of their own");
        assert_eq!(pace.take("a", at(20)), Allowance::Left(0));
        assert_eq!(pace.take("a", at(21)), Allowance::Wait(19));
        assert_eq!(pace.take("a", at(300)), Allowance::Left(2));
    }

    #[test]
    fn who_has_no_key_is_counted_by_network() {
        let peer = Some("192.0.2.77".parse().unwrap());
        assert_eq!(asker(None, peer), "192.0.2.0/24");
        assert_eq!(asker(Some("key:1"), peer), "key:1");
    }
}
