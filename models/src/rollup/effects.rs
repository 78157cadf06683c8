//! What the features do not tell: of an area, and of a period.
//!
//! The expectation of an area in a period is what the model expects, times a factor of the area in that period, times
//! a factor of the period that all areas share. All have mean 1 and a gamma distribution. How much they differ is
//! read from the back-test: where `e` was expected and `y` found, `y` has a negative binomial distribution, so that
//! the noise of counting is told apart from real differences. A spread (coefficient of variation) is not set to its
//! best value, as few areas or periods seldom tell it well: every value of a grid counts by its marginal likelihood
//! times a half-normal prior.
//!
//! Part of an area's factor lasts, so that it can be learned: the part that shows as covariance between the periods
//! of the back-test. A model that reads the past of an area leaves little of it; to add the past once more would
//! only add noise. So only what exceeds its standard error counts. Given the spread, the lasting factor has again a
//! gamma distribution, with mean `(a + y) / (a + e)`: small areas stay near 1 (gamma-Poisson shrinkage; Clayton and
//! Kaldor 1987). The rest of the factor is new in every period and widens the interval only.
//!
//! The level is not the areas' to tell: the expected numbers of each period are first scaled to the number found in
//! it. The calibration of the model corrects the level.

use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Gamma, StandardUniform};

use super::tree::Tree;
use super::{History, RollupError};

/// The grid of spreads: from 0 in steps, so many.
const STEP: f64 = 0.04;
const SPREADS: usize = 61;
/// Standard deviations of the half-normal priors on the spread of areas and of periods.
const AREAS: f64 = 1.0;
const PERIODS: f64 = 0.3;

/// The factors of all published areas and of the scored period.
pub(crate) struct Effects {
    /// Per published area, of the units that lie in no published area below it; empty without a history.
    seen: Vec<Seen>,
    /// Weight of each spread of the grid, for areas and for periods; they add up to 1.
    areas: Vec<f64>,
    periods: Vec<f64>,
    /// Share of the variance of an area's factor that lasts.
    lasting: f64,
}

/// Sums over the periods for one area.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    expected: f64,
    found: f64,
    /// Of the squares of what was expected.
    squares: f64,
}

/// What was expected and found in an area in a period.
type Cell = (f64, f64);

impl Effects {
    /// No history: every factor is 1.
    fn none() -> Self {
        Self { seen: Vec::new(), areas: vec![1.0], periods: vec![1.0], lasting: 0.0 }
    }

    pub(crate) fn of(history: Option<History<'_>>, areas: usize, tree: &Tree) -> Result<Self, RollupError> {
        let Some(history) = history else { return Ok(Self::none()) };
        check(&history, areas)?;
        let mut cells = Vec::new();
        let mut totals = Vec::new();
        for (expected, found) in history.expected.iter().zip(history.found) {
            let mut own: Vec<Cell> = vec![(0.0, 0.0); tree.published.len()];
            for (position, home) in tree.home.iter().enumerate() {
                if let Some(k) = home {
                    own[*k].0 += expected[position];
                    own[*k].1 += f64::from(found[position]);
                }
            }
            let total = own.iter().fold((0.0, 0.0), |sum, cell| (sum.0 + cell.0, sum.1 + cell.1));
            if total.0 > 0.0 && total.1 > 0.0 {
                totals.push(total);
                cells.push(own.iter().map(|(e, y)| (e * total.1 / total.0, *y)).collect());
            }
        }
        if cells.is_empty() {
            return Ok(Self::none());
        }
        Ok(Self::from_cells(&cells, &totals))
    }

    /// From cells per period (scaled to the finds of the period), and the totals of the periods (not scaled).
    fn from_cells(cells: &[Vec<Cell>], totals: &[Cell]) -> Self {
        let mut seen = vec![Seen::default(); cells.first().map_or(0, Vec::len)];
        for (area, &(expected, found)) in cells.iter().flat_map(|period| period.iter().enumerate()) {
            let seen = &mut seen[area];
            seen.expected += expected;
            seen.found += found;
            seen.squares += expected * expected;
        }
        let areas = weights(cells.iter().flatten(), AREAS);
        let variance: f64 = areas.iter().enumerate().map(|(i, weight)| weight * variance(i)).sum();
        let lasting = if variance > 0.0 { (lasting(cells) / variance).clamp(0.0, 1.0) } else { 0.0 };
        // One factor for all periods together would be the calibration's.
        let all = totals.iter().fold((0.0, 0.0), |sum, own| (sum.0 + own.0, sum.1 + own.1));
        let totals: Vec<Cell> = totals.iter().map(|(e, y)| (e * all.1 / all.0, *y)).collect();
        Self { seen, areas, periods: weights(totals.iter(), PERIODS), lasting }
    }

