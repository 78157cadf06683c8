//! A decision tree small enough to read: each leaf is a rule, and a row meets exactly one.
//!
//! The intercept is the score of all rows together, and the contribution of a leaf is how much more or less its
//! rows score. Our own CART (Breiman, Friedman, Olshen and Stone 1984) with binomial or Poisson deviance: the
//! trees of linfa and smartcore know no exposure, no missing values and no sign rules.

mod cuts;
mod grow;
mod rules;
#[cfg(test)]
mod tests;

use serde::Deserialize;

pub(crate) use cuts::Cuts;
pub(crate) use grow::{Criterion, Limits, Node, Rows, Sums, grow};

use super::linear::chosen;
use super::{FitError, Learner, Monitor, Step, TrainingData};
use crate::additive::{AdditiveModel, Link, Term};
use crate::matrix::Matrix;
use crate::schema::{Schema, Sign, Text};

/// Settings of the decision tree.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TreeSettings {
    /// Names of the features that may enter; `None` for all.
    pub features: Option<Vec<String>>,
    /// Most questions on the way to a leaf. 1 to 10.
    pub depth: u16,
    /// Most leaves. 2 to 64.
    pub leaves: u16,
    /// Least weight of the rows of a leaf.
    pub least_weight: f64,
    /// Least gain of a split in log-likelihood. Below about 5, splits on pure chance get through: the best of many
    /// cuts is tried.
    pub gain: f64,
    /// Finds at the mean rate that are added to each leaf, so that a leaf without finds is not certain.
    pub prior_finds: f64,
}

impl Default for TreeSettings {
    fn default() -> Self {
        Self { features: None, depth: 4, leaves: 10, least_weight: 20.0, gain: 5.0, prior_finds: 1.0 }
    }
}

impl TreeSettings {
    /// What is out of range, and what to do.
    pub(crate) fn check(&self) -> Result<(), String> {
        if !(1..=10).contains(&self.depth) {
            return Err(format!("depth is {}; it must be 1 to 10", self.depth));
        }
        if !(2..=64).contains(&self.leaves) {
            return Err(format!("leaves is {}; it must be 2 to 64", self.leaves));
        }
        for (name, value) in [("least_weight", self.least_weight), ("gain", self.gain)] {
            if !(value.is_finite() && value >= 0.0) {
                return Err(format!("{name} is {value}; it must be 0 or more"));
            }
        }
        if self.prior_finds.is_finite() && self.prior_finds > 0.0 {
            return Ok(());
        }
        Err(format!("prior_finds is {}; it must be above 0", self.prior_finds))
    }
}

/// A decision tree. Chances are learned where every outcome is 0 or 1 and every exposure is 1, else counts.
#[derive(Clone, Debug)]
pub struct Tree {
    name: String,
    label: Text,
    settings: TreeSettings,
}

impl Tree {
    /// A tree with these settings.
    #[must_use]
    pub fn new(name: &str, label: Text, settings: TreeSettings) -> Self {
        Self { name: name.to_owned(), label, settings }
    }
}

/// The deviance of finds among rows (a chance each) or over exposure.
struct Deviance<'a> {
    link: Link,
    /// Over all rows.
    rate: f64,
    settings: &'a TreeSettings,
}

impl Deviance<'_> {
    /// Finds per unit of the second sum, with the prior.
    fn rate(&self, sums: &Sums) -> f64 {
        let prior = self.settings.prior_finds;
        (sums.first + prior) / (sums.second + prior / self.rate)
    }

    fn link(&self, rate: f64) -> f64 {
        if self.link == Link::Logit { (rate / (1.0 - rate)).ln() } else { rate.ln() }
    }

    /// Fisher information about the value of a leaf.
    fn information(&self, sums: &Sums) -> f64 {
        let rate = self.rate(sums);
        let prior = self.settings.prior_finds / self.rate;
        (sums.second + prior) * if self.link == Link::Logit { rate * (1.0 - rate) } else { rate }
    }
}

impl Criterion for Deviance<'_> {
    /// Largest log-likelihood of the rows with one rate.
    fn merit(&self, sums: &Sums) -> f64 {
        let part = |n: f64| if n > 0.0 { n * (n / sums.second).ln() } else { 0.0 };
        match self.link {
            Link::Logit => part(sums.first) + part(sums.second - sums.first),
            _ => part(sums.first),
        }
    }

    fn value(&self, sums: &Sums) -> f64 {
        self.link(self.rate(sums))
    }

    fn allowed(&self, sums: &Sums) -> bool {
        sums.weight > 0.0 && sums.second > 0.0 && sums.weight >= self.settings.least_weight * (1.0 - 1e-9)
    }
}

