//! Cluster bootstrap: whole areas are drawn with replacement, since rows of one area are not independent.
//!
//! What varies is which areas the test happened to contain; the list is then filled anew to the same
//! capacity (see [`crate::backtest::walk`]). Every draw has a
//! ChaCha stream of its own, so the draws are the same on any number of threads, and the same draw serves
//! all candidates, so differences are paired. Bias-corrected (BCa) limits belong in [`percentiles`].

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::estimate::{Estimate, method};
use crate::interval::quantile_of_sorted;

/// Draws that are computed side by side: one pass over the areas serves this many.
pub(crate) const LANES: usize = 8;

/// Per cluster, how often it was drawn in each of the draws side by side.
pub(crate) type Times = [[f32; LANES]];

/// How often each cluster was drawn, per draw.
pub(crate) struct Draws {
    blocks: Vec<Vec<[f32; LANES]>>,
    draws: usize,
}

impl Draws {
    /// `draws` draws of as many clusters as there are.
    pub(crate) fn new(seed: u64, draws: usize, clusters: usize) -> Self {
        let block = |number: usize| {
            let mut times = vec![[0.0; LANES]; clusters];
            for draw in number * LANES..(number + 1) * LANES {
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                rng.set_stream(draw as u64);
                if let Ok(bound) = u32::try_from(clusters) {
                    for _ in 0..clusters {
                        times[rng.random_range(0..bound) as usize][draw % LANES] += 1.0;
                    }
                }
            }
            times
        };
        Self { blocks: (0..draws.div_ceil(LANES)).into_par_iter().map(block).collect(), draws }
    }

    /// A statistic on every draw, in order.
    pub(crate) fn map<T: Send>(&self, statistic: impl Fn(&Times) -> [T; LANES] + Sync) -> Vec<T> {
        let blocks: Vec<[T; LANES]> = self.blocks.par_iter().map(|times| statistic(times)).collect();
        blocks.into_iter().flatten().take(self.draws).collect()
    }
}

/// Sorted usable draws; absent when there are too few clusters or more than one draw in ten has no value.
fn usable(draws: &[f64], clusters: usize) -> Option<Vec<f64>> {
    let mut sorted: Vec<f64> = draws.iter().copied().filter(|x| x.is_finite()).collect();
    if clusters < 2 || sorted.is_empty() || sorted.len() * 10 < draws.len() * 9 {
        return None;
    }
    sorted.sort_by(f64::total_cmp);
    Some(sorted)
}

/// The two-sided 95 % interval of the draws (NaN: no value in that draw); absent when nothing varies, since
/// a width of zero would claim certainty.
pub(crate) fn percentiles(draws: &[f64], clusters: usize) -> Option<(f64, f64)> {
    let sorted = usable(draws, clusters)?;
    let (low, high) = quantile_of_sorted(&sorted, 0.025).zip(quantile_of_sorted(&sorted, 0.975))?;
    (low < high).then_some((low, high))
}

/// The one-sided lower limit of the draws at this confidence.
pub(crate) fn lower_limit(draws: &[f64], clusters: usize, confidence: f64) -> Option<f64> {
    quantile_of_sorted(&usable(draws, clusters)?, 1.0 - confidence)
}

/// A value with the 95 % interval of its draws.
pub(crate) fn estimate(value: Option<f64>, draws: &[f64], clusters: usize, n: u64) -> Estimate {
    let interval = value.and_then(|_| percentiles(draws, clusters));
    Estimate::new(value, interval, n, method::CLUSTER_BOOTSTRAP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_the_same_on_any_number_of_threads() {
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| Draws::new(7, 100, 61)).blocks
        };
        let one = on(1);
        assert_eq!(one, on(3));
        assert!(
            (0..LANES).all(|lane| one.iter().all(|block| block.iter().map(|t| t[lane]).sum::<f32>() == 61.0))
        );
        assert_ne!(one[0], one[1]);
        assert_ne!(one, Draws::new(8, 100, 61).blocks);
        assert_eq!(Draws::new(7, 101, 5).map(|_| [0; LANES]).len(), 101);
    }

    #[test]
    fn the_spread_of_a_mean_is_right() {
        // 400 clusters with values 0..399: the standard error of the mean is 115.6 / 20 = 5.78.
        let draws = Draws::new(1, 4000, 400);
        let means = draws.map(|times| {
            std::array::from_fn(|lane| {
                (0u32..).zip(times).map(|(c, t)| f64::from(c) * f64::from(t[lane])).sum::<f64>() / 400.0
            })
        });
        let (low, high) = percentiles(&means, 400).unwrap();
        assert!(
            (199.5 - low - 1.96 * 5.78).abs() < 0.8 && (high - 199.5 - 1.96 * 5.78).abs() < 0.8,
            "{low} {high}"
        );
        let limit = lower_limit(&means, 400, 0.9).unwrap();
        assert!((199.5 - limit - 1.2816 * 5.78).abs() < 0.7, "{limit}");
    }

    #[test]
    fn one_area_gives_no_interval() {
        assert_eq!(percentiles(&[1.0, 2.0], 1), None);
        assert_eq!(percentiles(&[f64::NAN; 5], 9), None);
        assert_eq!(percentiles(&[0.0; 100], 9), None);
    }
}
