//! What the back-test expected and found per area: what the features do not tell about an area.

use std::collections::BTreeMap;

use evaluation::changes::AreaPeriods;
use features::asof::Rows;
use features::tables::Areas;
use models::AdditiveModel;
use models::bundle::Bundle;
use models::rollup::History as Seen;
use serde::{Deserialize, Serialize};

use super::PipelineError;
use super::backtest::Backtest;
use super::publish::published_level;
use crate::study::Study;

/// Name of the file in a bundle. `train score` needs it to give the same scores as the run.
pub(crate) const FILE: &str = "area-history.json";

/// Expected and found per test period, by the code of the published area. Areas that are too small to be
/// published are not in it: nothing may be learned of them from the bundle.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct AreaHistory(BTreeMap<String, Expected>);

/// One area: a number per test period.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    expected: Vec<f64>,
    found: Vec<u32>,
}

impl AreaHistory {
    /// From the sums that one learner gave all test rows before it had seen them, with the calibration of its final `model`.
    /// The calibrations of the back-test itself rest on one or two earlier periods: what differs by them says
    /// nothing of the final model. `latest` are the rows that will be scored.
    pub(crate) fn new(
        study: &Study,
        areas: &Areas,
        backtest: &Backtest,
        (sums, model): (&[f64], &AdditiveModel),
        latest: &Rows,
    ) -> Self {
        let published = published_level(study, areas);
        let mut units = BTreeMap::<u32, u32>::new();
        for area in latest.area.iter().filter_map(|area| home(areas, published, *area)) {
            *units.entry(area).or_default() += 1;
        }
        let periods = backtest.splits.len();
        let mut history = BTreeMap::<String, Expected>::new();
        for (row, outcome) in backtest.outcome.iter().enumerate() {
            let Some(area) = home(areas, published, backtest.area[row]) else { continue };
            let large = units.get(&area).is_some_and(|n| *n >= study.file.minimum_units());
            if large && study.file.counts(*outcome) {
                let own = history.entry(areas.code[area as usize].clone()).or_default();
                own.expected.resize(periods, 0.0);
                own.found.resize(periods, 0);
                let period = backtest.period[row] as usize;
                own.expected[period] += model.expected(sums[row]) * backtest.exposure[row];
                own.found[period] += outcome.finds();
            }
        }
        Self(history)
    }

    /// From a bundle; `None` for a bundle that holds none.
    ///
    /// # Errors
    /// When the file is not what a run writes.
    pub(crate) fn read(bundle: &Bundle) -> Result<Option<Self>, PipelineError> {
        let read = |bytes| {
            serde_json::from_slice(bytes).map_err(|cause| PipelineError::AreaHistory { file: FILE, cause })
        };
        bundle.file(FILE).map(read).transpose()
    }

    /// Expected and found per area and test period; `dates` are the as-of dates of the periods.
    pub(crate) fn periods<'a>(&'a self, dates: &[&'a str]) -> Vec<AreaPeriods<'a>> {
        let of = |(code, own): (&'a String, &'a Expected)| {
            let figures = own.expected.iter().zip(&own.found);
            let periods =
                dates.iter().zip(figures).map(|(date, (expected, found))| (*date, *expected, *found));
            AreaPeriods { code, periods: periods.collect() }
        };
        self.0.iter().map(of).collect()
    }

    /// One value per area of the table, in its order; hand them on with [`Aligned::seen`].
    pub(crate) fn aligned(&self, areas: &Areas) -> Aligned {
        let periods = self.0.values().map(|own| own.expected.len()).max().unwrap_or(0);
        let mut aligned = Aligned {
            expected: vec![vec![0.0; areas.code.len()]; periods],
            found: vec![vec![0; areas.code.len()]; periods],
        };
        for (position, code) in areas.code.iter().enumerate() {
            let Some(own) = self.0.get(code) else { continue };
            for (period, (expected, found)) in own.expected.iter().zip(&own.found).enumerate() {
                aligned.expected[period][position] = *expected;
                aligned.found[period][position] = *found;
            }
        }
        aligned
    }
}

/// The history in the order of the areas.
pub(crate) struct Aligned {
    expected: Vec<Vec<f64>>,
    found: Vec<Vec<u32>>,
}

impl Aligned {
    /// Expected and found of one area, all periods together.
    pub(crate) fn total(&self, area: usize) -> (f64, f64) {
        let expected = self.expected.iter().map(|period| period[area]).sum();
        (expected, self.found.iter().map(|period| f64::from(period[area])).sum())
    }

    /// As the roll-up reads it.
    pub(crate) fn seen(&self) -> Seen<'_> {
        Seen { expected: &self.expected, found: &self.found }
    }
}

/// The first area at or above this one that is published.
pub(super) fn home(areas: &Areas, published: u8, area: Option<u32>) -> Option<u32> {
    std::iter::successors(area, |&a| areas.parent[a as usize]).find(|&a| areas.level[a as usize] >= published)
}