impl Learner for Tree {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> &'static str {
        "tree"
    }

    fn label(&self) -> &Text {
        &self.label
    }

    fn fit(&self, data: &TrainingData<'_>, monitor: &dyn Monitor) -> Result<AdditiveModel, FitError> {
        if monitor.cancelled() {
            return Err(FitError::Cancelled { learner: self.name.clone() });
        }
        monitor.step(&Step { stage: "tree", number: 1, of: 1, loss: None });
        let schema = data.matrix().schema();
        let features = chosen(&self.name, self.settings.features.as_deref(), schema)?;
        let (cuts, signs) = (cuts_of(data, &features), signs(schema, &features));
        let sums: Vec<Sums> = (0..data.rows())
            .map(|i| {
                let weight = data.weight()[i];
                Sums { first: weight * data.outcome()[i], second: weight * data.exposure()[i], weight }
            })
            .collect();
        let second: f64 = sums.iter().map(|s| s.second).sum();
        let link = if data.are_chances() { Link::Logit } else { Link::Log };
        if link == Link::Logit && data.finds() >= second {
            return Err(FitError::NoNegatives { rows: data.rows() });
        }
        let deviance = Deviance { link, rate: data.finds() / second, settings: &self.settings };
        let limits = Limits {
            depth: self.settings.depth,
            leaves: usize::from(self.settings.leaves),
            gain: self.settings.gain,
        };
        let rows = Rows { cuts: &cuts, signs: &signs, sums: &sums };
        let nodes = grow(&rows, &deviance, &limits);
        let leaves = rules::leaves(&nodes, &cuts, &features, schema);
        if leaves.len() < 2 {
            let why = format!(
                "No split gains {} in log-likelihood; lower `gain` or `least_weight`",
                self.settings.gain
            );
            return Err(FitError::NothingToFit { learner: self.name.clone(), why });
        }
        Ok(self.model(data, &deviance, leaves))
    }
}

/// Cuts of the features, in the same order.
pub(crate) fn cuts_of(data: &TrainingData<'_>, features: &[usize]) -> Vec<Cuts> {
    let schema = data.matrix().schema();
    let known = |j: usize| rules::known_values(&schema.features[j].kind, data.matrix().column(j));
    features.iter().map(|&j| Cuts::of(&known(j), data.weight())).collect()
}

/// The columns of a matrix, where what is no category is missing.
pub(crate) fn known_columns(matrix: &Matrix) -> Vec<Vec<f32>> {
    let features = matrix.schema().features.iter().enumerate();
    features.map(|(j, feature)| rules::known_values(&feature.kind, matrix.column(j))).collect()
}

/// Sign rules of the features, in the same order. Categories have no order, so no sign.
fn signs(schema: &Schema, features: &[usize]) -> Vec<Option<Sign>> {
    let of = |j: usize| {
        let feature = &schema.features[j];
        feature.passport.sign.filter(|_| !rules::is_category(&feature.kind))
    };
    features.iter().map(|&j| of(j)).collect()
}

impl Tree {
    fn model(
        &self,
        data: &TrainingData<'_>,
        deviance: &Deviance<'_>,
        leaves: Vec<rules::Leaf>,
    ) -> AdditiveModel {
        let intercept = deviance.link(deviance.rate);
        let schema = data.matrix().schema();
        let size = leaves.len() + 1;
        let mut covariance = vec![vec![0.0; size]; size];
        let terms = leaves.into_iter().enumerate().map(|(k, leaf)| {
            covariance[k + 1][k + 1] = 1.0 / deviance.information(&leaf.sums);
            Term {
                label: leaf.label(schema),
                name: leaf.name(schema),
                feature: leaf.first(),
                shape: leaf.shape(intercept),
            }
        });
        let terms = terms.collect();
        AdditiveModel {
            name: self.name.clone(),
            kind: self.kind().to_owned(),
            link: deviance.link,
            intercept,
            terms,
            covariance,
            spread: None,
            calibration: None,
            per_point: None,
            edits: Vec::new(),
            finds: data.finds(),
            notes: vec![Text {
                nl: "Een rij valt in precies één blad van de boom. De onzekerheid geldt per blad; dat andere rijen een \
                     andere boom hadden gegeven, zit er niet in."
                    .to_owned(),
                en: "A row falls in exactly one leaf of the tree. The uncertainty is that of each leaf; that other \
                     rows would have given another tree is not in it."
                    .to_owned(),
            }],
            schema: schema.clone(),
        }
    }
}
