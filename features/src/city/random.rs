//! Chance that gives the same numbers for the same seed, everywhere.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson, StandardNormal};

/// Parts of the generator; each draws from its own stream, so that a change in one leaves the others as they were.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    Land = 1,
    Society = 2,
    Stock = 3,
    Risk = 4,
    Simulation = 5,
    Figures = 6,
}

/// A seeded source of chance.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    pub(crate) fn new(seed: u64, part: Part) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(part as u64);
        Self(rng)
    }

    /// Uniform in [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        self.0.random::<f64>()
    }

    /// Uniform in [low, high).
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// A whole number in low..=high; `low` when the range is empty.
    pub(crate) fn days(&mut self, low: i32, high: i32) -> i32 {
        if high <= low { low } else { self.0.random_range(low..=high) }
    }

    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    pub(crate) fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }

    pub(crate) fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        median * (sigma * self.normal()).exp()
    }

    /// A Poisson count; 0 when the mean is not a positive number.
    pub(crate) fn poisson(&mut self, mean: f64) -> u32 {
        // Far above any mean here; keeps the cast exact.
        Poisson::new(mean.min(1e9)).map_or(0, |law| whole(law.sample(&mut self.0)))
    }

    /// A position, by weight; the last one when the weights are all zero.
    pub(crate) fn pick(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f64>();
        for (position, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return position;
            }
        }
        weights.len().saturating_sub(1)
    }

    /// Puts the items in random order.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.0.random_range(0..=last);
            items.swap(last, other);
        }
    }

    /// A seed for a [`Noise`].
    pub(crate) fn noise(&mut self, metres: f64) -> Noise {
        Noise { seed: self.0.random::<u64>(), metres }
    }
}

/// A whole number from a float that holds one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates, and the values are small and positive"
)]
pub(crate) fn whole(value: f64) -> u32 {
    value as u32
}

/// A day from a float that holds one.
#[expect(clippy::cast_possible_truncation, reason = "saturates; days lie within a few hundred years of 1970")]
pub(crate) fn day(value: f64) -> i32 {
    value as i32
}

/// A smooth random field over the plane, mean 0 and standard deviation about 1.
pub(crate) struct Noise {
    seed: u64,
    metres: f64,
}

impl Noise {
    /// The field at a point: lattice values `metres` apart, joined by a quintic.
    pub(crate) fn at(&self, x: f64, y: f64) -> f64 {
        let (u, v) = (x / self.metres, y / self.metres);
        let (i, j) = (u.floor(), v.floor());
        let ease = |t: f64| t * t * t * (t * (t * 6.0 - 15.0) + 10.0);
        let (a, b) = (ease(u - i), ease(v - j));
        let corner = |di: f64, dj: f64| self.lattice(i + di, j + dj);
        let near = corner(0.0, 0.0) * (1.0 - a) + corner(1.0, 0.0) * a;
        let far = corner(0.0, 1.0) * (1.0 - a) + corner(1.0, 1.0) * a;
        // Joining four lattice values leaves about half of their variance.
        (near * (1.0 - b) + far * b) * 1.45
    }

    /// A standard value of the lattice point: the sum of three uniform numbers, centred.
    fn lattice(&self, i: f64, j: f64) -> f64 {
        let mut state =
            self.seed ^ i.to_bits().wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ j.to_bits().rotate_left(29);
        let mut sum = 0.0;
        for _ in 0..3 {
            state = mix(state);
            sum += unit_from_bits(state);
        }
        (sum - 1.5) * 2.0
    }
}

/// The splitmix64 step (Steele, Lea and Flood 2014).
pub(crate) fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Uniform in [0, 1) from the upper 53 bits.
#[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
pub(crate) fn unit_from_bits(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

/// Draws positions in proportion to fixed weights.
pub(crate) struct Urn {
    cumulative: Vec<f64>,
}

impl Urn {
    pub(crate) fn new(weights: impl Iterator<Item = f64>) -> Self {
        let mut sum = 0.0;
        let cumulative = weights
            .map(|weight| {
                sum += weight.max(0.0);
                sum
            })
            .collect();
        Self { cumulative }
    }

    pub(crate) fn total(&self) -> f64 {
        self.cumulative.last().copied().unwrap_or(0.0)
    }

    pub(crate) fn weight(&self, position: usize) -> f64 {
        let before = position.checked_sub(1).and_then(|p| self.cumulative.get(p)).copied().unwrap_or(0.0);
        self.cumulative.get(position).map_or(0.0, |upto| upto - before)
    }

    /// A position, or `None` when no weight is above zero.
    pub(crate) fn draw(&self, dice: &mut Dice) -> Option<usize> {
        let total = self.total();
        let mark = dice.unit() * total;
        (total > 0.0)
            .then(|| self.cumulative.partition_point(|&upto| upto <= mark).min(self.cumulative.len() - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_repeat_and_differ() {
        let draw = |seed, part| {
            let mut dice = Dice::new(seed, part);
            (0..8).map(|_| dice.unit()).collect::<Vec<_>>()
        };
        assert_eq!(draw(1, Part::Land), draw(1, Part::Land));
        assert_ne!(draw(1, Part::Land), draw(2, Part::Land));
        assert_ne!(draw(1, Part::Land), draw(1, Part::Stock));
    }

    #[test]
    fn an_urn_draws_by_weight() {
        let urn = Urn::new([0.0, 1.0, 0.0, 3.0, 0.0].into_iter());
        let mut dice = Dice::new(7, Part::Simulation);
        let mut seen = [0u32; 5];
        for _ in 0..4000 {
            seen[urn.draw(&mut dice).unwrap()] += 1;
        }
        assert_eq!((seen[0], seen[2], seen[4]), (0, 0, 0));
        assert!((900..1100).contains(&seen[1]), "{seen:?}");
        assert!((urn.weight(3) - 3.0).abs() < 1e-12);
        assert_eq!(Urn::new([0.0].into_iter()).draw(&mut dice), None);
    }

    #[test]
    fn noise_is_smooth_and_standard() {
        let noise = Dice::new(3, Part::Risk).noise(500.0);
        let at = |k: u32| noise.at(f64::from(k % 211) * 173.0, f64::from(k / 211) * 157.0);
        let values: Vec<f64> = (0..40_000).map(at).collect();
        let mean = values.iter().sum::<f64>() / 40_000.0;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 40_000.0;
        assert!(mean.abs() < 0.1 && (0.7..1.3).contains(&variance), "{mean} {variance}");
        assert!((noise.at(1000.0, 2000.0) - noise.at(1001.0, 2000.0)).abs() < 0.05);
    }
}
