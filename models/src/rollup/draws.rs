//! Draws of the expected number of finds of every published area.
//!
//! With a covariance, a row's sum in draw `s` is its fitted sum plus `basis · (coefficients of s − fitted)`. For
//! a million rows, 500 draws and 30 terms that is a matrix product, done in blocks of rows that stay in cache;
//! areas are worked on side by side, each by one thread, so that no sum depends on the number of threads.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayViewMut2};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, Gamma, StandardNormal};
use rayon::prelude::*;

use super::totals::Totals;
use super::tree::Tree;
use super::{RollupError, Rules, Units};
use crate::additive::{Link, Term};
use crate::cholesky::Cholesky;
use crate::matrix::Matrix;

/// Rows per matrix product.
const BLOCK: usize = 256;
/// Streams of the generator: one for the coefficients, then two per area.
const COEFFICIENTS: u64 = 0;

/// Draws of expected finds, area by area.
pub(crate) struct Draws {
    pub(crate) per_area: usize,
    values: Vec<f64>,
}

impl Draws {
    /// The draws of one area.
    pub(crate) fn of(&self, area: usize) -> &[f64] {
        &self.values[area * self.per_area..(area + 1) * self.per_area]
    }
}

/// Generator for the noise of counting in one area.
pub(crate) fn count_noise(seed: u64, area: usize) -> ChaCha8Rng {
    stream(seed, 2 + 2 * area as u64)
}

fn stream(seed: u64, number: u64) -> ChaCha8Rng {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(number);
    generator
}

pub(crate) fn expectations(
    units: &Units<'_>,
    rules: &Rules,
    tree: &Tree,
    totals: &Totals,
) -> Result<Draws, RollupError> {
    if rules.draws == 0 {
        return Err(RollupError::NoDraws);
    }
    if units.model.covariance.is_empty() {
        return from_counts(units, rules, totals);
    }
    let shifts = shifts(&units.model.covariance, rules);
    let mut values = vec![0.0; tree.published.len() * rules.draws];
    values.par_chunks_mut(rules.draws).enumerate().for_each(|(k, own)| {
        for rows in tree.rows[k].chunks(BLOCK) {
            add_rows(units, totals, rows, &shifts, own);
        }
    });
    add_upwards(tree, rules.draws, &mut values);
    Ok(Draws { per_area: rules.draws, values })
}

/// Drawn minus fitted coefficients: one row per coefficient, one column per draw.
fn shifts(covariance: &[Vec<f64>], rules: &Rules) -> Array2<f64> {
    let factor = Cholesky::semidefinite(covariance);
    let size = covariance.len();
    let mut generator = stream(rules.seed, COEFFICIENTS);
    let mut shifts = Array2::zeros((size, rules.draws));
    for s in 0..rules.draws {
        let normal: Vec<f64> = (0..size).map(|_| StandardNormal.sample(&mut generator)).collect();
        for i in 0..size {
            shifts[(i, s)] = (0..=i).map(|j| factor.lower(i, j) * normal[j]).sum();
        }
    }
    shifts
}

/// Adds the drawn expectations of some rows of one area.
fn add_rows(units: &Units<'_>, totals: &Totals, rows: &[usize], shifts: &Array2<f64>, own: &mut [f64]) {
    let model = units.model;
    let mut basis = Array2::zeros((rows.len(), model.terms.len() + 1));
    basis.column_mut(0).fill(1.0);
    for (t, term) in model.terms.iter().enumerate() {
        fill(basis.view_mut(), t + 1, term, units.matrix, rows);
    }
    let mut drawn = Array2::zeros((rows.len(), own.len()));
    general_mat_mul(1.0, &basis, shifts, 0.0, &mut drawn);
    for (k, &row) in rows.iter().enumerate() {
        let (sum, exposure) = (totals.sums[row], units.exposure[row]);
        let drawn = drawn.row(k);
        match model.link {
            Link::Log => {
                let expected = exposure * model.expected(sum);
                let slope = model.calibration.as_ref().map_or(1.0, |calibration| calibration.slope);
                for (to, shift) in own.iter_mut().zip(drawn) {
                    *to += expected * (slope * shift).exp();
                }
            }
            Link::Identity | Link::Logit => {
                for (to, shift) in own.iter_mut().zip(drawn) {
                    *to += exposure * model.expected(sum + shift);
                }
            }
        }
    }
}

fn fill(mut basis: ArrayViewMut2<'_, f64>, column: usize, term: &Term, matrix: &Matrix, rows: &[usize]) {
    for (k, &row) in rows.iter().enumerate() {
        basis[(k, column)] = term.basis(|feature| matrix.column(feature)[row]);
    }
}

fn add_upwards(tree: &Tree, draws: usize, values: &mut [f64]) {
    let own = values.to_vec();
    for (k, own) in own.chunks(draws).enumerate() {
        for above in tree.upwards(k).skip(1) {
            for (to, value) in values[above * draws..(above + 1) * draws].iter_mut().zip(own) {
                *to += value;
            }
        }
    }
}

/// Draws for a model without covariance: each area's share of the finds in training as a count of its own.
fn from_counts(units: &Units<'_>, rules: &Rules, totals: &Totals) -> Result<Draws, RollupError> {
    let finds = units.model.finds;
    if finds <= 0.0 {
        return Err(RollupError::NoUncertainty { model: units.model.name.clone() });
    }
    // What one find in training is worth in the scored period.
    let worth = totals.all_expected / finds;
    let areas = totals.expected.len();
    let mut values = vec![0.0; areas * rules.draws];
    values.par_chunks_mut(rules.draws).enumerate().for_each(|(k, own)| {
        let count = if worth > 0.0 { totals.expected[k] / worth } else { 0.0 };
        let mut generator = stream(rules.seed, 1 + 2 * k as u64);
        if let Ok(gamma) = Gamma::new(count + 0.5, worth.max(f64::MIN_POSITIVE)) {
            own.fill_with(|| gamma.sample(&mut generator));
        }
        if totals.units[k] == 0 {
            own.fill(0.0);
        }
    });
    Ok(Draws { per_area: rules.draws, values })
}
