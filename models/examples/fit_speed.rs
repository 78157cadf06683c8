//! How long fitting and rolling up take: `cargo run --release --features fit --example fit_speed [ROWS [COLUMNS]]`.
//!
//! Rows are made up: half of the columns numbers, half counts, one in ten values missing, finds in about one row
//! of five hundred.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program to measure with")]

use std::collections::BTreeMap;
use std::time::Instant;

use models::learner::{
    BoostedSettings, BoostedTrees, Challenger, ForestSettings, Learner, Logistic, Poisson, RandomForest,
    Settings, Silent, TrainingData, Tree, TreeSettings,
};
use models::onnx::{self, Backend, Runner};
use models::rollup::{Area, Rules, Units, roll_up};
use models::{Feature, FeatureKind, Matrix, Passport, Schema, Text};

fn main() {
    let mut arguments = std::env::args().skip(1).map(|a| a.parse::<usize>().unwrap());
    let rows = arguments.next().unwrap_or(600_000);
    let columns = arguments.next().unwrap_or(30);
    let (matrix, outcome) = world(rows, columns);
    let (one, group) = (vec![1.0; rows], (0..rows as u32).collect::<Vec<_>>());
    let data = TrainingData::new(&matrix, &outcome, &one, &one, &group).unwrap();
    println!("{rows} rows, {columns} columns, {} finds", outcome.iter().sum::<f64>());

    let settings = Settings { l2: 10.0, ..Settings::default() };
    let logistic = Logistic::new("logistic", Text::default(), settings.clone());
    let model = timed("logistic", || logistic.fit(&data, &Silent).unwrap());
    let mut uneven = one.clone();
    uneven[0] = 1.5;
    let weighted = TrainingData::new(&matrix, &outcome, &one, &uneven, &group).unwrap();
    timed("logistic, one weight differs", || logistic.fit(&weighted, &Silent).unwrap());
    let poisson = Poisson::new("poisson", Text::default(), settings);
    timed("poisson", || poisson.fit(&data, &Silent).unwrap());
    let forest = RandomForest::new("forest", Text::default(), ForestSettings::default());
    timed("random forest (challenger)", || forest.fit(&data, &Silent).unwrap());
    let boosted = BoostedTrees::new("boosted", Text::default(), BoostedSettings::default());
    timed("boosted trees (challenger)", || boosted.fit(&data, &Silent).unwrap());
    let tree = Tree::new("tree", Text::default(), TreeSettings::default());
    timed("tree", || tree.fit(&data, &Silent).unwrap());

    timed("predict", || model.predict(&matrix));
    let runner = Runner::new(&onnx::write(&model), &Backend::Tract).unwrap();
    let most = timed("parity with tract", || onnx::parity(&model, &runner, &matrix).unwrap());
    println!("    {most:?}");

    let (areas, area) = buurten(rows);
    let rules = Rules {
        levels: Vec::new(),
        top_k: BTreeMap::new(),
        minimum_units: 20,
        seed: 42,
        draws: 500,
        exposure_unit: Text::default(),
    };
    let units =
        Units { model: &model, matrix: &matrix, exposure: &one, area: &area, areas: &areas, history: None };
    let rollup = timed("roll-up, 500 draws", || roll_up(&units, &rules).unwrap());
    println!("    {} areas, {} terms", rollup.areas.len(), model.terms.len());
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = work();
    println!("{what}: {:.2} s", start.elapsed().as_secs_f64());
    done
}

fn world(rows: usize, columns: usize) -> (Matrix, Vec<f64>) {
    let mut state = 1_u64;
    let mut uniform = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / 9_007_199_254_740_992.0
    };
    let features = (0..columns).map(|j| Feature {
        name: format!("x{j}"),
        label: Text::default(),
        unit: String::new(),
        kind: if j % 2 == 0 { FeatureKind::Continuous } else { FeatureKind::Count },
        passport: Passport::default(),
    });
    let schema = Schema { features: features.collect() };
    let mut values = vec![Vec::with_capacity(rows); columns];
    let mut outcome = Vec::with_capacity(rows);
    for _ in 0..rows {
        let shared = uniform();
        let mut eta = -7.0;
        for (j, column) in values.iter_mut().enumerate() {
            let u = 0.7 * uniform() + 0.3 * shared;
            let x = if j % 2 == 0 { u } else { (6.0 * u * u).floor() };
            eta += if j < 8 { 0.4 * x } else { 0.0 };
            let gone = j % 3 == 0 && uniform() < 0.1;
            column.push(if gone { f32::NAN } else { x as f32 });
        }
        outcome.push(f64::from(u8::from(uniform() < 1.0 / (1.0 + (-eta).exp()) / 6.0)));
    }
    (Matrix::new(schema, values, rows).unwrap(), outcome)
}

/// About 70 rows per buurt, 10 buurten per wijk.
fn buurten(rows: usize) -> (Vec<Area>, Vec<Option<u32>>) {
    let wijken = rows.div_ceil(700).max(1);
    let area = |code: String, level: &str, parent| Area {
        name: String::new(),
        code,
        level: level.to_owned(),
        parent,
    };
    let mut areas: Vec<Area> = (0..wijken).map(|w| area(format!("WK{w:06}"), "wijk", None)).collect();
    for b in 0..10 * wijken {
        areas.push(area(format!("BU{b:08}"), "buurt", Some((b / 10) as u32)));
    }
    let placed = (0..rows).map(|i| Some((wijken + i % (10 * wijken)) as u32)).collect();
    (areas, placed)
}
