//! Training rows as a scorecard sees them: rows that give the same answer to every question are one row.
//!
//! Loss and its derivatives need two numbers of such a row: its mass (weight, or weight times exposure for
//! counts) and its finds. The loss is `mass · φ(sum) − finds · sum`, with `φ(s) = ln(1 + eˢ)` for chances and
//! `φ(s) = eˢ` for counts: exposure needs no offset.

use std::ops::Range;

use rayon::prelude::*;

use crate::learner::TrainingData;
use crate::schema::{Schema, Sign};

use super::settings::{ScorecardSettings, Told};
use super::steps::{Division, Question};

/// Something that may become a line of the card.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// Column number in the schema.
    pub(crate) feature: usize,
    pub(crate) question: Question,
    /// Number among the merged columns.
    pub(crate) column: usize,
    /// Its bins in that column.
    pub(crate) bins: Range<usize>,
    /// Whether it may lower and raise the sum.
    pub(crate) may: (bool, bool),
}

/// One feature over the merged rows: the rows of each bin, bin after bin.
pub(crate) struct Column {
    pub(crate) order: Vec<u32>,
    pub(crate) starts: Vec<usize>,
    /// The value of each row (missing is 0), where the question is how much it is.
    pub(crate) values: Option<Vec<f64>>,
}

impl Column {
    /// The merged rows of some bins.
    pub(crate) fn rows(&self, bins: &Range<usize>) -> &[u32] {
        &self.order[self.starts[bins.start]..self.starts[bins.end]]
    }

    /// Number of bins.
    pub(crate) fn bins(&self) -> usize {
        self.starts.len() - 1
    }
}

/// The merged rows and all candidates.
pub(crate) struct Rows {
    pub(crate) told: Told,
    pub(crate) mass: Vec<f64>,
    pub(crate) finds: Vec<f64>,
    pub(crate) columns: Vec<Column>,
    pub(crate) candidates: Vec<Candidate>,
    /// Merged row of each training row; none where the weight is 0.
    pub(crate) merged: Vec<Option<u32>>,
}

impl Rows {
    /// Divides these features, merges rows and lists the candidates that tell rows apart.
    pub(crate) fn new(data: &TrainingData<'_>, features: &[usize], settings: &ScorecardSettings) -> Self {
        let divisions: Vec<Division> =
            features.par_iter().map(|&j| Division::of(data, j, settings)).collect();
        let keys = Keys::new(data, features, &divisions);
        let (merged, first) = keys.merge(data);
        let mut rows = Self {
            told: settings.outcome,
            mass: vec![0.0; first.len()],
            finds: vec![0.0; first.len()],
            columns: Vec::new(),
            candidates: Vec::new(),
            merged,
        };
        let mut weight = vec![0.0; first.len()];
        for (i, place) in rows.merged.iter().enumerate() {
            let Some(place) = place.map(|p| p as usize) else { continue };
            weight[place] += data.weight()[i];
            let (mass, finds) = sufficient(data, i, rows.told);
            rows.mass[place] += data.weight()[i] * mass;
            rows.finds[place] += data.weight()[i] * finds;
        }
        let pairs: Vec<_> = features.iter().zip(&divisions).collect();
        rows.columns = pairs.par_iter().map(|(j, d)| column(data.matrix().column(**j), d, &first)).collect();
        rows.list_candidates(features, &divisions, &weight, settings.minimum_rows, data.matrix().schema());
        rows
    }

    /// Candidates with enough rows on either side, each way of telling the rows apart once.
    fn list_candidates(
        &mut self,
        features: &[usize],
        divisions: &[Division],
        weight: &[f64],
        minimum: f64,
        schema: &Schema,
    ) {
        let total: f64 = weight.iter().sum();
        let mut seen: Vec<Vec<u32>> = Vec::new();
        for (c, (&feature, division)) in features.iter().zip(divisions).enumerate() {
            for (question, bins) in division.questions() {
                let column = &self.columns[c];
                let within = column.rows(&bins);
                let held: f64 = within.iter().map(|&r| weight[r as usize]).sum();
                let tells = match (&column.values, question) {
                    (Some(values), Question::Value) => values.iter().any(|v| *v != values[0]),
                    _ => !within.is_empty() && within.len() < self.mass.len(),
                };
                if !tells || (question != Question::Value && (held < minimum || total - held < minimum)) {
                    continue;
                }
                if question == Question::Missing {
                    // Features of one source are often missing together.
                    let mut set = within.to_vec();
                    set.sort_unstable();
                    if seen.contains(&set) {
                        continue;
                    }
                    seen.push(set);
                }
                let may = may(question, schema.features[feature].passport.sign, division);
                self.candidates.push(Candidate { feature, question, column: c, bins, may });
            }
        }
    }
}

