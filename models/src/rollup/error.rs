//! Why rows could not be rolled up to areas.

use crate::additive::ModelError;

/// Why rows could not be rolled up to areas, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum RollupError {
    /// The matrix is not the model's.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// One value per row is wanted.
    #[error("{what} has {found} values for {rows} rows. Give one value per row")]
    Length {
        /// What is too short or too long.
        what: &'static str,
        /// Its length.
        found: usize,
        /// Number of rows.
        rows: usize,
    },
    /// One value per area is wanted.
    #[error("{what} has {found} values for {areas} areas. Give one value per area")]
    PerArea {
        /// What is too short or too long.
        what: &'static str,
        /// Its length.
        found: usize,
        /// Number of areas.
        areas: usize,
    },
    /// A back-test that expected an impossible number.
    #[error(
        "the back-test expected {value} in area number {area}; it must be 0 or more and finite. Look for an extreme \
         value in the features of that area"
    )]
    History {
        /// The area number.
        area: usize,
        /// The value.
        value: f64,
    },
    /// Areas that do not form a tree.
    #[error("area {code:?}: {why}. Correct the areas of the study")]
    Area {
        /// Code of the area.
        code: String,
        /// What is wrong with it.
        why: String,
    },
    /// A row that lies in an area that is not there.
    #[error(
        "row {row} lies in area number {area}, but there are {areas} areas. Join the rows to these areas again"
    )]
    NoSuchArea {
        /// The row, from 0.
        row: usize,
        /// The area number.
        area: u32,
        /// Number of areas.
        areas: usize,
    },
    /// A row with an impossible exposure.
    #[error("exposure of row {row} is {value}; it must be 0 or more and finite. Correct the source of it")]
    Exposure {
        /// The row, from 0.
        row: usize,
        /// The value.
        value: f64,
    },
    /// A row that the model cannot score.
    #[error(
        "row {row} is scored {value} by model {model:?}. Look for an extreme or infinite value in its features"
    )]
    Score {
        /// Name of the model.
        model: String,
        /// The row, from 0.
        row: usize,
        /// The expected value.
        value: f64,
    },
    /// No ground for uncertainty.
    #[error(
        "model {model:?} has neither bags, a covariance nor the number of finds it rests on, so that nothing can be said \
         about its uncertainty. Fit it again with this version"
    )]
    NoUncertainty {
        /// Name of the model.
        model: String,
    },
    /// No draws.
    #[error("the number of draws is 0; take 500")]
    NoDraws,
}
