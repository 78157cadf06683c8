//! From the bags' scores per bin to a model that people read: pairs purified, terms centred, the mean of the bags
//! with their spread, equal neighbours merged, terms that say nothing left out.

use super::binning::Column;
use super::boosting::Found;
use super::pairs::Pair;
use super::purify::purify;
use super::rows::Rows;
use crate::additive::{Bag, Bins, Shape, Spread, Term};
use crate::schema::{Schema, Text};

/// Terms whose mean size is below this say nothing: two thousandths of a per cent of the expected value.
const SILENT: f64 = 2e-5;
/// Neighbouring bins whose scores lie within this are told as one bin.
const ALIKE: f64 = 5e-4;

/// Scores of every bag: per term, per bin; and its intercept, as a change of the mean.
pub(super) struct Scores {
    mains: Vec<Vec<Vec<f64>>>,
    pairs: Vec<Vec<Vec<f64>>>,
    intercept: Vec<f64>,
}

/// The finished terms, with an intercept that is a change of the mean.
pub(super) struct Finished {
    pub(super) intercept: f64,
    pub(super) terms: Vec<Term>,
    pub(super) spread: Spread,
}

impl Scores {
    /// Purifies and centres, each bag with the weights of all rows, so that their terms mean the same.
    pub(super) fn new(columns: &[Column], mains: Found, pairs: &[Pair], grids: Option<Found>) -> Self {
        let mut scores = Self {
            intercept: vec![0.0; mains.scores.len()],
            pairs: grids.map_or_else(|| vec![Vec::new(); mains.scores.len()], |found| found.scores),
            mains: mains.scores,
        };
        for bag in 0..scores.mains.len() {
            scores.purify(bag, pairs);
            scores.centre(bag, columns);
        }
        scores
    }

    fn purify(&mut self, bag: usize, pairs: &[Pair]) {
        for (pair, grid) in pairs.iter().zip(&mut self.pairs[bag]) {
            let moved = purify(grid, &pair.weight, pair.width());
            for (side, by) in [moved.rows, moved.columns].iter().enumerate() {
                let own = &mut self.mains[bag][pair.columns[side]];
                for (score, coarse) in own.iter_mut().zip(&pair.coarse[side].table) {
                    *score += by[usize::from(*coarse)];
                }
            }
        }
    }

    /// Makes every term's weighted mean 0; bins without rows say nothing.
    fn centre(&mut self, bag: usize, columns: &[Column]) {
        for (scores, column) in self.mains[bag].iter_mut().zip(columns) {
            let mean = mean(scores, &column.weight);
            self.intercept[bag] += mean;
            for (score, weight) in scores.iter_mut().zip(&column.weight) {
                *score = if *weight > 0.0 { *score - mean } else { 0.0 };
            }
        }
    }

    /// Weighted mean size of every feature's own term.
    pub(super) fn sizes(&self, columns: &[Column]) -> Vec<f64> {
        let size =
            |t: usize| mean(&over_bags(&self.mains, t).map(f64::abs).collect::<Vec<_>>(), &columns[t].weight);
        (0..columns.len()).map(size).collect()
    }

    /// The terms that say something, named and merged.
    pub(super) fn finish(self, schema: &Schema, columns: &[Column], pairs: &[Pair]) -> Finished {
        let mut terms = Vec::new();
        let mut parameters: Vec<Vec<Vec<f64>>> = vec![Vec::new(); self.mains.len()];
        let sizes = self.sizes(columns);
        for (t, column) in columns.iter().enumerate().filter(|(t, _)| sizes[*t] > SILENT) {
            let (shape, of_bags) = self.own(t, column);
            let feature = &schema.features[column.feature];
            terms.push(Term {
                name: feature.name.clone(),
                label: feature.label.clone(),
                feature: column.feature,
                shape,
            });
            parameters.iter_mut().zip(of_bags).for_each(|(all, own)| all.push(own));
        }
        for (t, pair) in pairs.iter().enumerate() {
            let scores: Vec<f64> = over_bags(&self.pairs, t).collect();
            if mean(&scores.iter().map(|s| s.abs()).collect::<Vec<_>>(), &pair.weight) <= SILENT {
                continue;
            }
            terms.push(pair_term(schema, columns, pair, &scores));
            parameters.iter_mut().zip(&self.pairs).for_each(|(all, own)| all.push(own[t].clone()));
        }
        let bags = self.intercept.iter().zip(parameters);
        let bags: Vec<Bag> = bags.map(|(i, parameters)| Bag { intercept: *i, parameters }).collect();
        let count = bags.len() as f64;
        Finished {
            intercept: self.intercept.iter().sum::<f64>() / count,
            terms,
            // Every group is left out once: the variance of the delete-a-group jackknife is
            // (K - 1) / K times the sum of squares, and a spread divides that sum by K - 1.
            spread: Spread { inflation: (count - 1.0) * (count - 1.0) / count, bags },
        }
    }

