//! Adding up the records that are visible at an as-of date, per group of rows, radius and window.
//!
//! A group is a unit, an area or a place; a record belongs to one unit, one area and to every place within
//! its radius. Each record is added once, to the smallest radius and the shortest window that hold it;
//! running sums over windows and radii then give all combinations.

use rayon::prelude::*;

use super::cohort::NONE;
use super::index::Index;
use super::pairs::{Pairs, TILE, Tile};
use super::place::Located;
use super::plan::{Around, Gather};
use super::records::Records;
use crate::spec::Aggregate;
use crate::tables::{Day, Tables};

/// Totals of a block of neighbouring groups; a cell is a (radius, window), both in rising order:
/// `[group * cells + cell]`, with groups counted from the start of the block.
#[derive(Default)]
pub(crate) struct Tally {
    windows: usize,
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

/// Adds up block by block, on any number of threads, and turns each group's totals into `per_group` values:
/// `value(tally, group within the block, group, out)`. Fills `out` as `[group * per_group + k]`; what was in
/// it does not matter.
pub(crate) fn per_group<T: Copy + Default + Send>(
    gather: &Gather,
    tables: &Tables,
    index: &Index,
    source: &Source<'_>,
    t: Day,
    (per_group, out): (usize, &mut Vec<T>),
    value: impl Fn(&Tally, usize, usize, &mut [T]) + Sync,
) {
    let groups = match gather.around {
        Around::Unit => tables.units.id.len(),
        Around::Area(_) => tables.areas.code.len(),
        Around::Radius => index.strips.len(),
    };
    let windows = Windows::at(gather, t);
    let marks = marks(gather, source, &windows, t);
    let additions = match gather.around {
        Around::Radius => Additions::Near(Scatter::new(gather, windows.starts.len(), source, &marks, t)),
        Around::Unit => Additions::grouped(groups, &marks, |i| source.records.unit[i].unwrap_or(NONE)),
        Around::Area(level) => Additions::grouped(groups, &marks, |i| {
            if source.located.area_from[i] < t { index.lifted(level, source.located.area[i]) } else { NONE }
        }),
    };
    out.resize(groups * per_group, T::default());
    out.par_chunks_mut((TILE * per_group).max(1)).enumerate().for_each_init(
        Tally::default,
        |tally, (block, out)| {
            tally.clear(gather, windows.starts.len(), out.len() / per_group.max(1));
            match &additions {
                Additions::Grouped(of_block) => tally.add_to_groups(&of_block[block]),
                Additions::Near(scatter) => {
                    tally.add_to_places(scatter, &source.pairs.tile(block, &index.strips, source.located));
                }
            }
            tally.accumulate();
            for (k, out) in out.chunks_mut(per_group.max(1)).enumerate() {
                value(tally, k, block * TILE + k, out);
            }
        },
    );
}

/// What is to be added, by block.
enum Additions<'a> {
    /// Per block: (group within the block, mark), in order of date.
    Grouped(Vec<Vec<(usize, Mark)>>),
    Near(Scatter<'a>),
}

impl Additions<'_> {
    fn grouped(groups: usize, marks: &[Mark], group: impl Fn(usize) -> u32) -> Self {
        let mut of_block = vec![Vec::new(); groups.div_ceil(TILE)];
        for mark in marks {
            let group = group(mark.record as usize) as usize;
            if group < groups {
                of_block[group / TILE].push((group % TILE, *mark));
            }
        }
        Self::Grouped(of_block)
    }
}

impl Tally {
    /// Empties the totals for a block of this many groups; the room is used again.
    fn clear(&mut self, gather: &Gather, windows: usize, groups: usize) {
        self.windows = windows;
        self.cells = gather.radii.len().max(1) * windows;
        let size = groups * self.cells;
        let only_last = matches!(gather.aggregate, Aggregate::DaysSince | Aggregate::Last);
        self.sums.clear();
        self.weights.clear();
        self.last.clear();
        if only_last {
            self.last.resize(size, 0);
        } else {
            self.sums.resize(size, 0.0);
        }
        if gather.aggregate == Aggregate::Mean {
            self.weights.resize(size, 0.0);
        }
    }

    fn add_to_groups(&mut self, additions: &[(usize, Mark)]) {
        for (group, mark) in additions {
            let at = group * self.cells + mark.window;
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

    fn add_to_places(&mut self, scatter: &Scatter<'_>, tile: &Tile) {
        let cells = self.cells;
        let Self { sums, weights: totals, last, .. } = self;
        scatter.each(tile, |mark, cell, places, weights| {
            let at = |place: &u16| usize::from(*place) * cells + cell;
            if !last.is_empty() {
                places.iter().for_each(|place| last[at(place)] = mark.record + 1);
            } else if weights.is_empty() {
                places.iter().for_each(|place| sums[at(place)] += mark.amount);
            } else {
                let weighed = places.iter().zip(weights);
                weighed.for_each(|(place, weight)| sums[at(place)] += mark.amount * weight);
            }
            if !totals.is_empty() {
                for (k, place) in places.iter().enumerate() {
                    totals[at(place)] += weights.get(k).copied().unwrap_or(1.0);
                }
            }
        });
    }

    /// From "in this ring and window" to "within this radius and window".
    fn accumulate(&mut self) {
        let (cells, windows) = (self.cells, self.windows);
        if cells == 1 {
            return;
        }
        for sums in [&mut self.sums, &mut self.weights] {
            for group in sums.chunks_mut(cells) {
                run_up(group, windows, |before, here| *here += before);
            }
        }
        for group in self.last.chunks_mut(cells) {
            run_up(group, windows, |before, here| *here = before.max(*here));
        }
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
        Self { marks, mark_of_record, cell_of_ring, decay }
    }

    /// Calls `add(mark, cell, places, weights)` for every visible record of the tile and every ring, in order.
    fn each(&self, tile: &Tile, mut add: impl FnMut(&Mark, usize, &[u16], &[f64])) {
        for (k, &record) in tile.records.iter().enumerate() {
            let Some(mark) = self.marks.get(self.mark_of_record[record as usize] as usize) else { continue };
            for (ring, &first) in self.cell_of_ring.iter().enumerate() {
                let weights = self.decay.map_or(&[][..], |d| tile.weights(d, k, ring));
                add(mark, first + mark.window, tile.places(k, ring), weights);
            }
        }
    }
}
