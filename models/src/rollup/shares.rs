//! Which part of a term's values an area has more or less of than all areas together.
//!
//! For terms that hold a score per bin, category or pair of bins. The bins of a number are first taken together to
//! a few ranges with about equally many rows, because "more panden of 41 to 43 m²" is no reason that a reader can
//! use. The part that is named is the one that moves the area's mean contribution most, with the ranges beside it
//! that do the same.

use std::ops::Range;

use rayon::prelude::*;

use super::Units;
use super::totals::up;
use super::tree::Tree;
use crate::additive::{Bins, Shape, Term};

/// Ranges of a number that stands alone, and of each number of a pair.
const ALONE: usize = 8;
const PAIRED: usize = 4;
/// With more categories than this, none is named.
const MOST: usize = 250;

/// Some bins of one column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Values {
    /// Column number.
    pub(crate) feature: usize,
    /// How the column is divided.
    pub(crate) bins: Bins,
    /// Which of its bins.
    pub(crate) range: Range<usize>,
}

/// The values of one or two columns that an area has more or less of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    pub(crate) values: Vec<Values>,
    pub(crate) more: bool,
}

/// Per published area, the part that explains the difference of its mean contribution from the mean over all rows;
/// `None` for a shape with a coefficient, and where there is no difference.
pub(crate) fn parts(units: &Units<'_>, tree: &Tree, term: &Term) -> Vec<Option<Part>> {
    let areas = tree.published.len();
    let Some(cells) = Cells::of(units, tree, term) else { return vec![None; areas] };
    let counts = cells.counts(units, tree);
    let all: Vec<f64> = counts.iter().map(|own| own.iter().sum()).collect();
    let scores = cells.mean_scores(units, tree, term, &all);
    let counts: Vec<Vec<f64>> = counts.par_iter().map(|own| up(tree, own)).collect();
    (0..areas).map(|k| cells.part(k, &counts, &all, &scores)).collect()
}

/// One column, its bins taken together to groups.
struct Axis {
    feature: usize,
    bins: Bins,
    groups: Vec<Range<usize>>,
    group_of: Vec<usize>,
}

impl Axis {
    /// Groups with about equally many rows; the bin for missing values, the last, stays alone, as do categories.
    fn new(units: &Units<'_>, tree: &Tree, feature: usize, bins: Bins, most: usize) -> Self {
        let fine = bins.count();
        let groups: Vec<Range<usize>> = if matches!(bins, Bins::Categories(_)) {
            (0..fine).map(|bin| bin..bin + 1).collect()
        } else {
            let mut rows = vec![0usize; fine];
            for &row in tree.rows.iter().flatten() {
                rows[bins.of(units.matrix.column(feature)[row])] += 1;
            }
            let mut groups = alike(&rows[..fine - 1], most);
            groups.push(fine - 1..fine);
            groups
        };
        let mut group_of = vec![0; fine];
        for (group, range) in groups.iter().enumerate() {
            group_of[range.clone()].fill(group);
        }
        Self { feature, bins, groups, group_of }
    }

    fn of(&self, x: f32) -> usize {
        self.group_of[self.bins.of(x)]
    }

    fn values(&self, groups: Range<usize>) -> Values {
        let range = self.groups[groups.start].start..self.groups[groups.end - 1].end;
        Values { feature: self.feature, bins: self.bins.clone(), range }
    }
}

/// Divides bins with these numbers of rows into at most `most` ranges with about equally many.
fn alike(rows: &[usize], most: usize) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    let (mut left, mut held, mut start) = (rows.iter().sum::<usize>(), 0, 0);
    for (bin, n) in rows.iter().enumerate() {
        held += n;
        let to_make = most - groups.len();
        if bin + 1 == rows.len() || (to_make > 1 && held * to_make >= left) {
            groups.push(start..bin + 1);
            (left, held, start) = (left - held, 0, bin + 1);
        }
    }
    groups
}

/// The groups of one column, or the pairs of groups of two.
struct Cells {
    axes: Vec<Axis>,
}

