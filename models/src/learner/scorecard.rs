//! The integer scorecard (risk score): a few yes-or-no lines with points that a planner can add up on paper.
//!
//! At most `terms` lines, each worth a small whole number of points; the total is looked up in a table that gives
//! the chance of a find, or the expected number per unit of exposure. The search follows FasterRisk (Liu, Zhong,
//! Li, Seltzer, Rudin: FasterRisk: Fast and Accurate Interpretable Risk Scores, NeurIPS 2022) in three stages:
//!
//! | stage | where | what |
//! |---|---|---|
//! | lines | `steps`, `rows` | thresholds found in the data; rows with equal answers become one row |
//! | sets | `beam`, `pool`, `table` | sets of lines with real-valued contributions; near-equal sets by exchange |
//! | points | `rounding` | whole points by many scales, then coordinate descent on the true loss |
//!
//! [`Scorecard::cards`] gives the whole pool of about equally good cards, so that people can choose; the setting
//! `choice` takes one of them. [`Card`] prints a fitted model.

mod beam;
mod card;
mod pool;
mod rounding;
mod rows;
mod settings;
mod steps;
mod table;
mod terms;
#[cfg(test)]
mod tests;

pub use card::{Answer, Card, CardError, CardLine, CardTotal};
pub use settings::{Numbers, ScorecardSettings, Told};

use rayon::prelude::*;

use super::linear::chosen;
use super::{FitError, Learner, Monitor, Step, TrainingData};
use crate::additive::AdditiveModel;
use crate::schema::Text;
use beam::{Space, coarse};
use pool::Entry;
use rounding::Rounding;
use rows::Rows;
use table::Limits;
use terms::Lines;

/// Sets of lines that are turned into points side by side.
const SIDE_BY_SIDE: usize = 4;
/// Sets with at most this many cards have all of them tried.
const ALL: usize = 400;

/// A scorecard learner.
#[derive(Clone, Debug)]
pub struct Scorecard {
    name: String,
    label: Text,
    settings: ScorecardSettings,
    /// [`ALL`], but for tests.
    all: usize,
}

/// One card of the pool.
#[derive(Clone, Debug, PartialEq)]
pub struct PooledCard {
    /// The card as a model, without spread.
    pub model: AdditiveModel,
    /// Minus log-likelihood of the training rows plus penalty: what the pool is ordered by.
    pub loss: f64,
}

impl Scorecard {
    /// A scorecard with these settings.
    #[must_use]
    pub fn new(name: &str, label: Text, settings: ScorecardSettings) -> Self {
        Self { name: name.to_owned(), label, settings, all: ALL }
    }

    /// The pool: cards that differ in lines or points and are about as good as the best, best first.
    ///
    /// # Errors
    /// As [`Learner::fit`].
    pub fn cards(&self, data: &TrainingData<'_>, monitor: &dyn Monitor) -> Result<Vec<PooledCard>, FitError> {
        let rows = self.rows(data)?;
        let space = Space { rows: &rows, settings: &self.settings };
        let notes = self.notes(data);
        let pooled = |card: &Lines| PooledCard {
            model: card.model(&space, data, &self.name, &notes),
            loss: card.points.loss,
        };
        Ok(self.search(&space, monitor)?.iter().map(pooled).collect())
    }

    fn rows(&self, data: &TrainingData<'_>) -> Result<Rows, FitError> {
        self.settings.check().map_err(|problem| self.setting(problem))?;
        if self.settings.outcome == Told::Chance {
            let other = data.exposure().iter().position(|e| (e - 1.0).abs() > 0.0);
            if let Some(row) = other {
                let (learner, value) = (self.name.clone(), data.exposure()[row]);
                return Err(FitError::ExposureNotOne { learner, row, value });
            }
            if data.outcome().iter().zip(data.weight()).all(|(y, w)| *y > 0.0 || *w <= 0.0) {
                return Err(FitError::NoNegatives { rows: data.rows() });
            }
        }
        let features = chosen(&self.name, self.settings.features.as_deref(), data.matrix().schema())?;
        let rows = Rows::new(data, &features, &self.settings);
        if rows.candidates.is_empty() {
            let minimum = self.settings.minimum_rows;
            let why = format!(
                "No threshold, category, flag or missing value holds for at least {minimum} rows (minimum_rows) \
                 and fails for as many"
            );
            return Err(FitError::NothingToFit { learner: self.name.clone(), why });
        }
        Ok(rows)
    }

    fn notes(&self, data: &TrainingData<'_>) -> Vec<Text> {
        let several = data.outcome().iter().filter(|y| **y > 1.0).count();
        if self.settings.outcome == Told::Count || several == 0 {
            return Vec::new();
        }
        vec![Text {
            nl: format!("{several} rijen met meer dan één vondst tellen als één vondst."),
            en: format!("{several} rows with more than one find count as one find."),
        }]
    }

