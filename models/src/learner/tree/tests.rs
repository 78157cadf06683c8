//! Trees on made-up rows.

use proptest::prelude::*;

use super::{Tree, TreeSettings};
use crate::additive::{AdditiveModel, Link, Shape};
use crate::learner::{FitError, Learner, Silent, TrainingData};
use crate::matrix::Matrix;
use crate::schema::Sign;
use crate::testing::{Stream, made_up_rows, schema, text};

fn fit(matrix: &Matrix, outcome: &[f64], settings: TreeSettings) -> Result<AdditiveModel, FitError> {
    let (one, group) = (vec![1.0; matrix.rows()], vec![0; matrix.rows()]);
    let data = TrainingData::new(matrix, outcome, &one, &one, &group).unwrap();
    Tree::new("boom", text("boom"), settings).fit(&data, &Silent)
}

fn found(matrix: &Matrix, seed: u64, chance: impl Fn(&[f32]) -> f64) -> Vec<f64> {
    let mut stream = Stream(seed);
    (0..matrix.rows()).map(|i| f64::from(u8::from(stream.next() < chance(&matrix.row(i))))).collect()
}

#[test]
fn the_rules_that_made_the_rows_come_back_and_missing_values_have_a_side() {
    let matrix = made_up_rows(&schema(), 8000, 1);
    let chance = |row: &[f32]| match (row[0].is_nan(), row[0] < 120.0, row[3] == 1.0) {
        (true, _, _) => 0.9,
        (_, true, true) => 0.6,
        _ => 0.1,
    };
    let outcome = found(&matrix, 2, chance);
    let model = fit(&matrix, &outcome, TreeSettings::default()).unwrap();
    assert_eq!(model.link, Link::Logit);
    let predicted = model.predict(&matrix);
    let right = (0..8000).filter(|&i| (predicted[i] - chance(&matrix.row(i))).abs() < 0.05).count();
    assert!(right > 7900, "{right}: {:?}", model.terms.iter().map(|t| &t.name).collect::<Vec<_>>());
    let labels: Vec<&str> = model.terms.iter().map(|t| t.label.nl.as_str()).collect();
    assert!(labels.iter().any(|l| l.contains("oppervlakte (nl): onbekend")), "{labels:?}");
    assert!(
        labels.iter().any(|l| l.contains("gebruik (nl): winkel") && l.contains("onder 119")),
        "{labels:?}"
    );
}

#[test]
fn a_tree_without_a_split_is_told() {
    let matrix = made_up_rows(&schema(), 300, 3);
    let told = fit(&matrix, &found(&matrix, 4, |_| 0.3), TreeSettings::default()).unwrap_err().to_string();
    assert!(told.contains("No split gains 5"), "{told}");
    let all = fit(&matrix, &[1.0; 300], TreeSettings::default());
    assert!(matches!(all, Err(FitError::NoNegatives { rows: 300 })));
}

#[test]
fn exposure_of_two_is_twice_the_count() {
    let matrix = made_up_rows(&schema(), 4000, 5);
    let outcome = found(&matrix, 6, |row| if row[1] > 1.0 { 0.5 } else { 0.1 });
    let (one, group) = (vec![1.0; 4000], vec![0; 4000]);
    let tree = Tree::new("boom", text("boom"), TreeSettings::default());
    let of = |exposure: f64| {
        let exposure = vec![exposure; 4000];
        let data = TrainingData::new(&matrix, &outcome, &exposure, &one, &group).unwrap();
        tree.fit(&data, &Silent).unwrap()
    };
    let (two, four) = (of(2.0), of(4.0));
    assert_eq!(two.link, Link::Log);
    for (a, b) in two.predict(&matrix).iter().zip(four.predict(&matrix)) {
        assert!((a - 2.0 * b).abs() < 1e-12);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// A row with all its values known falls in exactly one leaf, limits are kept, and a sign rule holds along the
    /// whole column, whatever the other values.
    #[test]
    fn one_leaf_per_row_and_sign_rules_hold(
        seed in 0u64..100_000, rising in any::<bool>(), leaves in 2u16..12, depth in 1u16..5,
    ) {
        let mut ruled = schema();
        ruled.features[0].passport.sign = Some(if rising { Sign::Rising } else { Sign::Falling });
        let matrix = made_up_rows(&ruled, 400, seed);
        let outcome = found(&matrix, seed ^ 1, |row| {
            let bend = if (80.0..200.0).contains(&row[0]) { 0.6 } else { 0.2 };
            if row[2] == 1.0 { bend } else { 0.8 - bend }
        });
        let settings = TreeSettings { leaves, depth, gain: 0.5, least_weight: 5.0, ..TreeSettings::default() };
        let Ok(model) = fit(&matrix, &outcome, settings) else { return Ok(()) };
        prop_assert!(model.terms.len() <= usize::from(leaves));
        for i in 0..matrix.rows() {
            let row = matrix.row(i);
            let holds = |shape: &Shape| match shape {
                Shape::Rule { conditions, .. } => conditions.iter().all(|c| c.holds(row[c.feature])),
                _ => false,
            };
            prop_assert_eq!(model.terms.iter().filter(|t| holds(&t.shape)).count(), 1);
        }
        for i in 0..20 {
            let mut row = matrix.row(i);
            let along: Vec<f64> = (0..60)
                .map(|k| {
                    row[0] = 5.0 * k as f32;
                    model.explain(&row).expected
                })
                .collect();
            let kept = |w: &[f64]| if rising { w[0] <= w[1] + 1e-12 } else { w[0] >= w[1] - 1e-12 };
            prop_assert!(along.windows(2).all(kept), "{along:?}");
        }
    }
}
