//! What every kind of learner that a study can name must keep: parity of our own scoring and both ONNX backends on
//! troublesome rows, contributions that add up, JSON that gives back the same bits, and what weights, exposure and
//! threads may do. New kinds take part by being in `KINDS`.
//!
//! ONNX Runtime needs a process of its own: see tests/onnx_runtime.rs.

#![cfg(feature = "fit")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test may")]

mod made_up;

use made_up::{Rows, calibrated, fitted, learner, troublesome};
use models::AdditiveModel;
use models::learner::conformance::check_learner;
use models::learner::{FitError, KINDS, Learner, Silent, TrainingData};
use models::onnx::{self, Backend, Runner};
use models::schema::Sign;
use proptest::prelude::*;

/// Parity with a backend on 10,000 troublesome rows, and contributions that add up to the score.
fn agrees(model: &AdditiveModel, backend: &Backend) {
    let rows = troublesome(&model.schema, 10_000, 7);
    let runner = Runner::new(&onnx::write(model), backend).unwrap();
    let most = onnx::parity(model, &runner, &rows).unwrap();
    assert!(most.within(onnx::TOLERANCE), "{}: {most:?}", model.kind);
    let (expected, parts) = (model.predict(&rows), model.contributions(&rows));
    for (i, expected) in expected.iter().enumerate() {
        let sum = parts.iter().map(|column| column[i]).sum::<f64>() + model.intercept;
        let apart = (model.expected(sum) - expected).abs() / expected.abs().max(1.0);
        assert!(model.expected(sum) == *expected || apart <= 1e-5, "{} row {i}: {apart}", model.kind);
    }
}

#[test]
fn tract_agrees_for_every_kind_with_and_without_calibration() {
    for kind in KINDS {
        for exposed in [false, true] {
            let Some(model) = fitted(kind, 1500, 1, exposed) else { continue };
            agrees(&model, &Backend::Tract);
            agrees(&calibrated(&model), &Backend::Tract);
        }
    }
}

#[test]
fn every_kind_comes_back_from_json_with_the_same_bits() {
    for kind in KINDS {
        for exposed in [false, true] {
            let Some(model) = fitted(kind, 1500, 2, exposed) else { continue };
            for model in [calibrated(&model), model] {
                let text = model.to_json().unwrap();
                let back = AdditiveModel::from_json(&text).unwrap();
                assert_eq!(back.to_json().unwrap(), text, "{kind}");
                assert_eq!(back, model, "{kind}");
                let rows = troublesome(&model.schema, 500, 3);
                let bits =
                    |m: &AdditiveModel| m.predict(&rows).into_iter().map(f64::to_bits).collect::<Vec<_>>();
                assert_eq!(bits(&back), bits(&model), "{kind}");
            }
        }
    }
}

#[test]
fn every_kind_keeps_the_promises_of_a_learner() {
    for kind in KINDS {
        let rows = Rows::new(1500, 8, false);
        if let Err(broken) = check_learner(&*learner(kind), &rows.data()) {
            panic!("{kind}: {broken:?}");
        }
    }
}

#[test]
fn infinite_values_are_refused_before_any_kind_sees_them() {
    for value in [f32::INFINITY, f32::NEG_INFINITY] {
        let mut rows = Rows::new(100, 4, false);
        rows.set(1, 17, value);
        let refused =
            TrainingData::new(&rows.matrix, &rows.outcome, &rows.exposure, &rows.weight, &rows.group);
        assert!(matches!(refused, Err(FitError::Infinite { row: 17, .. })));
    }
}

#[test]
fn the_same_bytes_on_one_two_and_four_threads() {
    for kind in KINDS {
        for exposed in [false, true] {
            let rows = Rows::new(1200, 5, exposed);
            let learner = learner(kind);
            let on = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| learner.fit(&rows.data(), &Silent)).map(|m| m.to_json().unwrap()).ok()
            };
            let one = on(1);
            assert!(on(2) == one && on(4) == one, "{kind} depends on the number of threads");
            assert!(exposed || one.is_some(), "{kind} must fit chances");
        }
    }
}

/// Largest difference of expected values over these rows, relative to them.
fn apart(a: &AdditiveModel, b: &AdditiveModel, rows: &Rows, factor: f64) -> f64 {
    let (a, b) = (a.predict(&rows.matrix), b.predict(&rows.matrix));
    a.iter().zip(&b).map(|(a, b)| (factor * a - b).abs() / b.abs().max(1e-9)).fold(0.0, f64::max)
}

fn fit(learner: &dyn Learner, rows: &Rows) -> Option<AdditiveModel> {
    learner.fit(&rows.data(), &Silent).ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    /// A weight of 2 is the row twice, for some rows or all.
    #[test]
    fn weights_of_two_are_repeated_rows(seed in 0u64..1000, every in 1usize..4, exposed in any::<bool>()) {
        let rows = Rows::new(500, seed, exposed);
        let twice: Vec<usize> = (0..500).filter(|i| i % every == 0).collect();
        let repeated = rows.select(&(0..500).chain(twice.iter().copied()).collect::<Vec<_>>());
        let mut weighted = rows.select(&(0..500).collect::<Vec<_>>());
        twice.iter().for_each(|&i| weighted.weight[i] = 2.0);
        for kind in KINDS {
            let learner = learner(kind);
            match (fit(&*learner, &weighted), fit(&*learner, &repeated)) {
                (Some(a), Some(b)) => prop_assert!(apart(&a, &b, &rows, 1.0) < 1e-6, "{kind}"),
                (None, None) => {}
                _ => prop_assert!(false, "{kind} fits only one of them"),
            }
        }
    }

    /// A sign rule holds along the whole column, whatever the other values and whatever the rows say.
    #[test]
    fn sign_rules_hold_along_the_column(seed in 0u64..1000, rising in any::<bool>()) {
        let sign = if rising { Sign::Rising } else { Sign::Falling };
        let rows = Rows::new(500, seed, false).with_sign("oppervlakte", sign);
        for kind in KINDS {
            let Some(model) = fit(&*learner(kind), &rows) else { continue };
            for i in 0..10 {
                let mut row = rows.matrix.row(i);
                let mut at = |x: f32| {
                    row[0] = x;
                    model.explain(&row).expected
                };
                let along: Vec<f64> = (0..100).map(|k| at(3.0 * k as f32)).collect();
                let kept = |w: &[f64]| if rising { w[0] <= w[1] + 1e-12 } else { w[0] >= w[1] - 1e-12 };
                prop_assert!(along.windows(2).all(kept), "{kind}: {along:?}");
            }
        }
    }

    /// With twice the exposure, the expected count per unit of exposure is half: the same count over twice as much.
    #[test]
    fn exposure_of_two_is_twice_the_count(seed in 0u64..1000) {
        let rows = Rows::new(500, seed, true);
        let mut longer = rows.select(&(0..500).collect::<Vec<_>>());
        longer.exposure.iter_mut().for_each(|e| *e *= 2.0);
        for kind in KINDS {
            let learner = learner(kind);
            let (Some(once), Some(twice)) = (fit(&*learner, &rows), fit(&*learner, &longer)) else { continue };
            prop_assert!(apart(&once, &twice, &rows, 0.5) < 1e-6, "{kind}");
        }
    }
}
