//! Sums per published area.

use rayon::prelude::*;

use super::effects::Effects;
use super::tree::Tree;
use super::{RollupError, Units};

/// Sums over the rows of each published area, rows of the areas below it included.
pub(crate) struct Totals {
    /// Number of rows.
    pub(crate) units: Vec<u32>,
    pub(crate) exposure: Vec<f64>,
    /// Expected finds: what the model expects times the factors of the area and of all that it lies in.
    pub(crate) expected: Vec<f64>,
    /// What the model expects.
    pub(crate) modelled: Vec<f64>,
    /// What the model expects of the rows that lie in no published area below it.
    pub(crate) own_modelled: Vec<f64>,
    /// Per term, then per area: the sum of contributions.
    pub(crate) contributions: Vec<Vec<f64>>,
    /// Per term: the mean contribution over all placed rows.
    pub(crate) mean: Vec<f64>,
    /// What the model expects of all placed rows together.
    pub(crate) all_modelled: f64,
    /// Intercept plus contributions of each row, on the model's own scale.
    pub(crate) sums: Vec<f64>,
}

impl Totals {
    pub(crate) fn of(units: &Units<'_>, tree: &Tree, effects: &Effects) -> Result<Self, RollupError> {
        let sums = units.model.sums(units.matrix);
        let expected: Vec<f64> = sums
            .iter()
            .zip(units.exposure)
            .map(|(sum, exposure)| units.model.expected(*sum) * exposure)
            .collect();
        if let Some(row) = expected.iter().position(|e| !e.is_finite()) {
            let model = units.model.name.clone();
            return Err(RollupError::Score { model, row, value: units.model.expected(sums[row]) });
        }
        let own = |values: &[f64]| -> Vec<f64> {
            tree.rows.iter().map(|rows| rows.iter().map(|&i| values[i]).sum()).collect()
        };
        let counts: Vec<f64> = tree.rows.iter().map(|rows| rows.len() as f64).collect();
        let placed: f64 = counts.iter().sum();
        let own_modelled = own(&expected);
        let modelled = up(tree, &own_modelled);
        let factors = effects.means(tree, &modelled);
        let own_expected: Vec<f64> =
            own_modelled.iter().zip(factors).map(|(modelled, factor)| modelled * factor).collect();
        let terms: Vec<(Vec<f64>, f64)> = units
            .model
            .terms
            .par_iter()
            .map(|term| {
                let contribution = |row: usize| term.contribution(|column| units.matrix.column(column)[row]);
                let own: Vec<f64> =
                    tree.rows.iter().map(|rows| rows.iter().map(|&i| contribution(i)).sum()).collect();
                let all: f64 = own.iter().sum();
                (up(tree, &own), all / placed.max(1.0))
            })
            .collect();
        let (contributions, mean) = terms.into_iter().unzip();
        Ok(Self {
            units: up(tree, &counts).into_iter().map(|n| n as u32).collect(),
            exposure: up(tree, &own(units.exposure)),
            all_modelled: own_modelled.iter().sum(),
            expected: up(tree, &own_expected),
            modelled,
            own_modelled,
            contributions,
            mean,
            sums,
        })
    }
}

/// Adds what each area has of its own to all areas that it lies in.
pub(crate) fn up(tree: &Tree, own: &[f64]) -> Vec<f64> {
    let mut total = vec![0.0; own.len()];
    for (k, value) in own.iter().enumerate() {
        for above in tree.upwards(k) {
            total[above] += value;
        }
    }
    total
}
