//! Which groups differ from the rest, when many are looked at: permutation test with the step-down maximum of Westfall and
//! Young (1993), which keeps the chance of any false alarm below the level, however the groups depend on each other.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Hypergeometric};

use crate::interval::rates::Cell;

/// What is given another group: a whole cluster where a cluster lies in one group, else a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    /// Number of its group, from 0.
    pub group: u32,
    /// Labels change places only among units of one block (stratum); 0 for all where there are none.
    pub block: u32,
    /// Above the line of the rate.
    pub above: f64,
    /// Below the line.
    pub below: f64,
}

/// What a group is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// All other groups together.
    Others,
    /// The group with this number, which has no chance of its own then.
    Group(usize),
}

/// Per group the chance, corrected for the number of groups, of a rate as far from that which it is compared with when labels
/// mean nothing: `(1 + permutations at least as far) / (1 + draws)`. Absent for a group without rows or without others.
///
/// The distance is `|p_g - p_rest| / sqrt(p (1 - p) (1/n_g + 1/n_rest))`; blocks of clusters of very different size make it
/// less sharp, never wrong.
#[must_use]
pub fn westfall_young(
    units: &[Unit],
    groups: usize,
    against: Against,
    seed: u64,
    draws: usize,
) -> Vec<Option<f64>> {
    let mut units = units.to_vec();
    units.sort_by_key(|u| u.block);
    let mut labels: Vec<u32> = units.iter().map(|u| u.group).collect();
    let mut down = StepDown::new(distances(&units, &labels, groups, against));
    let blocks: Vec<usize> = units.chunk_by(|a, b| a.block == b.block).map(<[Unit]>::len).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for _ in 0..draws {
        let mut rest = labels.as_mut_slice();
        for &length in &blocks {
            let (block, others) = rest.split_at_mut(length);
            block.shuffle(&mut rng);
            rest = others;
        }
        down.add(&distances(&units, &labels, groups, against));
    }
    down.finish()
}

/// As [`westfall_young`] for independent rows of which only counts are known, above and below the line per group: labels that
/// change places give counts of a multivariate hypergeometric distribution, which are drawn at once. With several tables
/// (the steps of a funnel) the correction is for all their groups together. Counts are taken to the whole.
#[must_use]
pub fn westfall_young_counts(
    tables: &[Vec<(f64, f64)>],
    against: Against,
    seed: u64,
    draws: usize,
) -> Vec<Vec<Option<f64>>> {
    let far = |table: &[(f64, f64)]| {
        let (above, below): (Vec<f64>, Vec<f64>) = table.iter().copied().unzip();
        apart(&above, &below, against)
    };
    let whole: Vec<Vec<(f64, f64)>> =
        tables.iter().map(|t| t.iter().map(|&(k, n)| (k.min(n).round(), n.round())).collect()).collect();
    let mut down = StepDown::new(whole.iter().flat_map(|t| far(t)).collect());
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for _ in 0..draws {
        let drawn: Vec<Option<f64>> = whole.iter().flat_map(|t| far(&relabelled(t, &mut rng))).collect();
        down.add(&drawn);
    }
    let mut p = down.finish().into_iter();
    tables.iter().map(|t| p.by_ref().take(t.len()).collect()).collect()
}

/// Corrected chances per group. What changes groups is what a cluster adds to a group; rows that are independent go by
/// their counts.
pub(crate) fn of_cells(
    cells: &[Cell],
    groups: usize,
    against: Against,
    clustered: bool,
    seed: u64,
    draws: usize,
) -> Vec<Option<f64>> {
    let whole = |x: f64| x == 0.0 || x == 1.0;
    if !clustered && cells.iter().all(|c| whole(c.above) && whole(c.below)) {
        let mut counts = vec![(0.0, 0.0); groups];
        for cell in cells {
            counts[cell.group as usize].0 += cell.above;
            counts[cell.group as usize].1 += cell.below;
        }
        return westfall_young_counts(&[counts], against, seed, draws).pop().unwrap_or_default();
    }
    let mut sorted: Vec<&Cell> = cells.iter().filter(|c| c.below > 0.0).collect();
    sorted.sort_by_key(|c| (c.group, c.cluster));
    let units: Vec<Unit> = sorted
        .chunk_by(|a, b| (a.group, a.cluster) == (b.group, b.cluster))
        .map(|same| Unit {
            group: same[0].group,
            block: 0,
            above: same.iter().map(|c| c.above).sum(),
            below: same.iter().map(|c| c.below).sum(),
        })
        .collect();
    westfall_young(&units, groups, against, seed, draws)
}

