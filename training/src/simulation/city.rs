//! One city: made, studied, and held against its truth.

use std::collections::BTreeMap;
use std::path::Path;

use features::asof::Rows;
use features::city::{CitySpec, generate};
use features::tables::Tables;
use models::rollup::Rollup;

use super::{Coverage, Plan, STUDY, Simulation};
use crate::commands::CommandError;
use crate::pipeline::{AreaHistory, History, back_test, load, refit, roll_up_rows};
use crate::study::Study;

/// Years of records: as many as the study file speaks of.
const YEARS: u32 = 8;
/// The year that is predicted.
const TRUTH: &str = "risico_2025";

/// Makes the city, studies it, and adds what came out.
pub(super) fn add(simulation: &mut Simulation, plan: &Plan, seed: u64) -> Result<(), CommandError> {
    let fault = |cause| CommandError::Write { path: std::env::temp_dir(), cause };
    let folder = tempfile::tempdir().map_err(fault)?;
    let spec = CitySpec { panden: plan.panden, years: YEARS, seed, panden_from: None, areas_from: None };
    generate(&spec, folder.path(), &|_, _, _| {})?;
    let path = folder.path().join("study.toml");
    std::fs::write(&path, STUDY).map_err(fault)?;
    let mut study = Study::read(&path)?;
    choose(&mut study, &plan.learners)?;
    let sources = load(&study, &BTreeMap::new())?;
    let history = History::build(&study, &sources.loaded.tables, &sources.calendar)?;
    let mut backtest = back_test(&history, &sources.calendar)?;
    let (models, _) = refit(&sources, &history, &mut backtest)?;
    let Some(latest) = history.rows.last() else { return Ok(()) };
    let areas = &sources.loaded.tables.areas;
    let truth = truth(folder.path(), &sources.loaded.tables, latest)?;
    for (learner, model) in backtest.learners.iter().zip(&models) {
        if learner.spec.kind == "baseline" {
            continue;
        }
        let seen = AreaHistory::new(&study, areas, &backtest, (&learner.sums, model), latest);
        let own = simulation.learners.entry(model.name.clone()).or_default();
        let published = roll_up_rows(&study, &sources, model, Some(&seen), latest)?;
        hold(&mut own.published, &published, &truth);
        let alone = roll_up_rows(&study, &sources, model, None, latest)?;
        hold(&mut own.model_alone, &alone, &truth);
        own.effects.add(model, &latest.matrix);
    }
    Ok(())
}

/// Leaves these learners in the study, and the baselines; all when none is named.
fn choose(study: &mut Study, names: &[String]) -> Result<(), CommandError> {
    let learners = &mut study.file.learner;
    if let Some(unknown) = names.iter().find(|name| learners.iter().all(|own| own.name != **name)) {
        let known: Vec<&str> = learners.iter().map(|own| own.name.as_str()).collect();
        return Err(CommandError::Refused(format!(
            "the study of the simulation has no learner {unknown:?}. It has {}",
            known.join(", ")
        )));
    }
    learners.retain(|own| names.is_empty() || own.kind == "baseline" || names.contains(&own.name));
    Ok(())
}

fn hold(levels: &mut BTreeMap<String, Coverage>, rollup: &Rollup, truth: &BTreeMap<String, f64>) {
    for (area, interval) in rollup.areas.iter().zip(&rollup.expectations) {
        let truth = truth.get(&area.code).filter(|truth| **truth > 0.0);
        if let (Some(figures), Some(interval), Some(truth)) = (&area.figures, interval, truth) {
            levels.entry(area.level.clone()).or_default().add(*truth, figures.expected, *interval);
        }
    }
}

/// The expected number that is set up in the scored panden of every area, of all levels.
fn truth(city: &Path, tables: &Tables, rows: &Rows) -> Result<BTreeMap<String, f64>, CommandError> {
    let path = city.join("truth/panden.csv");
    let text =
        std::fs::read_to_string(&path).map_err(|cause| CommandError::Write { path: path.clone(), cause })?;
    let refused = || CommandError::Refused(format!("{} has no column {TRUTH}", path.display()));
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    let column = header.split(',').position(|name| name == TRUTH).ok_or_else(refused)?;
    let risk: BTreeMap<&str, f64> = lines
        .filter_map(|line| {
            let mut cells = line.split(',');
            let id = cells.next()?;
            Some((id, cells.nth(column - 1)?.parse().ok()?))
        })
        .collect();
    let areas = &tables.areas;
    let mut sums = BTreeMap::new();
    for (unit, area) in rows.unit.iter().zip(&rows.area) {
        let own = risk.get(tables.units.id[*unit as usize].as_str()).copied().unwrap_or_default();
        for area in std::iter::successors(*area, |&a| areas.parent[a as usize]) {
            *sums.entry(areas.code[area as usize].clone()).or_default() += own;
        }
    }
    Ok(sums)
}
