//! The two losses: derivatives in 32 bits for the inner loop, values in 64 bits for the choice of rounds.
//!
//! A row's expected value is `base * exp(score)`: odds for chances, a count for counts. `base` holds the mean and
//! the exposure, so that twice the exposure at half the rate is the very same number.

use super::settings::EbmLoss;

/// Scores beyond this change nothing that 32 bits can tell.
const FAR: f32 = 40.0;

impl EbmLoss {
    /// First and second derivative of the loss to the score, per row.
    pub(super) fn slopes(self, score: &[f32], base: &[f32], outcome: &[f32], slopes: &mut [[f32; 2]]) {
        let rows = score.iter().zip(base).zip(outcome).zip(slopes);
        match self {
            Self::Binomial => {
                for (((s, b), y), slope) in rows {
                    let odds = b * exp(*s);
                    let other = 1.0 / (1.0 + odds);
                    let chance = odds * other;
                    *slope = [chance - y, chance * other];
                }
            }
            Self::Poisson => {
                for (((s, b), y), slope) in rows {
                    let count = b * exp(*s);
                    *slope = [count - y, count];
                }
            }
        }
    }

    /// Loss of one row.
    pub(super) fn value(self, score: f64, base: f64, outcome: f64) -> f64 {
        let score = score.clamp(-f64::from(FAR), f64::from(FAR));
        let expected = base * score.exp();
        match self {
            Self::Binomial => expected.ln_1p() - outcome * expected.ln(),
            Self::Poisson => expected - outcome * expected.ln(),
        }
    }

    /// Expected value and its derivative to the score, of one row.
    pub(super) fn expected(self, score: f64, base: f64) -> (f64, f64) {
        let expected = base * score.clamp(-f64::from(FAR), f64::from(FAR)).exp();
        match self {
            Self::Binomial => {
                let chance = expected / (1.0 + expected);
                (chance, chance / (1.0 + expected))
            }
            Self::Poisson => (expected, expected),
        }
    }
}

/// `exp`, to seven digits and without branches, so that the compiler can do four or eight at a time: a power of
/// two by its exponent bits, times a Taylor polynomial of the rest.
fn exp(x: f32) -> f32 {
    /// Adding it leaves the nearest whole number in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let t = x.clamp(-FAR, FAR) * std::f32::consts::LOG2_E;
    let rounded = t + ROUND;
    let rest = (t - (rounded - ROUND)) * std::f32::consts::LN_2;
    let high = 1.0 / 24.0 + rest * (1.0 / 120.0 + rest * (1.0 / 720.0));
    let power = 1.0 + rest * (1.0 + rest * (0.5 + rest * (1.0 / 6.0 + rest * high)));
    let scale = f32::from_bits((rounded.to_bits() << 23).wrapping_add(127 << 23));
    power * scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fast_exponential_is_right_to_seven_digits() {
        for i in -3900..3900 {
            let x = i as f32 / 100.0;
            let exact = f64::from(x).exp();
            let told = f64::from(exp(x));
            // The product with log2 e rounds; its error grows with x.
            assert!(
                (told / exact - 1.0).abs() < 3e-7 * (1.0 + f64::from(x).abs()),
                "{x}: {told} for {exact}"
            );
        }
        assert!(exp(f32::MAX).is_finite() && exp(f32::MIN) > 0.0);
    }

    #[test]
    fn slopes_are_the_derivatives_of_the_loss() {
        for loss in [EbmLoss::Binomial, EbmLoss::Poisson] {
            for (score, base, y) in [(0.3, 0.02, 0.0), (-1.2, 0.5, 1.0), (2.0, 0.1, 1.0)] {
                let mut slope = [[0.0; 2]];
                loss.slopes(&[score], &[base], &[y], &mut slope);
                let at = |s: f64| loss.value(s, f64::from(base), f64::from(y));
                let (s, d) = (f64::from(score), 1e-4);
                let first = (at(s + d) - at(s - d)) / (2.0 * d);
                let second = (at(s + d) - 2.0 * at(s) + at(s - d)) / (d * d);
                assert!((first - f64::from(slope[0][0])).abs() < 1e-5, "{first} {slope:?}");
                assert!((second - f64::from(slope[0][1])).abs() < 1e-5, "{second} {slope:?}");
                let (mean, curve) = loss.expected(s, f64::from(base));
                assert!((mean - f64::from(y) - first).abs() < 1e-5 && (curve - second).abs() < 1e-5);
            }
        }
    }
}
