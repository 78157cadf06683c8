//! Intervals and tests: of proportions and counts, and by drawing whole areas again.

pub(crate) mod bootstrap;
pub(crate) mod proportion;

pub use proportion::{clopper_pearson, garwood, normal_quantile, quantile_of_sorted, wilson};
