//! Which groups differ from the rest, when many are looked at: permutation test with the step-down maximum of Westfall and
//! Young (1993), which keeps the chance of any false alarm below the level, however the groups depend on each other.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

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

/// Per group the chance, corrected for the number of groups, of a rate as far from that of all others when labels
/// mean nothing: `(1 + permutations at least as far) / (1 + draws)`. Absent for a group without rows or without others.
///
/// The distance is `|p_g - p_rest| / sqrt(p (1 - p) (1/n_g + 1/n_rest))`; blocks of clusters of very different size make it
/// less sharp, never wrong.
#[must_use]
pub fn westfall_young(units: &[Unit], groups: usize, seed: u64, draws: usize) -> Vec<Option<f64>> {
    let mut units = units.to_vec();
    units.sort_by_key(|u| u.block);
    let mut labels: Vec<u32> = units.iter().map(|u| u.group).collect();
    let observed = distances(&units, &labels, groups);
    let mut order: Vec<usize> = (0..groups).filter(|&g| observed[g].is_some()).collect();
    let far = |g: usize| observed[g].unwrap_or(0.0);
    order.sort_by(|&a, &b| far(b).total_cmp(&far(a)).then(a.cmp(&b)));
    let blocks: Vec<usize> = units.chunk_by(|a, b| a.block == b.block).map(<[Unit]>::len).collect();
    let mut beyond = vec![0.0; groups];
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for _ in 0..draws {
        let mut rest = labels.as_mut_slice();
        for &length in &blocks {
            let (block, others) = rest.split_at_mut(length);
            block.shuffle(&mut rng);
            rest = others;
        }
        let drawn = distances(&units, &labels, groups);
        // Step down: the maximum over this group and all that are nearer.
        let mut most = 0.0_f64;
        for &g in order.iter().rev() {
            most = most.max(drawn[g].unwrap_or(0.0));
            if most >= far(g) - 1e-12 {
                beyond[g] += 1.0;
            }
        }
    }
    let mut p = vec![None; groups];
    let mut least = 0.0_f64;
    for &g in &order {
        least = least.max((1.0 + beyond[g]) / (1.0 + draws as f64));
        p[g] = Some(least);
    }
    p
}

fn distances(units: &[Unit], labels: &[u32], groups: usize) -> Vec<Option<f64>> {
    let (mut above, mut below) = (vec![0.0; groups], vec![0.0; groups]);
    let (mut all_above, mut all_below) = (0.0, 0.0);
    for (unit, &label) in units.iter().zip(labels) {
        if let (Some(a), Some(b)) = (above.get_mut(label as usize), below.get_mut(label as usize)) {
            *a += unit.above;
            *b += unit.below;
            all_above += unit.above;
            all_below += unit.below;
        }
    }
    let p = all_above / all_below;
    (0..groups)
        .map(|g| {
            let rest = all_below - below[g];
            (below[g] > 0.0 && rest > 0.0).then(|| {
                let spread = (p * (1.0 - p) * (1.0 / below[g] + 1.0 / rest)).sqrt();
                let apart = (above[g] / below[g] - (all_above - above[g]) / rest).abs();
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
        let p = westfall_young(&units(&[(60, 100), (20, 100), (21, 100), (0, 0)]), 4, 3, 999);
        assert!(p[0].unwrap() < 0.005 && p[3].is_none(), "{p:?}");
        let alike = westfall_young(&units(&[(20, 100), (21, 100), (19, 100)]), 3, 3, 999);
        assert!(alike.iter().all(|p| p.unwrap() > 0.5), "{alike:?}");
    }

    /// Two groups and the units 1, 1, 0, 0: of the 6 ways to give out labels, 2 are as far apart as they can be.
    #[test]
    fn exact_on_four_units() {
        let p = westfall_young(&units(&[(2, 2), (0, 2)]), 2, 3, 9999);
        assert!((p[0].unwrap() - 1.0 / 3.0).abs() < 0.02, "{p:?}");
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
        assert!(westfall_young(&all, 2, 1, 499)[0].unwrap() > 0.9);
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
            westfall_young(&units, 8, seed, 199).iter().flatten().any(|p| *p <= 0.05)
        });
        let share = alarms.count() as f64 / 300.0;
        assert!(share < 0.09, "{share}");
    }
}
