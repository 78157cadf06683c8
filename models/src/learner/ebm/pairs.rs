//! Pairs of features: which ones promise most, and their terms.

use rayon::prelude::*;

use super::binning::Column;
use super::boosting::Terms;
use super::cut::Change;
use super::grid;
use super::rows::{Place, Rows, Slopes};
use super::settings::EbmSettings;
use crate::additive::Bins;

/// A column in fewer bins, so that a pair has cells with rows in them.
pub(super) struct Coarse {
    pub(super) bins: Bins,
    /// From the column's own bins to these.
    pub(super) table: Vec<u16>,
}

/// A pair of columns.
pub(super) struct Pair {
    /// Numbers of the columns, the lower first.
    pub(super) columns: [usize; 2],
    /// Their coarse bins.
    pub(super) coarse: [Coarse; 2],
    /// The first table, multiplied so that both add up to the number of a cell.
    rows_table: Vec<u16>,
    /// Weight of the training rows per cell.
    pub(super) weight: Vec<f64>,
}

/// The terms of pairs.
pub(super) struct PairTerms<'a> {
    pub(super) columns: &'a [Column],
    pub(super) pairs: &'a [Pair],
    pub(super) settings: &'a EbmSettings,
}

impl Coarse {
    /// At most `most` bins and one for missing values; `None` for more categories than that.
    fn of(column: &Column, most: usize) -> Option<Self> {
        let edges = match &column.bins {
            Bins::Categories(n) => {
                return (*n <= most).then(|| Self {
                    bins: Bins::Categories(*n),
                    table: (0..=*n).map(|bin| bin as u16).collect(),
                });
            }
            Bins::Edges(edges) => edges,
        };
        let total: f64 = column.weight[..=edges.len()].iter().sum();
        let (mut kept, mut table, mut filled) = (Vec::new(), vec![0; edges.len() + 2], 0.0);
        for (bin, weight) in column.weight[..=edges.len()].iter().enumerate() {
            let share = (kept.len() + 1) as f64 / most as f64;
            let close = edges.len() < most || filled + weight / 2.0 >= share * total;
            if bin > 0 && close && kept.len() + 1 < most {
                kept.push(edges[bin - 1]);
            }
            table[bin] = kept.len() as u16;
            filled += weight;
        }
        table[edges.len() + 1] = kept.len() as u16 + 1;
        Some(Self { bins: Bins::Edges(kept), table })
    }
}

impl Pair {
    fn of(columns: &[Column], [a, b]: [usize; 2], most: usize, rows: &Rows) -> Option<Self> {
        let coarse = [Coarse::of(&columns[a], most)?, Coarse::of(&columns[b], most)?];
        let width = coarse[1].bins.count() as u16;
        let rows_table = coarse[0].table.iter().map(|bin| bin * width).collect();
        let cells = coarse[0].bins.count() * coarse[1].bins.count();
        let mut pair = Self { columns: [a, b], coarse, rows_table, weight: vec![0.0; cells] };
        let mut weight = vec![0.0; cells];
        pair.visit(columns, rows.len(), |row, cell| weight[cell] += f64::from(rows.weight[row]));
        pair.weight = weight;
        Some(pair)
    }

    /// Bins of the second column.
    pub(super) fn width(&self) -> usize {
        self.coarse[1].bins.count()
    }

    fn place<'a>(&'a self, columns: &'a [Column]) -> Place<'a> {
        let [a, b] = self.columns;
        Place::Two(&columns[a].codes, &self.rows_table, &columns[b].codes, &self.coarse[1].table)
    }

    fn visit(&self, columns: &[Column], rows: usize, mut at: impl FnMut(usize, usize)) {
        let place = self.place(columns);
        let mut cells = [0; 512];
        for first in (0..rows).step_by(cells.len()) {
            let cells = &mut cells[..(rows - first).min(512)];
            place.read(first, cells);
            cells.iter().enumerate().for_each(|(i, cell)| at(first + i, usize::from(*cell)));
        }
    }
}

impl Terms for PairTerms<'_> {
    fn count(&self) -> usize {
        self.pairs.len()
    }

    fn size(&self, term: usize) -> usize {
        self.pairs[term].weight.len()
    }

    fn place(&self, term: usize) -> Place<'_> {
        self.pairs[term].place(self.columns)
    }

    fn improve(&self, term: usize, slopes: Slopes, lot: Option<&mut dyn FnMut() -> u64>) -> Change {
        let pair = &self.pairs[term];
        grid::improve(pair.width(), slopes, &pair.weight, self.settings, lot)
    }
}

/// Whether a column may be in a pair. One with a sign rule may not: what a pair adds could break the rule.
pub(super) fn may_pair(column: &Column, settings: &EbmSettings) -> bool {
    let few = match column.bins {
        Bins::Categories(n) => n <= usize::from(settings.pair_bins),
        Bins::Edges(_) => true,
    };
    few && column.sign.is_none()
}

/// The pairs that promise most, at most `most`, the best first. `score` is the sum of the features' own terms,
/// of each row as told by the bag that left it out: what those terms learned by heart is no promise.
pub(super) fn screen(
    rows: &Rows,
    columns: &[Column],
    score: &[f32],
    settings: &EbmSettings,
    most: usize,
) -> Vec<Pair> {
    let able: Vec<usize> = (0..columns.len()).filter(|&j| may_pair(&columns[j], settings)).collect();
    let mut slopes = vec![[0.0; 2]; rows.len()];
    rows.loss.slopes(score, &rows.base, &rows.outcome, &mut slopes);
    let all: Vec<[usize; 2]> =
        able.iter().enumerate().flat_map(|(i, &a)| able[i + 1..].iter().map(move |&b| [a, b])).collect();
    let mut ranked: Vec<(f64, [usize; 2])> = all
        .into_par_iter()
        .filter_map(|columns_of| {
            let pair = Pair::of(columns, columns_of, SCREEN_BINS.min(usize::from(settings.pair_bins)), rows)?;
            let mut sums: Slopes = vec![[0.0; 2]; pair.weight.len()];
            pair.visit(columns, rows.len(), |row, cell| {
                let w = f64::from(rows.weight[row]);
                sums[cell][0] += rows.rounded(slopes[row][0]) * w;
                sums[cell][1] += rows.rounded(slopes[row][1]) * w;
            });
            Some((grid::promise(pair.width(), &sums, &pair.weight, settings), columns_of))
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let chosen = ranked.into_iter().filter(|(promise, _)| *promise > 0.0).take(most);
    let most = usize::from(settings.pair_bins);
    chosen.filter_map(|(_, columns_of)| Pair::of(columns, columns_of, most, rows)).collect()
}

/// Bins per side while pairs are ranked.
const SCREEN_BINS: usize = 16;
