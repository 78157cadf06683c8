//! How often drift is seen where there is none, and where there is: simulations at many sizes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use evaluation::drift::{Column, Dates, Outcomes, Plan, calibration_drift, shifts};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Gamma, Poisson};
use rayon::prelude::*;

fn plan(seed: u64) -> Plan {
    Plan { level: 0.05, tests: 1, seed, draws: 399 }
}

/// Rows of areas that are alike within: a value is the area's level plus the row's own part.
fn sample(rng: &mut ChaCha8Rng, levels: &[f32], rows: usize, moved: f32) -> (Vec<u32>, Vec<f32>) {
    let area: Vec<u32> = (0..rows).map(|i| (i % levels.len()) as u32).collect();
    let value = area.iter().map(|area| {
        let level = levels[*area as usize];
        level + rng.random_range(-1.0..1.0_f32) + moved
    });
    let value = value.collect();
    (area, value)
}

/// How often nothing but chance raises an alarm, for samples of these sizes.
fn alarms(areas: usize, before: usize, after: usize, moved: f32, studies: u64) -> f64 {
    let alarm = |seed: u64| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let levels: Vec<f32> = (0..areas).map(|_| rng.random_range(-2.0..2.0)).collect();
        // Each date the areas move a little by themselves: rows are far from independent.
        let wander = |rng: &mut ChaCha8Rng| -> Vec<f32> {
            levels.iter().map(|level| level + rng.random_range(-0.3..0.3_f32)).collect()
        };
        let then = wander(&mut rng);
        let now = wander(&mut rng);
        let (area_before, value_before) = sample(&mut rng, &then, before, 0.0);
        let (area_after, value_after) = sample(&mut rng, &now, after, moved);
        let column = Column { name: "x", before: &value_before, after: &value_after, categories: false };
        shifts(Dates { before: &area_before, after: &area_after }, &[column], plan(seed + 1))[0].alarm
    };
    (0..studies).into_par_iter().filter(|seed| alarm(*seed)).count() as f64 / studies as f64
}

/// 400 studies each: a rate of 5 % is seen as at most 8.3 % in 999 of 1,000 cases.
#[test]
fn nothing_but_chance_alarms_no_more_often_than_the_level() {
    for (areas, before, after) in
        [(20, 100, 100), (40, 400, 400), (40, 4_000, 400), (100, 300, 3_000), (100, 10_000, 10_000)]
    {
        let share = alarms(areas, before, after, 0.0, 400);
        assert!(share <= 0.083, "{areas} areas, {before} and {after} rows: {share}");
    }
}

#[test]
fn shifted_data_alarm() {
    for (areas, rows, moved) in [(20, 400, 1.0), (100, 3_000, 0.4), (100, 10_000, 0.3)] {
        let share = alarms(areas, rows, rows, moved, 60);
        assert!(share > 0.9, "{areas} areas, {rows} rows, moved by {moved}: {share}");
    }
}

/// One period: areas of different size with a factor of their own, finds around it, times `moved`.
fn miscalibrated(seed: u64, areas: u32, mean: f64, own: f64, moved: f64) -> bool {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let factor = Gamma::new(1.0 / own, own).unwrap();
    let expected: Vec<f64> = (0..areas).map(|i| mean * f64::from(1 + i % 3) / 2.0).collect();
    let found: Vec<u32> = expected
        .iter()
        .map(|e| Poisson::new(e * factor.sample(&mut rng) * moved).map_or(0, |p| p.sample(&mut rng) as u32))
        .collect();
    let area: Vec<u32> = (0..areas).collect();
    calibration_drift(Outcomes { expected: &expected, found: &found, area: &area }, plan(1)).unwrap().alarm
}

fn share(areas: u32, mean: f64, own: f64, moved: f64) -> f64 {
    let studies = 1000_u64;
    let alarms =
        (0..studies).into_par_iter().filter(|seed| miscalibrated(*seed, areas, mean, own, moved)).count();
    alarms as f64 / studies as f64
}

/// 1,000 studies each: a rate of 5 % is seen as at most 7.2 % in 999 of 1,000 cases.
#[test]
fn a_right_expectation_alarms_no_more_often_than_the_level() {
    for (areas, mean, own) in
        [(12, 0.5, 0.05), (30, 0.2, 0.3), (30, 5.0, 0.5), (100, 1.0, 0.3), (300, 3.0, 0.5)]
    {
        let share = share(areas, mean, own, 1.0);
        assert!(share <= 0.072, "{areas} areas, {mean} finds each, own factor {own}: {share}");
    }
}

#[test]
fn a_wrong_expectation_alarms() {
    for (areas, mean, own, moved) in [(100, 2.0, 0.2, 1.5), (100, 2.0, 0.2, 0.6), (300, 1.0, 0.3, 1.35)] {
        let share = share(areas, mean, own, moved);
        assert!(share > 0.9, "{areas} areas, times {moved}: {share}");
    }
}

/// Twenty columns that share the level: not even one of them may alarm more often than one study in twenty.
#[test]
fn many_columns_together_alarm_no_more_often_than_the_level() {
    let any = |seed: u64| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let area: Vec<u32> = (0..600).map(|i| i % 60).collect();
        let mut column = || -> Vec<f32> { (0..600).map(|_| rng.random_range(0.0..1.0)).collect() };
        let values: Vec<(Vec<f32>, Vec<f32>)> = (0..20).map(|_| (column(), column())).collect();
        let columns: Vec<Column<'_>> = values
            .iter()
            .map(|(before, after)| Column { name: "x", before, after, categories: false })
            .collect();
        let plan = Plan { tests: columns.len(), draws: 1_999, ..plan(seed + 1) };
        shifts(Dates { before: &area, after: &area }, &columns, plan).iter().any(|shift| shift.alarm)
    };
    let share = (0..300_u64).filter(|seed| any(*seed)).count() as f64 / 300.0;
    // A rate of 5 % is seen as at most 8.9 % in 999 of 1,000 cases.
    assert!(share <= 0.089, "{share}");
}
