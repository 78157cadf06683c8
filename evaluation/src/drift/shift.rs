//! Has a column changed between two dates by more than chance alone would? The population stability index, with a limit
//! that follows from the areas.
//!
//! The same panden stand in both samples, and the panden of one area change together. So rows are no units of chance;
//! areas are. When nothing changed, an area's difference between the dates is as likely to be the other way round, so
//! the limit comes from giving the areas' differences random signs (a wild cluster test: Wu, 1986; Cameron, Gelbach
//! and Miller, 2008). It knows the likeness within areas and between dates without being told.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::bins::Bins;
use crate::interval::quantile_of_sorted;

/// Number of the area of each row, at both dates. Areas are the units of chance; a number of its own for each row where
/// rows are independent.
#[derive(Clone, Copy, Debug)]
pub struct Dates<'a> {
    /// At the date of the model.
    pub before: &'a [u32],
    /// At the new date.
    pub after: &'a [u32],
}

/// A column at both dates; missing values are NaN.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// Its name.
    pub name: &'a str,
    /// Values at the date of the model, as many as `Dates::before`.
    pub before: &'a [f32],
    /// Values at the new date.
    pub after: &'a [f32],
    /// Whether values are numbers of categories.
    pub categories: bool,
}

/// How strictly is tested.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Chance of any false alarm in all tests together.
    pub level: f64,
    /// Number of tests that share it (Bonferroni).
    pub tests: usize,
    /// Seed of the signs.
    pub seed: u64,
    /// Number of draws of signs.
    pub draws: usize,
}

impl Plan {
    /// The level of one test.
    #[must_use]
    pub fn level_of_one(self) -> f64 {
        self.level / self.tests.max(1) as f64
    }
}

/// How far a column has shifted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// Name of the column.
    pub name: String,
    /// Stability index `Σ (q - p) ln(q / p)` over the classes, half a row added to each.
    pub psi: f64,
    /// What the index stays below by chance at the level of one test, for this number of areas and rows. Absent when
    /// there are too few areas to tell.
    pub limit: Option<f64>,
    /// Chance of such an index when nothing changed. Absent likewise.
    pub p: Option<f64>,
    /// Whether the index passes its limit.
    pub alarm: bool,
    /// Share of missing values at both dates.
    pub missing: (f64, f64),
    /// Rows at both dates.
    pub rows: (u64, u64),
    /// Areas with rows.
    pub areas: u64,
}

/// Tests every column. The signs of a draw are the same for all columns, so that the answer does not depend on their order.
#[must_use]
pub fn shifts(dates: Dates<'_>, columns: &[Column<'_>], plan: Plan) -> Vec<Shift> {
    columns.par_iter().map(|column| shift(dates, *column, plan)).collect()
}

fn shift(dates: Dates<'_>, column: Column<'_>, plan: Plan) -> Shift {
    let bins = Bins::of(column.before, column.after, column.categories);
    let before = Table::of(dates.before, column.before, &bins);
    let after = Table::of(dates.after, column.after, &bins);
    let (p, q) = (before.shares(), after.shares());
    let middle: Vec<f64> = p.iter().zip(&q).map(|(p, q)| f64::midpoint(*p, *q)).collect();
    let half_a_row = 0.5 / before.rows.min(after.rows).max(1.0);
    let index = |difference: &[f64]| index(&middle, difference, half_a_row);
    let difference: Vec<f64> = p.iter().zip(&q).map(|(p, q)| q - p).collect();
    let psi = index(&difference);
    let residuals = residuals(&before, &after, &middle);
    let areas = residuals.len() as u64;
    let chance = (smallest_chance(areas) <= plan.level_of_one() && before.rows > 0.0 && after.rows > 0.0)
        .then(|| by_signs(&residuals, plan, &index));
    let limit = chance.as_ref().and_then(|drawn| quantile_of_sorted(drawn, 1.0 - plan.level_of_one()));
    let p_value = chance.map(|drawn| {
        let beyond = drawn.len() - drawn.partition_point(|x| *x < psi - 1e-15);
        (1 + beyond) as f64 / (1 + drawn.len()) as f64
    });
    Shift {
        name: column.name.to_owned(),
        psi,
        limit,
        p: p_value,
        alarm: p_value.is_some_and(|p| p <= plan.level_of_one()),
        missing: (p[bins.count() - 1], q[bins.count() - 1]),
        rows: (before.rows as u64, after.rows as u64),
        areas,
    }
}

