//! Scores reduced to steps: what AUC, average precision and the gains curve need under any weighting of whole
//! areas. Each step holds the found and the other rows of each area. Neighbouring steps without finds are
//! one step, since their order among themselves changes none of the three; that makes rare finds cheap.

use crate::interval::bootstrap::{LANES, Times};

/// Steps from the highest score down.
#[derive(Default)]
pub(crate) struct Steps {
    ends: Vec<(usize, usize)>,
    found: Vec<(u32, u32)>,
    rest: Vec<(u32, u32)>,
}

/// What a row adds to its step: its area, and its weights as a found and as another row.
pub(crate) type Weights = (u32, u32, u32);

impl Steps {
    /// From groups of tied rows, highest score first.
    pub(crate) fn new<'a>(ties: impl Iterator<Item = &'a [u32]>, weights: impl Fn(u32) -> Weights) -> Self {
        let mut steps = Self::default();
        let (mut found, mut rest) = (Vec::new(), Vec::new());
        for tied in ties {
            let any = tied.iter().any(|&i| weights(i).1 > 0);
            if any {
                steps.close(&mut found, &mut rest);
            }
            for &i in tied {
                let (cluster, f, r) = weights(i);
                if f > 0 {
                    found.push((cluster, f));
                }
                if r > 0 {
                    rest.push((cluster, r));
                }
            }
            if any {
                steps.close(&mut found, &mut rest);
            }
        }
        steps.close(&mut found, &mut rest);
        steps
    }

    fn close(&mut self, found: &mut Vec<(u32, u32)>, rest: &mut Vec<(u32, u32)>) {
        if found.is_empty() && rest.is_empty() {
            return;
        }
        merge(found, &mut self.found);
        merge(rest, &mut self.rest);
        self.ends.push((self.found.len(), self.rest.len()));
    }

    /// Visits the steps with the weight of their found and other rows, for eight draws at once.
    fn sweep(&self, times: &Times, mut visit: impl FnMut(&[f64; LANES], &[f64; LANES])) {
        let (mut found, mut rest) = (0, 0);
        for &(found_end, rest_end) in &self.ends {
            visit(&weigh(&self.found[found..found_end], times), &weigh(&self.rest[rest..rest_end], times));
            (found, rest) = (found_end, rest_end);
        }
    }

    /// AUC and average precision per draw; NaN where there is none.
    pub(crate) fn auc_and_ap(&self, times: &Times) -> [(f64, f64); LANES] {
        let zero = [0.0; LANES];
        let (mut positive, mut negative, mut pairs, mut precision) = (zero, zero, zero, zero);
        self.sweep(times, |p, n| {
            for lane in 0..LANES {
                pairs[lane] += n[lane] * (positive[lane] + p[lane] / 2.0);
                positive[lane] += p[lane];
                negative[lane] += n[lane];
                if p[lane] > 0.0 {
                    precision[lane] += p[lane] * positive[lane] / (positive[lane] + negative[lane]);
                }
            }
        });
        std::array::from_fn(|l| (pairs[l] / (positive[l] * negative[l]), precision[l] / positive[l]))
    }

    /// Finds within these rooms (rising, per draw), where `rest` counts every row of a step. The step that
    /// straddles the end gives its share.
    pub(crate) fn finds_within<const N: usize>(
        &self,
        times: &Times,
        rooms: &[[f64; N]; LANES],
    ) -> [[f64; N]; LANES] {
        let mut within = [[0.0; N]; LANES];
        let mut next = [0; LANES];
        let (mut above, mut taken) = ([0.0; LANES], [0.0; LANES]);
        self.sweep(times, |finds, rows| {
            for lane in 0..LANES {
                while next[lane] < N && rooms[lane][next[lane]] < taken[lane] + rows[lane] {
                    let share = (rooms[lane][next[lane]] - taken[lane]) / rows[lane];
                    within[lane][next[lane]] = above[lane] + share * finds[lane];
                    next[lane] += 1;
                }
                above[lane] += finds[lane];
                taken[lane] += rows[lane];
            }
        });
        for lane in 0..LANES {
            within[lane][next[lane]..].fill(above[lane]);
        }
        within
    }
}

