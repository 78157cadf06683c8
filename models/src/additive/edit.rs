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
mod tests;
