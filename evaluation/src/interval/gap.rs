//! The gap between groups, largest rate minus smallest, with an interval that also holds when there is no gap.
//!
//! The largest of several noisy rates minus the smallest is above 0 by chance alone, so a bootstrap of it never contains 0.
//! Here a gap `θ` is kept when the data could well have come from it (test inversion). The statistic is the
//! studentised maximum over ordered pairs, `S(θ) = max (p_i - p_j - θ) / se_ij`; a `θ` is dropped when `|S|` is
//! larger than in 95 of 100 simulations of groups with a gap of exactly `θ`. Taking `|S|` orders outcomes
//! as the likelihood ratio does (Feldman and Cousins, 1998), so the interval changes by itself from one-sided
//! at a gap of 0 to two-sided at larger ones.
//!
//! The simulated groups are those nearest to the data with that gap; a rate that could well be at an end is put
//! there, since many groups at the ends widen the maximum (moment selection: Andrews and Soares, 2010). Rates vary as
//! binomials over the effective numbers of rows of [`GroupRates`], with the noise of the estimated likeness. Every group takes
//! part, also those too small to show: their wide errors keep them from deciding.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::estimate::{Estimate, method, whole};
use crate::interval::rates::GroupRates;

/// The gap of one rate between groups.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    /// Largest rate minus smallest; 95 % interval by test inversion; `n` is the number of rows.
    pub estimate: Estimate,
    /// Group with the largest rate.
    pub highest: usize,
    /// Group with the smallest rate.
    pub lowest: usize,
    /// Chance of a gap at least as remarkable when all groups are alike.
    pub p: f64,
    /// Groups that took part.
    pub groups: usize,
}

/// Halvings in the search for an end of the interval: finer than one in 10,000.
const HALVINGS: usize = 14;

/// The gap with its interval, from `draws` simulations (999 or more for a report). Absent with fewer than two groups
/// that have rows.
#[must_use]
pub fn gap(rates: &GroupRates, seed: u64, draws: usize) -> Option<Gap> {
    let present: Vec<usize> = (0..rates.groups()).filter(|&g| rates.below[g] > 0.0).collect();
    if present.len() < 2 {
        return None;
    }
    let world = World::new(rates, &present, seed, draws);
    let rate = &world.rate;
    let by = |a: &usize, b: &usize| rate[*a].total_cmp(&rate[*b]);
    let lowest = (0..rate.len()).min_by(by)?;
    let highest = (0..rate.len()).rev().max_by(by)?;
    let value = rate[highest] - rate[lowest];
    let p = world.p(0.0);
    let low = if p > 0.05 { 0.0 } else { world.end(value, 0.0) };
    let high = if world.p(1.0) > 0.05 { 1.0 } else { world.end(value, 1.0) };
    let n = whole(present.iter().map(|&g| rates.below[g]).sum());
    Some(Gap {
        estimate: Estimate::new(Some(value), Some((low, high)), n, method::GAP_INVERSION),
        highest: present[highest],
        lowest: present[lowest],
        p,
        groups: present.len(),
    })
}

/// Observed groups and the random numbers that all simulations share, so that the answer is smooth in `θ`.
struct World {
    rate: Vec<f64>,
    rows: Vec<f64>,
    error: Vec<f64>,
    correlation: Vec<Vec<f64>>,
    /// Per draw a standard normal per group, correlated as the groups are.
    normals: Vec<Vec<f64>>,
    /// Per draw the factor by which the standard errors are off.
    off: Vec<f64>,
}