/// Empties `parts` into `into`, the weights of each area added up.
fn merge(parts: &mut Vec<(u32, u32)>, into: &mut Vec<(u32, u32)>) {
    parts.sort_unstable();
    let start = into.len();
    for (cluster, weight) in parts.drain(..) {
        match into[start..].last_mut() {
            Some(last) if last.0 == cluster => last.1 += weight,
            _ => into.push((cluster, weight)),
        }
    }
}

fn weigh(parts: &[(u32, u32)], times: &Times) -> [f64; LANES] {
    let mut sum = [0.0; LANES];
    for &(cluster, weight) in parts {
        let weight = f64::from(weight);
        for (sum, &t) in sum.iter_mut().zip(&times[cluster as usize]) {
            *sum += weight * f64::from(t);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::metrics::ranking::{auc, average_precision, falling, ties};

    fn same(a: f64, b: Option<f64>) -> bool {
        if a.is_finite() { b.is_some_and(|b| (a - b).abs() < 1e-10) } else { b.is_none() }
    }

    proptest! {
        /// Under weights of whole areas, the steps give what the definitions give.
        #[test]
        fn steps_are_the_weighted_definitions(
            rows in prop::collection::vec((0u8..6, any::<bool>(), 0u32..4), 1..60),
            times in prop::array::uniform4(prop::array::uniform8(0u8..4)),
        ) {
            let score: Vec<f64> = rows.iter().map(|r| f64::from(r.0)).collect();
            let found: Vec<bool> = rows.iter().map(|r| r.1).collect();
            let times: Vec<[f32; LANES]> = times.iter().map(|t| t.map(f32::from)).collect();
            let all: Vec<u32> = (0..rows.len() as u32).collect();
            let order = falling(&score, &all);
            let weights = |i: u32| (rows[i as usize].2, u32::from(found[i as usize]), u32::from(!found[i as usize]));
            let steps = Steps::new(ties(&score, &order), weights).auc_and_ap(&times);
            for lane in 0..LANES {
                let weight: Vec<f64> = rows.iter().map(|r| f64::from(times[r.2 as usize][lane])).collect();
                prop_assert!(same(steps[lane].0, auc(&score, &found, Some(&weight))));
                prop_assert!(same(steps[lane].1, average_precision(&score, &found, Some(&weight))));
            }
        }

        /// Finds at the top, against writing down each drawn area's rows one by one.
        #[test]
        fn finds_within_a_room_are_those_of_the_written_out_list(
            rows in prop::collection::vec((0u8..6, 0u32..3, 0u32..4), 1..40),
            times in prop::array::uniform4(prop::array::uniform8(0u8..3)),
            room in 0.5f64..40.0,
        ) {
            let score: Vec<f64> = rows.iter().map(|r| f64::from(r.0)).collect();
            let times: Vec<[f32; LANES]> = times.iter().map(|t| t.map(f32::from)).collect();
            let all: Vec<u32> = (0..rows.len() as u32).collect();
            let order = falling(&score, &all);
            let steps = Steps::new(ties(&score, &order), |i| (rows[i as usize].2, rows[i as usize].1, 1));
            let rooms = [[room / 2.0, room]; LANES];
            let got = steps.finds_within(&times, &rooms);
            for lane in 0..LANES {
                for (k, &room) in rooms[lane].iter().enumerate() {
                    let (mut left, mut finds) = (room, 0.0);
                    for tied in ties(&score, &order) {
                        let count = |i: u32| f64::from(times[rows[i as usize].2 as usize][lane]);
                        let cost: f64 = tied.iter().map(|&i| count(i)).sum();
                        let share = if cost > left { left / cost } else { 1.0 };
                        finds += share * tied.iter().map(|&i| count(i) * f64::from(rows[i as usize].1)).sum::<f64>();
                        left = (left - cost).max(0.0);
                    }
                    prop_assert!((got[lane][k] - finds).abs() < 1e-9, "{} {finds}", got[lane][k]);
                }
            }
        }
    }
}
