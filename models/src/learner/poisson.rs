//! Poisson regression with exposure and an elastic-net penalty: the number of finds per unit of exposure.

use super::linear::{Fit, Settings};
use super::newton::Family;
use super::{FitError, Learner, Monitor, TrainingData};
use crate::additive::AdditiveModel;
use crate::schema::Text;

/// Poisson regression: the logarithm of the expected number of finds is the logarithm of the exposure plus the
/// sum of the terms.
///
/// scikit-learn's `PoissonRegressor(alpha)`, given `outcome / exposure` with `weight · exposure` as sample weights
/// and standardised columns, is `l2 = alpha` times the sum of `weight · exposure` here.
#[derive(Clone, Debug)]
pub struct Poisson {
    name: String,
    label: Text,
    settings: Settings,
}

impl Poisson {
    /// A Poisson regression with these settings.
    #[must_use]
    pub fn new(name: &str, label: Text, settings: Settings) -> Self {
        Self { name: name.to_owned(), label, settings }
    }
}

impl Learner for Poisson {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> &'static str {
        "poisson"
    }

    fn label(&self) -> &Text {
        &self.label
    }

    fn fit(&self, data: &TrainingData<'_>, monitor: &dyn Monitor) -> Result<AdditiveModel, FitError> {
        let offset: Vec<f64> = data.exposure().iter().map(|e| e.ln()).collect();
        let fit = Fit {
            name: &self.name,
            kind: self.kind(),
            family: Family::Poisson,
            settings: &self.settings,
            data,
            outcome: data.outcome(),
            offset: &offset,
            notes: Vec::new(),
        };
        fit.run(monitor, |_| None)
    }
}