impl World {
    fn new(rates: &GroupRates, present: &[usize], seed: u64, draws: usize) -> Self {
        let rate: Vec<f64> = present.iter().map(|&g| rates.above[g] / rates.below[g]).collect();
        let rows: Vec<f64> = present.iter().map(|&g| rates.effective_rows(g)).collect();
        let correlation: Vec<Vec<f64>> =
            present.iter().map(|&a| present.iter().map(|&b| rates.correlation[a][b]).collect()).collect();
        let root = cholesky(&correlation);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut normals = Vec::with_capacity(draws);
        let mut off = Vec::with_capacity(draws);
        for _ in 0..draws {
            let plain: Vec<f64> = present.iter().map(|_| normal(&mut rng)).collect();
            normals.push(root.iter().map(|row| row.iter().zip(&plain).map(|(l, z)| l * z).sum()).collect());
            let z = normal(&mut rng);
            off.push(if rates.likeness() > 0.0 {
                rates.freedom.map_or(1.0, |f| chi_factor(f, z))
            } else {
                1.0
            });
        }
        let error = rate.iter().zip(&rows).map(|(&p, &n)| standard_error(p, n)).collect();
        Self { rate, rows, error, correlation, normals, off }
    }

    /// Share of the simulations with a gap of `theta` whose statistic is at least as far from 0 as that of the data. The
    /// errors are those of the simulated groups, as in a score test: a small group without hits has none of its own.
    fn p(&self, theta: f64) -> f64 {
        let nearest = self.nearest(theta);
        let null: Vec<Rate> = nearest.iter().zip(&self.rows).map(|(&p, &n)| Rate::new(p, n)).collect();
        let error: Vec<f64> = nearest.iter().zip(&self.rows).map(|(&p, &n)| standard_error(p, n)).collect();
        let observed = self.statistic(&self.rate, &error, theta).abs();
        let mut rate = vec![0.0; null.len()];
        let mut beyond = 0.0;
        for (z, off) in self.normals.iter().zip(&self.off) {
            for g in 0..null.len() {
                rate[g] = null[g].draw(z[g]);
            }
            if self.statistic(&rate, &error, theta).abs() / off >= observed - 1e-12 {
                beyond += 1.0;
            }
        }
        (1.0 + beyond) / (1.0 + self.normals.len() as f64)
    }

    /// The last `θ` from the estimate towards `outer` that is kept.
    fn end(&self, estimate: f64, outer: f64) -> f64 {
        let (mut kept, mut dropped) = (estimate, outer);
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(kept, dropped);
            if self.p(middle) > 0.05 { kept = middle } else { dropped = middle }
        }
        kept
    }

    fn statistic(&self, rate: &[f64], error: &[f64], theta: f64) -> f64 {
        let mut most = f64::NEG_INFINITY;
        for i in 0..rate.len() {
            for j in 0..i {
                let d = (rate[i] - rate[j]).abs();
                most = most.max((d - theta) / self.pair_error(error, i, j));
            }
        }
        most
    }

    fn pair_error(&self, error: &[f64], i: usize, j: usize) -> f64 {
        let (a, b) = (error[i], error[j]);
        (a * a + b * b - 2.0 * self.correlation[i][j] * a * b).max(1e-12).sqrt()
    }

    /// The rates with a gap of exactly `theta` that are nearest to the data.
    fn nearest(&self, theta: f64) -> Vec<f64> {
        let (least, most) = ends(&self.rate);
        let (low, high) =
            if most - least >= theta { self.band(theta, least, most) } else { self.stretched(theta) };
        let mut rates: Vec<f64> = self.rate.iter().map(|p| p.clamp(low, high)).collect();
        // The most extreme of so many groups at an end lies about this far from it.
        let reach = 1.0 + (2.0 * (rates.len() as f64).ln()).sqrt();
        for (p, error) in rates.iter_mut().zip(&self.error) {
            let (down, up) = ((*p - low) / error, (high - *p) / error);
            if down.min(up) < reach {
                *p = if down <= up { low } else { high };
            }
        }
        // At least one group at each end, or the gap would not be theta.
        let by_distance = |to: f64| {
            (0..rates.len()).min_by(|&a, &b| {
                ((self.rate[a] - to).abs() / self.error[a])
                    .total_cmp(&((self.rate[b] - to).abs() / self.error[b]))
            })
        };
        let (bottom, top) = (by_distance(low), by_distance(high));
        if let Some(g) = bottom.filter(|_| !rates.contains(&low)) {
            rates[g] = low;
        }
        if let Some(g) = top.filter(|_| !rates.contains(&high)) {
            rates[g] = high;
        }
        rates
    }

    /// The band of this width from which the rates stick out least, in squared standard errors.
    fn band(&self, theta: f64, least: f64, most: f64) -> (f64, f64) {
        let (mut low, mut high) = (least, most - theta);
        for _ in 0..50 {
            let m = f64::midpoint(low, high);
            let slope: f64 = self
                .rate
                .iter()
                .zip(&self.error)
                .map(|(&p, e)| ((m - p).max(0.0) + (m + theta - p).min(0.0)) / (e * e))
                .sum();
            if slope < 0.0 { low = m } else { high = m }
        }
        (low, low + theta)
    }

    /// The two groups that come to this distance most easily, moved apart in proportion to their variances.
    fn stretched(&self, theta: f64) -> (f64, f64) {
        let mut best = (f64::INFINITY, 0.0);
        for i in 0..self.rate.len() {
            for j in (0..self.rate.len()).filter(|&j| j != i) {
                let short = theta - (self.rate[i] - self.rate[j]);
                let cost = short / self.pair_error(&self.error, i, j);
                let share = self.error[j].powi(2) / (self.error[i].powi(2) + self.error[j].powi(2));
                if cost < best.0 {
                    best = (cost, self.rate[j] - short * share);
                }
            }
        }
        let low = best.1.clamp(0.0, (1.0 - theta).max(0.0));
        (low, low + theta)
    }
}

