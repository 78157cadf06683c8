//! The way from sources to bundle, one stage per file.

mod alternatives;
mod area_history;
mod areas;
mod backtest;
mod calibration;
mod elsewhere;
mod foreign;
mod groups;
mod history;
mod judge;
mod left_out;
mod load;
mod monitor;
mod parity;
mod publish;
mod recipe;
mod release;
mod report;

pub(crate) use area_history::AreaHistory;
pub(crate) use backtest::run as back_test;
pub(crate) use foreign::{FILE as FOREIGN, ForeignSpec};
pub(crate) use history::History;
pub(crate) use load::{load, scramble};
pub(crate) use monitor::{extend, monitor};
pub(crate) use parity::{Compared, compare};
pub(crate) use publish::{roll_up_rows, score_areas};
pub(crate) use recipe::{FILE as RECIPE, Recipe};
pub(crate) use release::{Finished, Options, json, refit, run, software};
pub(crate) use report::pages;

/// Why the pipeline stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PipelineError {
    /// A source.
    #[error(transparent)]
    Source(#[from] features::source::SourceError),
    /// A feature or the time frame.
    #[error(transparent)]
    Asof(#[from] features::asof::AsofError),
    /// The splits.
    #[error(transparent)]
    Split(#[from] evaluation::splits::SplitError),
    /// A learner.
    #[error("learner `{learner}`: {cause}")]
    Fit { learner: String, cause: models::learner::FitError },
    /// Rows from which no learner can learn.
    #[error("the training rows of {of}: {cause}")]
    TrainingRows { of: String, cause: models::learner::FitError },
    /// Figures.
    #[error(transparent)]
    Evaluation(#[from] evaluation::EvaluationError),
    /// Columns that do not fit.
    #[error(transparent)]
    Shape(#[from] models::matrix::ShapeMismatch),
    /// The ONNX file.
    #[error(transparent)]
    Onnx(#[from] models::onnx::OnnxError),
    /// A backend that gives other numbers.
    #[error(
        "{backend} gives other numbers than model.json: the largest difference is {difference:e}, allowed is {tolerance:e}. \
         Nothing was written; report this with the study file"
    )]
    Parity { backend: String, difference: f64, tolerance: f64 },
    /// Another process that compares a backend.
    #[error("the comparison with {backend} failed: {message}")]
    OtherProcess { backend: String, message: String },
    /// A model of others that cannot be read.
    #[error("cannot read {path}: {cause}. Give the path of an ONNX file")]
    ForeignFile { path: std::path::PathBuf, cause: std::io::Error },
    /// A model of others that does not fit the study.
    #[error("{path}{place}: {cause}")]
    Foreign { path: std::path::PathBuf, place: String, cause: models::onnx::OnnxError },
    /// A model of others with the name of a learner.
    #[error("the study has a learner or challenger `{name}`. Give the ONNX model another name with --name")]
    ForeignName { name: String },
    /// The history of the areas in a bundle.
    #[error("{file} of the bundle cannot be read: {cause}. Run the study again with this version")]
    AreaHistory { file: &'static str, cause: serde_json::Error },
    /// The bundle.
    #[error(transparent)]
    Bundle(#[from] models::bundle::BundleError),
    /// The model.
    #[error(transparent)]
    Model(#[from] models::additive::ModelError),
    /// A file of the bundle.
    #[error("cannot write {what} as JSON: {cause}")]
    Json { what: String, cause: serde_json::Error },
    /// A feature that knows of the future.
    #[error(
        "the scrambled-future proof failed at {as_of}: {difference}. A feature reads what was not yet known; this is a fault of the program, report it with the study file"
    )]
    Future { as_of: String, difference: String },
    /// Scores for a day of which nothing is known yet.
    #[error(
        "as-of date {as_of} lies after data_until = {until} of the study: nothing is known of the days between. Choose an earlier date, or bring the sources and data_until up to date"
    )]
    AfterTheData { as_of: String, until: String },
    /// New data that are older than those of the bundle.
    #[error(
        "{given} lies before {until}, until which the bundle's own data go. Give the day on which the new data were extracted with --data-until"
    )]
    EarlierData { given: String, until: String },
    /// Rows that cannot be rolled up.
    #[error(transparent)]
    Rollup(#[from] models::rollup::RollupError),
    /// Nothing to score.
    #[error("no unit exists at the published as-of date {0}. Check the validity of the units and last_as_of")]
    NothingToScore(String),
}

impl PipelineError {
    /// Of the fit for the split that is tested at this date; of the final fit when `None`.
    fn training_rows(test: Option<features::tables::Day>, cause: models::learner::FitError) -> Self {
        let of =
            test.map_or_else(|| "the final model".to_owned(), |day| format!("the split tested at {day}"));
        Self::TrainingRows { of, cause }
    }
}
