//! The gains curve: which share of the finds lies in the top part of the rows.

use serde::{Deserialize, Serialize};

use crate::backtest::prepared::Prepared;
use crate::backtest::rule::Capacity;
use crate::backtest::selection::{Yield, room};
use crate::backtest::steps::Steps;
use crate::backtest::sums::{columns, total, weighted};
use crate::estimate::{Estimate, whole};
use crate::interval::bootstrap::{self, Draws, LANES};

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
    let periods = 0..prepared.periods.len();
    let queues: Vec<_> = periods.clone().map(|p| prepared.queue(p, score, Capacity::Share(1.0))).collect();
    let steps: Vec<_> = queues
        .iter()
        .map(|queue| {
            Steps::new(queue.ties(), |i| {
                let row = queue.first_member(i);
                (prepared.cluster[row as usize], prepared.outcome(row).finds(), 1)
            })
        })
        .collect();
    let all: Vec<_> = periods.clone().map(|p| prepared.sizes(p)).collect();
    let sizes: Vec<_> = all.iter().map(|a| columns(a, |s| [s.rows, s.exposure, s.finds])).collect();
    let recalls = draws.map(|times| {
        let mut found = [[0.0; SHARES.len()]; LANES];
        let mut finds = [0.0; LANES];
        for (steps, sizes) in steps.iter().zip(&sizes) {
            let drawn = weighted(sizes, times);
            let rooms = drawn.map(|d| SHARES.map(|share| room(Capacity::Share(share), d[0], d[1])));
            let within = steps.finds_within(times, &rooms);
            for lane in 0..LANES {
                finds[lane] += drawn[lane][2];
                for (sum, found) in found[lane].iter_mut().zip(within[lane]) {
                    *sum += found;
                }
            }
        }
        std::array::from_fn(|lane| found[lane].map(|f| f / finds[lane]))
    });
    (0..SHARES.len())
        .map(|i| {
            let (mut on_list, mut finds) = (Yield::default(), 0.0);
            for (p, queue) in queues.iter().enumerate() {
                on_list.join(queue.fill(prepared.room(p, Capacity::Share(SHARES[i]))).expected);
                finds += total(&all[p]).finds;
            }
            let draws: Vec<f64> = recalls.iter().map(|r| r[i]).collect();
            let recall = (finds > 0.0).then(|| on_list.finds / finds);
            GainPoint {
                share: SHARES[i],
                recall: bootstrap::estimate(recall, &draws, prepared.clusters, whole(finds)),
                precision: Estimate::proportion(on_list.hits, on_list.known),
            }
        })
        .collect()
}