/// Standard error of a proportion with one hit and one miss added (Agresti and Caffo, 2000): never 0.
fn standard_error(rate: f64, rows: f64) -> f64 {
    let p = (rate * rows + 1.0) / (rows + 2.0);
    (p * (1.0 - p) / (rows + 2.0)).sqrt()
}

/// A binomial rate as a function of a standard normal.
struct Rate {
    p: f64,
    rows: f64,
    /// Chances of at most 0, 1, 2, … of the rarer outcome, where normal theory is too coarse.
    table: Vec<f64>,
}

impl Rate {
    fn new(p: f64, rows: f64) -> Self {
        let (rare, n) = (p.min(1.0 - p), rows.round().max(1.0));
        let mut table = Vec::new();
        if rare > 0.0 && n * rare < 15.0 {
            let (mut mass, mut sum, mut k) = ((n * (-rare).ln_1p()).exp(), 0.0, 0.0);
            while k <= n && sum < 1.0 - 1e-12 {
                sum += mass;
                table.push(sum);
                mass *= (n - k) / (k + 1.0) * rare / (1.0 - rare);
                k += 1.0;
            }
        }
        Self { p, rows, table }
    }

    fn draw(&self, z: f64) -> f64 {
        if self.table.is_empty() {
            let spread = (self.p * (1.0 - self.p) / self.rows).sqrt();
            if spread == 0.0 {
                return self.p;
            }
            // Cornish and Fisher's correction for skewness.
            let skew = (1.0 - 2.0 * self.p) / (self.rows * spread);
            return (self.p + spread * (z + skew * (z * z - 1.0) / 6.0)).clamp(0.0, 1.0);
        }
        let flipped = self.p > 0.5;
        let u = 0.5 * statrs::function::erf::erfc(if flipped { z } else { -z } / std::f64::consts::SQRT_2);
        let hits = self.table.partition_point(|&below| below < u).min(self.table.len() - 1) as f64;
        let share = hits / self.rows.round().max(1.0);
        if flipped { 1.0 - share } else { share }
    }
}

