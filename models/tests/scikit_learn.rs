//! The linear learners give the coefficients that scikit-learn gave once (tests/vectors/elastic_net.py).

#![cfg(feature = "fit")]
#![allow(clippy::unwrap_used, reason = "a test may")]

use models::additive::Shape;
use models::learner::{Learner, Logistic, Poisson, Settings, Silent, TrainingData};
use models::{AdditiveModel, Feature, FeatureKind, Matrix, Passport, Schema, Text};
use serde::Deserialize;

#[derive(Deserialize)]
struct Wanted {
    name: String,
    l1: f64,
    l2: f64,
    /// With every column at its mean.
    intercept_at_mean: f64,
    coefficients: Vec<f64>,
}

/// The numbers of a column of the CSV file.
fn column(name: &str) -> Vec<f64> {
    let text = include_str!("vectors/elastic_net.csv");
    let place = text.lines().next().unwrap().split(',').position(|n| n == name).unwrap();
    text.lines().skip(1).map(|line| line.split(',').nth(place).unwrap().parse().unwrap()).collect()
}

fn matrix() -> Matrix {
    let names: Vec<String> = (0..6).map(|j| format!("x{j}")).collect();
    let columns: Vec<Vec<f32>> =
        names.iter().map(|name| column(name).iter().map(|x| *x as f32).collect()).collect();
    let features = names.into_iter().map(|name| Feature {
        name,
        label: Text::default(),
        unit: String::new(),
        kind: FeatureKind::Continuous,
        passport: Passport::default(),
    });
    let rows = columns[0].len();
    Matrix::new(Schema { features: features.collect() }, columns, rows).unwrap()
}

fn coefficient(model: &AdditiveModel, feature: usize) -> f64 {
    let term = model.terms.iter().find(|t| t.feature == feature);
    term.map_or(0.0, |t| match t.shape {
        Shape::Linear { coefficient, .. } => coefficient,
        _ => f64::NAN,
    })
}

#[test]
fn coefficients_agree_with_scikit_learn() {
    let (matrix, weight, exposure) = (matrix(), column("weight"), column("exposure"));
    let (one, group) = (vec![1.0; matrix.rows()], vec![0; matrix.rows()]);
    let (found, count) = (column("found"), column("count"));
    let chances = TrainingData::new(&matrix, &found, &one, &weight, &group).unwrap();
    let counts = TrainingData::new(&matrix, &count, &exposure, &weight, &group).unwrap();
    let all: Vec<Wanted> = serde_json::from_str(include_str!("vectors/elastic_net.json")).unwrap();
    let mut left_out = 0;
    for wanted in all {
        let settings = Settings { l1: wanted.l1, l2: wanted.l2, ..Settings::default() };
        let model = match wanted.name.as_str() {
            "poisson" => Poisson::new("p", Text::default(), settings).fit(&counts, &Silent).unwrap(),
            _ => Logistic::new("l", Text::default(), settings).fit(&chances, &Silent).unwrap(),
        };
        let place = format!("{} at l1 {} and l2 {}", wanted.name, wanted.l1, wanted.l2);
        assert!((model.intercept - wanted.intercept_at_mean).abs() < 1e-6, "{place}");
        for (j, want) in wanted.coefficients.iter().enumerate() {
            let got = coefficient(&model, j);
            assert!((got - want).abs() < 1e-6, "{place}: x{j} is {got} instead of {want}");
            assert_eq!(got == 0.0, *want == 0.0, "{place}: x{j}");
            left_out += usize::from(*want == 0.0);
        }
    }
    assert!(left_out > 3, "the penalties of the vectors must leave terms out");
}
