//! The list: which rows are visited at a capacity, per period, with ties at its end treated fairly.

use crate::backtest::rule::Capacity;
use crate::estimate::TieBounds;
use crate::metrics::ranking::{falling, ties};

/// What can be put on the list: a row, or an area with all its rows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Item {
    pub(crate) score: f64,
    pub(crate) cost: f64,
    pub(crate) rows: f64,
    pub(crate) finds: f64,
    pub(crate) hits: f64,
    pub(crate) known: f64,
    pub(crate) exposure: f64,
    /// Its rows: this range of [`Queue::members`].
    pub(crate) members: (usize, usize),
}

/// The items of one period in the order in which they come on the list.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    items: Vec<Item>,
    score: Vec<f64>,
    order: Vec<u32>,
    members: Vec<u32>,
}

/// Finds, hits and known outcomes on a list.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Yield {
    pub(crate) finds: f64,
    pub(crate) hits: f64,
    pub(crate) known: f64,
}

/// The list of one period: per row the chance to be on it under random ties, and what the worst and the best
/// order of the tied rows would give.
#[derive(Clone, Debug, Default)]
pub(crate) struct List {
    pub(crate) on_list: Vec<(u32, f64)>,
    pub(crate) expected: Yield,
    pub(crate) fewest_finds: f64,
    pub(crate) most_finds: f64,
    /// For precision: as few hits and as many fruitless rows as the ties allow, and the reverse.
    pub(crate) worst: Yield,
    pub(crate) best: Yield,
}

impl Queue {
    pub(crate) fn new(items: Vec<Item>, members: Vec<u32>) -> Self {
        let score: Vec<f64> = items.iter().map(|i| i.score).collect();
        let all: Vec<u32> = (0u32..).take(items.len()).collect();
        let order = falling(&score, &all);
        Self { items, score, order, members }
    }

    /// The items by falling score, items of equal score together.
    pub(crate) fn ties(&self) -> impl Iterator<Item = &[u32]> {
        ties(&self.score, &self.order)
    }

    pub(crate) fn item(&self, number: u32) -> &Item {
        &self.items[number as usize]
    }

    /// The first row of an item.
    pub(crate) fn first_member(&self, number: u32) -> u32 {
        self.members[self.item(number).members.0]
    }

    /// All rows of an item.
    pub(crate) fn members_of(&self, number: u32) -> &[u32] {
        let (from, to) = self.item(number).members;
        &self.members[from..to]
    }

    /// Fills the list from the top. The ties that straddle its end share the room that is left in proportion
    /// to what they cost, which is the mean over all orders.
    pub(crate) fn fill(&self, room: f64) -> List {
        let mut list = List::default();
        let mut left = room;
        for tied in self.ties() {
            if left <= 1e-9 {
                break;
            }
            let tied: Vec<Item> = tied.iter().map(|&i| *self.item(i)).collect();
            let cost: f64 = tied.iter().map(|i| i.cost).sum();
            let share = if cost > left { left / cost } else { 1.0 };
            for item in &tied {
                let (from, to) = item.members;
                list.on_list.extend(self.members[from..to].iter().map(|&row| (row, share)));
            }
            list.take(&tied, share, left);
            left -= cost;
        }
        list
    }
}

impl List {
    fn take(&mut self, tied: &[Item], share: f64, left: f64) {
        for item in tied {
            self.expected.add(item, share);
        }
        if share >= 1.0 {
            for item in tied {
                self.fewest_finds += item.finds;
                self.most_finds += item.finds;
                self.worst.add(item, 1.0);
                self.best.add(item, 1.0);
            }
            return;
        }
        let by = |key: &dyn Fn(&Item) -> f64| {
            let mut order = tied.to_vec();
            order.sort_by(|a, b| key(b).total_cmp(&key(a)));
            part_that_fits(&order, left)
        };
        let per_cost = |i: &Item| if i.cost > 0.0 { i.finds / i.cost } else { f64::INFINITY };
        self.most_finds += by(&per_cost).finds;
        self.fewest_finds += by(&|i| -per_cost(i)).finds;
        // A hit raises precision, a fruitless row lowers it, an unknown row does neither.
        let fruitful = |i: &Item| (i.hits - (i.known - i.hits)) / i.rows;
        self.best.join(by(&fruitful));
        self.worst.join(by(&|i| -fruitful(i)));
    }

    /// Finds on the list under the three ways that ties can fall.
    pub(crate) fn finds(&self) -> TieBounds {
        TieBounds { worst: self.fewest_finds, expected: self.expected.finds, best: self.most_finds }
    }
}

