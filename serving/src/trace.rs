//! The number that joins an answer to its log line.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::HeaderMap;

/// 128 bits, taken from W3C `traceparent` or made here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TraceId(u128);

impl TraceId {
    /// The caller's trace id when it sent a valid one, else a new one.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        headers.get("traceparent").and_then(|value| parse(value.to_str().ok()?)).unwrap_or_else(Self::new)
    }

    /// A number that no other request of this process has, and that cannot be guessed from outside: a
    /// keyed hash of a counter, with keys that the standard library draws at random.
    fn new() -> Self {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        static KEYS: LazyLock<(RandomState, RandomState)> = LazyLock::new(Default::default);
        let n = COUNTER.fetch_add(1, Ordering::Relaxed);
        let high = u128::from(KEYS.0.hash_one(n));
        let low = u128::from(KEYS.1.hash_one(n));
        Self((high << 64 | low).max(1))
    }

    /// As a URN for the `instance` of a problem.
    pub(crate) fn urn(self) -> String {
        let hex = self.to_string();
        format!("urn:uuid:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// Reads `version-traceid-parentid-flags`; all-zero ids and version `ff` are invalid by the standard.
fn parse(value: &str) -> Option<TraceId> {
    let lower_hex = |s: &str| s.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let mut parts = value.split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let lengths = [version.len(), trace.len(), parent.len(), flags.len()];
    let whole = version != "00" || parts.next().is_none();
    if lengths != [2, 32, 16, 2] || version == "ff" || !whole {
        return None;
    }
    if ![version, trace, parent, flags].into_iter().all(lower_hex) || parent.bytes().all(|b| b == b'0') {
        return None;
    }
    u128::from_str_radix(trace, 16).ok().filter(|&id| id != 0).map(TraceId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_valid_traceparent_is_taken_over() {
        let id = parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap();
        assert_eq!(id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(id.urn(), "urn:uuid:4bf92f35-77b3-4da6-a3ce-929d0e0e4736");
    }

    #[test]
    fn an_invalid_traceparent_is_not() {
        for value in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra",
        ] {
            assert_eq!(parse(value), None, "{value}");
        }
    }

    #[test]
    fn new_ids_differ() {
        assert_ne!(TraceId::new(), TraceId::new());
    }
}
