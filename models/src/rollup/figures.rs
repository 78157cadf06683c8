//! From totals and draws to the published figures.

use std::collections::BTreeMap;
use std::ops::Range;

use rand_distr::{Distribution, Poisson};
use rayon::prelude::*;

use super::Rules;
use super::draws::{Draws, count_noise};
use super::totals::Totals;
use super::tree::Tree;
use crate::bundle::{Class, Suppression};

/// Ends of the 90 % interval.
const LOW: f64 = 0.05;
const HIGH: f64 = 0.95;
/// Class borders, as multiples of the mean rate of the level: an area is low below the first, raised from the
/// second, high from the third.
const BORDERS: [f64; 3] = [0.75, 1.25, 2.0];
/// Above this mean a Poisson count is its mean, as near as makes no difference.
const NO_NOISE: f64 = 1e15;

/// Figures of each published area with the 90 % interval of its expectation, and the size of the top that was used
/// per level.
pub(crate) struct Published {
    pub(crate) areas: Vec<Option<(crate::bundle::Figures, (f64, f64))>>,
    pub(crate) top_k: BTreeMap<String, usize>,
}

pub(crate) fn figures(
    rules: &Rules,
    tree: &Tree,
    totals: &Totals,
    draws: &Draws,
    hidden: &[Option<Suppression>],
) -> Published {
    let mut areas = vec![None; hidden.len()];
    let mut top_k = BTreeMap::new();
    for (level, range) in &tree.levels {
        let shown: Vec<usize> = range.clone().filter(|&k| hidden[k].is_none()).collect();
        let top = rules.top_k.get(level).copied().unwrap_or_else(|| range.len().div_ceil(10));
        top_k.insert(level.clone(), top);
        let ranks = Ranks::of(&shown, totals, draws);
        let mean_rate = mean_rate(totals, range);
        let made: Vec<_> = shown
            .par_iter()
            .enumerate()
            .map(|(place, &k)| one(rules.seed, totals, draws, k, &ranks.of_place(place), top, mean_rate))
            .collect();
        for (&k, figures) in shown.iter().zip(made) {
            areas[k] = Some(figures);
        }
    }
    Published { areas, top_k }
}

fn mean_rate(totals: &Totals, level: &Range<usize>) -> f64 {
    let expected: f64 = totals.expected[level.clone()].iter().sum();
    let exposure: f64 = totals.exposure[level.clone()].iter().sum();
    if exposure > 0.0 { expected / exposure } else { 0.0 }
}

/// Ranks within a level: the fitted one, and one per draw.
struct Ranks {
    fitted: Vec<u32>,
    /// Draw by draw.
    drawn: Vec<Vec<u32>>,
}

/// Ranks of one area.
struct AreaRanks {
    fitted: u32,
    drawn: Vec<u32>,
}

impl Ranks {
    /// Ranks of these areas, sorted by code.
    fn of(shown: &[usize], totals: &Totals, draws: &Draws) -> Self {
        let fitted = ranks(shown, |k| totals.expected[k]);
        let drawn = (0..draws.per_area).into_par_iter().map(|s| ranks(shown, |k| draws.of(k)[s])).collect();
        Self { fitted, drawn }
    }

    fn of_place(&self, place: usize) -> AreaRanks {
        AreaRanks { fitted: self.fitted[place], drawn: self.drawn.iter().map(|d| d[place]).collect() }
    }
}

/// Rank of each area, 1 for the highest value; equal values rank in the order given, which is by code.
fn ranks(shown: &[usize], value: impl Fn(usize) -> f64) -> Vec<u32> {
    let values: Vec<f64> = shown.iter().map(|&k| value(k)).collect();
    let mut order: Vec<usize> = (0..shown.len()).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    let mut ranks = vec![0; shown.len()];
    for (rank, place) in (1..).zip(order) {
        ranks[place] = rank;
    }
    ranks
}

