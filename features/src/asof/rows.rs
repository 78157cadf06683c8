//! The rows at an as-of date: cohort, features, outcome, exposure.

use std::sync::Arc;

use models::{Matrix, Outcome};
use rayon::prelude::*;

use super::AsofError;
use super::cohort::{Cohort, LeftOut, NONE, cohort};
use super::columns::{Room, emit, gathered};
use super::figures::newest;
use super::index::Index;
use super::outcome::Outcomes;
use super::plan::{Plain, Plan, Step, StepKind};
use super::span::year_of;
use crate::spec::UnitOfStudy;
use crate::tables::{Day, Tables};

/// All rows at one as-of date, in the order of the units (or areas).
#[derive(Clone, Debug)]
pub struct Rows {
    /// The as-of date.
    pub as_of: Day,
    /// Position in `Units::id`, or in `Areas` for area studies.
    pub unit: Vec<u32>,
    /// Position in `Areas` of the most detailed area; `None` outside all.
    pub area: Vec<Option<u32>>,
    /// The features.
    pub matrix: Matrix,
    /// Exposure per row, above 0.
    pub exposure: Vec<f64>,
    /// Outcome per row over `(as_of, as_of + horizon]`.
    pub outcome: Vec<Outcome>,
    /// Whether the outcome is complete: as-of + horizon + reporting delay has passed.
    pub complete: bool,
    /// Finds in the horizon that belong to no row: without unit (or area), or of one outside the cohort.
    pub finds_outside: u64,
    /// Units that exist at the date but have no exposure, and so no row.
    pub left_out: LeftOut,
}

/// What all steps read at one as-of date.
pub(crate) struct Frame<'a> {
    pub(crate) study: UnitOfStudy,
    pub(crate) tables: &'a Tables,
    pub(crate) t: Day,
    pub(crate) cohort: Cohort,
    pub(crate) index: Arc<Index>,
    pub(crate) room: &'a Room,
}

impl Frame<'_> {
    /// Per row, the area of this level that it lies in.
    pub(crate) fn areas(&self, level: u8) -> Vec<u32> {
        self.cohort.area.par_iter().map(|&area| self.index.lifted(level, area)).collect()
    }
}

impl Plan {
    /// Cohort, features, outcome and exposure at `as_of`. The outcome rests on everything in the tables;
    /// it is complete when the day of extraction is late enough.
    ///
    /// # Errors
    /// When the tables have other sources or columns than those that the plan was made for.
    pub fn rows(&self, tables: &Tables, as_of: Day) -> Result<Rows, AsofError> {
        self.rows_with(tables, as_of, None)
    }

    /// As [`Plan::rows`], with the outcome as it was known at `known_by`: from records known strictly
    /// before that day. For training inside a split. A row set that is not `complete` by then is not to be
    /// trained on: what nobody has reported yet looks like nothing.
    ///
    /// # Errors
    /// As [`Plan::rows`].
    pub fn rows_known_at(&self, tables: &Tables, as_of: Day, known_by: Day) -> Result<Rows, AsofError> {
        self.rows_with(tables, as_of, Some(known_by))
    }

    /// Only the outcome of rows that were computed before, as it was known at `known_by` (`None`: now).
    /// Saves computing the features again for every split.
    ///
    /// # Errors
    /// As [`Plan::rows`].
    pub fn outcomes(
        &self,
        tables: &Tables,
        rows: &Rows,
        known_by: Option<Day>,
    ) -> Result<Outcomes, AsofError> {
        self.check_tables(tables)?;
        Ok(self.observe(tables, &self.index(tables), &rows.unit, rows.as_of, known_by))
    }

    fn rows_with(&self, tables: &Tables, as_of: Day, known_by: Option<Day>) -> Result<Rows, AsofError> {
        self.check_tables(tables)?;
        let cohort = cohort(self.study, self.exposure, tables, as_of)?;
        let frame = Frame {
            study: self.study,
            tables,
            t: as_of,
            cohort,
            index: self.index(tables),
            room: &self.room,
        };
        let mut columns = Vec::with_capacity(self.schema().features.len());
        for step in &self.steps {
            step.add_columns(&frame, &mut columns);
        }
        let n = frame.cohort.rows();
        let matrix = Matrix::new(self.schema().clone(), columns, n)?;
        let outcomes = self.observe(tables, &frame.index, &frame.cohort.subject, as_of, known_by);
        let Cohort { subject, area, exposure, left_out, .. } = frame.cohort;
        Ok(Rows {
            as_of,
            unit: subject,
            area: area.iter().map(|&a| (a != NONE).then_some(a)).collect(),
            matrix,
            exposure,
            outcome: outcomes.outcome,
            complete: outcomes.complete,
            finds_outside: outcomes.finds_outside,
            left_out,
        })
    }
}

impl Step {
    fn add_columns(&self, frame: &Frame<'_>, columns: &mut Vec<Vec<f32>>) {
        let values = match &self.kind {
            StepKind::Gather(gather) => gathered(gather, frame),
            StepKind::Plain { from, column, years } => vec![plain(*from, *column, *years, frame)],
            StepKind::Published { figures, column, level } => {
                let areas = frame.tables.areas.code.len();
                let newest = newest(&frame.tables.figures[*figures], *column, areas, frame.t);
                vec![by_position(&newest, &frame.areas(*level))]
            }
        };
        for column in values {
            let flag =
                self.missing_flag.then(|| column.iter().map(|v| f32::from(u8::from(v.is_nan()))).collect());
            columns.push(column);
            columns.extend(flag);
        }
    }
}

fn plain(from: Plain, column: usize, years: bool, frame: &Frame<'_>) -> Vec<f32> {
    let (columns, positions) = match (from, frame.study) {
        (Plain::Own, UnitOfStudy::Pand) => (&frame.tables.units.columns, frame.cohort.record.clone()),
        (Plain::Own, UnitOfStudy::Area) => (&frame.tables.areas.columns, frame.cohort.record.clone()),
        (Plain::Area(level), _) => (&frame.tables.areas.columns, frame.areas(level)),
    };
    let mut values = by_position(&columns[column].values, &positions);
    if years {
        #[expect(clippy::cast_precision_loss, reason = "years are small")]
        let now = year_of(frame.t).map_or(f32::NAN, |y| y as f32);
        values.iter_mut().for_each(|v| *v = now - *v);
    }
    values
}

fn by_position(values: &[f32], positions: &[u32]) -> Vec<f32> {
    let column = emit(positions.len(), 1, |row, out| {
        out[0] = values.get(positions[row] as usize).copied().unwrap_or(f32::NAN)
    });
    column.into_iter().next().unwrap_or_default()
}
