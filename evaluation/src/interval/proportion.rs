//! Exact and score intervals of proportions and counts.

use statrs::function::{beta::checked_beta_reg, erf::erf_inv, gamma::checked_gamma_lr};

/// Two-sided normal quantile: 1.96 for a confidence of 0.95.
#[must_use]
pub fn normal_quantile(confidence: f64) -> f64 {
    std::f64::consts::SQRT_2 * erf_inv(confidence)
}

/// Wilson score interval of `hits / of` (1927); absent when `of` is 0.
#[must_use]
pub fn wilson(hits: f64, of: f64, confidence: f64) -> Option<(f64, f64)> {
    if of <= 0.0 {
        return None;
    }
    let z = normal_quantile(confidence);
    let (p, z2) = (hits / of, z * z);
    let middle = p + z2 / (2.0 * of);
    let half = z * (p * (1.0 - p) / of + z2 / (4.0 * of * of)).max(0.0).sqrt();
    let below = 1.0 + z2 / of;
    Some((((middle - half) / below).max(0.0), ((middle + half) / below).min(1.0)))
}

/// Clopper-Pearson exact interval of `hits / of` (1934), from Beta quantiles; absent when `of` is 0.
#[must_use]
pub fn clopper_pearson(hits: f64, of: f64, confidence: f64) -> Option<(f64, f64)> {
    if of <= 0.0 {
        return None;
    }
    let alpha = (1.0 - confidence) / 2.0;
    let low = if hits <= 0.0 {
        0.0
    } else {
        root(1.0, |p| checked_beta_reg(hits, of - hits + 1.0, p).ok().map(|f| f - alpha))?
    };
    let high = if hits >= of {
        1.0
    } else {
        root(1.0, |p| checked_beta_reg(hits + 1.0, of - hits, p).ok().map(|f| f - (1.0 - alpha)))?
    };
    Some((low, high))
}

/// Garwood exact interval (1936) of the mean of a Poisson count, from Gamma quantiles.
#[must_use]
pub fn garwood(count: f64, confidence: f64) -> Option<(f64, f64)> {
    if !(count >= 0.0 && count.is_finite()) {
        return None;
    }
    let alpha = (1.0 - confidence) / 2.0;
    let ceiling = count + 20.0 + 12.0 * (count + 1.0).sqrt();
    let quantile = |shape: f64, p: f64| {
        root(ceiling, |x| if x <= 0.0 { Some(-p) } else { checked_gamma_lr(shape, x).ok().map(|f| f - p) })
    };
    let low = if count == 0.0 { 0.0 } else { quantile(count, alpha)? };
    Some((low, quantile(count + 1.0, 1.0 - alpha)?))
}

/// Where a rising function crosses 0 between 0 and `ceiling`, by halving: exact enough and never lost.
fn root(ceiling: f64, f: impl Fn(f64) -> Option<f64>) -> Option<f64> {
    let (mut low, mut high) = (0.0, ceiling);
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if f(middle)? < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(f64::midpoint(low, high))
}

/// The `q`-quantile of sorted values, interpolated between neighbours (Hyndman and Fan's type 7).
#[must_use]
pub fn quantile_of_sorted(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    #[expect(clippy::cast_precision_loss, reason = "a position in a slice")]
    let position = q.clamp(0.0, 1.0) * last as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= position <= last")]
    let below = position.floor() as usize;
    let above = (below + 1).min(last);
    Some(sorted[below] + (sorted[above] - sorted[below]) * position.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: Option<(f64, f64)>, low: f64, high: f64, tolerance: f64) {
        let (a, b) = got.unwrap();
        assert!((a - low).abs() < tolerance && (b - high).abs() < tolerance, "{a} {b}");
    }

    #[test]
    fn wilson_gives_the_published_values() {
        // False positive rates of the COMPAS table, as published with Wilson intervals.
        close(wilson(805.0, 1795.0, 0.95), 0.426, 0.472, 5e-4);
        close(wilson(349.0, 1488.0, 0.95), 0.214, 0.257, 1e-3);
        close(wilson(87.0, 405.0, 0.95), 0.178, 0.257, 1e-3);
        close(wilson(2.0, 23.0, 0.95), 0.024, 0.268, 5e-4);
        close(wilson(3.0, 8.0, 0.95), 0.137, 0.694, 5e-4);
    }

    #[test]
    fn clopper_pearson_gives_known_values() {
        // 3 of 21 and 5 of 94 finds at 0.722 of 147.7 square miles, as PAI intervals.
        let area = 0.722 / 147.7;
        let (low, high) = clopper_pearson(3.0, 21.0, 0.95).unwrap();
        close(Some((low / area, high / area)), 6.2, 74.3, 0.06);
        let (low, high) = clopper_pearson(5.0, 94.0, 0.95).unwrap();
        close(Some((low / area, high / area)), 3.6, 24.5, 0.06);
        close(clopper_pearson(0.0, 10.0, 0.95), 0.0, 0.308_497, 1e-6);
        close(clopper_pearson(10.0, 10.0, 0.95), 0.691_503, 1.0, 1e-6);
    }

    #[test]
    fn garwood_gives_known_values() {
        close(garwood(0.0, 0.95), 0.0, 3.688_879, 1e-5);
        close(garwood(1.0, 0.95), 0.025_318, 5.571_643, 1e-5);
        close(garwood(10.0, 0.95), 4.795_389, 18.390_356, 1e-5);
        close(garwood(100_000.0, 0.95), 99_381.2, 100_621.7, 1.0);
    }

    #[test]
    fn quantiles_interpolate() {
        assert_eq!(quantile_of_sorted(&[], 0.5), None);
        assert_eq!(quantile_of_sorted(&[1.0, 2.0, 4.0], 0.5), Some(2.0));
        assert_eq!(quantile_of_sorted(&[1.0, 2.0, 4.0], 0.75), Some(3.0));
        assert!((normal_quantile(0.95) - 1.959_963_985).abs() < 1e-8);
    }
}
