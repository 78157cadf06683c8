//! Which places lie near which records: found once, used for every as-of date, radius and window.
//!
//! Records (finds, signals) are rare and rows are many, so the work goes per record: a record is scattered
//! to the places around it. Places are cut into tiles of neighbouring places whose running totals fit in a
//! processor's cache; tiles are independent of each other, so they can be done on any number of threads,
//! and within a tile records come in order of date, so that sums are the same bits every time.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;

use super::place::Located;
use super::strips::{Strips, distance_squared};

/// Places per tile; a place within its tile is a `u16`. Small enough that totals of 9 cells stay in a
/// processor's second cache.
pub(crate) const TILE: usize = 1 << 13;
/// Keep pairs between as-of dates up to this many (2 bytes each, 10 with a decay); beyond it every date
/// finds them again.
const KEEP_AT_MOST: usize = 400_000_000;

/// The radii and decays that the features ask of one source.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Reach {
    /// Rising, distinct.
    pub(crate) radii: Vec<f64>,
    /// Distinct decay lengths, each with the position in `radii` of the largest radius it is used with.
    pub(crate) decays: Vec<(f64, usize)>,
}

impl Reach {
    pub(crate) fn largest(&self) -> f64 {
        self.radii.last().copied().unwrap_or(0.0)
    }

    pub(crate) fn add(&mut self, radii: &[f64], decay: Option<f64>) {
        let largest = |reach: &Self, at: usize| reach.radii[at];
        let mut used: Vec<(f64, f64)> = self.decays.iter().map(|d| (d.0, largest(self, d.1))).collect();
        self.radii.extend_from_slice(radii);
        self.radii.sort_by(f64::total_cmp);
        self.radii.dedup();
        if let Some(decay) = decay {
            let radius = radii.iter().copied().fold(0.0, f64::max);
            match used.iter_mut().find(|u| u.0 == decay) {
                Some(known) => known.1 = known.1.max(radius),
                None => used.push((decay, radius)),
            }
        }
        self.decays =
            used.into_iter().map(|(d, radius)| (d, self.radii.partition_point(|&r| r < radius))).collect();
    }

    /// Position of the smallest radius that a point at this squared distance lies within.
    fn ring(&self, squared: f64) -> usize {
        self.radii.iter().position(|r| squared <= r * r).unwrap_or(self.radii.len())
    }
}

/// The pairs of one tile. Ring `k` of a record holds the places farther than radius `k - 1`, up to radius `k`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tile {
    /// Records with a place in this tile, rising.
    pub(crate) records: Vec<u32>,
    /// Per record and ring: where its places start; one more at the end.
    starts: Vec<usize>,
    places: Vec<u16>,
    /// Per decay and record: where its weights start; the weights follow the order of `places`.
    weight_starts: Vec<Vec<usize>>,
    weights: Vec<Vec<f64>>,
    rings: usize,
}

impl Tile {
    /// Places (within the tile) of ring `ring` of the `k`-th record of this tile.
    pub(crate) fn places(&self, k: usize, ring: usize) -> &[u16] {
        let at = k * self.rings + ring;
        &self.places[self.starts[at]..self.starts[at + 1]]
    }

    /// The weights that go with [`Tile::places`], for a decay that reaches this ring.
    pub(crate) fn weights(&self, decay: usize, k: usize, ring: usize) -> &[f64] {
        let at = k * self.rings;
        let (first, from, to) = (self.starts[at], self.starts[at + ring], self.starts[at + ring + 1]);
        let base = self.weight_starts[decay][k];
        &self.weights[decay][base + (from - first)..base + (to - first)]
    }
}

/// The pairs of one source.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pairs {
    pub(crate) reach: Reach,
    kept: Option<Vec<Tile>>,
}

impl Pairs {
    pub(crate) fn new(reach: Reach, strips: &Strips, located: &Located) -> Self {
        Self::keeping(reach, strips, located, KEEP_AT_MOST)
    }

    pub(crate) fn keeping(reach: Reach, strips: &Strips, located: &Located, at_most: usize) -> Self {
        let radius = reach.largest();
        let candidates: usize = (0..located.x.len())
            .into_par_iter()
            .map(|i| {
                let (x, y) = (located.x[i], located.y[i]);
                let all = 0..strips.len();
                if x.is_finite() { strips.runs(x, y, radius, all).map(|run| run.len()).sum() } else { 0 }
            })
            .sum();
        let mut pairs = Self { reach, kept: None };
        if candidates <= at_most {
            let tiles: Vec<Tile> = (0..tiles_of(strips))
                .into_par_iter()
                .map(|t| build(&pairs.reach, strips, located, t))
                .collect();
            pairs.kept = Some(tiles);
        }
        pairs
    }

    pub(crate) fn tile(&self, number: usize, strips: &Strips, located: &Located) -> Cow<'_, Tile> {
        match &self.kept {
            Some(tiles) => Cow::Borrowed(&tiles[number]),
            None => Cow::Owned(build(&self.reach, strips, located, number)),
        }
    }
}

fn tiles_of(strips: &Strips) -> usize {
    strips.len().div_ceil(TILE)
}

