//! From scored rows to published areas: expected finds, intervals, ranks, classes, reasons and suppression.
//!
//! # What is expected
//!
//! The sum over the rows of what the model expects, times a factor of the area's own and one of each area that it lies
//! in, where a back-test tells of them ([`History`]): the features never tell all about an area. Small areas keep a
//! factor near 1, and so do all areas when what the back-test found beyond expectation does not last. Factors divide
//! a number over areas and leave their sum as it was.
//!
//! # How sure
//!
//! Uncertainty comes from [`Rules::draws`] seeded draws of the expected number of finds of every area. A draw is what
//! a drawn model expects times drawn factors of the area and of all that it lies in, so that areas of one wijk share
//! what the features do not tell of the wijk; intervals of numbers also hold a drawn factor of the period, which ranks
//! and classes do not need, as all areas share it.
//!
//! * A model with bags, or with a covariance, is drawn around the fitted one, and every row is scored again with each
//!   draw. Areas of all levels share a draw, so that what is uncertain for all of them does not blur their order.
//! * A model without either says which share of the finds in training belongs to the area; that number `n` is read
//!   as a count, and the expectation is drawn from the gamma distribution with shape `n + 1/2` (Jeffreys' posterior
//!   of a Poisson count), on the scale at which one find in training weighs. Areas are drawn independently of each
//!   other.
//!
//! Ranks and the chance of belonging in the top k come from the draws of the expectation. The interval of the
//! number of finds adds the noise of counting: a Poisson draw on each drawn expectation. Quantiles are the values
//! that at least 5 % and 95 % of the draws do not exceed, so that bounds of counts and ranks are whole numbers. An
//! interval of a rare count can lie below the expected number: with 0.02 expected, 0 is nearly certain.
//!
//! # Why
//!
//! Reasons are the terms of which the mean contribution in the area differs most from the mean over all units, in
//! words: which values the area has more or less of. The area's own factor is a reason too ([`HISTORY`]), and
//! so is the size of an area that ranks high by its size ([`SIZE`]).

mod directions;
mod draws;
mod effects;
mod error;
mod figures;
mod reasons;
mod shares;
mod spread;
mod suppress;
#[cfg(test)]
mod tests;
mod totals;
mod tree;
mod words;

use std::collections::BTreeMap;

pub use error::RollupError;

use crate::additive::AdditiveModel;
use crate::bundle::AreaScore;
use crate::matrix::Matrix;
use crate::schema::Text;

/// The "term" of the reason that an area is large; its contribution is the logarithm of how many times the mean
/// exposure of its level it has.
pub const SIZE: &str = "size of the area";
/// The "term" of the reason that the back-test found more or less here than was expected; its contribution is the
/// logarithm of the area's own factor.
pub const HISTORY: &str = "history of the area";

/// An area of any level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    /// Code, unique over all levels.
    pub code: String,
    /// Name for readers.
    pub name: String,
    /// Level, such as `buurt`.
    pub level: String,
    /// Position of the area it lies in.
    pub parent: Option<u32>,
}

/// Scored rows and the areas they lie in.
#[derive(Clone, Copy, Debug)]
pub struct Units<'a> {
    /// The model.
    pub model: &'a AdditiveModel,
    /// Features of each unit at the as-of date.
    pub matrix: &'a Matrix,
    /// Exposure of each unit, 0 or more.
    pub exposure: &'a [f64],
    /// Position of the most detailed area that each unit lies in; `None` when it lies in none.
    pub area: &'a [Option<u32>],
    /// All areas.
    pub areas: &'a [Area],
    /// What a back-test of this model tells of the areas, where there is one.
    pub history: Option<History<'a>>,
}

/// What a back-test expected and found: per test period, one value per area, of the units that lie in the area and
/// in no area below it. Models must not have been fitted on what they are tested on.
#[derive(Clone, Copy, Debug)]
pub struct History<'a> {
    /// Expected finds, 0 or more.
    pub expected: &'a [Vec<f64>],
    /// Finds.
    pub found: &'a [Vec<u32>],
}

/// What the study says about publishing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Published levels; empty for all.
    pub levels: Vec<String>,
    /// Number of areas in the top, per level; a level that is not named gets a tenth of its areas, rounded up.
    pub top_k: BTreeMap<String, usize>,
    /// Areas with fewer units get no figures. An area without units never does.
    pub minimum_units: u32,
    /// Seed of the draws.
    pub seed: u64,
    /// Number of draws; 500 is what runs use.
    pub draws: usize,
    /// What exposure counts, for instance `panden`; the reasons say it.
    pub exposure_unit: Text,
}

/// The published areas, and what did not reach them.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollup {
    /// All areas of all published levels, sorted by level, then code.
    pub areas: Vec<AreaScore>,
    /// Per area, the 90 % interval of its expectation: that of the figures without the noise of counting.
    pub expectations: Vec<Option<(f64, f64)>>,
    /// The number of areas in the top that was used, per level.
    pub top_k: BTreeMap<String, usize>,
    /// Units that lie in no area, or in one without a published level; they count nowhere.
    pub unplaced: usize,
}

/// Rolls scored rows up to areas of all published levels. The same input gives the same figures on any number of
/// threads.
///
/// Ranks and top k count only areas with figures, so that a gap in the ranks betrays nothing.
///
/// # Errors
/// When lengths differ, areas do not form a tree, the matrix is not the model's, or a row cannot be scored.
pub fn roll_up(units: &Units<'_>, rules: &Rules) -> Result<Rollup, RollupError> {
    let tree = tree::Tree::new(units, rules)?;
    let effects = effects::Effects::of(units.history, units.areas.len(), &tree)?;
    let totals = totals::Totals::of(units, &tree, &effects)?;
    let draws = draws::expectations(units, rules, &tree, &effects, &totals)?;
    let hidden = suppress::suppress(&tree, &totals.units, rules.minimum_units);
    let figures = figures::figures(rules, &tree, &totals, &draws, &hidden);
    let reasons = reasons::Reasons::new(units, rules, &tree, &totals);
    let areas = tree.published.iter().enumerate().map(|(k, &position)| {
        let area = &units.areas[position];
        let figures = figures.areas[k].as_ref().map(|(figures, _)| figures.clone());
        AreaScore {
            code: area.code.clone(),
            name: area.name.clone(),
            level: area.level.clone(),
            parent: tree.parent[k].map(|p| units.areas[tree.published[p]].code.clone()),
            reasons: figures.as_ref().map_or_else(Vec::new, |_| reasons.of(k)),
            figures,
            suppressed: hidden[k],
        }
    });
    let areas = areas.collect();
    let expectations =
        figures.areas.iter().map(|area| area.as_ref().map(|(_, interval)| *interval)).collect();
    Ok(Rollup { areas, expectations, top_k: figures.top_k, unplaced: tree.unplaced })
}
