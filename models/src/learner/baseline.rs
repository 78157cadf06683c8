//! Baselines: the ranking by one figure, put on the scale of the outcome.

use super::{FitError, Learner, Monitor, TrainingData};
use crate::additive::{AdditiveModel, Link, Shape, Term, Transform};
use crate::schema::Text;

/// Expected value per unit of exposure = scale × feature, with the scale for which the training rows add up:
/// finds / sum of feature × exposure. A row without the feature gets the mean rate.
///
/// What a planner does without a model, such as going where it was found last, is a feature (a long-run rate,
/// a kernel of finds near by); this learner ranks by it and makes it comparable with models.
#[derive(Clone, Debug)]
pub struct Baseline {
    name: String,
    label: Text,
    feature: String,
}

impl Baseline {
    /// A baseline that ranks by the feature of this name.
    #[must_use]
    pub fn new(name: &str, label: Text, feature: &str) -> Self {
        Self { name: name.to_owned(), label, feature: feature.to_owned() }
    }

    fn model(&self, data: &TrainingData<'_>, feature: usize, rates: Rates) -> AdditiveModel {
        let column = &data.matrix().schema().features[feature];
        let shape = Shape::Linear {
            coefficient: rates.scale,
            center: 0.0,
            transform: Transform::Identity,
            missing: rates.mean - rates.intercept,
        };
        AdditiveModel {
            name: self.name.clone(),
            kind: self.kind().to_owned(),
            link: Link::Identity,
            intercept: rates.intercept,
            terms: vec![Term { name: column.name.clone(), label: column.label.clone(), feature, shape }],
            covariance: Vec::new(),
            spread: None,
            calibration: None,
            per_point: None,
            edits: Vec::new(),
            finds: data.finds(),
            notes: Vec::new(),
            schema: data.matrix().schema().clone(),
        }
    }
}

/// Where the feature is 0 or missing on all rows that tell anything (early in a study), nothing ranks: every
/// row gets the mean.
struct Rates {
    scale: f64,
    intercept: f64,
    mean: f64,
}

impl Learner for Baseline {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> &'static str {
        "baseline"
    }

    fn label(&self) -> &Text {
        &self.label
    }

    fn fit(&self, data: &TrainingData<'_>, monitor: &dyn Monitor) -> Result<AdditiveModel, FitError> {
        if monitor.cancelled() {
            return Err(FitError::Cancelled { learner: self.name.clone() });
        }
        let schema = data.matrix().schema();
        let feature = schema
            .features
            .iter()
            .position(|f| f.name == self.feature)
            .ok_or_else(|| super::spec::unknown_feature(&self.name, &self.feature, schema))?;
        let rates = self.rates(data, data.matrix().column(feature));
        Ok(self.model(data, feature, rates))
    }
}

impl Baseline {
    fn rates(&self, data: &TrainingData<'_>, column: &[f32]) -> Rates {
        let (mut finds, mut exposure, mut present_finds, mut spread) = (0.0, 0.0, 0.0, 0.0);
        for (i, &x) in column.iter().enumerate() {
            let weight = data.weight()[i];
            finds += weight * data.outcome()[i];
            exposure += weight * data.exposure()[i];
            if !x.is_nan() {
                present_finds += weight * data.outcome()[i];
                spread += weight * data.exposure()[i] * f64::from(x).max(0.0);
            }
        }
        let mean = finds / exposure;
        if spread <= 0.0 || present_finds <= 0.0 {
            return Rates { scale: 0.0, intercept: mean, mean };
        }
        Rates { scale: present_finds / spread, intercept: 0.0, mean }
    }
}
