//! The way from sources to bundle, one stage per file.

mod areas;
mod backtest;
mod bundle;
mod groups;
mod parity;
mod refit;
mod report;
mod stack;

pub(crate) use bundle::write as write_bundle;
pub(crate) use parity::{compare as compare_backend, made_up_rows};
