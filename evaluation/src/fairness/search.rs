//! Search for groups that nobody thought of: where in the space of features is the model further off than elsewhere?
//!
//! Half of the clusters serve to find groups (a shallow tree over what was found minus expected), the other half to test
//! them: what was searched for is always found, so only the held-out half counts.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::backtest::input::{EvaluationError, same_length};
use crate::estimate::Estimate;
use crate::fairness::proxy::difference_with_chance;

/// Where a feature must lie.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// Number of the feature.
    pub feature: usize,
    /// From this value on; absent where nothing bounds it below.
    pub from: Option<f64>,
    /// Up to, but not including; absent where nothing bounds it above.
    pub below: Option<f64>,
}

/// A group that was found, as it does on rows that it was not found on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoundGroup {
    /// What its rows have in common; missing values belong to no group.
    pub ranges: Vec<Range>,
    /// Held-out rows in it.
    pub rows: u64,
    /// Its mean of found minus expected, minus that of all other held-out rows.
    pub difference: Estimate,
    /// Chance of such a difference by luck alone, corrected for the number of groups tested (Holm).
    pub p: f64,
}

/// Levels of the tree, and the smallest group in rows of the half that is searched.
const DEPTH: usize = 3;
const SMALLEST: usize = 50;
/// Candidate cuts per feature.
const CUTS: usize = 16;

/// The leaves of a shallow tree over `found - expected`, tested on the held-out half of the clusters; smallest chance first.
///
/// `features` holds a column per feature (NaN where missing); all rows have a known outcome.
///
/// # Errors
/// When lengths differ.
pub fn search(
    features: &[&[f64]],
    found: &[f64],
    expected: &[f64],
    cluster: &[u32],
    seed: u64,
) -> Result<Vec<FoundGroup>, EvaluationError> {
    same_length("expected", expected.len(), found.len())?;
    same_length("cluster", cluster.len(), found.len())?;
    for column in features {
        same_length("a feature", column.len(), found.len())?;
    }
    let error: Vec<f64> = found.iter().zip(expected).map(|(f, e)| f - e).collect();
    let searched = half(cluster, seed);
    let rows: Vec<usize> = (0..found.len()).filter(|&i| searched[i]).collect();
    let mut leaves = Vec::new();
    grow(features, &error, rows, Vec::new(), &mut leaves);
    let held_out: Vec<usize> = (0..found.len()).filter(|&i| !searched[i]).collect();
    let mut groups: Vec<FoundGroup> = leaves
        .into_iter()
        .filter(|ranges| !ranges.is_empty())
        .filter_map(|ranges| tested(features, &error, cluster, &held_out, ranges))
        .collect();
    holm(&mut groups);
    Ok(groups)
}

/// Which rows are searched: half of the clusters by lot.
fn half(cluster: &[u32], seed: u64) -> Vec<bool> {
    let mut names: Vec<u32> = cluster.to_vec();
    names.sort_unstable();
    names.dedup();
    let mut drawn = names.clone();
    drawn.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    drawn.truncate(names.len() / 2);
    drawn.sort_unstable();
    cluster.iter().map(|c| drawn.binary_search(c).is_ok()).collect()
}

/// Cuts the rows where the squared error falls most, until groups would be too small.
fn grow(
    features: &[&[f64]],
    error: &[f64],
    rows: Vec<usize>,
    ranges: Vec<Range>,
    leaves: &mut Vec<Vec<Range>>,
) {
    let cut = if ranges.len() < DEPTH { best_cut(features, error, &rows) } else { None };
    let Some((feature, value)) = cut else {
        leaves.push(ranges);
        return;
    };
    for upper in [false, true] {
        let side: Vec<usize> = rows
            .iter()
            .copied()
            .filter(|&i| features[feature][i].is_finite() && (features[feature][i] >= value) == upper)
            .collect();
        let mut here = ranges.clone();
        here.push(Range { feature, from: upper.then_some(value), below: (!upper).then_some(value) });
        grow(features, error, side, here, leaves);
    }
}

