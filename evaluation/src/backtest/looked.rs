//! What was looked at, on the list and outside it, and what the rest could still hold.

use serde::{Deserialize, Serialize};

use crate::backtest::prepared::Prepared;
use crate::backtest::sums::{ByCluster, Sums, columns, total, weighted};
use crate::estimate::{Estimate, whole};
use crate::interval::bootstrap::{self, Draws};
use crate::interval::{Cell, GroupRates};
use crate::unknown::{Change, Effort, bounds, decompose};

/// How much of the test rows was looked at, for one candidate's list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Looked {
    /// Name of the candidate whose list splits the rows.
    pub candidate: String,
    /// On the list, outside it, and together.
    pub parts: Vec<LookedPart>,
    /// What changed from each test to the next.
    pub changes: Vec<EffortChange>,
}

/// A part of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Rows on the list.
    Listed,
    /// Rows outside it.
    Unlisted,
    /// All rows.
    Whole,
}

/// What is known of one part. Rows on the list count for their chance to be on it, so numbers need not be whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookedPart {
    /// Which part.
    pub part: Part,
    /// Rows.
    pub rows: Estimate,
    /// Rows with a known outcome.
    pub known: Estimate,
    /// Rows in which something was found.
    pub hits: Estimate,
    /// Share of the rows with a known outcome.
    pub share_known: Estimate,
    /// Share of the known rows in which something was found.
    pub hit_rate: Estimate,
    /// Share of all rows that hold something, if none of the unknown ones does (Manski's lower bound).
    pub lowest: Option<f64>,
    /// The same, if every unknown one does.
    pub highest: Option<f64>,
}

/// Why hits rose or fell from one test to the next: known rows on the list and outside it are the strata.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EffortChange {
    /// Number of the earlier split.
    pub from: u32,
    /// Number of the later split.
    pub to: u32,
    /// Rows with a known outcome, earlier and later.
    pub visits: (u64, u64),
    /// Rows in which something was found, earlier and later.
    pub hits: (u64, u64),
    /// Hits more or fewer because more or fewer rows were looked at.
    pub effort: Estimate,
    /// Hits more or fewer because looking hit more or less often.
    pub yields: Estimate,
}

/// Known rows and hits, on the list and outside it.
type Strata = [f64; 4];

/// The figures of one candidate: `whole` over all splits, `per_split` in order.
pub(crate) fn looked(
    prepared: &Prepared<'_>,
    candidate: &str,
    whole: &ByCluster,
    per_split: &[&ByCluster],
    draws: &Draws,
) -> Looked {
    let pairs = (1..per_split.len()).map(|later| {
        let periods = (prepared.periods[later - 1], prepared.periods[later]);
        change(periods, (per_split[later - 1], per_split[later]), prepared.clusters, draws)
    });
    Looked { candidate: candidate.to_owned(), parts: parts(whole), changes: pairs.collect() }
}

fn parts(by_cluster: &ByCluster) -> Vec<LookedPart> {
    let of = [Part::Listed, Part::Unlisted, Part::Whole];
    let cells = |above: &dyn Fn(&Count) -> f64, below: &dyn Fn(&Count) -> f64| {
        let of_cluster = |(cluster, sums): &(u32, Sums)| {
            (0u32..).zip(of).map(|(group, part)| (group, *cluster, Count::of(sums, part))).collect::<Vec<_>>()
        };
        let cell = |(group, cluster, count): (u32, u32, Count)| Cell {
            group,
            cluster,
            above: above(&count),
            below: below(&count),
        };
        // Each part by itself: rows of the whole are rows of the other two as well.
        (0..of.len())
            .map(|wanted| {
                let own = by_cluster.iter().flat_map(of_cluster).filter(|c| c.0 as usize == wanted).map(cell);
                GroupRates::new(&own.collect::<Vec<_>>(), of.len()).estimate(wanted)
            })
            .collect::<Vec<_>>()
    };
    let share_known = cells(&|c| c.known, &|c| c.rows);
    let hit_rate = cells(&|c| c.hits, &|c| c.known);
    let sums = total(by_cluster);
    of.iter()
        .zip(share_known.into_iter().zip(hit_rate))
        .map(|(&part, (share_known, hit_rate))| {
            let count = Count::of(&sums, part);
            let ends = bounds(count.hits, count.known, count.rows);
            let n = whole(count.rows);
            LookedPart {
                part,
                rows: Estimate::count(count.rows, n),
                known: Estimate::count(count.known, n),
                hits: Estimate::count(count.hits, n),
                share_known,
                hit_rate,
                lowest: ends.map(|e| e.0),
                highest: ends.map(|e| e.1),
            }
        })
        .collect()
}