fn one(
    seed: u64,
    totals: &Totals,
    draws: &Draws,
    k: usize,
    ranks: &AreaRanks,
    top: usize,
    mean_rate: f64,
) -> (crate::bundle::Figures, (f64, f64)) {
    let drawn = draws.of(k);
    let levelled: Vec<f64> = drawn.iter().zip(&draws.periods).map(|(own, period)| own * period).collect();
    let (low, high) = interval(counts(seed, k, &levelled));
    let mut sorted = ranks.drawn.clone();
    sorted.sort_unstable();
    let (best, worst) = (quantile(&sorted, LOW), quantile(&sorted, HIGH));
    let in_top = ranks.drawn.iter().filter(|r| **r as usize <= top).count();
    let (expected, exposure) = (totals.expected[k], totals.exposure[k]);
    let figures = crate::bundle::Figures {
        units: totals.units[k],
        exposure,
        expected,
        low,
        high,
        rate_per_1000: if exposure > 0.0 { 1000.0 * expected / exposure } else { 0.0 },
        rank: ranks.fitted,
        rank_low: best.min(ranks.fitted),
        rank_high: worst.max(ranks.fitted),
        chance_top_k: in_top as f64 / drawn.len() as f64,
        class: class(expected, exposure, interval(drawn.to_vec()), mean_rate),
    };
    (figures, interval(levelled))
}

/// A count drawn on each drawn expectation.
fn counts(seed: u64, k: usize, drawn: &[f64]) -> Vec<f64> {
    let mut generator = count_noise(seed, k);
    let count = |&mean: &f64| match Poisson::new(mean) {
        Ok(poisson) if mean < NO_NOISE => poisson.sample(&mut generator),
        _ => mean.max(0.0),
    };
    drawn.iter().map(count).collect()
}

fn interval(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    (quantile(&values, LOW), quantile(&values, HIGH))
}

/// The smallest value that at least this share of the values does not exceed.
fn quantile<T: Copy>(sorted: &[T], share: f64) -> T {
    let place = (share * sorted.len() as f64 - 1e-9).ceil().max(1.0) as usize;
    sorted[place.min(sorted.len()) - 1]
}

/// The class of an area by its rate relative to the mean rate of its level. When the 90 % interval of the
/// expectation (without the noise of counting, which says nothing about the area) reaches from the lowest class
/// into the highest, the data do not tell, and the class says so.
fn class(expected: f64, exposure: f64, interval: (f64, f64), mean_rate: f64) -> Class {
    let usual = mean_rate * exposure;
    if usual <= 0.0 {
        return Class::NotEnoughData;
    }
    let relative = |value: f64| value / usual;
    if relative(interval.0) < BORDERS[0] && relative(interval.1) >= BORDERS[2] {
        return Class::NotEnoughData;
    }
    let passed = BORDERS.iter().filter(|border| relative(expected) >= **border).count();
    [Class::Low, Class::Middle, Class::Raised, Class::High][passed]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_were_drawn() {
        let values: Vec<u32> = (1..=100).collect();
        assert_eq!((quantile(&values, LOW), quantile(&values, HIGH)), (5, 95));
        assert_eq!(quantile(&[7], LOW), 7);
        assert_eq!(quantile(&[1, 2], HIGH), 2);
    }

    #[test]
    fn classes_have_sharp_borders_and_admit_ignorance() {
        let of = |expected| class(expected, 10.0, (expected, expected), 0.1);
        assert_eq!(of(0.74), Class::Low);
        assert_eq!(of(0.75), Class::Middle);
        assert_eq!(of(1.25), Class::Raised);
        assert_eq!(of(2.0), Class::High);
        assert_eq!(class(1.0, 10.0, (0.7, 2.0), 0.1), Class::NotEnoughData);
        assert_eq!(class(1.0, 10.0, (0.75, 2.5), 0.1), Class::Middle);
        assert_eq!(class(0.0, 0.0, (0.0, 0.0), 0.1), Class::NotEnoughData);
    }

    #[test]
    fn equal_values_rank_by_code() {
        let values = [2.0, 5.0, 2.0, 7.0];
        assert_eq!(ranks(&[0, 1, 2, 3], |k| values[k]), [3, 2, 4, 1]);
    }
}
