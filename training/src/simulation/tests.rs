//! The whole way, from made-up records to intervals and effects, on a few small cities.

use super::*;

/// The bounds are wide, because three cities tell little; what the model alone covers, four in ten, lies far outside.
#[test]
fn intervals_hold_the_truth_and_the_boosting_machine_finds_the_order_of_effects() {
    let plan = Plan { cities: 3, panden: 10_000, seed: 111, learners: vec!["ebm".to_owned()] };
    let simulation = simulate(&plan).unwrap();
    let learner = &simulation.learners["ebm"];
    let buurt = learner.published["buurt"];
    assert!(buurt.areas > 100, "{}", buurt.areas);
    assert!((0.75..=0.99).contains(&buurt.share()), "buurt: {}", buurt.share());
    let wijk = learner.published["wijk"];
    assert!((0.7..=1.0).contains(&wijk.share()), "wijk: {} of {}", wijk.share(), wijk.areas);
    let (alone, published) = (learner.model_alone["wijk"], learner.published["wijk"]);
    assert!(alone.share() < published.share(), "{} {}", alone.share(), published.share());
    for (column, signs) in &learner.effects.signs {
        let order = learner.effects.order[column];
        let share = |own: effects::Agreement| f64::from(own.right) / f64::from(own.all());
        assert!(share(*signs) > 0.6, "{column}: {signs}");
        assert!(share(order) > 0.6, "{column}: {order}");
    }
    let tenure = learner.effects.order["eigendom"];
    assert_eq!(tenure.wrong, 0, "differences of a factor of 1.4 and more: {tenure}");
}

#[test]
fn a_learner_that_is_not_there_is_told() {
    let plan = Plan { cities: 1, panden: 2_000, seed: 1, learners: vec!["oracle".to_owned()] };
    let told = simulate(&plan).unwrap_err().to_string();
    assert!(told.contains("oracle") && told.contains("scorecard"), "{told}");
}
