//! Tests of the learners on made-up rows, and against slow definitions.

mod minimum;

use super::conformance::check_learner;
use super::{
    Baseline, FitError, Learner, Logistic, Monitor, Poisson, Settings, Silent, Step, TrainingData, Tree,
    TreeSettings,
};
use crate::additive::{AdditiveModel, Link, Shape};
use crate::matrix::Matrix;
use crate::schema::{FeatureKind, Schema, Sign};
use crate::testing::{Stream, feature, made_up_rows, schema, text};

/// Rows whose outcome hangs on the features in a known way.
struct World {
    matrix: Matrix,
    outcome: Vec<f64>,
    exposure: Vec<f64>,
    weight: Vec<f64>,
    group: Vec<u32>,
}

impl World {
    fn new(rows: usize, seed: u64, exposed: bool, truth: impl Fn(&[f32]) -> f64) -> Self {
        let matrix = made_up_rows(&schema(), rows, seed);
        let mut stream = Stream(seed ^ 77);
        let exposure: Vec<f64> =
            (0..rows).map(|_| if exposed { 0.5 + 2.0 * stream.next() } else { 1.0 }).collect();
        let outcome = (0..rows)
            .map(|i| {
                let expected = truth(&matrix.row(i)) * exposure[i];
                let u = stream.next();
                if exposed { poisson_quantile(expected, u) } else { f64::from(u8::from(u < expected)) }
            })
            .collect();
        let group = (0..rows as u32).collect();
        Self { matrix, outcome, exposure, weight: vec![1.0; rows], group }
    }

    fn data(&self) -> TrainingData<'_> {
        TrainingData::new(&self.matrix, &self.outcome, &self.exposure, &self.weight, &self.group).unwrap()
    }
}

fn poisson_quantile(mean: f64, u: f64) -> f64 {
    let (mut k, mut chance) = (0.0, (-mean).exp());
    let mut below = chance;
    while below < u && k < 100.0 {
        k += 1.0;
        chance *= mean / k;
        below += chance;
    }
    k
}

/// Log-linear in the area (per 100), finds, empty, and industry.
fn truth(row: &[f32]) -> f64 {
    let or_mean = |x: f32, mean: f64| if x.is_nan() { mean } else { f64::from(x) };
    let eta = -2.5
        + 0.004 * (or_mean(row[0], 150.0) - 150.0)
        + 0.8 * or_mean(row[1], 1.0).ln_1p()
        + 0.5 * f64::from(u8::from(row[2] == 1.0))
        + 0.9 * f64::from(u8::from(row[3] == 2.0));
    eta.exp()
}

fn chance(row: &[f32]) -> f64 {
    let odds = truth(row);
    odds / (1.0 + odds)
}

fn settings(l2: f64) -> Settings {
    Settings { l2, ..Settings::default() }
}

fn logistic(l2: f64) -> Logistic {
    Logistic::new("logistisch", text("logistisch"), settings(l2))
}

fn poisson(l2: f64) -> Poisson {
    Poisson::new("poisson", text("poisson"), settings(l2))
}

fn coefficient(model: &AdditiveModel, name: &str) -> f64 {
    model.terms.iter().find(|t| t.name == name).and_then(|t| t.shape.coefficient()).unwrap()
}

#[test]
fn every_learner_keeps_its_promises() {
    let bernoulli = World::new(3000, 1, false, chance);
    let counts = World::new(3000, 2, true, truth);
    check_learner(&logistic(1.0), &bernoulli.data()).unwrap();
    check_learner(&logistic(0.0), &bernoulli.data()).unwrap();
    check_learner(&poisson(1.0), &counts.data()).unwrap();
    check_learner(&poisson(10.0), &bernoulli.data()).unwrap();
    let sparse = Settings { l1: 20.0, l2: 1.0, ..Settings::default() };
    check_learner(&Logistic::new("l", text("l"), sparse.clone()), &bernoulli.data()).unwrap();
    check_learner(&Poisson::new("p", text("p"), sparse), &counts.data()).unwrap();
    for world in [&bernoulli, &counts] {
        check_learner(&Tree::new("t", text("t"), TreeSettings::default()), &world.data()).unwrap();
    }
    for world in [&bernoulli, &counts] {
        check_learner(&Baseline::new("b", text("b"), "vondsten"), &world.data()).unwrap();
    }
}

#[test]
fn promises_hold_over_more_than_one_block() {
    let counts = World::new(20_000, 3, true, truth);
    check_learner(&poisson(1.0), &counts.data()).unwrap();
}