fn build(reach: &Reach, strips: &Strips, located: &Located, number: usize) -> Tile {
    let within = number * TILE..((number + 1) * TILE).min(strips.len());
    let rings = reach.radii.len();
    let mut tile = Tile {
        starts: vec![0],
        weight_starts: vec![Vec::new(); reach.decays.len()],
        weights: vec![Vec::new(); reach.decays.len()],
        rings,
        ..Tile::default()
    };
    let (low, high) = span(&strips.y[within.clone()]);
    let radius = reach.largest();
    // Per ring: places, and squared distances for the decays.
    let mut found: Vec<Vec<(u16, f64)>> = vec![Vec::new(); rings];
    for i in 0..located.x.len() {
        let (x, y) = (located.x[i], located.y[i]);
        if !x.is_finite() || y + radius < low || y - radius > high {
            continue;
        }
        for run in strips.runs(x, y, radius, within.clone()) {
            for place in run {
                let squared = distance_squared((x, y), (strips.x[place], strips.y[place]));
                if let Some(ring) = found.get_mut(reach.ring(squared)) {
                    #[expect(clippy::cast_possible_truncation, reason = "a tile holds at most 2^13 places")]
                    ring.push(((place - within.start) as u16, squared));
                }
            }
        }
        if found.iter().all(Vec::is_empty) {
            continue;
        }
        tile.records.push(u32::try_from(i).unwrap_or(u32::MAX));
        for (d, &(decay, last)) in reach.decays.iter().enumerate() {
            tile.weight_starts[d].push(tile.weights[d].len());
            let near = found[..=last].iter().flatten();
            tile.weights[d].extend(near.map(|(_, squared)| decay_weight(*squared, decay)));
        }
        for ring in &mut found {
            tile.places.extend(ring.drain(..).map(|(place, _)| place));
            tile.starts.push(tile.places.len());
        }
    }
    tile.places.shrink_to_fit();
    tile
}

/// exp(-distance / decay).
pub(crate) fn decay_weight(squared: f64, decay: f64) -> f64 {
    (-squared.sqrt() / decay).exp()
}

fn span(values: &[f64]) -> (f64, f64) {
    values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &v| (low.min(v), high.max(v)))
}

/// Per place of the index, the sum of `amount` over the places within each radius: `result[place * radii + k]`.
/// In the order of the index, so the same bits on any number of threads.
pub(crate) fn sums_around(strips: &Strips, amount: &[f64], radii: &[f64]) -> Vec<f64> {
    let largest = radii.iter().copied().fold(0.0, f64::max);
    let mut sums = vec![0.0; strips.len() * radii.len()];
    if radii.is_empty() {
        return sums;
    }
    sums.par_chunks_mut(radii.len() * 1024).enumerate().for_each(|(chunk, out)| {
        for (k, sums) in out.chunks_mut(radii.len()).enumerate() {
            let centre = chunk * 1024 + k;
            let point = (strips.x[centre], strips.y[centre]);
            for run in strips.runs(point.0, point.1, largest, 0..strips.len()) {
                add_around(strips, amount, radii, point, run, sums);
            }
        }
    });
    sums
}

fn add_around(
    strips: &Strips,
    amount: &[f64],
    radii: &[f64],
    point: (f64, f64),
    run: Range<usize>,
    sums: &mut [f64],
) {
    for place in run {
        let squared = distance_squared(point, (strips.x[place], strips.y[place]));
        for (sum, radius) in sums.iter_mut().zip(radii) {
            if squared <= radius * radius {
                *sum += amount[place];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reach_collects_radii_and_decays() {
        let mut reach = Reach::default();
        reach.add(&[500.0, 100.0], None);
        reach.add(&[250.0], Some(80.0));
        reach.add(&[500.0, 250.0], Some(80.0));
        reach.add(&[1000.0], Some(200.0));
        assert_eq!(reach.radii, [100.0, 250.0, 500.0, 1000.0]);
        assert_eq!(reach.decays, [(80.0, 2), (200.0, 3)]);
        assert_eq!((reach.ring(100.0 * 100.0), reach.ring(100.1 * 100.1), reach.ring(1e9)), (0, 1, 4));
    }

    #[test]
    fn found_again_or_kept_is_the_same() {
        let points: Vec<(f64, f64)> =
            (0..500).map(|i| (f64::from(i % 25) * 30.0, f64::from(i / 25) * 30.0)).collect();
        let strips = Strips::new(&points, 100.0);
        let located =
            Located { x: vec![100.0, f64::NAN, 333.0], y: vec![100.0, 0.0, 10.0], ..Located::default() };
        let mut reach = Reach::default();
        reach.add(&[50.0, 100.0], Some(40.0));
        let kept = Pairs::keeping(reach.clone(), &strips, &located, usize::MAX);
        let again = Pairs::keeping(reach, &strips, &located, 0);
        assert!(kept.kept.is_some() && again.kept.is_none());
        let (a, b) = (kept.tile(0, &strips, &located), again.tile(0, &strips, &located));
        assert_eq!(a.records, [0, 2]);
        for (k, ring) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            assert_eq!(a.places(k, ring), b.places(k, ring));
            assert_eq!(a.weights(0, k, ring), b.weights(0, k, ring));
            assert_eq!(a.places(k, ring).len(), a.weights(0, k, ring).len());
            assert!(!a.places(k, ring).is_empty());
        }
    }
}
