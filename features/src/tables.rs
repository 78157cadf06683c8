//! The checked tables: what the sources become, and all that feature computation may read.
//!
//! Dates are [`Day`]s. Coordinates are planar metres (RD New for Dutch studies, otherwise a local
//! projection). Missing numbers are NaN. Units, areas and events refer to each other by position.

use serde::{Deserialize, Serialize};

/// A calendar day, as days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// Before every date of any source: an open start.
    pub const MIN: Self = Self(i32::MIN);
    /// After every date of any source: an open end.
    pub const MAX: Self = Self(i32::MAX);

    /// From year, month (1-12) and day of the month; `None` when there is no such day.
    #[must_use]
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        chrono::NaiveDate::from_ymd_opt(year, month, day).map(Self::from)
    }

    /// As a calendar date; `None` for the open start and end.
    #[must_use]
    pub fn date(self) -> Option<chrono::NaiveDate> {
        chrono::NaiveDate::from_ymd_opt(1970, 1, 1)?
            .checked_add_signed(chrono::TimeDelta::days(i64::from(self.0)))
    }

    /// This many days later (earlier when negative); open ends stay open.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        if self == Self::MIN || self == Self::MAX { self } else { Self(self.0.saturating_add(days)) }
    }
}

impl From<chrono::NaiveDate> for Day {
    fn from(date: chrono::NaiveDate) -> Self {
        let epoch = chrono::NaiveDate::default();
        // A NaiveDate spans about 262,000 years either way: fewer than 2^27 days.
        #[expect(clippy::cast_possible_truncation, reason = "fewer than 2^27 days")]
        Self(date.signed_duration_since(epoch).num_days() as i32)
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.date() {
            Some(date) => write!(f, "{date}"),
            None => write!(f, "{}", if *self < Self(0) { "open start" } else { "open end" }),
        }
    }
}

/// Everything a study's features may read.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// The areas of all levels.
    pub areas: Areas,
    /// The units (panden), empty in an area study.
    pub units: Units,
    /// Events by source, in the order of the study.
    pub events: Vec<Events>,
    /// Visits by source, in the order of the study.
    pub visits: Vec<Visits>,
    /// Published area figures by source, in the order of the study.
    pub figures: Vec<AreaFigures>,
}

/// The areas of all levels, sorted by level (most detailed first), then code.
#[derive(Clone, Debug, Default)]
pub struct Areas {
    /// Level names, most detailed first, for instance `buurt, wijk, gemeente`.
    pub levels: Vec<String>,
    /// CBS code per area.
    pub code: Vec<String>,
    /// Name per area.
    pub name: Vec<String>,
    /// Position in `levels`.
    pub level: Vec<u8>,
    /// The area one level up that this one lies in.
    pub parent: Vec<Option<u32>>,
    /// Geometry in planar metres; `None` where the source has none.
    pub shape: Vec<Option<geo::MultiPolygon<f64>>>,
    /// The same geometry in WGS84 (longitude, latitude), for publication.
    pub shape_wgs84: Vec<Option<geo::MultiPolygon<f64>>>,
    /// A point inside the area, planar metres; NaN where unknown.
    pub x: Vec<f64>,
    /// See `x`.
    pub y: Vec<f64>,
    /// Plain columns (land area, urbanity, households) that do not change over time.
    pub columns: Vec<Column>,
}

/// Occurrences (voorkomens) of units, sorted by unit, then `valid_from`. A unit without history has one.
#[derive(Clone, Debug, Default)]
pub struct Units {
    /// Id per unit, sorted.
    pub id: Vec<String>,
    /// Per occurrence: position in `id`.
    pub unit: Vec<u32>,
    /// Per occurrence: first day it holds.
    pub valid_from: Vec<Day>,
    /// Per occurrence: first day it no longer holds; `Day::MAX` when open.
    pub valid_to: Vec<Day>,
    /// Per occurrence: day since when it is known; a value is visible at `t` when this is before `t`.
    pub known_from: Vec<Day>,
    /// Per occurrence: false when it is registered but is not part of the stock (demolished, only licensed).
    pub exists: Vec<bool>,
    /// Per occurrence: planar metres.
    pub x: Vec<f64>,
    /// Per occurrence: planar metres.
    pub y: Vec<f64>,
    /// Per occurrence: position in `Areas` of its most detailed area; `None` when outside all.
    pub area: Vec<Option<u32>>,
    /// Per occurrence: plain columns.
    pub columns: Vec<Column>,
}

/// A plain column, one value per row of its table.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Name in the study.
    pub name: String,
    /// Values; NaN is missing; for a nominal column the position in `categories`.
    pub values: Vec<f32>,
    /// Names of the categories, sorted; empty for a numeric column.
    pub categories: Vec<String>,
}

/// Events of one source (finds, signals, incidents), sorted by event date, then known-from date.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// Name of the source in the study.
    pub source: String,
    /// Day it happened.
    pub date: Vec<Day>,
    /// Day it was known (registered).
    pub known_from: Vec<Day>,
    /// Position in `Units::id`, where the event names a unit.
    pub unit: Vec<Option<u32>>,
    /// Position in `Areas` of the most detailed area, where known.
    pub area: Vec<Option<u32>>,
    /// Planar metres; NaN where unknown.
    pub x: Vec<f64>,
    /// Planar metres; NaN where unknown.
    pub y: Vec<f64>,
    /// How many finds or incidents the row stands for (1 for a single event).
    pub count: Vec<f32>,
    /// Further value columns (for sums, means and last values).
    pub columns: Vec<Column>,
}

/// Visits (controles) of one source, sorted by visit date, then known-from date.
#[derive(Clone, Debug, Default)]
pub struct Visits {
    /// Name of the source in the study.
    pub source: String,
    /// Day of the visit.
    pub date: Vec<Day>,
    /// Day its outcome was known.
    pub known_from: Vec<Day>,
    /// Position in `Units::id`, where the visit names a unit.
    pub unit: Vec<Option<u32>>,
    /// Position in `Areas` of the most detailed area, where known.
    pub area: Vec<Option<u32>>,
    /// Planar metres; NaN where unknown.
    pub x: Vec<f64>,
    /// Planar metres; NaN where unknown.
    pub y: Vec<f64>,
    /// What it gave.
    pub outcome: Vec<models::Outcome>,
    /// Why the visit was made.
    pub reason: Vec<VisitReason>,
    /// Position on the list, where it came from a list.
    pub list_position: Vec<Option<u32>>,
    /// Selection probability, where known; NaN otherwise.
    pub probability: Vec<f32>,
    /// Further value columns.
    pub columns: Vec<Column>,
}

/// Why a visit was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitReason {
    /// A tip or signal.
    Tip,
    /// Taken from a ranked list.
    List,
    /// Routine.
    Routine,
    /// Because of a find next door.
    Neighbour,
    /// Drawn at random.
    Random,
    /// Not recorded.
    Unknown,
}

/// Published key figures of areas, one row per area and reference year.
#[derive(Clone, Debug, Default)]
pub struct AreaFigures {
    /// Name of the source in the study.
    pub source: String,
    /// Position in `Areas`.
    pub area: Vec<u32>,
    /// Reference year.
    pub year: Vec<i32>,
    /// Day of publication; a figure is visible at `t` when this is before `t`.
    pub published: Vec<Day>,
    /// The figures; secret and missing cells are NaN.
    pub columns: Vec<Column>,
    /// Per column, per row: true where the publisher withheld the value (secret), false where it is absent or present.
    pub secret: Vec<Vec<bool>>,
}
