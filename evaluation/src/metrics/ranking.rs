//! How well scores order rows: AUC, average precision and the DeLong variance, right under ties.
//!
//! Counts are kept in `f64`, exact up to 2^53. Rows come in any order; equal scores are ties.

use std::cmp::Ordering;

/// Rows by falling score, rows of equal score together, within those by row number.
pub(crate) fn falling(score: &[f64], rows: &[u32]) -> Vec<u32> {
    let mut order = rows.to_vec();
    order.sort_unstable_by(|&a, &b| compare(score[b as usize], score[a as usize]).then(a.cmp(&b)));
    order
}

/// Orders finite scores; 0 and -0 are equal.
pub(crate) fn compare(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or(Ordering::Equal)
}

/// The rows of each distinct score, in this order.
pub(crate) fn ties<'a>(score: &'a [f64], order: &'a [u32]) -> impl Iterator<Item = &'a [u32]> {
    order.chunk_by(|&a, &b| compare(score[a as usize], score[b as usize]).is_eq())
}

/// Weighted area under the ROC curve: the share of (found, not found) pairs in which the found row scores
/// higher, ties counting half. Absent when there are no pairs.
///
/// ```
/// use evaluation::metrics::auc;
/// assert_eq!(auc(&[0., 0., 1., 1.], &[false, true, false, true], None), Some(0.5));
/// assert_eq!(auc(&[1., 2.], &[true, true], None), None);
/// ```
#[must_use]
pub fn auc(score: &[f64], found: &[bool], weight: Option<&[f64]>) -> Option<f64> {
    let (mut positive, mut negative, mut pairs) = (0.0, 0.0, 0.0);
    for (p, n) in tie_groups(score, found, weight) {
        pairs += n * (positive + p / 2.0);
        positive += p;
        negative += n;
    }
    (positive > 0.0 && negative > 0.0).then(|| pairs / (positive * negative))
}

/// Weighted average precision: the sum over falling thresholds of the gain in recall times the precision
/// there; tied rows are one step. Absent when nothing was found.
#[must_use]
pub fn average_precision(score: &[f64], found: &[bool], weight: Option<&[f64]>) -> Option<f64> {
    let (mut positive, mut negative, mut sum) = (0.0, 0.0, 0.0);
    for (p, n) in tie_groups(score, found, weight) {
        positive += p;
        negative += n;
        if p > 0.0 {
            sum += p * positive / (positive + negative);
        }
    }
    (positive > 0.0).then(|| sum / positive)
}

/// Weight of found and of not found rows per distinct score, highest score first.
fn tie_groups(score: &[f64], found: &[bool], weight: Option<&[f64]>) -> Vec<(f64, f64)> {
    let rows: Vec<u32> = (0u32..).take(score.len()).collect();
    let order = falling(score, &rows);
    let mut groups = Vec::new();
    for tied in ties(score, &order) {
        let mut group = (0.0, 0.0);
        for &i in tied {
            let w = weight.map_or(1.0, |w| w[i as usize]);
            *(if found[i as usize] { &mut group.0 } else { &mut group.1 }) += w;
        }
        groups.push(group);
    }
    groups
}

/// An AUC with its variance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Delong {
    /// The area under the ROC curve.
    pub auc: f64,
    /// Its estimated variance; absent with fewer than two rows (or clusters) to estimate it from.
    pub variance: Option<f64>,
}

/// AUC with the variance of DeLong et al. (1988), by mid-ranks in O(n log n).
///
/// With `cluster` (numbers from 0), the components are first summed per cluster (Obuchowski, 1997), so that
/// rows of one area do not count as independent. Absent when there are no (found, not found) pairs.
#[must_use]
pub fn delong(score: &[f64], found: &[bool], cluster: Option<&[u32]>) -> Option<Delong> {
    let (placement, auc, positives, negatives) = placements(score, found)?;
    Some(Delong { auc, variance: variance(&placement, auc, found, (positives, negatives), cluster) })
}

/// The AUC of `a` minus that of `b` on the same rows, with the variance of the paired difference (DeLong et al., 1988);
/// with `cluster`, summed per cluster as in [`delong`]. Absent as there.
#[must_use]
pub fn delong_difference(a: &[f64], b: &[f64], found: &[bool], cluster: Option<&[u32]>) -> Option<Delong> {
    let (of_a, auc_a, positives, negatives) = placements(a, found)?;
    let (of_b, auc_b, ..) = placements(b, found)?;
    let placement: Vec<f64> = of_a.iter().zip(&of_b).map(|(a, b)| a - b).collect();
    let auc = auc_a - auc_b;
    Some(Delong { auc, variance: variance(&placement, auc, found, (positives, negatives), cluster) })
}

