//! Gradient-boosted trees (Friedman 2001, Greedy Function Approximation) with Newton steps in the leaves.
//!
//! Our own, on the code that grows the readable tree, because weights and exposure must count as they do for the
//! learners that it is measured against; docs/decisions.md names the libraries.

use rayon::prelude::*;
use serde::Deserialize;

use super::{Challenger, Scorer, same_columns};
use crate::learner::newton::Family;
use crate::learner::tree::{Criterion, Cuts, Limits, Node, Rows, Sums, cuts_of, grow, known_columns};
use crate::learner::{FitError, Monitor, Step, TrainingData};
use crate::matrix::Matrix;
use crate::schema::Text;

/// One group of this many is held out to tell when to stop.
const HELD_OUT: u64 = 5;

/// Settings of boosted trees.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BoostedSettings {
    /// Most trees.
    pub trees: u32,
    /// Greatest depth of a tree.
    pub depth: u16,
    /// Most leaves of a tree.
    pub leaves: u16,
    /// Share of a full step that a tree takes.
    pub learning_rate: f64,
    /// Penalty on the value of a leaf, in units of the second derivative of the loss.
    pub l2: f64,
    /// Least weight of the rows of a leaf.
    pub least_weight: f64,
    /// Trees without gain on the held-out groups after which it stops.
    pub patience: u32,
}

impl Default for BoostedSettings {
    fn default() -> Self {
        Self {
            trees: 300,
            depth: 5,
            leaves: 16,
            learning_rate: 0.08,
            l2: 1.0,
            least_weight: 20.0,
            patience: 25,
        }
    }
}

impl BoostedSettings {
    /// What is out of range, and what to do.
    pub(super) fn check(&self) -> Result<(), String> {
        let counts = [("trees", self.trees), ("depth", self.depth.into()), ("patience", self.patience)];
        if let Some((name, value)) = counts.iter().find(|(_, value)| *value == 0) {
            return Err(format!("{name} is {value}; it must be 1 or more"));
        }
        if self.leaves < 2 {
            return Err(format!("leaves is {}; it must be 2 or more", self.leaves));
        }
        if !(self.learning_rate > 0.0 && self.learning_rate <= 1.0) {
            return Err(format!("learning_rate is {}; it must be above 0 and at most 1", self.learning_rate));
        }
        for (name, value) in [("l2", self.l2), ("least_weight", self.least_weight)] {
            if !(value.is_finite() && value >= 0.0) {
                return Err(format!("{name} is {value}; it must be 0 or more"));
            }
        }
        Ok(())
    }
}

/// Boosted trees on finds with weights and exposure: chances where every outcome is 0 or 1 and every exposure is 1,
/// else counts. Groups held out tell how many trees are enough; without any, all trees are grown.
#[derive(Clone, Debug)]
pub struct BoostedTrees {
    name: String,
    label: Text,
    settings: BoostedSettings,
}

impl BoostedTrees {
    /// Boosted trees with these settings.
    #[must_use]
    pub fn new(name: &str, label: Text, settings: BoostedSettings) -> Self {
        Self { name: name.to_owned(), label, settings }
    }
}

/// The loss that a leaf takes away.
struct NewtonStep<'a>(&'a BoostedSettings);

impl Criterion for NewtonStep<'_> {
    fn merit(&self, sums: &Sums) -> f64 {
        0.5 * sums.first * self.value(sums)
    }

    fn value(&self, sums: &Sums) -> f64 {
        sums.first / (sums.second + self.0.l2)
    }

    fn allowed(&self, sums: &Sums) -> bool {
        sums.weight > 0.0 && sums.second > 0.0 && sums.weight >= self.0.least_weight * (1.0 - 1e-9)
    }
}

/// A node of a fitted tree.
enum Branch {
    Leaf(f64),
    Split { column: usize, below: f32, missing_left: bool, left: usize, right: usize },
}

struct Grown {
    name: String,
    label: Text,
    family: Family,
    columns: usize,
    start: f64,
    trees: Vec<Vec<Branch>>,
}

