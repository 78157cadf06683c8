//! What a person may change in a fitted model, and the record of it.

use super::{AdditiveModel, Edit, Shape};
use crate::schema::{Sign, Text};

/// A change of one term.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The term adds 0 to every row.
    Flatten,
    /// One number becomes another.
    Set {
        /// Which one, in the order of [`Shape::parameters`]: of a step function, the bins from low to high and then
        /// the contribution of a missing value.
        place: usize,
        /// Its new value, on the model's own scale.
        score: f64,
    },
    /// The nearest monotone step function: neighbouring bins that go the wrong way get their mean
    /// (pool-adjacent-violators; Barlow, Bartholomew, Bremner and Brunk 1972). Of a linear term that goes the wrong
    /// way nothing is left. The contribution of a missing value stays.
    Monotonise {
        /// The direction.
        sign: Sign,
        /// How much each bin counts, for instance its number of training rows; `None` for all the same.
        weights: Option<Vec<f64>>,
    },
}

/// Who changes a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature<'a> {
    /// Who does it.
    pub author: &'a str,
    /// On which day (ISO 8601: `2026-11-24`).
    pub date: &'a str,
    /// Why.
    pub reason: &'a str,
}

/// A change that is not made, and why.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EditError {
    /// The model has no such term.
    #[error("model {model:?} has no term {term:?}. Its terms: {known}")]
    NoSuchTerm {
        /// Name of the model.
        model: String,
        /// The term asked for.
        term: String,
        /// The terms that there are.
        known: String,
    },
    /// The record would be incomplete.
    #[error("an edit needs {what}, so that an auditor can follow it")]
    Unsigned {
        /// What is missing or wrong.
        what: &'static str,
    },
    /// The change does not fit the term.
    #[error("term {term:?} cannot be changed so: {why}")]
    Refused {
        /// Name of the term.
        term: String,
        /// What is wrong and what to do.
        why: String,
    },
}

impl Change {
    /// What the record calls it.
    fn action(&self) -> &'static str {
        match self {
            Self::Flatten => "flatten",
            Self::Set { .. } => "set",
            Self::Monotonise { .. } => "monotonise",
        }
    }
}

impl AdditiveModel {
    /// Changes a term and records it in [`AdditiveModel::edits`] with the term as it was. The data no longer speak
    /// for that term, so its uncertainty goes: every bag gets the new numbers, the covariance zeros, and a note says
    /// so. The intercept and the calibration stay, so the expected total can shift: measure it, and calibrate again.
    /// In a model with points ([`AdditiveModel::per_point`]) numbers stay whole points.
    ///
    /// # Errors
    /// An unknown term, an incomplete signature, a change that does not fit the term or changes nothing. The model
    /// is then as it was.
    pub fn edit(&mut self, term: &str, change: &Change, by: Signature<'_>) -> Result<(), EditError> {
        by.check()?;
        let place = self.terms.iter().position(|t| t.name == term).ok_or_else(|| {
            let known = self.terms.iter().map(|t| t.name.as_str()).collect::<Vec<_>>().join(", ");
            EditError::NoSuchTerm { model: self.name.clone(), term: term.to_owned(), known }
        })?;
        let before = self.terms[place].shape.clone();
        let after = changed(&before, change, self.per_point)
            .and_then(|after| {
                let same = after == before;
                if same {
                    Err("it already is what the change would make of it".to_owned())
                } else {
                    Ok(after)
                }
            })
            .map_err(|why| EditError::Refused { term: term.to_owned(), why })?;
        self.forget_uncertainty(place, &after);
        self.notes.push(changed_by_hand(&self.terms[place].label));
        self.edits.push(Edit {
            term: term.to_owned(),
            action: change.action().to_owned(),
            author: by.author.to_owned(),
            date: by.date.to_owned(),
            reason: by.reason.to_owned(),
            before,
        });
        self.terms[place].shape = after;
        Ok(())
    }

    fn forget_uncertainty(&mut self, place: usize, after: &Shape) {
        for bag in self.spread.iter_mut().flat_map(|spread| &mut spread.bags) {
            bag.parameters[place] = after.parameters();
        }
        for (i, row) in self.covariance.iter_mut().enumerate() {
            for (j, value) in row.iter_mut().enumerate() {
                if i == place + 1 || j == place + 1 {
                    *value = 0.0;
                }
            }
        }
    }
}

