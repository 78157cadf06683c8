//! Logistic regression with an elastic-net penalty: the chance of at least one find per unit.

use linfa::dataset::DatasetBase;
use linfa::traits::Fit as _;
use linfa_logistic::LogisticRegression;
use ndarray::Array1;

use super::linear::{Fit, Settings};
use super::newton::{Family, Problem};
use super::{FitError, Learner, Monitor, Step, TrainingData};
use crate::additive::AdditiveModel;
use crate::schema::Text;

/// Logistic regression: the chance that a unit has at least one find.
///
/// linfa-logistic searches; our own Newton steps end the search. linfa alone would not do: it ignores weights,
/// calls the more frequent class positive, gives no covariance, and stops where the gradient is small rather
/// than zero, so that the same rows in another order give other digits. Its answer is therefore a starting
/// point, used only when all rows weigh the same and `l1` is 0; when it fails, Newton starts from the mean.
///
/// scikit-learn's `LogisticRegression(C, l1_ratio)` on standardised columns is `l1 = l1_ratio / C` and
/// `l2 = (1 - l1_ratio) / C` here.
#[derive(Clone, Debug)]
pub struct Logistic {
    name: String,
    label: Text,
    settings: Settings,
}

impl Logistic {
    /// A logistic regression with these settings.
    #[must_use]
    pub fn new(name: &str, label: Text, settings: Settings) -> Self {
        Self { name: name.to_owned(), label, settings }
    }
}

impl Learner for Logistic {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> &'static str {
        "logistic"
    }

    fn label(&self) -> &Text {
        &self.label
    }

    fn fit(&self, data: &TrainingData<'_>, monitor: &dyn Monitor) -> Result<AdditiveModel, FitError> {
        if let Some(row) = data.exposure().iter().position(|&e| (e - 1.0).abs() > 0.0) {
            let value = data.exposure()[row];
            return Err(FitError::ExposureNotOne { learner: self.name.clone(), row, value });
        }
        let outcome: Vec<f64> = data.outcome().iter().map(|&y| f64::from(u8::from(y > 0.0))).collect();
        if outcome.iter().zip(data.weight()).all(|(y, w)| *y > 0.0 || *w <= 0.0) {
            return Err(FitError::NoNegatives { rows: data.rows() });
        }
        let fit = Fit {
            name: &self.name,
            kind: self.kind(),
            family: Family::Bernoulli,
            settings: &self.settings,
            data,
            outcome: &outcome,
            offset: &[],
            notes: several_finds(data),
        };
        fit.run(monitor, |problem| {
            let weight =
                data.equal_weight().filter(|_| problem.l1 <= 0.0 && data.rows() <= MOST_ROWS_FOR_LINFA)?;
            monitor.step(&Step { stage: "linfa", number: 1, of: 1, loss: None });
            search(problem, weight)
        })
    }
}

fn several_finds(data: &TrainingData<'_>) -> Vec<Text> {
    match data.outcome().iter().filter(|y| **y > 1.0).count() {
        0 => Vec::new(),
        n => vec![Text {
            nl: format!("{n} rijen met meer dan één vondst tellen als één vondst."),
            en: format!("{n} rows with more than one find count as one find."),
        }],
    }
}

/// Beyond this many rows our Newton steps start from the mean rate: there the quasi-Newton search of linfa
/// costs more than it saves (at 10,000 rows of 23 columns 0.10 s in all against 0.02 s, at 600,000 rows 15 s
/// against 3 s; `benches/peers/linear.py`).
const MOST_ROWS_FOR_LINFA: usize = 5_000;

/// Coefficients that linfa-logistic finds; `None` when it fails. With equal weights `w`, minimising
/// `w · loss + l2/2 · b²` is minimising `loss + (l2/w)/2 · b²`.
fn search(problem: &Problem<'_>, weight: f64) -> Option<Vec<f64>> {
    let found: Array1<bool> = problem.outcome.iter().map(|y| *y > 0.0).collect();
    let positives = found.iter().filter(|y| **y).count();
    let negatives = found.len() - positives;
    // linfa calls the more frequent class positive, and of equals the one that it sees first.
    let flipped = negatives > positives || (negatives == positives && !found[0]);
    let sign = if flipped { -1.0 } else { 1.0 };
    let start: Array1<f64> = {
        let ours = problem.start();
        ours[1..].iter().chain(&ours[..1]).map(|b| sign * b).collect()
    };
    let rare = positives.min(negatives) as f64;
    let fitted = LogisticRegression::default()
        .alpha(problem.l2 / weight)
        .max_iterations(u64::from(problem.max_iterations))
        .gradient_tolerance(1e-4 * rare.max(1.0))
        .initial_params(start)
        .fit(&DatasetBase::new(problem.values, found))
        .ok()?;
    let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
    let coefficients: Vec<f64> = std::iter::once(fitted.intercept())
        .chain(fitted.params().iter().copied())
        .map(|b| sign * b)
        .collect();
    coefficients.iter().all(|b| b.is_finite()).then_some(coefficients)
}
