//! Adding up the records that are visible at an as-of date, per group of rows, radius and window.
//!
//! A group is a unit, an area or a place; a record belongs to one unit, one area and to every place within
//! its radius. Each record is added once, to the smallest radius and the shortest window that hold it;
//! running sums over windows and radii then give all combinations.

use rayon::prelude::*;

use super::cohort::NONE;
use super::index::Index;
use super::pairs::{Pairs, TILE, tiles_of};
use super::place::Located;
use super::plan::{Around, Gather};
use super::records::Records;
use crate::spec::Aggregate;
use crate::tables::{Day, Tables};

/// Totals per group and cell; a cell is a (radius, window), both in rising order: `[group * cells + cell]`.
pub(crate) struct Tally {
    pub(crate) windows: usize,
    pub(crate) cells: usize,
    /// Sum of amounts (counts, values, with their weights).
    pub(crate) sums: Vec<f64>,
    /// Sum of the weights, where a mean asks for it.
    pub(crate) weights: Vec<f64>,
    /// Position of the last record, plus 1; 0 when there is none.
    pub(crate) last: Vec<u32>,
}

/// The windows of a feature at an as-of date, shortest first.
pub(crate) struct Windows {
    /// First day of each, falling.
    pub(crate) starts: Vec<Day>,
    /// Per window in the order of the columns: its rank in `starts`.
    pub(crate) rank: Vec<usize>,
}

impl Windows {
    pub(crate) fn at(gather: &Gather, t: Day) -> Self {
        let starts: Vec<Day> = match gather.windows.is_empty() {
            true => vec![Day::MIN],
            false => gather.windows.iter().map(|w| w.before(t)).collect(),
        };
        let (rank, starts) = ranked(&starts, |a, b| b.cmp(a));
        Self { starts, rank }
    }

    /// The shortest window that a record of this day lies in.
    fn shortest(&self, day: Day) -> Option<usize> {
        self.starts.iter().position(|&start| day >= start)
    }
}

/// Rank of each value and the values in order of rank.
pub(crate) fn ranked<T: Copy>(
    values: &[T],
    compare: impl Fn(&T, &T) -> std::cmp::Ordering,
) -> (Vec<usize>, Vec<T>) {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| compare(&values[a], &values[b]));
    let mut rank = vec![0; values.len()];
    for (r, &at) in order.iter().enumerate() {
        rank[at] = r;
    }
    (rank, order.iter().map(|&at| values[at]).collect())
}

/// What a visible record adds.
#[derive(Clone, Copy)]
struct Mark {
    record: u32,
    window: usize,
    amount: f64,
}

/// Everything a tally needs to know of the tables.
pub(crate) struct Source<'a> {
    pub(crate) records: Records<'a>,
    pub(crate) located: &'a Located,
    pub(crate) pairs: &'a Pairs,
}

impl Tally {
    pub(crate) fn new(gather: &Gather, tables: &Tables, index: &Index, source: &Source<'_>, t: Day) -> Self {
        let windows = Windows::at(gather, t);
        let rings = gather.radii.len().max(1);
        let cells = rings * windows.starts.len();
        let groups = match gather.around {
            Around::Unit => tables.units.id.len(),
            Around::Area(_) => tables.areas.code.len(),
            Around::Radius => index.strips.len(),
        };
        let only_last = matches!(gather.aggregate, Aggregate::DaysSince | Aggregate::Last);
        let size = |wanted: bool| if wanted { groups * cells } else { 0 };
        let mut tally = Self {
            windows: windows.starts.len(),
            cells,
            sums: vec![0.0; size(!only_last)],
            weights: vec![0.0; size(gather.aggregate == Aggregate::Mean)],
            last: vec![0; size(only_last)],
        };
        let marks = marks(gather, source, &windows, t);
        match gather.around {
            Around::Unit => tally.add_to_groups(&marks, |i| source.records.unit[i].unwrap_or(NONE)),
            Around::Area(level) => tally.add_to_groups(&marks, |i| {
                if source.located.area_from[i] < t {
                    index.lifted(level, source.located.area[i])
                } else {
                    NONE
                }
            }),
            Around::Radius => tally.add_to_places(gather, &marks, index, source, t),
        }
        tally.accumulate();
        tally
    }

    fn add_to_groups(&mut self, marks: &[Mark], group: impl Fn(usize) -> u32) {
        for mark in marks {
            let group = group(mark.record as usize);
            if group == NONE {
                continue;
            }
            let at = group as usize * self.cells + mark.window;
            if let Some(sum) = self.sums.get_mut(at) {
                *sum += mark.amount;
            }
            if let Some(weight) = self.weights.get_mut(at) {
                *weight += 1.0;
            }
            if let Some(last) = self.last.get_mut(at) {
                *last = mark.record + 1;
            }
        }
    }