    /// The shape of a feature's own term, and its parameters per bag.
    fn own(&self, t: usize, column: &Column) -> (Shape, Vec<Vec<f64>>) {
        let scores: Vec<f64> = over_bags(&self.mains, t).collect();
        let missing = scores[scores.len() - 1];
        let edges = match &column.bins {
            Bins::Categories(n) => {
                let shape = Shape::Categories { scores: scores[..*n].to_vec(), missing };
                return (shape, self.mains.iter().map(|bag| bag[t].clone()).collect());
            }
            Bins::Edges(edges) => edges,
        };
        let runs = alike(&scores[..=edges.len()]);
        let merge = |own: &[f64]| -> Vec<f64> {
            let of_run = |run: &std::ops::Range<usize>| mean(&own[run.clone()], &column.weight[run.clone()]);
            runs.iter().map(of_run).chain([own[own.len() - 1]]).collect()
        };
        let mut merged = merge(&scores);
        merged.pop();
        let edges = runs[1..].iter().map(|run| edges[run.start - 1]).collect();
        let shape = Shape::Steps { edges, scores: merged, missing };
        (shape, self.mains.iter().map(|bag| merge(&bag[t])).collect())
    }
}

/// Runs of neighbours whose scores lie within [`ALIKE`] of each other.
fn alike(scores: &[f64]) -> Vec<std::ops::Range<usize>> {
    let mut runs = Vec::new();
    let (mut start, mut low, mut high) = (0, f64::INFINITY, f64::NEG_INFINITY);
    for (bin, score) in scores.iter().enumerate() {
        (low, high) = (low.min(*score), high.max(*score));
        if high - low > ALIKE && bin > start {
            runs.push(start..bin);
            (start, low, high) = (bin, *score, *score);
        }
    }
    runs.push(start..scores.len());
    runs
}

/// Mean over the bags of term `t`, per bin.
fn over_bags(bags: &[Vec<Vec<f64>>], t: usize) -> impl Iterator<Item = f64> + '_ {
    let bins = bags[0][t].len();
    (0..bins).map(move |bin| bags.iter().map(|bag| bag[t][bin]).sum::<f64>() / bags.len() as f64)
}

/// Weighted mean; the plain mean where nothing weighs.
fn mean(values: &[f64], weight: &[f64]) -> f64 {
    let total: f64 = weight.iter().sum();
    if total > 0.0 {
        return values.iter().zip(weight).map(|(v, w)| v * w).sum::<f64>() / total;
    }
    values.iter().sum::<f64>() / values.len() as f64
}

fn pair_term(schema: &Schema, columns: &[Column], pair: &Pair, scores: &[f64]) -> Term {
    let [own, other] = pair.columns.map(|c| columns[c].feature);
    let (a, b) = (&schema.features[own], &schema.features[other]);
    let [bins, other_bins] = [&pair.coarse[0].bins, &pair.coarse[1].bins].map(Bins::clone);
    Term {
        name: format!("{} & {}", a.name, b.name),
        label: Text {
            nl: format!("{} samen met {}", a.label.nl, b.label.nl),
            en: format!("{} together with {}", a.label.en, b.label.en),
        },
        feature: own,
        shape: Shape::Grid {
            bins,
            other,
            other_bins,
            scores: scores.chunks(pair.width()).map(<[f64]>::to_vec).collect(),
        },
    }
}

impl Finished {
    /// Moves the intercept, of the bags too, so that what the rows expect adds up to what was found.
    pub(super) fn balance(&mut self, rows: &Rows, sums: &[f64]) {
        let mut shift = 0.0;
        for _ in 0..MOST_NEWTON_STEPS {
            let (mut too_much, mut slope) = (0.0, 0.0);
            for (row, sum) in sums.iter().enumerate() {
                let (w, y) = (f64::from(rows.weight[row]), f64::from(rows.outcome[row]));
                let (expected, curve) =
                    rows.loss.expected(sum + self.intercept + shift, f64::from(rows.base[row]));
                too_much += w * (expected - y);
                slope += w * curve;
            }
            if slope <= 0.0 {
                break;
            }
            let step = (too_much / slope).clamp(-1.0, 1.0);
            shift -= step;
            if step.abs() < 1e-12 {
                break;
            }
        }
        self.intercept += shift;
        self.spread.bags.iter_mut().for_each(|bag| bag.intercept += shift);
    }
}

/// Newton steps on the intercept.
const MOST_NEWTON_STEPS: usize = 30;
