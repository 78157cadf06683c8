//! How much factors differ among siblings, from what was expected and found of each.
//!
//! A factor has mean 1 and a gamma distribution, so that a count has a negative binomial one, and the noise of
//! counting is told apart from real differences. A spread (coefficient of variation) is not set to its best value, as
//! few siblings seldom tell it well: every value of a grid counts by its marginal likelihood times a half-normal
//! prior.
//!
//! What siblings share is not theirs to tell. So the likelihood of each family is integrated over a common level,
//! every level (on the logarithmic scale) being equally likely beforehand, with Laplace's approximation: what
//! restricted maximum likelihood does for linear models (Patterson and Thompson 1971).

use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Gamma, StandardUniform};
use rayon::prelude::*;

/// The grid of spreads: from 0 in steps, so many.
const STEP: f64 = 0.05;
const COUNT: usize = 41;
/// Most Newton steps to the best level, the largest of them, and the step at which it is found.
const STEPS: usize = 50;
const FARTHEST: f64 = 1.0;
const FOUND: f64 = 1e-9;

/// What was expected and found of one sibling.
pub(crate) type Cell = (f64, f64);

/// A sibling of which something was expected, and what the variance of its factor is multiplied by.
struct Member {
    expected: f64,
    found: f64,
    times: f64,
}

/// How fast the variance of a factor falls with the size of an area: it is multiplied by (typical size / size) to this
/// power. 0 is for areas whose units all share one factor, 1 for units that each have their own; what features do not
/// tell is shared by units that are near each other, which lies between the two.
const FALL: f64 = 0.5;
/// At most so many times the variance of an area of typical size, or this part of it.
const MOST: f64 = 4.0;

/// What the variance of a factor is multiplied by for an area of this size; both sizes in expected finds. An area of
/// which nothing was expected is as unsure as the smallest.
pub(crate) fn by_size(size: f64, typical: f64) -> f64 {
    if size > 0.0 { (typical / size).powf(FALL).clamp(MOST.recip(), MOST) } else { MOST }
}

/// What is known of a spread: a weight for each value of the grid; they add up to 1.
pub(crate) struct Spread {
    weights: Vec<f64>,
}

/// Likelihood of a family, given a spread, with its level integrated out.
struct Level {
    log_likelihood: f64,
    /// Variance of the logarithm of the level.
    variance: f64,
}

impl Spread {
    /// Nothing differs.
    pub(crate) fn none() -> Self {
        Self { weights: vec![1.0] }
    }

    /// From families of siblings, given the standard deviation of the half-normal prior, and what the variance is
    /// multiplied by where so much is expected. A family without finds, or with a single member, tells nothing.
    pub(crate) fn of(families: &[Vec<Cell>], times: impl Fn(f64) -> f64 + Sync, prior: f64) -> Self {
        let own = |family: &Vec<Cell>| {
            let family = members(family, &times);
            let tells = family.len() > 1 && family.iter().any(|member| member.found > 0.0);
            tells.then(|| (0..COUNT).map(|i| level(&family, variance(i)).log_likelihood).collect())
        };
        let each: Vec<Option<Vec<f64>>> = families.par_iter().map(own).collect();
        let mut logs: Vec<f64> = (0..COUNT).map(|i| -0.5 * (STEP * i as f64 / prior).powi(2)).collect();
        for family in each.iter().flatten() {
            for (sum, own) in logs.iter_mut().zip(family) {
                *sum += own;
            }
        }
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let shares: Vec<f64> = logs.iter().map(|log| (log - most).exp()).collect();
        let sum: f64 = shares.iter().sum();
        Self { weights: shares.iter().map(|share| share / sum).collect() }
    }

    /// The mean over the grid of a function of the variance.
    pub(crate) fn mean(&self, of: impl Fn(f64) -> f64) -> f64 {
        self.weights.iter().enumerate().map(|(i, weight)| weight * of(variance(i))).sum()
    }

    /// A variance, drawn by weight.
    pub(crate) fn draw(&self, generator: &mut ChaCha8Rng) -> f64 {
        let chance: f64 = StandardUniform.sample(generator);
        let mut sum = 0.0;
        let passed = self.weights.iter().take_while(|weight| {
            sum += **weight;
            sum < chance
        });
        variance(passed.count().min(self.weights.len() - 1))
    }
}

/// Square of a spread of the grid.
fn variance(number: usize) -> f64 {
    (STEP * number as f64).powi(2)
}

/// Variance of the logarithm of the level that a family shares, given the variance of their factors: the error of
/// whoever takes the level from these counts.
pub(crate) fn level_error(family: &[Cell], variance: f64) -> f64 {
    level(&members(family, |_| 1.0), variance).variance
}

/// Members of which nothing was expected tell nothing.
fn members(family: &[Cell], times: impl Fn(f64) -> f64) -> Vec<Member> {
    let expected = family.iter().filter(|(expected, _)| *expected > 0.0);
    expected.map(|&(expected, found)| Member { expected, found, times: times(expected) }).collect()
}

