//! Estimates from rows that were looked at with a known chance.

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::estimate::{Estimate, method, whole};
use crate::interval::{normal_quantile, wilson};

/// A row that was looked at: its outcome, and the chance with which it was chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observed {
    /// Finds (or 1 for a hit).
    pub value: f64,
    /// Chance of having been chosen, above 0 and at most 1. A row of the top of the list that is always visited has 1.
    pub chance: f64,
    /// Cluster (area) of the row.
    pub cluster: u32,
}

/// Hájek's estimate (1971) of the mean over all rows, `Σ y/π / Σ 1/π`, with a 95 % interval from the linearised variance,
/// summed per cluster; for shares, Wilson's over the effective number of rows. Right whenever the chances are, however uneven: the plain hit rate is not.
///
/// `n` is the number of rows looked at. Absent without rows; rows with a chance outside (0, 1] are a mistake of the
/// caller and make the whole estimate absent. Where a handful of hits with small chances carry the estimate, the interval covers
/// somewhat less than it says.
///
/// ```
/// use evaluation::unknown::{Observed, hajek};
/// // Ten rows of the list, always visited, half of them hits; ten of the other thousand, one hit.
/// let row = |value, chance, cluster| Observed { value, chance, cluster };
/// let list = (0..10).map(|i| row(f64::from(i % 2), 1.0, i));
/// let arm = (10..20).map(|i| row(if i == 10 { 1.0 } else { 0.0 }, 0.01, i));
/// let rows: Vec<Observed> = list.chain(arm).collect();
/// let prevalence = hajek(&rows).value.unwrap();
/// assert!((prevalence - (5.0 + 100.0) / (10.0 + 1000.0)).abs() < 1e-12); // the plain hit rate is 0.3
/// ```
#[must_use]
pub fn hajek(rows: &[Observed]) -> Estimate {
    let n = rows.len() as u64;
    let none = || Estimate::new(None, None, n, method::NONE);
    if rows.iter().any(|r| !(r.chance > 0.0 && r.chance <= 1.0)) {
        return none();
    }
    let weight: f64 = rows.iter().map(|r| 1.0 / r.chance).sum();
    if weight <= 0.0 {
        return none();
    }
    let mean = rows.iter().map(|r| r.value / r.chance).sum::<f64>() / weight;
    let mut parts: Vec<(u32, f64)> =
        rows.iter().map(|r| (r.cluster, (r.value - mean) / r.chance / weight)).collect();
    parts.sort_by_key(|p| p.0);
    let sums: Vec<f64> = parts.chunk_by(|a, b| a.0 == b.0).map(|c| c.iter().map(|p| p.1).sum()).collect();
    let clusters = sums.len() as f64;
    let interval = (clusters > 1.0).then_some(()).and_then(|()| {
        let squares: f64 = sums.iter().map(|s| s * s).sum();
        let variance = clusters / (clusters - 1.0) * squares;
        // A few rows of small chance carry most of the variance: count only as many degrees of freedom.
        let freedom = squares * squares / sums.iter().map(|s| s.powi(4)).sum::<f64>();
        let t = StudentsT::new(0.0, 1.0, freedom.max(1.0)).ok()?.inverse_cdf(0.975);
        let share = rows.iter().all(|r| r.value == 0.0 || r.value == 1.0);
        if share && variance > 0.0 {
            let effective = mean * (1.0 - mean) / variance * (normal_quantile(0.95) / t).powi(2);
            wilson(mean * effective, effective, 0.95)
        } else {
            let half = t * variance.sqrt();
            Some((mean - half, mean + half))
        }
    });
    let interval = interval.filter(|(low, high)| low < high);
    Estimate::new(Some(mean), interval, n, method::HAJEK)
}