    /// All cards within the gap, best first.
    fn search(&self, space: &Space<'_>, monitor: &dyn Monitor) -> Result<Vec<Lines>, FitError> {
        let entries = self.sets(space, monitor)?;
        let mut cards: Vec<Lines> = Vec::new();
        let mut best = f64::INFINITY;
        let batches = entries.chunks(SIDE_BY_SIDE);
        let of = batches.len() as u32;
        for (number, batch) in batches.enumerate() {
            // No points do better than the contributions that they round.
            if batch[0].fit.loss > best * (1.0 + self.settings.gap) {
                break;
            }
            self.go_on(monitor, "points", number, of, best)?;
            let found: Vec<Option<Lines>> =
                batch.par_iter().map(|entry| self.points(space, entry, best)).collect();
            for card in found.into_iter().flatten() {
                best = best.min(card.points.loss);
                cards.push(card);
            }
        }
        cards.sort_by(|a, b| {
            let size = |c: &Lines| (c.lines.len(), c.points.points.iter().map(|w| w.abs()).sum::<i32>());
            let loss = coarse(a.points.loss).total_cmp(&coarse(b.points.loss));
            loss.then_with(|| size(a).cmp(&size(b))).then_with(|| a.lines.cmp(&b.lines))
        });
        cards.dedup_by(|a, b| a.lines == b.lines && a.points.points == b.points.points);
        cards.retain(|c| c.points.loss <= best * (1.0 + self.settings.gap));
        cards.truncate(self.settings.pool);
        if cards.is_empty() {
            let why = "No line lowers the loss of the training rows, or the sign rules forbid those that do";
            return Err(FitError::NothingToFit { learner: self.name.clone(), why: why.to_owned() });
        }
        Ok(cards)
    }

    /// Sets of lines about as good as the best, best first.
    fn sets(&self, space: &Space<'_>, monitor: &dyn Monitor) -> Result<Vec<Entry>, FitError> {
        let mut beam = vec![space.empty()];
        for size in 0..self.settings.terms {
            self.go_on(monitor, "lines", size, self.settings.terms as u32, beam[0].fit.loss)?;
            let grown = space.grow(&beam);
            if grown.is_empty() {
                break;
            }
            beam = grown;
        }
        let stopped = || FitError::Cancelled { learner: self.name.clone() };
        let watched = |round: usize, loss: f64| self.go_on(monitor, "pool", round, 0, loss).is_ok();
        space.pool(beam, watched).ok_or_else(stopped)
    }

    fn points(&self, space: &Space<'_>, entry: &Entry, best: f64) -> Option<Lines> {
        let may = space.may(&entry.lines);
        let limits = Limits { l2: self.settings.l2, limit: self.settings.limit, may: &may };
        let rounding = Rounding::new(entry, self.settings.outcome, limits, self.settings.points, self.all);
        let card = rounding.search(entry.fit.loss < best)?;
        Some(Lines::new(&entry.lines, card))
    }

    fn go_on(
        &self,
        monitor: &dyn Monitor,
        stage: &'static str,
        number: usize,
        of: u32,
        loss: f64,
    ) -> Result<(), FitError> {
        if monitor.cancelled() {
            return Err(FitError::Cancelled { learner: self.name.clone() });
        }
        let number = number as u32 + 1;
        monitor.step(&Step { stage, number, of: of.max(number), loss: loss.is_finite().then_some(loss) });
        Ok(())
    }

    fn setting(&self, problem: String) -> FitError {
        FitError::Setting { learner: self.name.clone(), kind: self.kind().to_owned(), problem }
    }
}

impl Learner for Scorecard {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> &'static str {
        "scorecard"
    }

    fn label(&self) -> &Text {
        &self.label
    }

    fn fit(&self, data: &TrainingData<'_>, monitor: &dyn Monitor) -> Result<AdditiveModel, FitError> {
        let rows = self.rows(data)?;
        let space = Space { rows: &rows, settings: &self.settings };
        let cards = self.search(&space, monitor)?;
        let card = cards.get(self.settings.choice - 1).ok_or_else(|| {
            let (choice, cards) = (self.settings.choice, cards.len());
            self.setting(format!(
                "choice is {choice}, but the pool has {cards} cards within the gap. Choose from 1 to {cards}, or \
                 raise gap or pool"
            ))
        })?;
        let mut model = card.model(&space, data, &self.name, &self.notes(data));
        model.spread = card.spread(&space, data);
        Ok(model)
    }
}
