//! An explainable boosting machine: a sum of step functions, one per feature, and of a few pairs, found by boosting.
//!
//! Lou, Caruana and Gehrke, Intelligible models for classification and regression (2012); Nori, Jenkins, Koch and
//! Caruana, InterpretML (2019). What is done differently here: several small steps on a term per reading of the rows,
//! bags that leave out every group once and stop together, sign rules that hold in every step, and pairs that stay
//! only if they help on groups that were left out.
//!
//! ```text
//! columns -> bins -> bags: rounds over the terms, side by side -> pairs: screen, rounds -> purify, centre, mean, merge
//! ```

mod bags;
mod binning;
mod boosting;
mod cut;
mod finish;
mod grid;
mod loss;
mod mains;
mod pairs;
mod purify;
mod rows;
mod settings;
#[cfg(test)]
mod tests;

pub use settings::{Auto, EbmLoss, EbmSettings, Pairs};

use binning::Column;
use boosting::{Bag, Found, Watched};
use finish::{Finished, Scores};
use mains::Mains;
use pairs::{Pair, PairTerms};
use rows::Rows;

use super::linear::chosen;
use super::{FitError, Learner, Monitor, TrainingData};
use crate::additive::{AdditiveModel, Link};
use crate::schema::Text;

/// An explainable boosting machine.
#[derive(Clone, Debug)]
pub struct Ebm {
    name: String,
    label: Text,
    settings: EbmSettings,
}

impl Ebm {
    /// A boosting machine with these settings.
    #[must_use]
    pub fn new(name: &str, label: Text, settings: EbmSettings) -> Self {
        Self { name: name.to_owned(), label, settings }
    }
}

impl Learner for Ebm {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> &'static str {
        "ebm"
    }

    fn label(&self) -> &Text {
        &self.label
    }

    fn fit(&self, data: &TrainingData<'_>, monitor: &dyn Monitor) -> Result<AdditiveModel, FitError> {
        self.settings.check().map_err(|problem| self.setting(problem))?;
        let rows = self.rows(data)?;
        let chosen = chosen(&self.name, self.settings.features.as_deref(), data.matrix().schema())?;
        let (mut columns, constant) = binning::columns(&self.name, data, &self.settings, &chosen)?;
        let mut notes = Vec::new();
        if !constant.is_empty() {
            notes.push(left_out(
                data,
                &constant,
                "Weggelaten, want gelijk of onbekend in alle leerrijen",
                "Left out, because constant or unknown in all training rows",
            ));
        }
        if columns.is_empty() {
            let why = "Every feature is constant or missing in all training rows".to_owned();
            return Err(FitError::NothingToFit { learner: self.name.clone(), why });
        }
        let (mut bags, mut mains) = self.mains(&rows, &columns, monitor)?;
        if let Some(most) = self.settings.terms.map(usize::from).filter(|most| *most < columns.len()) {
            let dropped = keep_largest(&mut columns, mains, most);
            notes.push(left_out(
                data,
                &dropped,
                "Weggelaten, want er was plaats voor minder termen",
                "Left out, because there was room for fewer terms",
            ));
            (bags, mains) = self.mains(&rows, &columns, monitor)?;
        }
        let (pairs, grids) = self.pairs(data, &rows, &columns, &mut bags, monitor)?;
        drop(bags);
        let schema = data.matrix().schema();
        let scores = Scores::new(&columns, mains, &pairs, grids);
        let mut finished = scores.finish(schema, &columns, &pairs);
        if finished.terms.is_empty() {
            let why = "No feature helps on groups that were left out".to_owned();
            return Err(FitError::NothingToFit { learner: self.name.clone(), why });
        }
        Ok(self.model(data, &rows, &mut finished, notes))
    }
}

impl Ebm {
    fn setting(&self, problem: String) -> FitError {
        FitError::Setting { learner: self.name.clone(), kind: "ebm".to_owned(), problem }
    }

    /// What the bags share: the loss, the mean, and who is left out where.
    fn rows(&self, data: &TrainingData<'_>) -> Result<Rows, FitError> {
        let usual = if data.are_chances() { EbmLoss::Binomial } else { EbmLoss::Poisson };
        let loss = self.settings.loss.unwrap_or(usual);
        let binomial = loss == EbmLoss::Binomial;
        if binomial && let Some(row) = data.exposure().iter().position(|&e| (e - 1.0).abs() > 0.0) {
            let value = data.exposure()[row];
            return Err(FitError::ExposureNotOne { learner: self.name.clone(), row, value });
        }
        let outcome: Vec<f64> = data
            .outcome()
            .iter()
            .map(|y| if binomial { f64::from(u8::from(*y > 0.0)) } else { *y })
            .collect();
        let (mut finds, mut size) = (0.0, 0.0);
        for ((y, w), e) in outcome.iter().zip(data.weight()).zip(data.exposure()) {
            finds += w * y;
            size += w * e;
        }
        if binomial && size <= finds {
            return Err(FitError::NoNegatives { rows: data.rows() });
        }
        let rate = if binomial { finds / (size - finds) } else { finds / size };
        let outcome: Vec<f32> = outcome.iter().map(|y| *y as f32).collect();
        let weight: Vec<f32> = data.weight().iter().map(|w| *w as f32).collect();
        let dealt = bags::deal(data.group(), &outcome, &weight, self.settings.bags, self.settings.seed);
        let Some((bag, _)) = dealt else {
            let problem = "all training rows are of one unit, so that none can be left out to see when to stop. Give \
                           rows of different units different groups";
            return Err(self.setting(problem.to_owned()));
        };
        Ok(Rows {
            loss,
            base: data.exposure().iter().map(|e| (e * rate) as f32).collect(),
            outcome,
            weight,
            bag,
            mean: rate.ln(),
            grid: Rows::grid(64.0 * finds),
        })
    }

