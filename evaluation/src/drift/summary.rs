//! A column at one date in counts per class: what a bundle keeps, so that new data can be held against the very rows that
//! the model was published on.

use serde::{Deserialize, Serialize};

use super::bins::Bins;

/// Rows per class of a column over the whole town; says nothing of any row or area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Name of the column.
    pub name: String,
    /// Lower edges of all classes but the first; absent for categories.
    pub edges: Option<Vec<f32>>,
    /// Rows per class, those with a missing value last.
    pub counts: Vec<u64>,
}

/// The same column at the same date, computed from newer data: any difference means that the past reads otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revision {
    /// Name of the column.
    pub name: String,
    /// Stability index between then and now, half a row added to each class.
    pub psi: f64,
    /// Share of missing values in the bundle's data and in the new data.
    pub missing: (f64, f64),
}

impl Summary {
    /// Counts these values.
    #[must_use]
    pub fn of(name: &str, values: &[f32], categories: bool) -> Self {
        let bins = Bins::of(values, &[], categories);
        let counts = count(&bins, values);
        let edges = match bins {
            Bins::Edges(edges) => Some(edges),
            Bins::Categories(_) => None,
        };
        Self { name: name.to_owned(), edges, counts }
    }

    /// What new data say of the same rows.
    #[must_use]
    pub fn revision(&self, values: &[f32]) -> Revision {
        let bins = match &self.edges {
            Some(edges) => Bins::Edges(edges.clone()),
            None => Bins::Categories(self.counts.len().saturating_sub(1)),
        };
        let now = count(&bins, values);
        let rows = |counts: &[u64]| counts.iter().sum::<u64>().max(1) as f64;
        let missing = |counts: &[u64]| counts.last().copied().unwrap_or(0) as f64 / rows(counts);
        let add = |counts: &[u64]| counts.iter().map(|&n| n as f64 + 0.5).collect::<Vec<f64>>();
        let psi = crate::metrics::psi(&add(&self.counts), &add(&now)).unwrap_or(0.0);
        Revision { name: self.name.clone(), psi, missing: (missing(&self.counts), missing(&now)) }
    }
}

fn count(bins: &Bins, values: &[f32]) -> Vec<u64> {
    let mut counts = vec![0; bins.count()];
    for value in values {
        counts[bins.class(*value)] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_values_are_no_revision_and_missing_ones_are() {
        let values: Vec<f32> = (0..200).map(|i| (i % 50) as f32).collect();
        let summary = Summary::of("x", &values, false);
        assert_eq!(summary.counts.iter().sum::<u64>(), 200);
        let same = summary.revision(&values);
        assert_eq!((same.psi, same.missing), (0.0, (0.0, 0.0)));
        let gone = summary.revision(&[f32::NAN; 200]);
        assert!(gone.psi > 1.0 && gone.missing == (0.0, 1.0), "{gone:?}");
    }
}
