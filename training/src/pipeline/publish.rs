//! From scored rows to published areas.

use features::asof::{Plan, Rows};
use features::tables::{Areas, Day};
use models::AdditiveModel;
use models::bundle::Scores;
use models::rollup::{Area, Rollup, Rules, Units, roll_up};

use super::PipelineError;
use super::area_history::{Aligned, AreaHistory};
use super::load::Sources;
use crate::progress::Stage;
use crate::study::Study;

/// Draws behind every interval.
const DRAWS: usize = 500;

/// Position of the lowest published level in `Areas::levels`; everything above it is published too.
pub(crate) fn published_level(study: &Study, areas: &Areas) -> u8 {
    let position = areas.levels.iter().position(|level| *level == study.file.study.level);
    position.and_then(|p| u8::try_from(p).ok()).unwrap_or(0)
}

/// Scores the rows of an as-of date and rolls them up.
///
/// # Errors
/// When there are no rows, or they cannot be rolled up.
pub(crate) fn score_rows(
    study: &Study,
    sources: &Sources,
    model: &AdditiveModel,
    history: Option<&AreaHistory>,
    rows: &Rows,
) -> Result<Scores, PipelineError> {
    let rollup = roll_up_rows(study, sources, model, history, rows)?;
    Ok(Scores { as_of: rows.as_of.to_string(), top_k: rollup.top_k, areas: rollup.areas })
}

/// As [`score_rows`], with the intervals of the expectations.
pub(crate) fn roll_up_rows(
    study: &Study,
    sources: &Sources,
    model: &AdditiveModel,
    history: Option<&AreaHistory>,
    rows: &Rows,
) -> Result<Rollup, PipelineError> {
    if rows.unit.is_empty() {
        return Err(PipelineError::NothingToScore(rows.as_of.to_string()));
    }
    let areas = &sources.loaded.tables.areas;
    let level_name = |i: usize| areas.levels[usize::from(areas.level[i])].clone();
    let tree: Vec<Area> = (0..areas.code.len())
        .map(|i| Area {
            code: areas.code[i].clone(),
            name: areas.name[i].clone(),
            level: level_name(i),
            parent: areas.parent[i],
        })
        .collect();
    let history = history.map(|history| history.aligned(areas));
    let units = Units {
        model,
        matrix: &rows.matrix,
        exposure: &rows.exposure,
        area: &rows.area,
        areas: &tree,
        history: history.as_ref().map(Aligned::seen),
    };
    let rules = Rules {
        levels: areas.levels[usize::from(published_level(study, areas))..].to_vec(),
        top_k: study.file.disclosure.top_k.clone(),
        minimum_units: study.file.minimum_units(),
        seed: study.file.study.seed,
        draws: DRAWS,
        exposure_unit: study.file.target.exposure_unit.clone(),
    };
    let _stage = Stage::new("areas", 1);
    Ok(roll_up(&units, &rules)?)
}

/// Scores the areas on any as-of date.
///
/// # Errors
/// When the date lies after the data, the features are not those of the model, or nothing exists at that date.
pub(crate) fn score_areas(
    study: &Study,
    sources: &Sources,
    model: &AdditiveModel,
    history: Option<&AreaHistory>,
    as_of: Day,
) -> Result<Scores, PipelineError> {
    let calendar = &sources.calendar;
    if as_of > calendar.data_until {
        return Err(PipelineError::AfterTheData {
            as_of: as_of.to_string(),
            until: calendar.data_until.to_string(),
        });
    }
    let file = &study.file;
    let tables = &sources.loaded.tables;
    let plan = Plan::new(file.study.unit, &file.feature, &file.target, calendar, tables)?;
    model.check(plan.schema())?;
    score_rows(study, sources, model, history, &plan.rows(tables, as_of)?)
}
