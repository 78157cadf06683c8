//! The time of day: the one place where the service looks at the clock.

use std::time::SystemTime;

use chrono::{DateTime, Datelike as _, NaiveDate, SecondsFormat, Utc};

/// Now.
#[expect(
    clippy::disallowed_methods,
    reason = "when something was asked, expires or was logged is a matter of the clock"
)]
pub(crate) fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}

/// A moment as RFC 3339 in UTC with milliseconds.
pub(crate) fn written(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Reads a date or an RFC 3339 moment; a date stands for its start in UTC.
pub(crate) fn read(text: &str) -> Option<DateTime<Utc>> {
    let date = text.parse::<NaiveDate>().ok().and_then(|date| date.and_hms_opt(0, 0, 0));
    date.map(|start| start.and_utc()).or_else(|| text.parse().ok())
}

/// The same day a year later; 1 March after a 29 February.
pub(crate) fn a_year_after(moment: DateTime<Utc>) -> DateTime<Utc> {
    let year = moment.year() + 1;
    moment.with_year(year).unwrap_or(moment + chrono::Duration::days(366))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_moments_are_read_and_written() {
        assert_eq!(written(read("2027-02-01").unwrap()), "2027-02-01T00:00:00.000Z");
        assert_eq!(written(read("2027-02-01T12:30:00+01:00").unwrap()), "2027-02-01T11:30:00.000Z");
        for text in ["", "1 februari", "2027-02-30", "2027-02-01T12:30:00"] {
            assert!(read(text).is_none(), "{text}");
        }
        assert_eq!(written(a_year_after(read("2028-02-29").unwrap())), "2029-03-01T00:00:00.000Z");
        assert!(now() > read("2024-01-01").unwrap());
    }
}
