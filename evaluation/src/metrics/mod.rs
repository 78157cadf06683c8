//! Metrics over plain arrays, each by its published definition, checked against scikit-learn and worked examples.
//!
//! | module | what |
//! |---|---|
//! | [`ranking`] | AUC, average precision, DeLong's variance and paired test |
//! | [`capacity`] | finds, precision, recall and lift at `k`, with the three ways ties can fall |
//! | [`probability`] | Brier and its parts, log loss, deviance, calibration error, Poisson CRPS |
//! | [`calibration`] | calibration intercept and slope |
//! | [`place`] | hit rate at coverage, PAI, PEI, PEI*, recapture rate, likeness of maps |
//! | [`lists`] | Jaccard, churn, rank-biased overlap, arbitrariness |
//! | [`stability`] | population stability index with a limit that follows the number of rows |

pub mod calibration;
pub mod capacity;
pub mod lists;
pub mod place;
pub mod probability;
pub mod ranking;
pub mod stability;

pub use calibration::{CalibrationLine, calibration_line};
pub use capacity::{finds_at, lift_at, precision_at, recall_at};
pub use lists::{arbitrariness, churn, jaccard, rank_biased_overlap};
pub use place::{
    Coverage, Efficiency, coverage_to_reach, efficiency, forecast_skill, log_likelihood, recapture_rate,
    spatial_brier,
};
pub use probability::{
    BrierParts, brier, brier_parts, brier_skill, calibration_error, log_loss, poisson_crps, poisson_deviance,
};
pub use ranking::{Delong, auc, average_precision, delong, delong_difference};
pub use stability::{Stability, psi, stability};
