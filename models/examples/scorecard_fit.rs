//! The side of the scorecard benchmark that is ours; `models/benches/run scorecard` calls it.
//!
//! `scorecard_fit TRAIN.csv TEST.csv K steps|value LIMIT [SETTINGS_TOML]`: fits a card of at most K lines, points from -5 to 5,
//! contributions of at most LIMIT, and prints one line of JSON: mean logistic loss on the training rows, chances of the test rows, seconds (clock and
//! processor) of the fit alone, number of candidates' columns, and the card. The first column is the outcome.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program to measure with")]

use std::time::Instant;

use models::learner::{Card, Learner, Numbers, Scorecard, ScorecardSettings, Silent, TrainingData};
use models::{Feature, FeatureKind, Matrix, Passport, Schema, Text};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [train, test, k, numbers, limit, rest @ ..] = arguments.as_slice() else {
        println!("scorecard_fit TRAIN.csv TEST.csv K steps|value LIMIT [SETTINGS_TOML]");
        return;
    };
    let (schema, columns, outcome) = read(train);
    let rows = outcome.len();
    let matrix = Matrix::new(schema.clone(), columns, rows).unwrap();
    let (one, group): (Vec<f64>, Vec<u32>) = (vec![1.0; rows], (0..rows as u32).collect());
    let data = TrainingData::new(&matrix, &outcome, &one, &one, &group).unwrap();
    let settings = ScorecardSettings {
        terms: k.parse().unwrap(),
        numbers: if numbers == "value" { Numbers::Value } else { Numbers::Steps },
        // The peer has no such rule, and makes no bags.
        minimum_rows: 0.0,
        bags: 0,
        limit: limit.parse().unwrap(),
        ..toml::from_str(rest.first().map_or("", String::as_str)).unwrap()
    };
    let learner = Scorecard::new("card", Text::default(), settings);
    let (clock, processor) = (Instant::now(), processor_seconds());
    let model = learner.fit(&data, &Silent).unwrap();
    let (processor, clock) = (processor_seconds() - processor, clock.elapsed().as_secs_f64());

    let fitted = model.predict(&matrix);
    let loss = |(p, y): (&f64, &f64)| -if *y > 0.0 { p.ln() } else { (1.0 - p).ln() };
    let loss = fitted.iter().zip(&outcome).map(loss).sum::<f64>() / rows as f64;
    let (_, columns, outcome) = read(test);
    let chances = model.predict(&Matrix::new(schema, columns, outcome.len()).unwrap());
    let chances: Vec<String> = chances.iter().map(|p| format!("{p:e}")).collect();
    let card = Card::of(&model).map_or_else(|told| told.to_string(), |card| card.text().en);
    println!(
        "{{\"loss\": {loss:e}, \"seconds\": {clock}, \"processor\": {processor}, \"card\": {card:?}, \
         \"chances\": [{}]}}",
        chances.join(", ")
    );
}

/// Seconds that all threads of this process have run (Linux).
fn processor_seconds() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let nanoseconds = tasks.map(|task| {
        let text = std::fs::read_to_string(task.unwrap().path().join("schedstat")).unwrap();
        text.split(' ').next().unwrap().parse::<f64>().unwrap()
    });
    nanoseconds.sum::<f64>() / 1e9
}

/// Columns after the first, and the first.
fn read(path: &str) -> (Schema, Vec<Vec<f32>>, Vec<f64>) {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').skip(1).collect();
    let mut columns = vec![Vec::new(); names.len()];
    let mut outcome = Vec::new();
    for line in lines {
        let mut values = line.split(',');
        outcome.push(values.next().unwrap().parse().unwrap());
        for (column, value) in columns.iter_mut().zip(values) {
            column.push(value.parse::<f32>().unwrap());
        }
    }
    let feature = |(name, column): (&&str, &Vec<f32>)| Feature {
        name: (*name).to_owned(),
        label: Text { nl: (*name).to_owned(), en: (*name).to_owned() },
        unit: String::new(),
        kind: if column.iter().all(|x| *x == 0.0 || *x == 1.0) {
            FeatureKind::Flag
        } else {
            FeatureKind::Continuous
        },
        passport: Passport::default(),
    };
    let features = names.iter().zip(&columns).map(feature).collect();
    (Schema { features }, columns, outcome)
}
