//! The table of a backtest: what the list does to groups of areas.
//!
//! Groups come from audit attributes of areas (shares of residents, income), which no model sees. A figure
//! speaks of areas with such a share, not of persons.

use models::Text;
use serde::{Deserialize, Serialize};

use crate::backtest::input::Candidate;
use crate::backtest::prepared::Prepared;
use crate::backtest::sums::{ByCluster, Sums, columns, gather, total, weighted};
use crate::estimate::{Estimate, whole};
use crate::fairness::attribute::GroupAttribute;
use crate::fairness::confusion::GroupMetric;
use crate::fairness::gaps::{self, GroupGap, RateBounds, Rates};
use crate::interval::bootstrap::{self, Draws};

/// Fewer rows with a known outcome than this, and a group's figures are withheld as too few.
pub const FEWEST_KNOWN: f64 = 10.0;

/// Figures of one audit attribute for one candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupTable {
    /// Name of the attribute.
    pub attribute: String,
    /// What readers see.
    pub label: Text,
    /// Name of the candidate whose list is measured.
    pub candidate: String,
    /// All rows together: what each group is compared with.
    pub whole: GroupFigures,
    /// The groups in order, then the rows whose attribute is missing, if any.
    pub groups: Vec<GroupFigures>,
    /// Largest minus smallest rate between the groups with an attribute, per metric.
    pub gaps: Vec<GroupGap>,
}

/// Figures of one group. Rows, not persons; "known" means visited with an outcome, or fully observed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupFigures {
    /// Name of the group.
    pub group: Text,
    /// Rows in the group.
    pub rows: u64,
    /// Panden (or exposure) in the group.
    pub units: Estimate,
    /// Rows with a known outcome.
    pub known: u64,
    /// True when fewer than 10 rows have a known outcome: figures that rest on them are withheld.
    pub too_few: bool,
    /// The same number in bands, for readers who may not see the number itself.
    pub known_band: String,
    /// Share of the known rows in which something was found.
    pub base_rate: Estimate,
    /// Share of the group's rows on the list.
    pub selection_rate: Estimate,
    /// Selection rate divided by that of all rows.
    pub selection_ratio: Estimate,
    /// Selection rate minus that of all rows.
    pub selection_difference: Estimate,
    /// Chance of a selection rate as far from that of the others when groups mean nothing, corrected for the number of
    /// groups (permutation of areas, Westfall and Young). Absent for the whole and for rows without a group.
    pub selection_p: Option<f64>,
    /// What precision, recall and false positive rate could still turn out to be, whatever the rows with an unknown
    /// outcome hold; empty where all outcomes are known.
    pub if_unknown: Vec<RateBounds>,
    /// Share of the listed known rows in which something was found.
    pub precision: Estimate,
    /// Share of the rows with a find that are on the list.
    pub recall: Estimate,
    /// Share of the known rows without a find that are on the list.
    pub false_positive_rate: Estimate,
    /// Listed known rows without a find, per 1,000 panden (or units of exposure) of the group.
    pub fruitless_per_1000: Estimate,
    /// Expected finds, over the rows of the reading.
    pub expected: Estimate,
    /// Finds over the same rows.
    pub found: Estimate,
    /// Finds divided by expected finds.
    pub found_per_expected: Estimate,
}

