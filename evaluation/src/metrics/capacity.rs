//! What a list of `k` rows yields, with the three ways in which tied scores at its end can fall.

use crate::estimate::TieBounds;

/// Finds among the `k` rows with the highest scores.
///
/// ```
/// use evaluation::metrics::finds_at;
/// let finds = finds_at(&[0.9, 0.5, 0.5, 0.5, 0.1], &[true, true, false, false, false], 2);
/// assert_eq!((finds.worst, finds.best), (1.0, 2.0));
/// assert!((finds.expected - 4.0 / 3.0).abs() < 1e-12);
/// ```
#[must_use]
pub fn finds_at(score: &[f64], found: &[bool], k: usize) -> TieBounds {
    let mut order: Vec<usize> = (0..score.len()).collect();
    order.sort_by(|&a, &b| score[b].total_cmp(&score[a]));
    let (mut sum, mut left) = (TieBounds { worst: 0.0, expected: 0.0, best: 0.0 }, k);
    for tied in order.chunk_by(|&a, &b| score[a] == score[b]) {
        let slots = left.min(tied.len());
        let hits = tied.iter().filter(|&&i| found[i]).count() as f64;
        let part = TieBounds::of_group(slots as f64, tied.len() as f64, hits);
        sum.worst += part.worst;
        sum.expected += part.expected;
        sum.best += part.best;
        left -= slots;
        if left == 0 {
            break;
        }
    }
    sum
}

/// Precision at `k`: finds on the list over its length. Absent for an empty list; a list longer than the rows counts
/// as long as the rows.
#[must_use]
pub fn precision_at(score: &[f64], found: &[bool], k: usize) -> Option<TieBounds> {
    over(finds_at(score, found, k), k.min(score.len()) as f64)
}

/// Recall at `k`: the share of all finds on the list. Absent when nothing was found.
#[must_use]
pub fn recall_at(score: &[f64], found: &[bool], k: usize) -> Option<TieBounds> {
    over(finds_at(score, found, k), found.iter().filter(|&&f| f).count() as f64)
}

/// Lift at `k`: precision over the base rate.
#[must_use]
pub fn lift_at(score: &[f64], found: &[bool], k: usize) -> Option<TieBounds> {
    let base = found.iter().filter(|&&f| f).count() as f64 / score.len() as f64;
    over(precision_at(score, found, k)?, base)
}

fn over(bounds: TieBounds, below: f64) -> Option<TieBounds> {
    (below > 0.0).then(|| TieBounds {
        worst: bounds.worst / below,
        expected: bounds.expected / below,
        best: bounds.best / below,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_worked_example_of_tied_rows() {
        let (score, found) = ([0.9, 0.5, 0.5, 0.5, 0.1], [true, true, false, false, false]);
        let precision = precision_at(&score, &found, 2).unwrap();
        assert_eq!((precision.worst, precision.best), (0.5, 1.0));
        assert!((precision.expected - 2.0 / 3.0).abs() < 1e-12);
        let recall = recall_at(&score, &found, 2).unwrap();
        assert_eq!((recall.worst, recall.best), (0.5, 1.0));
        assert!((lift_at(&score, &found, 1).unwrap().expected - 2.5).abs() < 1e-12);
        assert_eq!(precision_at(&score, &found, 0), None);
        assert_eq!(recall_at(&score, &[false; 5], 2), None);
    }

    proptest! {
        /// Rows kept in any order of the ties lie between the bounds.
        #[test]
        fn any_order_of_the_ties_lies_between(
            rows in prop::collection::vec((0u8..3, any::<bool>()), 1..20),
            k in 1usize..20,
        ) {
            let score: Vec<f64> = rows.iter().map(|r| f64::from(r.0)).collect();
            let found: Vec<bool> = rows.iter().map(|r| r.1).collect();
            let bounds = finds_at(&score, &found, k);
            let mut order: Vec<usize> = (0..rows.len()).collect();
            order.sort_by(|&a, &b| score[b].total_cmp(&score[a]));
            let hits = order.iter().take(k).filter(|&&i| found[i]).count() as f64;
            prop_assert!(bounds.worst <= hits && hits <= bounds.best);
            prop_assert!(bounds.worst <= bounds.expected + 1e-9 && bounds.expected <= bounds.best + 1e-9);
        }
    }
}
