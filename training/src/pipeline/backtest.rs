//! Fit on the past, score the next period, for every split and learner.
//!
//! A learner that the training rows of a split cannot carry is out from then on, see [`LeftOut`].

use evaluation::splits::{AsOf, Split, complete_by, rolling_origin};
use features::asof::Calendar;
use features::spec::Refit;
use features::tables::Day;
use models::learner::{ChallengerSpec, LearnerSpec};
use models::{AdditiveModel, Outcome};

use super::PipelineError;
use super::calibration::Later;
use super::history::{Fitted, History, TrainingCount};
use super::left_out::{LeftOut, Refusal};
use crate::progress::Stage;

/// Scores of every learner on the rows of every test date.
pub(crate) struct Backtest {
    /// The splits.
    pub(crate) splits: Vec<Split>,
    /// Training rows per split, by what is known of them.
    pub(crate) trained_on: Vec<TrainingCount>,
    /// Split number per test row.
    pub(crate) period: Vec<u32>,
    /// Outcome per test row, as known when the data were extracted.
    pub(crate) outcome: Vec<Outcome>,
    /// Exposure per test row.
    pub(crate) exposure: Vec<f64>,
    /// Most detailed area per test row.
    pub(crate) area: Vec<Option<u32>>,
    /// The learners that could be fitted for every split, in the order of the study.
    pub(crate) learners: Vec<LearnerScores>,
    /// Likewise the challengers.
    pub(crate) challengers: Vec<ChallengerScores>,
    /// The others.
    pub(crate) left_out: Vec<LeftOut>,
}

/// A learner on the test rows.
pub(crate) struct LearnerScores {
    pub(crate) spec: LearnerSpec,
    /// Per split, as fitted.
    pub(crate) models: Vec<AdditiveModel>,
    /// Per test row: the sum of the terms, not calibrated.
    pub(crate) sums: Vec<f64>,
    /// Per test row: expected finds.
    pub(crate) expected: Vec<f64>,
}

/// A challenger on the test rows.
pub(crate) struct ChallengerScores {
    pub(crate) spec: ChallengerSpec,
    /// Per test row: expected finds.
    pub(crate) expected: Vec<f64>,
}

/// The as-of dates as plain day numbers with their horizon and embargo.
pub(crate) fn frame(calendar: &Calendar) -> Vec<AsOf> {
    let plain =
        |&d: &Day| AsOf { day: d.0, until: calendar.outcome_until(d).0, complete: calendar.complete_on(d).0 };
    calendar.dates.iter().map(plain).collect()
}

/// The splits of a study.
pub(crate) fn splits(history: &History<'_>, calendar: &Calendar) -> Result<Vec<Split>, PipelineError> {
    let refit = history.study.file.time.refit == Refit::Rolling;
    Ok(rolling_origin(&frame(calendar), calendar.test_from.0, calendar.data_until.0, refit)?)
}

/// Positions of the dates that train the final model: all that was complete at the published date.
pub(crate) fn final_dates(calendar: &Calendar) -> Vec<usize> {
    let dates = frame(calendar);
    let last = dates.last().map_or(i32::MIN, |d| d.day);
    complete_by(&dates, last.min(calendar.data_until.0))
}

/// Runs all learners and challengers over all splits.
pub(crate) fn run(history: &History<'_>, calendar: &Calendar) -> Result<Backtest, PipelineError> {
    let splits = splits(history, calendar)?;
    let mut backtest = Backtest::empty(&history.study.file.learner, &history.study.file.challenger);
    let stage = Stage::new("back-test", splits.len() as u64);
    let mut fitted: Option<(Split, Fitted, TrainingCount)> = None;
    for (number, split) in splits.iter().enumerate() {
        let same = fitted.take().filter(|(s, ..)| s.trains_as(split));
        let (_, models, count) = match same {
            Some(fitted) => fitted,
            None => {
                let test = calendar.dates[split.test];
                let (models, count) = backtest.fit(history, split, test)?;
                (split.clone(), models, count)
            }
        };
        let later = Later::known_by(history, calendar, &splits[..number], Day(split.known_by))?;
        backtest.add(number, history, split, &models, &later)?;
        backtest.trained_on.push(count);
        fitted = Some((split.clone(), models, count));
        stage.step();
    }
    backtest.splits = splits;
    Ok(backtest)
}

