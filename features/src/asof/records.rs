//! Events and visits seen as one thing: dated records that may name a unit, an area, a place and values.

use models::Outcome;

use crate::tables::{Column, Day, Tables};

/// Where a source of records stands in the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordSource {
    Events(usize),
    Visits(usize),
}

/// A value that a record carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Column(usize),
    Outcome(OutcomeIs),
}

/// A visit's outcome as a value: 1 when it is this one, else 0; missing when the outcome is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutcomeIs {
    Found,
    NothingFound,
    NoAccess,
}

impl OutcomeIs {
    pub(crate) const NAMES: [(&'static str, Self); 3] =
        [("found", Self::Found), ("nothing_found", Self::NothingFound), ("no_access", Self::NoAccess)];

    fn of(self, outcome: Outcome) -> f32 {
        let holds = match outcome {
            Outcome::Unknown => return f32::NAN,
            Outcome::Found(_) => self == Self::Found,
            Outcome::NothingFound => self == Self::NothingFound,
            Outcome::NoAccess => self == Self::NoAccess,
        };
        if holds { 1.0 } else { 0.0 }
    }
}

/// The records of one source, sorted by date, then known-from date.
#[derive(Clone, Copy)]
pub(crate) struct Records<'a> {
    pub(crate) name: &'a str,
    pub(crate) date: &'a [Day],
    pub(crate) known_from: &'a [Day],
    pub(crate) unit: &'a [Option<u32>],
    pub(crate) area: &'a [Option<u32>],
    pub(crate) x: &'a [f64],
    pub(crate) y: &'a [f64],
    pub(crate) columns: &'a [Column],
    /// Of events.
    count: &'a [f32],
    /// Of visits.
    pub(crate) outcome: &'a [Outcome],
}

impl<'a> Records<'a> {
    /// `None` when the tables have no such source.
    pub(crate) fn of(tables: &'a Tables, source: RecordSource) -> Option<Self> {
        match source {
            RecordSource::Events(i) => tables.events.get(i).map(|e| Self {
                name: &e.source,
                date: &e.date,
                known_from: &e.known_from,
                unit: &e.unit,
                area: &e.area,
                x: &e.x,
                y: &e.y,
                columns: &e.columns,
                count: &e.count,
                outcome: &[],
            }),
            RecordSource::Visits(i) => tables.visits.get(i).map(|v| Self {
                name: &v.source,
                date: &v.date,
                known_from: &v.known_from,
                unit: &v.unit,
                area: &v.area,
                x: &v.x,
                y: &v.y,
                columns: &v.columns,
                count: &[],
                outcome: &v.outcome,
            }),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.date.len()
    }

    /// How many finds or incidents record `i` stands for; a visit is one.
    pub(crate) fn count(&self, i: usize) -> f64 {
        self.count.get(i).map_or(1.0, |&c| f64::from(c))
    }

    pub(crate) fn value(&self, value: Value, i: usize) -> f32 {
        match value {
            Value::Column(c) => self.columns[c].values[i],
            Value::Outcome(is) => is.of(self.outcome[i]),
        }
    }

    /// Whether record `i` may be used at `t`: it happened and was known strictly before.
    pub(crate) fn visible(&self, i: usize, t: Day) -> bool {
        self.known_from[i] < t && self.date[i] < t
    }

    /// Records that happened before `day`; they come first.
    pub(crate) fn before(&self, day: Day) -> usize {
        self.date.partition_point(|&d| d < day)
    }

    /// Records that happened in `(after, until]`.
    pub(crate) fn between(&self, after: Day, until: Day) -> std::ops::Range<usize> {
        let first = self.date.partition_point(|&d| d <= after);
        first..self.date.partition_point(|&d| d <= until).max(first)
    }
}
