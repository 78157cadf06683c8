//! Rates of groups whose rows come in clusters: rows of one area or street block are alike, so there are fewer
//! independent observations than rows.
//!
//! The likeness is the intraclass correlation, estimated once over all groups (each group has too few clusters of
//! its own); a group's effective number of rows follows from it and from the sizes of its own clusters:
//! `n / (1 + (m - 1) ICC)` with `m = Σ b² / Σ b` (Kish, 1965; Donner and Klar, 2000).

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::estimate::{Estimate, method};
use crate::interval::normal_quantile;
use crate::interval::proportion::{clopper_pearson, wilson};

/// What the rows of one cluster add to the rate of one group: numbers above and below the line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// Number of the group, from 0.
    pub group: u32,
    /// Number of the cluster; rows that are independent each have their own.
    pub cluster: u32,
    /// Rows that count, for instance listed rows; may be a fraction under ties.
    pub above: f64,
    /// Rows that could count.
    pub below: f64,
}

/// The rate of each group with what is needed for intervals.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupRates {
    pub(crate) above: Vec<f64>,
    pub(crate) below: Vec<f64>,
    design_effect: Vec<f64>,
    /// Degrees of freedom of the intraclass correlation; absent where every row is on its own.
    pub(crate) freedom: Option<f64>,
    /// Correlation between the rates of two groups: not 0 only where clusters have rows of both.
    pub(crate) correlation: Vec<Vec<f64>>,
    likeness: f64,
}

impl GroupRates {
    /// From cells in any order; those of one group and cluster are added up. Groups without rows have no rate.
    #[must_use]
    pub fn new(cells: &[Cell], groups: usize) -> Self {
        let mut cells: Vec<Cell> =
            cells.iter().copied().filter(|c| c.below > 0.0 && (c.group as usize) < groups).collect();
        cells.sort_by_key(|c| (c.group, c.cluster));
        cells.dedup_by(|next, first| {
            let same = next.group == first.group && next.cluster == first.cluster;
            if same {
                first.above += next.above;
                first.below += next.below;
            }
            same
        });
        let (mut above, mut below, mut squares) = (vec![0.0; groups], vec![0.0; groups], vec![0.0; groups]);
        for cell in &cells {
            let g = cell.group as usize;
            above[g] += cell.above;
            below[g] += cell.below;
            squares[g] += cell.below * cell.below;
        }
        let rate = |g: usize| above[g] / below[g];
        let (likeness, freedom) = likeness(&cells, &below, &squares, &rate);
        let design_effect = below
            .iter()
            .zip(&squares)
            .map(|(b, s)| if *b > 0.0 { 1.0 + (s / b - 1.0).max(0.0) * likeness } else { 1.0 })
            .collect();
        let correlation = correlation(&cells, groups, &below, &rate);
        Self { above, below, design_effect, freedom, correlation, likeness }
    }

    /// One cell per row: `counts` says whether a row counts, 0 to 1; `group` is `None` where a row has no place below the line.
    #[must_use]
    pub fn of_rows(counts: &[f64], group: &[Option<u32>], groups: usize, cluster: Option<&[u32]>) -> Self {
        let cells: Vec<Cell> = (0u32..)
            .zip(counts)
            .filter_map(|(row, &above)| {
                let (i, own) = (row as usize, row);
                Some(Cell { group: group[i]?, cluster: cluster.map_or(own, |c| c[i]), above, below: 1.0 })
            })
            .collect();
        Self::new(&cells, groups)
    }

