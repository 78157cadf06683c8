//! Lists under a changed rule: a cap on the burden per group, or a part that is drawn by lot.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::backtest::prepared::Prepared;
use crate::backtest::rule::Capacity;
use crate::backtest::selection::Queue;

/// How the list is filled.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// From the top down.
    None,
    /// From the top down, but no group takes more of the list than this many times its share of what could be listed. 1: exactly in
    /// proportion; rows without a group are a group of their own.
    BurdenCap {
        /// 1 or more.
        at_most: f64,
    },
    /// This part of the list is drawn by lot from all that the rest of it leaves.
    RandomArm {
        /// 0 to 1.
        share: f64,
    },
}

/// The least room that still counts.
const ROOM: f64 = 1e-9;
/// Times that tied items share out what is left; each pass exhausts the room, a group's quota or an item.
const PASSES: usize = 60;

/// The chance of each row to be on the list.
pub(crate) fn listed(
    prepared: &Prepared<'_>,
    score: &[f64],
    group: &[Option<u32>],
    groups: usize,
    capacity: Capacity,
    change: Change,
) -> Vec<f64> {
    let mut listed = vec![0.0; score.len()];
    for period in 0..prepared.periods.len() {
        let queue = prepared.queue(period, score, capacity);
        let room = prepared.room(period, capacity);
        let shares = match change {
            Change::None => from_the_top(&queue, room),
            Change::RandomArm { share } => with_lot(&queue, room, share),
            Change::BurdenCap { at_most } => Capped::new(&queue, group, groups, room, at_most).fill(room),
        };
        for (item, share) in shares {
            for &row in queue.members_of(item) {
                listed[row as usize] = share;
            }
        }
    }
    listed
}

/// Every item with its share, also those that are not on the list.
fn from_the_top(queue: &Queue, room: f64) -> Vec<(u32, f64)> {
    let on_list: BTreeMap<u32, f64> = queue.fill(room).on_list.into_iter().collect();
    let share = |item: u32| on_list.get(&queue.first_member(item)).copied().unwrap_or(0.0);
    queue.ties().flatten().map(|&item| (item, share(item))).collect()
}

fn with_lot(queue: &Queue, room: f64, by_lot: f64) -> Vec<(u32, f64)> {
    let top = from_the_top(queue, room * (1.0 - by_lot));
    let taken: f64 = top.iter().map(|&(item, share)| share * queue.item(item).cost).sum();
    let rest: f64 = top.iter().map(|&(item, share)| (1.0 - share) * queue.item(item).cost).sum();
    let chance = if rest > 0.0 { ((room - taken) / rest).clamp(0.0, 1.0) } else { 0.0 };
    top.into_iter().map(|(item, share)| (item, share + (1.0 - share) * chance)).collect()
}

/// A list on which every group has a quota.
struct Capped<'a> {
    queue: &'a Queue,
    /// Per item, the part of its cost that falls on each group.
    parts: Vec<Vec<(usize, f64)>>,
    quota: Vec<f64>,
}

impl<'a> Capped<'a> {
    fn new(queue: &'a Queue, group: &[Option<u32>], groups: usize, room: f64, at_most: f64) -> Self {
        let order: Vec<u32> = queue.ties().flatten().copied().collect();
        let mut parts = vec![Vec::new(); order.len()];
        let mut weight = vec![0.0; groups + 1];
        for &item in &order {
            let members = queue.members_of(item);
            let each = queue.item(item).cost / members.len().max(1) as f64;
            let own: &mut Vec<(usize, f64)> = &mut parts[item as usize];
            for &row in members {
                let number = group[row as usize].map_or(groups, |g| g as usize);
                weight[number] += each;
                match own.iter_mut().find(|(g, _)| *g == number) {
                    Some((_, part)) => *part += each,
                    None => own.push((number, each)),
                }
            }
        }
        let all: f64 = weight.iter().sum();
        let filled = room.min(all);
        let quota = weight.iter().map(|w| if all > 0.0 { at_most * w / all * filled } else { 0.0 }).collect();
        Self { queue, parts, quota }
    }

    fn fill(mut self, room: f64) -> Vec<(u32, f64)> {
        let queue = self.queue;
        let mut left = room;
        let mut shares = Vec::new();
        for tied in queue.ties() {
            let mut share = vec![0.0f64; tied.len()];
            for _ in 0..PASSES {
                if left <= ROOM || !self.pass(tied, &mut share, &mut left) {
                    break;
                }
            }
            shares.extend(tied.iter().copied().zip(share));
        }
        shares
    }

