//! What the features do not tell about an area.
//!
//! The expectation of an area is what the model expects times a factor of the area's own, with mean 1 over all
//! areas and a gamma distribution. How much the factors differ is read from the back-test: where `e` was expected
//! and `y` found, `y` has a negative binomial distribution, and areas of which the features tell all leave no
//! room for a factor. The spread of the factors (their coefficient of variation) is not set to its best value, as
//! few areas seldom tell it well: every value of a grid counts by its marginal likelihood, with equal weights
//! beforehand. Given the spread, the factor of an area has again a gamma distribution, with mean
//! `(a + y) / (a + e)` and `a = 1 / spread²`: small areas stay near 1 (gamma-Poisson shrinkage; Clayton and Kaldor
//! 1987).
//!
//! The level is not the areas' to tell: the expected numbers are first scaled to the number found in all areas
//! together. The calibration of the model corrects the level.

use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Gamma, StandardUniform};

use super::tree::Tree;
use super::{History, RollupError};

/// The grid of spreads: from 0 in steps, so many.
const STEP: f64 = 0.05;
const SPREADS: usize = 61;

/// The factors of all published areas.
pub(crate) struct Effects {
    /// Per published area: expected and found in the units that lie in no published area below it.
    seen: Vec<(f64, f64)>,
    /// Weight of each spread of the grid; they add up to 1.
    weights: Vec<f64>,
}

impl Effects {
    /// No history: every factor is 1.
    fn none() -> Self {
        Self { seen: Vec::new(), weights: vec![1.0] }
    }

    pub(crate) fn of(history: Option<History<'_>>, areas: usize, tree: &Tree) -> Result<Self, RollupError> {
        let Some(history) = history else { return Ok(Self::none()) };
        check(&history, areas)?;
        let mut seen = vec![(0.0, 0.0); tree.published.len()];
        for (position, home) in tree.home.iter().enumerate() {
            if let Some(k) = home {
                seen[*k].0 += history.expected[position];
                seen[*k].1 += f64::from(history.found[position]);
            }
        }
        let (expected, found) = seen.iter().fold((0.0, 0.0), |sum, own| (sum.0 + own.0, sum.1 + own.1));
        if expected <= 0.0 || found <= 0.0 {
            return Ok(Self::none());
        }
        for own in &mut seen {
            own.0 *= found / expected;
        }
        let weights = weights(&seen);
        Ok(Self { seen, weights })
    }

    /// The expected factor of a published area.
    pub(crate) fn mean(&self, area: usize) -> f64 {
        let Some(&(expected, found)) = self.seen.get(area) else { return 1.0 };
        let given = |(i, weight): (usize, &f64)| match precision(i) {
            None => *weight,
            Some(a) => weight * (a + found) / (a + expected),
        };
        self.weights.iter().enumerate().map(given).sum()
    }

    /// A spread (its number in the grid) per draw, the same for all areas.
    pub(crate) fn spreads(&self, generator: &mut ChaCha8Rng, draws: usize) -> Vec<usize> {
        let one = |_| {
            let chance: f64 = StandardUniform.sample(generator);
            let mut sum = 0.0;
            let passed = self.weights.iter().take_while(|weight| {
                sum += **weight;
                sum < chance
            });
            passed.count().min(self.weights.len() - 1)
        };
        (0..draws).map(one).collect()
    }

    /// A factor of a published area for each of these spreads.
    pub(crate) fn factors(&self, area: usize, spreads: &[usize], generator: &mut ChaCha8Rng) -> Vec<f64> {
        let Some(&(expected, found)) = self.seen.get(area) else { return vec![1.0; spreads.len()] };
        let one = |&spread: &usize| match precision(spread) {
            None => 1.0,
            Some(a) => Gamma::new(a + found, (a + expected).recip()).map_or(1.0, |g| g.sample(generator)),
        };
        spreads.iter().map(one).collect()
    }
}

/// Shape of the gamma distribution with this spread; `None` for a spread of 0.
fn precision(number: usize) -> Option<f64> {
    let spread = STEP * number as f64;
    (number > 0).then(|| (spread * spread).recip())
}

