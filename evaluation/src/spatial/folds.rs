//! Folds in space: every place is tested by a model that never saw its part of town.
//!
//! A later year tells whether a ranking lasts. It does not tell whether the model knows why: a model that remembers places does well in
//! the same places. So whole groups of places (wijken, or squares) are left out of training, with a border around them where
//! neighbours are alike: Roberts et al., *Cross-validation strategies for data with temporal, spatial, hierarchical, or phylogenetic
//! structure*, Ecography 40 (2017).

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::moran::Weight;

/// In which fold every place is tested. Places without one always train.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folds {
    /// Fold per place, from 0.
    of_place: Vec<Option<u32>>,
    /// Number of folds.
    count: u32,
}

impl Folds {
    /// Whole groups (wijken) go out together: one by one while there are at most `most` of them, else dealt over `most` folds, the
    /// heaviest first and each to the lightest fold, so that every fold weighs about the same.
    ///
    /// `group`: one per place, `None` where it belongs to none. `weight`: rows or exposure per place, finite and 0 or more.
    /// Absent when there are fewer than two groups: nothing would be left to train on.
    ///
    /// ```
    /// use evaluation::spatial::Folds;
    /// let wijk = [Some(7), Some(7), Some(9), None];
    /// let folds = Folds::by_group(&wijk, &[1.0; 4], 10).unwrap();
    /// assert_eq!(folds.count(), 2);
    /// assert_eq!(folds.trains(folds.of(0).unwrap(), &[]), [false, false, true, true]);
    /// ```
    #[must_use]
    pub fn by_group(group: &[Option<u32>], weight: &[f64], most: u32) -> Option<Self> {
        let mut groups: Vec<u32> = group.iter().copied().flatten().collect();
        groups.sort_unstable();
        groups.dedup();
        let mut heaviest: Vec<(f64, usize)> = groups
            .iter()
            .enumerate()
            .map(|(position, wanted)| {
                let own = group.iter().zip(weight).filter(|(g, _)| **g == Some(*wanted));
                (own.map(|(_, w)| *w).sum(), position)
            })
            .collect();
        heaviest.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let count = groups.len().min(most as usize);
        if count < 2 {
            return None;
        }
        let mut load = vec![0.0; count];
        let mut fold = vec![0u32; groups.len()];
        for (weight, position) in heaviest {
            let lightest = (0..count).fold(0, |best, f| if load[f] < load[best] { f } else { best });
            load[lightest] += weight;
            fold[position] = u32::try_from(lightest).unwrap_or(u32::MAX);
        }
        let of = |g: &Option<u32>| g.and_then(|g| groups.binary_search(&g).ok()).map(|p| fold[p]);
        Some(Self {
            of_place: group.iter().map(of).collect(),
            count: u32::try_from(count).unwrap_or(u32::MAX),
        })
    }

    /// Squares of `side` metres, dealt over `count` folds by the seed. Where groups of places are too few or too unlike in size;
    /// take the reach of [`super::correlogram`] as the side. Absent when fewer than `count` squares hold a place, or `count` < 2.
    ///
    /// `x`, `y`: planar metres; a place without coordinates (NaN) always trains.
    #[must_use]
    pub fn by_square(x: &[f64], y: &[f64], side: f64, count: u32, seed: u64) -> Option<Self> {
        let square = |(x, y): (&f64, &f64)| {
            let cell = ((x / side).floor(), (y / side).floor());
            (cell.0.is_finite() && cell.1.is_finite()).then_some((cell.0 as i64, cell.1 as i64))
        };
        let cells: Vec<Option<(i64, i64)>> = x.iter().zip(y).map(square).collect();
        let mut order: Vec<(i64, i64)> = cells.iter().copied().flatten().collect();
        order.sort_unstable();
        order.dedup();
        if count < 2 || order.len() < count as usize {
            return None;
        }
        let mut dealt: Vec<u32> = (0..count).cycle().take(order.len()).collect();
        dealt.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        let of =
            |cell: &Option<(i64, i64)>| cell.and_then(|c| order.binary_search(&c).ok()).map(|p| dealt[p]);
        Some(Self { of_place: cells.iter().map(of).collect(), count })
    }

