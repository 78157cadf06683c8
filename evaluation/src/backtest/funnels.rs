//! The funnel of a backtest, per audit attribute: from all rows to the list, to a visit, to a find.
//!
//! The steps are those of [`funnel()`]; the intervals here come from drawing whole areas, since rows of one area are alike.

use models::Text;
use serde::{Deserialize, Serialize};

use crate::backtest::prepared::Prepared;
use crate::backtest::sums::{ByCluster, Columns, Sums, columns, gather, weighted};
use crate::estimate::{Estimate, whole};
use crate::fairness::attribute::GroupAttribute;
use crate::fairness::groups::FEWEST_KNOWN;
use crate::fairness::{FunnelStep, Stage, funnel};
use crate::interval::bootstrap::{self, Draws};
use crate::interval::{Cell, GroupRates};

/// The funnel of one candidate's list over the groups of one attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupFunnel {
    /// Name of the attribute.
    pub attribute: String,
    /// What readers see.
    pub label: Text,
    /// Name of the candidate.
    pub candidate: String,
    /// Groups in the order of the counts.
    pub groups: Vec<Text>,
    /// Number of the group that the others stand beside: the one with most rows.
    pub reference: usize,
    /// How many of each group get to each stage. Rows count for their chance to be on the list.
    pub stages: Vec<Stage>,
    /// What each step adds.
    pub steps: Vec<FunnelStep>,
}

/// Rows, listed, listed and known, listed hits.
type Counts = [f64; 4];

/// The funnel; absent when fewer than two groups have rows. `listed` is the chance of each row to be on the list.
pub(crate) fn of_list(
    prepared: &Prepared<'_>,
    attribute: &GroupAttribute,
    candidate: &str,
    listed: &[f64],
    draws: &Draws,
) -> Option<GroupFunnel> {
    let groups: Vec<(Text, Columns<4>)> = (0u32..)
        .zip(&attribute.groups)
        .map(|(group, name)| (name.clone(), counts_of(prepared, attribute, group, listed)))
        .filter(|(_, counts)| !counts.is_empty())
        .collect();
    let totals: Vec<Counts> = groups.iter().map(|(_, c)| sum(c)).collect();
    let reference = (0..totals.len()).reduce(|a, b| if totals[b][0] > totals[a][0] { b } else { a })?;
    let shown = stages(&totals);
    let stages: Vec<Stage> = shown.iter().map(|(_, stage)| stage.clone()).collect();
    let mut steps = funnel(&stages, reference, 0.0).ok().filter(|_| groups.len() > 1)?;
    for (step, pair) in steps.iter_mut().zip(shown.windows(2)) {
        let route = Draw::new(&groups, (shown[0].0, pair[1].0), draws);
        let own = Draw::new(&groups, (pair[0].0, pair[1].0), draws);
        for figures in &mut step.groups {
            let group = figures.group;
            // Few rows to go on: the step cannot be told.
            let few = totals[group][pair[0].0] < FEWEST_KNOWN || totals[reference][pair[0].0] < FEWEST_KNOWN;
            let told = |estimate: Estimate| if few { Estimate::too_few(estimate.n) } else { estimate };
            figures.rate = told(own.rates.estimate(group));
            figures.step_ratio = told(own.ratio(group, reference, prepared.clusters));
            figures.route_ratio = told(route.ratio(group, reference, prepared.clusters));
            figures.over = group != reference && figures.step_ratio.low.is_some_and(|low| low > 1.0);
        }
    }
    let (label, names) = (attribute.label.clone(), groups.into_iter().map(|g| g.0).collect());
    let (attribute, candidate) = (attribute.name.clone(), candidate.to_owned());
    Some(GroupFunnel { attribute, label, candidate, groups: names, reference, stages, steps })
}

fn counts_of(prepared: &Prepared<'_>, attribute: &GroupAttribute, group: u32, listed: &[f64]) -> Columns<4> {
    let rows: Vec<u32> =
        (0u32..).zip(&attribute.of_row).filter(|(_, g)| **g == Some(group)).map(|(row, _)| row).collect();
    let sums: ByCluster =
        gather(prepared, &rows, |row| Sums::of_row(prepared, row, listed[row as usize], 0.0));
    columns(&sums, |s| {
        // Each a part of the one before, also in the last digits.
        let listed = s.listed_rows.min(s.rows);
        let known = s.listed_known.min(listed);
        [s.rows, listed, known, s.listed_hits.min(known)]
    })
}

fn sum(columns: &Columns<4>) -> Counts {
    columns.iter().fold([0.0; 4], |sum, (_, c)| std::array::from_fn(|k| sum[k] + c[k]))
}

/// The stages with their place in [`Counts`]; that of the visits only where not everything on the list was looked at.
fn stages(totals: &[Counts]) -> Vec<(usize, Stage)> {
    let all_known = totals.iter().all(|t| (t[1] - t[2]).abs() < 1e-9);
    let names = [
        ("alle rijen", "all rows"),
        ("op de lijst", "on the list"),
        ("op de lijst en bezocht", "on the list and visited"),
        ("op de lijst en raak", "on the list, something found"),
    ];
    let stage = |(place, (nl, en)): (usize, &(&str, &str))| {
        let counts = totals.iter().map(|t| t[place]).collect();
        let name = Text { nl: (*nl).to_owned(), en: (*en).to_owned() };
        (place, Stage { name, counts, is_outcome: place == 3 })
    };
    names.iter().enumerate().map(stage).filter(|(place, _)| *place != 2 || !all_known).collect()
}

/// One step for all groups: rates with their intervals, and their values on every draw of areas.
struct Draw {
    rates: GroupRates,
    drawn: Vec<Vec<f64>>,
}

impl Draw {
    fn new(groups: &[(Text, Columns<4>)], (from, to): (usize, usize), draws: &Draws) -> Self {
        let cell = |group, (cluster, c): &(u32, Counts)| Cell {
            group,
            cluster: *cluster,
            above: c[to],
            below: c[from],
        };
        let cells: Vec<Cell> = (0u32..)
            .zip(groups)
            .flat_map(|(group, (_, columns))| columns.iter().map(move |c| cell(group, c)))
            .collect();
        let drawn =
            groups.iter().map(|(_, c)| draws.map(|times| weighted(c, times).map(|c| c[to] / c[from])));
        Self { rates: GroupRates::new(&cells, groups.len()), drawn: drawn.collect() }
    }

    fn ratio(&self, group: usize, reference: usize, clusters: usize) -> Estimate {
        let n = whole(self.rates.below[group] + self.rates.below[reference]);
        let value = self.rates.rate(group).zip(self.rates.rate(reference)).map(|(a, b)| a / b);
        let draws: Vec<f64> =
            self.drawn[group].iter().zip(&self.drawn[reference]).map(|(a, b)| a / b).collect();
        bootstrap::estimate(value.filter(|v| v.is_finite()), &draws, clusters, n)
    }
}