    /// Number of groups.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.below.len()
    }

    /// The rate of a group; absent without rows.
    #[must_use]
    pub fn rate(&self, group: usize) -> Option<f64> {
        (self.below[group] > 0.0).then(|| self.above[group] / self.below[group])
    }

    /// Intraclass correlation of rows in one cluster, 0 to 1.
    #[must_use]
    pub fn likeness(&self) -> f64 {
        self.likeness
    }

    /// How many independent rows the group is worth.
    #[must_use]
    pub fn effective_rows(&self, group: usize) -> f64 {
        self.below[group] / self.design_effect[group]
    }

    /// The rate with its 95 % interval over the effective number of rows (Korn and Graubard, 1998, for small numbers;
    /// Wilson otherwise), widened for the degrees of freedom of the likeness. `n` is the number of rows.
    #[must_use]
    pub fn estimate(&self, group: usize) -> Estimate {
        let (above, below) = (self.above[group], self.below[group]);
        if self.design_effect[group] <= 1.0 {
            return Estimate::proportion(above, below);
        }
        let rows = self.effective_rows(group) * self.freedom_factor();
        let hits = above / below * rows;
        let (interval, name) = if rows < 40.0 || hits < 5.0 {
            (clopper_pearson(hits, rows, 0.95), method::KORN_GRAUBARD)
        } else {
            (wilson(hits, rows, 0.95), method::WILSON_CLUSTERED)
        };
        Estimate::new(self.rate(group), interval, crate::estimate::whole(below), name)
    }

    /// `(z / t)²`: how much an estimated likeness is worth less than a known one.
    fn freedom_factor(&self) -> f64 {
        let Some(t) = self.freedom.and_then(|f| StudentsT::new(0.0, 1.0, f).ok()) else { return 1.0 };
        (normal_quantile(0.95) / t.inverse_cdf(0.975)).powi(2)
    }

    /// Wilson limits over the effective rows, for differences.
    fn limits(&self, group: usize) -> Option<(f64, f64, f64)> {
        let rows = self.effective_rows(group) * if self.likeness > 0.0 { self.freedom_factor() } else { 1.0 };
        let rate = self.rate(group)?;
        wilson(rate * rows, rows, 0.95).map(|(low, high)| (rate, low, high))
    }

    /// Rate of `a` minus that of `b`, with Newcombe's interval (1998, method 10) and, where clusters have rows of
    /// both, their correlation (Zou and Donner, 2008). Absent where either has no rows.
    #[must_use]
    pub fn difference(&self, a: usize, b: usize) -> Estimate {
        let n = crate::estimate::whole(self.below[a] + self.below[b]);
        let (Some((p, l, u)), Some((q, m, v))) = (self.limits(a), self.limits(b)) else {
            return Estimate::new(None, None, n, method::NONE);
        };
        let r = self.correlation[a][b];
        let arm = |x: f64, y: f64| (x * x + y * y - 2.0 * r * x * y).max(0.0).sqrt();
        let interval = (p - q - arm(p - l, v - q), p - q + arm(u - p, q - m));
        Estimate::new(Some(p - q), Some(interval), n, method::NEWCOMBE)
    }

    /// Rate of `a` over that of `b`: the logarithmic interval (Katz et al., 1978), or Koopman's score interval (1984) where
    /// either has fewer than 5 (effective) hits. Absent where `b` is 0; the upper end is absent where nothing bounds it.
    #[must_use]
    pub fn ratio(&self, a: usize, b: usize) -> Estimate {
        let n = crate::estimate::whole(self.below[a] + self.below[b]);
        let (Some(p), Some(q)) = (self.rate(a), self.rate(b).filter(|q| *q > 0.0)) else {
            return Estimate::new(None, None, n, method::NONE);
        };
        let rows =
            |g: usize| self.effective_rows(g) * if self.likeness > 0.0 { self.freedom_factor() } else { 1.0 };
        let (n1, n2) = (rows(a), rows(b));
        let (k1, k2) = (p * n1, q * n2);
        if k1 < 5.0 || k2 < 5.0 {
            return Estimate::new(Some(p / q), koopman((k1, n1), (k2, n2)), n, method::KOOPMAN);
        }
        let half = normal_quantile(0.95) * (1.0 / k1 - 1.0 / n1 + 1.0 / k2 - 1.0 / n2).max(0.0).sqrt();
        let ratio = p / q;
        Estimate::new(Some(ratio), Some((ratio * (-half).exp(), ratio * half.exp())), n, method::LOG_RATIO)
    }
}

