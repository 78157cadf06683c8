//! The rows of all as-of dates.

use features::asof::{Calendar, Plan, Rows};
use features::tables::{Day, Tables};
use models::learner::{ChallengerSpec, FitError, LearnerSpec, Scorer, TrainingData};
use models::{AdditiveModel, Matrix, Outcome, Schema};
use rayon::prelude::*;

use super::PipelineError;
use super::left_out::Refusal;
use crate::progress::Stage;
use crate::study::Study;

/// The rows of every as-of date, with what is needed to learn from them.
pub(crate) struct History<'a> {
    pub(crate) study: &'a Study,
    pub(crate) tables: &'a Tables,
    pub(crate) plan: Plan,
    /// In order of date.
    pub(crate) rows: Vec<Rows>,
}

/// What a fit rested on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TrainingCount {
    /// Rows that trained.
    pub(crate) rows: usize,
    /// Of these, rows with a find.
    pub(crate) found: usize,
    /// Rows with an unknown outcome (no visit, or no access), whether they trained or not.
    pub(crate) unknown: usize,
}

impl<'a> History<'a> {
    /// Compiles the features and computes the rows of every date.
    pub(crate) fn build(
        study: &'a Study,
        tables: &'a Tables,
        calendar: &Calendar,
    ) -> Result<Self, PipelineError> {
        let file = &study.file;
        let plan = Plan::new(file.study.unit, &file.feature, &file.target, calendar, tables)?;
        let stage = Stage::new("features", calendar.dates.len() as u64);
        let one_date = |&date: &Day| {
            let rows = plan.rows(tables, date);
            stage.step();
            rows
        };
        let rows = calendar.dates.par_iter().map(one_date).collect::<Result<_, _>>()?;
        Ok(Self { study, tables, plan, rows })
    }

    /// The rows of these dates with their outcome as it was known by a day.
    pub(crate) fn training(&self, dates: &[usize], known_by: Day) -> Result<Training, PipelineError> {
        self.training_where(dates, known_by, |_| true)
    }

    /// As [`Self::training`], with only the rows in these most detailed areas (`None`: outside all).
    pub(crate) fn training_where(
        &self,
        dates: &[usize],
        known_by: Day,
        may_train: impl Fn(Option<u32>) -> bool,
    ) -> Result<Training, PipelineError> {
        let mut training = Training::empty(&self.plan);
        for &d in dates {
            let rows = &self.rows[d];
            let known = self.plan.outcomes(self.tables, rows, Some(known_by))?.outcome;
            let inside: Vec<usize> = (0..known.len()).filter(|&i| may_train(rows.area[i])).collect();
            training.count.unknown += inside.iter().filter(|&&i| known[i].known().is_none()).count();
            let keep: Vec<usize> = inside.into_iter().filter(|&i| self.study.file.counts(known[i])).collect();
            training.add(rows, &keep, &known);
        }
        Ok(training)
    }
}

/// Builds every learner and challenger of the study once, so that a wrong setting is told before anything is computed.
///
/// # Errors
/// At the first learner with a kind, a feature or a setting that cannot be.
pub(crate) fn check_learners(study: &Study, schema: &Schema) -> Result<(), PipelineError> {
    for spec in &study.file.learner {
        let fault = |cause| PipelineError::Fit { learner: spec.name.clone(), cause };
        spec.build(schema).map_err(fault)?;
    }
    for spec in &study.file.challenger {
        let fault = |cause| PipelineError::Fit { learner: spec.name.clone(), cause };
        spec.build(schema).map_err(fault)?;
    }
    Ok(())
}

/// Rows that train.
pub(crate) struct Training {
    columns: Vec<Vec<f32>>,
    schema: Schema,
    outcome: Vec<f64>,
    exposure: Vec<f64>,
    group: Vec<u32>,
    /// What they are.
    pub(crate) count: TrainingCount,
}

impl Training {
    fn empty(plan: &Plan) -> Self {
        let schema = plan.schema().clone();
        let columns = vec![vec![]; schema.features.len()];
        Self {
            columns,
            schema,
            outcome: vec![],
            exposure: vec![],
            group: vec![],
            count: TrainingCount::default(),
        }
    }

    fn add(&mut self, rows: &Rows, keep: &[usize], known: &[Outcome]) {
        for (j, column) in self.columns.iter_mut().enumerate() {
            let source = rows.matrix.column(j);
            column.extend(keep.iter().map(|&i| source[i]));
        }
        self.outcome.extend(keep.iter().map(|&i| f64::from(known[i].finds())));
        self.exposure.extend(keep.iter().map(|&i| rows.exposure[i]));
        self.group.extend(keep.iter().map(|&i| rows.unit[i]));
        self.count.rows += keep.len();
        self.count.found += keep.iter().filter(|&&i| known[i].finds() > 0).count();
    }

    /// Fits learners and challengers side by side. `test` is the as-of date that they will be tested at; `None` for
    /// the final fit.
    ///
    /// # Errors
    /// When no learner could learn from these rows, and at the first learner that fails for a reason other than
    /// the rows.
    pub(crate) fn fit(
        self,
        learners: &[&LearnerSpec],
        challengers: &[&ChallengerSpec],
        test: Option<Day>,
    ) -> Result<Fitted, PipelineError> {
        let n = self.outcome.len();
        let matrix = Matrix::new(self.schema, self.columns, n)?;
        let weight = vec![1.0; n];
        let data = TrainingData::new(&matrix, &self.outcome, &self.exposure, &weight, &self.group)
            .map_err(|cause| PipelineError::training_rows(test, cause))?;
        let learner = |spec: &&LearnerSpec| {
            let stage = Stage::unseen(&format!("fit {}", spec.name));
            sorted(&spec.name, spec.build(matrix.schema()).and_then(|own| own.fit(&data, &stage)))
        };
        let challenger = |spec: &&ChallengerSpec| {
            let stage = Stage::unseen(&format!("fit {}", spec.name));
            sorted(&spec.name, spec.build(matrix.schema()).and_then(|own| own.fit(&data, &stage)))
        };
        // Some learners use one thread, others all; each gives the same bits on any number.
        let (models, scorers) = rayon::join(
            || learners.par_iter().map(learner).collect::<Vec<_>>(),
            || challengers.par_iter().map(challenger).collect::<Vec<_>>(),
        );
        let mut fitted = Fitted { models: vec![], challengers: vec![], refused: vec![] };
        for outcome in models {
            outcome?.map_or_else(|refusal| fitted.refused.push(refusal), |model| fitted.models.push(model));
        }
        for outcome in scorers {
            outcome?.map_or_else(|refusal| fitted.refused.push(refusal), |own| fitted.challengers.push(own));
        }
        Ok(fitted)
    }
}

/// Tells a refusal that lies in the rows from a fault that must stop the run.
fn sorted<T>(name: &str, outcome: Result<T, FitError>) -> Result<Result<T, Refusal>, PipelineError> {
    match outcome {
        Ok(fitted) => Ok(Ok(fitted)),
        Err(cause) => match cause.refusal() {
            Some(reason) => Ok(Err(Refusal { name: name.to_owned(), reason, cause })),
            None => Err(PipelineError::Fit { learner: name.to_owned(), cause }),
        },
    }
}

/// What came of a fit.
pub(crate) struct Fitted {
    /// One per learner that did not refuse, in the order asked for.
    pub(crate) models: Vec<AdditiveModel>,
    /// Likewise per challenger.
    pub(crate) challengers: Vec<Box<dyn Scorer>>,
    /// Who refused.
    pub(crate) refused: Vec<Refusal>,
}
