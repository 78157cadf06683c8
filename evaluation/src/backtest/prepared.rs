//! Test rows made ready: clusters and periods as dense numbers, outcomes as plain figures.

use models::Outcome;

use crate::backtest::input::{Target, TestRows, UnknownReading};
use crate::backtest::rule::Capacity;
use crate::backtest::selection::{Item, List, Queue, room};
use crate::backtest::sums::{ByCluster, Sums, gather};
use crate::metrics::ranking::compare;

/// The rows of all test periods, as the computations read them.
pub(crate) struct Prepared<'a> {
    pub(crate) rows: TestRows<'a>,
    pub(crate) reading: UnknownReading,
    /// Dense cluster number per row.
    pub(crate) cluster: Vec<u32>,
    pub(crate) clusters: usize,
    /// The distinct split numbers, rising.
    pub(crate) periods: Vec<u32>,
    /// Rows per period, in the order of `periods`.
    pub(crate) rows_of: Vec<Vec<u32>>,
    /// Rows that count for ranking and probability figures under the reading, over all periods.
    pub(crate) read: Vec<u32>,
}

impl<'a> Prepared<'a> {
    pub(crate) fn new(rows: TestRows<'a>, reading: UnknownReading) -> Self {
        let (ids, cluster) = dense(rows.cluster);
        let (periods, period) = dense(rows.period);
        let mut rows_of = vec![Vec::new(); periods.len()];
        for (row, &p) in (0u32..).zip(&period) {
            rows_of[p as usize].push(row);
        }
        let mut prepared =
            Self { rows, reading, cluster, clusters: ids.len(), periods, rows_of, read: Vec::new() };
        prepared.read = (0u32..).take(rows.outcome.len()).filter(|&i| prepared.is_read(i)).collect();
        prepared
    }

    pub(crate) fn outcome(&self, row: u32) -> Outcome {
        self.rows.outcome[row as usize]
    }

    pub(crate) fn exposure(&self, row: u32) -> f64 {
        self.rows.exposure[row as usize]
    }

    pub(crate) fn units(&self, row: u32) -> f64 {
        self.rows.units.map_or_else(|| self.exposure(row), |u| u[row as usize])
    }

    /// Whether the row counts for ranking and probability figures.
    pub(crate) fn is_read(&self, row: u32) -> bool {
        self.reading == UnknownReading::AsNothingFound || self.outcome(row).known().is_some()
    }

    pub(crate) fn found(&self, row: u32) -> bool {
        self.outcome(row).finds() > 0
    }

    /// Chance of at least one find, from the expected number.
    pub(crate) fn chance(&self, expected: f64) -> f64 {
        match self.rows.target {
            Target::Bernoulli => expected.min(1.0),
            Target::Count => -(-expected).exp_m1(),
        }
    }

    /// What can be listed in a period, in the order of the score.
    pub(crate) fn queue(&self, period: usize, score: &[f64], capacity: Capacity) -> Queue {
        let rows = &self.rows_of[period];
        let mut items: Vec<Item> = Vec::with_capacity(rows.len());
        if matches!(capacity, Capacity::Areas(_)) {
            let mut by_area = rows.clone();
            by_area.sort_by_key(|&i| self.cluster[i as usize]);
            let mut area = None;
            for (position, &row) in by_area.iter().enumerate() {
                if area != Some(self.cluster[row as usize]) {
                    items.push(Item { cost: 1.0, members: (position, position), ..Item::default() });
                    area = Some(self.cluster[row as usize]);
                }
                if let Some(item) = items.last_mut() {
                    self.put(item, row, score);
                }
            }
            return Queue::new(items, by_area);
        }
        for (position, &row) in rows.iter().enumerate() {
            let cost = if matches!(capacity, Capacity::ExposureShare(_)) { self.exposure(row) } else { 1.0 };
            let mut item = Item { cost, members: (position, position), ..Item::default() };
            self.put(&mut item, row, score);
            items.push(item);
        }
        Queue::new(items, rows.clone())
    }

    /// Adds a row to an item whose rows end just before it.
    fn put(&self, item: &mut Item, row: u32, score: &[f64]) {
        let outcome = self.outcome(row);
        item.score += score[row as usize];
        item.rows += 1.0;
        item.finds += f64::from(outcome.finds());
        item.hits += if self.found(row) { 1.0 } else { 0.0 };
        item.known += if outcome.known().is_some() { 1.0 } else { 0.0 };
        item.exposure += self.exposure(row);
        item.members.1 += 1;
    }

    /// The room on the list of a period.
    pub(crate) fn room(&self, period: usize, capacity: Capacity) -> f64 {
        let rows = &self.rows_of[period];
        let count = rows.iter().fold(0.0, |n, _| n + 1.0);
        room(capacity, count, rows.iter().map(|&i| self.exposure(i)).sum())
    }

    /// Rows, exposure and finds of a period per cluster.
    pub(crate) fn sizes(&self, period: usize) -> ByCluster {
        gather(self, &self.rows_of[period], |row| Sums {
            rows: 1.0,
            exposure: self.exposure(row),
            finds: f64::from(self.outcome(row).finds()),
            ..Sums::default()
        })
    }

    /// The chance of each row to be on the list.
    pub(crate) fn listed(&self, lists: &[List]) -> Vec<f64> {
        let mut listed = vec![0.0; self.rows.outcome.len()];
        for &(row, share) in lists.iter().flat_map(|l| &l.on_list) {
            listed[row as usize] = share;
        }
        listed
    }

    /// The rows that count, by rising expected finds per unit of exposure.
    pub(crate) fn by_expected_rate(&self, expected: &[f64]) -> Vec<u32> {
        let rate = |i: u32| rate(expected[i as usize], self.exposure(i));
        let mut order = self.read.clone();
        order.sort_unstable_by(|&a, &b| compare(rate(a), rate(b)).then(a.cmp(&b)));
        order
    }
}

/// Expected finds per unit of exposure; rows without exposure come first.
pub(crate) fn rate(expected: f64, exposure: f64) -> f64 {
    if exposure > 0.0 { expected / exposure } else { 0.0 }
}

/// The distinct values, rising, and the position of each row's value among them.
fn dense(values: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let mut distinct = values.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let mut position = std::collections::BTreeMap::new();
    for (number, &value) in (0u32..).zip(&distinct) {
        position.insert(value, number);
    }
    let numbers = values.iter().map(|v| position[v]).collect();
    (distinct, numbers)
}
