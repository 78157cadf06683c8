//! From totals per group to values per row.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::cohort::NONE;
use super::pairs::sums_around;
use super::plan::{Around, Gather};
use super::records::Records;
use super::rows::Frame;
use super::shrink::GammaPrior;
use super::tally::{Source, Tally, Windows, per_group, ranked};
use crate::spec::Aggregate;
use crate::tables::Day;

/// Rows that one task writes.
const CHUNK: usize = 8192;

/// `columns` columns of `rows` values; `value(row, out)` gives one row of them.
pub(crate) fn emit(rows: usize, columns: usize, value: impl Fn(usize, &mut [f32]) + Sync) -> Vec<Vec<f32>> {
    // Not `vec![vec![..]; n]`: that copies the zeros of the first column into the others.
    let mut out: Vec<Vec<f32>> = (0..columns).map(|_| vec![0.0; rows]).collect();
    let mut chunks: Vec<Vec<&mut [f32]>> = Vec::new();
    chunks.resize_with(rows.div_ceil(CHUNK), || Vec::with_capacity(columns));
    for column in &mut out {
        for (chunk, slice) in chunks.iter_mut().zip(column.chunks_mut(CHUNK)) {
            chunk.push(slice);
        }
    }
    chunks.into_par_iter().enumerate().for_each(|(chunk, mut slices)| {
        let mut buffer = vec![0.0; columns];
        for at in 0..slices.first().map_or(0, |s| s.len()) {
            value(chunk * CHUNK + at, &mut buffer);
            for (slice, &v) in slices.iter_mut().zip(&buffer) {
                slice[at] = v;
            }
        }
    });
    out
}

/// The columns of a gathered feature: radii, and within each radius the windows, in the order of the study.
pub(crate) fn gathered(gather: &Gather, frame: &Frame<'_>) -> Vec<Vec<f32>> {
    let n = frame.cohort.rows();
    let wanted = gather.radii.len().max(1) * gather.windows.len().max(1);
    let (Some((located, pairs)), Some(records)) =
        (frame.index.source(gather.source), Records::of(frame.tables, gather.source))
    else {
        return vec![vec![f32::NAN; n]; wanted];
    };
    let source = Source { records, located, pairs };
    let group = groups(gather, frame);
    let exposure = exposure(gather, frame, &group);
    let cells = cells_of_columns(gather, frame.t);
    let mut of_group = frame.room.take();
    if gather.aggregate == Aggregate::ShrunkenRate {
        shrunken(gather, frame, &source, &exposure, &cells, &mut of_group);
    } else {
        let values = Values { gather, records: &source.records, t: frame.t };
        let windows = gather.windows.len().max(1);
        let size = (cells.len(), &mut of_group);
        per_group(gather, frame.tables, &frame.index, &source, frame.t, size, |tally, k, group, out| {
            for (out, &cell) in out.iter_mut().zip(&cells) {
                let value = values.at(tally, k * tally.cells + cell);
                let divisor = if gather.per_exposure { exposure.of(group, cell / windows) } else { 1.0 };
                *out = (value / divisor) as f32;
            }
        });
    }
    let columns = emit(n, cells.len(), |row, out| match group[row] {
        NONE => out.fill(f32::NAN),
        group => out.copy_from_slice(&of_group[group as usize * out.len()..][..out.len()]),
    });
    frame.room.give(of_group);
    columns
}

/// Room for values per group, used again from feature to feature and from date to date: asking the system for
/// it anew each time would cost more than filling it.
#[derive(Debug, Default)]
pub(crate) struct Room(Mutex<Vec<Vec<f32>>>);

impl Room {
    fn take(&self) -> Vec<f32> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn give(&self, values: Vec<f32>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(values);
    }
}

/// Per row, the group whose totals it gets; `NONE` when it has none.
fn groups(gather: &Gather, frame: &Frame<'_>) -> Vec<u32> {
    match gather.around {
        Around::Unit => frame.cohort.subject.clone(),
        Around::Area(level) => frame.areas(level),
        Around::Radius => {
            let places = &frame.index.place_of_record;
            frame.cohort.record.par_iter().map(|&r| places.get(r as usize).copied().unwrap_or(NONE)).collect()
        }
    }
}

