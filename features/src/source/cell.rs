//! From the text of a cell to a number or a day.

use chrono::{Datelike, Months, NaiveDate};

use crate::tables::Day;

/// The CBS's marks for a figure that exists and is withheld.
const SECRET_NUMBERS: [f64; 6] =
    [-99_995.0, -99_997.0, -99_999.0, -99_999_995.0, -99_999_997.0, -99_999_999.0];
const SECRET_TEXTS: [&str; 2] = [".", "x"];

/// A number cell, read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum NumberCell {
    /// Empty, or one of the values that mean missing.
    Missing,
    /// Withheld by the publisher.
    Secret,
    /// A finite number.
    Number(f64),
    /// NaN or infinite.
    NotFinite,
    /// Not a number at all.
    Bad,
}

/// How the numbers of one column are written.
#[derive(Clone, Debug, Default)]
pub(crate) struct NumberRules {
    pub(crate) decimal_comma: bool,
    /// Whether the CBS's marks count.
    pub(crate) marks: bool,
    pub(crate) secret: Vec<String>,
    pub(crate) missing: Vec<String>,
}

impl NumberRules {
    pub(crate) fn read(&self, text: &str) -> NumberCell {
        if text.is_empty() {
            return NumberCell::Missing;
        }
        if self.secret.iter().any(|mark| mark == text) || (self.marks && SECRET_TEXTS.contains(&text)) {
            return NumberCell::Secret;
        }
        if self.missing.iter().any(|mark| mark == text) {
            return NumberCell::Missing;
        }
        let Some(number) = number(text, self.decimal_comma) else { return NumberCell::Bad };
        if !number.is_finite() {
            NumberCell::NotFinite
        } else if (self.marks && SECRET_NUMBERS.contains(&number)) || among(&self.secret, number) {
            NumberCell::Secret
        } else if among(&self.missing, number) {
            NumberCell::Missing
        } else {
            NumberCell::Number(number)
        }
    }
}

/// Whether a mark is this number in another spelling (`9999` and `9999.0`).
fn among(marks: &[String], number: f64) -> bool {
    marks.iter().any(|mark| mark.parse() == Ok(number))
}

/// Reads a number; with a decimal comma, dots may stand between groups of three digits.
pub(crate) fn number(text: &str, decimal_comma: bool) -> Option<f64> {
    if !decimal_comma {
        return text.parse().ok();
    }
    let (whole, part) = text.split_once(',').unwrap_or((text, ""));
    if !whole.contains('.') {
        return if part.is_empty() && !text.contains(',') {
            text.parse().ok()
        } else {
            format!("{whole}.{part}").parse().ok()
        };
    }
    let mut groups = whole.split('.');
    let first = groups.next()?.trim_start_matches(['-', '+']);
    let grouped = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    if grouped { format!("{}.{part}0", whole.replace('.', "")).parse().ok() } else { None }
}

/// Date formats that are tried to say what a column seems to hold.
const KNOWN_FORMATS: [&str; 9] =
    ["%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%m/%d/%Y", "%Y-%m", "%d %B %Y"];

/// The format when the study gives none.
pub(crate) const ISO: &str = "%Y-%m-%d";

/// Reads a day; a time may stand behind it.
pub(crate) fn day(text: &str, format: &str) -> Option<Day> {
    if format == ISO {
        return iso(text);
    }
    if let Ok((date, rest)) = NaiveDate::parse_and_remainder(text, format) {
        return time_or_nothing(rest).then(|| Day::from(date));
    }
    // A format with a time in it wants chrono's other reader.
    chrono::NaiveDateTime::parse_from_str(text, format).ok().map(|moment| Day::from(moment.date()))
}

fn time_or_nothing(rest: &str) -> bool {
    rest.is_empty() || (rest.starts_with(['T', ' ']) && rest.len() > 1 && rest.as_bytes()[1].is_ascii_digit())
}

fn iso(text: &str) -> Option<Day> {
    let bytes = text.as_bytes();
    if bytes.len() < 10 || bytes[4] != b'-' || bytes[7] != b'-' || !time_or_nothing(text.get(10..)?) {
        return None;
    }
    let digits = |from: usize, to: usize| {
        bytes[from..to]
            .iter()
            .try_fold(0u32, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
    };
    Day::from_ymd(i32::try_from(digits(0, 4)?).ok()?, digits(5, 7)?, digits(8, 10)?)
}

/// The known format in which this text is a date.
pub(crate) fn guessed_format(text: &str) -> Option<&'static str> {
    KNOWN_FORMATS.into_iter().find(|format| match *format {
        "%Y-%m" => month(text).is_some(),
        "%Y%m%d" => text.len() == 8 && plausible(day(text, format)),
        _ => plausible(day(text, format)),
    })
}

/// chrono reads `14-03-22` with `%d-%m-%Y` as the year 22.
fn plausible(day: Option<Day>) -> bool {
    day.and_then(Day::date).is_some_and(|date| (1000..=9999).contains(&date.year()))
}

/// `YYYY-MM` as its last day.
fn month(text: &str) -> Option<Day> {
    let (year, month) = text.split_once('-')?;
    if year.len() != 4 || month.len() != 2 {
        return None;
    }
    last_of_month(year.parse().ok()?, month.parse().ok()?)
}

/// The last day of a month.
pub(crate) fn last_of_month(year: i32, month: u32) -> Option<Day> {
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    let next = first.checked_add_months(Months::new(1))?;
    Some(Day::from(next.pred_opt()?))
}

