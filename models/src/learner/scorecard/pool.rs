//! The pool: sets of lines that are about as good as the best.
//!
//! As in FasterRisk, near-equal sets come from the best one by taking a line out and putting another in. Whenever
//! that finds a better set, it starts again from there.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::beam::{Set, Space, by_loss};
use super::table::{Relaxed, Table};

/// Most times that the exchange starts again from a better set.
const ROUNDS: usize = 8;
/// Exchanges are fitted for this many new lines in the place of one, best offers first.
const EXCHANGES: usize = 8;

/// A set of lines with its fit, without the rows.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) lines: Vec<usize>,
    pub(crate) table: Table,
    pub(crate) fit: Relaxed,
}

impl Space<'_> {
    /// The sets within the gap of the best, best first; `grown` are those of the beam.
    pub(crate) fn pool(
        &self,
        grown: Vec<Set>,
        mut go_on: impl FnMut(usize, f64) -> bool,
    ) -> Option<Vec<Entry>> {
        let mut pool: BTreeMap<Vec<usize>, Entry> = BTreeMap::new();
        let mut starts = grown.iter().take(2).cloned().collect::<Vec<_>>();
        for set in grown {
            keep(&mut pool, set);
        }
        for round in 0..ROUNDS {
            let best = starts.iter().map(|s| s.fit.loss).fold(f64::INFINITY, f64::min);
            if !go_on(round, best) {
                return None;
            }
            let found: Vec<Set> = starts.iter().flat_map(|set| self.exchanges(set, best)).collect();
            let better = found.iter().min_by(|a, b| by_loss((a.fit.loss, &a.lines), (b.fit.loss, &b.lines)));
            starts = better.filter(|s| s.fit.loss < best * (1.0 - 1e-9)).cloned().into_iter().collect();
            for set in found {
                keep(&mut pool, set);
            }
            self.shrink(&mut pool);
            if starts.is_empty() {
                break;
            }
        }
        let mut entries: Vec<Entry> = pool.into_values().collect();
        sort(&mut entries);
        Some(entries)
    }

    /// The sets with one line exchanged whose loss is within the gap of the best.
    fn exchanges(&self, set: &Set, best: f64) -> Vec<Set> {
        let most = best * (1.0 + self.settings.gap);
        let places: Vec<Vec<Set>> = (0..set.lines.len())
            .into_par_iter()
            .map(|place| {
                let reduced = self.without(set, place);
                let offers = self.offers(&reduced);
                let promising = offers.iter().filter(|o| o.line != set.lines[place] && o.loss <= most);
                let fitted = promising.take(EXCHANGES).map(|offer| self.add(&reduced, offer));
                fitted.filter(|s| s.fit.loss <= most).collect()
            })
            .collect();
        places.into_iter().flatten().collect()
    }

    /// Keeps the best few.
    fn shrink(&self, pool: &mut BTreeMap<Vec<usize>, Entry>) {
        let mut entries: Vec<Entry> = std::mem::take(pool).into_values().collect();
        sort(&mut entries);
        let best = entries.first().map_or(0.0, |e| e.fit.loss);
        entries.retain(|e| e.fit.loss <= best * (1.0 + self.settings.gap));
        entries.truncate(2 * self.settings.pool);
        pool.extend(entries.into_iter().map(|e| (e.lines.clone(), e)));
    }
}

fn sort(entries: &mut [Entry]) {
    entries.sort_by(|a, b| by_loss((a.fit.loss, &a.lines), (b.fit.loss, &b.lines)));
}

fn keep(pool: &mut BTreeMap<Vec<usize>, Entry>, set: Set) {
    let Set { lines, table, fit, .. } = set;
    pool.entry(lines.clone()).or_insert(Entry { lines, table, fit });
}
