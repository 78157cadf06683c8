//! The random arm: visits that no score chose, so that something can be said of the places where nobody looks.
//!
//! At the rates of hennep (some 1 in 2,000 panden a year) a purely random arm is out of reach: draw inside bands of the
//! ranking, with a known chance per band, and pool over municipalities.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::interval::normal_quantile;
use crate::unknown::estimate::rounded;

/// Visits that give at least one find with this confidence: `ln(1 - confidence) / ln(1 - rate)`, rounded up.
///
/// ```
/// use evaluation::unknown::visits_for_one_find;
/// let visits = [0.0005, 0.002, 0.01, 0.05].map(|rate| visits_for_one_find(rate, 0.95).unwrap());
/// assert_eq!(visits, [5990, 1497, 299, 59]);
/// ```
#[must_use]
pub fn visits_for_one_find(rate: f64, confidence: f64) -> Option<u64> {
    (rate > 0.0 && rate < 1.0 && confidence > 0.0 && confidence < 1.0)
        .then(|| rounded((1.0 - confidence).ln() / (-rate).ln_1p() - 1e-9))
}

/// Visits after which the 95 % interval of a rate reaches `margin` to either side: `z² p (1 - p) / margin²`; with
/// `of_rows`, less the share of all that is visited (finite population).
#[must_use]
pub fn visits_for_margin(rate: f64, margin: f64, of_rows: Option<u64>) -> Option<u64> {
    if !(rate > 0.0 && rate < 1.0 && margin > 0.0) {
        return None;
    }
    let n = normal_quantile(0.95).powi(2) * rate * (1.0 - rate) / (margin * margin);
    Some(rounded(of_rows.map_or(n, |rows| n / (1.0 + (n - 1.0) / rows as f64))))
}

/// Chance to show, at the 5 % level, that two arms of `visits` each differ when they hit at these rates: by simulation of
/// the two-sided test of the difference in proportions.
#[must_use]
pub fn power(rates: (f64, f64), visits: (u64, u64), seed: u64, simulations: u64) -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut hits = |rate: f64, visits: u64| (0..visits).filter(|_| rng.random::<f64>() < rate).count() as f64;
    let (n, m) = (visits.0 as f64, visits.1 as f64);
    let critical = normal_quantile(0.95);
    let mut shown = 0.0;
    for _ in 0..simulations {
        let (a, b) = (hits(rates.0, visits.0), hits(rates.1, visits.1));
        let pooled = (a + b) / (n + m);
        let error = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
        if error > 0.0 && (a / n - b / m).abs() / error > critical {
            shown += 1.0;
        }
    }
    shown / simulations as f64
}

/// A plan of visits: the rows, and per row of the ranking the chance with which it could have been chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The top of the ranking, always visited.
    pub top: Vec<u32>,
    /// Drawn by lot, in the order of the ranking.
    pub arm: Vec<u32>,
    /// Chance of each row, by row number; 1 for the top, 0 for rows outside every band.
    pub chance: Vec<f64>,
}

/// Takes the first `top` rows of the ranking, and from each band of what follows a number by lot. `bands` gives the length of
/// each band and the visits in it; a band that is longer than what is left ends with it.
///
/// The same seed gives the same draw: publish it, with the ranking, before the visits.
#[must_use]
pub fn draw(ranking: &[u32], top: usize, bands: &[(usize, usize)], seed: u64) -> Plan {
    let top = top.min(ranking.len());
    let rows = ranking.iter().max().map_or(0, |&m| m as usize + 1);
    let mut plan = Plan { top: ranking[..top].to_vec(), arm: Vec::new(), chance: vec![0.0; rows] };
    for &row in &plan.top {
        plan.chance[row as usize] = 1.0;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut rest = &ranking[top..];
    for &(length, visits) in bands {
        let (band, after) = rest.split_at(length.min(rest.len()));
        let visits = visits.min(band.len());
        let mut places: Vec<usize> = (0..band.len()).collect();
        places.shuffle(&mut rng);
        places.truncate(visits);
        places.sort_unstable();
        plan.arm.extend(places.iter().map(|&p| band[p]));
        for &row in band {
            plan.chance[row as usize] = visits as f64 / band.len() as f64;
        }
        rest = after;
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_by_hand() {
        assert_eq!(visits_for_margin(0.5, 0.05, None), Some(385));
        assert_eq!(visits_for_margin(0.5, 0.05, Some(1000)), Some(278));
        assert_eq!(visits_for_margin(0.0, 0.05, None), None);
        assert_eq!(visits_for_one_find(1.0, 0.95), None);
    }

    #[test]
    fn power_is_the_level_without_a_difference_and_grows_with_one() {
        let level = power((0.1, 0.1), (400, 400), 1, 2000);
        assert!((level - 0.05).abs() < 0.02, "{level}");
        // 0.2 against 0.1 with 200 each: 80 %, the textbook case.
        let known = power((0.2, 0.1), (200, 200), 1, 2000);
        assert!((known - 0.8).abs() < 0.04, "{known}");
    }

    #[test]
    fn every_row_of_a_band_is_as_likely_and_the_chances_are_told() {
        let ranking: Vec<u32> = (0..100).rev().collect();
        let mut times = [0u32; 100];
        for seed in 0..2000 {
            let plan = draw(&ranking, 10, &[(30, 6), (60, 3)], seed);
            assert_eq!((plan.top.len(), plan.arm.len()), (10, 9));
            for &row in &plan.arm {
                times[row as usize] += 1;
            }
        }
        let plan = draw(&ranking, 10, &[(30, 6), (60, 3)], 5);
        assert_eq!(plan, draw(&ranking, 10, &[(30, 6), (60, 3)], 5));
        assert_eq!((plan.chance[99], plan.chance[80], plan.chance[0]), (1.0, 0.2, 0.05));
        for (row, &n) in times.iter().enumerate() {
            let expected = if row >= 90 { 0.0 } else { 2000.0 * plan.chance[row] };
            assert!((f64::from(n) - expected).abs() <= 5.0 * expected.sqrt(), "{row} {n}");
        }
    }
}
