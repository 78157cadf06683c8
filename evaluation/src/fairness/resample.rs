//! Every rate of every group, and how far it lies from the whole, by drawing rows or whole clusters again.
//!
//! No draw goes over the rows. What a rate needs of a cluster is six counts, so drawing clusters costs one addition per cluster
//! and group; drawing single rows is the same as drawing the six counts of every group from a multinomial distribution,
//! which costs a handful of binomials whatever the number of rows. Every draw has a ChaCha stream of its own: the
//! same answer on any number of threads.
//!
//! For the gap between largest and smallest use [`crate::interval::gap()`]: the bootstrap of it never contains 0.

use models::Outcome;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Binomial, Distribution};
use rayon::prelude::*;

use crate::estimate::{Estimate, whole};
use crate::fairness::confusion::{Confusion, GroupMetric};
use crate::interval::bootstrap::estimate;

/// The counts of each group within each cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterCounts {
    /// Cluster (numbers from 0), group, counts; by rising cluster.
    cells: Vec<(u32, u32, Confusion)>,
    clusters: u32,
    groups: usize,
    whole: bool,
}

/// One rate of one group, or of all together.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupRate {
    /// Which rate.
    pub metric: GroupMetric,
    /// The group; `None` for all together.
    pub group: Option<usize>,
    /// The rate.
    pub rate: Estimate,
    /// The rate minus that of all together; absent for all together.
    pub difference: Option<Estimate>,
    /// The rate over that of all together.
    pub ratio: Option<Estimate>,
}

impl ClusterCounts {
    /// Counts rows: `listed` from 0 to 1, `group` below `groups` or `None`, `cluster` `None` where rows are independent.
    #[must_use]
    pub fn of_rows(
        outcome: &[Outcome],
        listed: &[f64],
        group: &[Option<u32>],
        groups: usize,
        cluster: Option<&[u32]>,
    ) -> Self {
        let clusters = cluster.map_or(1, |c| c.iter().max().map_or(0, |&m| m + 1));
        let mut sums = vec![Confusion::default(); groups * clusters as usize];
        let mut whole = cluster.is_none();
        for (i, group) in group.iter().enumerate() {
            if let Some(g) = group.map(|g| g as usize).filter(|&g| g < groups) {
                let c = cluster.map_or(0, |c| c[i] as usize);
                sums[c * groups + g].add(outcome[i], listed[i], 1.0);
                whole &= listed[i] == 0.0 || listed[i] == 1.0;
            }
        }
        let number = |i: usize| u32::try_from(i).unwrap_or(u32::MAX);
        let cells = sums
            .into_iter()
            .enumerate()
            .filter(|(_, c)| c.rows() > 0.0)
            .map(|(i, c)| (number(i / groups), number(i % groups), c))
            .collect();
        Self { cells, clusters, groups, whole }
    }

    /// All rates with 95 % intervals from this many draws: of whole clusters where there are any, else of rows. Absent
    /// intervals: nothing varies, or more than one draw in ten has nothing below the line.
    ///
    /// Rows that are on the list for a part cannot be drawn one by one: give clusters (each row its own, if need be).
    #[must_use]
    pub fn rates(&self, seed: u64, draws: usize) -> Vec<GroupRate> {
        let plain = self.add_up(|_| 1.0);
        let drawn: Vec<Vec<Confusion>> = (0..draws)
            .into_par_iter()
            .map(|draw| {
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                rng.set_stream(draw as u64);
                if self.clusters == 1 && self.whole {
                    rows_again(&plain, &mut rng)
                } else {
                    self.clusters_again(&mut rng)
                }
            })
            .collect();
        let whole_plain = together(&plain);
        let whole_drawn: Vec<Confusion> = drawn.iter().map(|d| together(d)).collect();
        let groups = (0..self.groups).map(Some).chain([None]);
        let wanted: Vec<(GroupMetric, Option<usize>)> =
            groups.flat_map(|g| GroupMetric::ALL.map(|m| (m, g))).collect();
        wanted
            .par_iter()
            .map(|&(metric, group)| {
                let value = |all: &[Confusion], whole: &Confusion| {
                    (metric.of(group.map_or(whole, |g| &all[g])), metric.of(whole))
                };
                let (mine, all) = value(&plain, &whole_plain);
                let pairs: Vec<(f64, f64)> = drawn
                    .iter()
                    .zip(&whole_drawn)
                    .map(|(d, w)| value(d, w))
                    .map(|(mine, all)| (mine.unwrap_or(f64::NAN), all.unwrap_or(f64::NAN)))
                    .collect();
                let n = whole(metric.parts(group.map_or(&whole_plain, |g| &plain[g])).1);
                let of = |value: Option<f64>, f: &dyn Fn(f64, f64) -> f64| {
                    let draws: Vec<f64> = pairs.iter().map(|&(m, a)| f(m, a)).collect();
                    estimate(value, &draws, if self.clusters == 1 { 2 } else { self.clusters as usize }, n)
                };
                let both = mine.zip(all);
                GroupRate {
                    metric,
                    group,
                    rate: of(mine, &|m, _| m),
                    difference: group.map(|_| of(both.map(|(m, a)| m - a), &|m, a| m - a)),
                    ratio: group.map(|_| of(both.map(|(m, a)| m / a), &|m, a| m / a)),
                }
            })
            .collect()
    }