    fn add_to_places(&mut self, gather: &Gather, marks: &[Mark], index: &Index, source: &Source<'_>, t: Day) {
        let scatter = Scatter::new(gather, self.windows, source, marks, t);
        let chunk = TILE * self.cells;
        let tiles = tiles_of(&index.strips);
        let tile = |n: usize| source.pairs.tile(n, &index.strips, source.located);
        if !self.last.is_empty() {
            self.last.par_chunks_mut(chunk).enumerate().for_each(|(n, last)| {
                scatter.each(&tile(n), |mark, cell, places, _| {
                    for &place in places {
                        last[usize::from(place) * scatter.cells + cell] = mark.record + 1;
                    }
                });
            });
            return;
        }
        let with_weights = !self.weights.is_empty();
        let mut nothing: Vec<Vec<f64>> = vec![Vec::new(); if with_weights { 0 } else { tiles }];
        let weights: Vec<&mut [f64]> = if with_weights {
            self.weights.chunks_mut(chunk).collect()
        } else {
            nothing.iter_mut().map(Vec::as_mut_slice).collect()
        };
        self.sums.par_chunks_mut(chunk).zip(weights).enumerate().for_each(|(n, (sums, totals))| {
            scatter.each(&tile(n), |mark, cell, places, weights| {
                for (k, &place) in places.iter().enumerate() {
                    let at = usize::from(place) * scatter.cells + cell;
                    let weight = weights.get(k).copied().unwrap_or(1.0);
                    sums[at] += mark.amount * weight;
                    if with_weights {
                        totals[at] += weight;
                    }
                }
            });
        });
    }

    /// From "in this ring and window" to "within this radius and window".
    fn accumulate(&mut self) {
        let (cells, windows) = (self.cells, self.windows);
        if cells == 1 {
            return;
        }
        for sums in [&mut self.sums, &mut self.weights] {
            sums.par_chunks_mut(cells * 4096).for_each(|chunk| {
                for group in chunk.chunks_mut(cells) {
                    run_up(group, windows, |before, here| *here += before);
                }
            });
        }
        self.last.par_chunks_mut(cells * 4096).for_each(|chunk| {
            for group in chunk.chunks_mut(cells) {
                run_up(group, windows, |before, here| *here = before.max(*here));
            }
        });
    }
}

fn run_up<T: Copy>(group: &mut [T], windows: usize, join: impl Fn(T, &mut T)) {
    for at in 0..group.len() {
        if at % windows > 0 {
            let before = group[at - 1];
            join(before, &mut group[at]);
        }
    }
    for at in windows..group.len() {
        let before = group[at - windows];
        join(before, &mut group[at]);
    }
}

fn marks(gather: &Gather, source: &Source<'_>, windows: &Windows, t: Day) -> Vec<Mark> {
    let records = &source.records;
    (0..records.before(t))
        .filter(|&i| records.visible(i, t))
        .filter_map(|i| {
            let amount = match (gather.aggregate, gather.value) {
                (Aggregate::Mean | Aggregate::Sum, Some(value)) => f64::from(records.value(value, i)),
                // The last record counts as it is, with or without a value.
                (Aggregate::Last, _) => 1.0,
                _ => records.count(i),
            };
            let counts = match gather.aggregate {
                Aggregate::DaysSince => amount > 0.0,
                _ => !amount.is_nan(),
            };
            let window = windows.shortest(records.date[i]).filter(|_| counts)?;
            Some(Mark { record: u32::try_from(i).ok()?, window, amount })
        })
        .collect()
}

/// How records go to the places around them for one feature at one date.
struct Scatter<'a> {
    marks: &'a [Mark],
    /// Per record of the source: position in `marks`, or `NONE`.
    mark_of_record: Vec<u32>,
    /// Per ring of the source: the first cell of the feature's radius it falls in.
    cell_of_ring: Vec<usize>,
    decay: Option<usize>,
    cells: usize,
}

impl<'a> Scatter<'a> {
    fn new(gather: &Gather, windows: usize, source: &Source<'_>, marks: &'a [Mark], t: Day) -> Self {
        let reach = &source.pairs.reach;
        let (_, radii) = ranked(&gather.radii, f64::total_cmp);
        let largest = radii.last().copied().unwrap_or(0.0);
        let cell_of_ring = reach
            .radii
            .iter()
            .take_while(|&&ring| ring <= largest)
            .map(|&ring| radii.partition_point(|&r| r < ring) * windows)
            .collect();
        let mut mark_of_record = vec![NONE; source.records.len()];
        for (at, mark) in (0u32..).zip(marks) {
            if source.located.placed_from[mark.record as usize] < t {
                mark_of_record[mark.record as usize] = at;
            }
        }
        let decay = gather.decay.and_then(|d| reach.decays.iter().position(|r| r.0 == d));
        Self { marks, mark_of_record, cell_of_ring, decay, cells: radii.len() * windows }
    }

    /// Calls `add(mark, cell, places, weights)` for every visible record of the tile and every ring, in order.
    fn each(&self, tile: &super::pairs::Tile, mut add: impl FnMut(&Mark, usize, &[u16], &[f64])) {
        for (k, &record) in tile.records.iter().enumerate() {
            let Some(mark) = self.marks.get(self.mark_of_record[record as usize] as usize) else { continue };
            for (ring, &first) in self.cell_of_ring.iter().enumerate() {
                let weights = self.decay.map_or(&[][..], |d| tile.weights(d, k, ring));
                add(mark, first + mark.window, tile.places(k, ring), weights);
            }
        }
    }
}
