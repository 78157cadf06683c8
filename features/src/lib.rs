//! Sources → checked tables → as-of feature matrix; and the example city.
//!
//! # The big picture
//!
//! [`spec`] says what a study asks for (sources, features), [`source`] reads files into [`tables`] and
//! checks them, [`asof`] turns tables into a matrix that knows nothing of the future, and [`city`] makes
//! the example city.

pub mod asof;
pub mod city;
pub mod geometry;
pub mod source;
pub mod spec;
pub mod tables;
