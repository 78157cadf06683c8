//! Moments and intervals of the `datetime` parameter.

use chrono::{DateTime, NaiveDate, Utc};

/// A stretch of days, open ends included; bounds are days as `YYYY-MM-DD`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Interval {
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
}

impl Interval {
    /// Reads a date, a date and time, or `from/until` with `..` or nothing for an open end (RFC 3339).
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let Some((from, until)) = text.split_once('/') else {
            let day = day(text)?;
            return Some(Self { from: Some(day), until: Some(day) });
        };
        let end = |text: &str| match text {
            "" | ".." => Some(None),
            text => day(text).map(Some),
        };
        let interval = Self { from: end(from)?, until: end(until)? };
        let is_empty = interval.from.zip(interval.until).is_some_and(|(from, until)| from > until);
        (!is_empty).then_some(interval)
    }

    /// Whether this has a day in common with the days from `first` to `last`.
    pub(crate) fn meets(&self, first: &str, last: &str) -> bool {
        let (Some(first), Some(last)) = (day(first), day(last)) else { return true };
        self.from.is_none_or(|from| from <= last) && self.until.is_none_or(|until| first <= until)
    }
}

fn day(text: &str) -> Option<NaiveDate> {
    if text.len() == 10 {
        return text.parse().ok();
    }
    DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.with_timezone(&Utc).date_naive())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_meet_the_period() {
        let meets = |text: &str| Interval::parse(text).unwrap().meets("2025-01-01", "2025-06-30");
        for text in [
            "2025-01-01",
            "2025-06-30T23:59:59Z",
            "../2025-01-01",
            "2025-06-30/..",
            "/2026-01-01",
            "2024-01-01/2026-01-01",
            "../..",
        ] {
            assert!(meets(text), "{text}");
        }
        for text in ["2024-12-31", "2025-07-01T00:00:00Z", "2025-07-01/..", "../2024-12-31"] {
            assert!(!meets(text), "{text}");
        }
    }

    #[test]
    fn rubbish_is_refused() {
        for text in [
            "",
            "2025",
            "2025-13-01",
            "yesterday",
            "2025-02-01/2025-01-01",
            "2025-01-01T00:00:00",
            "a/b",
            "2025-01-01/2025-01-02/x",
        ] {
            assert_eq!(Interval::parse(text), None, "{text}");
        }
    }
}
