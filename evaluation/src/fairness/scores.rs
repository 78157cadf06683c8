//! Fairness of the scores themselves, before any list is cut.

use crate::metrics::auc;

/// Mean score of the rows without a find (generalised false positive rate), and `1 - mean score` of the rows with one
/// (generalised false negative rate; AIF360, Pleiss et al., 2017). Equal over groups: balance for the negative and the
/// positive class (Kleinberg et al., 2016).
#[must_use]
pub fn generalised_rates(score: &[f64], found: &[bool]) -> (Option<f64>, Option<f64>) {
    let mean = |which: bool| {
        let of: Vec<f64> = (0..score.len()).filter(|&i| found[i] == which).map(|i| score[i]).collect();
        (!of.is_empty()).then(|| of.iter().sum::<f64>() / of.len() as f64)
    };
    (mean(false), mean(true).map(|m| 1.0 - m))
}

/// Mean of `score - found`: above 0, the group is expected to yield more than it does.
#[must_use]
pub fn mean_residual(score: &[f64], found: &[bool]) -> Option<f64> {
    let sum: f64 = (0..score.len()).map(|i| score[i] - f64::from(u8::from(found[i]))).sum();
    (!score.is_empty()).then(|| sum / score.len() as f64)
}

/// Finds over expected finds of a group; 1 is right.
#[must_use]
pub fn observed_per_expected(expected: &[f64], finds: &[f64]) -> Option<f64> {
    let below: f64 = expected.iter().sum();
    (below > 0.0).then(|| finds.iter().sum::<f64>() / below)
}

/// Cross-group AUC (Kallus and Zhou, 2019): the chance that a row with a find of group `a` scores above one without of
/// group `b`; ties count half. With `a == b` it is the AUC of the group.
#[must_use]
pub fn cross_auc(score: &[f64], found: &[bool], group: &[Option<u32>], a: u32, b: u32) -> Option<f64> {
    let kept: Vec<usize> =
        (0..score.len()).filter(|&i| group[i] == Some(if found[i] { a } else { b })).collect();
    let score: Vec<f64> = kept.iter().map(|&i| score[i]).collect();
    let found: Vec<bool> = kept.iter().map(|&i| found[i]).collect();
    auc(&score, &found, None)
}

/// Ranking exposure (Singh and Joachims, 2018): the group's share of `Σ 1 / log₂(1 + rank)` over its share of the rows.
/// Tied rows share the mean of their ranks' weights. `group` holds numbers below `groups`.
#[must_use]
pub fn exposure_shares(score: &[f64], group: &[Option<u32>], groups: usize) -> Vec<Option<f64>> {
    let mut order: Vec<usize> = (0..score.len()).filter(|&i| group[i].is_some()).collect();
    order.sort_by(|&a, &b| score[b].total_cmp(&score[a]).then(a.cmp(&b)));
    let (mut exposure, mut rows, mut rank) = (vec![0.0; groups], vec![0.0; groups], 0usize);
    for tied in order.chunk_by(|&a, &b| score[a] == score[b]) {
        let weight: f64 = (rank..rank + tied.len()).map(|r| 1.0 / (r as f64 + 2.0).log2()).sum();
        rank += tied.len();
        for &i in tied {
            if let Some(place) = group[i].map(|g| g as usize).filter(|&g| g < groups) {
                exposure[place] += weight / tied.len() as f64;
                rows[place] += 1.0;
            }
        }
    }
    let (all, count): (f64, f64) = (exposure.iter().sum(), rows.iter().sum());
    exposure.iter().zip(&rows).map(|(e, r)| (*r > 0.0).then(|| e / all / (r / count))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let (score, found) = ([0.9, 0.6, 0.3, 0.2], [true, false, true, false]);
        let (fpr, fnr) = generalised_rates(&score, &found);
        assert!((fpr.unwrap() - 0.4).abs() < 1e-12 && (fnr.unwrap() - 0.4).abs() < 1e-12);
        assert!(mean_residual(&score, &found).unwrap().abs() < 1e-12);
        assert_eq!(observed_per_expected(&[0.5, 0.5], &[1.0, 1.0]), Some(2.0));
        assert_eq!(generalised_rates(&[0.5], &[true]).0, None);
        let group = [Some(0), Some(0), Some(1), Some(1)];
        assert_eq!(cross_auc(&score, &found, &group, 0, 1), Some(1.0));
        assert_eq!(cross_auc(&score, &found, &group, 1, 0), Some(0.0));
        let shares = exposure_shares(&score, &group, 3);
        let weight = |rank: f64| 1.0 / (1.0 + rank).log2();
        let all = weight(1.0) + weight(2.0) + weight(3.0) + weight(4.0);
        assert!((shares[0].unwrap() - (weight(1.0) + weight(2.0)) / all / 0.5).abs() < 1e-12);
        assert_eq!(shares[2], None);
        assert_eq!(exposure_shares(&[0.5; 4], &group, 2), [Some(1.0), Some(1.0)]);
    }
}