/// Feature and value of the best cut: the largest `Σ² / n` on both sides together.
fn best_cut(features: &[&[f64]], error: &[f64], rows: &[usize]) -> Option<(usize, f64)> {
    let mut best: Option<(f64, usize, f64)> = None;
    for (number, column) in features.iter().enumerate() {
        let mut sorted: Vec<usize> = rows.iter().copied().filter(|&i| column[i].is_finite()).collect();
        sorted.sort_by(|&a, &b| column[a].total_cmp(&column[b]).then(a.cmp(&b)));
        let all: f64 = sorted.iter().map(|&i| error[i]).sum();
        let (mut sum, mut at) = (0.0, 0);
        for cut in 1..CUTS {
            let mut until = cut * sorted.len() / CUTS;
            // Equal values stay together.
            while until > 0 && until < sorted.len() && column[sorted[until]] == column[sorted[until - 1]] {
                until += 1;
            }
            if until <= at || until < SMALLEST || sorted.len() < until + SMALLEST {
                continue;
            }
            sum += sorted[at..until].iter().map(|&i| error[i]).sum::<f64>();
            at = until;
            let (below, above) = (until as f64, (sorted.len() - until) as f64);
            let gain = sum * sum / below + (all - sum).powi(2) / above - all * all / (below + above);
            if best.is_none_or(|b| gain > b.0 + 1e-12) {
                best = Some((gain, number, column[sorted[until]]));
            }
        }
    }
    best.map(|(_, feature, value)| (feature, value))
}

fn tested(
    features: &[&[f64]],
    error: &[f64],
    cluster: &[u32],
    held_out: &[usize],
    ranges: Vec<Range>,
) -> Option<FoundGroup> {
    let inside: Vec<bool> = held_out
        .iter()
        .map(|&i| {
            ranges.iter().all(|r| {
                let value = features[r.feature][i];
                value.is_finite() && r.from.is_none_or(|f| value >= f) && r.below.is_none_or(|b| value < b)
            })
        })
        .collect();
    let values: Vec<f64> = held_out.iter().map(|&i| error[i]).collect();
    let clusters: Vec<u32> = held_out.iter().map(|&i| cluster[i]).collect();
    let (difference, chance) = difference_with_chance(&values, &inside, &clusters);
    let p = chance?;
    let rows = inside.iter().filter(|i| **i).count() as u64;
    Some(FoundGroup { ranges, rows, difference, p })
}

/// Corrects the chances step by step (Holm, 1979).
fn holm(groups: &mut [FoundGroup]) {
    groups.sort_by(|a, b| a.p.total_cmp(&b.p));
    let (mut least, mut left) = (0.0_f64, groups.len() as f64);
    for group in groups {
        least = least.max((group.p * left).min(1.0));
        group.p = least;
        left -= 1.0;
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;

    /// 4,000 rows in 400 areas; a model that expects 0.2 everywhere. With `planted`, rows with a > 0.7 and b < 0.4 yield 0.5.
    fn rows(seed: u64, planted: bool) -> [Vec<f64>; 5] {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut columns: [Vec<f64>; 5] = std::array::from_fn(|_| Vec::new());
        for _ in 0..4000 {
            let features: [f64; 3] = std::array::from_fn(|_| rng.random());
            let chance = if planted && features[0] > 0.7 && features[1] < 0.4 { 0.5 } else { 0.2 };
            for (column, value) in columns.iter_mut().zip(features) {
                column.push(value);
            }
            columns[3].push(f64::from(u8::from(rng.random::<f64>() < chance)));
            columns[4].push(0.2);
        }
        columns
    }

    fn searched(seed: u64, planted: bool) -> Vec<FoundGroup> {
        let [a, b, c, found, expected] = rows(seed, planted);
        let cluster: Vec<u32> = (0..4000).map(|i| i / 10).collect();
        search(&[&a, &b, &c], &found, &expected, &cluster, seed).unwrap()
    }

    #[test]
    fn a_planted_group_is_found_and_described() {
        let groups = searched(3, true);
        let worst = &groups[0];
        assert!(worst.p < 0.001 && worst.difference.low.unwrap() > 0.05, "{worst:?}");
        let range = |feature: usize| worst.ranges.iter().filter(move |r| r.feature == feature);
        assert!(range(0).any(|r| r.from.is_some_and(|f| (f - 0.7).abs() < 0.1)), "{worst:?}");
        assert!(range(1).any(|r| r.below.is_some_and(|b| (b - 0.4).abs() < 0.1)), "{worst:?}");
    }

    /// One in twenty searches may raise an alarm where there is nothing.
    #[test]
    fn without_a_group_there_is_seldom_an_alarm() {
        let alarms = (0..100).filter(|&seed| searched(500 + seed, false).iter().any(|g| g.p < 0.05)).count();
        assert!(alarms <= 11, "{alarms} of 100");
    }
}
