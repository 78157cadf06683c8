//! The rows of all as-of dates under one another.

use features::asof::{Plan, Rows};
use features::tables::{Day, Tables};
use models::{Matrix, Outcome};
use rayon::prelude::*;

use super::PipelineError;
use crate::progress::Stage;

/// The rows of all as-of dates, in order of date.
pub(crate) struct Stack {
    /// As-of dates.
    pub(crate) dates: Vec<Day>,
    /// Row `i` of date `d` stands at `start[d] + i`; one more entry than dates.
    pub(crate) start: Vec<usize>,
    /// Features.
    pub(crate) matrix: Matrix,
    /// Unit (or area) per row.
    pub(crate) unit: Vec<u32>,
    /// Most detailed area per row.
    pub(crate) area: Vec<Option<u32>>,
    /// Exposure per row.
    pub(crate) exposure: Vec<f64>,
    /// Outcome per row, as known when the data were extracted.
    pub(crate) outcome: Vec<Outcome>,
}

impl Stack {
    /// Computes the rows of every date.
    pub(crate) fn build(plan: &Plan, tables: &Tables, dates: &[Day]) -> Result<Self, PipelineError> {
        let stage = Stage::new("features", dates.len() as u64);
        let parts: Vec<Rows> = dates
            .par_iter()
            .map(|&date| {
                let rows = plan.rows(tables, date);
                stage.step();
                rows
            })
            .collect::<Result<_, _>>()?;
        Self::join(plan, dates, parts)
    }

    fn join(plan: &Plan, dates: &[Day], parts: Vec<Rows>) -> Result<Self, PipelineError> {
        let mut start = vec![0];
        let total: usize = parts.iter().map(|p| p.unit.len()).sum();
        let mut columns: Vec<Vec<f32>> = plan.schema().features.iter().map(|_| Vec::with_capacity(total)).collect();
        let (mut unit, mut area, mut exposure, mut outcome) = (vec![], vec![], vec![], vec![]);
        for part in parts {
            for (j, column) in columns.iter_mut().enumerate() {
                column.extend_from_slice(part.matrix.column(j));
            }
            unit.extend(part.unit);
            area.extend(part.area);
            exposure.extend(part.exposure);
            outcome.extend(part.outcome);
            start.push(unit.len());
        }
        let matrix = Matrix::new(plan.schema().clone(), columns, total)?;
        Ok(Self { dates: dates.to_vec(), start, matrix, unit, area, exposure, outcome })
    }

    /// The rows of date number `d`.
    pub(crate) fn rows_of(&self, d: usize) -> std::ops::Range<usize> {
        self.start[d]..self.start[d + 1]
    }
}
