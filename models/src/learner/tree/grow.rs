//! Grows one tree, best split first. What a good split is, a [`Criterion`] says; so the readable tree and the
//! boosted challenger are grown by the same code.
//!
//! Sums of a feature run over the rows in their order and features are compared in theirs, so that the number of
//! threads does not change a bit.

use rayon::prelude::*;

use super::cuts::Cuts;
use crate::schema::Sign;

/// A later split replaces an earlier one only when it is better by more than rounding.
const BETTER: f64 = 1.0 + 1e-9;

/// Two sums over rows, of which a criterion makes a value, and the weight of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sums {
    pub(crate) first: f64,
    pub(crate) second: f64,
    pub(crate) weight: f64,
}

impl Sums {
    fn add(&mut self, other: &Self) {
        self.first += other.first;
        self.second += other.second;
        self.weight += other.weight;
    }

    fn less(&self, other: &Self) -> Self {
        Self {
            first: self.first - other.first,
            second: self.second - other.second,
            weight: self.weight - other.weight,
        }
    }
}

/// What a good split is.
pub(crate) trait Criterion: Sync {
    /// How good it is to give all rows of a node one value; a split gains what its sides have more than the node.
    fn merit(&self, sums: &Sums) -> f64;

    /// The value that the rows of a node get.
    fn value(&self, sums: &Sums) -> f64;

    /// Whether a node may be this small.
    fn allowed(&self, sums: &Sums) -> bool;
}

/// How far a tree may grow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) depth: u16,
    pub(crate) leaves: usize,
    /// Least gain of a split.
    pub(crate) gain: f64,
}

/// Training rows as a tree reads them.
pub(crate) struct Rows<'a> {
    /// Cuts of the features that may be split on, in the order of the schema.
    pub(crate) cuts: &'a [Cuts],
    /// Their sign rules, in the same order.
    pub(crate) signs: &'a [Option<Sign>],
    /// What each row adds to the sums.
    pub(crate) sums: &'a [Sums],
}

/// A split: bins up to `cut` go left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Split {
    /// Place of the feature in [`Rows::cuts`].
    pub(crate) place: usize,
    /// Number of the cut that parts left from right; the number of cuts when only missing values go to one side.
    pub(crate) cut: usize,
    /// Whether missing values go left.
    pub(crate) missing_left: bool,
    gain: f64,
    left: Sums,
    right: Sums,
}

/// A node of a tree.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    /// Rows that get one value.
    Leaf { value: f64, sums: Sums },
    /// Numbers of the two nodes that it leads to.
    Split { split: Split, left: usize, right: usize },
}

/// A node that may still be split.
struct Open {
    node: usize,
    depth: u16,
    rows: Vec<u32>,
    /// Values that sign rules higher up allow.
    bounds: (f64, f64),
    best: Option<Split>,
}

/// Grows a tree on these rows; node 0 is the root.
pub(crate) fn grow(rows: &Rows<'_>, criterion: &dyn Criterion, limits: &Limits) -> Vec<Node> {
    let counted: Vec<u32> =
        (0..rows.sums.len()).filter(|&i| rows.sums[i].weight > 0.0).map(|i| i as u32).collect();
    let mut sums = Sums::default();
    counted.iter().for_each(|&i| sums.add(&rows.sums[i as usize]));
    let grower = Grower { rows, criterion, limits };
    let mut nodes = vec![grower.leaf(&sums, (f64::NEG_INFINITY, f64::INFINITY))];
    let mut open = vec![grower.open(0, 0, counted, &sums, (f64::NEG_INFINITY, f64::INFINITY))];
    for _ in 1..limits.leaves {
        let Some(next) = best(&open) else { break };
        let parent = open.swap_remove(next);
        let Some(split) = parent.best else { break };
        let (low, high) = grower.part(&parent.rows, &split);
        let (left, right) = (nodes.len(), nodes.len() + 1);
        let (left_bounds, right_bounds) = grower.bounds(&split, parent.bounds);
        nodes.push(grower.leaf(&split.left, left_bounds));
        nodes.push(grower.leaf(&split.right, right_bounds));
        nodes[parent.node] = Node::Split { split, left, right };
        open.push(grower.open(left, parent.depth + 1, low, &split.left, left_bounds));
        open.push(grower.open(right, parent.depth + 1, high, &split.right, right_bounds));
    }
    nodes
}

/// Place of the open node with the greatest gain; of equals the one that came first.
fn best(open: &[Open]) -> Option<usize> {
    let gain = |o: &Open| o.best.map(|split| split.gain);
    let with_gain = open.iter().enumerate().filter_map(|(k, o)| Some((k, gain(o)?, o.node)));
    with_gain
        .reduce(|a, b| {
            let better = if b.2 < a.2 { b.1 * BETTER >= a.1 } else { b.1 > a.1 * BETTER };
            if better { b } else { a }
        })
        .map(|(k, _, _)| k)
}

