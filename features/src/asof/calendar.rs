//! The as-of dates of a study, and when an outcome is complete.

use super::{AsofError, Span};
use crate::spec;
use crate::tables::Day;

/// The time frame of a study, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// The as-of dates, rising. The last one is published; its horizon may lie in the future.
    pub dates: Vec<Day>,
    /// Distance between as-of dates.
    pub step: Span,
    /// The outcome at `t` is what happens in `(t, t + horizon]`.
    pub horizon: Span,
    /// How long it takes until (nearly) all of that is registered.
    pub reporting_delay: Span,
    /// Day of extraction of the sources.
    pub data_until: Day,
    /// As-of dates from here on are for testing.
    pub test_from: Day,
}

impl Calendar {
    /// The date that is published.
    #[must_use]
    pub fn last(&self) -> Option<Day> {
        self.dates.last().copied()
    }

    /// Last day of the outcome at `as_of`.
    #[must_use]
    pub fn outcome_until(&self, as_of: Day) -> Day {
        self.horizon.after(as_of)
    }

    /// Day from which the outcome at `as_of` counts as fully known: as-of + horizon + reporting delay.
    #[must_use]
    pub fn complete_on(&self, as_of: Day) -> Day {
        self.reporting_delay.after(self.outcome_until(as_of))
    }

    /// Whether the outcome at `as_of` is complete on day `known_by`.
    #[must_use]
    pub fn is_complete(&self, as_of: Day, known_by: Day) -> bool {
        self.complete_on(as_of) <= known_by
    }
}

/// Reads and checks `[time]`: as-of dates from the first to the last in equal steps.
///
/// # Errors
/// When a date or length of time cannot be read, when the dates are out of order, or when the last as-of
/// date is not a whole number of steps after the first.
pub fn as_of_dates(time: &spec::Time) -> Result<Calendar, AsofError> {
    let first = date("first_as_of", &time.first_as_of)?;
    let last = date("last_as_of", &time.last_as_of)?;
    let data_until = date("data_until", &time.data_until)?;
    let test_from = date("test_from", &time.test_from)?;
    let step = positive("step", &time.step)?;
    let horizon = positive("horizon", &time.horizon)?;
    let reporting_delay = Span::parse(&time.reporting_delay, "[time] reporting_delay")?;
    let bad = |problem: String| Err(AsofError::BadTime(problem));
    if last < first {
        return bad(format!("last_as_of {last} lies before first_as_of {first}; swap them"));
    }
    if last > data_until.plus_days(1) {
        return bad(format!(
            "last_as_of {last} lies after data_until {data_until}: nothing of the days between is known; take an earlier last_as_of"
        ));
    }
    if test_from <= first {
        return bad(format!(
            "test_from {test_from} leaves nothing to train on: it must lie after first_as_of {first}"
        ));
    }
    let mut dates = vec![first];
    loop {
        let next = step.times(u32::try_from(dates.len()).unwrap_or(u32::MAX)).after(first);
        if next > last {
            break;
        }
        dates.push(next);
    }
    let reached = dates[dates.len() - 1];
    if reached != last {
        let next = step.times(u32::try_from(dates.len()).unwrap_or(u32::MAX)).after(first);
        return bad(format!(
            "last_as_of {last} is not a whole number of steps of {step} after first_as_of {first}; the nearest are {reached} and {next}"
        ));
    }
    Ok(Calendar { dates, step, horizon, reporting_delay, data_until, test_from })
}

fn date(key: &'static str, text: &str) -> Result<Day, AsofError> {
    chrono::NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d")
        .map(Day::from)
        .map_err(|source| AsofError::BadDate { key, text: text.to_owned(), source })
}

fn positive(key: &str, text: &str) -> Result<Span, AsofError> {
    let span = Span::parse(text, &format!("[time] {key}"))?;
    if span.is_zero() {
        return Err(AsofError::BadTime(format!("{key} is `{text}`; it must be at least one day")));
    }
    Ok(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time() -> spec::Time {
        spec::Time {
            first_as_of: "2019-01-01".to_owned(),
            last_as_of: "2026-01-01".to_owned(),
            step: "6 months".to_owned(),
            horizon: "6 months".to_owned(),
            reporting_delay: "60 days".to_owned(),
            data_until: "2026-01-01".to_owned(),
            test_from: "2023-01-01".to_owned(),
            refit: spec::Refit::Rolling,
        }
    }

    fn day(y: i32, m: u32, d: u32) -> Day {
        Day::from_ymd(y, m, d).unwrap()
    }

    #[test]
    fn the_example_city() {
        let calendar = as_of_dates(&time()).unwrap();
        assert_eq!(calendar.dates.len(), 15);
        assert_eq!(calendar.dates[1], day(2019, 7, 1));
        assert_eq!(calendar.last(), Some(day(2026, 1, 1)));
        assert_eq!(calendar.outcome_until(day(2026, 1, 1)), day(2026, 7, 1));
        assert_eq!(calendar.complete_on(day(2022, 1, 1)), day(2022, 8, 30));
        assert!(calendar.is_complete(day(2022, 1, 1), day(2022, 8, 30)));
        assert!(!calendar.is_complete(day(2022, 1, 1), day(2022, 8, 29)));
    }

    #[test]
    fn month_ends_do_not_drift() {
        let time = spec::Time {
            first_as_of: "2023-01-31".to_owned(),
            last_as_of: "2023-05-31".to_owned(),
            step: "1 month".to_owned(),
            test_from: "2023-03-01".to_owned(),
            ..time()
        };
        let dates = as_of_dates(&time).unwrap().dates;
        assert_eq!(dates, [(1, 31), (2, 28), (3, 31), (4, 30), (5, 31)].map(|(m, d)| day(2023, m, d)));
    }

    #[test]
    fn contradictions_are_told() {
        type Break = Box<dyn Fn(&mut spec::Time)>;
        let broken: [(&str, Break); 8] = [
            ("first_as_of", Box::new(|t| t.first_as_of = "01-01-2019".to_owned())),
            ("swap", Box::new(|t| t.last_as_of = "2018-01-01".to_owned())),
            ("data_until", Box::new(|t| t.data_until = "2025-06-01".to_owned())),
            ("train on", Box::new(|t| t.test_from = "2019-01-01".to_owned())),
            ("nearest are 2025-07-01 and 2026-01-01", Box::new(|t| t.last_as_of = "2025-12-01".to_owned())),
            ("[time] step", Box::new(|t| t.step = "half a year".to_owned())),
            ("at least one day", Box::new(|t| t.horizon = "0 days".to_owned())),
            ("[time] reporting_delay", Box::new(|t| t.reporting_delay = "soon".to_owned())),
        ];
        for (part, change) in broken {
            let mut time = time();
            change(&mut time);
            let message = as_of_dates(&time).unwrap_err().to_string();
            assert!(message.contains(part), "{message} should say {part}");
        }
    }
}
