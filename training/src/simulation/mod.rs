//! A simulation study: are the intervals of area expectations right, and do learners find the true effects again?
//!
//! Made-up cities, each with another seed, of which the truth is known: the expected number of grow sites that are
//! set up per pand in the coming year. Each city goes the whole way of a study (features, back-test, calibration,
//! fit, roll-up), with [`STUDY`] as its study file. Then the truth of every area is held against the 90 % interval
//! of its expectation, and the fitted effects against the true ones.

mod city;
mod effects;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::commands::CommandError;
use crate::progress::Stage;
use effects::Effects;

/// The study file.
const STUDY: &str = include_str!("../../studies/simulatie.toml");

/// What to simulate.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Number of cities.
    pub(crate) cities: u64,
    /// Panden per city.
    pub(crate) panden: usize,
    /// Seed of the first city; each next one has the next seed.
    pub(crate) seed: u64,
    /// Names of the learners of the study file that take part; empty for all.
    pub(crate) learners: Vec<String>,
}

/// What came out, per learner.
#[derive(Debug, Default)]
pub(crate) struct Simulation {
    learners: BTreeMap<String, Learner>,
}

/// One learner over all cities.
#[derive(Debug, Default)]
pub(crate) struct Learner {
    /// By level: with the areas' own factors, as published.
    published: BTreeMap<String, Coverage>,
    /// By level: what the model says alone.
    model_alone: BTreeMap<String, Coverage>,
    effects: Effects,
}

/// How often the truth lies in the interval.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Coverage {
    areas: u32,
    /// Truth within the interval.
    covered: u32,
    /// Truth below, above it.
    below: u32,
    above: u32,
    /// Sum of (expected - truth)² / truth: 1 per area is the noise of counting.
    squares: f64,
    expected: f64,
    truth: f64,
    /// Sum of the widths of the intervals.
    width: f64,
}

impl Coverage {
    fn add(&mut self, truth: f64, expected: f64, (low, high): (f64, f64)) {
        self.areas += 1;
        self.covered += u32::from(low <= truth && truth <= high);
        self.below += u32::from(truth < low);
        self.above += u32::from(truth > high);
        self.squares += (expected - truth).powi(2) / truth;
        self.expected += expected;
        self.truth += truth;
        self.width += high - low;
    }

    /// Share of the areas whose truth lies in the interval.
    fn share(&self) -> f64 {
        f64::from(self.covered) / f64::from(self.areas.max(1))
    }
}

impl Simulation {
    /// Per learner, then per level: the share of the areas whose truth lies in the interval.
    pub(crate) fn coverage(&self) -> BTreeMap<&str, BTreeMap<&str, f64>> {
        let mut shares = BTreeMap::<&str, BTreeMap<&str, f64>>::new();
        for (name, own) in &self.learners {
            let levels = own.published.iter().map(|(level, coverage)| (level.as_str(), coverage.share()));
            shares.insert(name, levels.collect());
        }
        shares
    }
}

/// Runs the study.
///
/// # Errors
/// When a city cannot be made, a learner is not in the study file, or a step of the pipeline fails.
pub(crate) fn simulate(plan: &Plan) -> Result<Simulation, CommandError> {
    let mut simulation = Simulation::default();
    let stage = Stage::new("cities", plan.cities);
    for number in 0..plan.cities {
        city::add(&mut simulation, plan, plan.seed + number)?;
        stage.step();
    }
    Ok(simulation)
}
