//! What one visit to a term changes: some small Newton steps on the sums per bin, without reading rows.
//!
//! Friedman, Greedy function approximation (2001), with the second-order steps of Chen and Guestrin, XGBoost (2016);
//! sorting categories by their slope: Fisher, On grouping for maximum homogeneity (1958).

use super::binning::Column;
use super::rows::Slopes;
use super::settings::EbmSettings;
use crate::schema::Sign;

/// A change per bin, and the fall of the loss that a full step in its direction promises.
pub(super) struct Change {
    pub(super) scores: Vec<f64>,
    pub(super) gain: f64,
}

/// Categories with less weight than this are taken together.
const RARE: f64 = 10.0;
/// What is added to the second derivative of a category before it is sorted, so that rare ones lie in the middle.
const SHRUNK: f64 = 2.0;

/// Sums over a run of bins.
#[derive(Clone, Copy, Default)]
struct Sums {
    first: f64,
    second: f64,
    weight: f64,
}

impl Sums {
    fn add(self, other: Self) -> Self {
        Self {
            first: self.first + other.first,
            second: self.second + other.second,
            weight: self.weight + other.weight,
        }
    }

    fn less(self, other: Self) -> Self {
        Self {
            first: self.first - other.first,
            second: self.second - other.second,
            weight: self.weight - other.weight,
        }
    }

    /// The full step.
    fn step(self, l2: f64) -> f64 {
        if self.second > 0.0 { -self.first / (self.second + l2) } else { 0.0 }
    }

    fn gain(self, l2: f64) -> f64 {
        if self.second > 0.0 { self.first * self.first / (self.second + l2) } else { 0.0 }
    }
}

/// Improves a feature. `lot` gives random numbers for the cuts of smoothing rounds.
pub(super) fn improve(
    column: &Column,
    slopes: Slopes,
    settings: &EbmSettings,
    mut lot: Option<impl FnMut() -> u64>,
) -> Change {
    let missing = slopes.len() - 1;
    let mut work = Work { column, settings, slopes, scores: vec![0.0; missing + 1] };
    let mut gain = 0.0_f64;
    for _ in 0..settings.steps {
        let promised =
            if column.nominal() { work.step_categories(&mut lot) } else { work.step_numbers(&mut lot) };
        gain = gain.max(promised);
    }
    Change { scores: work.scores, gain }
}

struct Work<'a> {
    column: &'a Column,
    settings: &'a EbmSettings,
    slopes: Slopes,
    scores: Vec<f64>,
}

impl Work<'_> {
    fn sums(&self, bin: usize) -> Sums {
        let [first, second] = self.slopes[bin];
        Sums { first, second, weight: self.column.weight[bin] }
    }

    /// Moves these bins by a share of the full step, and tells the derivatives so.
    fn move_by(&mut self, bins: impl Iterator<Item = usize>, step: f64) {
        let step = self.settings.learning_rate * step;
        for bin in bins {
            self.scores[bin] += step;
            self.slopes[bin][0] += step * self.slopes[bin][1];
        }
    }

    fn step_numbers(&mut self, lot: &mut Option<impl FnMut() -> u64>) -> f64 {
        let missing = self.slopes.len() - 1;
        let all: Vec<Sums> = (0..missing).map(|bin| self.sums(bin)).collect();
        let (pieces, gain) = pieces(&all, self.settings, self.column.sign, lot);
        for (range, step) in pieces {
            self.move_by(range, step);
        }
        let absent = self.sums(missing);
        if absent.weight >= self.settings.least_weight.max(1e-9) {
            self.move_by(missing..missing + 1, absent.step(self.settings.l2));
            return gain + absent.gain(self.settings.l2);
        }
        gain
    }

    /// Categories, sorted by the step that each would take alone, are cut as numbers are. Rare ones and missing
    /// values go together as one.
    fn step_categories(&mut self, lot: &mut Option<impl FnMut() -> u64>) -> f64 {
        let (rare, common): (Vec<usize>, Vec<usize>) =
            (0..self.slopes.len()).partition(|bin| self.column.weight[*bin] < RARE);
        let mut sorted: Vec<(Vec<usize>, Sums)> =
            common.into_iter().map(|bin| (vec![bin], self.sums(bin))).collect();
        let together = rare.iter().fold(Sums::default(), |sum, bin| sum.add(self.sums(*bin)));
        if together.weight > 0.0 {
            let seen = rare.into_iter().filter(|bin| self.column.weight[*bin] > 0.0).collect();
            sorted.push((seen, together));
        }
        sorted.sort_by(|a, b| f64::total_cmp(&a.1.step(SHRUNK), &b.1.step(SHRUNK)));
        let all: Vec<Sums> = sorted.iter().map(|(_, sums)| *sums).collect();
        let (pieces, gain) = pieces(&all, self.settings, None, lot);
        for (range, step) in pieces {
            for (bins, _) in &sorted[range] {
                self.move_by(bins.iter().copied(), step);
            }
        }
        gain
    }
}

