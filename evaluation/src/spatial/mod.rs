//! Space: are neighbours alike?

pub mod moran;

pub use moran::{Moran, Weight, moran, within};
