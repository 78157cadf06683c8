//! Beam search over sets of lines: sets grow one line at a time, and the best few of each size go on.
//!
//! The way of FasterRisk (Liu, Zhong, Li, Seltzer, Rudin 2022), with two differences. A line is judged by what it
//! would bring if all others moved along (a score test), not by its gradient alone; and every fit is exact,
//! because it runs over patterns of answers instead of rows.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;

use super::rows::{Candidate, Rows};
use super::settings::{Numbers, ScorecardSettings};
use super::steps::Question;
use super::table::{Limits, Relaxed, Table, intercept};

/// For each set that goes on, this many are fitted.
const FITTED: usize = 2;
/// A set of lines over the merged rows.
#[derive(Clone)]
pub(crate) struct Set {
    /// Numbers of the candidates, rising.
    pub(crate) lines: Vec<usize>,
    /// Pattern of each merged row.
    pub(crate) pattern: Vec<u32>,
    pub(crate) table: Table,
    pub(crate) fit: Relaxed,
}

/// A line that may be added to a set.
pub(crate) struct Offer {
    pub(crate) line: usize,
    /// What the loss would be, about.
    pub(crate) loss: f64,
    /// The contribution to start from.
    pub(crate) start: f64,
}

/// The order of sets: by loss; of equals, by their lines.
pub(crate) fn by_loss(a: (f64, &[usize]), b: (f64, &[usize])) -> Ordering {
    let coarse = |(loss, _): (f64, _)| coarse(loss);
    coarse(a).total_cmp(&coarse(b)).then_with(|| a.1.len().cmp(&b.1.len())).then_with(|| a.1.cmp(b.1))
}

/// A loss to about ten digits: the order of the rows, which the last digits hang on, must not decide.
pub(crate) fn coarse(loss: f64) -> f64 {
    f64::from_bits((loss.to_bits() + (1 << 18)) & !((1 << 19) - 1))
}

/// The search space with its settings.
pub(crate) struct Space<'a> {
    pub(crate) rows: &'a Rows,
    pub(crate) settings: &'a ScorecardSettings,
}

