//! Fit on the past, score the next period, for every split and learner.

use evaluation::splits::{AsOf, Split, complete_by, rolling_origin};
use features::asof::{Calendar, Plan};
use features::spec::{Refit, UnknownInTraining};
use features::tables::{Day, Tables};
use models::learner::TrainingData;
use models::{AdditiveModel, Matrix, Outcome};

use super::PipelineError;
use super::stack::Stack;
use crate::progress::Stage;
use crate::study::Study;

/// Scores of every learner on the rows of every test date.
pub(crate) struct Backtest {
    /// The splits.
    pub(crate) splits: Vec<Split>,
    /// Positions in the stack of all test rows, split after split.
    pub(crate) rows: Vec<usize>,
    /// Split number per test row.
    pub(crate) period: Vec<u32>,
    /// Per learner, per test row: expected finds.
    pub(crate) expected: Vec<Vec<f64>>,
    /// Training rows per split, by what is known of them.
    pub(crate) trained_on: Vec<TrainingCount>,
}

/// What a fit rested on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TrainingCount {
    /// Rows that trained.
    pub(crate) rows: usize,
    /// Of these, rows with a find.
    pub(crate) found: usize,
    /// Rows with an unknown outcome (no visit, or no access).
    pub(crate) unknown: usize,
}

/// The as-of dates as plain day numbers with their horizon and embargo.
pub(crate) fn frame(calendar: &Calendar) -> Vec<AsOf> {
    let days = |d: &Day| {
        let until = calendar.horizon.after(*d);
        AsOf { day: d.0, until: until.0, complete: calendar.reporting_delay.after(until).0 }
    };
    calendar.dates.iter().map(days).collect()
}

/// Runs all learners over all splits.
pub(crate) fn run(
    study: &Study,
    plan: &Plan,
    tables: &Tables,
    calendar: &Calendar,
    stack: &Stack,
) -> Result<Backtest, PipelineError> {
    let dates = frame(calendar);
    let refit = study.file.time.refit == Refit::Rolling;
    let splits = rolling_origin(&dates, calendar.test_from.0, calendar.data_until.0, refit)?;
    let stage = Stage::new("back-test", (splits.len() * study.file.learner.len()) as u64);
    let mut backtest = Backtest {
        rows: vec![],
        period: vec![],
        expected: vec![vec![]; study.file.learner.len()],
        trained_on: vec![],
        splits: vec![],
    };
    let mut fitted: Option<(Vec<usize>, i32, Vec<AdditiveModel>, TrainingCount)> = None;
    for (number, split) in splits.iter().enumerate() {
        let models = match fitted.take() {
            Some(same) if same.0 == split.train && same.1 == split.known_by => same,
            _ => {
                let training = Training::gather(study, plan, tables, stack, &split.train, Day(split.known_by))?;
                (split.train.clone(), split.known_by, training.fit_all(study)?, training.count)
            }
        };
        let rows = stack.rows_of(split.test);
        let matrix = stack.matrix.select(&rows.clone().collect::<Vec<_>>());
        for (expected, model) in backtest.expected.iter_mut().zip(&models.2) {
            let rate = model.predict(&matrix);
            expected.extend(rate.iter().zip(&stack.exposure[rows.clone()]).map(|(r, e)| r * e));
            stage.step();
        }
        backtest.period.extend(std::iter::repeat_n(number as u32, rows.len()));
        backtest.rows.extend(rows);
        backtest.trained_on.push(models.3);
        fitted = Some(models);
    }
    backtest.splits = splits;
    Ok(backtest)
}

/// The rows that train.
pub(crate) struct Training {
    matrix: Matrix,
    outcome: Vec<f64>,
    exposure: Vec<f64>,
    group: Vec<u32>,
    /// What they are.
    pub(crate) count: TrainingCount,
}

impl Training {
    /// Gathers the rows of these dates with their outcome as it was known by a day.
    pub(crate) fn gather(
        study: &Study,
        plan: &Plan,
        tables: &Tables,
        stack: &Stack,
        dates: &[usize],
        known_by: Day,
    ) -> Result<Self, PipelineError> {
        let unknown_trains = study.file.target.unknown_in_training == UnknownInTraining::AsNothingFound;
        let mut rows = vec![];
        let mut outcome = vec![];
        let mut count = TrainingCount::default();
        for &d in dates {
            let range = stack.rows_of(d);
            let known = plan.outcomes(tables, stack.dates[d], &stack.unit[range.clone()], known_by)?;
            for (row, known) in range.zip(known) {
                let unknown = matches!(known, Outcome::Unknown | Outcome::NoAccess);
                if unknown {
                    count.unknown += 1;
                    if !unknown_trains {
                        continue;
                    }
                }
                count.found += usize::from(known.finds() > 0);
                rows.push(row);
                outcome.push(f64::from(known.finds()));
            }
        }
        count.rows = rows.len();
        let exposure = rows.iter().map(|&i| stack.exposure[i]).collect();
        let group = rows.iter().map(|&i| stack.unit[i]).collect();
        Ok(Self { matrix: stack.matrix.select(&rows), outcome, exposure, group, count })
    }

    /// Fits every learner of the study.
    pub(crate) fn fit_all(&self, study: &Study) -> Result<Vec<AdditiveModel>, PipelineError> {
        study.file.learner.iter().map(|spec| self.fit(spec)).collect()
    }

    /// Fits one learner.
    pub(crate) fn fit(&self, spec: &models::learner::LearnerSpec) -> Result<AdditiveModel, PipelineError> {
        let fault = |cause| PipelineError::Fit { learner: spec.name.clone(), cause };
        let weight = vec![1.0; self.outcome.len()];
        let data = TrainingData::new(&self.matrix, &self.outcome, &self.exposure, &weight, &self.group).map_err(fault)?;
        let learner = spec.build(self.matrix.schema()).map_err(fault)?;
        let stage = Stage::new(&format!("fit {}", spec.name), 1);
        learner.fit(&data, &stage).map_err(fault)
    }
}

/// Positions of the dates that train the final model: all that was complete at the last as-of date.
pub(crate) fn final_dates(calendar: &Calendar) -> Vec<usize> {
    let dates = frame(calendar);
    let last = dates.last().map_or(i32::MIN, |d| d.day);
    complete_by(&dates, last.min(calendar.data_until.0))
}