/// With so few areas, turning signs gives so few different answers that no index could be rare.
fn smallest_chance(areas: u64) -> f64 {
    2.0_f64.powf(1.0 - areas as f64)
}

/// Counts per area and class.
struct Table {
    rows: f64,
    /// By area, then class.
    counts: Vec<Vec<f64>>,
    classes: usize,
}

impl Table {
    fn of(areas: &[u32], values: &[f32], bins: &Bins) -> Self {
        let number = areas.iter().max().map_or(0, |most| *most as usize + 1);
        let classes = bins.count();
        let mut counts = vec![vec![0.0; classes]; number];
        for (area, value) in areas.iter().zip(values) {
            counts[*area as usize][bins.class(*value)] += 1.0;
        }
        Self { rows: values.len() as f64, counts, classes }
    }

    fn shares(&self) -> Vec<f64> {
        (0..self.classes)
            .map(|class| self.counts.iter().map(|area| area[class]).sum::<f64>() / self.rows.max(1.0))
            .collect()
    }

    /// What an area adds to the shares, less what it would add if it were as all areas are.
    fn beyond(&self, area: usize, class: usize, middle: &[f64]) -> f64 {
        let Some(counts) = self.counts.get(area) else { return 0.0 };
        (counts[class] - counts.iter().sum::<f64>() * middle[class]) / self.rows.max(1.0)
    }
}

/// Per area with rows, what it adds to the difference between the dates.
fn residuals(before: &Table, after: &Table, middle: &[f64]) -> Vec<Vec<f64>> {
    let areas = before.counts.len().max(after.counts.len());
    let filled = |table: &Table, area: usize| {
        table.counts.get(area).is_some_and(|counts| counts.iter().any(|count| *count > 0.0))
    };
    (0..areas)
        .filter(|area| filled(before, *area) || filled(after, *area))
        .map(|area| {
            (0..middle.len())
                .map(|class| after.beyond(area, class, middle) - before.beyond(area, class, middle))
                .collect()
        })
        .collect()
}

/// The index of shares that differ by `difference` around their middle.
fn index(middle: &[f64], difference: &[f64], half_a_row: f64) -> f64 {
    let parts = middle.iter().zip(difference).map(|(middle, difference)| {
        let p = (middle - difference / 2.0).max(0.0) + half_a_row;
        let q = (middle + difference / 2.0).max(0.0) + half_a_row;
        (q - p) * (q / p).ln()
    });
    parts.sum()
}

/// The indices under random signs, sorted.
fn by_signs(residuals: &[Vec<f64>], plan: Plan, index: &impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let classes = residuals.first().map_or(0, Vec::len);
    let mut rng = ChaCha8Rng::seed_from_u64(plan.seed);
    let mut drawn: Vec<f64> = (0..plan.draws)
        .map(|_| {
            let mut difference = vec![0.0; classes];
            for areas in residuals.chunks(64) {
                let mut signs = rng.next_u64();
                for area in areas {
                    let up = signs & 1 == 1;
                    signs >>= 1;
                    for (sum, part) in difference.iter_mut().zip(area) {
                        *sum += if up { *part } else { -part };
                    }
                }
            }
            index(&difference)
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: Plan = Plan { level: 0.05, tests: 1, seed: 9, draws: 399 };

    #[test]
    fn the_index_is_the_published_one() {
        let before: Vec<f32> = (0..1000).map(|i| (i / 100) as f32).collect();
        let shares = [50, 50, 100, 100, 100, 100, 100, 100, 150, 150];
        let after: Vec<f32> = (0u8..).zip(shares).flat_map(|(value, n)| vec![f32::from(value); n]).collect();
        let area: Vec<u32> = (0..1000).map(|i| i % 50).collect();
        let column = Column { name: "x", before: &before, after: &after, categories: false };
        let found = &shifts(Dates { before: &area, after: &area }, &[column], PLAN)[0];
        // 0.109861 without the half rows, see metrics::psi.
        assert!((found.psi - 0.109_861).abs() < 0.002, "{found:?}");
    }

    #[test]
    fn too_few_areas_cannot_tell() {
        let values = [0.0, 1.0, 2.0, 3.0];
        let column = Column { name: "x", before: &values, after: &[9.0; 4], categories: false };
        let found = &shifts(Dates { before: &[0, 1, 2, 3], after: &[0, 1, 2, 3] }, &[column], PLAN)[0];
        assert!(found.p.is_none() && found.limit.is_none() && !found.alarm && found.psi > 1.0, "{found:?}");
    }
}
