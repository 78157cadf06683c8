//! What makes an additive model sound, and what is wrong when it is not.

use std::collections::BTreeSet;

use super::{AdditiveModel, Bins, Shape, Term};
use crate::schema::Schema;

/// A model that cannot be used, and why.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The text is no model.
    #[error(
        "this is not a model: {cause} (line {line}, column {column}). Write model.json again with `train run`"
    )]
    NotAModel {
        /// Line of the text, from 1.
        line: usize,
        /// Column of the text, from 1.
        column: usize,
        /// What the reader stumbled on.
        cause: serde_json::Error,
    },
    /// The model has no terms.
    #[error("model {model:?} has no terms, so that it gives every row the same score. Fit it again")]
    NoTerms {
        /// Name of the model.
        model: String,
    },
    /// Two terms have one name.
    #[error("model {model:?} has two terms named {term:?}. Give each term a name of its own")]
    TwiceNamed {
        /// Name of the model.
        model: String,
        /// Name of the terms.
        term: String,
    },
    /// A term reads a column that is not there.
    #[error(
        "term {term:?} of model {model:?} reads column {feature}, but the schema has {features} columns \
         (0 to {}). Correct `feature`", features.saturating_sub(1)
    )]
    NoSuchColumn {
        /// Name of the model.
        model: String,
        /// Name of the term.
        term: String,
        /// The column number asked for.
        feature: usize,
        /// Number of columns of the schema.
        features: usize,
    },
    /// Bin edges that do not rise.
    #[error(
        "term {term:?} of model {model:?}: bin edge {after} does not lie above the edge before it, {before}. \
         Edges must rise"
    )]
    EdgesNotRising {
        /// Name of the model.
        model: String,
        /// Name of the term.
        term: String,
        /// The first edge of the pair.
        before: f32,
        /// The second edge of the pair.
        after: f32,
    },
    /// Not one score more than edges.
    #[error(
        "term {term:?} of model {model:?} has {edges} bin edges and {scores} scores; it must have {} scores, \
         one more than edges", edges + 1
    )]
    ScoresMissing {
        /// Name of the model.
        model: String,
        /// Name of the term.
        term: String,
        /// Number of edges.
        edges: usize,
        /// Number of scores.
        scores: usize,
    },
    /// A number that is infinite or not a number.
    #[error("{place} of model {model:?} is {value}; every number of a model must be finite. Fit it again")]
    NotFinite {
        /// Name of the model.
        model: String,
        /// Where the number stands.
        place: String,
        /// The number.
        value: f64,
    },
    /// A grid whose scores do not fit its bins.
    #[error(
        "term {term:?} of model {model:?} needs {rows} rows of {columns} scores: one per bin, and one for missing \
         values"
    )]
    GridShape {
        /// Name of the model.
        model: String,
        /// Name of the term.
        term: String,
        /// Wanted number of rows.
        rows: usize,
        /// Wanted number of scores per row.
        columns: usize,
    },
    /// A rule that does not start with a condition on its own column.
    #[error(
        "the first condition of term {term:?} of model {model:?} must read column {feature}, as the term does"
    )]
    RuleWithoutOwn {
        /// Name of the model.
        model: String,
        /// Name of the term.
        term: String,
        /// The column of the term.
        feature: usize,
    },
    /// Bags that do not fit the terms.
    #[error(
        "bag {bag} of model {model:?} does not fit its terms: it must hold the parameters of each. Fit the model again"
    )]
    BagShape {
        /// Name of the model.
        model: String,
        /// Number of the bag, from 0.
        bag: usize,
    },
    /// A number that must lie above 0.
    #[error("{place} of model {model:?} is {value}; it must be above 0. Fit it again")]
    NotPositive {
        /// Name of the model.
        model: String,
        /// Where the number stands.
        place: &'static str,
        /// The number.
        value: f64,
    },
    /// A covariance of the wrong shape.
    #[error(
        "the covariance of model {model:?} must be {size} by {size} (intercept and {} terms), but row {row} \
         of its {rows} rows has {columns} numbers. Fit the model again", size - 1
    )]
    CovarianceShape {
        /// Name of the model.
        model: String,
        /// Wanted number of rows and columns.
        size: usize,
        /// Number of rows found.
        rows: usize,
        /// The row whose length is wrong, or the last one.
        row: usize,
        /// Its number of columns.
        columns: usize,
    },
    /// The columns at hand are not those of the model.
    #[error(
        "model {model:?} reads {wanted} as column {column}, but the data have {found} there. Make the features \
         with the study that the model was fitted with, or fit it again"
    )]
    OtherSchema {
        /// Name of the model.
        model: String,
        /// Number of the first column that differs.
        column: usize,
        /// What the model reads there.
        wanted: String,
        /// What the data have there.
        found: String,
    },
}