/// The intraclass correlation by the analysis of variance within groups, floored at 0, and its degrees of freedom.
fn likeness(
    cells: &[Cell],
    below: &[f64],
    squares: &[f64],
    rate: &impl Fn(usize) -> f64,
) -> (f64, Option<f64>) {
    let groups = below.iter().filter(|b| **b > 0.0).count() as f64;
    let (clusters, rows): (f64, f64) = (cells.len() as f64, below.iter().sum());
    let (freedom, rest) = (clusters - groups, rows - clusters);
    // Less than one row in a hundred shares its cluster: every row is on its own.
    if freedom < 1.0 || rest < 0.01 * rows {
        return (0.0, None);
    }
    let (mut between, mut inside) = (0.0, 0.0);
    for cell in cells {
        let p = (cell.above / cell.below).clamp(0.0, 1.0);
        between += cell.below * (p - rate(cell.group as usize)).powi(2);
        inside += cell.below * p * (1.0 - p);
    }
    let (between, inside) = (between / freedom, inside / rest);
    let uneven: f64 = below.iter().zip(squares).filter(|(b, _)| **b > 0.0).map(|(b, s)| s / b).sum();
    let size = (rows - uneven) / freedom;
    let spread = between + (size - 1.0) * inside;
    let icc = if spread > 0.0 { ((between - inside) / spread).clamp(0.0, 1.0) } else { 0.0 };
    (icc, Some(freedom))
}

/// Correlation of the rates by what each cluster adds to both (linearisation).
fn correlation(cells: &[Cell], groups: usize, below: &[f64], rate: &impl Fn(usize) -> f64) -> Vec<Vec<f64>> {
    let mut by_cluster: Vec<(u32, usize, f64)> = cells
        .iter()
        .map(|c| {
            let g = c.group as usize;
            (c.cluster, g, (c.above - rate(g) * c.below) / below[g])
        })
        .collect();
    by_cluster.sort_by_key(|c| (c.0, c.1));
    let mut product = vec![vec![0.0; groups]; groups];
    for same in by_cluster.chunk_by(|a, b| a.0 == b.0) {
        for &(_, a, x) in same {
            for &(_, b, y) in same {
                product[a][b] += x * y;
            }
        }
    }
    let spread: Vec<f64> = (0..groups).map(|g| product[g][g].sqrt()).collect();
    for (a, row) in product.iter_mut().enumerate() {
        for (b, cell) in row.iter_mut().enumerate() {
            let scale = spread[a] * spread[b];
            *cell = if a == b {
                1.0
            } else if scale > 0.0 {
                (*cell / scale).clamp(-1.0, 1.0)
            } else {
                0.0
            };
        }
    }
    product
}

