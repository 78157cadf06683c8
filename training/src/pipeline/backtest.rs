//! Fit on the past, score the next period, for every split and learner.

use evaluation::splits::{AsOf, Split, complete_by, rolling_origin};
use features::asof::Calendar;
use features::spec::Refit;
use features::tables::Day;
use models::Outcome;
use models::learner::LearnerSpec;

use super::PipelineError;
use super::calibration::Later;
use super::history::{Fitted, History, TrainingCount};
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
    /// Names of the learners.
    pub(crate) learners: Vec<String>,
    /// Per learner, per test row: the sum of the terms, not calibrated.
    pub(crate) sums: Vec<Vec<f64>>,
    /// Per learner, per test row: expected finds.
    pub(crate) expected: Vec<Vec<f64>>,
    /// Per challenger, per test row: expected finds.
    pub(crate) challengers: Vec<Vec<f64>>,
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
    let (learners, challengers) = (&history.study.file.learner, &history.study.file.challenger);
    let splits = splits(history, calendar)?;
    let mut backtest = Backtest::empty(learners, challengers.len());
    let stage = Stage::new("back-test", splits.len() as u64);
    let mut fitted: Option<(Split, Fitted, TrainingCount)> = None;
    for (number, split) in splits.iter().enumerate() {
        let same = fitted.take().filter(|(s, ..)| s.train == split.train && s.known_by == split.known_by);
        let (_, models, count) = match same {
            Some(fitted) => fitted,
            None => {
                let training = history.training(&split.train, Day(split.known_by))?;
                let count = training.count;
                (split.clone(), training.fit(learners, challengers)?, count)
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
    fn empty(learners: &[LearnerSpec], challengers: usize) -> Self {
        Self {
            splits: vec![],
            trained_on: vec![],
            period: vec![],
            outcome: vec![],
            exposure: vec![],
            area: vec![],
            learners: learners.iter().map(|spec| spec.name.clone()).collect(),
            sums: vec![vec![]; learners.len()],
            expected: vec![vec![]; learners.len()],
            challengers: vec![vec![]; challengers],
        }
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
        for (learner, model) in fitted.models.iter().enumerate() {
            let calibration = later.calibration(self, learner, model.link)?;
            let sums = model.sums(&rows.matrix);
            let expected = sums.iter().zip(&rows.exposure).map(|(sum, exposure)| {
                let sum = calibration.as_ref().map_or(*sum, |calibration| calibration.apply(*sum));
                model.link.expected(sum) * exposure
            });
            self.expected[learner].extend(expected);
            self.sums[learner].extend(sums);
        }
        for (challenger, scorer) in self.challengers.iter_mut().zip(&fitted.challengers) {
            let fault = |cause| PipelineError::Fit { learner: scorer.name().to_owned(), cause };
            let rate = scorer.predict(&rows.matrix).map_err(fault)?;
            challenger.extend(rate.iter().zip(&rows.exposure).map(|(rate, exposure)| rate * exposure));
        }
        #[expect(clippy::cast_possible_truncation, reason = "there are fewer splits than 2^32")]
        self.period.extend(std::iter::repeat_n(number as u32, rows.unit.len()));
        self.outcome.extend_from_slice(&rows.outcome);
        self.exposure.extend_from_slice(&rows.exposure);
        self.area.extend_from_slice(&rows.area);
        Ok(())
    }
}
