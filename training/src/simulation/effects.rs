//! Do the fitted effects have the sign and the order of the true ones?

use std::collections::BTreeMap;

use features::city::{TrueEffect, true_effects};
use models::{AdditiveModel, FeatureKind, Matrix};

/// Rows over which the effect of a value is averaged.
const ROWS: usize = 200;
/// Smaller true effects, and differences between them, are not held against fitted ones.
const CLEAR: f64 = 0.1;
/// A smaller fitted difference is none.
const NONE: f64 = 1e-9;

/// Fitted effects over all cities.
#[derive(Debug, Default)]
pub(super) struct Effects {
    /// Per column and value: the true effect, and the sum of the fitted ones, both counted from the mean over the
    /// values of the column.
    pub(super) values: BTreeMap<(String, String), (f64, f64)>,
    /// Cities.
    pub(super) cities: u32,
    /// Per column, over all cities: values with a clear true effect, and whether the fitted one has the same sign.
    pub(super) signs: BTreeMap<String, Agreement>,
    /// Per column, over all cities: pairs of values with clearly different true effects, and whether the fitted ones
    /// have the same order.
    pub(super) order: BTreeMap<String, Agreement>,
}

/// How many fitted effects, or differences between them, point the way of the true ones.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Agreement {
    pub(super) right: u32,
    /// The model makes no difference.
    pub(super) absent: u32,
    pub(super) wrong: u32,
}

impl Effects {
    /// Adds one city. The effect of a value is what the sum becomes, on average over rows, when the column has that
    /// value: it means the same for every kind of term.
    pub(super) fn add(&mut self, model: &AdditiveModel, matrix: &Matrix) {
        self.cities += 1;
        let mut columns = BTreeMap::<&str, Vec<(TrueEffect, f64)>>::new();
        for effect in true_effects() {
            if let Some(fitted) = fitted(model, matrix, &effect) {
                columns.entry(effect.column).or_default().push((effect, fitted));
            }
        }
        for (column, effects) in columns {
            let n = effects.len() as f64;
            let true_mean = effects.iter().map(|(e, _)| e.effect).sum::<f64>() / n;
            let mean = effects.iter().map(|(_, fitted)| fitted).sum::<f64>() / n;
            for (effect, fitted) in &effects {
                let key = (column.to_owned(), effect.value.clone());
                let own = self.values.entry(key).or_insert((effect.effect - true_mean, 0.0));
                own.1 += fitted - mean;
                self.signs
                    .entry(column.to_owned())
                    .or_default()
                    .add(effect.effect - true_mean, fitted - mean);
            }
            let order = self.order.entry(column.to_owned()).or_default();
            for (i, (first, a)) in effects.iter().enumerate() {
                for (second, b) in &effects[i + 1..] {
                    order.add(first.effect - second.effect, a - b);
                }
            }
        }
    }
}

impl Agreement {
    /// What is compared, in all.
    pub(super) fn all(self) -> u32 {
        self.right + self.absent + self.wrong
    }

    fn add(&mut self, truth: f64, fitted: f64) {
        if truth.abs() < CLEAR {
            return;
        }
        if fitted.abs() < NONE {
            self.absent += 1;
        } else if (fitted > 0.0) == (truth > 0.0) {
            self.right += 1;
        } else {
            self.wrong += 1;
        }
    }
}

fn fitted(model: &AdditiveModel, matrix: &Matrix, effect: &TrueEffect) -> Option<f64> {
    let column = matrix.schema().features.iter().position(|f| f.name == effect.column)?;
    let value = match &matrix.schema().features[column].kind {
        FeatureKind::Nominal { categories } => categories.iter().position(|c| *c == effect.value)? as f32,
        _ => effect.value.parse().ok()?,
    };
    let step = matrix.rows().div_ceil(ROWS).max(1);
    let rows: Vec<usize> = (0..matrix.rows()).step_by(step).collect();
    let sum = |&row: &usize| {
        let mut row = matrix.row(row);
        row[column] = value;
        model.explain(&row).sum
    };
    Some(rows.iter().map(sum).sum::<f64>() / rows.len().max(1) as f64)
}
