//! What the features do not tell: of an area, and of a period.
//!
//! The number of a period is divided from the top down: over the areas of the highest level, of each of these over
//! the areas in it, and so on. The share of an area is what the model expects there, times a factor of the area in
//! that period; the factors of siblings (areas of one level that lie in the same area) are then scaled so that
//! together they are as many as before. So a factor says how areas differ from their siblings, areas share the
//! factors of what they lie in, and how large the whole is, only the factor of the period tells.
//!
//! Factors have mean 1 and a gamma distribution. How much they differ is read from the back-test, level by level,
//! from what was expected and found of whole areas of that level ([`Spread`]).
//!
//! Part of an area's factor lasts, so that it can be learned: the part that shows as covariance between the periods
//! of the back-test. A model that reads the past of an area leaves little of it; to add the past once more would
//! only add noise. So only what exceeds its standard error counts. Given the spread, the lasting factor has again a
//! gamma distribution, with mean `(a + y) / (a + e)`: small areas stay near 1 (gamma-Poisson shrinkage; Clayton and
//! Kaldor 1987). The rest of the factor is new in every period and widens the interval only.
//!
//! The level of the whole is not known better than the back-test tells it: the calibration has it from as many finds.
//! That error, and how much the level differs from period to period, are the factor of the scored period.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;

use super::spread::{Cell, Spread, around_one, by_size, gamma, level_error};
use super::totals::up;
use super::tree::Tree;
use super::{History, RollupError};

/// Standard deviations of the half-normal priors on the spread of areas and of periods: areas of typical size that
/// differ by more than twice from their siblings are rare, and so is a level that changes by a fifth from one period to
/// the next. The back-test overrules them where it holds enough finds.
const AREAS: f64 = 0.5;
const PERIODS: f64 = 0.1;

/// The factors of all published areas and of the scored period.
pub(crate) struct Effects {
    /// The same order as the levels of the tree; empty without a history.
    levels: Vec<Level>,
    /// Per published area, the number of its level.
    level: Vec<usize>,
    /// Per published area.
    seen: Vec<Seen>,
    /// Per published area, what the variance of its factor is multiplied by.
    times: Vec<f64>,
    periods: Spread,
    /// What was expected and found in each period.
    totals: Vec<Cell>,
}

/// The factors of the areas of one level.
struct Level {
    /// Areas that lie in the same area.
    families: Vec<Vec<usize>>,
    spread: Spread,
    /// Share of the variance of a factor that lasts.
    lasting: f64,
}

/// Sums over the periods for one area; what was expected is scaled to what was found of the family in the period.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    expected: f64,
    found: f64,
    /// Of the squares of what was expected.
    squares: f64,
}

impl Seen {
    fn add(&mut self, (expected, found): Cell) {
        self.expected += expected;
        self.found += found;
        self.squares += expected * expected;
    }
}

impl Effects {
    pub(crate) fn of(history: Option<History<'_>>, areas: usize, tree: &Tree) -> Result<Self, RollupError> {
        let Some(history) = history else { return Ok(Self::none()) };
        check(&history, areas)?;
        let periods = history.expected.iter().zip(history.found).map(|(expected, found)| {
            let (mut own_expected, mut own_found) =
                (vec![0.0; tree.published.len()], vec![0.0; tree.published.len()]);
            for (position, home) in tree.home.iter().enumerate() {
                if let Some(k) = home {
                    own_expected[*k] += expected[position];
                    own_found[*k] += f64::from(found[position]);
                }
            }
            up(tree, &own_expected).into_iter().zip(up(tree, &own_found)).collect::<Vec<Cell>>()
        });
        let roots: Vec<usize> = (0..tree.published.len()).filter(|&k| tree.parent[k].is_none()).collect();
        let with_finds = periods.map(|cells| (sum(&cells, &roots), cells));
        let (totals, cells): (Vec<Cell>, Vec<Vec<Cell>>) =
            with_finds.filter(|((expected, found), _)| *expected > 0.0 && *found > 0.0).unzip();
        Ok(if cells.is_empty() { Self::none() } else { Self::from_cells(families(tree), totals, &cells) })
    }

    /// No history: every factor is 1.
    fn none() -> Self {
        Self {
            levels: vec![],
            level: vec![],
            seen: vec![],
            times: vec![],
            periods: Spread::none(),
            totals: vec![],
        }
    }

