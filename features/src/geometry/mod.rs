//! Coordinates and polygons.

pub mod plane;

pub use plane::Projection;