    /// The expected factor of a published area.
    pub(crate) fn mean(&self, area: usize) -> f64 {
        let Some(seen) = self.seen.get(area) else { return 1.0 };
        let given = |(i, weight): (usize, &f64)| {
            weight * self.posterior(seen, i).map_or(1.0, |(shape, rate)| shape / rate)
        };
        self.areas.iter().enumerate().map(given).sum()
    }

    /// Shape and rate of the lasting factor's gamma distribution, given a spread; `None` when nothing lasts.
    fn posterior(&self, seen: &Seen, spread: usize) -> Option<(f64, f64)> {
        let a = (self.lasting * variance(spread)).recip();
        // What is new in every period makes a find tell less of what lasts.
        let noise = seen.expected + self.fleeting(spread) * seen.squares;
        let tells = if noise > 0.0 { seen.expected / noise } else { 0.0 };
        a.is_finite().then_some((a + tells * seen.found, a + tells * seen.expected))
    }

    fn fleeting(&self, spread: usize) -> f64 {
        (1.0 - self.lasting) * variance(spread)
    }

    /// A spread of the areas (its number in the grid) per draw, the same for all areas.
    pub(crate) fn spreads(&self, generator: &mut ChaCha8Rng, draws: usize) -> Vec<usize> {
        (0..draws).map(|_| chosen(&self.areas, generator)).collect()
    }

    /// A factor of a published area for each of these spreads.
    pub(crate) fn factors(&self, area: usize, spreads: &[usize], generator: &mut ChaCha8Rng) -> Vec<f64> {
        let Some(seen) = self.seen.get(area) else { return vec![1.0; spreads.len()] };
        let one = |&spread: &usize| {
            let lasting =
                self.posterior(seen, spread).map_or(1.0, |(shape, rate)| gamma(shape, rate, generator));
            lasting * around_one(self.fleeting(spread), generator)
        };
        spreads.iter().map(one).collect()
    }

    /// A factor of the scored period per draw, shared by all areas.
    pub(crate) fn levels(&self, generator: &mut ChaCha8Rng, draws: usize) -> Vec<f64> {
        (0..draws).map(|_| around_one(variance(chosen(&self.periods, generator)), generator)).collect()
    }
}

/// Square of a spread of the grid.
fn variance(number: usize) -> f64 {
    (STEP * number as f64).powi(2)
}

fn gamma(shape: f64, rate: f64, generator: &mut ChaCha8Rng) -> f64 {
    Gamma::new(shape, rate.recip()).map_or(1.0, |gamma| gamma.sample(generator))
}

/// A draw with mean 1 and this variance.
fn around_one(variance: f64, generator: &mut ChaCha8Rng) -> f64 {
    if variance > 0.0 { gamma(variance.recip(), variance.recip(), generator) } else { 1.0 }
}

/// A position, drawn by weight.
fn chosen(weights: &[f64], generator: &mut ChaCha8Rng) -> usize {
    let chance: f64 = StandardUniform.sample(generator);
    let mut sum = 0.0;
    let passed = weights.iter().take_while(|weight| {
        sum += **weight;
        sum < chance
    });
    passed.count().min(weights.len() - 1)
}

/// Likelihood times prior of each spread, scaled to add up to 1.
fn weights<'a>(cells: impl Iterator<Item = &'a Cell> + Clone, prior: f64) -> Vec<f64> {
    let log = |i: usize| {
        let distance = STEP * i as f64 / prior;
        cells.clone().map(|cell| log_likelihood(*cell, variance(i))).sum::<f64>() - 0.5 * distance * distance
    };
    let logs: Vec<f64> = (0..SPREADS).map(log).collect();
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let shares: Vec<f64> = logs.iter().map(|log| (log - most).exp()).collect();
    let sum: f64 = shares.iter().sum();
    shares.iter().map(|share| share / sum).collect()
}

/// Logarithm of the negative binomial probability of finding `found`, up to what does not depend on the variance.
fn log_likelihood((expected, found): Cell, variance: f64) -> f64 {
    if variance <= 0.0 {
        return -expected;
    }
    let a = variance.recip();
    let mut log = -a * (expected / a).ln_1p();
    let mut already = 0.0;
    while already < found {
        log += ((a + already) / (a + expected)).ln();
        already += 1.0;
    }
    log
}

/// Covariance of the factors of an area between periods, less its standard error; 0 at least. What was found beyond
/// expectation in two periods is independent but for what lasts.
fn lasting(cells: &[Vec<Cell>]) -> f64 {
    let (mut sum, mut squares, mut scale) = (0.0, 0.0, 0.0);
    for area in 0..cells.first().map_or(0, Vec::len) {
        let mut own = 0.0;
        for (t, first) in cells.iter().enumerate() {
            for second in &cells[t + 1..] {
                let ((e, y), (f, z)) = (first[area], second[area]);
                own += (y - e) * (z - f);
                scale += e * f;
            }
        }
        sum += own;
        squares += own * own;
    }
    if scale > 0.0 { ((sum - squares.sqrt()) / scale).max(0.0) } else { 0.0 }
}