/// The best level of a family with finds, and how well it is known.
fn level(family: &[Member], variance: f64) -> Level {
    let finds: f64 = family.iter().map(|member| member.found).sum();
    let expected: f64 = family.iter().map(|member| member.expected).sum();
    let mut log_level = (finds / expected).ln();
    let mut curve = finds;
    if variance > 0.0 {
        for _ in 0..STEPS {
            let mut slope = 0.0;
            curve = 0.0;
            for member in family {
                let variance = variance * member.times;
                let mean = variance * member.expected * log_level.exp();
                let share = mean / (1.0 + mean);
                let weight = variance.recip() + member.found;
                slope += member.found - weight * share;
                curve += weight * share * (1.0 - share);
            }
            let step = (slope / curve).clamp(-FARTHEST, FARTHEST);
            log_level += step;
            if step.abs() < FOUND {
                break;
            }
        }
    }
    let all: f64 = family.iter().map(|member| log_probability(member, log_level, variance)).sum();
    Level { log_likelihood: all - 0.5 * curve.ln(), variance: curve.recip() }
}

/// Logarithm of the negative binomial probability of finding `found`, up to what depends on `found` and `expected` only.
fn log_probability(member: &Member, log_level: f64, variance: f64) -> f64 {
    let (found, variance) = (member.found, variance * member.times);
    let mean = member.expected * log_level.exp();
    if variance <= 0.0 {
        return found * log_level - mean;
    }
    let mut log = found * log_level - (variance.recip() + found) * (variance * mean).ln_1p();
    let mut already = 1.0;
    while already < found {
        log += (variance * already).ln_1p();
        already += 1.0;
    }
    log
}

/// A draw of a gamma distribution.
pub(crate) fn gamma(shape: f64, rate: f64, generator: &mut ChaCha8Rng) -> f64 {
    Gamma::new(shape, rate.recip()).map_or(1.0, |gamma| gamma.sample(generator))
}

/// A draw with mean 1 and this variance.
pub(crate) fn around_one(variance: f64, generator: &mut ChaCha8Rng) -> f64 {
    if variance > 0.0 { gamma(variance.recip(), variance.recip(), generator) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use rand_chacha::rand_core::SeedableRng;
    use rand_distr::Poisson;

    use super::*;

    /// Families with levels and factors of their own.
    fn drawn(spread: f64, families: usize, members: usize, expected: f64, seed: u64) -> Vec<Vec<Cell>> {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        let mut family = || {
            let level = around_one(0.25, &mut generator);
            let mut one = || {
                let mean = expected * level * around_one(spread * spread, &mut generator);
                (expected, Poisson::new(mean.max(1e-9)).unwrap().sample(&mut generator))
            };
            (0..members).map(|_| one()).collect()
        };
        (0..families).map(|_| family()).collect()
    }

    #[test]
    fn the_spread_within_families_is_found_again_whatever_their_levels() {
        for (members, expected) in [(2, 3.0), (7, 0.8), (7, 6.0), (30, 1.0)] {
            for spread in [0.0, 0.4, 0.8] {
                let families = drawn(spread, 3000 / members, members, expected, 1);
                let found = Spread::of(&families, |_| 1.0, 1.0).mean(f64::sqrt);
                let wrong = found - spread;
                // A spread cannot be told from none where so few finds are expected.
                let most = if spread > 0.0 { 0.1 } else { 0.15 };
                assert!(wrong.abs() < most, "{members} members, {expected} expected: {found} for {spread}");
            }
        }
    }

    #[test]
    fn who_has_no_siblings_tells_nothing() {
        let prior = Spread::of(&[], |_| 1.0, 0.5).weights;
        let alone: Vec<Vec<Cell>> =
            vec![vec![(3.0, 30.0)], vec![(1.0, 0.0), (4.0, 0.0)], vec![(0.0, 0.0), (1.0, 9.0)]];
        assert_eq!(Spread::of(&alone, |_| 1.0, 0.5).weights, prior);
        assert_ne!(Spread::of(&[vec![(3.0, 30.0), (3.0, 0.0)]], |_| 1.0, 0.5).weights, prior);
    }

    #[test]
    fn the_likelihood_tends_to_that_of_counts_without_factors() {
        let family = members(&[(3.0, 4.0), (2.0, 1.0), (1.5, 0.0)], |_| 1.0);
        let (near, without) = (level(&family, 1e-9), level(&family, 0.0));
        assert!((near.log_likelihood - without.log_likelihood).abs() < 1e-6);
        assert!((without.variance - 0.2).abs() < 1e-12, "five finds");
    }

    /// With many finds, what is uncertain of a level is the factors: their variance over their number.
    #[test]
    fn the_error_of_a_level_is_counting_and_factors() {
        let family = vec![(1e6, 1e6); 5];
        assert!((level_error(&family, 0.04) / (0.04 / 5.0) - 1.0).abs() < 1e-3);
        assert!((level_error(&family, 0.0) / 2e-7 - 1.0).abs() < 1e-9);
    }
}
