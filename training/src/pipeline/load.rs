//! Sources in, checked tables out; and the proof that features know nothing of the future.

use std::collections::BTreeMap;
use std::path::PathBuf;

use features::asof::{Calendar, Plan, ScrambleReport, as_of_dates, scramble_proof};
use features::source::{LoadOptions, Loaded};
use features::tables::Day;
use models::Schema;

use super::PipelineError;
use super::history::check_learners;
use crate::progress::Stage;
use crate::study::Study;

/// What a study's sources gave.
pub(crate) struct Sources {
    /// Tables, check report, hashes.
    pub(crate) loaded: Loaded,
    /// The time frame.
    pub(crate) calendar: Calendar,
    /// The features of the study.
    pub(crate) schema: Schema,
}

/// Reads and checks the sources of a study, and checks the settings of its features and learners against them.
///
/// # Errors
/// When the time frame is impossible, a source is refused, or a feature or learner cannot be made.
pub(crate) fn load(study: &Study, roots: &BTreeMap<String, PathBuf>) -> Result<Sources, PipelineError> {
    let calendar = as_of_dates(&study.file.time)?;
    let options = LoadOptions {
        base: study.base(),
        roots,
        plane: study.file.study.plane,
        data_until: calendar.data_until,
        unit: study.file.study.unit,
    };
    let stage = Stage::new("read", 1);
    let loaded = features::source::load(&study.file.sources, &options, &|source, done, total| {
        stage.at(source, done, total)
    })?;
    let file = &study.file;
    let plan = Plan::new(file.study.unit, &file.feature, &file.target, &calendar, &loaded.tables)?;
    check_learners(study, plan.schema())?;
    let schema = plan.schema().clone();
    Ok(Sources { loaded, calendar, schema })
}

/// At the first, the middle and the last as-of date: everything known later is replaced by noise, and the
/// features must not change in a single bit.
///
/// # Errors
/// When a feature does change, or cannot be computed.
pub(crate) fn scramble(study: &Study, sources: &Sources) -> Result<ScrambleReport, PipelineError> {
    let file = &study.file;
    let dates = proof_dates(&sources.calendar.dates);
    let _stage = Stage::new("scrambled-future proof", dates.len() as u64);
    let report = scramble_proof(
        file.study.unit,
        &file.feature,
        &file.target,
        &sources.calendar,
        &sources.loaded.tables,
        &dates,
        file.study.seed,
    )?;
    match report.dates.iter().find_map(|proof| Some((proof.as_of, proof.difference.as_ref()?))) {
        None => Ok(report),
        Some((as_of, difference)) => {
            Err(PipelineError::Future { as_of: as_of.to_string(), difference: difference.to_string() })
        }
    }
}

fn proof_dates(dates: &[Day]) -> Vec<Day> {
    let mut chosen = vec![0, dates.len() / 2, dates.len().saturating_sub(1)];
    chosen.dedup();
    chosen.into_iter().filter_map(|i| dates.get(i).copied()).collect()
}
