//! Learners that were not chosen, one per way in which a term can be written.
use evaluation::Estimate;
use evaluation::report::{ModelSummary, Price};
use models::additive::{Bag, Bins, Condition, Spread};
use models::{AdditiveModel, Link, Schema, Shape, Term};

use super::text;

/// A boosting machine with steps, categories and a pair; a tree with rules; a scorecard.
pub(crate) fn others(schema: &Schema) -> Vec<ModelSummary> {
    let steps =
        |scores: [f64; 3]| Shape::Steps { edges: vec![1.0, 4.0], scores: scores.to_vec(), missing: -0.1 };
    let grid = Shape::Grid {
        bins: Bins::Edges(vec![1.0, 3.0]),
        other: 2,
        other_bins: Bins::Categories(2),
        scores: vec![
            vec![-0.2, 0.1, 0.0],
            vec![-0.05, 0.31, 0.02],
            vec![0.12, 0.64, 0.0],
            vec![0.0, 0.0, 0.0],
        ],
    };
    let terms = vec![
        term(schema, 0, "vondsten_nabij_250m_1y", steps([-0.4, 0.2, 0.9])),
        term(schema, 2, "gebruiksdoel", Shape::Categories { scores: vec![-0.1, 0.7], missing: 0.0 }),
        term(
            schema,
            1,
            "bouwleeftijd",
            Shape::Steps { edges: vec![60.0], scores: vec![-0.15, 0.22], missing: 0.01 },
        ),
        term(schema, 0, "vondsten_nabij_250m_1y & gebruiksdoel", grid),
    ];
    let tree = Shape::Rule {
        coefficient: 1.4,
        conditions: vec![
            Condition { feature: 0, from: Some(2.0), below: None, missing: false },
            Condition { feature: 1, from: None, below: Some(60.0), missing: true },
        ],
    };
    let card = vec![
        term(
            schema,
            0,
            "vondsten_nabij_250m_1y",
            Shape::Steps { edges: vec![1.0, 4.0], scores: vec![0.0, 0.7, 1.75], missing: 0.35 },
        ),
        term(schema, 2, "gebruiksdoel=industriefunctie", Shape::Equals { coefficient: 1.05, value: 1.0 }),
    ];
    let boosting = model("ebm", schema, terms);
    let spread = Spread { inflation: 1.0, bags: [0.9, 1.0, 1.1].map(|by| bag(&boosting, by)).to_vec() };
    let notes = vec![text("Niet gekalibreerd op latere gegevens", "Not calibrated on later data")];
    [
        (AdditiveModel { spread: Some(spread), ..boosting }, text("Boostingmodel", "Boosting machine")),
        (
            AdditiveModel { notes, ..model("boom", schema, vec![term(schema, 0, "blad 1", tree)]) },
            text("Beslisboom", "Decision tree"),
        ),
        (
            AdditiveModel { per_point: Some(0.35), ..model("puntenkaart", schema, card) },
            text("Puntenkaart", "Scorecard"),
        ),
    ]
    .into_iter()
    .map(|(model, label)| ModelSummary::of(&model, label, 781_000))
    .collect()
}

fn term(schema: &Schema, feature: usize, name: &str, shape: Shape) -> Term {
    Term { name: name.to_owned(), label: schema.features[feature].label.clone(), feature, shape }
}

fn model(name: &str, schema: &Schema, terms: Vec<Term>) -> AdditiveModel {
    AdditiveModel {
        name: name.to_owned(),
        kind: name.to_owned(),
        link: Link::Logit,
        intercept: -5.8,
        terms,
        covariance: Vec::new(),
        spread: None,
        calibration: None,
        per_point: None,
        edits: Vec::new(),
        finds: 0.0,
        notes: Vec::new(),
        schema: schema.clone(),
    }
}

/// The same terms, this many times as strong.
fn bag(model: &AdditiveModel, by: f64) -> Bag {
    let times = |term: &Term| term.shape.parameters().iter().map(|p| p * by).collect();
    Bag { intercept: model.intercept, parameters: model.terms.iter().map(times).collect() }
}

/// What a forest would add.
pub(crate) fn price() -> Vec<Price> {
    let estimate = |value: f64, half: f64| {
        Estimate::new(Some(value), Some((value - half, value + half)), 48_000, "cluster_bootstrap")
    };
    vec![Price {
        name: "bos".to_owned(),
        label: text("Random forest (uitdager)", "Random forest (challenger)"),
        auc: estimate(0.742, 0.031),
        auc_difference: estimate(0.006, 0.011),
        finds: estimate(31.0, 9.5),
        finds_difference: estimate(1.0, 4.0),
    }]
}
