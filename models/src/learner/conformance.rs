//! The checks that every learner must pass, whatever its kind.
//!
//! [`check_learner`] fits the same rows in several disguises and compares. A learner's own tests call it with
//! data that suit the learner.

use super::{FitError, Learner, Silent, TrainingData};
use crate::additive::{AdditiveModel, Bins, Shape};
use crate::matrix::Matrix;
use crate::onnx::{self, Backend, Runner};
use crate::schema::{Feature, FeatureKind};

/// Largest relative difference between models that should be the same.
const SAME: f64 = 1e-9;

/// Checks a learner on these rows: the same rows give the same bytes on one thread and on two; rows in another
/// order, weights instead of repeated rows and a constant column more give the same model; missing values are
/// scored; contributions add up; JSON gives back the same bits; ONNX agrees.
///
/// # Errors
/// Every promise that the learner breaks, in words.
pub fn check_learner(learner: &dyn Learner, data: &TrainingData<'_>) -> Result<(), Vec<String>> {
    let model = match learner.fit(data, &Silent) {
        Ok(model) => model,
        Err(told) => return Err(vec![format!("does not fit: {told}")]),
    };
    let mut broken = Vec::new();
    let mut check = |promise: &str, kept: Result<(), String>| {
        if let Err(how) = kept {
            broken.push(format!("{promise}: {how}"));
        }
    };
    let rows = Rows::of(data);
    check("same rows, same bytes", same_bytes(learner, data, &model));
    check("order of rows", rows.reversed().same_model(learner, &model));
    check("weight 2 is every row twice", rows.repeated_and_weighted(|_| true, learner));
    check("weight 2 is some rows twice", rows.repeated_and_weighted(|i| i % 3 == 0, learner));
    check("a constant column changes nothing", rows.with_constant_column().same_model(learner, &model));
    check("missing values", missing_is_scored(&model));
    check("contributions add up", adds_up(&model, data.matrix()));
    check("JSON", json_round_trip(&model));
    check("ONNX", onnx_agrees(&model, data.matrix()));
    if broken.is_empty() { Ok(()) } else { Err(broken) }
}

fn same_bytes(learner: &dyn Learner, data: &TrainingData<'_>, model: &AdditiveModel) -> Result<(), String> {
    let wanted = model.to_json().map_err(|told| told.to_string())?;
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|e| e.to_string())?;
        let again = pool.install(|| learner.fit(data, &Silent)).map_err(|told| told.to_string())?;
        if again.to_json().map_err(|told| told.to_string())? != wanted {
            return Err(format!("other bytes on {threads} threads"));
        }
    }
    Ok(())
}

/// Training rows that can be changed.
struct Rows {
    matrix: Matrix,
    outcome: Vec<f64>,
    exposure: Vec<f64>,
    weight: Vec<f64>,
    group: Vec<u32>,
}

impl Rows {
    fn of(data: &TrainingData<'_>) -> Self {
        Self {
            matrix: data.matrix().clone(),
            outcome: data.outcome().to_vec(),
            exposure: data.exposure().to_vec(),
            weight: data.weight().to_vec(),
            group: data.group().to_vec(),
        }
    }

    fn select(&self, rows: &[usize]) -> Self {
        let pick = |values: &[f64]| rows.iter().map(|&i| values[i]).collect();
        Self {
            matrix: self.matrix.select(rows),
            outcome: pick(&self.outcome),
            exposure: pick(&self.exposure),
            weight: pick(&self.weight),
            group: rows.iter().map(|&i| self.group[i]).collect(),
        }
    }

    fn reversed(&self) -> Self {
        self.select(&(0..self.outcome.len()).rev().collect::<Vec<_>>())
    }

    fn with_constant_column(&self) -> Self {
        let mut schema = self.matrix.schema().clone();
        let mut columns: Vec<Vec<f32>> =
            (0..schema.features.len()).map(|j| self.matrix.column(j).to_vec()).collect();
        let Some(first) = schema.features.first().cloned() else { return self.select(&[]) };
        schema.features.push(Feature {
            name: "a constant".to_owned(),
            kind: FeatureKind::Continuous,
            ..first
        });
        columns.push(vec![3.5; self.outcome.len()]);
        let matrix = Matrix::new(schema, columns, self.outcome.len());
        Self {
            matrix: matrix.unwrap_or_default(),
            ..self.select(&(0..self.outcome.len()).collect::<Vec<_>>())
        }
    }

    fn fit(&self, learner: &dyn Learner) -> Result<AdditiveModel, FitError> {
        let data = TrainingData::new(&self.matrix, &self.outcome, &self.exposure, &self.weight, &self.group)?;
        learner.fit(&data, &Silent)
    }

    fn same_model(&self, learner: &dyn Learner, wanted: &AdditiveModel) -> Result<(), String> {
        let found = self.fit(learner).map_err(|told| told.to_string())?;
        same_numbers(&found, wanted)
    }

