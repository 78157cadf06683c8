//! The audit of a ready-made list: groups, who is on the list, and what is known of the outcomes. No model is needed.
//!
//! Scores become a list by their own rule first; see [`crate::metrics::capacity`] for ties at its end.

use models::{Outcome, Text};
use serde::{Deserialize, Serialize};

use crate::backtest::input::{EvaluationError, same_length};
use crate::estimate::Estimate;
use crate::fairness::confusion::{Confusion, GroupMetric, Reading, confusions};
use crate::fairness::funnel::{FunnelStep, Stage};
use crate::fairness::gaps::{RateBounds, bounds, could_flip, count_band};
use crate::fairness::groups::FEWEST_KNOWN;
use crate::fairness::stages;
use crate::interval::{Against, Cell, GroupRates, gap, permutation};

/// The rows of a list to audit. All slices have the same length.
#[derive(Clone, Copy, Debug)]
pub struct ListRows<'a> {
    /// What is known of each row.
    pub outcome: &'a [Outcome],
    /// Chance to be on the list, 0 to 1; below 1 for tied scores at its end.
    pub listed: &'a [f64],
    /// Group of each row, a number below the number of groups; `None` where it is missing.
    pub group: &'a [Option<u32>],
    /// Cluster of each row (area, street block); `None` where rows are independent.
    pub cluster: Option<&'a [u32]>,
    /// How many panden or people each row stands for, all alike: 1 or more; `None` for 1 each.
    pub weight: Option<&'a [f64]>,
}

/// How a list is audited.
#[derive(Clone, Copy, Debug)]
pub struct AuditPlan<'a> {
    /// Name of each group.
    pub names: &'a [Text],
    /// Group that the others are compared with; the largest when left out.
    pub reference: Option<usize>,
    /// Seed of simulations and relabellings.
    pub seed: u64,
    /// How many of each: 999 or more for a report.
    pub draws: usize,
}

/// One rate of a group in the three readings of unknown outcomes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditedRate {
    /// Which rate.
    pub metric: GroupMetric,
    /// Over the rows with a known outcome, or withheld as too few.
    pub labelled: Estimate,
    /// As if nothing would be found in the others.
    pub if_unknown_empty: Estimate,
    /// As if something would be found in each of the others.
    pub if_unknown_found: Estimate,
    /// The labelled rate minus that of the reference group; absent for that group, for all together, or where either is too small.
    pub difference: Option<Estimate>,
    /// The labelled rate over that of the reference group.
    pub ratio: Option<Estimate>,
    /// Chance that it lies this far from that of the reference group by luck alone, corrected for the number of groups; for
    /// the rates of [`TESTED`].
    pub p: Option<f64>,
}

/// The rates that are tested per group.
pub const TESTED: [GroupMetric; 4] = [
    GroupMetric::SelectionRate,
    GroupMetric::Precision,
    GroupMetric::TruePositiveRate,
    GroupMetric::FalsePositiveRate,
];

/// One group of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditedGroup {
    /// Name.
    pub name: Text,
    /// Rows, in bands where they are too few to show.
    pub rows: String,
    /// Rows with a known outcome, in bands where they are too few to show.
    pub known: String,
    /// The rates, in the order of [`GroupMetric::ALL`].
    pub rates: Vec<AuditedRate>,
    /// The ends of each rate, whatever the unknown rows hold; empty where all are known.
    pub bounds: Vec<RateBounds>,
}

/// The gap of one rate between the groups.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditedGap {
    /// Which rate.
    pub metric: GroupMetric,
    /// Largest minus smallest, over all groups, also those too small to show.
    pub gap: Estimate,
    /// Number of the group with the largest rate.
    pub highest: u32,
    /// Number of the group with the smallest rate.
    pub lowest: u32,
    /// Chance of such a gap when all groups are alike.
    pub p: f64,
    /// Whether unknown outcomes could turn their order around.
    pub could_flip: bool,
}

/// What the audit of a list finds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListAudit {
    /// The groups in the order given.
    pub groups: Vec<AuditedGroup>,
    /// All rows that have a group.
    pub whole: AuditedGroup,
    /// Number of the group that the others are compared with.
    pub reference: u32,
    /// Everyone, on the list, outcome known, found: how many of each group.
    pub stages: Vec<Stage>,
    /// The steps between them.
    pub steps: Vec<FunnelStep>,
    /// Gaps, for every rate that two groups have.
    pub gaps: Vec<AuditedGap>,
    /// Groups with fewer than 10 known outcomes: shown without figures, but part of every gap.
    pub too_few: u64,
    /// Rows without a group.
    pub without_group: u64,
    /// What a reader must know before using the figures.
    pub warnings: Vec<Text>,
}

