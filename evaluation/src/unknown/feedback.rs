//! The feedback loop: the list sends visits, visits give finds, finds train the next list. Who bears the visits after some
//! years, and what does a random arm change?

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::unknown::arm::draw;

/// What is true, which no learner sees.
pub trait World {
    /// Number of rows (areas or panden).
    fn rows(&self) -> usize;
    /// Chance that a visit to the row in this round finds something.
    fn chance(&self, row: usize, round: usize) -> f64;
}

/// What learns from visits.
pub trait Learner {
    /// A score per row, higher first, from all visits so far.
    fn scores(&mut self, rows: usize, ledger: &[Visit]) -> Vec<f64>;
}

/// A visit with what came of it and how it was chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Visit {
    /// Round, from 0.
    pub round: u32,
    /// Row that was visited.
    pub row: u32,
    /// Whether something was found.
    pub found: bool,
    /// Chance with which the row was chosen: 1 for the list itself.
    pub chance: f64,
}

/// How visits are given out in every round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// Visits per round.
    pub visits: usize,
    /// Share of them that is drawn by lot from the rows below the list, 0 to 1.
    pub random_share: f64,
    /// Rounds.
    pub rounds: usize,
    /// Seed of draws and outcomes.
    pub seed: u64,
}

/// What happened in one round.
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    /// Visits to each group.
    pub visits: Vec<f64>,
    /// Visits in vain to each group.
    pub fruitless: Vec<f64>,
    /// Finds.
    pub finds: f64,
    /// Share of what could be found at the rows most worth visiting that the list's rows promise, by the truth: 1 is the
    /// best list there is.
    pub quality: f64,
    /// Gini coefficient of all visits so far over the rows: 0 is even, near 1 means the same few again and again.
    pub gini: f64,
}

/// Runs the loop; `group` is the group of each row, numbers below `groups`.
pub fn simulate(
    world: &dyn World,
    learner: &mut dyn Learner,
    policy: Policy,
    group: &[u32],
    groups: usize,
) -> Vec<Round> {
    let rows = world.rows();
    let by_lot = (policy.random_share.clamp(0.0, 1.0) * policy.visits as f64).round() as usize;
    let top = policy.visits.saturating_sub(by_lot);
    let mut ledger: Vec<Visit> = Vec::new();
    let mut times = vec![0.0; rows];
    let mut rng = ChaCha8Rng::seed_from_u64(policy.seed);
    let mut rounds = Vec::with_capacity(policy.rounds);
    for round in 0..policy.rounds {
        let ranking = ranked(&learner.scores(rows, &ledger));
        let plan = draw(&ranking, top, &[(rows, by_lot)], policy.seed.wrapping_add(round as u64));
        let mut result = Round {
            visits: vec![0.0; groups],
            fruitless: vec![0.0; groups],
            finds: 0.0,
            quality: quality(world, &plan.top, round),
            gini: 0.0,
        };
        for &row in plan.top.iter().chain(&plan.arm) {
            let at = row as usize;
            let found = rng.random::<f64>() < world.chance(at, round);
            ledger.push(Visit { round: round as u32, row, found, chance: plan.chance[at] });
            times[at] += 1.0;
            result.visits[group[at] as usize] += 1.0;
            if found {
                result.finds += 1.0;
            } else {
                result.fruitless[group[at] as usize] += 1.0;
            }
        }
        result.gini = gini(&times);
        rounds.push(result);
    }
    rounds
}

/// Rows by falling score, equal scores by row number.
fn ranked(score: &[f64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0u32..).take(score.len()).collect();
    order.sort_by(|&a, &b| score[b as usize].total_cmp(&score[a as usize]).then(a.cmp(&b)));
    order
}

fn quality(world: &dyn World, list: &[u32], round: usize) -> f64 {
    let mut truth: Vec<f64> = (0..world.rows()).map(|r| world.chance(r, round)).collect();
    let reached: f64 = list.iter().map(|&r| truth[r as usize]).sum();
    truth.sort_by(|a, b| b.total_cmp(a));
    let best: f64 = truth.iter().take(list.len()).sum();
    if best > 0.0 { reached / best } else { 1.0 }
}