impl AdditiveModel {
    /// Checks that the model is sound: columns in range, edges rising, one score more than edges, finite
    /// numbers, a square covariance, terms with names of their own.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn validate(&self) -> Result<(), ModelError> {
        let model = || self.name.clone();
        if self.terms.is_empty() {
            return Err(ModelError::NoTerms { model: model() });
        }
        self.finite("the intercept", self.intercept)?;
        self.finite("the number of finds", self.finds)?;
        let mut names = BTreeSet::new();
        for term in &self.terms {
            if !names.insert(term.name.as_str()) {
                return Err(ModelError::TwiceNamed { model: model(), term: term.name.clone() });
            }
            let features = self.schema.features.len();
            let read = std::iter::once(term.feature).chain(term.shape.others());
            if let Some(feature) = read.into_iter().find(|j| *j >= features) {
                let term = term.name.clone();
                return Err(ModelError::NoSuchColumn { model: model(), term, feature, features });
            }
            self.validate_shape(term)?;
        }
        self.validate_covariance()?;
        self.validate_spread()?;
        self.validate_calibration()
    }

    /// Checks that columns with this schema can be scored: the same features of the same kind in the same
    /// order.
    ///
    /// # Errors
    /// The first column that differs.
    pub fn check(&self, schema: &Schema) -> Result<(), ModelError> {
        let (ours, theirs) = (&self.schema.features, &schema.features);
        let differs = (0..ours.len().max(theirs.len())).find(|&j| match (ours.get(j), theirs.get(j)) {
            (Some(a), Some(b)) => a.name != b.name || a.kind != b.kind,
            _ => true,
        });
        let Some(column) = differs else { return Ok(()) };
        let told = |schema: &Schema| match schema.features.get(column) {
            Some(feature) => format!("{:?} ({:?})", feature.name, feature.kind),
            None => "no column".to_owned(),
        };
        let (wanted, found) = (told(&self.schema), told(schema));
        Err(ModelError::OtherSchema { model: self.name.clone(), column, wanted, found })
    }

    fn finite(&self, place: &str, value: f64) -> Result<(), ModelError> {
        if value.is_finite() {
            return Ok(());
        }
        Err(ModelError::NotFinite { model: self.name.clone(), place: place.to_owned(), value })
    }

    fn validate_shape(&self, term: &Term) -> Result<(), ModelError> {
        let place = |what: &str| format!("{what} of term {:?}", term.name);
        match &term.shape {
            Shape::Linear { coefficient, center, missing, .. } => {
                self.finite(&place("the coefficient"), *coefficient)?;
                self.finite(&place("the center"), *center)?;
                self.finite(&place("the contribution of a missing value"), *missing)
            }
            Shape::Equals { coefficient, value } => {
                self.finite(&place("the coefficient"), *coefficient)?;
                self.finite(&place("the value"), f64::from(*value))
            }
            Shape::Missing { coefficient } => self.finite(&place("the coefficient"), *coefficient),
            Shape::Steps { edges, scores, missing } => {
                for &edge in edges {
                    self.finite(&place("a bin edge"), f64::from(edge))?;
                }
                for &score in scores {
                    self.finite(&place("a score"), score)?;
                }
                self.finite(&place("the contribution of a missing value"), *missing)?;
                self.validate_steps(term, edges, scores.len())
            }
            Shape::Categories { .. } => self.finite_parameters(term),
            Shape::Grid { bins, other_bins, scores, .. } => {
                self.validate_edges(term, bins)?;
                self.validate_edges(term, other_bins)?;
                let (rows, columns) = (bins.count(), other_bins.count());
                if scores.len() != rows || scores.iter().any(|row| row.len() != columns) {
                    let (model, term) = (self.name.clone(), term.name.clone());
                    return Err(ModelError::GridShape { model, term, rows, columns });
                }
                self.finite_parameters(term)
            }
            Shape::Rule { conditions, .. } => {
                if conditions.first().is_none_or(|first| first.feature != term.feature) {
                    let (model, name) = (self.name.clone(), term.name.clone());
                    return Err(ModelError::RuleWithoutOwn { model, term: name, feature: term.feature });
                }
                for bound in conditions.iter().flat_map(|c| [c.from, c.below]).flatten() {
                    self.finite(&place("a bound"), f64::from(bound))?;
                }
                self.finite_parameters(term)
            }
        }
    }

    fn finite_parameters(&self, term: &Term) -> Result<(), ModelError> {
        let place = format!("a score of term {:?}", term.name);
        term.shape.parameters().into_iter().try_for_each(|value| self.finite(&place, value))
    }

    fn validate_edges(&self, term: &Term, bins: &Bins) -> Result<(), ModelError> {
        let Bins::Edges(edges) = bins else { return Ok(()) };
        for &edge in edges {
            self.finite(&format!("a bin edge of term {:?}", term.name), f64::from(edge))?;
        }
        self.validate_steps(term, edges, edges.len() + 1)
    }

    fn validate_steps(&self, term: &Term, edges: &[f32], scores: usize) -> Result<(), ModelError> {
        let (model, term) = (self.name.clone(), term.name.clone());
        if scores != edges.len() + 1 {
            return Err(ModelError::ScoresMissing { model, term, edges: edges.len(), scores });
        }
        match edges.windows(2).find(|pair| pair[0] >= pair[1]) {
            Some(pair) => Err(ModelError::EdgesNotRising { model, term, before: pair[0], after: pair[1] }),
            None => Ok(()),
        }
    }

    fn validate_spread(&self) -> Result<(), ModelError> {
        let Some(spread) = &self.spread else { return Ok(()) };
        self.above_zero("the inflation of the spread", spread.inflation)?;
        let wanted: Vec<usize> = self.terms.iter().map(|t| t.shape.parameters().len()).collect();
        for (number, bag) in spread.bags.iter().enumerate() {
            if !bag.parameters.iter().map(Vec::len).eq(wanted.iter().copied()) {
                return Err(ModelError::BagShape { model: self.name.clone(), bag: number });
            }
            for &value in std::iter::once(&bag.intercept).chain(bag.parameters.iter().flatten()) {
                self.finite(&format!("a parameter of bag {number}"), value)?;
            }
        }
        Ok(())
    }

    fn validate_calibration(&self) -> Result<(), ModelError> {
        if let Some(per_point) = self.per_point {
            self.above_zero("the contribution of a point", per_point)?;
        }
        let Some(calibration) = &self.calibration else { return Ok(()) };
        self.finite("the intercept of the calibration", calibration.intercept)?;
        self.finite("the finds of the calibration", calibration.finds)?;
        self.above_zero("the slope of the calibration", calibration.slope)
    }

    fn above_zero(&self, place: &'static str, value: f64) -> Result<(), ModelError> {
        if value > 0.0 {
            return self.finite(place, value);
        }
        Err(ModelError::NotPositive { model: self.name.clone(), place, value })
    }

    fn validate_covariance(&self) -> Result<(), ModelError> {
        if self.covariance.is_empty() {
            return Ok(());
        }
        let (size, rows) = (self.terms.len() + 1, self.covariance.len());
        let odd = self.covariance.iter().position(|row| row.len() != size);
        if rows != size || odd.is_some() {
            let row = odd.unwrap_or(rows - 1);
            let columns = self.covariance[row].len();
            return Err(ModelError::CovarianceShape { model: self.name.clone(), size, rows, row, columns });
        }
        for (i, row) in self.covariance.iter().enumerate() {
            for (j, &value) in row.iter().enumerate() {
                self.finite(&format!("the covariance at row {i}, column {j}"), value)?;
            }
        }
        Ok(())
    }
}
