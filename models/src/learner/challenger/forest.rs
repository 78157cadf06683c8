//! smartcore's random forest.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::Deserialize;
use smartcore::ensemble::random_forest_regressor::{RandomForestRegressor, RandomForestRegressorParameters};
use smartcore::linalg::basic::matrix::DenseMatrix;

use super::{Challenger, Scorer, same_columns};
use crate::learner::{FitError, Monitor, Step, TrainingData};
use crate::matrix::Matrix;
use crate::schema::Text;

/// Settings of a random forest.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ForestSettings {
    /// Number of trees.
    pub trees: usize,
    /// Greatest depth of a tree.
    pub depth: u16,
    /// Fewest rows in a leaf.
    pub leaf: usize,
    /// Most training rows: all rows with a find, and as many of the others as fit, weighted to stand for the
    /// rest.
    pub rows: usize,
    /// Seed of trees and of the choice of rows.
    pub seed: u64,
}

impl Default for ForestSettings {
    fn default() -> Self {
        Self { trees: 60, depth: 8, leaf: 20, rows: 40_000, seed: 42 }
    }
}

impl ForestSettings {
    /// What is out of range, and what to do.
    pub(super) fn check(&self) -> Result<(), String> {
        let counts =
            [("trees", self.trees), ("depth", self.depth.into()), ("leaf", self.leaf), ("rows", self.rows)];
        match counts.iter().find(|(_, value)| *value == 0) {
            Some((name, value)) => Err(format!("{name} is {value}; it must be 1 or more")),
            None => Ok(()),
        }
    }
}

/// A random forest (smartcore) on the rate: finds per unit of exposure, weighted by exposure. Missing values lie
/// below the lowest value of their column, so that a tree can split them off.
#[derive(Clone, Debug)]
pub struct RandomForest {
    name: String,
    label: Text,
    settings: ForestSettings,
}

type Forest = RandomForestRegressor<f64, f64, DenseMatrix<f64>, Vec<f64>>;

struct Grown {
    name: String,
    label: Text,
    forest: Forest,
    /// What a missing value becomes, per column.
    missing: Vec<f64>,
}

impl RandomForest {
    /// A forest with these settings.
    #[must_use]
    pub fn new(name: &str, label: Text, settings: ForestSettings) -> Self {
        Self { name: name.to_owned(), label, settings }
    }

    fn failed(&self, cause: String) -> FitError {
        FitError::Challenger { learner: self.name.clone(), cause }
    }

    /// Rows to grow on, with the weight of each.
    fn choose(&self, data: &TrainingData<'_>) -> (Vec<usize>, Vec<f64>) {
        let counts = |i: &usize| data.weight()[*i] > 0.0;
        let (found, others): (Vec<usize>, Vec<usize>) =
            (0..data.rows()).filter(counts).partition(|&i| data.outcome()[i] > 0.0);
        let room = self.settings.rows.saturating_sub(found.len()).max(1);
        let share = (room as f64 / others.len().max(1) as f64).min(1.0);
        let mut generator = ChaCha8Rng::seed_from_u64(self.settings.seed);
        let kept = others.into_iter().filter(|_| share >= 1.0 || generator.random::<f64>() < share);
        let mut chosen: Vec<(usize, f64)> = kept.map(|i| (i, 1.0 / share)).collect();
        chosen.extend(found.into_iter().map(|i| (i, 1.0)));
        chosen.sort_by_key(|(i, _)| *i);
        chosen.into_iter().map(|(i, w)| (i, w * data.weight()[i] * data.exposure()[i])).unzip()
    }
}