impl Signature<'_> {
    fn check(&self) -> Result<(), EditError> {
        let unsigned = |what| Err(EditError::Unsigned { what });
        if self.author.trim().is_empty() {
            return unsigned("an author");
        }
        if self.reason.trim().is_empty() {
            return unsigned("a reason");
        }
        if !is_day(self.date) {
            return unsigned("a date such as 2026-11-24");
        }
        Ok(())
    }
}

/// Whether the text has the form of an ISO 8601 day.
fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let digits = |part: &str, n: usize| part.len() == n && part.bytes().all(|b| b.is_ascii_digit());
    let within = |part: &str, most: u8| part.parse::<u8>().is_ok_and(|n| (1..=most).contains(&n));
    digits(year, 4) && digits(month, 2) && digits(day, 2) && within(month, 12) && within(day, 31)
}

fn changed_by_hand(label: &Text) -> Text {
    Text {
        nl: format!("Met de hand veranderd: {}. De onzekerheid van deze term telt niet meer mee.", label.nl),
        en: format!("Changed by hand: {}. The uncertainty of this term no longer counts.", label.en),
    }
}

/// The shape after the change, or why it cannot be made.
fn changed(before: &Shape, change: &Change, per_point: Option<f64>) -> Result<Shape, String> {
    let mut parameters = before.parameters();
    match change {
        Change::Flatten => parameters.fill(0.0),
        Change::Set { place, score } => {
            let n = parameters.len();
            let number = parameters
                .get_mut(*place)
                .ok_or_else(|| format!("it has {n} numbers (0 to {}), and no number {place}", n - 1))?;
            *number = whole(*score, per_point)?;
        }
        Change::Monotonise { sign, weights } => {
            monotonise(before, &mut parameters, *sign, weights.as_deref())?;
            if let Some(per_point) = per_point {
                // Rounding keeps the order.
                parameters.iter_mut().for_each(|p| *p = (*p / per_point).round() * per_point);
            }
        }
    }
    Ok(before.with_parameters(&parameters))
}

/// The score, if it is finite and a whole number of points.
fn whole(score: f64, per_point: Option<f64>) -> Result<f64, String> {
    if !score.is_finite() {
        return Err(format!("{score} is no finite number"));
    }
    let Some(per_point) = per_point else { return Ok(score) };
    let points = (score / per_point).round();
    if (score - points * per_point).abs() <= 1e-9 * per_point {
        return Ok(points * per_point);
    }
    let near = points * per_point;
    Err(format!(
        "{score} is no whole number of points of {per_point} each. The nearest is {near} ({points} points)"
    ))
}

fn monotonise(
    shape: &Shape,
    parameters: &mut [f64],
    sign: Sign,
    weights: Option<&[f64]>,
) -> Result<(), String> {
    match shape {
        Shape::Linear { coefficient, .. } => {
            let wrong = if sign == Sign::Rising { *coefficient < 0.0 } else { *coefficient > 0.0 };
            if wrong {
                parameters[0] = 0.0;
            }
            Ok(())
        }
        Shape::Steps { scores, .. } => {
            let bins = scores.len();
            let even = vec![1.0; bins];
            let weights = weights.unwrap_or(&even);
            if weights.len() != bins || !weights.iter().all(|w| w.is_finite() && *w > 0.0) {
                return Err(format!(
                    "it needs one weight above 0 for each of its {bins} bins, and none for missing values"
                ));
            }
            let turn = if sign == Sign::Rising { 1.0 } else { -1.0 };
            let turned: Vec<f64> = scores.iter().map(|s| turn * s).collect();
            for (place, value) in parameters.iter_mut().zip(isotonic(&turned, weights)) {
                *place = turn * value;
            }
            Ok(())
        }
        _ => {
            Err("only linear terms and step functions have an order. Flatten it, or set single scores"
                .to_owned())
        }
    }
}

