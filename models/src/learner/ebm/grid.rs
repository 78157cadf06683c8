//! What one visit to a pair changes: small Newton steps on a grid of bins, cut across in one direction and each
//! side once in the other.

use super::cut::Change;
use super::rows::Slopes;
use super::settings::EbmSettings;

/// Sums over a rectangle of bins: first and second derivative, weight.
type Sums = [f64; 3];

/// A rectangle: rows from, to; columns from, to.
type Part = [usize; 4];

/// Improves a grid of `height` by `width` bins, given row by row.
pub(super) fn improve(
    width: usize,
    mut slopes: Slopes,
    weight: &[f64],
    settings: &EbmSettings,
    mut lot: Option<&mut dyn FnMut() -> u64>,
) -> Change {
    let height = slopes.len() / width;
    let mut scores = vec![0.0; slopes.len()];
    let mut gain = 0.0_f64;
    for _ in 0..settings.steps.div_ceil(2) {
        let totals = Totals::of(height, width, &slopes, weight);
        let parts = match &mut lot {
            Some(lot) => totals.cut_by_lot(settings, lot),
            None => totals.cut(settings),
        };
        let mut promised = 0.0;
        for part in parts {
            let sums = totals.sums(part);
            promised += worth(sums, settings.l2);
            let step = settings.learning_rate * step(sums, settings.l2);
            for row in part[0]..part[1] {
                for bin in row * width + part[2]..row * width + part[3] {
                    scores[bin] += step;
                    slopes[bin][0] += step * slopes[bin][1];
                }
            }
        }
        gain = gain.max(promised);
    }
    Change { scores, gain }
}

/// The most that four corners promise to gain: how FAST ranks pairs (Lou, Caruana, Gehrke and Hooker, Accurate
/// intelligible models with pairwise interactions, 2013).
pub(super) fn promise(width: usize, slopes: &Slopes, weight: &[f64], settings: &EbmSettings) -> f64 {
    let totals = Totals::of(slopes.len() / width, width, slopes, weight);
    let parts = totals.cut(settings);
    let corners: f64 = parts.iter().map(|part| worth(totals.sums(*part), settings.l2)).sum();
    corners - worth(totals.sums([0, totals.height, 0, width]), settings.l2)
}

fn step([first, second, _]: Sums, l2: f64) -> f64 {
    if second > 0.0 { -first / (second + l2) } else { 0.0 }
}

fn worth([first, second, _]: Sums, l2: f64) -> f64 {
    if second > 0.0 { first * first / (second + l2) } else { 0.0 }
}

/// Sums over all rectangles that start in the first corner.
struct Totals {
    height: usize,
    width: usize,
    /// One row and column more than the grid, of zeros first.
    sums: Vec<Sums>,
}

impl Totals {
    fn of(height: usize, width: usize, slopes: &Slopes, weight: &[f64]) -> Self {
        let across = width + 1;
        let mut sums = vec![[0.0; 3]; (height + 1) * across];
        for row in 0..height {
            let mut line = [0.0; 3];
            for column in 0..width {
                let bin = row * width + column;
                let own = [slopes[bin][0], slopes[bin][1], weight[bin]];
                let above = sums[row * across + column + 1];
                for k in 0..3 {
                    line[k] += own[k];
                    sums[(row + 1) * across + column + 1][k] = above[k] + line[k];
                }
            }
        }
        Self { height, width, sums }
    }

    fn sums(&self, [top, bottom, left, right]: Part) -> Sums {
        let at = |row: usize, column: usize| self.sums[row * (self.width + 1) + column];
        let (a, b, c, d) = (at(bottom, right), at(top, right), at(bottom, left), at(top, left));
        [0, 1, 2].map(|k| (a[k] - b[k]) - (c[k] - d[k]))
    }

    /// The best cut in one direction, with the best cut of each side in the other.
    fn cut(&self, settings: &EbmSettings) -> Vec<Part> {
        let whole = [0, self.height, 0, self.width];
        let mut best = (worth(self.sums(whole), settings.l2), vec![whole]);
        for across in [false, true] {
            let length = if across { self.width } else { self.height };
            for at in 1..length {
                let sides = halves(whole, across, at);
                if sides.iter().any(|side| self.sums(*side)[2] < settings.least_weight) {
                    continue;
                }
                let mut worth = 0.0;
                let mut parts = Vec::with_capacity(4);
                for side in sides {
                    let (gain, place) = self.best_within(side, !across, settings);
                    worth += gain;
                    match place {
                        Some(place) => parts.extend(halves(side, !across, place)),
                        None => parts.push(side),
                    }
                }
                if worth > best.0 {
                    best = (worth, parts);
                }
            }
        }
        best.1
    }

    /// The best cut of a part in one direction, if any is allowed, and what it is worth.
    fn best_within(&self, part: Part, across: bool, settings: &EbmSettings) -> (f64, Option<usize>) {
        let mut best = (worth(self.sums(part), settings.l2), None);
        let whole = self.sums(part);
        let length = if across { self.width } else { self.height };
        for at in 1..length {
            let first = self.sums(halves(part, across, at)[0]);
            let second = [0, 1, 2].map(|k| whole[k] - first[k]);
            if first[2] < settings.least_weight || second[2] < settings.least_weight {
                continue;
            }
            let found = worth(first, settings.l2) + worth(second, settings.l2);
            if found > best.0 {
                best = (found, Some(at));
            }
        }
        best
    }

    /// The same with places drawn by lot.
    fn cut_by_lot(&self, settings: &EbmSettings, lot: &mut dyn FnMut() -> u64) -> Vec<Part> {
        let across = lot().is_multiple_of(2);
        let allowed = |parts: [Part; 2]| parts.iter().all(|p| self.sums(*p)[2] >= settings.least_weight);
        let mut place = |across: bool| {
            let length = if across { self.width } else { self.height };
            1 + (lot() % (length as u64 - 1).max(1)) as usize
        };
        let whole = [0, self.height, 0, self.width];
        let sides = halves(whole, across, place(across));
        if !allowed(sides) {
            return vec![whole];
        }
        let cut = sides.into_iter().flat_map(|side| {
            let parts = halves(side, !across, place(!across));
            if allowed(parts) { parts.to_vec() } else { vec![side] }
        });
        cut.collect()
    }
}

/// Both sides of a cut at column `at` (across) or at row `at`.
fn halves([top, bottom, left, right]: Part, across: bool, at: usize) -> [Part; 2] {
    if across {
        [[top, bottom, left, at], [top, bottom, at, right]]
    } else {
        [[top, at, left, right], [at, bottom, left, right]]
    }
}