    /// Raises the shares of the tied items whose groups have quota left, all by the same amount; whether anything moved.
    fn pass(&mut self, tied: &[u32], share: &mut [f64], left: &mut f64) -> bool {
        let open: Vec<usize> = (0..tied.len())
            .filter(|&i| {
                let has_quota = |part: &(usize, f64)| self.quota[part.0] > ROOM;
                share[i] < 1.0 - ROOM && self.parts[tied[i] as usize].iter().all(has_quota)
            })
            .collect();
        let mut demand = vec![0.0; self.quota.len()];
        for &i in &open {
            for &(group, part) in &self.parts[tied[i] as usize] {
                demand[group] += part;
            }
        }
        let all: f64 = demand.iter().sum();
        if all <= 0.0 {
            return false;
        }
        let mut rise = open.iter().map(|&i| 1.0 - share[i]).fold(*left / all, f64::min);
        for (quota, demand) in self.quota.iter().zip(&demand) {
            if *demand > 0.0 {
                rise = rise.min(quota / demand);
            }
        }
        for &i in &open {
            share[i] += rise;
        }
        for (quota, demand) in self.quota.iter_mut().zip(&demand) {
            *quota -= rise * demand;
        }
        *left -= rise * all;
        rise > 0.0
    }
}

#[cfg(test)]
mod tests {
    use models::Outcome;
    use proptest::prelude::*;

    use super::*;
    use crate::backtest::input::{Target, TestRows, UnknownReading};

    fn shares(
        score: &[f64],
        group: &[Option<u32>],
        area: &[u32],
        capacity: Capacity,
        change: Change,
    ) -> Vec<f64> {
        let n = score.len();
        let rows = TestRows {
            outcome: &vec![Outcome::NothingFound; n],
            exposure: &vec![1.0; n],
            cluster: area,
            period: &vec![0; n],
            units: None,
            target: Target::Bernoulli,
        };
        listed(&Prepared::new(rows, UnknownReading::LeftOut), score, group, 3, capacity, change)
    }

    #[test]
    fn a_cap_of_one_lists_every_group_in_proportion() {
        // Group 0 holds the best half of the rows.
        let score: Vec<f64> = (0..40).map(|i| f64::from(40 - i)).collect();
        let group: Vec<Option<u32>> = (0..40).map(|i| Some(u32::from(i >= 20))).collect();
        let area: Vec<u32> = (0..40).collect();
        let of = |change| {
            let listed = shares(&score, &group, &area, Capacity::Units(10), change);
            (listed[..20].iter().sum::<f64>(), listed[20..].iter().sum::<f64>())
        };
        assert_eq!(of(Change::None), (10.0, 0.0));
        let (a, b) = of(Change::BurdenCap { at_most: 1.0 });
        assert!((a - 5.0).abs() < 1e-9 && (b - 5.0).abs() < 1e-9, "{a} {b}");
        let (a, b) = of(Change::BurdenCap { at_most: 1.5 });
        assert!((a - 7.5).abs() < 1e-9 && (b - 2.5).abs() < 1e-9, "{a} {b}");
        let (a, b) = of(Change::RandomArm { share: 0.2 });
        assert!((a - 8.0 - 2.0 * 12.0 / 32.0).abs() < 1e-9 && (a + b - 10.0).abs() < 1e-9, "{a} {b}");
    }

    proptest! {
        #[test]
        fn the_list_is_full_and_no_group_is_above_its_cap(
            rows in prop::collection::vec((0u32..6, prop::option::of(0u32..3), 0u32..9), 4..60),
            capacity in 1u64..12,
            at_most in 1.0..2.0f64,
            by_area in any::<bool>(),
        ) {
            let score: Vec<f64> = rows.iter().map(|r| f64::from(r.0)).collect();
            let group: Vec<Option<u32>> = rows.iter().map(|r| r.1).collect();
            let area: Vec<u32> = rows.iter().map(|r| r.2).collect();
            let capacity = if by_area { Capacity::Areas(capacity) } else { Capacity::Units(capacity) };
            let listed = shares(&score, &group, &area, capacity, Change::BurdenCap { at_most });
            prop_assert!(listed.iter().all(|l| (-1e-9..=1.0 + 1e-9).contains(l)));
            if let Capacity::Units(k) = capacity {
                let full = (k as f64).min(rows.len() as f64);
                prop_assert!((listed.iter().sum::<f64>() - full).abs() < 1e-6);
                for g in [None, Some(0), Some(1), Some(2)] {
                    let own: Vec<usize> = (0..rows.len()).filter(|&i| group[i] == g).collect();
                    let burden: f64 = own.iter().map(|&i| listed[i]).sum();
                    prop_assert!(burden <= at_most * own.len() as f64 / rows.len() as f64 * full + 1e-6);
                }
            }
        }

        #[test]
        fn a_random_arm_of_nothing_is_the_list_itself(
            score in prop::collection::vec(0u32..9, 3..40),
            capacity in 1u64..9,
        ) {
            let score: Vec<f64> = score.into_iter().map(f64::from).collect();
            let (group, area) = (vec![None; score.len()], (0u32..).take(score.len()).collect::<Vec<_>>());
            let of = |change| shares(&score, &group, &area, Capacity::Units(capacity), change);
            let (plain, none) = (of(Change::None), of(Change::RandomArm { share: 0.0 }));
            prop_assert!(plain.iter().zip(&none).all(|(a, b)| (a - b).abs() < 1e-9));
            let lot = of(Change::RandomArm { share: 1.0 });
            prop_assert!(lot.windows(2).all(|w| (w[0] - w[1]).abs() < 1e-9));
        }
    }
}
