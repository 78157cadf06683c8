//! What is evaluated: test rows with outcomes, and candidates with their scores.

use models::{Outcome, Text};
use serde::{Deserialize, Serialize};

use crate::backtest::rule::Rule;

/// What a row's outcome counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// At most one find per row (a pand): the chance of a find is the expected number, at most 1.
    Bernoulli,
    /// Any number of finds per row (an area): the chance of at least one is `1 - exp(-expected)`.
    Count,
}

/// How rows with an unknown outcome enter AUC, average precision, Brier, log loss, deviance and calibration.
/// Take the reading with which the learners were trained: only then do expected and found speak of the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownReading {
    /// Only rows with a known outcome count.
    LeftOut,
    /// A row that nobody looked at counts as nothing found. AUC over the known rows stands beside it.
    AsNothingFound,
}

/// The test rows of all splits. All slices have the same length.
#[derive(Clone, Copy, Debug)]
pub struct TestRows<'a> {
    /// What is known of each row.
    pub outcome: &'a [Outcome],
    /// Exposure of each row (1 per pand, or households of an area); finite, 0 or more.
    pub exposure: &'a [f64],
    /// Area of each row: what the bootstrap draws.
    pub cluster: &'a [u32],
    /// Split number of each row: the capacity applies to each by itself.
    pub period: &'a [u32],
    /// Panden per row, for burdens per 1,000; the exposure when left out.
    pub units: Option<&'a [f64]>,
    /// What an outcome counts.
    pub target: Target,
}

/// A learner or baseline with its scores on the test rows.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    /// Name of the learner entry in the study.
    pub name: String,
    /// What readers see.
    pub label: Text,
    /// Kind of learner, for instance `baseline`, `logistic`, `poisson`.
    pub kind: String,
    /// Whether it is a baseline: something to beat, never released.
    pub is_baseline: bool,
    /// Ranking key per row, higher first: expected finds per row, or per unit of exposure.
    pub score: &'a [f64],
    /// Expected finds per row; finite, 0 or more.
    pub expected: &'a [f64],
}

/// Why nothing can be evaluated.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EvaluationError {
    /// No test rows.
    #[error("there are no test rows: set test_from earlier, or extend the sources beyond it")]
    NoRows,
    /// A slice of another length.
    #[error("{what} has {got} values, but there are {rows} test rows: give one value per row")]
    Length {
        /// Which slice.
        what: String,
        /// Its length.
        got: usize,
        /// The number of rows.
        rows: usize,
    },
    /// A value that cannot be used.
    #[error("{what} of test row {row} is {value}: it must be {allowed}")]
    Value {
        /// Which figure, of which candidate.
        what: String,
        /// Row number, from 0.
        row: usize,
        /// The value.
        value: f64,
        /// What is allowed.
        allowed: &'static str,
    },
    /// Two candidates share a name, or there are none.
    #[error("candidate names {names:?}: at least one is needed and each name may occur once")]
    Names {
        /// The names given.
        names: Vec<String>,
    },
    /// The rule names a baseline that is not there.
    #[error(
        "the rule's baseline is '{wanted}', but the baselines are {known:?}: name one of them, or 'best'"
    )]
    UnknownBaseline {
        /// As the rule names it.
        wanted: String,
        /// Baselines among the candidates.
        known: Vec<String>,
    },
    /// A setting of the rule that cannot be applied.
    #[error("[rule] {setting} = {value} cannot be applied: it must be {allowed}")]
    Rule {
        /// The setting.
        setting: String,
        /// Its value.
        value: String,
        /// What is allowed.
        allowed: String,
    },
    /// A group number outside the list of groups.
    #[error(
        "audit attribute '{attribute}': test row {row} is in group {group}, but there are {groups} groups"
    )]
    Group {
        /// Name of the attribute.
        attribute: String,
        /// Row number, from 0.
        row: usize,
        /// Group number of the row.
        group: u32,
        /// Number of groups.
        groups: usize,
    },
    /// A setting of the evaluation that cannot be applied.
    #[error("{draws} bootstrap draws are too few for an interval: ask for at least 100")]
    Draws {
        /// The number asked for.
        draws: usize,
    },
}

/// Checks everything that the computations rely on.
pub(crate) fn check(
    rows: &TestRows<'_>,
    candidates: &[Candidate<'_>],
    rule: &Rule,
) -> Result<(), EvaluationError> {
    let n = rows.outcome.len();
    if n == 0 {
        return Err(EvaluationError::NoRows);
    }
    same_length("exposure", rows.exposure.len(), n)?;
    same_length("cluster", rows.cluster.len(), n)?;
    same_length("period", rows.period.len(), n)?;
    not_negative("exposure", rows.exposure)?;
    if let Some(units) = rows.units {
        same_length("units", units.len(), n)?;
        not_negative("units", units)?;
    }
    check_names(candidates, rule)?;
    for candidate in candidates {
        check_score(&candidate.name, candidate.score, n)?;
        let expected = format!("the expected finds of '{}'", candidate.name);
        same_length(&expected, candidate.expected.len(), n)?;
        not_negative(&expected, candidate.expected)?;
    }
    rule.check()
}

/// Checks a ranking key: one finite number per row.
pub(crate) fn check_score(name: &str, score: &[f64], rows: usize) -> Result<(), EvaluationError> {
    let what = format!("the score of '{name}'");
    same_length(&what, score.len(), rows)?;
    first_bad(&what, score, |x| x.is_finite(), "a finite number")
}

fn check_names(candidates: &[Candidate<'_>], rule: &Rule) -> Result<(), EvaluationError> {
    let names: Vec<String> = candidates.iter().map(|c| c.name.clone()).collect();
    let mut sorted = names.clone();
    sorted.sort();
    sorted.dedup();
    if names.is_empty() || sorted.len() != names.len() {
        return Err(EvaluationError::Names { names });
    }
    let known: Vec<String> = candidates.iter().filter(|c| c.is_baseline).map(|c| c.name.clone()).collect();
    if known.is_empty() || (rule.baseline != "best" && !known.contains(&rule.baseline)) {
        return Err(EvaluationError::UnknownBaseline { wanted: rule.baseline.clone(), known });
    }
    Ok(())
}

pub(crate) fn same_length(what: &str, got: usize, rows: usize) -> Result<(), EvaluationError> {
    if got == rows { Ok(()) } else { Err(EvaluationError::Length { what: what.to_owned(), got, rows }) }
}

fn not_negative(what: &str, values: &[f64]) -> Result<(), EvaluationError> {
    first_bad(what, values, |x| x.is_finite() && x >= 0.0, "a finite number, 0 or more")
}

fn first_bad(
    what: &str,
    values: &[f64],
    good: impl Fn(f64) -> bool,
    allowed: &'static str,
) -> Result<(), EvaluationError> {
    match values.iter().position(|&x| !good(x)) {
        None => Ok(()),
        Some(row) => Err(EvaluationError::Value { what: what.to_owned(), row, value: values[row], allowed }),
    }
}