impl Challenger for BoostedTrees {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> &'static str {
        "boosted_trees"
    }

    fn label(&self) -> &Text {
        &self.label
    }

    fn fit(&self, data: &TrainingData<'_>, monitor: &dyn Monitor) -> Result<Box<dyn Scorer>, FitError> {
        let family = if data.are_chances() { Family::Bernoulli } else { Family::Poisson };
        let features: Vec<usize> = (0..data.matrix().schema().features.len()).collect();
        let cuts = cuts_of(data, &features);
        let signs = vec![None; features.len()];
        let values = known_columns(data.matrix());
        let limits = Limits { depth: self.settings.depth, leaves: self.settings.leaves.into(), gain: 1e-6 };
        let mut state = State::new(data, family);
        if family == Family::Bernoulli && state.start.is_infinite() {
            return Err(FitError::NoNegatives { rows: data.rows() });
        }
        let start = state.start;
        let (mut trees, mut best) = (Vec::new(), (state.held_out_loss(), 0));
        for number in 1..=self.settings.trees {
            if monitor.cancelled() {
                return Err(FitError::Cancelled { learner: self.name.clone() });
            }
            monitor.step(&Step { stage: "trees", number, of: self.settings.trees, loss: Some(best.0) });
            let sums = state.sums();
            let rows = Rows { cuts: &cuts, signs: &signs, sums: &sums };
            let nodes = grow(&rows, &NewtonStep(&self.settings), &limits);
            if nodes.len() < 2 {
                break;
            }
            let tree = branches(&nodes, &cuts, self.settings.learning_rate);
            state.add(&tree, &values);
            trees.push(tree);
            let loss = state.held_out_loss();
            if loss < best.0 {
                best = (loss, trees.len());
            } else if trees.len() - best.1 >= self.settings.patience as usize {
                break;
            }
        }
        trees.truncate(best.1);
        let (name, label, columns) = (self.name.clone(), self.label.clone(), features.len());
        Ok(Box::new(Grown { name, label, family, columns, start, trees }))
    }
}

/// Where the boosting is.
struct State<'a> {
    data: &'a TrainingData<'a>,
    family: Family,
    start: f64,
    /// Sum of the trees per row, with the start and the logarithm of the exposure.
    eta: Vec<f64>,
    held_out: Vec<bool>,
}

impl<'a> State<'a> {
    fn new(data: &'a TrainingData<'a>, family: Family) -> Self {
        let exposure: f64 = data.exposure().iter().zip(data.weight()).map(|(e, w)| e * w).sum();
        let rate = data.finds() / exposure;
        let start = if family == Family::Bernoulli { (rate / (1.0 - rate)).ln() } else { rate.ln() };
        let eta = data.exposure().iter().map(|e| start + e.ln()).collect();
        let held_out = held_out(data);
        Self { data, family, start, eta, held_out }
    }

    /// Derivatives of the loss of the rows that are fitted.
    fn sums(&self) -> Vec<Sums> {
        let of = |i: usize| {
            let weight = self.data.weight()[i];
            if self.held_out[i] || weight <= 0.0 {
                return Sums::default();
            }
            let (_, expected, curve) = self.family.at(self.eta[i], self.data.outcome()[i]);
            Sums { first: weight * (self.data.outcome()[i] - expected), second: weight * curve, weight }
        };
        (0..self.eta.len()).into_par_iter().map(of).collect()
    }

    fn add(&mut self, tree: &[Branch], values: &[Vec<f32>]) {
        let step = |(i, eta): (usize, &mut f64)| *eta += value(tree, |column| values[column][i]);
        self.eta.par_iter_mut().enumerate().for_each(step);
    }

    /// Loss of the rows held out; of all rows when there are none.
    fn held_out_loss(&self) -> f64 {
        let all = !self.held_out.contains(&true);
        let rows = (0..self.eta.len()).filter(|&i| all || self.held_out[i]);
        rows.map(|i| self.data.weight()[i] * self.family.at(self.eta[i], self.data.outcome()[i]).0).sum()
    }
}

/// Which rows are held out: none when either side would be left without finds, as with a single group.
fn held_out(data: &TrainingData<'_>) -> Vec<bool> {
    let out: Vec<bool> = data.group().iter().map(|&g| mixed(g).is_multiple_of(HELD_OUT)).collect();
    let finds = |side: bool| {
        let rows = (0..out.len()).filter(|&i| out[i] == side);
        rows.map(|i| data.weight()[i] * data.outcome()[i]).sum::<f64>()
    };
    if finds(true) > 0.0 && finds(false) > 0.0 { out } else { vec![false; out.len()] }
}

