//! Lengths of time as people write them. Calendar months are real months.

use chrono::{Datelike, Months};

use super::AsofError;
use crate::tables::Day;

/// A length of time: whole days, months or years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    count: u32,
    unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Days,
    Months,
    Years,
}

/// No study looks further than this: it keeps all sums of dates within the calendar.
const MOST_YEARS: u32 = 1000;

impl Span {
    /// A number of days.
    #[must_use]
    pub fn days(count: u32) -> Self {
        Self { count, unit: Unit::Days }
    }

    /// A number of calendar months.
    #[must_use]
    pub fn months(count: u32) -> Self {
        Self { count, unit: Unit::Months }
    }

    /// Reads `"28 days"`, `"2 weeks"`, `"6 months"`, `"1 year"`; `place` names the key for the message.
    ///
    /// # Errors
    /// When it is anything else, or longer than 1,000 years.
    pub fn parse(text: &str, place: &str) -> Result<Self, AsofError> {
        let bad = || AsofError::BadSpan { place: place.to_owned(), text: text.to_owned() };
        let trimmed = text.trim();
        let split = trimmed.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
        let (number, unit) = trimmed.split_at(split);
        let (factor, unit, per_year) = match unit.trim() {
            "day" | "days" => (1, Unit::Days, 366),
            "week" | "weeks" => (7, Unit::Days, 366),
            "month" | "months" => (1, Unit::Months, 12),
            "year" | "years" => (1, Unit::Years, 1),
            _ => return Err(bad()),
        };
        let count = number.parse::<u32>().ok().and_then(|n| n.checked_mul(factor)).ok_or_else(bad)?;
        if count > MOST_YEARS * per_year { Err(bad()) } else { Ok(Self { count, unit }) }
    }

    /// Whether it is no time at all.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.count == 0
    }

    /// This span `n` times. Not the same as adding it `n` times: 31 January plus two months is 31 March.
    #[must_use]
    pub fn times(self, n: u32) -> Self {
        Self { count: self.count.saturating_mul(n), ..self }
    }

    /// This long after `day`; the last day of the month where the month is too short. Open ends stay open.
    #[must_use]
    pub fn after(self, day: Day) -> Day {
        self.shift(day, chrono::NaiveDate::checked_add_months, 1, Day::MAX)
    }

    /// This long before `day`; the last day of the month where the month is too short. Open ends stay open.
    #[must_use]
    pub fn before(self, day: Day) -> Day {
        self.shift(day, chrono::NaiveDate::checked_sub_months, -1, Day::MIN)
    }

    fn shift(
        self,
        day: Day,
        months: fn(chrono::NaiveDate, Months) -> Option<chrono::NaiveDate>,
        sign: i64,
        beyond: Day,
    ) -> Day {
        let Some(date) = day.date() else { return day };
        let shifted = match self.unit {
            Unit::Days => date.checked_add_signed(chrono::TimeDelta::days(sign * i64::from(self.count))),
            Unit::Months => months(date, Months::new(self.count)),
            Unit::Years => months(date, Months::new(self.count.saturating_mul(12))),
        };
        shifted.map_or(beyond, Day::from)
    }

    /// Short form for column names: `90d`, `6m`, `1y`.
    #[must_use]
    pub fn suffix(self) -> String {
        let letter = match self.unit {
            Unit::Days => 'd',
            Unit::Months => 'm',
            Unit::Years => 'y',
        };
        format!("{}{letter}", self.count)
    }

    /// In Dutch: `90 dagen`, `1 maand`, `3 jaar`.
    #[must_use]
    pub fn nl(self) -> String {
        let unit = match (self.unit, self.count) {
            (Unit::Days, 1) => "dag",
            (Unit::Days, _) => "dagen",
            (Unit::Months, 1) => "maand",
            (Unit::Months, _) => "maanden",
            (Unit::Years, _) => "jaar",
        };
        format!("{} {unit}", self.count)
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let unit = match self.unit {
            Unit::Days => "day",
            Unit::Months => "month",
            Unit::Years => "year",
        };
        write!(f, "{} {unit}{}", self.count, if self.count == 1 { "" } else { "s" })
    }
}

/// The calendar year of a day; `None` for the open start and end.
pub(crate) fn year_of(day: Day) -> Option<i32> {
    day.date().map(|d| d.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(y: i32, m: u32, d: u32) -> Day {
        Day::from_ymd(y, m, d).unwrap()
    }

    fn span(text: &str) -> Span {
        Span::parse(text, "[time] step").unwrap()
    }

    #[test]
    fn reads_what_people_write() {
        assert_eq!(span("28 days"), Span::days(28));
        assert_eq!(span("1 day").to_string(), "1 day");
        assert_eq!(span("2 weeks").suffix(), "14d");
        assert_eq!(span(" 6 months "), Span::months(6));
        assert_eq!(span("6months").suffix(), "6m");
        assert_eq!((span("1 year").suffix(), span("1 year").nl()), ("1y".to_owned(), "1 jaar".to_owned()));
        assert!(span("0 days").is_zero());
    }

    #[test]
    fn refuses_the_rest_with_the_place() {
        for text in ["", "6", "months", "-1 days", "1.5 years", "6 maanden", "99999999999 days", "5000 years"]
        {
            let message = Span::parse(text, "[time] step").unwrap_err().to_string();
            assert!(message.contains("[time] step") && message.contains("6 months"), "{message}");
        }
    }

    #[test]
    fn months_are_calendar_months() {
        assert_eq!(span("1 month").after(day(2023, 1, 31)), day(2023, 2, 28));
        assert_eq!(span("1 month").times(2).after(day(2023, 1, 31)), day(2023, 3, 31));
        assert_eq!(span("1 year").before(day(2024, 2, 29)), day(2023, 2, 28));
        assert_eq!(span("6 months").before(day(2024, 7, 1)), day(2024, 1, 1));
        assert_eq!(span("90 days").before(day(2024, 7, 1)), Day(day(2024, 7, 1).0 - 90));
    }

    #[test]
    fn open_ends_stay_open() {
        assert_eq!(span("1 year").after(Day::MAX), Day::MAX);
        assert_eq!(span("1 year").before(Day::MIN), Day::MIN);
    }
}
