//! The audit of a ready-made list: groups, who is on the list, and what is known of the outcomes. No model is needed.
//!
//! Scores become a list by their own rule first; see [`crate::metrics::capacity`] for ties at its end.

use models::{Outcome, Text};
use serde::{Deserialize, Serialize};

use crate::backtest::input::{EvaluationError, same_length};
use crate::estimate::Estimate;
use crate::fairness::confusion::{Confusion, GroupMetric, Reading, confusions};
use crate::fairness::gaps::{RateBounds, bounds, could_flip, count_band};
use crate::fairness::groups::FEWEST_KNOWN;
use crate::interval::{Cell, GroupRates, gap};

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
}

/// One group of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditedGroup {
    /// Name.
    pub name: Text,
    /// Rows, in bands where they are too few to show.
    pub rows: String,
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
    /// Gaps, for every rate that two groups have.
    pub gaps: Vec<AuditedGap>,
    /// Groups with fewer than 10 known outcomes: shown without figures, but part of every gap.
    pub too_few: u64,
    /// Rows without a group.
    pub without_group: u64,
    /// What a reader must know before using the figures.
    pub warnings: Vec<Text>,
}

/// Audits a list; gaps come from `draws` simulations with this seed.
///
/// # Errors
/// When slices differ in length, a chance to be listed is outside 0 to 1, or a group number is outside `names`.
pub fn audit(
    rows: &ListRows<'_>,
    names: &[Text],
    seed: u64,
    draws: usize,
) -> Result<ListAudit, EvaluationError> {
    check(rows, names.len())?;
    let counts = confusions(rows.outcome, rows.listed, rows.group, names.len(), None);
    let rates = |metric: GroupMetric, reading: Reading| group_rates(rows, names.len(), metric, reading);
    let mut groups: Vec<AuditedGroup> = names
        .iter()
        .zip(&counts)
        .map(|(name, c)| {
            let n = crate::estimate::whole(c.rows());
            AuditedGroup {
                name: name.clone(),
                rows: if c.rows() < FEWEST_KNOWN { count_band(n).to_owned() } else { n.to_string() },
                rates: Vec::new(),
                bounds: if c.known() < FEWEST_KNOWN { Vec::new() } else { bounds(c) },
            }
        })
        .collect();
    let mut gaps = Vec::new();
    for metric in GroupMetric::ALL {
        let by_reading = Reading::ALL.map(|r| rates(metric, r));
        for (number, group) in groups.iter_mut().enumerate() {
            group.rates.push(audited_rate(metric, &by_reading, &counts[number], number));
        }
        if let Some(gap) = gap(&by_reading[0], seed, draws) {
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
    Ok(ListAudit {
        too_few: counts.iter().filter(|c| c.known() < FEWEST_KNOWN).count() as u64,
        without_group: rows.group.iter().filter(|g| g.is_none()).count() as u64,
        warnings: warnings(&counts),
        groups,
        gaps,
    })
}

fn check(rows: &ListRows<'_>, groups: usize) -> Result<(), EvaluationError> {
    let n = rows.outcome.len();
    same_length("listed", rows.listed.len(), n)?;
    same_length("group", rows.group.len(), n)?;
    if let Some(cluster) = rows.cluster {
        same_length("cluster", cluster.len(), n)?;
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

pub(crate) fn group_rates(
    rows: &ListRows<'_>,
    groups: usize,
    metric: GroupMetric,
    reading: Reading,
) -> GroupRates {
    let cell = |row: u32| {
        let i = row as usize;
        let mut one = Confusion::default();
        one.add(rows.outcome[i], rows.listed[i], 1.0);
        let (above, below) = metric.parts(&one.read(reading));
        Some(Cell { group: rows.group[i]?, cluster: rows.cluster.map_or(row, |c| c[i]), above, below })
    };
    let cells: Vec<Cell> = (0u32..).take(rows.outcome.len()).filter_map(cell).collect();
    GroupRates::new(&cells, groups)
}

fn audited_rate(
    metric: GroupMetric,
    by_reading: &[GroupRates; 3],
    counts: &Confusion,
    group: usize,
) -> AuditedRate {
    let outcomes = metric != GroupMetric::SelectionRate;
    let few = if outcomes { counts.known() } else { counts.rows() } < FEWEST_KNOWN;
    let figure = |reading: usize| {
        if few {
            Estimate::too_few(crate::estimate::whole(counts.known()))
        } else {
            by_reading[reading].estimate(group)
        }
    };
    AuditedRate { metric, labelled: figure(0), if_unknown_empty: figure(1), if_unknown_found: figure(2) }
}

fn warnings(counts: &[Confusion]) -> Vec<Text> {
    let whole = counts.iter().fold(Confusion::default(), |sum, c| sum.plus(c));
    let known_off_list = whole.false_negative + whole.true_negative;
    let mut warnings = Vec::new();
    if whole.unlisted_unknown > known_off_list {
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
        let rows = ListRows { outcome: &outcome, listed: &listed, group: &group, cluster: None };
        let audit = audit(&rows, &[name("a"), name("b"), name("c")], 1, 499).unwrap();
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
    }

    #[test]
    fn impossible_rows_are_refused_with_their_number() {
        let rows = ListRows { outcome: &[Outcome::Unknown], listed: &[1.5], group: &[None], cluster: None };
        assert!(matches!(audit(&rows, &[], 1, 99), Err(EvaluationError::Value { row: 0, .. })));
        let rows = ListRows { listed: &[1.0], group: &[Some(3)], ..rows };
        assert!(matches!(audit(&rows, &[name("a")], 1, 99), Err(EvaluationError::Group { group: 3, .. })));
        let rows = ListRows { listed: &[], ..rows };
        assert!(matches!(audit(&rows, &[name("a")], 1, 99), Err(EvaluationError::Length { .. })));
    }
}