/// Audits a list.
///
/// # Errors
/// When slices differ in length, a chance to be listed is outside 0 to 1, a weight is below 1, or a group number is outside
/// the names.
pub fn audit(rows: &ListRows<'_>, plan: AuditPlan<'_>) -> Result<ListAudit, EvaluationError> {
    let number = plan.names.len();
    check(rows, number)?;
    let counts = confusions(rows.outcome, rows.listed, rows.group, number, rows.weight);
    let reference = plan.reference.filter(|r| *r < number).unwrap_or_else(|| largest(&counts));
    let together = counts.iter().fold(Confusion::default(), |sum, c| sum.plus(c));
    let mut groups: Vec<AuditedGroup> =
        plan.names.iter().zip(&counts).map(|(name, c)| named(name.clone(), c)).collect();
    let mut whole = named(Text { nl: "alle rijen".to_owned(), en: "all rows".to_owned() }, &together);
    let mut gaps = Vec::new();
    for metric in GroupMetric::ALL {
        let cells = Reading::ALL.map(|reading| cells(rows, |c| metric.parts(&c.read(reading))));
        let by_reading = cells.each_ref().map(|c| GroupRates::new(c, number));
        let chances = if TESTED.contains(&metric) {
            permutation::of_cells(
                &cells[0],
                number,
                Against::Group(reference),
                rows.cluster.is_some(),
                plan.seed,
                plan.draws,
            )
        } else {
            vec![None; number]
        };
        for (at, group) in groups.iter_mut().enumerate() {
            let few = few(metric, &counts[at]);
            let compared = at != reference && !few && !self::few(metric, &counts[reference]);
            group.rates.push(AuditedRate {
                difference: compared.then(|| by_reading[0].difference(at, reference)),
                ratio: compared.then(|| by_reading[0].ratio(at, reference)),
                p: chances[at],
                ..rate(metric, &by_reading, at, few.then(|| counts[at].known()))
            });
        }
        let all = cells.map(|c| GroupRates::new(&as_one(c), 1));
        whole.rates.push(rate(metric, &all, 0, few(metric, &together).then(|| together.known())));
        if let Some(gap) = gap(&by_reading[0], plan.seed, plan.draws) {
            gaps.push(AuditedGap {
                metric,
                could_flip: could_flip(metric, &counts[gap.highest], &counts[gap.lowest]),
                highest: u32::try_from(gap.highest).unwrap_or(u32::MAX),
                lowest: u32::try_from(gap.lowest).unwrap_or(u32::MAX),
                p: gap.p,
                gap: gap.estimate,
            });
        }
    }
    let (stages, steps) = stages::of_rows(rows, &counts, reference, plan.seed, plan.draws);
    Ok(ListAudit {
        too_few: counts.iter().filter(|c| c.known() < FEWEST_KNOWN).count() as u64,
        without_group: rows.group.iter().filter(|g| g.is_none()).count() as u64,
        warnings: warnings(&counts),
        reference: u32::try_from(reference).unwrap_or(u32::MAX),
        groups,
        whole,
        stages,
        steps,
        gaps,
    })
}

fn largest(counts: &[Confusion]) -> usize {
    (0..counts.len())
        .max_by(|&a, &b| counts[a].rows().total_cmp(&counts[b].rows()).then(b.cmp(&a)))
        .unwrap_or(0)
}

fn named(name: Text, counts: &Confusion) -> AuditedGroup {
    let shown = |rows: f64| {
        let n = crate::estimate::whole(rows);
        if rows < FEWEST_KNOWN { count_band(n).to_owned() } else { n.to_string() }
    };
    AuditedGroup {
        name,
        rows: shown(counts.rows()),
        known: shown(counts.known()),
        rates: Vec::new(),
        bounds: if counts.known() < FEWEST_KNOWN { Vec::new() } else { bounds(counts) },
    }
}

/// Cells of all groups as cells of one.
fn as_one(mut cells: Vec<Cell>) -> Vec<Cell> {
    for cell in &mut cells {
        cell.group = 0;
    }
    cells
}

