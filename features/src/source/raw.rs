//! What every reader makes of its file: named columns of text with the line of each row, and shapes.

use std::collections::BTreeMap;

use geo::Geometry;

use super::mapping::Resolved;
use super::prints::RowDigests;
use super::report::Place;

/// A coordinate system that files come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crs {
    /// EPSG:28992.
    Rd,
    /// Longitude and latitude in degrees.
    Wgs84,
}

/// The text of a column's cells, one after the other; empty is missing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cells {
    text: String,
    ends: Vec<usize>,
    /// The file itself knew numbers and dates: they stand here with a decimal point and as `YYYY-MM-DD`.
    pub(crate) typed: bool,
}

impl Cells {
    pub(crate) fn typed(typed: bool) -> Self {
        Self { typed, ..Self::default() }
    }

    pub(crate) fn push(&mut self, cell: &str) {
        self.text.push_str(cell.trim());
        self.ends.push(self.text.len());
    }

    pub(crate) fn get(&self, row: usize) -> &str {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.text[start..self.ends[row]]
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|row| self.get(row))
    }

    fn keep(&self, rows: &[bool]) -> Self {
        let mut kept = Self::typed(self.typed);
        for (cell, _) in self.iter().zip(rows).filter(|(_, keep)| **keep) {
            kept.push(cell);
        }
        kept
    }
}

/// What a reader gives.
#[derive(Debug, Default)]
pub(crate) struct Content {
    pub(crate) columns: BTreeMap<String, Cells>,
    /// Line of each row in a text file, row or feature number from 1 in others.
    pub(crate) lines: Vec<u64>,
    pub(crate) shapes: Option<Vec<Option<Geometry<f64>>>>,
    pub(crate) crs: Option<Crs>,
    /// Rows that could not be taken up, by reason; only beside an error.
    pub(crate) dropped: BTreeMap<String, u64>,
}

/// A file, read and held against the mapping; rows that `only` leaves out are gone.
#[derive(Debug)]
pub(crate) struct RawTable {
    pub(crate) place: Place,
    /// Position of the file in the report.
    pub(crate) file: usize,
    pub(crate) resolved: Resolved,
    pub(crate) columns: BTreeMap<String, Cells>,
    pub(crate) lines: Vec<u64>,
    /// Of all rows of the file, also those that `only` leaves out.
    pub(crate) digests: RowDigests,
    pub(crate) shapes: Option<Vec<Option<Geometry<f64>>>>,
    pub(crate) crs: Option<Crs>,
    pub(crate) levels: Vec<String>,
}

impl RawTable {
    pub(crate) fn rows(&self) -> usize {
        self.lines.len()
    }

    /// The cells of one of our fields, where mapped.
    pub(crate) fn field(&self, field: &str) -> Option<&Cells> {
        self.columns.get(self.resolved.fields.get(field)?)
    }

    /// The file's name of one of our fields.
    pub(crate) fn column_of(&self, field: &str) -> &str {
        self.resolved.fields.get(field).map_or("", String::as_str)
    }

    /// Leaves rows out for good; gives how many.
    pub(crate) fn keep(&mut self, rows: &[bool]) -> u64 {
        let gone = rows.iter().filter(|keep| !**keep).count();
        if gone == 0 {
            return 0;
        }
        for cells in self.columns.values_mut() {
            *cells = cells.keep(rows);
        }
        let mut at = rows.iter();
        self.lines.retain(|_| at.next().copied().unwrap_or(false));
        if let Some(shapes) = &mut self.shapes {
            let mut at = rows.iter();
            shapes.retain(|_| at.next().copied().unwrap_or(false));
        }
        gone as u64
    }
}
