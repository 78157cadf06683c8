//! Population stability index: has a distribution over bins changed by more than chance alone would?

use statrs::function::gamma::checked_gamma_lr;

/// A stability index with the limit that belongs to the numbers of rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stability {
    /// `Σ (q - p) ln(q / p)` over the bins.
    pub psi: f64,
    /// What chance alone stays below in 95 of 100 cases, for these numbers of rows and bins.
    pub limit: f64,
    /// Chance of an index at least as large when nothing changed.
    pub p: f64,
}

/// The index of shares `before` and `after`; both are scaled to sum to 1.
///
/// ```
/// let after = [0.05, 0.05, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.15, 0.15];
/// let psi = evaluation::metrics::psi(&[0.1; 10], &after).unwrap();
/// assert!((psi - 0.109861).abs() < 1e-6);
/// ```
///
/// Absent when a bin is empty on one side only: the index would be infinite. Merge that bin with its neighbour, or use
/// [`stability`], which does so with counts.
#[must_use]
pub fn psi(before: &[f64], after: &[f64]) -> Option<f64> {
    let (all_before, all_after): (f64, f64) = (before.iter().sum(), after.iter().sum());
    if !(all_before > 0.0 && all_after > 0.0) {
        return None;
    }
    let parts = before.iter().zip(after).map(|(p, q)| {
        let (p, q) = (p / all_before, q / all_after);
        if p == 0.0 && q == 0.0 { 0.0 } else { (q - p) * (q / p).ln() }
    });
    Some(parts.sum::<f64>()).filter(|x| x.is_finite())
}

/// The index of two tables of counts with its limit: when nothing changed, it is distributed about as
/// `(1/N + 1/M) χ²(bins - 1)` (Yurdakul, 2018), so the usual 0.1 and 0.25 are far too strict for few rows and far too
/// lax for many. Half a row is added to every bin, so that an empty one does not make it infinite.
#[must_use]
pub fn stability(before: &[u64], after: &[u64]) -> Option<Stability> {
    let add = |counts: &[u64]| counts.iter().map(|&c| c as f64 + 0.5).collect::<Vec<f64>>();
    let (n, m) = (before.iter().sum::<u64>() as f64, after.iter().sum::<u64>() as f64);
    let bins = before.iter().zip(after).filter(|(a, b)| **a + **b > 0).count();
    if n == 0.0 || m == 0.0 || bins < 2 {
        return None;
    }
    let psi = psi(&add(before), &add(after))?;
    let (scale, freedom) = (1.0 / n + 1.0 / m, (bins - 1) as f64);
    Some(Stability {
        psi,
        limit: scale * chi_squared_quantile(0.95, freedom),
        p: 1.0 - checked_gamma_lr(freedom / 2.0, psi / scale / 2.0).ok()?,
    })
}

/// Quantile of the χ² distribution, by halving.
pub(crate) fn chi_squared_quantile(p: f64, freedom: f64) -> f64 {
    let (mut low, mut high) = (0.0, freedom + 20.0 * (2.0 * freedom).sqrt() + 40.0);
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if checked_gamma_lr(freedom / 2.0, middle / 2.0).unwrap_or(0.0) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn an_empty_bin_is_not_infinite_with_counts() {
        assert_eq!(psi(&[0.5, 0.5, 0.0], &[0.5, 0.25, 0.25]), None);
        assert_eq!(psi(&[], &[]), None);
        assert!(stability(&[50, 50, 0], &[50, 25, 25]).unwrap().psi.is_finite());
        assert_eq!(stability(&[5], &[5]), None);
        assert!((chi_squared_quantile(0.95, 9.0) - 16.918_978).abs() < 1e-5);
    }

    #[test]
    fn the_limit_is_passed_by_chance_once_in_twenty() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let mut draw = |n: usize| {
            let mut counts = [0u64; 10];
            for _ in 0..n {
                counts[rng.random_range(0..10usize)] += 1;
            }
            counts
        };
        let over = (0..2000).filter(|_| {
            let s = stability(&draw(400), &draw(900)).unwrap();
            assert_eq!(s.psi > s.limit, s.p < 0.05);
            s.psi > s.limit
        });
        let share = over.count() as f64 / 2000.0;
        assert!((share - 0.05).abs() < 0.015, "{share}");
    }
}
