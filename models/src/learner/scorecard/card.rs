//! The printed card: lines with points, and a table from total to risk.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::additive::{AdditiveModel, Link, Shape, Term};
use crate::schema::{Feature, FeatureKind, Text};

/// A scorecard to print.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// Lines that are worth points, term by term. The lines of a term exclude one another.
    pub lines: Vec<CardLine>,
    /// Every total that a row can have, rising, with what it means.
    pub totals: Vec<CardTotal>,
    /// What the totals tell.
    pub tells: Text,
    chance: bool,
}

/// A line of a card.
#[derive(Clone, Debug, PartialEq)]
pub struct CardLine {
    /// Number of the term in the model.
    pub term: usize,
    /// Number of the column that it asks about.
    pub feature: usize,
    /// Name of that column.
    pub about: Text,
    /// For which values the line holds.
    pub answer: Answer,
    /// The same in words.
    pub words: Text,
    /// Points where it holds.
    pub points: i64,
}

/// For which values a line holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answer {
    /// From the first value on and below the second.
    Between(Option<f32>, Option<f32>),
    /// This category or flag value.
    Is(f32),
    /// Missing (or no known category).
    Missing,
}

/// What a total means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CardTotal {
    /// Sum of the points.
    pub points: i64,
    /// Chance of a find, or expected finds per unit of exposure.
    pub expected: f64,
}

/// Why a model cannot be printed as a card.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CardError {
    /// The model has no points.
    #[error(
        "model {model:?} is no scorecard: its contributions are not counted in points. Print it as a table of terms"
    )]
    NoPoints {
        /// Name of the model.
        model: String,
    },
    /// A term that has no lines with whole points.
    #[error(
        "term {term:?} of model {model:?} cannot be added up on paper: it is not made of whole points for ranges or \
         categories. Fit the card with numbers = \"steps\", and undo edits that are no whole points"
    )]
    NotOnPaper {
        /// Name of the model.
        model: String,
        /// Name of the term.
        term: String,
    },
}

impl Answer {
    /// Whether it holds for this value.
    #[must_use]
    pub fn holds(self, x: f32) -> bool {
        match self {
            Self::Between(from, below) => {
                !x.is_nan() && from.is_none_or(|from| x >= from) && below.is_none_or(|below| x < below)
            }
            Self::Is(value) => x == value,
            Self::Missing => x.is_nan(),
        }
    }
}

impl Card {
    /// The card of a model with points.
    ///
    /// # Errors
    /// When the model is no scorecard, or has terms that cannot be added up on paper.
    pub fn of(model: &AdditiveModel) -> Result<Self, CardError> {
        let per_point = model.per_point.ok_or_else(|| CardError::NoPoints { model: model.name.clone() })?;
        let mut lines = Vec::new();
        let mut sums = BTreeSet::from([0]);
        for (number, term) in model.terms.iter().enumerate() {
            let own = term_lines(model, number, term, per_point).ok_or_else(|| CardError::NotOnPaper {
                model: model.name.clone(),
                term: term.name.clone(),
            })?;
            let worth: BTreeSet<i64> = own.iter().map(|line| line.points).collect();
            sums = sums.iter().flat_map(|sum| worth.iter().map(move |points| sum + points)).collect();
            lines.extend(own.into_iter().filter(|line| line.points != 0));
        }
        let expected = |points: i64| model.expected(points as f64 * per_point + model.intercept);
        let chance = model.link == Link::Logit;
        let (nl, en) = if chance {
            ("kans op een vondst", "chance of a find")
        } else {
            ("verwachte vondsten per eenheid blootstelling", "expected finds per unit of exposure")
        };
        Ok(Self {
            lines,
            totals: sums.into_iter().map(|points| CardTotal { points, expected: expected(points) }).collect(),
            tells: Text { nl: nl.to_owned(), en: en.to_owned() },
            chance,
        })
    }

    /// Points of a row, in the order of the model's schema, added up as one does on paper.
    #[must_use]
    pub fn points(&self, row: &[f32]) -> i64 {
        let value = |j: usize| row.get(j).copied().unwrap_or(f32::NAN);
        self.lines.iter().filter(|line| line.answer.holds(value(line.feature))).map(|line| line.points).sum()
    }

    /// What the table says of a total; `None` for a total that no row can have.
    #[must_use]
    pub fn expected(&self, points: i64) -> Option<f64> {
        let place = self.totals.binary_search_by_key(&points, |total| total.points).ok()?;
        Some(self.totals[place].expected)
    }

    /// The card as plain text.
    #[must_use]
    pub fn text(&self) -> Text {
        let nl = self.print(|text| &text.nl, ["punten", "totaal"], ',');
        let en = self.print(|text| &text.en, ["points", "total"], '.');
        Text { nl, en }
    }

