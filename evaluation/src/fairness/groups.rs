//! Fairness, first chapter: what the list does to groups of areas.
//!
//! Groups come from audit attributes of areas (shares of residents, income), which no model sees. A figure
//! speaks of areas with such a share, not of persons. Comparisons between pairs of groups, burden by
//! composition, proxy tests and the steps after the list belong here too.

use models::Text;
use serde::{Deserialize, Serialize};

use crate::backtest::input::{Candidate, EvaluationError, same_length};
use crate::backtest::prepared::Prepared;
use crate::backtest::sums::{ByCluster, Sums, columns, gather, total, weighted};
use crate::estimate::{Estimate, whole};
use crate::interval::bootstrap::{self, Draws};

/// Fewer rows with a known outcome than this, and a group's figures are withheld as too few.
pub const FEWEST_KNOWN: f64 = 10.0;

/// How rows fall into groups of an audit attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupAttribute {
    /// Name in the study.
    pub name: String,
    /// What readers see.
    pub label: Text,
    /// Name of each group.
    pub groups: Vec<Text>,
    /// Group number per test row; `None` where the attribute is missing: shown as a group of its own.
    pub of_row: Vec<Option<u32>>,
}

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
    /// Share of the known rows in which something was found.
    pub base_rate: Estimate,
    /// Share of the group's rows on the list.
    pub selection_rate: Estimate,
    /// Selection rate divided by that of all rows.
    pub selection_ratio: Estimate,
    /// Selection rate minus that of all rows.
    pub selection_difference: Estimate,
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

impl GroupAttribute {
    /// Groups of about the same number of rows, by rising value; rows with equal values stay together, so
    /// there can be fewer groups than asked for. `value_of_row` is NaN where the attribute is missing.
    #[must_use]
    pub fn quantiles(name: &str, label: Text, groups: u32, value_of_row: &[f64]) -> Self {
        let mut order: Vec<usize> =
            (0..value_of_row.len()).filter(|&i| value_of_row[i].is_finite()).collect();
        order.sort_by(|&a, &b| value_of_row[a].total_cmp(&value_of_row[b]));
        let mut of_row = vec![None; value_of_row.len()];
        let mut ranges: Vec<(u64, f64, f64)> = Vec::new();
        let (mut before, all) = (0, order.len());
        for tied in order.chunk_by(|&a, &b| value_of_row[a] == value_of_row[b]) {
            // The group in which the middle of the tied rows lies, in whole numbers.
            let middle = 2 * before + tied.len();
            let wanted = (middle as u64 * u64::from(groups.max(1)) / (2 * all as u64))
                .min(u64::from(groups.max(1)) - 1);
            let value = value_of_row[tied[0]];
            match ranges.last_mut() {
                Some(last) if last.0 == wanted => last.2 = value,
                _ => ranges.push((wanted, value, value)),
            }
            let number = u32::try_from(ranges.len() - 1).ok();
            for &i in tied {
                of_row[i] = number;
            }
            before += tied.len();
        }
        let count = ranges.len();
        let groups = ranges.iter().enumerate().map(|(i, r)| range_name(i, count, r.1, r.2)).collect();
        Self { name: name.to_owned(), label, groups, of_row }
    }

    /// As [`GroupAttribute::quantiles`], with one value per area (NaN where missing or secret); rows whose
    /// area number has no value are missing.
    #[must_use]
    pub fn from_area_values(
        name: &str,
        label: Text,
        groups: u32,
        value_of_area: &[f64],
        area_of_row: &[u32],
    ) -> Self {
        let values: Vec<f64> =
            area_of_row.iter().map(|&a| value_of_area.get(a as usize).copied().unwrap_or(f64::NAN)).collect();
        Self::quantiles(name, label, groups, &values)
    }

    pub(crate) fn check(&self, rows: usize) -> Result<(), EvaluationError> {
        same_length(&format!("audit attribute '{}'", self.name), self.of_row.len(), rows)?;
        for (row, group) in self.of_row.iter().enumerate() {
            if let Some(group) = group.filter(|&g| g as usize >= self.groups.len()) {
                return Err(EvaluationError::Group {
                    attribute: self.name.clone(),
                    row,
                    group,
                    groups: self.groups.len(),
                });
            }
        }
        Ok(())
    }
}

/// A name such as "1 (laagst): 2,5 t/m 8,1".
fn range_name(position: usize, count: usize, low: f64, high: f64) -> Text {
    let place = |first: &str, last: &str| match position {
        _ if count == 1 => String::new(),
        0 => format!(" ({first})"),
        p if p + 1 == count => format!(" ({last})"),
        _ => String::new(),
    };
    let plain = |x: f64| {
        let text = format!("{x:.2}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    let comma = |x: f64| plain(x).replace('.', ",");
    let number = position + 1;
    Text {
        nl: format!("{number}{}: {} t/m {}", place("laagst", "hoogst"), comma(low), comma(high)),
        en: format!("{number}{}: {} to {}", place("lowest", "highest"), plain(low), plain(high)),
    }
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
    let mut groups = Vec::new();
    let missing = Text { nl: "onbekend".to_owned(), en: "unknown".to_owned() };
    let names = (0u32..).zip(&attribute.groups).map(|(g, name)| (Some(g), name)).chain([(None, &missing)]);
    for (group, name) in names {
        let rows: Vec<u32> =
            all.iter().copied().filter(|&row| attribute.of_row[row as usize] == group).collect();
        if group.is_some() || !rows.is_empty() {
            let sums = gather(prepared, &rows, of_row);
            groups.push(figures(prepared, name.clone(), &sums, &sum, &all_drawn, draws));
        }
    }
    let whole_name = Text { nl: "alle rijen".to_owned(), en: "all rows".to_owned() };
    GroupTable {
        attribute: attribute.name.clone(),
        label: attribute.label.clone(),
        candidate: candidate.name.clone(),
        whole: figures(prepared, whole_name, &everything, &sum, &all_drawn, draws),
        groups,
    }
}

fn figures(
    prepared: &Prepared<'_>,
    group: Text,
    by_cluster: &ByCluster,
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
        base_rate: of_known(Estimate::proportion(sums.hits, sums.known)),
        selection_rate: of_rows(Estimate::proportion(sums.listed_rows, sums.rows)),
        selection_ratio: compare(rate(&sums) / rate(everything), &ratios),
        selection_difference: compare(rate(&sums) - rate(everything), &differences),
        precision: of_known(Estimate::proportion(sums.listed_hits, sums.listed_known)),
        recall: of_known(Estimate::proportion(sums.listed_hits, sums.hits)),
        false_positive_rate: of_known(Estimate::proportion(sums.fruitless(), sums.known - sums.hits)),
        fruitless_per_1000: of_known(Estimate::rate(sums.fruitless(), sums.units, known).times(1000.0)),
        expected: of_rows(Estimate::count(sums.expected, read)),
        found: of_known(Estimate::rate(sums.read_finds, 1.0, read)),
        found_per_expected: of_known(Estimate::rate(sums.read_finds, sums.expected, read)),
    }
}
