//! As-of features.
