//! Learners: from training rows to an [`AdditiveModel`].
//!
//! Every learner stands behind [`Learner`]; a study file names it with a [`LearnerSpec`]. [`conformance`]
//! holds the checks that each of them must pass.

mod baseline;
mod calibrate;
mod challenger;

pub mod conformance;
mod coordinate;
mod data;
mod design;
mod ebm;
mod error;
mod linear;
mod logistic;
mod monitor;
mod newton;
mod poisson;
mod scorecard;
mod spec;
#[cfg(test)]
mod tests;
mod tree;

pub use baseline::Baseline;
pub use calibrate::{HeldOut, calibrate};
pub use challenger::{
    BoostedSettings, BoostedTrees, CHALLENGERS, Challenger, ChallengerSpec, ForestSettings, RandomForest,
    Scorer,
};

pub use data::TrainingData;
pub use ebm::{Auto, Ebm, EbmLoss, EbmSettings, Pairs};
pub use error::FitError;
pub use linear::Settings;
pub use logistic::Logistic;
pub use monitor::{Monitor, Silent, Step};
pub use poisson::Poisson;
pub use scorecard::{
    Answer, Card, CardError, CardLine, CardTotal, Numbers, PooledCard, Scorecard, ScorecardSettings, Told,
};
pub use spec::{KINDS, LearnerSpec};
pub use tree::{Tree, TreeSettings};

use crate::additive::AdditiveModel;
use crate::schema::Text;

/// A way to find an additive model.
pub trait Learner: Send + Sync {
    /// Name of the learner in the study; the model bears it too.
    fn name(&self) -> &str;

    /// Kind of learner, one of [`KINDS`].
    fn kind(&self) -> &'static str;

    /// What readers see.
    fn label(&self) -> &Text;

    /// Fits a model. The same rows give the same bits, on any number of threads.
    ///
    /// # Errors
    /// When the rows cannot carry the model, when the search does not converge, or when the monitor says
    /// stop.
    fn fit(&self, data: &TrainingData<'_>, monitor: &dyn Monitor) -> Result<AdditiveModel, FitError>;
}