fn check(rows: &ListRows<'_>, groups: usize) -> Result<(), EvaluationError> {
    let n = rows.outcome.len();
    same_length("listed", rows.listed.len(), n)?;
    same_length("group", rows.group.len(), n)?;
    if let Some(cluster) = rows.cluster {
        same_length("cluster", cluster.len(), n)?;
    }
    if let Some(weight) = rows.weight {
        same_length("weight", weight.len(), n)?;
        if let Some(row) = weight.iter().position(|w| !(w.is_finite() && *w >= 1.0)) {
            let what = "the weight".to_owned();
            return Err(EvaluationError::Value { what, row, value: weight[row], allowed: "1 or more" });
        }
    }
    if let Some(row) = rows.listed.iter().position(|l| !(0.0..=1.0).contains(l)) {
        let what = "the chance to be listed".to_owned();
        return Err(EvaluationError::Value {
            what,
            row,
            value: rows.listed[row],
            allowed: "between 0 and 1",
        });
    }
    match rows.group.iter().position(|g| g.is_some_and(|g| g as usize >= groups)) {
        None => Ok(()),
        Some(row) => Err(EvaluationError::Group {
            attribute: "group".to_owned(),
            row,
            group: rows.group[row].unwrap_or_default(),
            groups,
        }),
    }
}

/// What each row adds above and below the line of a rate.
pub(crate) fn cells(rows: &ListRows<'_>, parts: impl Fn(&Confusion) -> (f64, f64)) -> Vec<Cell> {
    let cell = |row: u32| {
        let i = row as usize;
        let mut one = Confusion::default();
        one.add(rows.outcome[i], rows.listed[i], rows.weight.map_or(1.0, |w| w[i]));
        let (above, below) = parts(&one);
        Some(Cell { group: rows.group[i]?, cluster: rows.cluster.map_or(row, |c| c[i]), above, below })
    };
    (0u32..).take(rows.outcome.len()).filter_map(cell).collect()
}

/// Whether a group is too small to show this rate.
fn few(metric: GroupMetric, counts: &Confusion) -> bool {
    (if metric == GroupMetric::SelectionRate { counts.rows() } else { counts.known() }) < FEWEST_KNOWN
}

/// The rate in all readings; withheld where too few outcomes (`few` of them) are known.
fn rate(metric: GroupMetric, by_reading: &[GroupRates; 3], group: usize, few: Option<f64>) -> AuditedRate {
    let figure = |reading: usize| match few {
        Some(known) => Estimate::too_few(crate::estimate::whole(known)),
        None => by_reading[reading].estimate(group),
    };
    AuditedRate {
        metric,
        labelled: figure(0),
        if_unknown_empty: figure(1),
        if_unknown_found: figure(2),
        difference: None,
        ratio: None,
        p: None,
    }
}

/// Whether of most rows off the list nobody knows the outcome, so that hit rates are of the list alone.
pub(crate) fn known_on_list_only(counts: &[Confusion]) -> bool {
    let whole = counts.iter().fold(Confusion::default(), |sum, c| sum.plus(c));
    whole.unlisted_unknown > whole.false_negative + whole.true_negative
}

