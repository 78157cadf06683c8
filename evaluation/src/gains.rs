//! The gains curve: which share of the finds lies in the top part of the rows.

use serde::{Deserialize, Serialize};

use crate::bootstrap::{self, Draws};
use crate::estimate::{Estimate, whole};
use crate::prepared::Prepared;
use crate::rule::Capacity;
use crate::sums::{Sums, gather, total, weighted};

/// A point of the gains curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GainPoint {
    /// Share of each period's rows at the top, 0 to 1.
    pub share: f64,
    /// Share of all finds in them; ties at the end count for their expected part.
    pub recall: Estimate,
    /// Share of the rows with known outcome in which something was found.
    pub precision: Estimate,
}

/// Where the curve is computed.
const SHARES: [f64; 11] = [0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0];

/// The curve over all periods together.
pub(crate) fn curve(prepared: &Prepared<'_>, score: &[f64], draws: &Draws) -> Vec<GainPoint> {
    let queues: Vec<_> =
        (0..prepared.periods.len()).map(|p| prepared.queue(p, score, Capacity::Share(1.0))).collect();
    let all: Vec<u32> = (0u32..).take(prepared.rows.outcome.len()).collect();
    SHARES
        .iter()
        .map(|&share| {
            let lists: Vec<_> = queues
                .iter()
                .enumerate()
                .map(|(period, queue)| queue.fill(prepared.room(period, Capacity::Share(share))))
                .collect();
            let listed = prepared.listed(&lists);
            let by_cluster = gather(prepared, &all, |row| listed_only(prepared, row, listed[row as usize]));
            let sum = total(&by_cluster);
            let recalls = draws.map(|times| {
                let sum = weighted(&by_cluster, times);
                sum.listed_finds / sum.finds
            });
            let recall = (sum.finds > 0.0).then(|| sum.listed_finds / sum.finds);
            GainPoint {
                share,
                recall: bootstrap::estimate(recall, &recalls, prepared.clusters, whole(sum.finds)),
                precision: Estimate::proportion(sum.listed_hits, sum.listed_known),
            }
        })
        .collect()
}

fn listed_only(prepared: &Prepared<'_>, row: u32, listed: f64) -> Sums {
    let outcome = prepared.outcome(row);
    let finds = f64::from(outcome.finds());
    Sums {
        rows: 1.0,
        finds,
        listed_finds: listed * finds,
        listed_hits: listed * finds.min(1.0),
        listed_known: if outcome.known().is_some() { listed } else { 0.0 },
        ..Sums::default()
    }
}
