//! Inequality of treatment between rows, and how far groups can be told from their treatment.

use crate::fairness::confusion::{Confusion, GroupMetric};

/// Benefit per row, `listed - found + 1` (Speicher et al., 2018): 2 for a row listed in vain, 0 for one missed.
#[must_use]
pub fn benefits(listed: &[bool], found: &[bool]) -> Vec<f64> {
    listed.iter().zip(found).map(|(&l, &f)| f64::from(u8::from(l)) - f64::from(u8::from(f)) + 1.0).collect()
}

/// Generalised entropy of the benefits at `alpha`: 0 is the mean log deviation, 1 is Theil's index, 2 is half the squared
/// coefficient of variation. Absent when the mean is not above 0, or (for `alpha` of 0) a benefit is 0.
///
/// AIF360's code divides the case `alpha = 0` by the mean as well; the published formula does not:
///
/// ```
/// let mean_log_deviation = evaluation::fairness::generalised_entropy(&[1.0, 2.0, 3.0], 0.0).unwrap();
/// assert!((mean_log_deviation - 0.095894).abs() < 1e-6);
/// ```
#[must_use]
pub fn generalised_entropy(benefits: &[f64], alpha: f64) -> Option<f64> {
    let n = benefits.len() as f64;
    let mean = benefits.iter().sum::<f64>() / n;
    if mean.is_nan() || mean <= 0.0 {
        return None;
    }
    let sum: f64 = if alpha == 0.0 {
        benefits.iter().map(|b| -(b / mean).ln()).sum()
    } else if alpha == 1.0 {
        benefits.iter().map(|b| if *b > 0.0 { b / mean * (b / mean).ln() } else { 0.0 }).sum()
    } else {
        benefits.iter().map(|b| ((b / mean).powf(alpha) - 1.0) / (alpha * (alpha - 1.0))).sum()
    };
    Some(sum / n).filter(|x| x.is_finite())
}

/// Consistency (Zemel et al., 2013): one minus the mean distance of a row's treatment to that of its `k` nearest rows by
/// `features` (one slice per row, Euclidean). The row itself is not among its neighbours (AIF360 counts it); equal
/// distances are taken by row number. All pairs are compared: for some 10,000 rows at most.
#[must_use]
pub fn consistency(listed: &[bool], features: &[Vec<f64>], k: usize) -> Option<f64> {
    let n = listed.len();
    if k == 0 || n <= k {
        return None;
    }
    let treatment = |i: usize| f64::from(u8::from(listed[i]));
    let distance = |a: usize, b: usize| -> f64 {
        features[a].iter().zip(&features[b]).map(|(x, y)| (x - y).powi(2)).sum()
    };
    let mut sum = 0.0;
    for i in 0..n {
        let mut others: Vec<(f64, usize)> = (0..n).filter(|&j| j != i).map(|j| (distance(i, j), j)).collect();
        others.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let near = others.iter().take(k).map(|&(_, j)| treatment(j)).sum::<f64>() / k as f64;
        sum += (treatment(i) - near).abs();
    }
    Some(1.0 - sum / n as f64)
}

/// Smoothed differential fairness (Foulds et al., 2018): the largest `|ln P(treatment | a) - ln P(treatment | b)|` over
/// pairs of groups and both treatments, with rates smoothed by `alpha` per outcome (AIF360's concentration is `2 alpha`).
/// Absent with fewer than two groups.
#[must_use]
pub fn differential_fairness(counts: &[(f64, f64)], alpha: f64) -> Option<f64> {
    let rates: Vec<f64> =
        counts.iter().map(|(listed, rows)| (listed + alpha) / (rows + 2.0 * alpha)).collect();
    let spread = |of: &dyn Fn(f64) -> f64| {
        let logs = || rates.iter().map(|&r| of(r).ln());
        logs().fold(f64::NEG_INFINITY, f64::max) - logs().fold(f64::INFINITY, f64::min)
    };
    let epsilon = spread(&|r| r).max(spread(&|r| 1.0 - r));
    (counts.len() > 1 && epsilon.is_finite()).then_some(epsilon)
}

/// Bias amplification: the differential fairness of the list minus that of the outcomes among the same (known) rows.
#[must_use]
pub fn bias_amplification(groups: &[Confusion], alpha: f64) -> Option<f64> {
    let of = |metric: GroupMetric| {
        let counts: Vec<(f64, f64)> = groups.iter().map(|g| metric.parts(g)).collect();
        differential_fairness(&counts, alpha)
    };
    of(GroupMetric::SelectionRate).zip(of(GroupMetric::Prevalence)).map(|(list, truth)| list - truth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropies_by_hand() {
        let b = benefits(&[true, false, true], &[false, true, true]);
        assert_eq!(b, [2.0, 0.0, 1.0]);
        assert!((generalised_entropy(&b, 2.0).unwrap() - 1.0 / 3.0).abs() < 1e-12);
        assert!((generalised_entropy(&b, 1.0).unwrap() - 2.0 * 2f64.ln() / 3.0).abs() < 1e-12);
        assert_eq!(generalised_entropy(&b, 0.0), None);
        assert_eq!(generalised_entropy(&[], 2.0), None);
    }

    #[test]
    fn neighbours_that_are_treated_alike() {
        let at: Vec<Vec<f64>> = [0.0, 1.0, 10.0, 11.0].map(|x| vec![x]).to_vec();
        assert_eq!(consistency(&[true, true, false, false], &at, 1), Some(1.0));
        assert_eq!(consistency(&[true, false, true, false], &at, 1), Some(0.0));
        assert_eq!(consistency(&[true], &at[..1], 1), None);
    }

    #[test]
    fn the_largest_ratio_counts() {
        let epsilon = differential_fairness(&[(10.0, 100.0), (20.0, 100.0)], 0.0).unwrap();
        assert!((epsilon - 2f64.ln()).abs() < 1e-12);
        let other = differential_fairness(&[(90.0, 100.0), (60.0, 100.0)], 0.0).unwrap();
        assert!((other - 4f64.ln()).abs() < 1e-12);
        assert!(differential_fairness(&[(0.0, 10.0), (5.0, 10.0)], 1.0).is_some());
        assert_eq!(differential_fairness(&[(0.0, 10.0), (5.0, 10.0)], 0.0), None);
    }
}
