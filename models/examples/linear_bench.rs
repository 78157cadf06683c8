//! One fit of a linear learner on rows from a file, timed: what `benches/peers/linear.py` compares with
//! scikit-learn.
//!
//! `linear_bench ROWS.csv logistic|poisson L1 L2`. The last three columns of the file are outcome, exposure and
//! weight. Prints one line of JSON: seconds of wall and of processor time, the intercept, and the coefficient of
//! each feature in natural units.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program to measure with")]

use std::collections::BTreeMap;
use std::time::Instant;

use models::learner::{Learner, Logistic, Poisson, Settings, Silent, TrainingData};
use models::{AdditiveModel, Feature, FeatureKind, Matrix, Passport, Schema, Text};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let text = std::fs::read_to_string(&arguments[0]).unwrap();
    let number = |place: usize| arguments[place].parse::<f64>().unwrap();
    let settings = Settings { l1: number(2), l2: number(3), max_iterations: 200, ..Settings::default() };
    let (names, mut columns) = read(&text);
    let [outcome, exposure, weight] = std::array::from_fn(|k| columns[names.len() - 3 + k].clone());
    columns.truncate(names.len() - 3);
    let matrix = matrix(&names[..names.len() - 3], &columns);
    let group = vec![0; matrix.rows()];
    let data = TrainingData::new(&matrix, &outcome, &exposure, &weight, &group).unwrap();
    let learner: Box<dyn Learner> = match arguments[1].as_str() {
        "poisson" => Box::new(Poisson::new("ours", Text::default(), settings)),
        _ => Box::new(Logistic::new("ours", Text::default(), settings)),
    };
    let (start, before) = (Instant::now(), processor_seconds());
    let model = learner.fit(&data, &Silent).unwrap();
    let (wall, cpu) = (start.elapsed().as_secs_f64(), processor_seconds() - before);
    let coefficients = coefficients(&model);
    println!(
        "{}",
        serde_json::json!({ "wall": wall, "cpu": cpu, "intercept": model.intercept, "coefficients": coefficients })
    );
}

/// Names and columns of a CSV file of numbers.
fn read(text: &str) -> (Vec<&str>, Vec<Vec<f64>>) {
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut columns = vec![Vec::new(); names.len()];
    for line in lines {
        for (column, value) in columns.iter_mut().zip(line.split(',')) {
            column.push(value.parse().unwrap());
        }
    }
    (names, columns)
}

fn matrix(names: &[&str], columns: &[Vec<f64>]) -> Matrix {
    let features = names.iter().map(|name| Feature {
        name: (*name).to_owned(),
        label: Text::default(),
        unit: String::new(),
        kind: FeatureKind::Continuous,
        passport: Passport::default(),
    });
    let schema = Schema { features: features.collect() };
    let columns: Vec<Vec<f32>> = columns.iter().map(|c| c.iter().map(|x| *x as f32).collect()).collect();
    let rows = columns[0].len();
    Matrix::new(schema, columns, rows).unwrap()
}

fn coefficients(model: &AdditiveModel) -> BTreeMap<&str, f64> {
    let own = model.terms.iter().filter_map(|t| Some((t.name.as_str(), t.shape.coefficient()?)));
    own.collect()
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