    /// Number of folds.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The fold in which a place is tested.
    #[must_use]
    pub fn of(&self, place: usize) -> Option<u32> {
        self.of_place.get(place).copied().flatten()
    }

    /// Per place, whether it may train the model that is tested on `fold`: not in the fold, and no neighbour of it in `near` (see
    /// [`super::within`] for a border of so many metres).
    #[must_use]
    pub fn trains(&self, fold: u32, near: &[Weight]) -> Vec<bool> {
        let tested = |place: u32| self.of(place as usize) == Some(fold);
        let mut trains: Vec<bool> = self.of_place.iter().map(|f| *f != Some(fold)).collect();
        for &(a, b, _) in near {
            for (place, other) in [(a, b), (b, a)] {
                if tested(other)
                    && let Some(trains) = trains.get_mut(place as usize)
                {
                    *trains = false;
                }
            }
        }
        trains
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::within;
    use super::*;

    proptest! {
        #[test]
        fn groups_stay_whole_and_every_place_is_tested_once(
            group in proptest::collection::vec(proptest::option::weighted(0.9, 0u32..12), 2..80),
            most in 2u32..8,
        ) {
            let weight: Vec<f64> = (0..group.len()).map(|i| i as f64).collect();
            let mut kinds: Vec<u32> = group.iter().copied().flatten().collect();
            kinds.sort_unstable();
            kinds.dedup();
            let Some(folds) = Folds::by_group(&group, &weight, most) else {
                prop_assert!(kinds.len() < 2);
                return Ok(());
            };
            prop_assert_eq!(folds.count() as usize, kinds.len().min(most as usize));
            for (a, one) in group.iter().enumerate() {
                prop_assert_eq!(one.is_none(), folds.of(a).is_none());
                for (b, other) in group.iter().enumerate() {
                    if one == other {
                        prop_assert_eq!(folds.of(a), folds.of(b));
                    }
                }
            }
        }

        #[test]
        fn nobody_who_trains_is_near_a_place_that_is_tested(
            x in proptest::collection::vec(0.0..1000.0f64, 30),
            y in proptest::collection::vec(0.0..1000.0f64, 30),
            border in 1.0..300.0f64,
        ) {
            let Some(folds) = Folds::by_square(&x, &y, 250.0, 4, 1) else { return Ok(()) };
            let near = within(&x, &y, border);
            for fold in 0..folds.count() {
                let trains = folds.trains(fold, &near);
                for a in 0..x.len() {
                    for b in 0..x.len() {
                        let close = (x[a] - x[b]).hypot(y[a] - y[b]) <= border;
                        prop_assert!(!(trains[a] && folds.of(b) == Some(fold) && close));
                    }
                }
            }
        }
    }

    #[test]
    fn many_groups_are_dealt_evenly() {
        let group: Vec<Option<u32>> = (0..100).map(|i| Some(i % 20)).collect();
        let folds = Folds::by_group(&group, &[1.0; 100], 5).unwrap();
        for fold in 0..5 {
            assert_eq!(folds.trains(fold, &[]).iter().filter(|t| !**t).count(), 20);
        }
    }

    #[test]
    fn one_group_or_one_square_cannot_be_left_out() {
        assert!(Folds::by_group(&[Some(1), Some(1), None], &[1.0; 3], 5).is_none());
        assert!(Folds::by_square(&[1.0, 2.0], &[1.0, 2.0], 100.0, 2, 1).is_none());
        assert!(Folds::by_square(&[1.0, f64::NAN, 300.0], &[1.0, 2.0, 1.0], 100.0, 2, 1).is_some());
    }
}