/// Where Koopman's score statistic of the ratio crosses the χ² quantile, on either side of the estimate.
fn koopman((k1, n1): (f64, f64), (k2, n2): (f64, f64)) -> Option<(f64, f64)> {
    let critical = normal_quantile(0.95).powi(2);
    let statistic = |log: f64| {
        let phi = log.exp();
        let (a, b, c) = (phi * (n1 + n2), phi * (k2 + n1) + k1 + n2, k1 + k2);
        let q = 2.0 * c / (b + (b * b - 4.0 * a * c).max(0.0).sqrt());
        let p = (phi * q).min(1.0);
        let part = |k: f64, n: f64, p: f64| {
            let spread = n * p * (1.0 - p);
            if spread > 0.0 {
                (k - n * p).powi(2) / spread
            } else if (k - n * p).abs() < 1e-9 {
                0.0
            } else {
                f64::INFINITY
            }
        };
        part(k1, n1, p) + part(k2, n2, q)
    };
    let middle = ((k1 + 0.5) / (n1 + 0.5) / ((k2 + 0.5) / (n2 + 0.5))).ln();
    let cross = |outer: f64| {
        let (mut inside, mut outside) = (middle, outer);
        if statistic(outer) < critical {
            return None;
        }
        for _ in 0..80 {
            let half = f64::midpoint(inside, outside);
            if statistic(half) < critical { inside = half } else { outside = half }
        }
        Some(inside.exp())
    };
    let low = if k1 == 0.0 { Some(0.0) } else { cross(middle - 30.0) };
    low.zip(cross(middle + 30.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(groups: &[(f64, f64)]) -> GroupRates {
        let cells: Vec<Cell> = (0u32..)
            .zip(groups)
            .flat_map(|(group, &(hits, rows))| {
                (0..rows as u32).map(move |i| Cell {
                    group,
                    cluster: 10_000 * group + i,
                    above: f64::from(u8::from(f64::from(i) < hits)),
                    below: 1.0,
                })
            })
            .collect();
        GroupRates::new(&cells, groups.len())
    }

    fn near(got: &Estimate, low: f64, high: f64, tolerance: f64) {
        let (a, b) = (got.low.unwrap(), got.high.unwrap());
        assert!((a - low).abs() < tolerance && (b - high).abs() < tolerance, "{a} {b} is not {low} {high}");
    }

    #[test]
    fn published_intervals_of_differences_and_ratios() {
        // Newcombe (1998), table II: 56/70 - 48/80: 0.0524 to 0.3339; 9/10 - 3/10: 0.1705 to 0.8090.
        near(&rates(&[(56.0, 70.0), (48.0, 80.0)]).difference(0, 1), 0.0524, 0.3339, 6e-5);
        near(&rates(&[(9.0, 10.0), (3.0, 10.0)]).difference(0, 1), 0.1705, 0.8090, 6e-5);
        // Koopman (1984): 36/40 over 16/80: 2.940 to 7.152.
        let interval = koopman((36.0, 40.0), (16.0, 80.0)).unwrap();
        assert!((interval.0 - 2.940).abs() < 2e-3 && (interval.1 - 7.152).abs() < 2e-3, "{interval:?}");
        // DUO: selection 1,050 of 178,200 and 2,010 of 54,820: ratio 6.22.
        let duo = rates(&[(2010.0, 54_820.0), (1050.0, 178_200.0)]).ratio(0, 1);
        assert!((duo.value.unwrap() - 6.22).abs() < 0.005);
        assert_eq!(duo.method, method::LOG_RATIO);
        assert_eq!(rates(&[(3.0, 10.0), (0.0, 10.0)]).ratio(0, 1).value, None);
    }

    #[test]
    fn rows_that_always_agree_are_worth_one_each_cluster() {
        // 60 clusters of 10 rows that are all alike: worth 60 rows, not 600.
        let cells: Vec<Cell> = (0..60)
            .map(|c| Cell { group: 0, cluster: c, above: if c % 3 == 0 { 10.0 } else { 0.0 }, below: 10.0 })
            .collect();
        let clustered = GroupRates::new(&cells, 1);
        assert!((clustered.likeness() - 1.0).abs() < 1e-12);
        assert!((clustered.effective_rows(0) - 60.0).abs() < 1e-9);
        let (wide, narrow) = (clustered.estimate(0), Estimate::proportion(200.0, 600.0));
        let width = |e: &Estimate| e.high.unwrap() - e.low.unwrap();
        assert!(width(&wide) > 3.0 * width(&narrow));
        assert_eq!((wide.n, wide.method.as_str()), (600, method::WILSON_CLUSTERED));
    }

    #[test]
    fn independent_rows_keep_their_plain_interval() {
        let plain = rates(&[(20.0, 100.0), (0.0, 0.0)]);
        assert_eq!(plain.estimate(0), Estimate::proportion(20.0, 100.0));
        assert_eq!(plain.estimate(1).value, None);
        assert_eq!(plain.difference(0, 1).value, None);
        assert_eq!(plain.freedom, None);
    }

    #[test]
    fn groups_within_the_same_clusters_are_correlated() {
        let cells: Vec<Cell> = (0..40u32)
            .flat_map(|c| {
                let share = if c % 2 == 0 { 8.0 } else { 2.0 };
                [0, 1].map(|group| Cell { group, cluster: c, above: share, below: 10.0 })
            })
            .collect();
        let both = GroupRates::new(&cells, 2);
        assert!((both.correlation[0][1] - 1.0).abs() < 1e-9);
        let paired = both.difference(0, 1);
        assert!(paired.high.unwrap() - paired.low.unwrap() < 0.05);
    }
}