/// Rows of a part by what is known of them; each is at most the one before.
struct Count {
    rows: f64,
    known: f64,
    hits: f64,
}

impl Count {
    fn of(sums: &Sums, part: Part) -> Self {
        let (rows, known, hits) = match part {
            Part::Listed => (sums.listed_rows, sums.listed_known, sums.listed_hits),
            Part::Unlisted => {
                (sums.rows - sums.listed_rows, sums.known - sums.listed_known, sums.hits - sums.listed_hits)
            }
            Part::Whole => (sums.rows, sums.known, sums.hits),
        };
        // Fractions of tied rows add up to whole numbers but for the last digits.
        let rows = rows.max(0.0);
        let known = known.clamp(0.0, rows);
        Self { rows, known, hits: hits.clamp(0.0, known) }
    }
}

fn strata(sums: &Sums) -> Strata {
    let (on, off) = (Count::of(sums, Part::Listed), Count::of(sums, Part::Unlisted));
    [on.known, on.hits, off.known, off.hits]
}

fn between(before: &Strata, after: &Strata) -> Change {
    let efforts = |s: &Strata| [Effort { visits: s[0], finds: s[1] }, Effort { visits: s[2], finds: s[3] }];
    decompose(&efforts(before), &efforts(after))
}

fn change(
    (from, to): (u32, u32),
    (before, after): (&ByCluster, &ByCluster),
    clusters: usize,
    draws: &Draws,
) -> EffortChange {
    let (first, second) = (columns(before, strata), columns(after, strata));
    let drawn: Vec<Change> = draws.map(|times| {
        let (first, second) = (weighted(&first, times), weighted(&second, times));
        std::array::from_fn(|lane| between(&first[lane], &second[lane]))
    });
    let (sums, later) = (total(before), total(after));
    let value = between(&strata(&sums), &strata(&later));
    let n = whole(sums.known + later.known);
    let estimate = |value: f64, of: fn(&Change) -> f64| {
        bootstrap::estimate(Some(value), &drawn.iter().map(of).collect::<Vec<_>>(), clusters, n)
    };
    EffortChange {
        from,
        to,
        visits: (whole(sums.known), whole(later.known)),
        hits: (whole(sums.hits), whole(later.hits)),
        effort: estimate(value.effort, |c| c.effort),
        yields: estimate(value.yields, |c| c.yields),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On the list 10 rows, 5 known, 2 hits; outside 90 rows, 10 known, 1 hit.
    fn town() -> ByCluster {
        let sums = |part: f64| Sums {
            rows: 100.0 * part,
            known: 15.0 * part,
            hits: 3.0 * part,
            listed_rows: 10.0 * part,
            listed_known: 5.0 * part,
            listed_hits: 2.0 * part,
            ..Sums::default()
        };
        vec![(0, sums(0.5)), (1, sums(0.5))]
    }

    #[test]
    fn the_parts_make_the_whole_and_hold_the_truth() {
        let parts = parts(&town());
        let value = |i: usize, f: fn(&LookedPart) -> &Estimate| f(&parts[i]).value.unwrap();
        for figure in [(|p| &p.rows) as fn(&LookedPart) -> &Estimate, |p| &p.known, |p| &p.hits] {
            assert!((value(0, figure) + value(1, figure) - value(2, figure)).abs() < 1e-9);
        }
        assert!((value(0, |p| &p.hit_rate) - 0.4).abs() < 1e-12);
        assert!((value(1, |p| &p.share_known) - 10.0 / 90.0).abs() < 1e-12);
        // On the list: 2 of 10 at least, 2 + 5 of 10 at most.
        assert_eq!((parts[0].lowest, parts[0].highest), (Some(0.2), Some(0.7)));
    }

    #[test]
    fn twice_the_visits_at_the_same_hit_rate_is_all_effort() {
        let before = town();
        let twice: ByCluster = before
            .iter()
            .map(|(c, s)| {
                let mut sums = Sums { rows: s.rows, listed_rows: s.listed_rows, ..*s };
                sums.known *= 2.0;
                sums.hits *= 2.0;
                sums.listed_known *= 2.0;
                sums.listed_hits *= 2.0;
                (*c, sums)
            })
            .collect();
        let change = change((0, 1), (&before, &twice), 2, &Draws::new(1, 100, 2));
        assert_eq!((change.visits, change.hits), ((15, 30), (3, 6)));
        assert!((change.effort.value.unwrap() - 3.0).abs() < 1e-12);
        assert!(change.yields.value.unwrap().abs() < 1e-12);
    }
}