/// A period of a column in wide form: a day, a month (its last day) or a year (its last day).
pub(crate) fn period(text: &str) -> Option<Day> {
    iso(text).or_else(|| month(text)).or_else(|| {
        (text.len() == 4).then(|| text.parse().ok().and_then(|year| Day::from_ymd(year, 12, 31)))?
    })
}

/// A year, also as the CBS writes it (`2019JJ00`).
pub(crate) fn year(text: &str) -> Option<i32> {
    let digits = text.strip_suffix("JJ00").unwrap_or(text);
    let digits = digits.strip_suffix(".0").unwrap_or(digits);
    let year: i32 = digits.parse().ok()?;
    (1800..=2200).contains(&year).then_some(year)
}

/// A length of time such as `14 days`, `6 months`, `1 year`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lag {
    months: u32,
    days: i32,
}

impl Lag {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (number, word) = text.trim().split_once(' ')?;
        let number: u32 = number.parse().ok()?;
        let days = |per: u32| i32::try_from(number.checked_mul(per)?).ok();
        Some(match word.trim() {
            "day" | "days" => Self { months: 0, days: days(1)? },
            "week" | "weeks" => Self { months: 0, days: days(7)? },
            "month" | "months" => Self { months: number, days: 0 },
            "year" | "years" => Self { months: number.checked_mul(12)?, days: 0 },
            _ => return None,
        })
    }

    /// The day this much later; the end of the month when the month is shorter.
    pub(crate) fn after(self, day: Day) -> Day {
        let moved = day
            .date()
            .filter(|_| self.months > 0)
            .and_then(|date| date.checked_add_months(Months::new(self.months)))
            .map_or(day, Day::from);
        moved.plus_days(self.days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_with_a_comma() {
        for (text, value) in [
            ("1,5", Some(1.5)),
            ("-0,25", Some(-0.25)),
            ("1.234,5", Some(1234.5)),
            ("1.234.567", Some(1_234_567.0)),
            ("12", Some(12.0)),
            ("1.5", None),
            ("1.2345", None),
            ("1,2,3", None),
            ("abc", None),
            ("", None),
        ] {
            assert_eq!(number(text, true), value, "{text}");
        }
        assert_eq!(number("1,5", false), None);
    }

    #[test]
    fn secret_is_not_missing_and_not_zero() {
        let rules = NumberRules {
            marks: true,
            secret: vec!["geheim".to_owned()],
            missing: vec!["9999".to_owned()],
            ..NumberRules::default()
        };
        for secret in [".", "x", "-99997", "-99997.0", "-99999999", "-99995", "geheim"] {
            assert_eq!(rules.read(secret), NumberCell::Secret, "{secret}");
        }
        assert_eq!(rules.read("9999.0"), NumberCell::Missing);
        assert_eq!(rules.read(""), NumberCell::Missing);
        assert_eq!(rules.read("0"), NumberCell::Number(0.0));
        assert_eq!(rules.read("inf"), NumberCell::NotFinite);
        assert_eq!(rules.read("-"), NumberCell::Bad);
        assert_eq!(NumberRules::default().read("."), NumberCell::Bad);
    }

    #[test]
    fn days_with_and_without_time() {
        let march = Day::from_ymd(2024, 3, 14);
        assert_eq!(day("2024-03-14", ISO), march);
        assert_eq!(day("2024-03-14T10:11:12", ISO), march);
        assert_eq!(day("2024-03-14 10:11", ISO), march);
        assert_eq!(day("2024-03-14x", ISO), None);
        assert_eq!(day("2024-02-30", ISO), None);
        assert_eq!(day("14-03-2024", "%d-%m-%Y"), march);
        assert_eq!(day("14-03-2024 08:00", "%d-%m-%Y"), march);
        assert_eq!(day("14-03-2024 08:00", "%d-%m-%Y %H:%M"), march);
        assert_eq!(guessed_format("14-03-2024"), Some("%d-%m-%Y"));
        assert_eq!(guessed_format("20240314"), Some("%Y%m%d"));
        assert_eq!(guessed_format("2024-03"), Some("%Y-%m"));
        assert_eq!(guessed_format("yesterday"), None);
    }

    #[test]
    fn periods_lags_and_years() {
        assert_eq!(period("2024-02"), Day::from_ymd(2024, 2, 29));
        assert_eq!(period("2024"), Day::from_ymd(2024, 12, 31));
        assert_eq!(period("24"), None);
        let new_year = Day::from_ymd(2024, 1, 31).unwrap();
        assert_eq!(Lag::parse("1 month").map(|lag| lag.after(new_year)), Day::from_ymd(2024, 2, 29));
        assert_eq!(Lag::parse("2 weeks").map(|lag| lag.after(new_year)), Day::from_ymd(2024, 2, 14));
        assert_eq!(Lag::parse("soon"), None);
        assert_eq!(year("2019JJ00"), Some(2019));
        assert_eq!(year("19"), None);
    }

    proptest! {
        #[test]
        fn iso_reads_what_day_writes(days in -300_000i32..2_000_000) {
            let written = Day(days).to_string();
            prop_assert_eq!(day(&written, ISO), Some(Day(days)));
        }

        #[test]
        fn no_text_panics(text in "\\PC*", comma: bool) {
            let _ = number(&text, comma);
            let _ = day(&text, ISO);
            let _ = day(&text, "%d-%m-%Y");
            let _ = guessed_format(&text);
            let _ = period(&text);
            let _ = year(&text);
        }
    }
}