/// The variance of the mean placement from the spread of the placements, per row or per cluster.
fn variance(
    placement: &[f64],
    auc: f64,
    found: &[bool],
    (positives, negatives): (f64, f64),
    cluster: Option<&[u32]>,
) -> Option<f64> {
    match cluster {
        None => {
            let part = |which: bool, n: f64| {
                let squares: f64 = (0..found.len())
                    .filter(|&i| found[i] == which)
                    .map(|i| (placement[i] - auc).powi(2))
                    .sum();
                (n > 1.0).then(|| squares / (n - 1.0) / n)
            };
            part(true, positives).zip(part(false, negatives)).map(|(a, b)| a + b)
        }
        Some(cluster) => {
            let clusters = cluster.iter().max().map_or(0, |&m| m as usize + 1);
            let mut sums = vec![0.0; clusters];
            let mut present = vec![false; clusters];
            for i in 0..found.len() {
                let n = if found[i] { positives } else { negatives };
                sums[cluster[i] as usize] += (placement[i] - auc) / n;
                present[cluster[i] as usize] = true;
            }
            let count = present.iter().filter(|&&p| p).fold(0.0, |n, _| n + 1.0);
            (count > 1.0).then(|| count / (count - 1.0) * sums.iter().map(|s| s * s).sum::<f64>())
        }
    }
}