struct Grower<'a> {
    rows: &'a Rows<'a>,
    criterion: &'a dyn Criterion,
    limits: &'a Limits,
}

impl Grower<'_> {
    fn leaf(&self, sums: &Sums, bounds: (f64, f64)) -> Node {
        Node::Leaf { value: self.criterion.value(sums).max(bounds.0).min(bounds.1), sums: *sums }
    }

    fn open(&self, node: usize, depth: u16, rows: Vec<u32>, sums: &Sums, bounds: (f64, f64)) -> Open {
        let best = if depth < self.limits.depth { self.best_split(&rows, sums, bounds) } else { None };
        Open { node, depth, rows, bounds, best }.without_rows_when_closed()
    }

    fn best_split(&self, rows: &[u32], sums: &Sums, bounds: (f64, f64)) -> Option<Split> {
        let places = 0..self.rows.cuts.len();
        let splits: Vec<Option<Split>> =
            places.into_par_iter().map(|place| self.best_of(place, rows, sums, bounds)).collect();
        splits.into_iter().flatten().reduce(|a, b| if b.gain > a.gain * BETTER { b } else { a })
    }

    fn best_of(&self, place: usize, rows: &[u32], sums: &Sums, bounds: (f64, f64)) -> Option<Split> {
        let cuts = &self.rows.cuts[place];
        let mut bins = vec![Sums::default(); cuts.missing() + 1];
        for &i in rows {
            bins[usize::from(cuts.bin[i as usize])].add(&self.rows.sums[i as usize]);
        }
        let missing = bins[cuts.missing()];
        let mut best: Option<Split> = None;
        let mut below = Sums::default();
        for (cut, bin) in bins[..=cuts.cuts.len()].iter().enumerate() {
            below.add(bin);
            for missing_left in [false, true] {
                // Without missing values one side will do: the one with most rows, see below. Beyond the last cut
                // only missing values can go right.
                if (missing.weight <= 0.0 || cut == cuts.cuts.len()) && missing_left {
                    continue;
                }
                let mut left = below;
                if missing_left {
                    left.add(&missing);
                }
                let right = sums.less(&left);
                let gain = self.gain((place, cut), sums, &left, &right, bounds);
                let missing_left =
                    if missing.weight > 0.0 { missing_left } else { left.weight > right.weight };
                if gain.is_some_and(|gain| best.is_none_or(|b| gain > b.gain * BETTER)) {
                    best = gain.map(|gain| Split { place, cut, missing_left, gain, left, right });
                }
            }
        }
        best
    }

    /// What a split gains; `None` when it is not allowed or gains too little.
    fn gain(
        &self,
        (place, cut): (usize, usize),
        all: &Sums,
        left: &Sums,
        right: &Sums,
        bounds: (f64, f64),
    ) -> Option<f64> {
        if !(self.criterion.allowed(left) && self.criterion.allowed(right)) {
            return None;
        }
        let within = |sums: &Sums| self.criterion.value(sums).max(bounds.0).min(bounds.1);
        let (low, high) = (within(left), within(right));
        let wrong = match self.sign(place, cut) {
            Some(Sign::Rising) => low > high,
            Some(Sign::Falling) => low < high,
            None => false,
        };
        let merit = |sums| self.criterion.merit(sums);
        let gain = merit(left) + merit(right) - merit(all);
        (!wrong && low != high && gain > self.limits.gain).then_some(gain)
    }

    /// The sign rule of a split; none where only missing values go to one side.
    fn sign(&self, place: usize, cut: usize) -> Option<Sign> {
        self.rows.signs[place].filter(|_| cut < self.rows.cuts[place].cuts.len())
    }

    /// A feature with a sign rule parts the values at the middle for everything below the split.
    fn bounds(&self, split: &Split, (low, high): (f64, f64)) -> ((f64, f64), (f64, f64)) {
        let within = |sums: &Sums| self.criterion.value(sums).max(low).min(high);
        let middle = 0.5 * (within(&split.left) + within(&split.right));
        match self.sign(split.place, split.cut) {
            Some(Sign::Rising) => ((low, middle), (middle, high)),
            Some(Sign::Falling) => ((middle, high), (low, middle)),
            None => ((low, high), (low, high)),
        }
    }

    fn part(&self, rows: &[u32], split: &Split) -> (Vec<u32>, Vec<u32>) {
        let cuts = &self.rows.cuts[split.place];
        rows.iter().partition(|&&i| {
            let bin = usize::from(cuts.bin[i as usize]);
            if bin == cuts.missing() { split.missing_left } else { bin <= split.cut }
        })
    }
}

impl Open {
    /// A node that cannot be split needs its rows no longer.
    fn without_rows_when_closed(mut self) -> Self {
        if self.best.is_none() {
            self.rows = Vec::new();
        }
        self
    }
}
