//! Edits of made-up models.

use proptest::prelude::*;

use super::*;
use crate::additive::{Bag, Link, Spread};
use crate::testing::every_shape;

const BY: Signature<'static> =
    Signature { author: "A. Auditor", date: "2026-11-24", reason: "niet uit te leggen" };
const STEPS: &str = "vondsten in stappen";

fn sure_model() -> AdditiveModel {
    let mut model = every_shape(Link::Logit);
    let size = model.terms.len() + 1;
    model.covariance = (0..size).map(|i| (0..size).map(|j| 0.1 * (i * j + 1) as f64).collect()).collect();
    let bag = |shift: f64| Bag {
        intercept: model.intercept + shift,
        parameters: model
            .terms
            .iter()
            .map(|t| t.shape.parameters().iter().map(|p| p + shift).collect())
            .collect(),
    };
    model.spread = Some(Spread { inflation: 1.0, bags: vec![bag(0.1), bag(-0.1), bag(0.2)] });
    model
}

fn place(model: &AdditiveModel, term: &str) -> usize {
    model.terms.iter().position(|t| t.name == term).unwrap()
}

#[test]
fn every_shape_can_be_flattened_and_the_record_holds_what_was() {
    let original = sure_model();
    for (t, term) in original.terms.iter().enumerate() {
        let mut model = original.clone();
        model.edit(&term.name, &Change::Flatten, BY).unwrap();
        assert!(model.terms[t].shape.parameters().iter().all(|p| *p == 0.0));
        let edit = &model.edits[0];
        assert_eq!(
            (edit.action.as_str(), edit.author.as_str(), edit.date.as_str()),
            ("flatten", BY.author, BY.date)
        );
        assert_eq!((&edit.before, edit.reason.as_str()), (&term.shape, BY.reason));
        assert_eq!(AdditiveModel::from_json(&model.to_json().unwrap()).unwrap(), model);
        let told = model.explain(&[100.0, 2.0, 1.0, 2.0]);
        assert_eq!(told.contributions[t], 0.0);
    }
}

#[test]
fn an_edited_term_has_no_uncertainty_and_the_others_keep_theirs() {
    let original = sure_model();
    let mut model = original.clone();
    model.edit(STEPS, &Change::Set { place: 2, score: 0.9 }, BY).unwrap();
    let t = place(&model, STEPS);
    assert_eq!(model.terms[t].shape.parameters(), [-0.3, 0.1, 0.9, 0.45, 0.05]);
    let errors = model.spread.as_ref().unwrap().standard_errors().unwrap();
    let before = original.spread.as_ref().unwrap().standard_errors().unwrap();
    for (k, (now, then)) in errors.iter().zip(&before).enumerate() {
        if k == t { assert!(now.iter().all(|e| *e < 1e-12)) } else { assert_eq!(now, then) }
    }
    for (i, row) in model.covariance.iter().enumerate() {
        for (j, &value) in row.iter().enumerate() {
            let gone = i == t + 1 || j == t + 1;
            assert_eq!(value, if gone { 0.0 } else { original.covariance[i][j] });
        }
    }
    assert!(model.notes.iter().any(|n| n.nl.contains("Met de hand veranderd: vondsten in stappen")));
    assert!(model.validate().is_ok());
}

#[test]
fn steps_and_lines_become_monotone() {
    let mut model = sure_model();
    model.edit(STEPS, &Change::Set { place: 1, score: 0.6 }, BY).unwrap();
    let weights = Some(vec![10.0, 1.0, 3.0, 5.0]);
    model.edit(STEPS, &Change::Monotonise { sign: Sign::Rising, weights }, BY).unwrap();
    let t = place(&model, STEPS);
    let now = model.terms[t].shape.parameters();
    let pooled = 0.25 * 0.6 + 0.75 * 0.2;
    for (got, want) in now.iter().zip([-0.3, pooled, pooled, 0.45, 0.05]) {
        assert!((got - want).abs() < 1e-12, "{now:?}");
    }
    assert_eq!(model.edits.len(), 2);
    assert_eq!(model.edits[1].before.parameters()[1], 0.6, "each edit remembers the one before");
    model.edit("vondsten", &Change::Monotonise { sign: Sign::Falling, weights: None }, BY).unwrap();
    assert_eq!(model.terms[place(&model, "vondsten")].shape.parameters(), [0.0, -0.2]);
}