    /// From the families of each level and, per period, the totals and the cells of all areas.
    fn from_cells(levels: Vec<Vec<Vec<usize>>>, totals: Vec<Cell>, cells: &[Vec<Cell>]) -> Self {
        let areas = cells.first().map_or(0, Vec::len);
        let mut effects = Self {
            levels: Vec::new(),
            level: vec![0; areas],
            seen: vec![Seen::default(); areas],
            times: vec![1.0; areas],
            periods: Spread::of(std::slice::from_ref(&totals), |_| 1.0, PERIODS),
            totals,
        };
        for (number, families) in levels.into_iter().enumerate() {
            let pick = |period: &Vec<Cell>, family: &Vec<usize>| family.iter().map(|&k| period[k]).collect();
            let in_periods: Vec<Vec<Cell>> =
                cells.iter().flat_map(|period| families.iter().map(|family| pick(period, family))).collect();
            let typical = typical(&in_periods);
            let spread = Spread::of(&in_periods, |size| by_size(size, typical), AREAS);
            let scaled = scaled(&families, cells);
            for &k in families.iter().flatten() {
                effects.level[k] = number;
                let all: f64 = cells.iter().map(|period| period[k].0).sum();
                effects.times[k] = by_size(all / cells.len() as f64, typical);
                scaled.iter().for_each(|period| effects.seen[k].add(period[k]));
            }
            let variance = spread.mean(|variance| variance);
            let learned = effects.lasting(&families, &scaled);
            let lasting = if variance > 0.0 { (learned / variance).min(1.0) } else { 0.0 };
            effects.levels.push(Level { families, spread, lasting });
        }
        effects
    }

    /// Covariance of the factors of an area of typical size between periods, less its standard error; 0 at least. What
    /// was found beyond expectation in two periods is independent but for what lasts.
    fn lasting(&self, families: &[Vec<usize>], cells: &[Vec<Cell>]) -> f64 {
        let (mut sum, mut squares, mut scale) = (0.0, 0.0, 0.0);
        for family in families {
            let all: f64 = family.iter().map(|&k| self.seen[k].expected).sum();
            for &k in family {
                // An area that is half of its family moves what it is held against by half.
                let apart = if all > 0.0 { 1.0 - self.seen[k].expected / all } else { 0.0 };
                let (mut own, mut weight) = (0.0, 0.0);
                for (t, first) in cells.iter().enumerate() {
                    for second in &cells[t + 1..] {
                        let ((e, y), (f, z)) = (first[k], second[k]);
                        own += (y - e) * (z - f);
                        weight += e * f;
                    }
                }
                sum += own;
                squares += own * own;
                scale += weight * self.times[k] * apart;
            }
        }
        if scale > 0.0 { ((sum - squares.sqrt()) / scale).max(0.0) } else { 0.0 }
    }

    /// The expected factor of every published area, those of what it lies in included; `modelled` is what the model
    /// expects there.
    pub(crate) fn means(&self, tree: &Tree, modelled: &[f64]) -> Vec<f64> {
        let own = |k: usize| {
            let Some(level) = self.level_of(k) else { return 1.0 };
            level.spread.mean(|variance| {
                self.posterior(k, level, variance * self.times[k]).map_or(1.0, |(shape, rate)| shape / rate)
            })
        };
        let mut factors: Vec<Vec<f64>> = (0..tree.published.len()).map(|k| vec![own(k)]).collect();
        self.divide(tree, modelled, &mut factors);
        factors.into_iter().map(|own| own[0]).collect()
    }

    /// For each level, a variance of the factor of an area of typical size per draw, the same for all areas.
    pub(crate) fn variances(&self, generator: &mut ChaCha8Rng, draws: usize) -> Vec<Vec<f64>> {
        self.levels.iter().map(|level| (0..draws).map(|_| level.spread.draw(generator)).collect()).collect()
    }

    /// A factor of a published area per draw, its own alone.
    pub(crate) fn drawn(&self, area: usize, variances: &[Vec<f64>], generator: &mut ChaCha8Rng) -> Vec<f64> {
        let Some(level) = self.level_of(area) else { return Vec::new() };
        let one = |&typical: &f64| {
            let variance = typical * self.times[area];
            let lasting = self
                .posterior(area, level, variance)
                .map_or(1.0, |(shape, rate)| gamma(shape, rate, generator));
            lasting * around_one(level.fleeting(variance), generator)
        };
        variances[self.level[area]].iter().map(one).collect()
    }