fn warnings(counts: &[Confusion]) -> Vec<Text> {
    let mut warnings = Vec::new();
    if known_on_list_only(counts) {
        warnings.push(Text {
            nl: "Van de meeste rijen buiten de lijst is de uitkomst onbekend. Het deel dat raak is onder wie geselecteerd werd, is \
                 niet het deel in de hele groep. Alleen een steekproef door loting zegt daar iets over."
                .to_owned(),
            en: "Of most rows off the list the outcome is unknown. The hit rate among those selected is not the rate in the \
                 whole group. Only a random sample can tell that."
                .to_owned(),
        });
    }
    if counts.iter().any(|c| c.known() < FEWEST_KNOWN) {
        warnings.push(Text {
            nl: "Een of meer groepen hebben minder dan 10 bekende uitkomsten. Zij staan zonder cijfers in de tabel, maar tellen mee in \
                 elk verschil."
                .to_owned(),
            en: "One or more groups have fewer than 10 known outcomes. They are shown without figures, but count in every gap."
                .to_owned(),
        });
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(n: &str) -> Text {
        Text { nl: n.to_owned(), en: n.to_owned() }
    }

    #[test]
    fn a_list_with_unknown_outcomes_is_audited_with_its_warnings() {
        // 300 rows; group 1 twice as often on the list; only listed rows are visited; group 2 has 4 rows.
        let group: Vec<Option<u32>> = (0..304).map(|i| Some(if i >= 300 { 2 } else { i % 2 })).collect();
        let listed: Vec<f64> = (0..304u32)
            .map(|i| f64::from(u8::from(if i % 2 == 1 { i / 2 % 3 != 0 } else { i / 2 % 3 == 0 })))
            .collect();
        let outcome: Vec<Outcome> = listed
            .iter()
            .enumerate()
            .map(|(i, &l)| match l > 0.0 {
                true if i % 5 == 0 => Outcome::Found(1),
                true => Outcome::NothingFound,
                false => Outcome::Unknown,
            })
            .collect();
        let rows =
            ListRows { outcome: &outcome, listed: &listed, group: &group, cluster: None, weight: None };
        let names = [name("a"), name("b"), name("c")];
        let audit = audit(&rows, AuditPlan { names: &names, reference: None, seed: 1, draws: 499 }).unwrap();
        assert_eq!((audit.too_few, audit.warnings.len()), (1, 2));
        assert_eq!(audit.groups[2].rows, "1-4");
        let gap = audit.gaps.iter().find(|g| g.metric == GroupMetric::SelectionRate).unwrap();
        assert!(gap.gap.low.unwrap() > 0.2 && !gap.could_flip, "{gap:?}");
        let recall = &audit.groups[0].rates[1];
        assert_eq!(recall.metric, GroupMetric::TruePositiveRate);
        // Everyone found was on the list, since nobody looked elsewhere; if all others held a find, recall is a fraction.
        assert_eq!(recall.labelled.value, Some(1.0));
        assert!(recall.if_unknown_found.value.unwrap() < 0.4);
        assert!(audit.groups[2].rates.iter().all(|r| r.labelled.value.is_none()));
        // Group 0 is the largest by being first; group 1 is on the list twice as often, which luck does not do.
        let selection =
            |g: usize| audit.groups[g].rates.iter().find(|r| r.metric == GroupMetric::SelectionRate).unwrap();
        assert_eq!((audit.reference, &selection(0).ratio), (0, &None));
        assert!((selection(1).ratio.as_ref().unwrap().value.unwrap() - 2.0).abs() < 1e-12);
        assert!(selection(1).p.unwrap() <= 0.002, "{:?}", selection(1).p);
        // The funnel says the same, and warns at the outcome.
        let step = &audit.steps[0].groups[1];
        assert!(step.over && step.step_ratio == *selection(1).ratio.as_ref().unwrap());
        assert_eq!(audit.stages[1].counts[1], 2.0 * audit.stages[1].counts[0]);
        assert!(audit.steps[2].warning.is_some() && audit.steps[0].warning.is_none());
    }

    #[test]
    fn a_row_of_fifty_panden_is_fifty_rows_that_are_alike() {
        let outcome = vec![Outcome::NothingFound; 40];
        let listed: Vec<f64> = (0..40).map(|i| f64::from(u8::from(i % 4 == 0))).collect();
        let group: Vec<Option<u32>> = (0..40).map(|i| Some(u32::from(i >= 20))).collect();
        let weight = vec![50.0; 40];
        let names = [name("a"), name("b")];
        let plan = AuditPlan { names: &names, reference: None, seed: 1, draws: 199 };
        let plain =
            ListRows { outcome: &outcome, listed: &listed, group: &group, cluster: None, weight: None };
        let one = audit(&plain, plan).unwrap().whole.rates[11].labelled.clone();
        let fifty = audit(&ListRows { weight: Some(&weight), ..plain }, plan).unwrap().whole.rates[11]
            .labelled
            .clone();
        assert_eq!((one.value, one.n, fifty.value, fifty.n), (Some(0.25), 40, Some(0.25), 2000));
        let width = |e: &Estimate| e.high.unwrap() - e.low.unwrap();
        assert!(width(&fifty) >= 0.95 * width(&one), "{one:?} {fifty:?}");
        let half = [0.5; 40];
        let refused = audit(&ListRows { weight: Some(&half), ..plain }, plan);
        assert!(matches!(refused, Err(EvaluationError::Value { row: 0, .. })));
    }

    #[test]
    fn impossible_rows_are_refused_with_their_number() {
        let rows = ListRows {
            outcome: &[Outcome::Unknown],
            listed: &[1.5],
            group: &[None],
            cluster: None,
            weight: None,
        };
        let names = [name("a")];
        let plan = AuditPlan { names: &names, reference: None, seed: 1, draws: 99 };
        assert!(matches!(audit(&rows, plan), Err(EvaluationError::Value { row: 0, .. })));
        let rows = ListRows { listed: &[1.0], group: &[Some(3)], ..rows };
        assert!(matches!(audit(&rows, plan), Err(EvaluationError::Group { group: 3, .. })));
        let rows = ListRows { listed: &[], ..rows };
        assert!(matches!(audit(&rows, plan), Err(EvaluationError::Length { .. })));
    }
}
