//! How far likeness between neighbours reaches: Moran's I ring by ring.

use super::moran::{Moran, Weight, moran, within};

/// Moran's I of places that lie between two distances of each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ring {
    /// More than this many metres apart (0 for the first ring).
    pub from: f64,
    /// At most this many metres apart.
    pub to: f64,
    /// Pairs of places.
    pub pairs: u64,
    /// Moran's I with its permutation test; absent without pairs, or when all values are equal.
    pub moran: Option<Moran>,
}

/// Moran's I per ring between `distances` (metres, rising). The reach, which is the size that blocks for spatial validation need, is the
/// outer edge of the last ring of the unbroken run of rings, from the first on, that are alike at `level`.
///
/// Seeds differ per ring, so that their permutations are independent.
#[must_use]
pub fn correlogram(
    values: &[f64],
    x: &[f64],
    y: &[f64],
    distances: &[f64],
    seed: u64,
    draws: usize,
) -> Vec<Ring> {
    let Some(&furthest) = distances.last() else { return vec![] };
    let all = within(x, y, furthest);
    let apart = |w: &Weight| {
        let (a, b) = (w.0 as usize, w.1 as usize);
        (x[a] - x[b]).hypot(y[a] - y[b])
    };
    let starts = std::iter::once(0.0).chain(distances.iter().copied());
    (0u64..)
        .zip(starts.zip(distances))
        .map(|(ring, (from, &to))| {
            let inside = |w: &&Weight| {
                let d = apart(w);
                d <= to && (d > from || from == 0.0)
            };
            let weights: Vec<Weight> = all.iter().filter(inside).copied().collect();
            let pairs = weights.len() as u64 / 2;
            Ring { from, to, pairs, moran: moran(values, &weights, None, seed.wrapping_add(ring), draws) }
        })
        .collect()
}

/// How far likeness reaches, in metres: see [`correlogram`]. 0 when the first ring is not alike.
#[must_use]
pub fn reach(rings: &[Ring], level: f64) -> f64 {
    rings
        .iter()
        .take_while(|ring| ring.moran.is_some_and(|m| m.p <= level))
        .last()
        .map_or(0.0, |ring| ring.to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn town(value: impl Fn(usize, usize) -> f64) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let places: Vec<(usize, usize)> = (0..16).flat_map(|r| (0..16).map(move |c| (r, c))).collect();
        (
            places.iter().map(|&(r, c)| value(r, c)).collect(),
            places.iter().map(|p| 100.0 * p.0 as f64).collect(),
            places.iter().map(|p| 100.0 * p.1 as f64).collect(),
        )
    }

    #[test]
    fn patches_of_400_metres_reach_about_that_far() {
        let (values, x, y) = town(|r, c| if (r / 4 + c / 4) % 2 == 0 { 1.0 } else { 0.0 });
        let rings = correlogram(&values, &x, &y, &[150.0, 300.0, 450.0, 600.0], 1, 199);
        let reach = reach(&rings, 0.05);
        assert!((150.0..=300.0).contains(&reach), "{rings:?}");
        assert!(
            rings[2].moran.unwrap().i < 0.0,
            "patches alternate, so a patch further away is unlike: {rings:?}"
        );
    }

    #[test]
    fn noise_reaches_nowhere_and_pairs_are_counted_once() {
        let (values, x, y) = town(|r, c| ((r * 7919 + c * 104_729) % 101) as f64);
        let rings = correlogram(&values, &x, &y, &[100.0], 1, 199);
        assert_eq!(rings[0].pairs, 2 * 16 * 15);
        assert_eq!(reach(&rings, 0.001), 0.0);
        assert!(correlogram(&values, &x, &y, &[], 1, 99).is_empty());
    }
}
