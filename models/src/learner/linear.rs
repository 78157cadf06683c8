//! What logistic and Poisson regression share: the design, sign rules, and the way back to natural units.

use serde::Deserialize;

use super::design::{Column, Design};
use super::newton::{Family, Problem, Solution};
use super::{FitError, Monitor, TrainingData};
use crate::additive::{AdditiveModel, Link, Term};
use crate::schema::{Schema, Sign, Text};

/// Settings of the linear learners.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Penalty on standardised coefficients: `l2 / 2` times the sum of their squares is added to the minus
    /// log-likelihood of all rows together.
    pub l2: f64,
    /// Penalty that leaves terms out: `l1` times the sum of the absolute standardised coefficients is added too
    /// (elastic net). 0 keeps every term.
    pub l1: f64,
    /// Names of the features that may enter; `None` for all.
    pub features: Option<Vec<String>>,
    /// Most steps of a search.
    pub max_iterations: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { l2: 1.0, l1: 0.0, features: None, max_iterations: 100 }
    }
}

impl Settings {
    /// What is out of range, and what to do.
    pub(crate) fn check(&self) -> Result<(), String> {
        for (name, value) in [("l2", self.l2), ("l1", self.l1)] {
            if !(value.is_finite() && value >= 0.0) {
                return Err(format!("{name} is {value}; it must be 0 or more"));
            }
        }
        if self.max_iterations == 0 {
            return Err("max_iterations is 0; it must be 1 or more".to_owned());
        }
        Ok(())
    }
}

/// One linear learner at work on one set of rows.
pub(crate) struct Fit<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: &'static str,
    pub(crate) family: Family,
    pub(crate) settings: &'a Settings,
    pub(crate) data: &'a TrainingData<'a>,
    /// What the family counts per row: finds, or whether there was one.
    pub(crate) outcome: &'a [f64],
    /// Natural logarithm of the exposure; empty for none.
    pub(crate) offset: &'a [f64],
    pub(crate) notes: Vec<Text>,
}

impl Fit<'_> {
    /// Fits the model. `search` may propose coefficients to start from; `None` starts from the mean.
    pub(crate) fn run(
        mut self,
        monitor: &dyn Monitor,
        search: impl FnOnce(&Problem<'_>) -> Option<Vec<f64>>,
    ) -> Result<AdditiveModel, FitError> {
        let schema = self.data.matrix().schema();
        let features = chosen(self.name, self.settings.features.as_deref(), schema)?;
        let design = Design::build(self.data, &features);
        if !design.constant.is_empty() {
            self.notes.push(left_out_as_constant(&design.constant));
        }
        if design.columns.is_empty() {
            let why = "Every feature is constant or missing in all training rows".to_owned();
            return Err(FitError::NothingToFit { learner: self.name.to_owned(), why });
        }
        let problem = Problem {
            learner: self.name,
            family: self.family,
            values: design.values.view(),
            outcome: self.outcome,
            offset: self.offset,
            weight: self.data.weight(),
            l2: self.settings.l2,
            l1: self.settings.l1,
            max_iterations: self.settings.max_iterations,
        };
        let start = search(&problem).unwrap_or_else(|| problem.start());
        let solution = self.obey_signs(&problem, &design.columns, start, monitor)?;
        if solution.kept.is_empty() {
            let why = format!("The penalty l1 = {} leaves every term out; lower it", self.settings.l1);
            return Err(FitError::NothingToFit { learner: self.name.to_owned(), why });
        }
        Ok(self.model(&design.columns, &solution))
    }

    /// Refits without the term that breaks its sign rule most, until none does. One at a time: features that
    /// say the same thing push each other over, and the rest often stands up again.
    fn obey_signs(
        &mut self,
        problem: &Problem<'_>,
        columns: &[Column],
        start: Vec<f64>,
        monitor: &dyn Monitor,
    ) -> Result<Solution, FitError> {
        let schema = self.data.matrix().schema();
        let mut active: Vec<usize> = (0..columns.len()).collect();
        let mut start = start;
        loop {
            let solution = problem.solve(start, &active, monitor)?;
            let worst = active
                .iter()
                .copied()
                .filter_map(|k| Some((k, offence(schema, &columns[k], solution.coefficients[k + 1])?)))
                .max_by(|a, b| a.1.total_cmp(&b.1));
            let Some((worst, _)) = worst else { return Ok(solution) };
            self.notes.push(left_out_for_sign(schema, &columns[worst]));
            active.retain(|&k| k != worst);
            if active.is_empty() {
                let why = "The sign rules forbid every term".to_owned();
                return Err(FitError::NothingToFit { learner: self.name.to_owned(), why });
            }
            start = solution.coefficients;
            start[worst + 1] = 0.0;
        }
    }

    /// From standardised coefficients to terms in natural units.
    fn model(self, columns: &[Column], solution: &Solution) -> AdditiveModel {
        let schema = self.data.matrix().schema();
        let mut intercept = solution.coefficients[0];
        let terms = solution.kept.iter().map(|&k| {
            let (column, coefficient) = (&columns[k], solution.coefficients[k + 1]);
            intercept -= coefficient * column.intercept_shift();
            let feature = &schema.features[column.feature];
            Term {
                name: column.name(feature),
                label: column.label(feature),
                feature: column.feature,
                shape: column.shape(coefficient),
            }
        });
        let terms = terms.collect();
        let link = match self.family {
            Family::Bernoulli => Link::Logit,
            Family::Poisson => Link::Log,
        };
        AdditiveModel {
            name: self.name.to_owned(),
            kind: self.kind.to_owned(),
            link,
            intercept,
            terms,
            covariance: natural_covariance(columns, &solution.kept, &solution.covariance),
            spread: None,
            calibration: None,
            per_point: None,
            edits: Vec::new(),
            finds: self.data.finds(),
            notes: self.notes,
            schema: schema.clone(),
        }
    }
}

