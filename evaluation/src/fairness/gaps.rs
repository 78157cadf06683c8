//! What the sums per area of each group say about the groups beside each other: clustered intervals, gaps, tests, and
//! what unknown outcomes could still change.

use models::Text;
use serde::{Deserialize, Serialize};

use crate::backtest::sums::{ByCluster, Sums, total};
use crate::estimate::Estimate;
use crate::fairness::confusion::{CORNERS, Confusion, GroupMetric};
use crate::fairness::groups::GroupFigures;
use crate::interval::{Against, Cell, GroupRates, Unit, gap, westfall_young};

/// The rates that a backtest gives per group.
const RATES: [GroupMetric; 5] = [
    GroupMetric::Prevalence,
    GroupMetric::SelectionRate,
    GroupMetric::Precision,
    GroupMetric::TruePositiveRate,
    GroupMetric::FalsePositiveRate,
];
/// Those of which the gap is told: the base rate is no doing of the list.
const GAPS: [GroupMetric; 4] = [
    GroupMetric::SelectionRate,
    GroupMetric::Precision,
    GroupMetric::TruePositiveRate,
    GroupMetric::FalsePositiveRate,
];
/// Seed and number of simulations of gaps and permutations: the same in every report.
const SEED: u64 = 20_240_617;
const DRAWS: usize = 999;

/// The gap of one rate between the groups of an attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupGap {
    /// Which rate.
    pub metric: GroupMetric,
    /// Largest minus smallest over all groups, also those too small to show, with an interval that holds when there is
    /// no gap.
    pub gap: Estimate,
    /// Group with the largest rate.
    pub highest: Option<Text>,
    /// Group with the smallest rate.
    pub lowest: Option<Text>,
    /// Chance of a gap as remarkable when all groups are alike.
    pub p: Option<f64>,
    /// Groups that took part.
    pub groups: u64,
    /// Whether the rows with an unknown outcome could turn the order of the two around.
    pub could_flip: bool,
}

/// The ends between which a rate must lie, whatever the unknown rows hold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateBounds {
    /// Which rate.
    pub metric: GroupMetric,
    /// Lowest.
    pub low: f64,
    /// Highest.
    pub high: f64,
}

/// Rates of all groups with what clustering does to their intervals.
pub(crate) struct Rates([GroupRates; RATES.len()]);

impl Rates {
    pub(crate) fn new(groups: &[&ByCluster]) -> Self {
        Self(RATES.map(|metric| GroupRates::new(&cells(metric, groups), groups.len())))
    }

    /// The rate of a group; absent for a metric that a backtest does not give.
    pub(crate) fn estimate(&self, metric: GroupMetric, group: usize) -> Estimate {
        RATES.iter().position(|m| *m == metric).map_or_else(
            || Estimate::new(None, None, 0, crate::estimate::method::NONE),
            |i| self.0[i].estimate(group),
        )
    }
}

fn cells(metric: GroupMetric, groups: &[&ByCluster]) -> Vec<Cell> {
    let of = |(group, sums): (u32, &&ByCluster)| {
        sums.iter()
            .map(|(cluster, sums)| {
                let (above, below) = metric.parts(&confusion(sums));
                Cell { group, cluster: *cluster, above, below }
            })
            .collect::<Vec<_>>()
    };
    (0u32..).zip(groups).flat_map(of).collect()
}

/// The counts behind the sums.
pub(crate) fn confusion(sums: &Sums) -> Confusion {
    let empty = |x: f64| x.max(0.0);
    Confusion {
        true_positive: sums.listed_hits,
        false_positive: sums.fruitless(),
        false_negative: empty(sums.hits - sums.listed_hits),
        true_negative: empty(sums.known - sums.hits - sums.fruitless()),
        listed_unknown: sums.listed_unknown(),
        unlisted_unknown: empty(sums.rows - sums.known - sums.listed_unknown()),
    }
}

/// Per rate that rests on outcomes the ends under unknown ones; empty where all are known.
pub(crate) fn bounds(confusion: &Confusion) -> Vec<RateBounds> {
    if confusion.rows() - confusion.known() < 1e-9 {
        return Vec::new();
    }
    RATES
        .iter()
        .filter(|m| **m != GroupMetric::SelectionRate)
        .filter_map(|&metric| metric.bounds(confusion).map(|(low, high)| RateBounds { metric, low, high }))
        .collect()
}

/// The gaps between groups; `figures` name them.
pub(crate) fn between(groups: &[&ByCluster], figures: &[GroupFigures]) -> Vec<GroupGap> {
    GAPS.iter()
        .filter_map(|&metric| {
            let gap = gap(&GroupRates::new(&cells(metric, groups), groups.len()), SEED, DRAWS)?;
            let name = |g: usize| figures.get(g).map(|f| f.group.clone());
            let counts = |g: usize| confusion(&total(groups[g]));
            Some(GroupGap {
                metric,
                could_flip: could_flip(metric, &counts(gap.highest), &counts(gap.lowest)),
                gap: gap.estimate,
                highest: name(gap.highest),
                lowest: name(gap.lowest),
                p: Some(gap.p),
                groups: gap.groups as u64,
            })
        })
        .collect()
}

/// Whether the unknown rows could make the rate of `higher` smaller than that of `lower`.
///
/// ```
/// use evaluation::fairness::{Confusion, GroupMetric, could_flip};
/// let higher = Confusion { true_positive: 6.0, false_positive: 4.0, ..Confusion::default() };
/// let lower = Confusion { true_positive: 4.0, false_positive: 6.0, listed_unknown: 2.0, ..Confusion::default() };
/// // At best (4 + 2) / 12 = 0.5, still below 0.6.
/// assert!(!could_flip(GroupMetric::Precision, &higher, &lower));
/// let lower = Confusion { listed_unknown: 8.0, ..lower };
/// assert!(could_flip(GroupMetric::Precision, &higher, &lower));
/// ```
#[must_use]
pub fn could_flip(metric: GroupMetric, higher: &Confusion, lower: &Confusion) -> bool {
    // A corner that leaves nothing below the line says nothing; the others still count.
    let ends = |c: &Confusion| {
        let values: Vec<f64> =
            CORNERS.iter().filter_map(|&(on, off)| metric.of(&c.resolved(on, off))).collect();
        (
            values.iter().copied().fold(f64::INFINITY, f64::min),
            values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        )
    };
    ends(higher).0 < ends(lower).1
}

/// Per group the corrected chance that its selection rate differs from the others' by chance alone; whole areas change groups.
pub(crate) fn apart(groups: &[&ByCluster]) -> Vec<Option<f64>> {
    let units: Vec<Unit> = cells(GroupMetric::SelectionRate, groups)
        .into_iter()
        .map(|c| Unit { group: c.group, block: 0, above: c.above, below: c.below })
        .collect();
    westfall_young(&units, groups.len(), Against::Others, SEED, DRAWS)
}

/// A number of rows in bands, for figures that are too small to show.
///
/// ```
/// assert_eq!(evaluation::fairness::count_band(7), "5-9");
/// ```
#[must_use]
pub fn count_band(rows: u64) -> &'static str {
    match rows {
        0 => "0",
        1..=4 => "1-4",
        5..=9 => "5-9",
        10..=19 => "10-19",
        20..=49 => "20-49",
        50..=99 => "50-99",
        _ => "100+",
    }
}