impl Backtest {
    fn empty(learners: &[LearnerSpec], challengers: &[ChallengerSpec]) -> Self {
        let learner = |spec: &LearnerSpec| LearnerScores {
            spec: spec.clone(),
            models: vec![],
            sums: vec![],
            expected: vec![],
        };
        let challenger = |spec: &ChallengerSpec| ChallengerScores { spec: spec.clone(), expected: vec![] };
        Self {
            splits: vec![],
            trained_on: vec![],
            period: vec![],
            outcome: vec![],
            exposure: vec![],
            area: vec![],
            learners: learners.iter().map(learner).collect(),
            challengers: challengers.iter().map(challenger).collect(),
            left_out: vec![],
        }
    }

    /// Fits what is still in for a split; what refuses is out.
    fn fit(
        &mut self,
        history: &History<'_>,
        split: &Split,
        test: Day,
    ) -> Result<(Fitted, TrainingCount), PipelineError> {
        let training = history.training(&split.train, Day(split.known_by))?;
        let learners: Vec<&LearnerSpec> = self.learners.iter().map(|own| &own.spec).collect();
        let challengers: Vec<&ChallengerSpec> = self.challengers.iter().map(|own| &own.spec).collect();
        let count = training.count;
        let mut fitted = training.fit(&learners, &challengers, Some(test))?;
        for refusal in fitted.refused.drain(..) {
            self.leave_out(refusal, Some(test));
        }
        Ok((fitted, count))
    }

    /// Takes a learner or challenger out, with all its scores.
    pub(crate) fn leave_out(&mut self, refusal: Refusal, test_as_of: Option<Day>) {
        let learner = self.learners.iter().position(|own| own.spec.name == refusal.name);
        let challenger = self.challengers.iter().position(|own| own.spec.name == refusal.name);
        let (label, kind) = if let Some(position) = learner {
            let spec = self.learners.remove(position).spec;
            (spec.label, spec.kind)
        } else if let Some(position) = challenger {
            let spec = self.challengers.remove(position).spec;
            (spec.label, spec.kind)
        } else {
            return;
        };
        self.left_out.push(LeftOut { refusal, label, kind, is_challenger: learner.is_none(), test_as_of });
    }

    fn add(
        &mut self,
        number: usize,
        history: &History<'_>,
        split: &Split,
        fitted: &Fitted,
        later: &Later,
    ) -> Result<(), PipelineError> {
        let rows = &history.rows[split.test];
        for (own, model) in self.learners.iter_mut().zip(&fitted.models) {
            let calibration = later.calibration(own, model.link)?;
            let sums = model.sums(&rows.matrix);
            let expected = sums.iter().zip(&rows.exposure).map(|(sum, exposure)| {
                let sum = calibration.as_ref().map_or(*sum, |calibration| calibration.apply(*sum));
                model.link.expected(sum) * exposure
            });
            own.expected.extend(expected);
            own.sums.extend(sums);
            own.models.push(model.clone());
        }
        for (challenger, scorer) in self.challengers.iter_mut().zip(&fitted.challengers) {
            let fault = |cause| PipelineError::Fit { learner: scorer.name().to_owned(), cause };
            let rate = scorer.predict(&rows.matrix).map_err(fault)?;
            challenger
                .expected
                .extend(rate.iter().zip(&rows.exposure).map(|(rate, exposure)| rate * exposure));
        }
        #[expect(clippy::cast_possible_truncation, reason = "there are fewer splits than 2^32")]
        self.period.extend(std::iter::repeat_n(number as u32, rows.unit.len()));
        self.outcome.extend_from_slice(&rows.outcome);
        self.exposure.extend_from_slice(&rows.exposure);
        self.area.extend_from_slice(&rows.area);
        Ok(())
    }
}
