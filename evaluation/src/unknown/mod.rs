//! Unknown is not negative: what can be said where nobody looked, and how to come to know more.
//!
//! | module | question |
//! |---|---|
//! | [`estimate`] | what holds of all rows, when the visited ones were chosen with known chances; bounds when not |
//! | [`arm`] | how large must a random arm be, and which rows does it draw |
//! | [`effort`] | do finds change because of the visits or because of what there is |
//! | [`feedback`] | what happens when finds train the list that brings the finds |

pub mod arm;
pub mod effort;
pub mod estimate;
pub mod feedback;

pub use arm::{Plan, draw, power, visits_for_margin, visits_for_one_find};
pub use effort::{Change, Effort, decompose};
pub use estimate::{Observed, bounds, bounds_with_ceiling, hajek, list_yield};
pub use feedback::{FindsPerVisit, Learner, PastFinds, Policy, Round, Visit, World, gini, simulate};