/// The number of a group, mixed so that neighbours go different ways (splitmix64).
fn mixed(group: u32) -> u64 {
    let mut z = u64::from(group).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn branches(nodes: &[Node], cuts: &[Cuts], rate: f64) -> Vec<Branch> {
    let branch = |node: &Node| match node {
        Node::Leaf { value, .. } => Branch::Leaf(rate * value),
        Node::Split { split, left, right } => Branch::Split {
            column: split.place,
            // Beyond the last cut only missing values go right.
            below: cuts[split.place].cuts.get(split.cut).copied().unwrap_or(f32::INFINITY),
            missing_left: split.missing_left,
            left: *left,
            right: *right,
        },
    };
    nodes.iter().map(branch).collect()
}

/// The leaf that a row falls in; `x` tells its values.
fn value(tree: &[Branch], x: impl Fn(usize) -> f32) -> f64 {
    let mut at = 0;
    loop {
        match &tree[at] {
            Branch::Leaf(value) => return *value,
            Branch::Split { column, below, missing_left, left, right } => {
                let x = x(*column);
                let goes_left = if x.is_nan() { *missing_left } else { x < *below };
                at = if goes_left { *left } else { *right };
            }
        }
    }
}

impl Scorer for Grown {
    fn name(&self) -> &str {
        &self.name
    }

    fn label(&self) -> &Text {
        &self.label
    }

    fn predict(&self, matrix: &Matrix) -> Result<Vec<f64>, FitError> {
        same_columns(&self.name, self.columns, matrix)?;
        let values = known_columns(matrix);
        let row = |i: usize| {
            let sum: f64 = self.trees.iter().map(|tree| value(tree, |column| values[column][i])).sum();
            self.family.at(self.start + sum, 0.0).1
        };
        Ok((0..matrix.rows()).into_par_iter().map(row).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::Silent;
    use crate::testing::{Stream, made_up_rows, schema, text};

    /// High only where the area is small and the building empty, or the area is missing.
    fn rate(row: &[f32]) -> f64 {
        if row[0].is_nan() || (row[0] < 120.0 && row[2] == 1.0) { 0.5 } else { 0.05 }
    }

    fn boosted() -> BoostedTrees {
        BoostedTrees::new("x", text("x"), BoostedSettings { trees: 60, ..BoostedSettings::default() })
    }

    #[test]
    fn chances_and_counts_with_exposure_are_learned_alike_on_any_number_of_threads() {
        let matrix = made_up_rows(&schema(), 6000, 1);
        let mut stream = Stream(2);
        let exposure: Vec<f64> = (0..6000).map(|_| 0.5 + stream.next()).collect();
        let one = vec![1.0; 6000];
        let group: Vec<u32> = (0..6000).collect();
        for exposure in [&one, &exposure] {
            let found: Vec<f64> = (0..6000)
                .map(|i| f64::from(u8::from(stream.next() < rate(&matrix.row(i)) * exposure[i])))
                .collect();
            let data = TrainingData::new(&matrix, &found, exposure, &one, &group).unwrap();
            let fit = || boosted().fit(&data, &Silent).unwrap().predict(&matrix).unwrap();
            let predicted = fit();
            for threads in [1, 3] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                assert_eq!(pool.install(fit), predicted);
            }
            for wanted in [0.5, 0.05] {
                let rows: Vec<usize> = (0..6000).filter(|&i| rate(&matrix.row(i)) == wanted).collect();
                let mean = rows.iter().map(|&i| predicted[i]).sum::<f64>() / rows.len() as f64;
                assert!((mean - wanted).abs() < 0.03, "{wanted}: {mean}");
            }
        }
    }

    #[test]
    fn rows_of_a_single_group_are_learned_too() {
        let matrix = made_up_rows(&schema(), 2000, 5);
        let mut stream = Stream(6);
        let found: Vec<f64> =
            (0..2000).map(|i| f64::from(u8::from(stream.next() < rate(&matrix.row(i))))).collect();
        let one = vec![1.0; 2000];
        for only in 0..8 {
            let group = vec![only; 2000];
            let data = TrainingData::new(&matrix, &found, &one, &one, &group).unwrap();
            let predicted = boosted().fit(&data, &Silent).unwrap().predict(&matrix).unwrap();
            let low = predicted.iter().copied().fold(1.0, f64::min);
            let high = predicted.iter().copied().fold(0.0, f64::max);
            assert!(low < 0.1 && high > 0.3, "group {only}: {low} to {high}");
        }
    }

    #[test]
    fn weights_count_and_other_columns_are_refused() {
        let matrix = made_up_rows(&schema(), 800, 3);
        let mut stream = Stream(4);
        let found: Vec<f64> =
            (0..800).map(|i| f64::from(u8::from(stream.next() < rate(&matrix.row(i))))).collect();
        let (one, two, group) =
            (vec![1.0; 1600], vec![2.0; 800], (0..1600).map(|i| i % 800).collect::<Vec<u32>>());
        let twice: Vec<usize> = (0..1600).map(|i| i % 800).collect();
        let repeated: Vec<f64> = twice.iter().map(|&i| found[i]).collect();
        let both = matrix.select(&twice);
        let weighted = TrainingData::new(&matrix, &found, &one[..800], &two, &group[..800]).unwrap();
        let repeated = TrainingData::new(&both, &repeated, &one, &one, &group).unwrap();
        let (a, b) = (boosted().fit(&weighted, &Silent).unwrap(), boosted().fit(&repeated, &Silent).unwrap());
        for (x, y) in a.predict(&matrix).unwrap().iter().zip(b.predict(&matrix).unwrap()) {
            assert!((x - y).abs() < 1e-9, "{x} {y}");
        }
        let fewer = made_up_rows(&crate::schema::Schema { features: schema().features[..2].to_vec() }, 3, 1);
        assert!(a.predict(&fewer).unwrap_err().to_string().contains("2 columns instead of 4"));
    }
}
