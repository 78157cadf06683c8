//! From lines with points to an additive model, and how sure the model is of them.
//!
//! Uncertainty: the lines stay, and their contributions are fitted again, without rounding, on samples of the
//! groups (the Bayesian bootstrap, Rubin 1981: every group gets a random weight with mean 1). Points would hide it:
//! rounding makes most samples give the very same card. Every sample holds all finds, so that rare finds cannot
//! make one fail. What the samples leave out is that other data might choose other lines; the pool shows that.

use rayon::prelude::*;

use crate::additive::{AdditiveModel, Bag, Link, Shape, Spread, Term, Transform};
use crate::learner::TrainingData;
use crate::schema::{Feature, FeatureKind, Schema, Text};

use super::beam::{Offer, Set, Space};
use super::rounding::Points;
use super::rows::{Candidate, sufficient};
use super::settings::Told;
use super::steps::Question;

/// A line of the card as the model knows it.
struct Line<'a> {
    candidate: &'a Candidate,
    value: f64,
}

/// A card: candidates with their points.
pub(crate) struct Lines {
    pub(crate) lines: Vec<usize>,
    pub(crate) points: Points,
}

impl Lines {
    /// Without the lines that came to nothing.
    pub(crate) fn new(lines: &[usize], card: Points) -> Self {
        let kept = lines.iter().zip(&card.points).filter(|(_, w)| **w != 0);
        let (lines, points) = kept.map(|(l, w)| (*l, *w)).unzip();
        Self { lines, points: Points { points, ..card } }
    }

    /// The model, without spread.
    pub(crate) fn model(
        &self,
        space: &Space<'_>,
        data: &TrainingData<'_>,
        name: &str,
        notes: &[Text],
    ) -> AdditiveModel {
        let schema = data.matrix().schema();
        let points: Vec<f64> = self.points.points.iter().map(|w| f64::from(*w)).collect();
        let mut terms = terms(space, &self.lines, &points, schema);
        for term in &mut terms {
            let scaled: Vec<f64> =
                term.shape.parameters().iter().map(|p| p * self.points.per_point).collect();
            term.shape = term.shape.with_parameters(&scaled);
        }
        AdditiveModel {
            name: name.to_owned(),
            kind: "scorecard".to_owned(),
            link: match space.settings.outcome {
                Told::Chance => Link::Logit,
                Told::Count => Link::Log,
            },
            intercept: self.points.intercept,
            terms,
            covariance: Vec::new(),
            spread: None,
            calibration: None,
            per_point: Some(self.points.per_point),
            edits: Vec::new(),
            finds: data.finds(),
            notes: notes.to_vec(),
            schema: schema.clone(),
        }
    }

    /// The lines fitted again on samples of the groups.
    pub(crate) fn spread(&self, space: &Space<'_>, data: &TrainingData<'_>) -> Option<Spread> {
        if space.settings.bags == 0 {
            return None;
        }
        let set = self
            .lines
            .iter()
            .fold(space.empty(), |set, &line| space.add(&set, &Offer { line, loss: 0.0, start: 0.0 }));
        let schema = data.matrix().schema();
        let bag = |number: usize| {
            let fit = sample(space, data, &set, number as u64);
            let terms = terms(space, &set.lines, &fit[1..], schema);
            Bag { intercept: fit[0], parameters: terms.iter().map(|t| t.shape.parameters()).collect() }
        };
        Some(Spread { inflation: 1.0, bags: (0..space.settings.bags).into_par_iter().map(bag).collect() })
    }
}

