//! Why a model could not be fitted.

use crate::schema::Text;

/// Why a model could not be fitted, where, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// No training rows.
    #[error("there are no training rows. Take an earlier first as-of date, or a later start of the test")]
    NoRows,
    /// A column of the training data has another length than the matrix.
    #[error("{what} has {found} values for {rows} rows. Give one value per row")]
    Length {
        /// What is too short or too long.
        what: &'static str,
        /// Its length.
        found: usize,
        /// Number of rows of the matrix.
        rows: usize,
    },
    /// An outcome, exposure or weight outside its range.
    #[error(
        "{what} of row {row} is {value}; it must be {wanted}. Correct the source of it, or leave the row out"
    )]
    Value {
        /// What is wrong: `outcome`, `exposure`, `weight` or `sum`.
        what: &'static str,
        /// The row, from 0.
        row: usize,
        /// The value.
        value: f64,
        /// What it must be.
        wanted: &'static str,
    },
    /// A feature with an infinite value.
    #[error(
        "feature {feature:?} is {value} at row {row}. Leave the value empty (missing) or correct the division \
         that made it"
    )]
    Infinite {
        /// Name of the feature.
        feature: String,
        /// The row, from 0.
        row: usize,
        /// The value.
        value: f32,
    },
    /// Nothing to learn from.
    #[error(
        "none of the {rows} training rows has a find, so that there is nothing to learn from. Take a longer \
         training period or horizon, or check that the finds lie on the units"
    )]
    NoPositives {
        /// Number of rows.
        rows: usize,
    },
    /// Every row has a find.
    #[error(
        "every one of the {rows} training rows has a find, so that a chance cannot be learned. Fit the number \
         of finds (kind = \"poisson\"), or take a shorter horizon"
    )]
    NoNegatives {
        /// Number of rows.
        rows: usize,
    },
    /// A chance per unit cannot be spread over exposure.
    #[error(
        "learner {learner:?} gives the chance of a find per unit, but row {row} has exposure {value}. Use \
         kind = \"poisson\" for counts with exposure, or set exposure = \"one\""
    )]
    ExposureNotOne {
        /// Name of the learner.
        learner: String,
        /// The row, from 0.
        row: usize,
        /// Its exposure.
        value: f64,
    },
    /// No feature tells rows apart.
    #[error(
        "learner {learner:?} has no feature left that tells the training rows apart. {why}. Add features, or \
         take more as-of dates"
    )]
    NothingToFit {
        /// Name of the learner.
        learner: String,
        /// What became of the features.
        why: String,
    },
    /// The search did not settle.
    #[error(
        "learner {learner:?} did not settle within {iterations} steps (last step {step:.1e}). Raise \
         max_iterations, or raise l2 when finds and no finds can be told apart completely"
    )]
    NotConverged {
        /// Name of the learner.
        learner: String,
        /// Number of steps taken.
        iterations: u32,
        /// Largest change of a standardised coefficient in the last step.
        step: f64,
    },
    /// The coefficients are not determined by the rows.
    #[error(
        "learner {learner:?} cannot tell some of its features apart (they are sums of one another). Set l2 \
         above 0, or leave one of them out with `features`"
    )]
    Collinear {
        /// Name of the learner.
        learner: String,
    },
    /// The monitor said stop.
    #[error("the fit of learner {learner:?} was stopped")]
    Cancelled {
        /// Name of the learner.
        learner: String,
    },
    /// A kind of learner that does not exist.
    #[error("learner {learner:?}: there is no kind {kind:?}.{suggestion} Kinds: {known}")]
    UnknownKind {
        /// Name of the learner.
        learner: String,
        /// The kind asked for.
        kind: String,
        /// A sentence with the nearest kind, or nothing.
        suggestion: String,
        /// All kinds.
        known: String,
    },
    /// A feature that does not exist.
    #[error("learner {learner:?}: there is no feature {feature:?}.{suggestion} Features: {known}")]
    UnknownFeature {
        /// Name of the learner.
        learner: String,
        /// The feature asked for.
        feature: String,
        /// A sentence with the nearest feature, or nothing.
        suggestion: String,
        /// All features.
        known: String,
    },
    /// A setting that is missing, out of range or of no use to the kind.
    #[error("learner {learner:?} ({kind}): {problem}")]
    Setting {
        /// Name of the learner.
        learner: String,
        /// Its kind.
        kind: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// A calibration could not be fitted.
    #[error("the calibration could not be fitted: {why}")]
    Calibration {
        /// What is wrong and what to do.
        why: String,
    },
    /// A challenger could not be fitted.
    #[error(
        "challenger {learner:?} could not be fitted: {cause}. Leave it out of the study, or give it fewer rows"
    )]
    Challenger {
        /// Name of the learner.
        learner: String,
        /// What the library said.
        cause: String,
    },
}

impl FitError {
    /// Why the rows at hand cannot carry this learner, in words for readers of a report; `None` when the fault lies
    /// in the study (a setting, a value, a feature), or in rows from which no learner whatever can learn.
    ///
    /// Whoever tries several learners can go on without one that the rows cannot carry.
    #[must_use]
    pub fn refusal(&self) -> Option<Text> {
        let (nl, en) = match self {
            Self::NoNegatives { .. } => (
                "in alle leerrijen is iets gevonden, dus een kans is niet te leren",
                "every training row has a find, so that a chance cannot be learned",
            ),
            Self::NothingToFit { .. } => (
                "geen kenmerk helpt om leerrijen met en zonder vondst van elkaar te onderscheiden",
                "no feature helps to tell training rows with and without finds apart",
            ),
            Self::NotConverged { .. } => (
                "het zoeken naar de best passende waarden kwam niet tot rust",
                "the search for the best fitting values did not settle",
            ),
            Self::Collinear { .. } => (
                "sommige kenmerken zijn in deze leerrijen een optelsom van elkaar",
                "some features are sums of one another in these training rows",
            ),
            Self::Challenger { .. } => (
                "de programmabibliotheek van deze uitdager kon de leerrijen niet aan",
                "the software library of this challenger could not handle the training rows",
            ),
            _ => return None,
        };
        Some(Text { nl: nl.to_owned(), en: en.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_in_the_rows_is_a_refusal() {
        let learner = || "ebm".to_owned();
        let rows = [
            FitError::NothingToFit { learner: learner(), why: String::new() },
            FitError::NoNegatives { rows: 3 },
            FitError::NotConverged { learner: learner(), iterations: 9, step: 0.1 },
            FitError::Collinear { learner: learner() },
        ];
        assert!(rows.iter().all(|error| error.refusal().is_some()));
        let study = [
            FitError::Setting { learner: learner(), kind: learner(), problem: String::new() },
            FitError::ExposureNotOne { learner: learner(), row: 0, value: 2.0 },
            FitError::NoPositives { rows: 3 },
            FitError::NoRows,
            FitError::Cancelled { learner: learner() },
        ];
        assert!(study.iter().all(|error| error.refusal().is_none()));
    }
}