    /// Turns factors of the areas alone (per area, then per draw) into those of what they lie in as well: siblings
    /// together keep what the model expects of them.
    pub(crate) fn divide(&self, tree: &Tree, modelled: &[f64], factors: &mut [Vec<f64>]) {
        for family in self.levels.iter().flat_map(|level| &level.families) {
            let all: f64 = family.iter().map(|&k| modelled[k]).sum();
            if all <= 0.0 {
                continue;
            }
            let draws = factors[family[0]].len();
            let mut mean = vec![0.0; draws];
            for &k in family {
                for (to, factor) in mean.iter_mut().zip(&factors[k]) {
                    *to += modelled[k] / all * factor;
                }
            }
            for &k in family {
                for (factor, mean) in factors[k].iter_mut().zip(&mean) {
                    *factor /= mean;
                }
            }
        }
        for &k in &tree.downwards {
            if let Some(parent) = tree.parent[k] {
                let above = factors[parent].clone();
                for (factor, above) in factors[k].iter_mut().zip(above) {
                    *factor *= above;
                }
            }
        }
    }

    /// A factor of the scored period per draw, shared by all areas.
    pub(crate) fn periods(&self, generator: &mut ChaCha8Rng, draws: usize) -> Vec<f64> {
        let one = |_| {
            let variance = self.periods.draw(generator);
            let error = if self.totals.is_empty() { 0.0 } else { level_error(&self.totals, variance) };
            around_one(error, generator) * around_one(variance, generator)
        };
        (0..draws).map(one).collect()
    }

    fn level_of(&self, area: usize) -> Option<&Level> {
        self.level.get(area).map(|&number| &self.levels[number])
    }

    /// Shape and rate of the lasting factor's gamma distribution, given the variance of the factor; `None` when nothing
    /// lasts.
    fn posterior(&self, area: usize, level: &Level, variance: f64) -> Option<(f64, f64)> {
        let seen = &self.seen[area];
        let a = (level.lasting * variance).recip();
        // What is new in every period makes a find tell less of what lasts.
        let noise = seen.expected + level.fleeting(variance) * seen.squares;
        let tells = if noise > 0.0 { seen.expected / noise } else { 0.0 };
        a.is_finite().then_some((a + tells * seen.found, a + tells * seen.expected))
    }
}

impl Level {
    fn fleeting(&self, variance: f64) -> f64 {
        (1.0 - self.lasting) * variance
    }
}

/// Per level, the areas of that level by the area that they lie in.
fn families(tree: &Tree) -> Vec<Vec<Vec<usize>>> {
    let of = |range: &std::ops::Range<usize>| {
        let mut families = BTreeMap::<Option<usize>, Vec<usize>>::new();
        for k in range.clone() {
            families.entry(tree.parent[k]).or_default().push(k);
        }
        families.into_values().collect()
    };
    tree.levels.iter().map(|(_, range)| of(range)).collect()
}

/// What is expected of an area in a period, on average.
fn typical(families: &[Vec<Cell>]) -> f64 {
    let sizes = || families.iter().flatten().map(|(expected, _)| *expected).filter(|size| *size > 0.0);
    sizes().sum::<f64>() / sizes().count().max(1) as f64
}

fn sum(cells: &[Cell], of: &[usize]) -> Cell {
    of.iter().fold((0.0, 0.0), |sum, &k| (sum.0 + cells[k].0, sum.1 + cells[k].1))
}

/// Per period, the cells of all areas in these families, with the expected numbers of each family scaled to the
/// number found of it; where nothing was found, nothing is expected.
fn scaled(families: &[Vec<usize>], cells: &[Vec<Cell>]) -> Vec<Vec<Cell>> {
    let mut scaled = cells.to_vec();
    for (own, period) in scaled.iter_mut().zip(cells) {
        for family in families {
            let (expected, found) = sum(period, family);
            let scale = if expected > 0.0 { found / expected } else { 0.0 };
            for &k in family {
                own[k].0 *= scale;
            }
        }
    }
    scaled
}

fn check(history: &History<'_>, areas: usize) -> Result<(), RollupError> {
    let lengths = history.expected.iter().map(|own| ("history.expected", own.len()));
    let lengths = lengths.chain(history.found.iter().map(|own| ("history.found", own.len())));
    for (what, found) in lengths {
        if found != areas {
            return Err(RollupError::PerArea { what, found, areas });
        }
    }
    if history.expected.len() != history.found.len() {
        let (found, areas) = (history.found.len(), history.expected.len());
        return Err(RollupError::PerArea { what: "history.found (periods)", found, areas });
    }
    for expected in history.expected {
        if let Some(area) = expected.iter().position(|e| !(e.is_finite() && *e >= 0.0)) {
            return Err(RollupError::History { area, value: expected[area] });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