    fn print(&self, word: fn(&Text) -> &String, [points, total]: [&str; 2], comma: char) -> String {
        let question = |line: &CardLine| format!("{}: {}", word(&line.about), word(&line.words));
        let width = self.lines.iter().map(|line| question(line).chars().count()).max().unwrap_or(0);
        let mut text = format!("{:width$}  {points}\n", "");
        for line in &self.lines {
            let _ = writeln!(text, "{:width$}  {:+}", question(line), line.points);
        }
        let _ = writeln!(text, "\n{total:>6}  {}", word(&self.tells));
        for row in &self.totals {
            let risk = if self.chance { percent(row.expected) } else { digits(row.expected, 3) };
            let _ = writeln!(text, "{:>6}  {}", row.points, risk.replace('.', &comma.to_string()));
        }
        text
    }
}

/// Every alternative of a term with its points, those of 0 points included; `None` when it has no such lines.
fn term_lines(model: &AdditiveModel, number: usize, term: &Term, per_point: f64) -> Option<Vec<CardLine>> {
    let feature = &model.schema.features[term.feature];
    let line = |answer: Answer, contribution: f64| {
        let points = (contribution / per_point).round();
        let whole = (points * per_point - contribution).abs() <= 1e-9 * (per_point + contribution.abs());
        whole.then(|| CardLine {
            term: number,
            feature: term.feature,
            about: feature.label.clone(),
            answer,
            words: words(feature, answer),
            points: points as i64,
        })
    };
    let alternatives: Vec<(Answer, f64)> = match &term.shape {
        Shape::Equals { coefficient, value } => vec![(Answer::Is(*value), *coefficient)],
        Shape::Missing { coefficient } => vec![(Answer::Missing, *coefficient)],
        Shape::Steps { edges, scores, missing } => {
            let edge = |i: usize| edges.get(i).copied();
            let bin = |(i, score): (usize, &f64)| {
                (Answer::Between(i.checked_sub(1).and_then(edge), edge(i)), *score)
            };
            scores.iter().enumerate().map(bin).chain([(Answer::Missing, *missing)]).collect()
        }
        Shape::Categories { scores, missing } => {
            let category = |(c, score): (usize, &f64)| (Answer::Is(c as f32), *score);
            scores.iter().enumerate().map(category).chain([(Answer::Missing, *missing)]).collect()
        }
        Shape::Linear { .. } | Shape::Grid { .. } | Shape::Rule { .. } => return None,
    };
    let mut lines = alternatives.into_iter().map(|(a, c)| line(a, c)).collect::<Option<Vec<_>>>()?;
    if lines.len() == 1 {
        // The other answer is worth nothing.
        let other = CardLine { points: 0, ..lines[0].clone() };
        lines.push(other);
    }
    Some(lines)
}

fn words(feature: &Feature, answer: Answer) -> Text {
    let text = |nl: String, en: String| Text { nl, en };
    let counted = feature.kind == FeatureKind::Count;
    let unit = if feature.unit.is_empty() { String::new() } else { format!(" {}", feature.unit) };
    match answer {
        Answer::Missing => text("onbekend".to_owned(), "unknown".to_owned()),
        Answer::Is(value) => match &feature.kind {
            FeatureKind::Nominal { categories } => {
                let category = categories.get(value as usize).cloned().unwrap_or_default();
                text(category.clone(), category)
            }
            _ if value == 1.0 => text("ja".to_owned(), "yes".to_owned()),
            _ if value == 0.0 => text("nee".to_owned(), "no".to_owned()),
            _ => text(format!("{value}"), format!("{value}")),
        },
        Answer::Between(None, None) => text("bekend".to_owned(), "known".to_owned()),
        Answer::Between(None, Some(below)) => {
            text(format!("minder dan {}{unit}", dutch(below)), format!("less than {below}{unit}"))
        }
        Answer::Between(Some(from), None) => {
            text(format!("{} of meer{unit}", dutch(from)), format!("{from} or more{unit}"))
        }
        Answer::Between(Some(from), Some(below))
            if counted && from.fract() == 0.0 && below.fract() == 0.0 =>
        {
            let last = below - 1.0;
            if last <= from {
                text(format!("{from}{unit}"), format!("{from}{unit}"))
            } else {
                text(format!("{from} t/m {last}{unit}"), format!("{from} to {last}{unit}"))
            }
        }
        Answer::Between(Some(from), Some(below)) => text(
            format!("{} tot {}{unit}", dutch(from), dutch(below)),
            format!("{from} to less than {below}{unit}"),
        ),
    }
}

fn dutch(x: f32) -> String {
    x.to_string().replace('.', ",")
}

/// A chance in per cent: one decimal, and two digits below 1 %.
fn percent(chance: f64) -> String {
    let share = 100.0 * chance;
    if share >= 1.0 { format!("{share:.1} %") } else { format!("{} %", digits(share, 2)) }
}

/// A number with this many digits that count.
fn digits(x: f64, count: i32) -> String {
    if x <= 0.0 {
        return "0".to_owned();
    }
    let decimals = (count - 1 - x.log10().floor() as i32).clamp(0, 12) as usize;
    format!("{x:.decimals$}")
}