/// The rising sequence nearest to the values in weighted squares.
fn isotonic(values: &[f64], weights: &[f64]) -> Vec<f64> {
    // Pools so far: mean, weight, number of values; their means rise.
    let mut pools: Vec<(f64, f64, usize)> = Vec::with_capacity(values.len());
    for (&value, &weight) in values.iter().zip(weights) {
        let mut pool = (value, weight, 1);
        while let Some(&(mean, total, n)) = pools.last()
            && mean > pool.0
        {
            pools.pop();
            let both = total + pool.1;
            pool = ((mean * total + pool.0 * pool.1) / both, both, n + pool.2);
        }
        pools.push(pool);
    }
    pools.into_iter().flat_map(|(mean, _, n)| std::iter::repeat_n(mean, n)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::additive::{Bag, Link, Spread};
    use crate::testing::every_shape;

    const BY: Signature<'static> =
        Signature { author: "A. Auditor", date: "2026-11-24", reason: "niet uit te leggen" };
    const STEPS: &str = "vondsten in stappen";

    fn sure_model() -> AdditiveModel {
        let mut model = every_shape(Link::Logit);
        let size = model.terms.len() + 1;
        model.covariance = (0..size).map(|i| (0..size).map(|j| 0.1 * (i * j + 1) as f64).collect()).collect();
        let bag = |shift: f64| Bag {
            intercept: model.intercept + shift,
            parameters: model
                .terms
                .iter()
                .map(|t| t.shape.parameters().iter().map(|p| p + shift).collect())
                .collect(),
        };
        model.spread = Some(Spread { inflation: 1.0, bags: vec![bag(0.1), bag(-0.1), bag(0.2)] });
        model
    }

    fn place(model: &AdditiveModel, term: &str) -> usize {
        model.terms.iter().position(|t| t.name == term).unwrap()
    }

    #[test]
    fn every_shape_can_be_flattened_and_the_record_holds_what_was() {
        let original = sure_model();
        for (t, term) in original.terms.iter().enumerate() {
            let mut model = original.clone();
            model.edit(&term.name, &Change::Flatten, BY).unwrap();
            assert!(model.terms[t].shape.parameters().iter().all(|p| *p == 0.0));
            let edit = &model.edits[0];
            assert_eq!(
                (edit.action.as_str(), edit.author.as_str(), edit.date.as_str()),
                ("flatten", BY.author, BY.date)
            );
            assert_eq!((&edit.before, edit.reason.as_str()), (&term.shape, BY.reason));
            assert_eq!(AdditiveModel::from_json(&model.to_json().unwrap()).unwrap(), model);
            let told = model.explain(&[100.0, 2.0, 1.0, 2.0]);
            assert_eq!(told.contributions[t], 0.0);
        }
    }

    #[test]
    fn an_edited_term_has_no_uncertainty_and_the_others_keep_theirs() {
        let original = sure_model();
        let mut model = original.clone();
        model.edit(STEPS, &Change::Set { place: 2, score: 0.9 }, BY).unwrap();
        let t = place(&model, STEPS);
        assert_eq!(model.terms[t].shape.parameters(), [-0.3, 0.1, 0.9, 0.45, 0.05]);
        let errors = model.spread.as_ref().unwrap().standard_errors().unwrap();
        let before = original.spread.as_ref().unwrap().standard_errors().unwrap();
        for (k, (now, then)) in errors.iter().zip(&before).enumerate() {
            if k == t { assert!(now.iter().all(|e| *e < 1e-12)) } else { assert_eq!(now, then) }
        }
        for (i, row) in model.covariance.iter().enumerate() {
            for (j, &value) in row.iter().enumerate() {
                let gone = i == t + 1 || j == t + 1;
                assert_eq!(value, if gone { 0.0 } else { original.covariance[i][j] });
            }
        }
        assert!(model.notes.iter().any(|n| n.nl.contains("Met de hand veranderd: vondsten in stappen")));
        assert!(model.validate().is_ok());
    }

    #[test]
    fn steps_and_lines_become_monotone() {
        let mut model = sure_model();
        model.edit(STEPS, &Change::Set { place: 1, score: 0.6 }, BY).unwrap();
        let weights = Some(vec![10.0, 1.0, 3.0, 5.0]);
        model.edit(STEPS, &Change::Monotonise { sign: Sign::Rising, weights }, BY).unwrap();
        let t = place(&model, STEPS);
        let now = model.terms[t].shape.parameters();
        let pooled = 0.25 * 0.6 + 0.75 * 0.2;
        for (got, want) in now.iter().zip([-0.3, pooled, pooled, 0.45, 0.05]) {
            assert!((got - want).abs() < 1e-12, "{now:?}");
        }
        assert_eq!(model.edits.len(), 2);
        assert_eq!(model.edits[1].before.parameters()[1], 0.6, "each edit remembers the one before");
        model.edit("vondsten", &Change::Monotonise { sign: Sign::Falling, weights: None }, BY).unwrap();
        assert_eq!(model.terms[place(&model, "vondsten")].shape.parameters(), [0.0, -0.2]);
    }

    #[test]
    fn points_stay_whole() {
        let mut model = sure_model();
        model.per_point = Some(0.05);
        let told = model.edit(STEPS, &Change::Set { place: 0, score: 0.12 }, BY).unwrap_err().to_string();
        assert!(told.contains("whole number of points") && told.contains("2 points"), "{told}");
        assert!(model.edits.is_empty() && model.notes.is_empty());
        model.edit(STEPS, &Change::Set { place: 0, score: 0.4 }, BY).unwrap();
        model.edit(STEPS, &Change::Monotonise { sign: Sign::Rising, weights: None }, BY).unwrap();
        for parameter in model.terms[place(&model, STEPS)].shape.parameters() {
            let points = parameter / 0.05;
            assert!((points - points.round()).abs() < 1e-9, "{parameter}");
        }
    }

    #[test]
    fn what_cannot_be_done_is_told_and_leaves_the_model_alone() {
        let original = sure_model();
        let mut model = original.clone();
        let mut refused = |term: &str, change: Change, by: Signature<'_>| {
            let told = model.edit(term, &change, by).unwrap_err().to_string();
            assert_eq!(model, original);
            told
        };
        assert!(refused("iets", Change::Flatten, BY).contains("no term \"iets\". Its terms: oppervlakte, "));
        assert!(refused(STEPS, Change::Flatten, Signature { author: " ", ..BY }).contains("an author"));
        assert!(refused(STEPS, Change::Flatten, Signature { reason: "", ..BY }).contains("a reason"));
        for date in ["24-11-2026", "2026-13-01", "2026-1-1", "vandaag"] {
            assert!(refused(STEPS, Change::Flatten, Signature { date, ..BY }).contains("a date"), "{date}");
        }
        let rising = Change::Monotonise { sign: Sign::Rising, weights: None };
        assert!(refused("gebruik", rising.clone(), BY).contains("have an order"));
        assert!(refused(STEPS, rising, BY).contains("already"));
        let uneven = Change::Monotonise { sign: Sign::Falling, weights: Some(vec![1.0; 5]) };
        assert!(refused(STEPS, uneven, BY).contains("each of its 4 bins"));
        assert!(refused(STEPS, Change::Set { place: 5, score: 0.0 }, BY).contains("5 numbers (0 to 4)"));
        assert!(refused(STEPS, Change::Set { place: 0, score: f64::NAN }, BY).contains("no finite"));
    }

    proptest! {
        /// Rising, with the same weighted mean, and no rising sequence lies nearer (tried near it).
        #[test]
        fn the_isotonic_sequence_is_the_nearest(
            pairs in proptest::collection::vec((-5.0f64..5.0, 0.1f64..9.0), 1..12), seed in 0u64..1000,
        ) {
            let (values, weights): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let found = isotonic(&values, &weights);
            prop_assert!(found.windows(2).all(|w| w[0] <= w[1] + 1e-12));
            let sum = |v: &[f64]| v.iter().zip(&weights).map(|(v, w)| v * w).sum::<f64>();
            prop_assert!((sum(&found) - sum(&values)).abs() < 1e-9);
            let away = |v: &[f64]| {
                v.iter().zip(&values).zip(&weights).map(|((a, b), w)| w * (a - b) * (a - b)).sum::<f64>()
            };
            let mut stream = crate::testing::Stream(seed);
            for _ in 0..20 {
                let mut other: Vec<f64> = found.iter().map(|v| v + 0.2 * (stream.next() - 0.5)).collect();
                other.sort_by(f64::total_cmp);
                prop_assert!(away(&other) >= away(&found) - 1e-9);
            }
        }
    }
}
