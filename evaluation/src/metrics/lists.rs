//! How much one list is like another: between releases, between near-equal models.

use std::collections::{BTreeMap, BTreeSet};

/// Jaccard likeness of two lists as sets: what is on both over what is on either. Absent when both are empty.
///
/// ```
/// assert_eq!(evaluation::metrics::jaccard(&[1, 2, 3], &[2, 3, 4]), Some(0.5));
/// ```
#[must_use]
pub fn jaccard(a: &[u32], b: &[u32]) -> Option<f64> {
    let (a, b): (BTreeSet<_>, BTreeSet<_>) = (a.iter().collect(), b.iter().collect());
    let either = a.union(&b).count();
    (either > 0).then(|| a.intersection(&b).count() as f64 / either as f64)
}

/// Share of the first list that the second lacks: what a planner sees change. Absent for an empty first list.
#[must_use]
pub fn churn(before: &[u32], after: &[u32]) -> Option<f64> {
    let (before, after): (BTreeSet<_>, BTreeSet<_>) = (before.iter().collect(), after.iter().collect());
    (!before.is_empty()).then(|| before.difference(&after).count() as f64 / before.len() as f64)
}

/// Rank-biased overlap, extrapolated (Webber, Moffat and Zobel, 2010, equation 32), of two rankings without ties or
/// repeats. `persistence` between 0 and 1 is how deep a reader goes: 0.9 puts 86 % of the weight on the first ten.
///
/// Absent when either is empty or `persistence` is outside 0 to 1.
#[must_use]
pub fn rank_biased_overlap(a: &[u32], b: &[u32], persistence: f64) -> Option<f64> {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if short.is_empty() || !(persistence > 0.0 && persistence < 1.0) {
        return None;
    }
    let p = persistence;
    let (s, l) = (short.len() as f64, long.len() as f64);
    let mut seen: BTreeMap<u32, u8> = BTreeMap::new();
    let (mut overlap, mut at_short, mut sum, mut power) = (0.0, 0.0, 0.0, 1.0);
    for depth in 0..long.len() {
        for (bit, list) in [(1, short), (2, long)] {
            if let Some(item) = list.get(depth) {
                let places = seen.entry(*item).or_default();
                *places |= bit;
                if *places == 3 {
                    overlap += 1.0;
                }
            }
        }
        let d = (depth + 1) as f64;
        power *= p;
        if depth + 1 == short.len() {
            at_short = overlap;
        }
        sum += overlap / d * power;
        if depth + 1 > short.len() {
            sum += at_short * (d - s) / (s * d) * power;
        }
    }
    let tail = ((overlap - at_short) / l + at_short / s) * power;
    Some((1.0 - p) / p * sum + tail)
}

/// Arbitrariness of a list: the share of its places that are not on the list of every one of the near-equal
/// models. Absent for an empty list.
#[must_use]
pub fn arbitrariness(list: &[u32], others: &[Vec<u32>]) -> Option<f64> {
    let others: Vec<BTreeSet<u32>> = others.iter().map(|o| o.iter().copied().collect()).collect();
    let contested = list.iter().filter(|place| !others.iter().all(|o| o.contains(place))).count();
    (!list.is_empty()).then(|| contested as f64 / list.len() as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sets_by_hand() {
        assert_eq!(jaccard(&[], &[]), None);
        assert_eq!(jaccard(&[1], &[2]), Some(0.0));
        assert_eq!(churn(&[1, 2, 3, 4], &[4, 3, 9]), Some(0.5));
        assert_eq!(arbitrariness(&[1, 2, 3, 4], &[vec![1, 2, 9], vec![2, 1, 3]]), Some(0.5));
    }

    #[test]
    fn overlap_by_hand() {
        // Equal depth, p = 0.5: agreements 0, 1, 2/3; (1 - p) (p^0·0 + p^1·1 + p^2·2/3) + p^3·2/3.
        let by_hand = 0.5 * (0.5 + 0.25 * 2.0 / 3.0) + 0.125 * 2.0 / 3.0;
        assert!((rank_biased_overlap(&[1, 2, 3], &[2, 1, 4], 0.5).unwrap() - by_hand).abs() < 1e-12);
        assert_eq!(rank_biased_overlap(&[], &[1], 0.9), None);
        assert_eq!(rank_biased_overlap(&[1], &[1], 1.0), None);
    }

    proptest! {
        #[test]
        fn same_lists_agree_wholly_and_others_not_at_all(n in 1usize..30, m in 1usize..30, p in 0.1f64..0.99) {
            let a: Vec<u32> = (0..n as u32).collect();
            let b: Vec<u32> = (100..100 + m as u32).collect();
            prop_assert!((rank_biased_overlap(&a, &a, p).unwrap() - 1.0).abs() < 1e-9);
            prop_assert!(rank_biased_overlap(&a, &b, p).unwrap().abs() < 1e-12);
            // A list that goes on as the other does agrees wholly as far as anyone can see.
            let longer: Vec<u32> = (0..(n + m) as u32).collect();
            prop_assert!((rank_biased_overlap(&a, &longer, p).unwrap() - 1.0).abs() < 1e-9);
        }
    }
}