/// Per column, its cell in the tally.
fn cells_of_columns(gather: &Gather, t: Day) -> Vec<usize> {
    let rank = Windows::at(gather, t).rank;
    let rings = match gather.radii.is_empty() {
        true => vec![0],
        false => ranked(&gather.radii, f64::total_cmp).0,
    };
    rings
        .iter()
        .flat_map(|ring| rank.iter().map(|window| ring * rank.len() + window).collect::<Vec<_>>())
        .collect()
}

/// Exposure of the cohort per group, and for radii per ring.
#[derive(Default)]
struct GroupExposure {
    values: Vec<f64>,
    rings: usize,
    /// Per group, the exposure of its own rows: 0 for a group that no row belongs to.
    own: Vec<f64>,
}

impl GroupExposure {
    fn of(&self, group: usize, ring: usize) -> f64 {
        self.values[group * self.rings + ring]
    }
}

fn exposure(gather: &Gather, frame: &Frame<'_>, group: &[u32]) -> GroupExposure {
    if !gather.per_exposure && gather.aggregate != Aggregate::ShrunkenRate {
        return GroupExposure::default();
    }
    let groups = match gather.around {
        Around::Unit => frame.tables.units.id.len(),
        Around::Area(_) => frame.tables.areas.code.len(),
        Around::Radius => frame.index.strips.len(),
    };
    let mut own = vec![0.0; groups];
    for (&group, exposure) in group.iter().zip(&frame.cohort.exposure) {
        if let Some(sum) = own.get_mut(group as usize) {
            *sum += exposure;
        }
    }
    if gather.around != Around::Radius {
        return GroupExposure { values: own.clone(), rings: 1, own };
    }
    let (_, radii) = ranked(&gather.radii, f64::total_cmp);
    GroupExposure { values: sums_around(&frame.index.strips, &own, &radii), rings: radii.len(), own }
}

/// Counts as shrunken rates per unit of exposure and year, `[group * columns + column]`. The window starts no
/// earlier than the first record that is known: before it nobody registered.
fn shrunken(
    gather: &Gather,
    frame: &Frame<'_>,
    source: &Source<'_>,
    exposure: &GroupExposure,
    cells: &[usize],
    rates: &mut Vec<f32>,
) {
    let (t, records) = (frame.t, &source.records);
    let n = cells.len();
    let mut counts: Vec<f64> = Vec::new();
    per_group(gather, frame.tables, &frame.index, source, t, (n, &mut counts), |tally, k, _, out| {
        for (out, cell) in out.iter_mut().zip(cells) {
            *out = tally.sums[k * n + cell];
        }
    });
    let windows = Windows::at(gather, t);
    let first = (0..records.before(t)).find(|&i| records.visible(i, t)).map_or(t, |i| records.date[i]);
    let groups = exposure.own.len();
    rates.resize(counts.len(), 0.0);
    for (column, cell) in cells.iter().enumerate() {
        let start = windows.starts[cell % windows.starts.len()].max(first);
        let years = f64::from((t.0.saturating_sub(start.0)).max(1)) / 365.25;
        let at = |group: usize| exposure.of(group, cell / windows.starts.len()) * years;
        let rows = (0..groups).filter(|&g| exposure.own[g] > 0.0);
        let prior = GammaPrior::fit(rows.map(|g| (counts[g * n + column], at(g))));
        for group in 0..groups {
            rates[group * n + column] = prior.rate(counts[group * n + column], at(group)) as f32;
        }
    }
}

/// Reads values out of a tally.
struct Values<'a> {
    gather: &'a Gather,
    records: &'a Records<'a>,
    t: Day,
}

impl Values<'_> {
    fn at(&self, tally: &Tally, at: usize) -> f64 {
        match self.gather.aggregate {
            Aggregate::Any => f64::from(u8::from(tally.sums[at] > 0.0)),
            Aggregate::Mean if tally.weights[at] > 0.0 => tally.sums[at] / tally.weights[at],
            Aggregate::Mean => f64::NAN,
            Aggregate::DaysSince => match tally.last[at] {
                0 => f64::NAN,
                last => f64::from(self.t.0) - f64::from(self.records.date[last as usize - 1].0),
            },
            Aggregate::Last => match (tally.last[at], self.gather.value) {
                (0, _) | (_, None) => f64::NAN,
                (last, Some(value)) => f64::from(self.records.value(value, last as usize - 1)),
            },
            _ => tally.sums[at],
        }
    }
}