/// Intercept and contributions on one sample.
fn sample(space: &Space<'_>, data: &TrainingData<'_>, set: &Set, number: u64) -> Vec<f64> {
    let mut table = set.table.clone();
    table.mass.fill(0.0);
    table.finds.fill(0.0);
    for (i, place) in space.rows.merged.iter().enumerate() {
        let Some(place) = place else { continue };
        let pattern = set.pattern[*place as usize] as usize;
        let weight = data.weight()[i] * lot(space.settings.seed, number, data.group()[i]);
        let (mass, finds) = sufficient(data, i, space.rows.told);
        table.mass[pattern] += weight * mass;
        table.finds[pattern] += weight * finds;
    }
    space.relax(&set.lines, &table, &set.fit.beta).beta
}

/// An exponential random number with mean 1 that hangs on its arguments only (splitmix64), so that the order of
/// the rows does not matter.
fn lot(seed: u64, bag: u64, group: u32) -> f64 {
    let mix = |z: u64| {
        let z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    let bits = mix(mix(mix(seed) ^ bag) ^ u64::from(group));
    -(((bits >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0).ln()
}

/// The terms of these lines, feature by feature, with a contribution per line.
fn terms(space: &Space<'_>, lines: &[usize], values: &[f64], schema: &Schema) -> Vec<Term> {
    let own: Vec<Line<'_>> = lines
        .iter()
        .zip(values)
        .map(|(&c, &value)| Line { candidate: &space.rows.candidates[c], value })
        .collect();
    // Candidates lie feature by feature, and lines in their order.
    own.chunk_by(|a, b| a.candidate.feature == b.candidate.feature)
        .flat_map(|own| of_feature(own, own[0].candidate.feature, schema))
        .collect()
}

fn of_feature(lines: &[Line<'_>], number: usize, schema: &Schema) -> Vec<Term> {
    let feature = &schema.features[number];
    let missing = lines.iter().find(|l| l.candidate.question == Question::Missing).map(|l| l.value);
    let (mut edges, mut is, mut value) = (Vec::new(), Vec::new(), None);
    for line in lines {
        match line.candidate.question {
            Question::From(edge) => edges.push((edge, line.value)),
            Question::Is(category) => is.push((category, line.value)),
            Question::Value => value = Some(line.value),
            Question::Missing => {}
        }
    }
    let term = |name: String, label: Text, shape: Shape| Term { name, label, feature: number, shape };
    let whole = |shape: Shape| term(feature.name.clone(), feature.label.clone(), shape);
    let categories = match &feature.kind {
        FeatureKind::Nominal { categories } => categories.as_slice(),
        _ => &[],
    };
    if !edges.is_empty() {
        let steps = edges.iter().scan(0.0, |sum, (_, v)| {
            *sum += v;
            Some(*sum)
        });
        let scores = std::iter::once(0.0).chain(steps).collect();
        let edges = edges.iter().map(|(edge, _)| *edge).collect();
        return vec![whole(Shape::Steps { edges, scores, missing: missing.unwrap_or(0.0) })];
    }
    if is.len() > 1 {
        let mut scores = vec![0.0; categories.len()];
        for (category, value) in is {
            scores[category as usize] = value;
        }
        return vec![whole(Shape::Categories { scores, missing: missing.unwrap_or(0.0) })];
    }
    let mut terms = Vec::new();
    if let Some(coefficient) = value {
        let (center, transform) = (0.0, Transform::Identity);
        terms.push(whole(Shape::Linear { coefficient, center, transform, missing: 0.0 }));
    }
    if let Some(&(value, coefficient)) = is.first() {
        let shape = Shape::Equals { coefficient, value };
        terms.push(match categories.get(value as usize) {
            Some(category) => {
                term(format!("{}={category}", feature.name), of(feature, category, category), shape)
            }
            None => whole(shape),
        });
    }
    if let Some(coefficient) = missing {
        let name = format!("{} is missing", feature.name);
        terms.push(term(name, of(feature, "onbekend", "unknown"), Shape::Missing { coefficient }));
    }
    terms
}

fn of(feature: &Feature, nl: &str, en: &str) -> Text {
    Text { nl: format!("{}: {nl}", feature.label.nl), en: format!("{}: {en}", feature.label.en) }
}
