//! The scrambled-future proof: features as of `t` do not change when everything known later does.

use super::{AsofError, Calendar, Plan, Rows, scramble};
use crate::spec::{FeatureSpec, Target, UnitOfStudy};
use crate::tables::{Day, Tables};

/// The proof for a number of as-of dates.
#[derive(Clone, Debug, PartialEq)]
pub struct ScrambleReport {
    /// Per as-of date.
    pub dates: Vec<DateProof>,
}

impl ScrambleReport {
    /// Whether no date noticed anything of the scrambled future.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.dates.iter().all(|d| d.difference.is_none())
    }
}

/// The proof for one as-of date.
#[derive(Clone, Debug, PartialEq)]
pub struct DateProof {
    /// The as-of date.
    pub as_of: Day,
    /// Rows compared.
    pub rows: usize,
    /// Feature columns compared.
    pub features: usize,
    /// Records of all sources that were known at or after the date, and so were replaced.
    pub replaced: usize,
    /// The first thing that differs; `None` when everything is the same bit for bit.
    pub difference: Option<Difference>,
}

/// Something that knew of the future.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// Other rows: the row at this position belongs to another unit or area, or is missing.
    Cohort {
        /// Position of the first row that differs.
        row: usize,
    },
    /// The area or exposure of a row.
    Row {
        /// Position of the row.
        row: usize,
        /// Id of the unit, or code of the area.
        id: String,
    },
    /// A value of a feature.
    Feature {
        /// Name of the column.
        feature: String,
        /// Position of the row.
        row: usize,
        /// Id of the unit, or code of the area.
        id: String,
        /// Value from the tables as they are.
        original: f32,
        /// Value with the future scrambled.
        scrambled: f32,
    },
    /// The columns themselves, or their kinds or categories.
    Schema,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cohort { row } => write!(f, "the cohort changes, from row {row} on"),
            Self::Row { row, id } => write!(f, "the area or exposure of `{id}` (row {row}) changes"),
            Self::Feature { feature, row, id, original, scrambled } => {
                write!(
                    f,
                    "feature `{feature}` of `{id}` (row {row}) is {original}, but {scrambled} with the future scrambled"
                )
            }
            Self::Schema => write!(f, "the columns or their categories change"),
        }
    }
}

/// Runs the proof: per date, everything known at or after it is replaced by noise (see [`scramble`]), the
/// features are computed anew from names to values, and compared bit for bit.
///
/// # Errors
/// When the features cannot be computed; see [`Plan::new`].
pub fn scramble_proof(
    unit: UnitOfStudy,
    features: &[FeatureSpec],
    target: &Target,
    calendar: &Calendar,
    tables: &Tables,
    dates: &[Day],
    seed: u64,
) -> Result<ScrambleReport, AsofError> {
    let plan = Plan::new(unit, features, target, calendar, tables)?;
    let mut report = ScrambleReport { dates: Vec::new() };
    for &t in dates {
        let original = plan.rows(tables, t)?;
        let noisy = scramble(tables, t, seed);
        let other = Plan::new(unit, features, target, calendar, &noisy)?;
        let difference = first_difference(unit, tables, &original, &other.rows(&noisy, t)?);
        report.dates.push(DateProof {
            as_of: t,
            rows: original.unit.len(),
            features: plan.schema().features.len(),
            replaced: known_later(tables, t),
            difference,
        });
    }
    Ok(report)
}

fn known_later(tables: &Tables, t: Day) -> usize {
    let events = tables.events.iter().map(|e| &e.known_from);
    let visits = tables.visits.iter().map(|v| &v.known_from);
    let figures = tables.figures.iter().map(|f| &f.published);
    let all = events.chain(visits).chain(figures).chain([&tables.units.known_from]);
    all.flatten().filter(|&&known| known >= t).count()
}

pub(crate) fn first_difference(unit: UnitOfStudy, tables: &Tables, a: &Rows, b: &Rows) -> Option<Difference> {
    if a.matrix.schema() != b.matrix.schema() {
        return Some(Difference::Schema);
    }
    if a.unit != b.unit {
        let row = a.unit.iter().zip(&b.unit).position(|(x, y)| x != y);
        return Some(Difference::Cohort { row: row.unwrap_or(a.unit.len().min(b.unit.len())) });
    }
    let id = |row: usize| {
        let names = match unit {
            UnitOfStudy::Pand => &tables.units.id,
            UnitOfStudy::Area => &tables.areas.code,
        };
        names.get(a.unit[row] as usize).cloned().unwrap_or_default()
    };
    let same_row = |r: usize| a.area[r] == b.area[r] && a.exposure[r].to_bits() == b.exposure[r].to_bits();
    if let Some(row) = (0..a.unit.len()).find(|&r| !same_row(r)) {
        return Some(Difference::Row { row, id: id(row) });
    }
    a.matrix.schema().features.iter().enumerate().find_map(|(j, feature)| {
        let (x, y) = (a.matrix.column(j), b.matrix.column(j));
        let row = x.iter().zip(y).position(|(x, y)| x.to_bits() != y.to_bits())?;
        Some(Difference::Feature {
            feature: feature.name.clone(),
            row,
            id: id(row),
            original: x[row],
            scrambled: y[row],
        })
    })
}
