//! Figures of two releases beside each other.

use models::Text;
use serde::{Deserialize, Serialize};

use crate::backtest::{Measures, Metric};
use crate::estimate::Estimate;
use crate::fairness::{GroupFigures, GroupTable};
use crate::report::Report;

/// A figure in both releases, each with its interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FigureChange {
    /// Name of the metric.
    pub metric: String,
    /// In the old release.
    pub old: Estimate,
    /// In the new one.
    pub new: Estimate,
    /// Whether the intervals do not overlap. Without intervals nothing is apart.
    pub apart: bool,
}

/// The figures of one group in both releases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupChange {
    /// What readers see of the attribute.
    pub attribute: Text,
    /// Name of the group in the old release and in the new one; the borders of quantiles move.
    pub group: (Text, Text),
    /// Selection rate, precision, fruitless visits and found per expected.
    pub figures: Vec<FigureChange>,
}

impl FigureChange {
    fn new(metric: &str, old: &Estimate, new: &Estimate) -> Self {
        let ends = |estimate: &Estimate| estimate.low.zip(estimate.high);
        let apart = ends(old).zip(ends(new)).is_some_and(|(a, b)| a.1 < b.0 || b.1 < a.0);
        Self { metric: metric.to_owned(), old: old.clone(), new: new.clone(), apart }
    }
}

/// The metrics of the chosen models over all their test rows.
pub(super) fn metrics(old: &Report, new: &Report) -> Vec<FigureChange> {
    let of = |report: &Report| -> Option<Measures> {
        Some(report.evaluation.candidate(&report.model.name)?.pooled.clone())
    };
    let Some((then, now)) = of(old).zip(of(new)) else { return vec![] };
    let both = |metric: &Metric| {
        let (a, b) = then.get(*metric).zip(now.get(*metric))?;
        Some(FigureChange::new(metric.name(), &a.value, &b.value))
    };
    Metric::ALL.iter().filter_map(both).collect()
}

/// Groups of the attributes that both releases have, in the same number.
pub(super) fn groups(old: &Report, new: &Report) -> Vec<GroupChange> {
    let table = |report: &Report, attribute: &str| -> Option<GroupTable> {
        let tables = &report.evaluation.fairness;
        tables.iter().find(|t| t.attribute == attribute && t.candidate == report.model.name).cloned()
    };
    let mut changes = Vec::new();
    for of_old in old.evaluation.fairness.iter().filter(|t| t.candidate == old.model.name) {
        let Some(of_new) = table(new, &of_old.attribute) else { continue };
        if of_old.groups.len() == of_new.groups.len() {
            let pairs = of_old.groups.iter().zip(&of_new.groups);
            changes.extend(pairs.map(|(a, b)| group(&of_new.label, a, b)));
        }
    }
    changes
}

fn group(attribute: &Text, old: &GroupFigures, new: &GroupFigures) -> GroupChange {
    let figure =
        |metric: &str, of: fn(&GroupFigures) -> &Estimate| FigureChange::new(metric, of(old), of(new));
    GroupChange {
        attribute: attribute.clone(),
        group: (old.group.clone(), new.group.clone()),
        figures: vec![
            figure("selection_rate", |g| &g.selection_rate),
            figure("precision", |g| &g.precision),
            figure("fruitless_per_1000", |g| &g.fruitless_per_1000),
            figure("found_per_expected", |g| &g.found_per_expected),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_apart_only_when_their_intervals_are() {
        let of = |hits: f64| Estimate::proportion(hits, 200.0);
        assert!(FigureChange::new("x", &of(20.0), &of(80.0)).apart);
        assert!(!FigureChange::new("x", &of(20.0), &of(25.0)).apart);
        assert!(!FigureChange::new("x", &Estimate::count(1.0, 1), &Estimate::count(99.0, 99)).apart);
    }
}