    fn add_up(&self, times: impl Fn(u32) -> f64) -> Vec<Confusion> {
        let mut sums = vec![Confusion::default(); self.groups];
        for (cluster, group, counts) in &self.cells {
            let t = times(*cluster);
            if t > 0.0 {
                let sum = &mut sums[*group as usize];
                sum.true_positive += t * counts.true_positive;
                sum.false_positive += t * counts.false_positive;
                sum.false_negative += t * counts.false_negative;
                sum.true_negative += t * counts.true_negative;
                sum.listed_unknown += t * counts.listed_unknown;
                sum.unlisted_unknown += t * counts.unlisted_unknown;
            }
        }
        sums
    }

    fn clusters_again(&self, rng: &mut ChaCha8Rng) -> Vec<Confusion> {
        let mut times = vec![0u16; self.clusters as usize];
        for _ in 0..self.clusters {
            let drawn = &mut times[rng.random_range(0..self.clusters) as usize];
            *drawn = drawn.saturating_add(1);
        }
        self.add_up(|c| f64::from(times[c as usize]))
    }
}

/// All rows drawn again with replacement: a multinomial over group and count, as binomials of what is left.
fn rows_again(groups: &[Confusion], rng: &mut ChaCha8Rng) -> Vec<Confusion> {
    let mut rows_left = together(groups).rows();
    let mut draws_left = rows_left;
    let mut take = |count: f64| {
        let share = if rows_left > 0.0 { (count / rows_left).clamp(0.0, 1.0) } else { 0.0 };
        rows_left -= count;
        let drawn = Binomial::new(whole(draws_left), share).map_or(0, |b| b.sample(rng)) as f64;
        draws_left -= drawn;
        drawn
    };
    groups
        .iter()
        .map(|g| Confusion {
            true_positive: take(g.true_positive),
            false_positive: take(g.false_positive),
            false_negative: take(g.false_negative),
            true_negative: take(g.true_negative),
            listed_unknown: take(g.listed_unknown),
            unlisted_unknown: take(g.unlisted_unknown),
        })
        .collect()
}

fn together(groups: &[Confusion]) -> Confusion {
    groups.iter().fold(Confusion::default(), |sum, g| sum.plus(g))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2,000 rows in 100 clusters that share their outcome, two groups, every third row listed.
    fn counts(clustered: bool) -> ClusterCounts {
        let outcome: Vec<Outcome> = (0..2000)
            .map(|i| if i / 20 % 4 == 0 { Outcome::Found(1) } else { Outcome::NothingFound })
            .collect();
        let listed: Vec<f64> = (0..2000).map(|i| f64::from(u8::from(i % 3 == 0))).collect();
        let group: Vec<Option<u32>> = (0..2000).map(|i| Some(u32::from(i >= 1000))).collect();
        let cluster: Vec<u32> = (0..2000).map(|i| i / 20).collect();
        ClusterCounts::of_rows(&outcome, &listed, &group, 2, clustered.then_some(&cluster))
    }

    fn width(rates: &[GroupRate], metric: GroupMetric) -> f64 {
        let e = &rates.iter().find(|r| r.metric == metric && r.group == Some(0)).unwrap().rate;
        e.high.unwrap() - e.low.unwrap()
    }

    #[test]
    fn drawing_rows_gives_the_binomial_spread_and_drawing_clusters_theirs() {
        let (rows, clusters) = (counts(false).rates(1, 4000), counts(true).rates(1, 4000));
        // Prevalence 13 of 50 clusters of 20 rows in group 0.
        let known = |n: f64| 2.0 * 1.96 * (0.26_f64 * 0.74 / n).sqrt();
        assert!((width(&rows, GroupMetric::Prevalence) / known(1000.0) - 1.0).abs() < 0.06);
        assert!((width(&clusters, GroupMetric::Prevalence) / known(50.0) - 1.0).abs() < 0.06);
        assert_eq!(rows.len(), 3 * GroupMetric::ALL.len());
    }

    #[test]
    fn the_same_on_any_number_of_threads() {
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| counts(true).rates(7, 200))
        };
        assert_eq!(on(1), on(3));
    }

    #[test]
    fn a_group_without_rows_has_no_rate() {
        let none = ClusterCounts::of_rows(&[Outcome::Found(1)], &[1.0], &[Some(0)], 2, None).rates(1, 100);
        assert!(none.iter().filter(|r| r.group == Some(1)).all(|r| r.rate.value.is_none()));
    }
}
