//! Moran's I: are neighbours alike? Of the residuals of a model it says how far blocks for spatial validation must reach.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// Moran's I (1950) with its permutation test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moran {
    /// `(n / ΣW) Σ w_ij z_i z_j / Σ z_i²`: about 0 when neighbours have nothing in common, towards 1 when they are alike.
    pub i: f64,
    /// What it is on average when they have nothing in common: `-1 / (n - 1)`.
    pub expected: f64,
    /// Chance of an I at least as large when values change places within their stratum.
    pub p: f64,
    /// Places.
    pub n: u64,
}

/// Weighs pairs of places: numbers from 0, and how much they are neighbours. Give each direction that counts; a pair
/// that is listed once counts once.
pub type Weight = (u32, u32, f64);

/// Moran's I of `values`, one-sided for likeness; values change places only within `stratum` (all together when `None`).
///
/// ```
/// let line: Vec<(u32, u32, f64)> = (0..3u32).flat_map(|i| [(i, i + 1, 1.0), (i + 1, i, 1.0)]).collect();
/// let moran = evaluation::spatial::moran(&[1.0, 2.0, 3.0, 4.0], &line, None, 1, 99).unwrap();
/// assert!((moran.i - 1.0 / 3.0).abs() < 1e-12);
/// ```
///
/// Absent when all values are equal, or there are no weights.
#[must_use]
pub fn moran(
    values: &[f64],
    weights: &[Weight],
    stratum: Option<&[u32]>,
    seed: u64,
    draws: usize,
) -> Option<Moran> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let mut order: Vec<usize> = (0..values.len()).collect();
    if let Some(stratum) = stratum {
        order.sort_by_key(|&i| stratum[i]);
    }
    let strata: Vec<usize> = match stratum {
        Some(s) => order.chunk_by(|&a, &b| s[a] == s[b]).map(<[usize]>::len).collect(),
        None => vec![values.len()],
    };
    let z: Vec<f64> = values.iter().map(|v| v - mean).collect();
    let squares: f64 = z.iter().map(|z| z * z).sum();
    let all: f64 = weights.iter().map(|w| w.2).sum();
    if squares <= 0.0 || all <= 0.0 {
        return None;
    }
    let of = |z: &[f64]| {
        let sum: f64 = weights.iter().map(|&(a, b, w)| w * z[a as usize] * z[b as usize]).sum();
        n / all * sum / squares
    };
    let observed = of(&z);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut shuffled: Vec<f64> = order.iter().map(|&i| z[i]).collect();
    let mut placed = z.clone();
    let mut beyond = 0.0;
    for _ in 0..draws {
        let mut rest = shuffled.as_mut_slice();
        for &length in &strata {
            let (block, others) = rest.split_at_mut(length);
            block.shuffle(&mut rng);
            rest = others;
        }
        for (&place, &value) in order.iter().zip(&shuffled) {
            placed[place] = value;
        }
        if of(&placed) >= observed - 1e-12 {
            beyond += 1.0;
        }
    }
    Some(Moran {
        i: observed,
        expected: -1.0 / (n - 1.0),
        p: (1.0 + beyond) / (1.0 + draws as f64),
        n: values.len() as u64,
    })
}

/// Neighbours within a distance: weight 1 in both directions; coordinates in metres.
#[must_use]
pub fn within(x: &[f64], y: &[f64], distance: f64) -> Vec<Weight> {
    let mut order: Vec<u32> = (0u32..).take(x.len()).collect();
    order.sort_by(|&a, &b| x[a as usize].total_cmp(&x[b as usize]));
    let mut weights = Vec::new();
    for (place, &a) in order.iter().enumerate() {
        for &b in &order[place + 1..] {
            let (dx, dy) = (x[b as usize] - x[a as usize], y[b as usize] - y[a as usize]);
            if dx > distance {
                break;
            }
            if dx * dx + dy * dy <= distance * distance {
                weights.extend([(a, b, 1.0), (b, a, 1.0)]);
            }
        }
    }
    weights.sort_by_key(|w| (w.0, w.1));
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(value: impl Fn(usize, usize) -> f64) -> (Vec<f64>, Vec<Weight>) {
        let places: Vec<(usize, usize)> = (0..10).flat_map(|r| (0..10).map(move |c| (r, c))).collect();
        let (x, y): (Vec<f64>, Vec<f64>) =
            places.iter().map(|&(r, c)| (100.0 * r as f64, 100.0 * c as f64)).unzip();
        (places.iter().map(|&(r, c)| value(r, c)).collect(), within(&x, &y, 100.0))
    }

    #[test]
    fn slopes_are_alike_and_chequers_are_not() {
        let (slope, weights) = grid(|r, c| (r + c) as f64);
        assert_eq!(weights.len(), 2 * 180);
        let alike = moran(&slope, &weights, None, 1, 499).unwrap();
        assert!(alike.i > 0.8 && alike.p < 0.005, "{alike:?}");
        let (chequers, _) = grid(|r, c| ((r + c) % 2) as f64);
        let unlike = moran(&chequers, &weights, None, 1, 499).unwrap();
        assert!((unlike.i + 1.0).abs() < 1e-9 && unlike.p > 0.99, "{unlike:?}");
        assert_eq!(moran(&[1.0; 100], &weights, None, 1, 99), None);
    }

    #[test]
    fn likeness_that_is_only_between_strata_is_not_found_within_them() {
        // Two halves with another level, and no order inside: alike over all, not within the halves.
        let (halves, weights) =
            grid(|r, c| if r < 5 { 10.0 } else { 0.0 } + ((7 * r + 3 * c) % 5) as f64 * 0.01);
        let stratum: Vec<u32> = (0..100).map(|i| u32::from(i >= 50)).collect();
        assert!(moran(&halves, &weights, None, 1, 199).unwrap().p < 0.01);
        assert!(moran(&halves, &weights, Some(&stratum), 1, 199).unwrap().p > 0.05);
    }
}