/// The counts when the rows above the line are spread over the groups by lot.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "whole numbers of rows"
)]
fn relabelled(table: &[(f64, f64)], rng: &mut ChaCha8Rng) -> Vec<(f64, f64)> {
    let mut above = table.iter().map(|c| c.0).sum::<f64>() as u64;
    let mut below = table.iter().map(|c| c.1).sum::<f64>() as u64;
    table
        .iter()
        .map(|&(_, rows)| {
            let drawn = Hypergeometric::new(below, above, rows as u64).map_or(0, |h| h.sample(rng));
            above -= drawn;
            below -= rows as u64;
            (drawn as f64, rows)
        })
        .collect()
}

/// Counts in how many draws the largest distance, among a group's own and all that are nearer, is at least its own.
struct StepDown {
    observed: Vec<Option<f64>>,
    /// By falling distance.
    order: Vec<usize>,
    beyond: Vec<f64>,
    draws: f64,
}

impl StepDown {
    fn new(observed: Vec<Option<f64>>) -> Self {
        let mut order: Vec<usize> = (0..observed.len()).filter(|&g| observed[g].is_some()).collect();
        let far = |g: usize| observed[g].unwrap_or(0.0);
        order.sort_by(|&a, &b| far(b).total_cmp(&far(a)).then(a.cmp(&b)));
        Self { beyond: vec![0.0; observed.len()], order, observed, draws: 0.0 }
    }

    fn add(&mut self, drawn: &[Option<f64>]) {
        let mut most = 0.0_f64;
        for &g in self.order.iter().rev() {
            most = most.max(drawn[g].unwrap_or(0.0));
            if most >= self.observed[g].unwrap_or(0.0) - 1e-12 {
                self.beyond[g] += 1.0;
            }
        }
        self.draws += 1.0;
    }

    fn finish(self) -> Vec<Option<f64>> {
        let mut p = vec![None; self.observed.len()];
        let mut least = 0.0_f64;
        for &g in &self.order {
            least = least.max((1.0 + self.beyond[g]) / (1.0 + self.draws));
            p[g] = Some(least);
        }
        p
    }
}

fn distances(units: &[Unit], labels: &[u32], groups: usize, against: Against) -> Vec<Option<f64>> {
    let (mut above, mut below) = (vec![0.0; groups], vec![0.0; groups]);
    for (unit, &label) in units.iter().zip(labels) {
        if let (Some(a), Some(b)) = (above.get_mut(label as usize), below.get_mut(label as usize)) {
            *a += unit.above;
            *b += unit.below;
        }
    }
    apart(&above, &below, against)
}