#[test]
fn points_stay_whole() {
    let mut model = sure_model();
    model.per_point = Some(0.05);
    let told = model.edit(STEPS, &Change::Set { place: 0, score: 0.12 }, BY).unwrap_err().to_string();
    assert!(told.contains("whole number of points") && told.contains("2 points"), "{told}");
    assert!(model.edits.is_empty() && model.notes.is_empty());
    model.edit(STEPS, &Change::Set { place: 0, score: 0.4 }, BY).unwrap();
    model.edit(STEPS, &Change::Monotonise { sign: Sign::Rising, weights: None }, BY).unwrap();
    for parameter in model.terms[place(&model, STEPS)].shape.parameters() {
        let points = parameter / 0.05;
        assert!((points - points.round()).abs() < 1e-9, "{parameter}");
    }
}

#[test]
fn what_cannot_be_done_is_told_and_leaves_the_model_alone() {
    let original = sure_model();
    let mut model = original.clone();
    let mut refused = |term: &str, change: Change, by: Signature<'_>| {
        let told = model.edit(term, &change, by).unwrap_err().to_string();
        assert_eq!(model, original);
        told
    };
    assert!(refused("iets", Change::Flatten, BY).contains("no term \"iets\". Its terms: oppervlakte, "));
    assert!(refused(STEPS, Change::Flatten, Signature { author: " ", ..BY }).contains("an author"));
    assert!(refused(STEPS, Change::Flatten, Signature { reason: "", ..BY }).contains("a reason"));
    for date in ["24-11-2026", "2026-13-01", "2026-1-1", "vandaag"] {
        assert!(refused(STEPS, Change::Flatten, Signature { date, ..BY }).contains("a date"), "{date}");
    }
    let rising = Change::Monotonise { sign: Sign::Rising, weights: None };
    assert!(refused("gebruik", rising.clone(), BY).contains("have an order"));
    assert!(refused(STEPS, rising, BY).contains("already"));
    let uneven = Change::Monotonise { sign: Sign::Falling, weights: Some(vec![1.0; 5]) };
    assert!(refused(STEPS, uneven, BY).contains("each of its 4 bins"));
    assert!(refused(STEPS, Change::Set { place: 5, score: 0.0 }, BY).contains("5 numbers (0 to 4)"));
    assert!(refused(STEPS, Change::Set { place: 0, score: f64::NAN }, BY).contains("no finite"));
}

proptest! {
    /// Rising, with the same weighted mean, and no rising sequence lies nearer (tried near it).
    #[test]
    fn the_isotonic_sequence_is_the_nearest(
        pairs in proptest::collection::vec((-5.0f64..5.0, 0.1f64..9.0), 1..12), seed in 0u64..1000,
    ) {
        let (values, weights): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let found = isotonic(&values, &weights);
        prop_assert!(found.windows(2).all(|w| w[0] <= w[1] + 1e-12));
        let sum = |v: &[f64]| v.iter().zip(&weights).map(|(v, w)| v * w).sum::<f64>();
        prop_assert!((sum(&found) - sum(&values)).abs() < 1e-9);
        let away = |v: &[f64]| {
            v.iter().zip(&values).zip(&weights).map(|((a, b), w)| w * (a - b) * (a - b)).sum::<f64>()
        };
        let mut stream = crate::testing::Stream(seed);
        for _ in 0..20 {
            let mut other: Vec<f64> = found.iter().map(|v| v + 0.2 * (stream.next() - 0.5)).collect();
            other.sort_by(f64::total_cmp);
            prop_assert!(away(&other) >= away(&found) - 1e-9);
        }
    }
}