/// Mass and finds of a training row, per weight.
pub(crate) fn sufficient(data: &TrainingData<'_>, row: usize, told: Told) -> (f64, f64) {
    match told {
        Told::Chance => (1.0, f64::from(u8::from(data.outcome()[row] > 0.0))),
        Told::Count => (data.exposure()[row], data.outcome()[row]),
    }
}

/// Whether a line may lower and raise the sum. Sign rules speak of more of a value: not of categories, nor of
/// being missing. Steps add up, so that steps that all go one way make a monotone effect.
fn may(question: Question, sign: Option<Sign>, division: &Division) -> (bool, bool) {
    let ordered = question != Question::Missing && !matches!(division, Division::Categories(_));
    match sign {
        Some(Sign::Rising) if ordered => (false, true),
        Some(Sign::Falling) if ordered => (true, false),
        _ => (true, true),
    }
}

fn column(x: &[f32], division: &Division, first: &[usize]) -> Column {
    let bins: Vec<usize> = first.iter().map(|&i| division.bin(x[i])).collect();
    let mut starts = vec![0; division.bins() + 1];
    for &b in &bins {
        starts[b + 1] += 1;
    }
    for b in 1..starts.len() {
        starts[b] += starts[b - 1];
    }
    let mut next = starts.clone();
    let mut order = vec![0; bins.len()];
    for (row, &b) in bins.iter().enumerate() {
        order[next[b]] = row as u32;
        next[b] += 1;
    }
    let value = |&i: &usize| if x[i].is_nan() { 0.0 } else { f64::from(x[i]) };
    let values = matches!(division, Division::Values(_)).then(|| first.iter().map(value).collect());
    Column { order, starts, values }
}

/// All bins of a row, packed into as few words as they need.
struct Keys {
    words: usize,
    keys: Vec<u64>,
}

impl Keys {
    fn new(data: &TrainingData<'_>, features: &[usize], divisions: &[Division]) -> Self {
        let mut places = Vec::with_capacity(divisions.len());
        let (mut word, mut used) = (0, 0);
        for division in divisions {
            let bits = usize::BITS - (division.bins() - 1).leading_zeros();
            if used + bits > u64::BITS {
                (word, used) = (word + 1, 0);
            }
            places.push((word, used));
            used += bits;
        }
        let words = word + 1;
        let mut keys = vec![0; words * data.rows()];
        for ((&j, division), &(word, shift)) in features.iter().zip(divisions).zip(&places) {
            let column = data.matrix().column(j);
            keys.par_chunks_mut(words).zip(column).for_each(|(key, &x)| {
                key[word] |= (division.bin(x) as u64) << shift;
            });
        }
        Self { words, keys }
    }

    /// The merged row of each row, and the first row of each merged row. Merged rows are in the order of their
    /// keys, whatever the order of the rows.
    fn merge(&self, data: &TrainingData<'_>) -> (Vec<Option<u32>>, Vec<usize>) {
        let key = |i: usize| &self.keys[i * self.words..(i + 1) * self.words];
        let mut order: Vec<usize> = (0..data.rows()).filter(|&i| data.weight()[i] > 0.0).collect();
        order.par_sort_by(|&a, &b| key(a).cmp(key(b)));
        let mut merged = vec![None; data.rows()];
        let mut first: Vec<usize> = Vec::new();
        for &i in &order {
            if first.last().is_none_or(|&f| key(f) != key(i)) {
                first.push(i);
            }
            merged[i] = Some(first.len() as u32 - 1);
        }
        (merged, first)
    }
}
