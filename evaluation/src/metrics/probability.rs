//! How well chances and expected numbers agree with what happened.
//!
//! Weighted means; rows of weight 0 do not count. Absent when nothing is left to average.

/// Smallest distance of a chance to 0 and 1 inside a logarithm: that of scikit-learn, the machine epsilon.
const EPSILON: f64 = f64::EPSILON;

/// Brier score (1950): weighted mean of `(chance - found)²`.
///
/// ```
/// use evaluation::metrics::brier;
/// assert_eq!(brier(&[0.5, 1.0], &[false, true], None), Some(0.125));
/// ```
#[must_use]
pub fn brier(chance: &[f64], found: &[bool], weight: Option<&[f64]>) -> Option<f64> {
    mean(chance.len(), weight, |i| (chance[i] - label(found[i])).powi(2))
}

/// Brier skill score: `1 - Brier / Brier of the reference`. Absent when the reference is without error.
#[must_use]
pub fn brier_skill(chance: &[f64], reference: &[f64], found: &[bool], weight: Option<&[f64]>) -> Option<f64> {
    let reference = brier(reference, found, weight)?;
    (reference > 0.0).then_some(())?;
    Some(1.0 - brier(chance, found, weight)? / reference)
}

/// Logarithmic loss, weighted mean of `-ln(chance of what happened)`; chances of 0 and 1 are moved inwards by the
/// machine epsilon, as scikit-learn does.
#[must_use]
pub fn log_loss(chance: &[f64], found: &[bool], weight: Option<&[f64]>) -> Option<f64> {
    mean(chance.len(), weight, |i| {
        let p = chance[i].clamp(EPSILON, 1.0 - EPSILON);
        -if found[i] { p.ln() } else { (1.0 - p).ln() }
    })
}

/// Mean Poisson deviance `2 [y ln(y / expected) - (y - expected)]`; absent when finds are expected to be 0 and are not.
#[must_use]
pub fn poisson_deviance(expected: &[f64], finds: &[f64], weight: Option<&[f64]>) -> Option<f64> {
    let of = |i: usize| {
        let (y, mu) = (finds[i], expected[i]);
        let log = if y > 0.0 { y * (y / mu).ln() } else { 0.0 };
        2.0 * (log - (y - mu))
    };
    mean(expected.len(), weight, of).filter(|d| d.is_finite())
}

/// Murphy's parts of the Brier score (1973): `brier = reliability - resolution + uncertainty`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BrierParts {
    /// How far the found share lies from the chance, within rows of equal chance: less is better.
    pub reliability: f64,
    /// How far those shares lie from the overall share: more is better.
    pub resolution: f64,
    /// `base rate (1 - base rate)`: what the rows themselves leave uncertain.
    pub uncertainty: f64,
}

/// The parts over rows of equal chance, so that they add up exactly. For chances that hardly repeat, round
/// or bin them first and read the parts as those of the binned forecast.
#[must_use]
pub fn brier_parts(chance: &[f64], found: &[bool], weight: Option<&[f64]>) -> Option<BrierParts> {
    let w = |i: usize| weight.map_or(1.0, |w| w[i]);
    let base = mean(chance.len(), weight, |i| label(found[i]))?;
    let mut order: Vec<usize> = (0..chance.len()).collect();
    order.sort_by(|&a, &b| chance[a].total_cmp(&chance[b]));
    let (mut reliability, mut resolution, mut all) = (0.0, 0.0, 0.0);
    for equal in order.chunk_by(|&a, &b| chance[a] == chance[b]) {
        let mass: f64 = equal.iter().map(|&i| w(i)).sum();
        if mass > 0.0 {
            let share = equal.iter().map(|&i| w(i) * label(found[i])).sum::<f64>() / mass;
            reliability += mass * (chance[equal[0]] - share).powi(2);
            resolution += mass * (share - base).powi(2);
            all += mass;
        }
    }
    Some(BrierParts {
        reliability: reliability / all,
        resolution: resolution / all,
        uncertainty: base * (1.0 - base),
    })
}

