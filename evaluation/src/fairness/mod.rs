//! Fairness: what a list does to groups of rows, areas or people.
//!
//! | module | question |
//! |---|---|
//! | [`confusion`] | what happens to one group: every rate, in three readings of the unknown outcomes, with bounds |
//! | [`compare`] | how far apart groups are, by the definitions of fairlearn, Aequitas and AIF360 |
//! | [`resample`] | intervals of every rate by drawing rows or clusters again |
//! | [`audit()`] | a ready-made list: every rate per group in three readings, funnel, gaps, tests, warnings |
//! | [`funnel()`] | at which step from everyone to a find a group's share grows; from counts alone |
//! | [`scores`] | are the scores themselves as good for each group |
//! | [`proxy`] | could the features tell an audit attribute, and which terms make groups differ |
//! | [`search()`] | where nobody thought of a group: is the model further off there |
//! | [`inequality`] | are like rows treated alike, and can groups be told from their treatment |
//! | `groups`, `gaps` | the table per audit attribute of a backtest: rates, gaps, tests, what the unknown could change |

pub(crate) mod attribute;
pub mod audit;
pub(crate) mod binned;
pub mod compare;
pub mod confusion;
pub mod funnel;
pub(crate) mod gaps;
pub(crate) mod groups;
pub mod inequality;
pub mod proxy;
pub mod resample;
pub mod scores;
pub mod search;
pub(crate) mod stages;

pub use attribute::GroupAttribute;
pub use audit::{AuditPlan, AuditedGap, AuditedGroup, AuditedRate, ListAudit, ListRows, TESTED, audit};
pub use confusion::{Confusion, GroupMetric, Reading, confusions, list_shares};
pub use funnel::{FunnelError, FunnelFigures, FunnelStep, Stage, funnel};
pub use gaps::{GroupGap, RateBounds, could_flip, count_band};
pub use groups::{FEWEST_KNOWN, GroupFigures, GroupTable};
pub use inequality::{benefits, bias_amplification, consistency, differential_fairness, generalised_entropy};
pub use proxy::{Flattened, Telltales, TermGap, flattened, telltales, term_gaps};
pub use resample::{ClusterCounts, GroupRate};
pub use search::{FoundGroup, Range, search};
