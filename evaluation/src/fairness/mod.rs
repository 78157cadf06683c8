//! Fairness: what a list does to groups of rows, areas or people.

pub(crate) mod groups;

pub use groups::{FEWEST_KNOWN, GroupAttribute, GroupFigures, GroupTable};