/// Expected calibration error over bins of about equal numbers of rows (equal chances share a bin):
/// `Σ n_b / n |found share - mean chance|`. Depends on the number of bins: print it beside the figure.
#[must_use]
pub fn calibration_error(chance: &[f64], found: &[bool], bins: usize) -> Option<f64> {
    let n = chance.len();
    if n == 0 || bins == 0 {
        return None;
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| chance[a].total_cmp(&chance[b]));
    let (mut sums, mut before) = (vec![(0.0, 0.0); bins], 0);
    for equal in order.chunk_by(|&a, &b| chance[a] == chance[b]) {
        let bin = ((2 * before + equal.len()) * bins / (2 * n)).min(bins - 1);
        for &i in equal {
            sums[bin].0 += label(found[i]);
            sums[bin].1 += chance[i];
        }
        before += equal.len();
    }
    Some(sums.iter().map(|(found, chance)| (found - chance).abs()).sum::<f64>() / n as f64)
}

/// Continuous ranked probability score of a Poisson forecast: `Σ_{k<y} F(k)² + Σ_{k>=y} (1 - F(k))²`; less is
/// better. Absent when the mean is negative or not finite.
///
/// ```
/// let crps = evaluation::metrics::poisson_crps(1.0, 0).unwrap();
/// assert!((crps - 0.476222).abs() < 1e-6);
/// ```
#[must_use]
pub fn poisson_crps(mean: f64, finds: u32) -> Option<f64> {
    if !(mean >= 0.0 && mean.is_finite()) {
        return None;
    }
    // From the mode outwards the terms only shrink; start in logarithms so that large means do not underflow.
    let enough = mean + 12.0 * (mean + 1.0).sqrt() + 40.0;
    let (mut log_mass, mut below, mut score, mut k) = (-mean, 0.0, 0.0, 0u32);
    while f64::from(k) < enough.max(f64::from(finds)) {
        below += log_mass.exp();
        let part = if k < finds { below } else { 1.0 - below };
        score += part.max(0.0).powi(2);
        k += 1;
        log_mass += if mean > 0.0 { (mean / f64::from(k)).ln() } else { f64::NEG_INFINITY };
    }
    Some(score)
}

fn label(found: bool) -> f64 {
    if found { 1.0 } else { 0.0 }
}

fn mean(n: usize, weight: Option<&[f64]>, of: impl Fn(usize) -> f64) -> Option<f64> {
    let (mut sum, mut mass) = (0.0, 0.0);
    for i in 0..n {
        let w = weight.map_or(1.0, |w| w[i]);
        if w > 0.0 {
            sum += w * of(i);
            mass += w;
        }
    }
    (mass > 0.0).then(|| sum / mass)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn crps_of_known_forecasts() {
        for (mean, finds, known) in [
            (1.0, 0, 0.476_222),
            (1.0, 1, 0.211_981),
            (1.0, 2, 0.683_499),
            (0.5, 0, 0.163_165),
            (0.05, 1, 0.904_839),
        ] {
            let got = poisson_crps(mean, finds).unwrap();
            assert!((got - known).abs() < 1e-6, "{mean} {finds}: {got}");
        }
        assert_eq!(poisson_crps(0.0, 0), Some(0.0));
        assert_eq!(poisson_crps(f64::NAN, 0), None);
        // Of a normal forecast with this mean and spread, right in the middle: sd (sqrt(2/pi) - 1/sqrt(pi)).
        assert!((poisson_crps(2000.0, 2000).unwrap() / (0.233_695 * 2000f64.sqrt()) - 1.0).abs() < 0.01);
    }

    #[test]
    fn nothing_to_average_is_absent() {
        assert_eq!(brier(&[], &[], None), None);
        assert_eq!(log_loss(&[0.5], &[true], Some(&[0.0])), None);
        assert_eq!(poisson_deviance(&[0.0], &[1.0], None), None);
        assert_eq!(brier_skill(&[0.5], &[1.0], &[true], None), None);
        assert_eq!(calibration_error(&[0.25, 0.25, 0.75, 0.75], &[false, true, true, true], 2), Some(0.25));
    }

    proptest! {
        #[test]
        fn the_parts_add_up_to_the_brier_score(
            rows in prop::collection::vec((0u8..=10, any::<bool>(), 0u8..4), 1..80),
        ) {
            let chance: Vec<f64> = rows.iter().map(|r| f64::from(r.0) / 10.0).collect();
            let found: Vec<bool> = rows.iter().map(|r| r.1).collect();
            let weight: Vec<f64> = rows.iter().map(|r| f64::from(r.2)).collect();
            if let Some(parts) = brier_parts(&chance, &found, Some(&weight)) {
                let sum = parts.reliability - parts.resolution + parts.uncertainty;
                prop_assert!((sum - brier(&chance, &found, Some(&weight)).unwrap()).abs() < 1e-12);
            }
        }
    }
}