impl Space<'_> {
    /// The set without lines.
    pub(crate) fn empty(&self) -> Set {
        let (mass, finds) = (self.rows.mass.iter().sum(), self.rows.finds.iter().sum());
        let table = Table { lines: 0, answers: Vec::new(), mass: vec![mass], finds: vec![finds] };
        let start = intercept(self.rows.told, mass, finds);
        let fit = self.relax(&[], &table, &[start]);
        Set { lines: Vec::new(), pattern: vec![0; self.rows.mass.len()], table, fit }
    }

    pub(crate) fn may(&self, lines: &[usize]) -> Vec<(bool, bool)> {
        lines.iter().map(|&c| self.rows.candidates[c].may).collect()
    }

    pub(crate) fn relax(&self, lines: &[usize], table: &Table, start: &[f64]) -> Relaxed {
        let may = self.may(lines);
        let limits = Limits { l2: self.settings.l2, limit: self.settings.limit, may: &may };
        table.relax(self.rows.told, &limits, start)
    }

    /// Sets of one line more: the best few that grow out of these.
    pub(crate) fn grow(&self, sets: &[Set]) -> Vec<Set> {
        let offers: Vec<Vec<Offer>> = sets.par_iter().map(|set| self.offers(set)).collect();
        let mut seen = BTreeSet::new();
        let mut wanted: Vec<(Vec<usize>, usize, &Offer)> = Vec::new();
        for (parent, offers) in offers.iter().enumerate() {
            wanted
                .extend(offers.iter().map(|offer| (with(&sets[parent].lines, offer.line).0, parent, offer)));
        }
        wanted.sort_by(|a, b| by_loss((a.2.loss, &a.0), (b.2.loss, &b.0)).then(a.1.cmp(&b.1)));
        wanted.retain(|(lines, ..)| seen.insert(lines.clone()));
        wanted.truncate(FITTED * self.settings.beam);
        let mut grown: Vec<Set> =
            wanted.par_iter().map(|(_, parent, offer)| self.add(&sets[*parent], offer)).collect();
        grown.sort_by(|a, b| by_loss((a.fit.loss, &a.lines), (b.fit.loss, &b.lines)));
        grown.truncate(self.settings.beam);
        grown
    }

    /// The set with the offered line.
    pub(crate) fn add(&self, set: &Set, offer: &Offer) -> Set {
        let (lines, place) = with(&set.lines, offer.line);
        let (pattern, table) = self.refine(set, offer.line, place);
        let mut start = set.fit.beta.clone();
        start.insert(place + 1, offer.start);
        let fit = self.relax(&lines, &table, &start);
        Set { lines, pattern, table, fit }
    }

    /// Whether a line may stand beside these: about a feature with room for another line.
    fn fits(&self, lines: &[usize], line: usize) -> bool {
        let candidate = |c: usize| -> &Candidate { &self.rows.candidates[c] };
        let feature = candidate(line).feature;
        let same = lines.iter().filter(|&&c| candidate(c).feature == feature).count();
        same < self.settings.per_feature && !lines.contains(&line)
    }

    /// What every line that is allowed would bring, best first.
    pub(crate) fn offers(&self, set: &Set) -> Vec<Offer> {
        let mut offers = Vec::new();
        let mut line = 0;
        while line < self.rows.candidates.len() {
            let column = self.rows.candidates[line].column;
            let end = line + self.rows.candidates[line..].iter().take_while(|c| c.column == column).count();
            let open: Vec<usize> = (line..end).filter(|&c| self.fits(&set.lines, c)).collect();
            if !open.is_empty() {
                let cells = Cells::new(self.rows, set, column);
                offers.extend(open.into_iter().filter_map(|c| self.offer(set, &cells, c)));
            }
            line = end;
        }
        offers.sort_by(|a, b| by_loss((a.loss, &[a.line]), (b.loss, &[b.line])));
        offers
    }

    /// The score test of a line: a quadratic in its contribution, all others moving along.
    fn offer(&self, set: &Set, cells: &Cells, line: usize) -> Option<Offer> {
        let (table, fit) = (&set.table, &set.fit);
        let candidate = &self.rows.candidates[line];
        let (mut gradient, mut bend) = (0.0, self.settings.l2);
        let mut cross = vec![0.0; table.lines + 1];
        for p in 0..table.patterns() {
            let [mass, squares, finds] = cells.of(candidate, p);
            if mass == 0.0 && squares == 0.0 {
                continue;
            }
            gradient += fit.expected[p] * mass - finds;
            bend += fit.curve[p] * squares;
            let scaled = fit.curve[p] * mass;
            cross[0] += scaled;
            for (to, x) in cross[1..].iter_mut().zip(table.answer(p)) {
                *to += scaled * x;
            }
        }
        let allowed = if gradient < 0.0 { candidate.may.1 } else { candidate.may.0 };
        let along: Vec<f64> = fit.free.iter().map(|&i| cross[i]).collect();
        let explained = fit
            .factor
            .as_ref()
            .map_or(0.0, |factor| factor.solve(&along).iter().zip(&along).map(|(a, b)| a * b).sum());
        let own = bend - explained;
        if !allowed || own <= 1e-9 * bend {
            return None;
        }
        let step = (-gradient / own).clamp(-self.settings.limit, self.settings.limit);
        let loss = fit.loss + gradient * step + 0.5 * own * step * step;
        Some(Offer { line, loss, start: step })
    }

    /// Patterns and table with one line more, at this place among the lines.
    fn refine(&self, set: &Set, line: usize, place: usize) -> (Vec<u32>, Table) {
        let candidate = &self.rows.candidates[line];
        let column = &self.rows.columns[candidate.column];
        let answers = match (&column.values, candidate.question) {
            (Some(values), Question::Value) => values.clone(),
            _ => {
                let mut answers = vec![0.0; self.rows.mass.len()];
                for &r in column.rows(&candidate.bins) {
                    answers[r as usize] = 1.0;
                }
                answers
            }
        };
        let mut patterns = Patterns::new(set, self.settings.numbers);
        let mut pattern = Vec::with_capacity(answers.len());
        for (r, &answer) in answers.iter().enumerate() {
            let p = patterns.number(set.pattern[r], answer, place);
            patterns.table.mass[p as usize] += self.rows.mass[r];
            patterns.table.finds[p as usize] += self.rows.finds[r];
            pattern.push(p);
        }
        (pattern, patterns.table)
    }

    /// The set without the line at this place.
    pub(crate) fn without(&self, set: &Set, place: usize) -> Set {
        let table = &set.table;
        let mut numbers: HashMap<Vec<u64>, u32> = HashMap::new();
        let mut reduced = Table { lines: table.lines - 1, ..Table::default() };
        let mut map = Vec::with_capacity(table.patterns());
        for p in 0..table.patterns() {
            let mut answer = table.answer(p).to_vec();
            answer.remove(place);
            let next = numbers.len() as u32;
            let number = *numbers.entry(answer.iter().map(|x| x.to_bits()).collect()).or_insert(next);
            if number == next {
                reduced.answers.extend(answer);
                reduced.mass.push(0.0);
                reduced.finds.push(0.0);
            }
            reduced.mass[number as usize] += table.mass[p];
            reduced.finds[number as usize] += table.finds[p];
            map.push(number);
        }
        let mut lines = set.lines.clone();
        lines.remove(place);
        let mut start = set.fit.beta.clone();
        start.remove(place + 1);
        let fit = self.relax(&lines, &reduced, &start);
        let pattern = set.pattern.iter().map(|&p| map[p as usize]).collect();
        Set { lines, pattern, table: reduced, fit }
    }
}

/// The lines with one more, and its place.
fn with(lines: &[usize], line: usize) -> (Vec<usize>, usize) {
    let place = lines.partition_point(|&l| l < line);
    let mut all = lines.to_vec();
    all.insert(place, line);
    (all, place)
}

