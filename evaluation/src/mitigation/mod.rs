//! What could be done about a list that weighs unequally on groups, and what each choice would cost in finds.
//!
//! Nothing here changes a list by itself. Every alternative is laid beside the list as it is: how many finds it gives up, and by
//! how much the groups come closer. Which of them is right is not a figure: all parities cannot hold at once where base rates
//! differ (Kleinberg et al., 2016; Chouldechova, 2017). So the choice is left to people, with the price written beside it.

pub(crate) mod list;
pub(crate) mod weigh;

pub use list::Change;
pub use weigh::{Alternative, Weighed, Weighing, weigh};