/// `sqrt(χ² / freedom)` by Wilson and Hilferty, from a standard normal.
fn chi_factor(freedom: f64, z: f64) -> f64 {
    let c = 2.0 / (9.0 * freedom);
    (1.0 - c + z * c.sqrt()).max(0.05).powi(3).sqrt()
}

/// Two uniform numbers make a standard normal (Box and Muller).
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let (u, v): (f64, f64) = (rng.random(), rng.random());
    (-2.0 * (1.0 - u).ln()).sqrt() * (2.0 * std::f64::consts::PI * v).cos()
}

/// Lower triangle whose square is the matrix; a direction without spread of its own gets none.
fn cholesky(m: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let n = m.len();
    let mut l = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let rest: f64 = m[i][j] - (0..j).map(|k| l[i][k] * l[j][k]).sum::<f64>();
            l[i][j] = if i == j {
                rest.max(0.0).sqrt()
            } else if l[j][j] > 1e-9 {
                rest / l[j][j]
            } else {
                0.0
            };
        }
    }
    l
}

fn ends(rates: &[f64]) -> (f64, f64) {
    rates.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &p| (l.min(p), h.max(p)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interval::rates::Cell;

    fn independent(groups: &[(f64, f64)]) -> GroupRates {
        let mut next = 0;
        let mut cells = Vec::new();
        for (group, &(hits, rows)) in (0u32..).zip(groups) {
            for i in 0..rows as u32 {
                next += 1;
                let above = f64::from(u8::from(f64::from(i) < hits));
                cells.push(Cell { group, cluster: next, above, below: 1.0 });
            }
        }
        GroupRates::new(&cells, groups.len())
    }

    #[test]
    fn two_large_groups_agree_with_the_usual_interval() {
        // 0.5 and 0.3 of 1,000: the difference 0.2 has a standard error of 0.02145, so 0.158 to 0.242.
        let gap = gap(&independent(&[(500.0, 1000.0), (300.0, 1000.0)]), 1, 4000).unwrap();
        let e = &gap.estimate;
        assert!((e.low.unwrap() - 0.158).abs() < 0.003 && (e.high.unwrap() - 0.242).abs() < 0.003, "{e:?}");
        assert_eq!((gap.highest, gap.lowest, gap.groups, e.n), (0, 1, 2, 2000));
        assert!(gap.p < 0.001);
    }

    #[test]
    fn like_groups_can_have_no_gap() {
        let gap = gap(&independent(&[(22.0, 100.0), (20.0, 100.0), (25.0, 100.0)]), 1, 999).unwrap();
        assert_eq!(gap.estimate.low, Some(0.0));
        assert!(gap.estimate.high.unwrap() > 0.08 && gap.p > 0.3);
    }

    #[test]
    fn a_tiny_group_does_not_decide() {
        // 2 of 4 against 20 % of thousands: the gap is large and says nothing.
        let gap = gap(&independent(&[(2.0, 4.0), (400.0, 2000.0), (400.0, 2000.0)]), 1, 999).unwrap();
        assert!((gap.estimate.value.unwrap() - 0.3).abs() < 1e-12);
        assert_eq!(gap.estimate.low, Some(0.0));
        assert_eq!(gap.highest, 0);
    }

    #[test]
    fn one_group_or_nothing_at_all_is_no_gap() {
        assert_eq!(gap(&independent(&[(1.0, 10.0), (0.0, 0.0)]), 1, 99), None);
        let none = gap(&independent(&[(0.0, 50.0), (0.0, 50.0)]), 1, 999).unwrap();
        assert_eq!((none.estimate.value, none.estimate.low), (Some(0.0), Some(0.0)));
        assert!(none.estimate.high.unwrap() > 0.02 && none.p > 0.9);
    }

    #[test]
    fn the_same_seed_gives_the_same_interval() {
        let rates = independent(&[(5.0, 40.0), (18.0, 60.0), (9.0, 30.0)]);
        assert_eq!(gap(&rates, 7, 499), gap(&rates, 7, 499));
    }
}