/// Per row the share of the other class that it beats (ties half; for a row without a find: that beats it),
/// with the AUC and the numbers of both classes.
fn placements(score: &[f64], found: &[bool]) -> Option<(Vec<f64>, f64, f64, f64)> {
    let groups = tie_groups(score, found, None);
    let positives: f64 = groups.iter().map(|g| g.0).sum();
    let negatives: f64 = groups.iter().map(|g| g.1).sum();
    if positives == 0.0 || negatives == 0.0 {
        return None;
    }
    let rows: Vec<u32> = (0u32..).take(score.len()).collect();
    let order = falling(score, &rows);
    let mut placement = vec![0.0; score.len()];
    let (mut positives_above, mut negatives_above, mut sum) = (0.0, 0.0, 0.0);
    for ((p, n), tied) in groups.into_iter().zip(ties(score, &order)) {
        let of_positive = (negatives - negatives_above - n / 2.0) / negatives;
        let of_negative = (positives_above + p / 2.0) / positives;
        for &i in tied {
            placement[i as usize] = if found[i as usize] { of_positive } else { of_negative };
        }
        sum += p * of_positive;
        (positives_above, negatives_above) = (positives_above + p, negatives_above + n);
    }
    Some((placement, sum / positives, positives, negatives))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ties_count_half() {
        let auc = |y: [u8; 4], s: [f64; 4]| super::auc(&s, &y.map(|y| y == 1), None).unwrap();
        assert_eq!(auc([0, 1, 0, 1], [0., 0., 1., 1.]), 0.5);
        assert_eq!(auc([0, 0, 1, 1], [0., 0., 0., 0.9]), 0.75);
        assert_eq!(auc([0, 1, 0, 1], [0.1, 0.1, 0.9, 0.9]), 0.5);
        assert_eq!(auc([1, 0, 0, 1], [0.5, 0.1, 0.5, 0.9]), 0.875);
        assert_eq!(auc([0, 1, 0, 1], [-0.0, 0.0, 0.0, -0.0]), 0.5);
    }

    #[test]
    fn tied_rows_are_one_step_of_average_precision() {
        // One step of three rows with two finds, then one row without.
        let ap = average_precision(&[2., 2., 2., 1.], &[true, false, true, false], None).unwrap();
        assert!((ap - 2.0 / 3.0).abs() < 1e-15);
        let ap = average_precision(&[4., 3., 2., 1.], &[true, false, true, false], None).unwrap();
        assert!((ap - (0.5 + 0.5 * 2.0 / 3.0)).abs() < 1e-15);
        assert_eq!(average_precision(&[1.], &[false], None), None);
    }

    fn auc_by_pairs(score: &[f64], found: &[bool], weight: &[f64]) -> Option<f64> {
        let (mut above, mut all) = (0.0, 0.0);
        for i in (0..score.len()).filter(|&i| found[i]) {
            for j in (0..score.len()).filter(|&j| !found[j]) {
                let w = weight[i] * weight[j];
                all += w;
                above += w * if score[i] > score[j] {
                    1.0
                } else if score[i] < score[j] {
                    0.0
                } else {
                    0.5
                };
            }
        }
        (all > 0.0).then(|| above / all)
    }

    fn ap_by_thresholds(score: &[f64], found: &[bool], weight: &[f64]) -> Option<f64> {
        let mut thresholds = score.to_vec();
        thresholds.sort_by(|a, b| b.total_cmp(a));
        thresholds.dedup();
        let sum = |t: f64, which: Option<bool>| -> f64 {
            (0..score.len())
                .filter(|&i| score[i] >= t && which.is_none_or(|w| found[i] == w))
                .map(|i| weight[i])
                .sum()
        };
        let all = sum(f64::NEG_INFINITY, Some(true));
        let mut before = 0.0;
        let mut ap = 0.0;
        for t in thresholds {
            let recall = sum(t, Some(true)) / all;
            ap += (recall - before) * sum(t, Some(true)) / sum(t, None);
            before = recall;
        }
        (all > 0.0).then_some(ap)
    }

    /// DeLong's definition by pairs: sample variances of the mean comparisons per row of either class.
    fn variance_by_pairs(score: &[f64], found: &[bool]) -> Option<f64> {
        let beats = |i: usize, j: usize| {
            if score[i] > score[j] {
                1.0
            } else if score[i] < score[j] {
                0.0
            } else {
                0.5
            }
        };
        let (p, n): (Vec<usize>, Vec<usize>) = (0..score.len()).partition(|&i| found[i]);
        if p.len() < 2 || n.len() < 2 {
            return None;
        }
        let v10: Vec<f64> =
            p.iter().map(|&i| n.iter().map(|&j| beats(i, j)).sum::<f64>() / n.len() as f64).collect();
        let v01: Vec<f64> =
            n.iter().map(|&j| p.iter().map(|&i| beats(i, j)).sum::<f64>() / p.len() as f64).collect();
        let variance = |v: &[f64]| {
            let mean = v.iter().sum::<f64>() / v.len() as f64;
            v.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (v.len() - 1) as f64 / v.len() as f64
        };
        Some(variance(&v10) + variance(&v01))
    }

    fn same(a: Option<f64>, b: Option<f64>) -> bool {
        match (a, b) {
            (Some(a), Some(b)) => (a - b).abs() < 1e-10,
            (a, b) => a.is_none() && b.is_none(),
        }
    }

    proptest! {
        #[test]
        fn agree_with_the_definitions(
            rows in prop::collection::vec((0u8..6, any::<bool>(), 0u32..4), 1..60),
        ) {
            let score: Vec<f64> = rows.iter().map(|r| f64::from(r.0)).collect();
            let found: Vec<bool> = rows.iter().map(|r| r.1).collect();
            let weight: Vec<f64> = rows.iter().map(|r| f64::from(r.2)).collect();
            let ones = vec![1.0; rows.len()];
            prop_assert!(same(auc(&score, &found, None), auc_by_pairs(&score, &found, &ones)));
            prop_assert!(same(auc(&score, &found, Some(&weight)), auc_by_pairs(&score, &found, &weight)));
            prop_assert!(same(average_precision(&score, &found, None), ap_by_thresholds(&score, &found, &ones)));
            let plain = delong(&score, &found, None);
            prop_assert!(same(plain.map(|d| d.auc), auc(&score, &found, None)));
            if let Some(d) = plain {
                prop_assert!(same(d.variance, variance_by_pairs(&score, &found)));
            }
            // Against a score that says nothing, the paired difference is the AUC minus a half, with its variance.
            let nothing = vec![0.0; rows.len()];
            let paired = delong_difference(&score, &nothing, &found, None);
            prop_assert!(same(paired.map(|d| d.auc + 0.5), plain.map(|d| d.auc)));
            prop_assert!(same(paired.and_then(|d| d.variance), plain.and_then(|d| d.variance)));
            let itself = delong_difference(&score, &score, &found, None);
            prop_assert!(itself.is_none_or(|d| d.auc == 0.0 && d.variance.is_none_or(|v| v == 0.0)));
        }

        #[test]
        fn clusters_of_one_row_give_nearly_the_plain_variance(
            rows in prop::collection::vec((0u8..20, any::<bool>()), 40..80),
        ) {
            let score: Vec<f64> = rows.iter().map(|r| f64::from(r.0)).collect();
            let found: Vec<bool> = rows.iter().map(|r| r.1).collect();
            let own: Vec<u32> = (0..rows.len() as u32).collect();
            if found.iter().filter(|&&f| f).count() > 15 && found.iter().filter(|&&f| !f).count() > 15 {
                let plain = delong(&score, &found, None).unwrap().variance.unwrap();
                let clustered = delong(&score, &found, Some(&own)).unwrap().variance.unwrap();
                prop_assert!((plain / clustered - 1.0).abs() < 0.1, "{plain} {clustered}");
            }
        }
    }
}
