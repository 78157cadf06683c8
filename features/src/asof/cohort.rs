//! Which rows there are at an as-of date.

use super::AsofError;
use crate::spec::UnitOfStudy;
use crate::tables::{Areas, Column, Day, Tables, Units};

/// Nothing: no area, no place.
pub(crate) const NONE: u32 = u32::MAX;

/// Rows that could not be part of the cohort for want of an exposure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Exposure is missing.
    pub missing_exposure: usize,
    /// Exposure is 0 or negative.
    pub no_exposure: usize,
}

/// The rows at one as-of date, in the order of the units (or areas).
pub(crate) struct Cohort {
    /// Position in `Units::id`, or in `Areas`.
    pub(crate) subject: Vec<u32>,
    /// Position in the table that holds the row's plain columns: an occurrence, or the area itself.
    pub(crate) record: Vec<u32>,
    /// Most detailed area, `NONE` outside all.
    pub(crate) area: Vec<u32>,
    pub(crate) exposure: Vec<f64>,
    pub(crate) left_out: LeftOut,
}

impl Cohort {
    pub(crate) fn rows(&self) -> usize {
        self.subject.len()
    }
}

/// Exposure of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exposure {
    One,
    /// A plain column of the units (pand study) or areas (area study).
    Column(usize),
}

/// Units with an occurrence that is known, valid and existing at `t`; or all areas of the most detailed level.
pub(crate) fn cohort(
    study: UnitOfStudy,
    exposure: Exposure,
    tables: &Tables,
    t: Day,
) -> Result<Cohort, AsofError> {
    let (records, columns): (Vec<(u32, u32)>, &[Column]) = match study {
        UnitOfStudy::Pand => (occurrences_at(&tables.units, t), &tables.units.columns),
        UnitOfStudy::Area => {
            let n = most_detailed(&tables.areas);
            ((0..n).map(|a| (a, a)).collect(), &tables.areas.columns)
        }
    };
    let column = match exposure {
        Exposure::One => None,
        Exposure::Column(c) => Some(columns.get(c).ok_or_else(|| {
            AsofError::OtherTables(format!("{} plain columns, the exposure is number {c}", columns.len()))
        })?),
    };
    let mut cohort = Cohort {
        subject: Vec::with_capacity(records.len()),
        record: Vec::with_capacity(records.len()),
        area: Vec::with_capacity(records.len()),
        exposure: Vec::with_capacity(records.len()),
        left_out: LeftOut::default(),
    };
    for (subject, record) in records {
        let exposure = column.map_or(1.0, |c| f64::from(c.values[record as usize]));
        if exposure.is_nan() {
            cohort.left_out.missing_exposure += 1;
        } else if exposure <= 0.0 {
            cohort.left_out.no_exposure += 1;
        } else {
            cohort.subject.push(subject);
            cohort.record.push(record);
            cohort.exposure.push(exposure);
            cohort.area.push(match study {
                UnitOfStudy::Pand => tables.units.area[record as usize].unwrap_or(NONE),
                UnitOfStudy::Area => record,
            });
        }
    }
    Ok(cohort)
}

/// Number of areas of the most detailed level; they come first.
pub(crate) fn most_detailed(areas: &Areas) -> u32 {
    u32::try_from(areas.level.partition_point(|&level| level == 0)).unwrap_or(NONE)
}

/// Per unit in the cohort at `t`: (unit, occurrence).
fn occurrences_at(units: &Units, t: Day) -> Vec<(u32, u32)> {
    let mut found = Vec::with_capacity(units.id.len());
    let mut start = 0;
    while start < units.unit.len() {
        let unit = units.unit[start];
        let mut end = start + 1;
        while end < units.unit.len() && units.unit[end] == unit {
            end += 1;
        }
        if let Some(occurrence) = occurrence_at(units, start..end, t)
            && units.exists[occurrence]
        {
            found.push((unit, u32::try_from(occurrence).unwrap_or(NONE)));
        }
        start = end;
    }
    found
}