#[test]
fn known_coefficients_come_back() {
    let counts = World::new(30_000, 4, true, truth);
    let fitted = poisson(0.0).fit(&counts.data(), &Silent).unwrap();
    let bernoulli = World::new(30_000, 5, false, chance);
    let chances = logistic(0.0).fit(&bernoulli.data(), &Silent).unwrap();
    assert_eq!((fitted.link, chances.link), (Link::Log, Link::Logit));
    let wanted = [("oppervlakte", 0.004), ("vondsten", 0.8), ("leeg", 0.5)];
    for model in [&fitted, &chances] {
        for (name, want) in wanted {
            let t = model.terms.iter().position(|t| t.name == name).unwrap();
            let deviation = model.covariance[t + 1][t + 1].sqrt();
            let got = coefficient(model, name);
            assert!((got - want).abs() < 4.0 * deviation, "{name}: {got} ± {deviation}");
        }
    }
    let mean = fitted.predict(&counts.matrix).iter().zip(&counts.exposure).map(|(p, e)| p * e).sum::<f64>();
    assert!((mean / fitted.finds - 1.0).abs() < 1e-9, "the sum of expected finds is the number of finds");
}

#[test]
fn find_is_positive_whether_rare_or_frequent_first_or_last() {
    for (shift, seed) in [(0.0, 6), (4.0, 7)] {
        let world = World::new(2000, seed, false, |row| {
            let odds = truth(row) * f64::exp(shift);
            odds / (1.0 + odds)
        });
        let found = world.outcome.iter().filter(|y| **y > 0.0).count();
        assert!((found > 1000) == (shift > 0.0), "{found}");
        for reverse in [false, true] {
            let mut rows: Vec<usize> = (0..2000).collect();
            rows.sort_by_key(|&i| (world.outcome[i] > 0.0) == reverse);
            let matrix = world.matrix.select(&rows);
            let outcome: Vec<f64> = rows.iter().map(|&i| world.outcome[i]).collect();
            let data =
                TrainingData::new(&matrix, &outcome, &world.exposure, &world.weight, &world.group).unwrap();
            let model = logistic(0.1).fit(&data, &Silent).unwrap();
            assert!(coefficient(&model, "vondsten") > 0.3);
            let total: f64 = model.predict(&matrix).iter().sum();
            assert!((total - found as f64).abs() < 1e-6);
        }
    }
}

#[test]
fn linfa_and_newton_alone_agree() {
    let world = World::new(3000, 8, false, chance);
    let with_linfa = logistic(2.0).fit(&world.data(), &Silent).unwrap();
    let mut weight = world.weight.clone();
    weight[0] = 1.0 + 1e-12;
    let data =
        TrainingData::new(&world.matrix, &world.outcome, &world.exposure, &weight, &world.group).unwrap();
    let newton = logistic(2.0).fit(&data, &Silent).unwrap();
    for (a, b) in with_linfa.terms.iter().zip(&newton.terms) {
        assert!((a.shape.coefficient().unwrap() - b.shape.coefficient().unwrap()).abs() < 1e-9);
    }
}

#[test]
fn forbidden_signs_are_left_out_and_noted() {
    let world = World::new(4000, 9, true, truth);
    let mut forbidding = world.matrix.schema().clone();
    forbidding.features[1].passport.sign = Some(Sign::Falling);
    forbidding.features[2].passport.sign = Some(Sign::Rising);
    let columns = (0..4).map(|j| world.matrix.column(j).to_vec()).collect();
    let matrix = Matrix::new(forbidding, columns, 4000).unwrap();
    let data =
        TrainingData::new(&matrix, &world.outcome, &world.exposure, &world.weight, &world.group).unwrap();
    let model = poisson(1.0).fit(&data, &Silent).unwrap();
    let names: Vec<&str> = model.terms.iter().map(|t| t.name.as_str()).collect();
    assert!(!names.contains(&"vondsten") && names.contains(&"leeg"), "{names:?}");
    assert!(model.notes.iter().any(|n| n.en.contains("vondsten") && n.nl.contains("verlagen")));
    assert_eq!(model.covariance.len(), model.terms.len() + 1);
    check_learner(&poisson(1.0), &data).unwrap();
}

#[test]
fn contributions_are_zero_at_the_mean() {
    let world = World::new(2000, 10, true, truth);
    let model = poisson(1.0).fit(&world.data(), &Silent).unwrap();
    for term in &model.terms {
        if let Shape::Linear { .. } = term.shape {
            let column = world.matrix.column(term.feature);
            let present: Vec<f64> =
                column.iter().filter(|x| !x.is_nan()).map(|&x| term.contribution(|_| x)).collect();
            let mean = present.iter().sum::<f64>() / present.len() as f64;
            assert!(mean.abs() < 1e-9, "{}: {mean}", term.name);
        }
    }
}

