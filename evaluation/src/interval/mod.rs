//! Intervals and tests.
//!
//! | module | what |
//! |---|---|
//! | `proportion` | exact and score intervals of a proportion or a count |
//! | [`rates`] | rates of groups whose rows come in clusters: intervals, differences, ratios |
//! | [`gap()`] | largest minus smallest rate, with an interval that holds when there is no gap |
//! | [`permutation`] | which of many groups differ from the rest |
//! | `bootstrap` | drawing whole areas again |

pub(crate) mod bootstrap;
pub mod gap;
pub mod permutation;
pub(crate) mod proportion;
pub mod rates;

pub use gap::{Gap, gap};
pub use permutation::{Against, Unit, westfall_young, westfall_young_counts};
pub use proportion::{clopper_pearson, garwood, normal_quantile, quantile_of_sorted, wilson};
pub use rates::{Cell, GroupRates};