/// Of the occurrences of one unit that are known and valid at `t`, the one that began last (of those that
/// began on one day, the one that was known last: a correction).
fn occurrence_at(units: &Units, range: std::ops::Range<usize>, t: Day) -> Option<usize> {
    range
        .clone()
        .filter(|&o| {
            units.known_from[o] < t && units.valid_from[o] <= t && holds_at(units, range.clone(), o, t)
        })
        .max_by_key(|&o| (units.valid_from[o], units.known_from[o], o))
}

/// Whether, by what is known at `t`, occurrence `o` still holds. Its end is known from the occurrences that
/// take over on that day; while none of those is known, the end is not known either.
fn holds_at(units: &Units, range: std::ops::Range<usize>, o: usize, t: Day) -> bool {
    t < units.valid_to[o] || end_known_later(units, range, o, t)
}

/// Whether the end of occurrence `o` came to be known at or after `t`: others take over on that day and
/// none of them was known before `t`.
pub(crate) fn end_known_later(units: &Units, range: std::ops::Range<usize>, o: usize, t: Day) -> bool {
    let mut successors = range.filter(|&s| s != o && units.valid_from[s] == units.valid_to[o]).peekable();
    successors.peek().is_some() && successors.all(|s| units.known_from[s] >= t)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One unit: (valid_from, valid_to, known_from, exists).
    fn units(occurrences: &[(i32, i32, i32, bool)]) -> Units {
        Units {
            id: vec!["a".to_owned()],
            unit: vec![0; occurrences.len()],
            valid_from: occurrences.iter().map(|o| Day(o.0)).collect(),
            valid_to: occurrences.iter().map(|o| Day(o.1)).collect(),
            known_from: occurrences.iter().map(|o| Day(o.2)).collect(),
            exists: occurrences.iter().map(|o| o.3).collect(),
            x: vec![0.0; occurrences.len()],
            y: vec![0.0; occurrences.len()],
            area: vec![None; occurrences.len()],
            columns: vec![],
        }
    }

    fn at(occurrences: &[(i32, i32, i32, bool)], t: i32) -> Option<u32> {
        occurrences_at(&units(occurrences), Day(t)).first().map(|f| f.1)
    }

    #[test]
    fn known_strictly_before_and_valid_on_the_day() {
        let one = [(10, 20, 10, true)];
        assert_eq!(at(&one, 10), None, "known on the day itself is too late");
        assert_eq!(at(&one, 11), Some(0));
        assert_eq!(at(&one, 19), Some(0));
        assert_eq!(at(&one, 20), None, "no longer holds on its last day");
        assert_eq!(at(&[(10, 20, 5, true)], 9), None, "known early, but not built yet");
        assert_eq!(at(&[(10, 20, 5, true)], 10), Some(0));
    }

    #[test]
    fn the_latest_known_wins() {
        let two = [(0, i32::MAX, 0, true), (10, i32::MAX, 15, true)];
        assert_eq!(at(&two, 15), Some(0));
        assert_eq!(at(&two, 16), Some(1));
        let correction = [(0, i32::MAX, 30, true), (0, i32::MAX, 5, true)];
        assert_eq!(at(&correction, 20), Some(1));
        assert_eq!(at(&correction, 31), Some(0));
    }

    #[test]
    fn a_demolition_counts_once_it_is_known() {
        let demolished = [(0, 10, 0, true), (10, i32::MAX, 15, false)];
        assert_eq!(at(&demolished, 9), Some(0));
        assert_eq!(at(&demolished, 12), Some(0), "on day 12 nobody knows of it yet");
        assert_eq!(at(&demolished, 15), Some(0));
        assert_eq!(at(&demolished, 16), None);
    }

    #[test]
    fn rows_without_exposure_are_counted() {
        let mut tables = Tables { units: units(&[(0, i32::MAX, 0, true)]), ..Tables::default() };
        for (value, missing, none, rows) in [(f32::NAN, 1, 0, 0), (0.0, 0, 1, 0), (2.0, 0, 0, 1)] {
            tables.units.columns =
                vec![Column { name: "wonen".to_owned(), values: vec![value], categories: vec![] }];
            let cohort = cohort(UnitOfStudy::Pand, Exposure::Column(0), &tables, Day(5)).unwrap();
            assert_eq!(cohort.rows(), rows);
            assert_eq!(cohort.left_out, LeftOut { missing_exposure: missing, no_exposure: none });
        }
    }
}