fn check(history: &History<'_>, areas: usize) -> Result<(), RollupError> {
    let lengths = history.expected.iter().map(|own| ("history.expected", own.len()));
    let lengths = lengths.chain(history.found.iter().map(|own| ("history.found", own.len())));
    for (what, found) in lengths {
        if found != areas {
            return Err(RollupError::PerArea { what, found, areas });
        }
    }
    if history.expected.len() != history.found.len() {
        let (found, areas) = (history.found.len(), history.expected.len());
        return Err(RollupError::PerArea { what: "history.found (periods)", found, areas });
    }
    for expected in history.expected {
        if let Some(area) = expected.iter().position(|e| !(e.is_finite() && *e >= 0.0)) {
            return Err(RollupError::History { area, value: expected[area] });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rand_chacha::rand_core::SeedableRng;
    use rand_distr::Poisson;

    use super::*;

    /// Factors with these spreads, and counts drawn on them in four periods; the factors of a fifth period as well.
    fn drawn(lasting: f64, fleeting: f64, areas: usize, expected: f64, seed: u64) -> (Vec<f64>, Effects) {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        let stays: Vec<f64> = (0..areas).map(|_| around_one(lasting * lasting, &mut generator)).collect();
        let mut period = || -> Vec<f64> {
            stays.iter().map(|f| f * around_one(fleeting * fleeting, &mut generator)).collect()
        };
        let past: Vec<Vec<f64>> = (0..4).map(|_| period()).collect();
        let next = period();
        let mut count = |f: &f64| (expected, Poisson::new(expected * f).unwrap().sample(&mut generator));
        let cells: Vec<Vec<Cell>> = past.iter().map(|own| own.iter().map(&mut count).collect()).collect();
        (next, Effects::from_cells(&cells, &[(100.0, 90.0), (100.0, 110.0), (100.0, 105.0), (100.0, 100.0)]))
    }

    fn mean_variance(weights: &[f64]) -> f64 {
        weights.iter().enumerate().map(|(i, w)| variance(i) * w).sum()
    }

    #[test]
    fn spreads_and_what_lasts_of_them_are_found_again() {
        for (stays, goes) in [(0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (0.5, 0.5)] {
            let (_, effects) = drawn(stays, goes, 500, 6.0, 1);
            let all = stays * stays + goes * goes + stays * stays * goes * goes;
            let found = mean_variance(&effects.areas);
            // A product of two gamma factors has a longer tail than a gamma factor, which hides a little of it.
            assert!((found - all).abs() < 0.04 + 0.15 * all, "{stays} {goes}: {found}");
            assert!(effects.lasting * found < stays * stays + 0.05, "{stays} {goes}: {}", effects.lasting);
            assert!(effects.lasting * found >= 0.6 * stays * stays, "{stays} {goes}: {}", effects.lasting);
        }
        let (_, effects) = drawn(0.3, 0.3, 50, 6.0, 1);
        assert!(mean_variance(&effects.periods).sqrt() < 0.2, "periods that differ by chance only");
    }

    #[test]
    fn the_next_period_is_covered_and_told_better_than_without() {
        for (stays, goes) in [(0.4, 0.0), (0.0, 0.4), (0.3, 0.3)] {
            let (next, effects) = drawn(stays, goes, 400, 3.0, 2);
            let mut generator = ChaCha8Rng::seed_from_u64(3);
            let spreads = effects.spreads(&mut generator, 500);
            let (mut covered, mut with, mut without) = (0, 0.0, 0.0);
            for (k, factor) in next.iter().enumerate() {
                with += (effects.mean(k) - factor).powi(2);
                without += (1.0 - factor).powi(2);
                let mut draws = effects.factors(k, &spreads, &mut generator);
                draws.sort_by(f64::total_cmp);
                covered += usize::from(draws[25] <= *factor && *factor <= draws[474]);
            }
            assert!((340..=390).contains(&covered), "{stays} {goes}: {covered} of 400 in the 90 % interval");
            assert!(with < 1.03 * without, "{stays} {goes}: {with} {without}");
            assert!(goes > 0.0 || with < 0.7 * without, "{stays} {goes}: {with} {without}");
        }
    }

    #[test]
    fn the_likelihood_tends_to_that_of_counts_without_factors() {
        let near = log_likelihood((3.0, 4.0), 1e-9);
        assert!((near - log_likelihood((3.0, 4.0), 0.0)).abs() < 1e-6);
    }
}
