//! The self-test of a model: made-up rows with the outputs that they must give.

use super::SelfTest;
use crate::additive::{AdditiveModel, Bins, RATE_OFFSET, Shape, Transform};
use crate::onnx::{OnnxError, Runner, TOLERANCE, difference};
use crate::schema::FeatureKind;

/// Most rows of a self-test.
const MOST_ROWS: usize = 400;
/// Rows with a mixture of values.
const MIXED_ROWS: usize = 32;
/// Largest contribution or score that a row may have: within 32 bits, with room.
const LARGEST: f64 = 1e30;

impl SelfTest {
    /// Makes up rows that visit every column, category and bin, missing values and mixtures, and computes what
    /// they must give. Nothing in them comes from data.
    #[must_use]
    pub fn make(model: &AdditiveModel) -> Self {
        let ladders: Vec<Vec<f32>> = (0..model.schema.features.len()).map(|j| ladder(model, j)).collect();
        let usual: Vec<f32> = ladders.iter().map(|values| values[0]).collect();
        let mut rows = vec![usual.clone(), vec![f32::NAN; usual.len()], vec![0.0; usual.len()]];
        let mut pick = 0_usize;
        for _ in 0..MIXED_ROWS {
            let row = ladders.iter().enumerate().map(|(j, values)| {
                // Any irregular walk will do; 7919 and 31 share no factor with the usual ladder lengths.
                pick = pick.wrapping_mul(31).wrapping_add(7919 + j);
                if pick.is_multiple_of(8) { f32::NAN } else { values[pick % values.len()] }
            });
            rows.push(row.collect());
        }
        for (j, values) in ladders.iter().enumerate() {
            for &value in values[1..].iter().chain(&[f32::NAN]) {
                let mut row = usual.clone();
                row[j] = value;
                rows.push(row);
            }
        }
        rows.truncate(MOST_ROWS);
        Self::expecting(model, rows)
    }

    fn expecting(model: &AdditiveModel, rows: Vec<Vec<f32>>) -> Self {
        let mut test = Self { rows: Vec::new(), scores: Vec::new(), contributions: Vec::new() };
        for row in rows {
            let told = model.explain(&row);
            let tame = |v: &f64| v.abs() < LARGEST;
            if !(tame(&told.expected) && told.contributions.iter().all(tame)) {
                continue;
            }
            test.rows.push(row.into_iter().map(|x| (!x.is_nan()).then_some(x)).collect());
            test.scores.push(told.expected);
            test.contributions.push(told.contributions);
        }
        test
    }

    /// Runs the rows through a loaded ONNX model. Gives the largest difference, relative to `max(1, |value|)`.
    ///
    /// # Errors
    /// When the backend fails, and when any output differs by more than [`TOLERANCE`].
    pub fn replay(&self, runner: &Runner) -> Result<f64, OnnxError> {
        let values: Vec<f32> = self.rows.iter().flatten().map(|x| x.unwrap_or(f32::NAN)).collect();
        let (scores, parts) = runner.run(&values, self.rows.len())?;
        let mut most: f64 = 0.0;
        let mut compare = |what: &dyn Fn() -> String, row: usize, found: f32, wanted: f64| {
            let far = difference(found, wanted);
            most = most.max(far);
            if far <= TOLERANCE {
                return Ok(());
            }
            Err(OnnxError::Differs { what: what(), row, found: f64::from(found), wanted })
        };
        for (row, (wanted, found)) in self.scores.iter().zip(&scores).enumerate() {
            compare(&|| "score".to_owned(), row, *found, *wanted)?;
            let terms = &parts[row * runner.terms()..(row + 1) * runner.terms()];
            for (term, (wanted, found)) in self.contributions[row].iter().zip(terms).enumerate() {
                compare(&|| format!("contribution {term}"), row, *found, *wanted)?;
            }
        }
        Ok(most)
    }

    /// Whether the shapes fit the model and its own scoring gives the outputs; what is wrong otherwise.
    pub(crate) fn check(&self, model: &AdditiveModel) -> Result<(), String> {
        let n = self.rows.len();
        if n == 0 || self.scores.len() != n || self.contributions.len() != n {
            let (scores, parts) = (self.scores.len(), self.contributions.len());
            return Err(format!("{n} rows, {scores} scores and {parts} rows of contributions"));
        }
        for (i, row) in self.rows.iter().enumerate() {
            if row.len() != model.schema.features.len() || self.contributions[i].len() != model.terms.len() {
                return Err(format!(
                    "row {i} has another number of features or contributions than the model"
                ));
            }
            let values: Vec<f32> = row.iter().map(|x| x.unwrap_or(f32::NAN)).collect();
            let told = model.explain(&values);
            let wanted = std::iter::once(&self.scores[i]).chain(&self.contributions[i]);
            let found = std::iter::once(&told.expected).chain(&told.contributions);
            if let Some((w, f)) = wanted.zip(found).find(|(w, f)| (*w - *f).abs() > 1e-9 * w.abs().max(1.0)) {
                return Err(format!("row {i} must give {w}, but gives {f}"));
            }
        }
        Ok(())
    }
}

/// Each edge, and the value just below it.
fn around(edges: &[f32]) -> impl Iterator<Item = f32> + '_ {
    edges.iter().flat_map(|&edge| [edge, edge.next_down()])
}

/// Values to try of a column, the usual one first.
fn ladder(model: &AdditiveModel, column: usize) -> Vec<f32> {
    let mut values = match &model.schema.features[column].kind {
        FeatureKind::Continuous => vec![1.0, 0.0, -1.0, 10.0, 1000.0],
        FeatureKind::Count => vec![1.0, 0.0, 2.0, 5.0, 40.0],
        FeatureKind::Rate => vec![0.01, 0.0, 0.001, 1.0, 20.0],
        FeatureKind::Flag => vec![0.0, 1.0],
        FeatureKind::Nominal { categories } => (0..categories.len().max(1)).map(|k| k as f32).collect(),
    };
    for term in model.terms.iter().filter(|t| t.feature == column || t.shape.others().any(|o| o == column)) {
        match &term.shape {
            Shape::Linear { center, transform, .. } => {
                let at = match transform {
                    Transform::Identity => *center,
                    Transform::Log1p => center.exp_m1(),
                    Transform::LogRate => center.exp() - RATE_OFFSET,
                } as f32;
                values.splice(0..0, [at]);
                values.extend([0.5 * at, 2.0 * at]);
            }
            Shape::Equals { value, .. } => values.push(*value),
            Shape::Missing { .. } => {}
            Shape::Steps { edges, .. } => values.extend(around(edges)),
            Shape::Categories { scores, .. } => values.extend((0..scores.len()).map(|k| k as f32)),
            Shape::Grid { bins, other, other_bins, .. } => {
                let own = [(term.feature, bins), (*other, other_bins)];
                for (_, bins) in own.into_iter().filter(|(feature, _)| *feature == column) {
                    match bins {
                        Bins::Edges(edges) => values.extend(around(edges)),
                        Bins::Categories(categories) => values.extend((0..*categories).map(|k| k as f32)),
                    }
                }
            }
            Shape::Rule { conditions, .. } => {
                let own = conditions.iter().filter(|c| c.feature == column);
                let bounds: Vec<f32> = own.flat_map(|c| [c.from, c.below]).flatten().collect();
                values.extend(around(&bounds));
            }
        }
    }
    values.retain(|x| x.is_finite());
    values
}