/// How far each group's rate lies from that which it is compared with, in standard errors.
fn apart(above: &[f64], below: &[f64], against: Against) -> Vec<Option<f64>> {
    let (all_above, all_below): (f64, f64) = (above.iter().sum(), below.iter().sum());
    (0..above.len())
        .map(|g| {
            let (hits, rows) = match against {
                Against::Others => (all_above - above[g], all_below - below[g]),
                Against::Group(other) if other == g => return None,
                Against::Group(other) => (above[other], below[other]),
            };
            (below[g] > 0.0 && rows > 0.0).then(|| {
                let p = (above[g] + hits) / (below[g] + rows);
                let spread = (p * (1.0 - p) * (1.0 / below[g] + 1.0 / rows)).sqrt();
                let apart = (above[g] / below[g] - hits / rows).abs();
                if spread > 0.0 { apart / spread } else { 0.0 }
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;

    fn units(hits: &[(usize, usize)]) -> Vec<Unit> {
        (0u32..)
            .zip(hits)
            .flat_map(|(group, &(hits, rows))| {
                (0..rows).map(move |i| Unit {
                    group,
                    block: 0,
                    above: f64::from(u8::from(i < hits)),
                    below: 1.0,
                })
            })
            .collect()
    }

    #[test]
    fn the_group_that_differs_is_found_and_the_others_are_not() {
        let p =
            westfall_young(&units(&[(60, 100), (20, 100), (21, 100), (0, 0)]), 4, Against::Others, 3, 999);
        assert!(p[0].unwrap() < 0.005 && p[3].is_none(), "{p:?}");
        let alike = westfall_young(&units(&[(20, 100), (21, 100), (19, 100)]), 3, Against::Others, 3, 999);
        assert!(alike.iter().all(|p| p.unwrap() > 0.5), "{alike:?}");
    }

    /// Two groups and the units 1, 1, 0, 0: of the 6 ways to give out labels, 2 are as far apart as they can be.
    #[test]
    fn exact_on_four_units() {
        let p = westfall_young(&units(&[(2, 2), (0, 2)]), 2, Against::Others, 3, 9999);
        assert!((p[0].unwrap() - 1.0 / 3.0).abs() < 0.02, "{p:?}");
    }

    /// Counts alone give what their rows give.
    #[test]
    fn counts_equal_their_rows() {
        let table = [(30.0, 100.0), (20.0, 100.0), (45.0, 150.0)];
        let rows = westfall_young(
            &units(&table.map(|(k, n)| (k as usize, n as usize))),
            3,
            Against::Others,
            5,
            9999,
        );
        let counts = westfall_young_counts(&[table.to_vec()], Against::Others, 6, 9999);
        for (a, b) in rows.iter().zip(&counts[0]) {
            assert!((a.unwrap() - b.unwrap()).abs() < 0.02, "{rows:?} {counts:?}");
        }
        // Two groups and the rows 1, 1, 0, 0; beside it a table in which nothing differs, which only adds to the maximum.
        let two = westfall_young_counts(
            &[vec![(2.0, 2.0), (0.0, 2.0)], vec![(1.0, 2.0), (1.0, 2.0)]],
            Against::Others,
            3,
            9999,
        );
        assert!((two[0][0].unwrap() - 5.0 / 9.0).abs() < 0.02 && two[1][0].unwrap() > 0.99, "{two:?}");
        assert_eq!(
            westfall_young_counts(&[vec![(0.0, 0.0), (1.0, 2.0)]], Against::Others, 1, 99)[0],
            [None, None]
        );
    }

    /// Two groups alike and a third that differs: beside the others each of the two differs, beside each other they do not.
    #[test]
    fn beside_one_group_the_third_does_not_count() {
        let table = vec![(200.0, 1000.0), (205.0, 1000.0), (400.0, 1000.0)];
        let others = westfall_young_counts(std::slice::from_ref(&table), Against::Others, 1, 999);
        assert!(others[0].iter().all(|p| p.unwrap() < 0.01), "{others:?}");
        let first = westfall_young_counts(&[table], Against::Group(0), 1, 999);
        assert!(
            first[0][0].is_none() && first[0][1].unwrap() > 0.5 && first[0][2].unwrap() < 0.01,
            "{first:?}"
        );
    }

    #[test]
    fn differences_between_blocks_are_not_differences_between_groups() {
        // Group 0 lives mostly in the block where everyone is listed.
        let mut all = Vec::new();
        for (group, block, rows, above) in
            [(0, 0, 80, 1.0), (1, 0, 20, 1.0), (0, 1, 20, 0.0), (1, 1, 80, 0.0)]
        {
            all.extend((0..rows).map(|_| Unit { group, block, above, below: 1.0 }));
        }
        assert!(westfall_young(&all, 2, Against::Others, 1, 499)[0].unwrap() > 0.9);
    }

    /// With eight groups that are all alike, one in twenty studies may raise any alarm; without the correction one in three.
    #[test]
    fn false_alarms_are_rare_however_many_groups() {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let alarms = (0..300).filter(|&seed| {
            let units: Vec<Unit> = (0..320u32)
                .map(|i| Unit {
                    group: i % 8,
                    block: 0,
                    above: f64::from(u8::from(rng.random::<f64>() < 0.3)),
                    below: 1.0,
                })
                .collect();
            westfall_young(&units, 8, Against::Others, seed, 199).iter().flatten().any(|p| *p <= 0.05)
        });
        let share = alarms.count() as f64 / 300.0;
        assert!(share < 0.09, "{share}");
    }
}
