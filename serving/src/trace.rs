//! W3C Trace Context: the numbers that join an answer to its log lines and to the caller's own.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::HeaderMap;

/// Where a request stands in the caller's trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trace {
    id: TraceId,
    parent: Option<SpanId>,
    span: SpanId,
    flags: u8,
}

/// 64 bits: one step in a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SpanId(u64);

impl Trace {
    /// A new step in the caller's trace when it sent a valid `traceparent`, else in a new trace.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let (high, low) = unguessable();
        let span = SpanId(high.rotate_left(32).max(1));
        let sent = headers.get("traceparent").and_then(|value| parse(value.to_str().ok()?));
        match sent {
            Some((id, parent, flags)) => Self { id, parent: Some(parent), span, flags },
            None => Self {
                id: TraceId((u128::from(high) << 64 | u128::from(low)).max(1)),
                parent: None,
                span,
                flags: 0,
            },
        }
    }

    /// The trace.
    pub(crate) fn id(self) -> TraceId {
        self.id
    }

    /// This step.
    pub(crate) fn span(self) -> SpanId {
        self.span
    }

    /// The caller's step.
    pub(crate) fn parent(self) -> Option<SpanId> {
        self.parent
    }

    /// `traceparent` for the answer: the same trace, our step.
    pub(crate) fn header(self) -> String {
        format!("00-{}-{}-{:02x}", self.id, self.span, self.flags & 1)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Numbers that no other request of this process has, and that cannot be guessed from outside: keyed
/// hashes of a counter, with keys that the standard library draws at random.
fn unguessable() -> (u64, u64) {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    static KEYS: LazyLock<(RandomState, RandomState)> = LazyLock::new(Default::default);
    let n = COUNTER.fetch_add(1, Ordering::Relaxed);
    (KEYS.0.hash_one(n), KEYS.1.hash_one(n))
}

/// 128 bits, taken from W3C `traceparent` or made here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TraceId(u128);

impl TraceId {
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
fn parse(value: &str) -> Option<(TraceId, SpanId, u8)> {
    let lower_hex = |s: &str| s.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let mut parts = value.split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let lengths = [version.len(), trace.len(), parent.len(), flags.len()];
    let whole = version != "00" || parts.next().is_none();
    if lengths != [2, 32, 16, 2] || version == "ff" || !whole {
        return None;
    }
    if ![version, trace, parent, flags].into_iter().all(lower_hex) {
        return None;
    }
    let id = u128::from_str_radix(trace, 16).ok().filter(|&id| id != 0).map(TraceId)?;
    let parent = u64::from_str_radix(parent, 16).ok().filter(|&id| id != 0).map(SpanId)?;
    Some((id, parent, u8::from_str_radix(flags, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_valid_traceparent_is_taken_over() {
        let sent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let trace =
            Trace::of(&HeaderMap::from_iter([("traceparent".parse().unwrap(), sent.parse().unwrap())]));
        let id = trace.id();
        assert_eq!(trace.parent().unwrap().to_string(), "00f067aa0ba902b7");
        assert_eq!(trace.header(), format!("00-4bf92f3577b34da6a3ce929d0e0e4736-{}-01", trace.span()));
        assert_ne!(trace.parent(), Some(trace.span()));
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
        let (one, other) = (Trace::of(&HeaderMap::new()), Trace::of(&HeaderMap::new()));
        assert_ne!(one.id(), other.id());
        assert_ne!(one.span(), other.span());
        assert_eq!(one.parent(), None);
    }
}