/// Gini coefficient of numbers that are not negative; 0 when all are equal or 0.
#[must_use]
pub fn gini(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (mut weighted, mut sum, mut rank) = (0.0, 0.0, 0.0);
    for value in sorted {
        rank += 1.0;
        weighted += rank * value;
        sum += value;
    }
    if sum > 0.0 { 2.0 * weighted / (rank * sum) - (rank + 1.0) / rank } else { 0.0 }
}

/// The learner of the warning example: counts finds per row and forgets how many visits they took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PastFinds {
    /// Finds that every row starts with.
    pub prior: f64,
}

impl Learner for PastFinds {
    fn scores(&mut self, rows: usize, ledger: &[Visit]) -> Vec<f64> {
        let mut score = vec![self.prior; rows];
        for visit in ledger.iter().filter(|v| v.found) {
            score[visit.row as usize] += 1.0;
        }
        score
    }
}

/// A learner that counts what was found per visit instead, shrunk to the mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FindsPerVisit {
    /// Visits with the mean yield that every row starts with.
    pub prior_visits: f64,
}

impl Learner for FindsPerVisit {
    fn scores(&mut self, rows: usize, ledger: &[Visit]) -> Vec<f64> {
        let (mut finds, mut visits) = (vec![0.0; rows], vec![0.0; rows]);
        for visit in ledger {
            visits[visit.row as usize] += 1.0;
            finds[visit.row as usize] += f64::from(u8::from(visit.found));
        }
        let all: f64 = visits.iter().sum();
        let mean = if all > 0.0 { finds.iter().sum::<f64>() / all } else { 0.0 };
        finds
            .iter()
            .zip(&visits)
            .map(|(f, v)| (f + self.prior_visits * mean) / (v + self.prior_visits).max(f64::MIN_POSITIVE))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 200 rows; the second half is a little more worth visiting, but the first half comes first at the start.
    struct Town;

    impl World for Town {
        fn rows(&self) -> usize {
            200
        }

        fn chance(&self, row: usize, _: usize) -> f64 {
            if row < 100 { 0.15 } else { 0.25 }
        }
    }

    fn years(random_share: f64, learner: &mut dyn Learner) -> Vec<Round> {
        let group: Vec<u32> = (0..200).map(|r| u32::from(r >= 100)).collect();
        let policy = Policy { visits: 40, random_share, rounds: 30, seed: 3 };
        simulate(&Town, learner, policy, &group, 2)
    }

    #[test]
    fn without_a_random_arm_the_first_list_keeps_its_visits() {
        let alone = years(0.0, &mut PastFinds { prior: 0.0 });
        let last = &alone[29];
        // Rows that were never visited have no finds and stay off the list, though they yield more.
        assert_eq!(last.visits, [40.0, 0.0]);
        assert!(last.quality < 0.65, "{last:?}");
        let damped = years(0.2, &mut PastFinds { prior: 0.0 });
        let last = &damped[29];
        assert!(last.visits[1] > 8.0 && last.quality > alone[29].quality + 0.05, "{last:?}");
        assert!(last.gini < alone[29].gini);
    }

    #[test]
    fn learning_from_visits_as_well_as_finds_does_better_still() {
        let finds: f64 = years(0.2, &mut PastFinds { prior: 0.0 }).iter().map(|r| r.finds).sum();
        let per_visit: f64 =
            years(0.2, &mut FindsPerVisit { prior_visits: 5.0 }).iter().map(|r| r.finds).sum();
        assert!(per_visit > 0.9 * finds, "{per_visit} {finds}");
        assert_eq!(years(0.2, &mut PastFinds { prior: 0.0 }), years(0.2, &mut PastFinds { prior: 0.0 }));
    }

    #[test]
    fn evenness_by_hand() {
        assert!(gini(&[1.0; 5]).abs() < 1e-12);
        assert!((gini(&[0.0, 0.0, 0.0, 4.0]) - 0.75).abs() < 1e-12);
        assert_eq!(gini(&[0.0; 3]), 0.0);
    }
}