impl Cells {
    fn of(units: &Units<'_>, tree: &Tree, term: &Term) -> Option<Self> {
        let axis = |feature, bins: Bins, most| {
            let few = !matches!(bins, Bins::Categories(n) if n > MOST);
            few.then(|| Axis::new(units, tree, feature, bins, most))
        };
        let axes = match &term.shape {
            Shape::Steps { edges, .. } => vec![axis(term.feature, Bins::Edges(edges.clone()), ALONE)?],
            Shape::Categories { scores, .. } => {
                vec![axis(term.feature, Bins::Categories(scores.len()), ALONE)?]
            }
            Shape::Grid { bins, other, other_bins, .. } => {
                vec![axis(term.feature, bins.clone(), PAIRED)?, axis(*other, other_bins.clone(), PAIRED)?]
            }
            Shape::Linear { .. } | Shape::Equals { .. } | Shape::Missing { .. } | Shape::Rule { .. } => {
                return None;
            }
        };
        Some(Self { axes })
    }

    fn count(&self) -> usize {
        self.axes.iter().map(|axis| axis.groups.len()).product()
    }

    fn cell(&self, units: &Units<'_>, row: usize) -> usize {
        let step =
            |cell, axis: &Axis| cell * axis.groups.len() + axis.of(units.matrix.column(axis.feature)[row]);
        self.axes.iter().fold(0, step)
    }

    /// Per cell, then per published area: rows that lie in no published area below it.
    fn counts(&self, units: &Units<'_>, tree: &Tree) -> Vec<Vec<f64>> {
        let mut counts = vec![vec![0.0; tree.published.len()]; self.count()];
        for (k, rows) in tree.rows.iter().enumerate() {
            for &row in rows {
                counts[self.cell(units, row)][k] += 1.0;
            }
        }
        counts
    }

    /// Per cell, the mean contribution of the rows in it.
    fn mean_scores(&self, units: &Units<'_>, tree: &Tree, term: &Term, all: &[f64]) -> Vec<f64> {
        let mut scores = vec![0.0; all.len()];
        for &row in tree.rows.iter().flatten() {
            scores[self.cell(units, row)] += term.contribution(|column| units.matrix.column(column)[row]);
        }
        scores.iter().zip(all).map(|(sum, rows)| sum / rows.max(1.0)).collect()
    }

    fn part(&self, area: usize, counts: &[Vec<f64>], all: &[f64], scores: &[f64]) -> Option<Part> {
        let own: f64 = counts.iter().map(|cell| cell[area]).sum();
        let rows: f64 = all.iter().sum();
        if own == 0.0 {
            return None;
        }
        let mean = scores.iter().zip(all).map(|(score, n)| score * n).sum::<f64>() / rows;
        // What more (or less) of a cell than elsewhere adds to the mean contribution.
        let surplus: Vec<f64> = counts.iter().zip(all).map(|(cell, n)| cell[area] / own - n / rows).collect();
        let gain: Vec<f64> = surplus.iter().zip(scores).map(|(more, score)| more * (score - mean)).collect();
        let difference: f64 = gain.iter().sum();
        let works = |cell: usize| gain[cell] * difference.signum();
        // "More often" is easier to take in than "less often", so it wins unless it explains far less.
        let preferred = |cell: usize| if surplus[cell] > 0.0 { 2.0 * works(cell) } else { works(cell) };
        let best = (0..gain.len()).max_by(|&a, &b| preferred(a).total_cmp(&preferred(b)))?;
        if works(best) <= 0.0 {
            return None;
        }
        let more = surplus[best] > 0.0;
        let like = |cell: usize| works(cell) > 0.0 && (surplus[cell] > 0.0) == more;
        let values = match self.axes.as_slice() {
            [axis] => vec![axis.values(widened(axis, best, like))],
            [first, second] => {
                let (i, j) = (best / second.groups.len(), best % second.groups.len());
                vec![first.values(i..i + 1), second.values(j..j + 1)]
            }
            _ => return None,
        };
        Some(Part { values, more })
    }
}

/// The group and those beside it that work the same way. Categories have no neighbours, nor has the group of
/// missing values.
fn widened(axis: &Axis, group: usize, like: impl Fn(usize) -> bool) -> Range<usize> {
    let last = axis.groups.len() - 1;
    if matches!(axis.bins, Bins::Categories(_)) || group == last {
        return group..group + 1;
    }
    let (mut from, mut to) = (group, group + 1);
    while from > 0 && like(from - 1) {
        from -= 1;
    }
    while to < last && like(to) {
        to += 1;
    }
    from..to
}
