//! Random rounding of counts to multiples of five, as Statistics Netherlands does, with the chance fixed by a key.
//!
//! A count is rounded up with a chance in proportion to its distance to the multiple below, so that sums over
//! many areas stay right. The chance is drawn from a hash of the secret, the area, the column and the count (the idea
//! of the cell key method, Fraser and Wooton 2005): asking again gives the same answer, this release or the next, so that
//! noise cannot be averaged away.

use sha2::{Digest, Sha256};

const BASE: f64 = 5.0;

/// Rounds counts; the same count of the same area always gives the same number.
#[derive(Debug)]
pub(super) struct Rounding {
    key: [u8; 32],
}

impl Rounding {
    /// Rounding keyed by a secret.
    pub(super) fn new(secret: &str) -> Self {
        Self { key: digest(&[secret.as_bytes()]) }
    }

    /// The count as a multiple of five, less than five away from it.
    pub(super) fn to_five(&self, count: f64, code: &str, column: &str) -> f64 {
        let below = (count / BASE).floor() * BASE;
        let hash = digest(&[&self.key, code.as_bytes(), column.as_bytes(), &count.to_bits().to_be_bytes()]);
        let [a, b, c, d, ..] = hash;
        let drawn = f64::from(u32::from_be_bytes([a, b, c, d])) / (f64::from(u32::MAX) + 1.0);
        if drawn < (count - below) / BASE { below + BASE } else { below }
    }
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_become_multiples_of_five_that_stay_the_same_and_are_right_on_average() {
        let rounding = Rounding::new("secret");
        let mut sum = 0.0;
        for i in 0..10_000 {
            let code = format!("BU{i}");
            let rounded = rounding.to_five(13.0, &code, "units");
            assert!([10.0, 15.0].contains(&rounded), "{rounded}");
            assert_eq!(rounded, rounding.to_five(13.0, &code, "units"));
            sum += rounded;
        }
        // The standard deviation of the mean is 0.0245.
        assert!((sum / 10_000.0 - 13.0).abs() < 0.1, "{sum}");
        assert_eq!(rounding.to_five(15.0, "BU1", "units"), 15.0);
        assert_eq!(rounding.to_five(0.0, "BU1", "units"), 0.0);
    }

    #[test]
    fn another_secret_or_column_draws_anew() {
        let all = |secret: &str, column: &str| -> Vec<f64> {
            let rounding = Rounding::new(secret);
            (0..64).map(|i| rounding.to_five(12.0, &format!("BU{i}"), column)).collect()
        };
        assert_ne!(all("a", "units"), all("b", "units"));
        assert_ne!(all("a", "units"), all("a", "exposure"));
    }
}