impl Challenger for RandomForest {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> &'static str {
        "random_forest"
    }

    fn label(&self) -> &Text {
        &self.label
    }

    fn fit(&self, data: &TrainingData<'_>, monitor: &dyn Monitor) -> Result<Box<dyn Scorer>, FitError> {
        if monitor.cancelled() {
            return Err(FitError::Cancelled { learner: self.name.clone() });
        }
        monitor.step(&Step { stage: "forest", number: 1, of: 1, loss: None });
        let (rows, weight) = self.choose(data);
        let missing: Vec<f64> =
            (0..data.matrix().schema().features.len()).map(|j| below(data.matrix().column(j))).collect();
        let values = dense(&data.matrix().select(&rows), &missing).map_err(|told| self.failed(told))?;
        let rate: Vec<f64> = rows.iter().map(|&i| data.outcome()[i] / data.exposure()[i]).collect();
        let parameters = RandomForestRegressorParameters {
            max_depth: Some(self.settings.depth),
            min_samples_leaf: self.settings.leaf,
            min_samples_split: 2 * self.settings.leaf,
            n_trees: self.settings.trees,
            m: None,
            keep_samples: false,
            seed: self.settings.seed,
        };
        let forest = Forest::fit_with_weights(&values, &rate, &weight, parameters)
            .map_err(|told| self.failed(told.to_string()))?;
        Ok(Box::new(Grown { name: self.name.clone(), label: self.label.clone(), forest, missing }))
    }
}

/// A value below all values of the column.
fn below(column: &[f32]) -> f64 {
    let lowest = column.iter().copied().filter(|x| !x.is_nan()).fold(f32::INFINITY, f32::min);
    if lowest.is_finite() { f64::from(lowest) - 1.0 - 1e-3 * f64::from(lowest.abs()) } else { 0.0 }
}

fn dense(matrix: &Matrix, missing: &[f64]) -> Result<DenseMatrix<f64>, String> {
    let values = missing.iter().enumerate().flat_map(|(j, gap)| {
        matrix.column(j).iter().map(move |x| if x.is_nan() { *gap } else { f64::from(*x) })
    });
    DenseMatrix::new(matrix.rows(), missing.len(), values.collect(), true).map_err(|told| told.to_string())
}

impl Scorer for Grown {
    fn name(&self) -> &str {
        &self.name
    }

    fn label(&self) -> &Text {
        &self.label
    }

    fn predict(&self, matrix: &Matrix) -> Result<Vec<f64>, FitError> {
        let failed = |cause: String| FitError::Challenger { learner: self.name.clone(), cause };
        same_columns(&self.name, self.missing.len(), matrix)?;
        if matrix.rows() == 0 {
            return Ok(Vec::new());
        }
        let values = dense(matrix, &self.missing).map_err(failed)?;
        self.forest.predict(&values).map_err(|told| failed(told.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::Silent;
    use crate::testing::{Stream, made_up_rows, schema, text};

    #[test]
    fn a_forest_learns_a_bend_and_is_the_same_twice() {
        let matrix = made_up_rows(&schema(), 4000, 1);
        let rate = |x: f32| if x.is_nan() || !(50.0..=250.0).contains(&x) { 0.4 } else { 0.05 };
        let mut stream = Stream(2);
        let outcome: Vec<f64> =
            matrix.column(0).iter().map(|&x| f64::from(u8::from(stream.next() < rate(x)))).collect();
        let (one, group) = (vec![1.0; 4000], vec![0; 4000]);
        let data = TrainingData::new(&matrix, &outcome, &one, &one, &group).unwrap();
        let forest =
            RandomForest::new("bos", text("bos"), ForestSettings { rows: 2500, ..Default::default() });
        let grown = forest.fit(&data, &Silent).unwrap();
        let (found, again) =
            (grown.predict(&matrix).unwrap(), forest.fit(&data, &Silent).unwrap().predict(&matrix).unwrap());
        assert_eq!(found, again);
        let mean = |wanted: f64| {
            let rows: Vec<f64> = (0..4000)
                .filter(|&i| (rate(matrix.column(0)[i]) - wanted).abs() < 1e-9)
                .map(|i| found[i])
                .collect();
            rows.iter().sum::<f64>() / rows.len() as f64
        };
        assert!(
            (mean(0.4) - 0.4).abs() < 0.08 && (mean(0.05) - 0.05).abs() < 0.05,
            "{} {}",
            mean(0.4),
            mean(0.05)
        );
        let other = made_up_rows(&crate::schema::Schema { features: schema().features[..2].to_vec() }, 3, 1);
        assert!(grown.predict(&other).unwrap_err().to_string().contains("2 columns instead of 4"));
    }
}