    fn repeated_and_weighted(
        &self,
        twice: impl Fn(usize) -> bool,
        learner: &dyn Learner,
    ) -> Result<(), String> {
        let all = 0..self.outcome.len();
        let mut weighted = self.select(&all.clone().collect::<Vec<_>>());
        for (i, weight) in weighted.weight.iter_mut().enumerate() {
            *weight *= if twice(i) { 2.0 } else { 1.0 };
        }
        let repeated: Vec<usize> = all.clone().chain(all.filter(|&i| twice(i))).collect();
        let wanted = self.select(&repeated).fit(learner).map_err(|told| told.to_string())?;
        weighted.same_model(learner, &wanted)
    }
}

fn same_numbers(found: &AdditiveModel, wanted: &AdditiveModel) -> Result<(), String> {
    let names = |m: &AdditiveModel| m.terms.iter().map(|t| t.name.clone()).collect::<Vec<_>>();
    if names(found) != names(wanted) {
        return Err(format!("terms {:?} instead of {:?}", names(found), names(wanted)));
    }
    let pairs = numbers(found).into_iter().zip(numbers(wanted));
    for (place, (a, b)) in pairs.enumerate() {
        if (a - b).abs() > SAME * (1.0 + a.abs().max(b.abs())) {
            return Err(format!("number {place} of the model is {a} instead of {b}"));
        }
    }
    Ok(())
}

/// All numbers of a model in a fixed order.
fn numbers(model: &AdditiveModel) -> Vec<f64> {
    let mut all = vec![model.intercept, model.finds];
    for term in &model.terms {
        match &term.shape {
            Shape::Linear { coefficient, center, missing, .. } => all.extend([coefficient, center, missing]),
            Shape::Equals { coefficient, .. } | Shape::Missing { coefficient } => all.push(*coefficient),
            Shape::Steps { edges, .. } => {
                all.extend(edges.iter().map(|e| f64::from(*e)));
                all.extend(term.shape.parameters());
            }
            Shape::Grid { bins, other_bins, .. } => {
                all.extend([bins, other_bins].into_iter().flat_map(edges));
                all.extend(term.shape.parameters());
            }
            Shape::Rule { coefficient, conditions } => {
                let bounds = conditions.iter().flat_map(|c| [c.from, c.below]).flatten();
                all.extend(bounds.map(f64::from));
                all.push(*coefficient);
            }
            Shape::Categories { .. } => all.extend(term.shape.parameters()),
        }
    }
    for bag in model.spread.iter().flat_map(|spread| &spread.bags) {
        all.push(bag.intercept);
        all.extend(bag.parameters.iter().flatten());
    }
    all.extend(model.covariance.iter().flatten());
    all
}

fn edges(bins: &Bins) -> Vec<f64> {
    match bins {
        Bins::Edges(edges) => edges.iter().map(|e| f64::from(*e)).collect(),
        Bins::Categories(_) => Vec::new(),
    }
}

fn missing_is_scored(model: &AdditiveModel) -> Result<(), String> {
    let told = model.explain(&vec![f32::NAN; model.schema.features.len()]);
    if told.expected.is_finite() && told.expected >= 0.0 {
        Ok(())
    } else {
        Err(format!("a row without any value is scored {}", told.expected))
    }
}

fn adds_up(model: &AdditiveModel, matrix: &Matrix) -> Result<(), String> {
    let (expected, parts) = (model.predict(matrix), model.contributions(matrix));
    for (i, expected) in expected.iter().enumerate() {
        let sum = parts.iter().fold(0.0, |sum, column| sum + column[i]) + model.intercept;
        if model.expected(sum).to_bits() != expected.to_bits() {
            return Err(format!("row {i} is scored {expected}, but its contributions say otherwise"));
        }
    }
    Ok(())
}

fn json_round_trip(model: &AdditiveModel) -> Result<(), String> {
    let text = model.to_json().map_err(|told| told.to_string())?;
    let back = AdditiveModel::from_json(&text).map_err(|told| told.to_string())?;
    let bits = |m: &AdditiveModel| numbers(m).into_iter().map(f64::to_bits).collect::<Vec<_>>();
    if back == *model && bits(&back) == bits(model) {
        Ok(())
    } else {
        Err("another model comes back".to_owned())
    }
}

fn onnx_agrees(model: &AdditiveModel, matrix: &Matrix) -> Result<(), String> {
    let runner = Runner::new(&onnx::write(model), &Backend::Tract).map_err(|told| told.to_string())?;
    let most = onnx::parity(model, &runner, matrix).map_err(|told| told.to_string())?;
    if most.within(onnx::TOLERANCE) { Ok(()) } else { Err(format!("{most:?}")) }
}
