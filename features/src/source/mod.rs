//! Reading and checking sources.
