//! Draws of the expected number of finds of every published area.
//!
//! A row's sum in draw `s` is its fitted sum plus its [`Directions`] times the shifts of `s`. For a million rows, 500
//! draws and 30 terms that is a matrix product, done in blocks of rows that stay in cache; areas are worked on
//! side by side, each by one thread, so that no sum depends on the number of threads. What is drawn for an area is
//! then multiplied by its drawn factors ([`Effects`]).

use ndarray::Array2;
use ndarray::linalg::general_mat_mul;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, Gamma};
use rayon::prelude::*;

use super::directions::Directions;
use super::effects::Effects;
use super::totals::Totals;
use super::tree::Tree;
use super::{RollupError, Rules, Units};
use crate::additive::Link;

/// Rows per matrix product.
const BLOCK: usize = 256;
/// Streams of the generator: one for the model, then two per area; far away, one for the factor of the period, one for
/// how much the areas' factors differ, then one per area for its factor.
const MODEL: u64 = 0;
const PERIODS: u64 = VARIANCES - 1;
const VARIANCES: u64 = 1 << 40;

/// Draws of expected finds, area by area.
pub(crate) struct Draws {
    pub(crate) per_area: usize,
    values: Vec<f64>,
    /// A factor of the period per draw, not in the values: all areas share it.
    pub(crate) periods: Vec<f64>,
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
    effects: &Effects,
    totals: &Totals,
) -> Result<Draws, RollupError> {
    if rules.draws == 0 {
        return Err(RollupError::NoDraws);
    }
    let factors = factors(rules, tree, effects, totals);
    let mut values = vec![0.0; tree.published.len() * rules.draws];
    if let Some(directions) = Directions::of(units.model) {
        let shifts = directions.shifts(&mut stream(rules.seed, MODEL), rules.draws);
        values.par_chunks_mut(rules.draws).enumerate().for_each(|(k, own)| {
            for rows in tree.rows[k].chunks(BLOCK) {
                add_rows(units, totals, rows, &directions.of_rows(units.matrix, rows), &shifts, own);
            }
            multiply(own, &factors[k]);
        });
        add_upwards(tree, rules.draws, &mut values);
    } else {
        values.par_chunks_mut(rules.draws).enumerate().for_each(|(k, own)| {
            own.fill(totals.own_modelled[k]);
            multiply(own, &factors[k]);
        });
        add_upwards(tree, rules.draws, &mut values);
        times_counts(units, rules, totals, &mut values)?;
    }
    let periods = effects.periods(&mut stream(rules.seed, PERIODS), rules.draws);
    Ok(Draws { per_area: rules.draws, values, periods })
}

/// Per published area, then per draw: the factors of the area and of all that it lies in; empty without a history.
fn factors(rules: &Rules, tree: &Tree, effects: &Effects, totals: &Totals) -> Vec<Vec<f64>> {
    let variances = effects.variances(&mut stream(rules.seed, VARIANCES), rules.draws);
    let own = |k: usize| effects.drawn(k, &variances, &mut stream(rules.seed, VARIANCES + 1 + k as u64));
    let mut factors: Vec<Vec<f64>> = (0..tree.published.len()).into_par_iter().map(own).collect();
    effects.divide(tree, &totals.modelled, &mut factors);
    factors
}

fn multiply(values: &mut [f64], factors: &[f64]) {
    for (value, factor) in values.iter_mut().zip(factors) {
        *value *= factor;
    }
}

/// Adds the drawn expectations of some rows of one area.
fn add_rows(
    units: &Units<'_>,
    totals: &Totals,
    rows: &[usize],
    directions: &Array2<f64>,
    shifts: &Array2<f64>,
    own: &mut [f64],
) {
    let model = units.model;
    let mut drawn = Array2::zeros((rows.len(), own.len()));
    general_mat_mul(1.0, directions, shifts, 0.0, &mut drawn);
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

/// For a model that knows neither bags nor a covariance: each area's share of the finds in training as a count of its
/// own. `values` holds expectations with their factors, and is multiplied by drawn over fitted.
fn times_counts(
    units: &Units<'_>,
    rules: &Rules,
    totals: &Totals,
    values: &mut [f64],
) -> Result<(), RollupError> {
    let finds = units.model.finds;
    if finds <= 0.0 {
        return Err(RollupError::NoUncertainty { model: units.model.name.clone() });
    }
    // What one find in training is worth in the scored period.
    let worth = (totals.all_modelled / finds).max(f64::MIN_POSITIVE);
    values.par_chunks_mut(rules.draws).enumerate().for_each(|(k, own)| {
        let modelled = totals.modelled[k];
        let mut generator = stream(rules.seed, 1 + 2 * k as u64);
        if let Ok(gamma) = Gamma::new(modelled / worth + 0.5, worth) {
            for to in own.iter_mut() {
                let drawn = gamma.sample(&mut generator);
                // An area with nothing expected keeps what is drawn: a zero is not certainty.
                *to = if modelled > 0.0 { *to / modelled * drawn } else { drawn };
            }
        }
        if totals.units[k] == 0 {
            own.fill(0.0);
        }
    });
    Ok(())
}