impl Yield {
    fn add(&mut self, item: &Item, share: f64) {
        self.finds += share * item.finds;
        self.hits += share * item.hits;
        self.known += share * item.known;
    }

    pub(crate) fn join(&mut self, other: Self) {
        self.finds += other.finds;
        self.hits += other.hits;
        self.known += other.known;
    }
}

fn part_that_fits(order: &[Item], room: f64) -> Yield {
    let mut left = room;
    let mut sum = Yield::default();
    for item in order {
        let share = if item.cost > left { left / item.cost } else { 1.0 };
        sum.add(item, share);
        left -= item.cost;
        if left <= 0.0 {
            break;
        }
    }
    sum
}

/// The room on the list of a period with this number of rows and this exposure.
#[expect(clippy::cast_precision_loss, reason = "numbers of rows, far below 2^53")]
pub(crate) fn room(capacity: Capacity, rows: f64, exposure: f64) -> f64 {
    match capacity {
        Capacity::Units(k) | Capacity::Areas(k) => k as f64,
        Capacity::Share(share) => (share * rows).round().max(1.0),
        Capacity::ExposureShare(share) => share * exposure,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn item(row: u32, score: f64, outcome: Option<u32>) -> Item {
        let finds = f64::from(outcome.unwrap_or(0));
        Item {
            score,
            cost: 1.0,
            rows: 1.0,
            finds,
            hits: finds.min(1.0),
            known: if outcome.is_some() { 1.0 } else { 0.0 },
            exposure: 1.0,
            members: (row as usize, row as usize + 1),
        }
    }

    fn queue(items: Vec<Item>) -> Queue {
        let members = (0..items.len() as u32).collect();
        Queue::new(items, members)
    }

    #[test]
    fn the_worked_example_of_tied_rows() {
        let scores = [0.9, 0.5, 0.5, 0.5, 0.1];
        let found = [1, 1, 0, 0, 0];
        let items: Vec<Item> = (0..5).map(|i| item(i, scores[i as usize], Some(found[i as usize]))).collect();
        let list = queue(items).fill(2.0);
        let finds = list.finds();
        assert_eq!((finds.worst / 2.0, finds.best / 2.0), (0.5, 1.0));
        assert!((finds.expected / 2.0 - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(list.on_list.len(), 4);
        assert!((list.on_list.iter().map(|r| r.1).sum::<f64>() - 2.0).abs() < 1e-12);
    }

    #[test]
    fn room_is_never_exceeded_and_small_lists_take_all() {
        let items: Vec<Item> = (0..3).map(|i| item(i, 1.0, None)).collect();
        let list = queue(items).fill(10.0);
        assert!(list.on_list.iter().all(|r| r.1 == 1.0));
        assert_eq!(room(Capacity::Share(0.05), 10.0, 10.0), 1.0);
        assert_eq!(room(Capacity::ExposureShare(0.25), 10.0, 80.0), 20.0);
    }

    proptest! {
        /// Every choice of the tied rows lies between the bounds, the bounds are reached, and the mean is the value.
        #[test]
        fn bounds_hold_for_every_order_of_the_ties(
            outcomes in prop::collection::vec(prop::option::of(0u32..3), 1..9),
            slots in 1usize..8,
        ) {
            let n = outcomes.len();
            let slots = slots.min(n);
            let items: Vec<Item> = (0..n).map(|i| item(i as u32, 0.5, outcomes[i])).collect();
            let list = queue(items.clone()).fill(slots as f64);
            let (mut finds, mut precision) = (Vec::new(), Vec::new());
            for choice in (0u32..1 << n).filter(|c| c.count_ones() as usize == slots) {
                let chosen = || (0..n).filter(move |i| choice >> i & 1 == 1);
                finds.push(chosen().map(|i| items[i].finds).sum::<f64>());
                let known: f64 = chosen().map(|i| items[i].known).sum();
                if known > 0.0 {
                    precision.push(chosen().map(|i| items[i].hits).sum::<f64>() / known);
                }
            }
            let least = |v: &[f64]| v.iter().copied().fold(f64::INFINITY, f64::min);
            let most = |v: &[f64]| v.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            prop_assert!((list.fewest_finds - least(&finds)).abs() < 1e-9);
            prop_assert!((list.most_finds - most(&finds)).abs() < 1e-9);
            prop_assert!((list.expected.finds - finds.iter().sum::<f64>() / finds.len() as f64).abs() < 1e-9);
            if list.best.known > 0.0 {
                prop_assert!((list.best.hits / list.best.known - most(&precision)).abs() < 1e-9);
            }
            if list.worst.known > 0.0 {
                prop_assert!((list.worst.hits / list.worst.known - least(&precision)).abs() < 1e-9);
            }
        }
    }
}