/// The marginal likelihood of each spread, scaled to add up to 1.
fn weights(seen: &[(f64, f64)]) -> Vec<f64> {
    let logs: Vec<f64> =
        (0..SPREADS).map(|i| seen.iter().map(|own| log_likelihood(*own, precision(i))).sum()).collect();
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let shares: Vec<f64> = logs.iter().map(|log| (log - most).exp()).collect();
    let sum: f64 = shares.iter().sum();
    shares.iter().map(|share| share / sum).collect()
}

/// Logarithm of the negative binomial probability of finding `found`, up to what does not depend on the
/// precision.
fn log_likelihood((expected, found): (f64, f64), precision: Option<f64>) -> f64 {
    let Some(a) = precision else { return -expected };
    let mut log = -a * (expected / a).ln_1p();
    let mut already = 0.0;
    while already < found {
        log += ((a + already) / (a + expected)).ln();
        already += 1.0;
    }
    log
}

fn check(history: &History<'_>, areas: usize) -> Result<(), RollupError> {
    for (what, found) in
        [("history.expected", history.expected.len()), ("history.found", history.found.len())]
    {
        if found != areas {
            return Err(RollupError::PerArea { what, found, areas });
        }
    }
    match history.expected.iter().position(|e| !(e.is_finite() && *e >= 0.0)) {
        Some(area) => Err(RollupError::History { area, value: history.expected[area] }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::rand_core::SeedableRng;
    use rand_distr::Poisson;

    use super::*;

    /// Areas with a factor drawn around 1 with this spread, and counts drawn on it.
    fn drawn(spread: f64, areas: usize, expected: f64, seed: u64) -> (Vec<f64>, Effects) {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        let a = (spread * spread).recip();
        let factors: Vec<f64> = (0..areas)
            .map(
                |_| if spread > 0.0 { Gamma::new(a, a.recip()).unwrap().sample(&mut generator) } else { 1.0 },
            )
            .collect();
        let seen: Vec<(f64, f64)> = factors
            .iter()
            .map(|f| (expected, Poisson::new(expected * f).unwrap().sample(&mut generator)))
            .collect();
        let weights = weights(&seen);
        (factors, Effects { seen, weights })
    }

    fn mean_spread(effects: &Effects) -> f64 {
        effects.weights.iter().enumerate().map(|(i, w)| STEP * i as f64 * w).sum()
    }

    #[test]
    fn the_spread_of_the_factors_is_found_again() {
        for spread in [0.0, 0.3, 0.8] {
            let (_, effects) = drawn(spread, 400, 10.0, 1);
            assert!((mean_spread(&effects) - spread).abs() < 0.1, "{spread}: {}", mean_spread(&effects));
        }
    }

    #[test]
    fn shrunken_factors_are_nearer_the_truth_than_raw_ones_and_cover_it() {
        let (factors, effects) = drawn(0.4, 300, 5.0, 2);
        let (mut raw, mut shrunken, mut covered) = (0.0, 0.0, 0);
        let mut generator = ChaCha8Rng::seed_from_u64(3);
        let spreads = effects.spreads(&mut generator, 500);
        for (k, factor) in factors.iter().enumerate() {
            let (expected, found) = effects.seen[k];
            raw += (found / expected - factor).powi(2);
            shrunken += (effects.mean(k) - factor).powi(2);
            let mut draws = effects.factors(k, &spreads, &mut generator);
            draws.sort_by(f64::total_cmp);
            covered += usize::from(draws[25] <= *factor && *factor <= draws[474]);
        }
        assert!(shrunken < 0.7 * raw, "{shrunken} {raw}");
        assert!((250..=290).contains(&covered), "{covered} of 300 in the 90 % interval");
    }

    #[test]
    fn the_likelihood_tends_to_that_of_counts_without_factors() {
        let near = log_likelihood((3.0, 4.0), Some(1e9));
        assert!((near - log_likelihood((3.0, 4.0), None)).abs() < 1e-6);
    }
}