type Piece = (std::ops::Range<usize>, f64);

/// Cuts a row of bins in two or three, each with its full step; and the gain. One piece, all of it, where no cut
/// is allowed.
fn pieces(
    all: &[Sums],
    settings: &EbmSettings,
    sign: Option<Sign>,
    lot: &mut Option<impl FnMut() -> u64>,
) -> (Vec<Piece>, f64) {
    let whole = all.iter().fold(Sums::default(), |sum, one| sum.add(*one));
    let mut ranges = vec![(0..all.len(), whole)];
    for _ in 1..settings.leaves {
        let cuts = ranges.iter().enumerate().filter_map(|(i, (range, sums))| {
            let (at, left, gain) = match lot {
                Some(lot) => at_random(all, range.clone(), *sums, settings, lot())?,
                None => best(all, range.clone(), *sums, settings, sign)?,
            };
            Some((i, at, left, gain))
        });
        let Some((i, at, left, _)) = cuts.max_by(|a, b| f64::total_cmp(&a.3, &b.3)) else { break };
        let (range, sums) = ranges[i].clone();
        let mut cut = ranges.clone();
        cut.splice(i..=i, [(range.start..at, left), (at..range.end, sums.less(left))]);
        if !in_direction(&cut, sign, settings.l2) {
            break;
        }
        ranges = cut;
    }
    let gain = ranges.iter().map(|(_, sums)| sums.gain(settings.l2)).sum();
    (ranges.into_iter().map(|(range, sums)| (range, sums.step(settings.l2))).collect(), gain)
}

/// Whether the steps of the pieces go the way that the sign rule wants.
fn in_direction(pieces: &[(std::ops::Range<usize>, Sums)], sign: Option<Sign>, l2: f64) -> bool {
    pieces.windows(2).all(|pair| {
        let rise = pair[1].1.step(l2) - pair[0].1.step(l2);
        match sign {
            None => true,
            Some(Sign::Rising) => rise >= 0.0,
            Some(Sign::Falling) => rise <= 0.0,
        }
    })
}

/// The best place to cut a range, with the sums left of it and what the cut gains; the first of equals.
fn best(
    all: &[Sums],
    range: std::ops::Range<usize>,
    sums: Sums,
    settings: &EbmSettings,
    sign: Option<Sign>,
) -> Option<(usize, Sums, f64)> {
    let (least, l2) = (settings.least_weight, settings.l2);
    let mut left = Sums::default();
    let mut found: Option<(usize, Sums, f64)> = None;
    let mut most = 0.0;
    for at in range.start + 1..range.end {
        left = left.add(all[at - 1]);
        let right = sums.less(left);
        if left.weight < least || right.weight < least {
            continue;
        }
        let gain = left.gain(l2) + right.gain(l2);
        if gain > most && (sign.is_none() || in_direction(&[(0..0, left), (0..0, right)], sign, l2)) {
            most = gain;
            found = Some((at, left, gain - sums.gain(l2)));
        }
    }
    found
}

/// A place to cut a range, drawn by lot.
fn at_random(
    all: &[Sums],
    range: std::ops::Range<usize>,
    sums: Sums,
    settings: &EbmSettings,
    lot: u64,
) -> Option<(usize, Sums, f64)> {
    let places = (range.end - range.start).checked_sub(1).filter(|places| *places > 0)?;
    let at = range.start + 1 + (lot % places as u64) as usize;
    let left = all[range.start..at].iter().fold(Sums::default(), |sum, one| sum.add(*one));
    let right = sums.less(left);
    let enough = left.weight >= settings.least_weight && right.weight >= settings.least_weight;
    let gain = left.gain(settings.l2) + right.gain(settings.l2) - sums.gain(settings.l2);
    enough.then_some((at, left, gain))
}