/// Manski's bounds (1989) of the share with a find: from "none of the rest" to "all of the rest".
///
/// ```
/// assert_eq!(evaluation::unknown::bounds(10.0, 100.0, 1000.0), Some((0.01, 0.91)));
/// ```
#[must_use]
pub fn bounds(hits: f64, known: f64, rows: f64) -> Option<(f64, f64)> {
    (rows > 0.0 && hits <= known && known <= rows).then(|| (hits / rows, (hits + rows - known) / rows))
}

/// The upper bound when the rest yields at most `ceiling` per row, for instance the upper limit of a random arm: still a bound,
/// and of use.
#[must_use]
pub fn bounds_with_ceiling(hits: f64, known: f64, rows: f64, ceiling: f64) -> Option<(f64, f64)> {
    bounds(hits, known, rows).map(|(low, high)| (low, high.min((hits + ceiling * (rows - known)) / rows)))
}

/// Precision and recall of a list by Hájek's estimate over the rows looked at; `listed` as the rows.
#[must_use]
pub fn list_yield(rows: &[Observed], listed: &[bool]) -> (Estimate, Option<f64>) {
    let on: Vec<Observed> = rows.iter().zip(listed).filter(|(_, l)| **l).map(|(r, _)| *r).collect();
    let finds = |rows: &[Observed]| rows.iter().map(|r| r.value / r.chance).sum::<f64>();
    let all = finds(rows);
    (hajek(&on), (all > 0.0).then(|| finds(&on) / all))
}

/// Rows that a proportion of `n` rows stands for, rounded.
pub(crate) fn rounded(n: f64) -> u64 {
    whole(n.ceil())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn unbiased_where_the_plain_hit_rate_is_not() {
        // 4,000 rows of which a tenth holds something; those ten times as likely to be visited.
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let (mut sum, mut plain, mut covered) = (0.0, 0.0, 0.0);
        let runs = 300;
        for _ in 0..runs {
            let mut rows = Vec::new();
            for i in 0..4000u32 {
                let hit = i % 10 == 0;
                let chance = if i % 20 < 10 { 0.3 } else { 0.03 } * if hit { 1.0 } else { 0.5 };
                if rng.random::<f64>() < chance {
                    rows.push(Observed { value: f64::from(u8::from(hit)), chance, cluster: i });
                }
            }
            let e = hajek(&rows);
            sum += e.value.unwrap();
            plain += rows.iter().map(|r| r.value).sum::<f64>() / rows.len() as f64;
            covered += f64::from(u8::from(e.low.unwrap() <= 0.1 && 0.1 <= e.high.unwrap()));
        }
        let (mean, plain, covered) = (sum / 300.0, plain / 300.0, covered / 300.0);
        assert!((mean - 0.1).abs() < 0.003, "{mean}");
        assert!(plain > 0.17, "{plain}");
        assert!((0.9..=0.98).contains(&covered), "{covered}");
    }

    #[test]
    fn impossible_chances_give_nothing() {
        let row = Observed { value: 1.0, chance: 0.0, cluster: 0 };
        assert_eq!(hajek(&[row]).value, None);
        assert_eq!(hajek(&[]).value, None);
        assert_eq!(bounds(5.0, 4.0, 10.0), None);
        assert_eq!(bounds_with_ceiling(10.0, 100.0, 1000.0, 0.1), Some((0.01, 0.1)));
    }

    proptest! {
        #[test]
        fn the_truth_lies_between_the_bounds(rows in prop::collection::vec((any::<bool>(), any::<bool>()), 1..50)) {
            let count = |f: &dyn Fn(&(bool, bool)) -> bool| rows.iter().filter(|r| f(r)).count() as f64;
            let (hits, known) = (count(&|r| r.0 && r.1), count(&|r| r.1));
            let truth = count(&|r| r.0) / rows.len() as f64;
            let (low, high) = bounds(hits, known, rows.len() as f64).unwrap();
            prop_assert!(low <= truth + 1e-12 && truth <= high + 1e-12);
        }
    }
}
