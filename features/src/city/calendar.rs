//! The days that a city covers.

use chrono::{Datelike, NaiveDate};

use crate::tables::Day;

/// Years of records before the years that were asked for, so that history exists.
const BURN_IN: i32 = 2;

/// The period of the files, in yearly parts that end with the day of extraction.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    /// First day of each part, then the day of extraction, which is the first day after the period.
    pub edges: Vec<i32>,
    /// The year in which each part begins.
    pub years: Vec<i32>,
}

impl Calendar {
    /// The parts before `until`, the burn-in included.
    pub(crate) fn new(until: NaiveDate, years: u32) -> Self {
        let parts = i32::try_from(years).unwrap_or(30) + BURN_IN;
        let back = |n: i32| {
            until.with_year(until.year() - n).or_else(|| until.with_day(28)?.with_year(until.year() - n))
        };
        let edges: Vec<NaiveDate> = (0..=parts).rev().filter_map(back).collect();
        Self {
            years: edges.iter().take(edges.len().saturating_sub(1)).map(Datelike::year).collect(),
            edges: edges.into_iter().map(|d| Day::from(d).0).collect(),
        }
    }

    /// First day with records.
    pub(crate) fn start(&self) -> i32 {
        self.edges.first().copied().unwrap_or(0)
    }

    /// Day of extraction: nothing registered later is in the files.
    pub(crate) fn until(&self) -> i32 {
        self.edges.last().copied().unwrap_or(0)
    }

    /// The part that a day falls in.
    pub(crate) fn part(&self, day: i32) -> Option<usize> {
        (self.start()..self.until())
            .contains(&day)
            .then(|| self.edges.partition_point(|&edge| edge <= day) - 1)
    }

    /// Days that two spans have in common with a part.
    pub(crate) fn overlap(&self, part: usize, from: i32, to: i32) -> i32 {
        let (low, high) = (self.edges[part].max(from), self.edges[part + 1].min(to));
        (high - low).max(0)
    }

    /// Days in a part.
    pub(crate) fn length(&self, part: usize) -> i32 {
        self.edges[part + 1] - self.edges[part]
    }
}

/// The first day of a year.
pub(crate) fn new_year(year: i32) -> i32 {
    Day::from_ymd(year, 1, 1).map_or(0, |d| d.0)
}

/// The year of a day.
pub(crate) fn year_of(day: i32) -> i32 {
    Day(day).date().map_or(1970, |d| d.year())
}

/// This day, or the Monday after it when it falls in a weekend.
pub(crate) fn working_day(day: i32) -> i32 {
    // 1970-01-01 was a Thursday.
    match (day + 3).rem_euclid(7) {
        5 => day + 2,
        6 => day + 1,
        _ => day,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_end_with_the_extraction() {
        let calendar = Calendar::new(NaiveDate::from_ymd_opt(2026, 1, 1).unwrap(), 8);
        assert_eq!(calendar.years, (2016..2026).collect::<Vec<_>>());
        assert_eq!((calendar.start(), calendar.until()), (new_year(2016), new_year(2026)));
        assert_eq!(calendar.part(new_year(2026)), None);
        assert_eq!(calendar.part(new_year(2026) - 1), Some(9));
        assert_eq!(calendar.part(new_year(2016)), Some(0));
        assert_eq!(calendar.overlap(1, new_year(2017) - 5, new_year(2017) + 5), 5);
        let leap = Calendar::new(NaiveDate::from_ymd_opt(2020, 2, 29).unwrap(), 1);
        assert_eq!(leap.edges.len(), 4);
    }

    #[test]
    fn weekends_move_to_monday() {
        // 2024-06-01 was a Saturday.
        let saturday = Day::from_ymd(2024, 6, 1).unwrap().0;
        assert_eq!(working_day(saturday), saturday + 2);
        assert_eq!(working_day(saturday + 1), saturday + 2);
        assert_eq!(working_day(saturday + 2), saturday + 2);
        assert_eq!(working_day(saturday - 1), saturday - 1);
    }
}