/// Covariance of natural coefficients. They are a linear map of the standardised ones: each is divided by its
/// scale, and the intercept takes up the means of the indicators.
fn natural_covariance(columns: &[Column], active: &[usize], standardised: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let size = active.len() + 1;
    let mut map = vec![vec![0.0; size]; size];
    map[0][0] = 1.0;
    for (i, &k) in active.iter().enumerate() {
        map[0][i + 1] = -columns[k].intercept_shift();
        map[i + 1][i + 1] = 1.0 / columns[k].scale;
    }
    let half: Vec<Vec<f64>> = map.iter().map(|row| times(row, standardised)).collect();
    // Entry (i, j) and (j, i) are one number, so that the matrix is symmetric to the last bit.
    let entry = |i: usize, j: usize| dot(&half[i.min(j)], &map[i.max(j)]);
    (0..size).map(|i| (0..size).map(|j| entry(i, j)).collect()).collect()
}

fn times(row: &[f64], matrix: &[Vec<f64>]) -> Vec<f64> {
    (0..row.len()).map(|j| row.iter().zip(matrix).map(|(r, line)| r * line[j]).sum()).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Numbers of the features that may enter, in the order of the schema.
pub(crate) fn chosen(
    learner: &str,
    features: Option<&[String]>,
    schema: &Schema,
) -> Result<Vec<usize>, FitError> {
    let Some(names) = features else { return Ok((0..schema.features.len()).collect()) };
    let mut chosen = Vec::with_capacity(names.len());
    for name in names {
        let place = schema.features.iter().position(|f| f.name == *name);
        chosen.push(place.ok_or_else(|| super::spec::unknown_feature(learner, name, schema))?);
    }
    chosen.sort_unstable();
    chosen.dedup();
    Ok(chosen)
}

/// How far a standardised coefficient goes in the forbidden direction; `None` when it is allowed. Sign rules
/// speak of the value: not of categories, which have no order, nor of being missing.
fn offence(schema: &Schema, column: &Column, coefficient: f64) -> Option<f64> {
    let feature = &schema.features[column.feature];
    let ordered = match column.basis {
        super::design::Basis::Linear(_) => true,
        super::design::Basis::Equals(_) => feature.kind == crate::schema::FeatureKind::Flag,
        super::design::Basis::Missing => false,
    };
    let wrong = match feature.passport.sign? {
        Sign::Rising => -coefficient,
        Sign::Falling => coefficient,
    };
    (ordered && wrong > 0.0).then_some(wrong)
}

fn left_out_for_sign(schema: &Schema, column: &Column) -> Text {
    let feature = &schema.features[column.feature];
    let label = column.label(feature);
    let (nl, en) = match feature.passport.sign {
        Some(Sign::Falling) => ("verlagen", "lower"),
        _ => ("verhogen", "raise"),
    };
    Text {
        nl: format!(
            "Weggelaten: {}. Meer hiervan mag de score alleen {nl}, maar deed het omgekeerde.",
            label.nl
        ),
        en: format!("Left out: {}. More of it may only {en} the score, but did the opposite.", label.en),
    }
}

fn left_out_as_constant(names: &[String]) -> Text {
    let names = names.join(", ");
    Text {
        nl: format!("Weggelaten, want gelijk of onbekend in alle leerrijen: {names}."),
        en: format!("Left out, because constant or unknown in all training rows: {names}."),
    }
}
