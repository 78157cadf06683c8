//! Space: are neighbours alike, how far, and does the model hold in a part of town that it never saw?

pub mod correlogram;
pub mod folds;
pub mod moran;

pub use correlogram::{Ring, correlogram, reach};
pub use folds::Folds;
pub use moran::{Moran, Weight, moran, within};