/// The table of one attribute for one candidate; `listed` is the chance of each row to be on its list.
pub(crate) fn table(
    prepared: &Prepared<'_>,
    attribute: &GroupAttribute,
    candidate: &Candidate<'_>,
    listed: &[f64],
    draws: &Draws,
) -> GroupTable {
    let of_row =
        |row: u32| Sums::of_row(prepared, row, listed[row as usize], candidate.expected[row as usize]);
    let all: Vec<u32> = (0u32..).take(listed.len()).collect();
    let everything = gather(prepared, &all, of_row);
    let sum = total(&everything);
    // The list itself stays as it is: what varies is which areas, listed or not, the test contains.
    let both = columns(&everything, |s| [s.listed_rows, s.rows]);
    let all_drawn = draws.map(|times| weighted(&both, times).map(|[listed, rows]| listed / rows));
    let missing = Text { nl: "onbekend".to_owned(), en: "unknown".to_owned() };
    let names = (0u32..).zip(&attribute.groups).map(|(g, name)| (Some(g), name)).chain([(None, &missing)]);
    let split: Vec<(Option<u32>, &Text, ByCluster)> = names
        .map(|(group, name)| {
            let rows: Vec<u32> =
                all.iter().copied().filter(|&row| attribute.of_row[row as usize] == group).collect();
            (group, name, gather(prepared, &rows, of_row))
        })
        .filter(|(group, _, sums)| group.is_some() || !sums.is_empty())
        .collect();
    let by_group: Vec<&ByCluster> = split.iter().map(|s| &s.2).collect();
    let rates = Rates::new(&by_group);
    let named = &by_group[..attribute.groups.len()];
    let apart = gaps::apart(named);
    let figures_of = |(number, (_, name, sums)): (usize, &(Option<u32>, &Text, ByCluster))| {
        let mut group = figures(prepared, (*name).clone(), sums, &rates, number, &sum, &all_drawn, draws);
        group.selection_p = apart.get(number).copied().flatten();
        group
    };
    let groups: Vec<GroupFigures> = split.iter().enumerate().map(figures_of).collect();
    let gaps = gaps::between(named, &groups);
    let whole_name = Text { nl: "alle rijen".to_owned(), en: "all rows".to_owned() };
    let whole_rates = Rates::new(&[&everything]);
    GroupTable {
        attribute: attribute.name.clone(),
        label: attribute.label.clone(),
        candidate: candidate.name.clone(),
        whole: figures(prepared, whole_name, &everything, &whole_rates, 0, &sum, &all_drawn, draws),
        groups,
        gaps,
    }
}

#[expect(clippy::too_many_arguments, reason = "one group against the whole, on the same draws")]
fn figures(
    prepared: &Prepared<'_>,
    group: Text,
    by_cluster: &ByCluster,
    rates: &Rates,
    number: usize,
    everything: &Sums,
    all_drawn: &[f64],
    draws: &Draws,
) -> GroupFigures {
    let sums = total(by_cluster);
    let known = whole(sums.known);
    let too_few = sums.known < FEWEST_KNOWN;
    let few_rows = sums.rows < FEWEST_KNOWN;
    let of_known = |estimate: Estimate| if too_few { Estimate::too_few(known) } else { estimate };
    let of_rows = |estimate: Estimate| if few_rows { Estimate::too_few(whole(sums.rows)) } else { estimate };
    let rate = |s: &Sums| s.listed_rows / s.rows;
    let mine = columns(by_cluster, |s| [s.listed_rows, s.rows]);
    let drawn = draws.map(|times| weighted(&mine, times).map(|[listed, rows]| listed / rows));
    let pairs = drawn.iter().zip(all_drawn).map(|(group, all)| (group / all, group - all));
    let (ratios, differences): (Vec<f64>, Vec<f64>) = pairs.unzip();
    let compare = |value: f64, draws: &[f64]| {
        of_rows(bootstrap::estimate(
            Some(value).filter(|v| v.is_finite()),
            draws,
            prepared.clusters,
            whole(sums.rows),
        ))
    };
    let read = whole(sums.read_rows);
    GroupFigures {
        group,
        rows: whole(sums.rows),
        units: Estimate::count(sums.units, whole(sums.rows)),
        known,
        too_few,
        known_band: gaps::count_band(known).to_owned(),
        base_rate: of_known(rates.estimate(GroupMetric::Prevalence, number)),
        selection_rate: of_rows(rates.estimate(GroupMetric::SelectionRate, number)),
        selection_ratio: compare(rate(&sums) / rate(everything), &ratios),
        selection_difference: compare(rate(&sums) - rate(everything), &differences),
        selection_p: None,
        if_unknown: gaps::bounds(&gaps::confusion(&sums)),
        precision: of_known(rates.estimate(GroupMetric::Precision, number)),
        recall: of_known(rates.estimate(GroupMetric::TruePositiveRate, number)),
        false_positive_rate: of_known(rates.estimate(GroupMetric::FalsePositiveRate, number)),
        fruitless_per_1000: of_known(Estimate::rate(sums.fruitless(), sums.units, known).times(1000.0)),
        expected: of_rows(Estimate::count(sums.expected, read)),
        found: of_known(Estimate::rate(sums.read_finds, 1.0, read)),
        found_per_expected: of_known(Estimate::rate(sums.read_finds, sums.expected, read)),
    }
}