    fn mains(
        &self,
        rows: &Rows,
        columns: &[Column],
        monitor: &dyn Monitor,
    ) -> Result<(Vec<Bag>, Found), FitError> {
        let count = rows.bag.iter().max().map_or(1, |last| last + 1);
        let mut bags = boosting::start(rows, count);
        let terms = Mains { columns, settings: &self.settings };
        let watched = Watched { learner: &self.name, stage: "features", sure: 0.0, monitor };
        let found = boosting::search(rows, &terms, &self.settings, &mut bags, &watched)?;
        Ok((bags, found))
    }

    /// The pairs, if they help on groups that were left out.
    fn pairs(
        &self,
        data: &TrainingData<'_>,
        rows: &Rows,
        columns: &[Column],
        bags: &mut [Bag],
        monitor: &dyn Monitor,
    ) -> Result<(Vec<Pair>, Option<Found>), FitError> {
        let able = columns.iter().filter(|column| pairs::may_pair(column, &self.settings)).count();
        let finds = data.finds();
        let rarest = if rows.loss == EbmLoss::Binomial {
            finds.min(data.weight().iter().sum::<f64>() - finds)
        } else {
            finds
        };
        let most = self.settings.pairs(rarest);
        if most == 0 || able < 2 {
            return Ok((Vec::new(), None));
        }
        let score: Vec<f32> =
            rows.bag.iter().enumerate().map(|(row, bag)| bags[usize::from(*bag)].score[row]).collect();
        let pairs = pairs::screen(rows, columns, &score, &self.settings, most);
        drop(score);
        let terms = PairTerms { columns, pairs: &pairs, settings: &self.settings };
        let watched = Watched { learner: &self.name, stage: "pairs", sure: boosting::SURE_PAIRS, monitor };
        let found = boosting::search(rows, &terms, &self.settings, bags, &watched)?;
        if found.helps { Ok((pairs, Some(found))) } else { Ok((Vec::new(), None)) }
    }

    fn model(
        &self,
        data: &TrainingData<'_>,
        rows: &Rows,
        finished: &mut Finished,
        notes: Vec<Text>,
    ) -> AdditiveModel {
        let mut model = AdditiveModel {
            name: self.name.clone(),
            kind: "ebm".to_owned(),
            link: if rows.loss == EbmLoss::Binomial { Link::Logit } else { Link::Log },
            intercept: 0.0,
            terms: std::mem::take(&mut finished.terms),
            covariance: Vec::new(),
            spread: None,
            calibration: None,
            per_point: None,
            edits: Vec::new(),
            finds: data.finds(),
            notes,
            schema: data.matrix().schema().clone(),
        };
        finished.balance(rows, &model.sums(data.matrix()));
        let mean = rows.mean;
        model.intercept = finished.intercept + mean;
        finished.spread.bags.iter_mut().for_each(|bag| bag.intercept += mean);
        model.spread = Some(std::mem::replace(
            &mut finished.spread,
            crate::additive::Spread { inflation: 1.0, bags: Vec::new() },
        ));
        model
    }
}

/// Keeps the columns whose terms are largest; gives the features of the others.
fn keep_largest(columns: &mut Vec<Column>, mains: Found, most: usize) -> Vec<usize> {
    let sizes = Scores::new(columns, mains, &[], None).sizes(columns);
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by(|a, b| sizes[*b].total_cmp(&sizes[*a]).then(a.cmp(b)));
    let mut dropped: Vec<usize> = order.split_off(most).into_iter().map(|t| columns[t].feature).collect();
    dropped.sort_unstable();
    columns.retain(|column| dropped.binary_search(&column.feature).is_err());
    dropped
}

fn left_out(data: &TrainingData<'_>, features: &[usize], nl: &str, en: &str) -> Text {
    let names: Vec<&str> =
        features.iter().map(|j| data.matrix().schema().features[*j].name.as_str()).collect();
    let names = names.join(", ");
    Text { nl: format!("{nl}: {names}."), en: format!("{en}: {names}.") }
}