/// Numbers for the patterns of a set with one line more.
struct Patterns<'a> {
    old: &'a Table,
    table: Table,
    /// Number of an old pattern with answer no and yes.
    binary: Vec<[u32; 2]>,
    /// Numbers with another answer; looked up only, never walked through.
    other: HashMap<(u32, u64), u32>,
}

impl<'a> Patterns<'a> {
    fn new(set: &'a Set, numbers: Numbers) -> Self {
        let old = &set.table;
        let capacity = if numbers == Numbers::Value { set.pattern.len() } else { 2 * old.patterns() };
        let table = Table {
            lines: old.lines + 1,
            answers: Vec::with_capacity(capacity * (old.lines + 1)),
            mass: Vec::with_capacity(capacity),
            finds: Vec::with_capacity(capacity),
        };
        Self { old, table, binary: vec![[u32::MAX; 2]; old.patterns()], other: HashMap::new() }
    }

    fn number(&mut self, old: u32, answer: f64, place: usize) -> u32 {
        let next = self.table.mass.len() as u32;
        let number = if answer == 0.0 || answer == 1.0 {
            let slot = &mut self.binary[old as usize][usize::from(answer == 1.0)];
            if *slot == u32::MAX {
                *slot = next;
            }
            *slot
        } else {
            *self.other.entry((old, answer.to_bits())).or_insert(next)
        };
        if number == next {
            let before = self.old.answer(old as usize);
            self.table.answers.extend_from_slice(&before[..place]);
            self.table.answers.push(answer);
            self.table.answers.extend_from_slice(&before[place..]);
            self.table.mass.push(0.0);
            self.table.finds.push(0.0);
        }
        number
    }
}

/// Per bin of a column and pattern of a set: mass and finds.
struct Cells {
    patterns: usize,
    /// `[mass, finds]`, bin by bin; empty for a column of values.
    bins: Vec<[f64; 2]>,
    /// `[mass · x, mass · x², finds · x]` per pattern, for a column of values.
    values: Vec<[f64; 3]>,
    /// The same for missing values.
    missing: Vec<[f64; 2]>,
}

impl Cells {
    fn new(rows: &Rows, set: &Set, number: usize) -> Self {
        let (column, patterns) = (&rows.columns[number], set.table.patterns());
        let last = column.bins() - 1;
        let mut cells = Self { patterns, bins: Vec::new(), values: Vec::new(), missing: Vec::new() };
        let add = |to: &mut [[f64; 2]], within: &[u32]| {
            for &r in within {
                let cell = &mut to[set.pattern[r as usize] as usize];
                cell[0] += rows.mass[r as usize];
                cell[1] += rows.finds[r as usize];
            }
        };
        if let Some(values) = &column.values {
            cells.values = vec![[0.0; 3]; patterns];
            for (r, &x) in values.iter().enumerate() {
                let cell = &mut cells.values[set.pattern[r] as usize];
                let scaled = rows.mass[r] * x;
                *cell = [cell[0] + scaled, cell[1] + scaled * x, cell[2] + rows.finds[r] * x];
            }
            cells.missing = vec![[0.0; 2]; patterns];
            add(&mut cells.missing, column.rows(&(last..last + 1)));
            return cells;
        }
        cells.bins = vec![[0.0; 2]; patterns * column.bins()];
        // The fullest bin is what the others leave.
        let count = |b: usize| column.starts[b + 1] - column.starts[b];
        let fullest = (0..column.bins()).max_by_key(|&b| (count(b), b)).unwrap_or(0);
        let mut rest: Vec<[f64; 2]> =
            (0..patterns).map(|p| [set.table.mass[p], set.table.finds[p]]).collect();
        for b in (0..column.bins()).filter(|&b| b != fullest && count(b) > 0) {
            let own = &mut cells.bins[b * patterns..(b + 1) * patterns];
            add(own, column.rows(&(b..b + 1)));
            for (rest, own) in rest.iter_mut().zip(own) {
                *rest = [rest[0] - own[0], rest[1] - own[1]];
            }
        }
        cells.bins[fullest * patterns..(fullest + 1) * patterns].copy_from_slice(&rest);
        cells
    }

    /// `[mass · x, mass · x², finds · x]` of a pattern, with `x` the answer to the candidate's question.
    fn of(&self, candidate: &Candidate, pattern: usize) -> [f64; 3] {
        match candidate.question {
            Question::Value => self.values[pattern],
            Question::Missing if !self.missing.is_empty() => {
                let [mass, finds] = self.missing[pattern];
                [mass, mass, finds]
            }
            _ => {
                let mut sum = [0.0; 2];
                for b in candidate.bins.clone() {
                    let cell = self.bins[b * self.patterns + pattern];
                    sum = [sum[0] + cell[0], sum[1] + cell[1]];
                }
                [sum[0], sum[0], sum[1]]
            }
        }
    }
}