#[test]
fn a_baseline_adds_up_and_gives_missing_rows_the_mean() {
    let matrix = Matrix::new(
        Schema { features: vec![feature("kern", FeatureKind::Continuous)] },
        vec![vec![1.0, 2.0, f32::NAN, 0.0]],
        4,
    )
    .unwrap();
    let (outcome, exposure) = ([1.0, 4.0, 1.0, 0.0], [1.0, 2.0, 1.0, 1.0]);
    let data = TrainingData::new(&matrix, &outcome, &exposure, &[1.0; 4], &[0; 4]).unwrap();
    let model = Baseline::new("kern", text("kern"), "kern").fit(&data, &Silent).unwrap();
    assert_eq!(model.predict(&matrix), [1.0, 2.0, 1.2, 0.0]);
    assert_eq!(model.finds, 6.0);
    let told = Baseline::new("kern", text("kern"), "kernn").fit(&data, &Silent).unwrap_err().to_string();
    assert!(told.contains("Did you mean \"kern\"?"));
    let zero = Matrix::new(matrix.schema().clone(), vec![vec![0.0, f32::NAN, 0.0, 0.0]], 4).unwrap();
    let data = TrainingData::new(&zero, &outcome, &exposure, &[1.0; 4], &[0; 4]).unwrap();
    let model = Baseline::new("kern", text("kern"), "kern").fit(&data, &Silent).unwrap();
    assert_eq!(model.predict(&zero), [1.2; 4], "a feature that tells nothing yet ranks nothing");
}

#[test]
fn rows_that_cannot_carry_a_model_are_told() {
    let world = World::new(50, 11, false, chance);
    let ones = vec![1.0; 50];
    let fit = |learner: &dyn Learner, matrix: &Matrix, outcome: &[f64], exposure: &[f64]| {
        let data = TrainingData::new(matrix, outcome, exposure, &ones, &world.group).unwrap();
        learner.fit(&data, &Silent).unwrap_err()
    };
    assert!(matches!(fit(&logistic(1.0), &world.matrix, &ones, &ones), FitError::NoNegatives { rows: 50 }));
    let mut exposure = ones.clone();
    exposure[3] = 2.0;
    let told = fit(&logistic(1.0), &world.matrix, &world.outcome, &exposure).to_string();
    assert!(told.contains("row 3 has exposure 2") && told.contains("poisson"), "{told}");
    let columns = vec![vec![1.0; 50]; 4];
    let constant = Matrix::new(schema(), columns, 50).unwrap();
    let told = fit(&poisson(1.0), &constant, &world.outcome, &ones).to_string();
    assert!(told.contains("Every feature is constant"), "{told}");
    let strict = Poisson::new("p", text("p"), Settings { l1: 1e4, ..Settings::default() });
    let told = fit(&strict, &world.matrix, &world.outcome, &ones).to_string();
    assert!(told.contains("l1 = 10000 leaves every term out"), "{told}");
}

#[test]
fn separation_and_collinearity_without_penalty_are_told_with_a_remedy() {
    let schema = Schema {
        features: vec![feature("a", FeatureKind::Continuous), feature("b", FeatureKind::Continuous)],
    };
    let a: Vec<f32> = (0..40).map(|i| i as f32).collect();
    let b: Vec<f32> = a.iter().map(|x| 3.0 * x - 7.0).collect();
    let outcome: Vec<f64> = (0..40).map(|i| f64::from(u8::from(i >= 20))).collect();
    let (one, group) = (vec![1.0; 40], vec![0; 40]);
    let matrix = Matrix::new(schema, vec![a, b], 40).unwrap();
    let data = TrainingData::new(&matrix, &outcome, &one, &one, &group).unwrap();
    let told = poisson(0.0).fit(&data, &Silent).unwrap_err().to_string();
    assert!(told.contains("l2"), "{told}");
    let alone =
        Settings { l2: 0.0, features: Some(vec!["a".to_owned()]), max_iterations: 30, ..Settings::default() };
    let told = Logistic::new("x", text("x"), alone).fit(&data, &Silent).unwrap_err().to_string();
    assert!(told.contains("raise l2") || told.contains("Set l2"), "{told}");
    assert!(logistic(0.5).fit(&data, &Silent).is_ok(), "a penalty settles both");
}

#[test]
fn a_fit_can_be_followed_and_stopped() {
    struct Stop(std::sync::Mutex<Vec<Step>>, usize);
    impl Monitor for Stop {
        fn step(&self, step: &Step) {
            self.0.lock().unwrap().push(step.clone());
        }
        fn cancelled(&self) -> bool {
            self.0.lock().unwrap().len() >= self.1
        }
    }
    let world = World::new(500, 12, true, truth);
    let follow = Stop(std::sync::Mutex::default(), usize::MAX);
    poisson(1.0).fit(&world.data(), &follow).unwrap();
    let steps = follow.0.lock().unwrap();
    let losses: Vec<f64> = steps.iter().filter_map(|s| s.loss).collect();
    assert!(losses.len() > 2 && losses.windows(2).all(|w| w[1] <= w[0] + 1e-9));
    let stop = Stop(std::sync::Mutex::default(), 1);
    assert!(matches!(poisson(1.0).fit(&world.data(), &stop), Err(FitError::Cancelled { .. })));
}
