//! The example city.
