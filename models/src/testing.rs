//! Made-up models and rows for the tests of this crate.

use crate::additive::{AdditiveModel, Bins, Calibration, Condition, Link, Shape, Term, Transform};
use crate::matrix::Matrix;
use crate::schema::{Feature, FeatureKind, Passport, Schema, Text};

pub(crate) fn text(word: &str) -> Text {
    Text { nl: format!("{word} (nl)"), en: format!("{word} (en)") }
}

pub(crate) fn feature(name: &str, kind: FeatureKind) -> Feature {
    let passport = Passport {
        purpose: "test".to_owned(),
        source: "made up".to_owned(),
        legal_basis: "none needed".to_owned(),
        ..Passport::default()
    };
    Feature { name: name.to_owned(), label: text(name), unit: String::new(), kind, passport }
}

/// Columns of every kind.
pub(crate) fn schema() -> Schema {
    let categories = ["wonen", "winkel", "industrie"].map(str::to_owned).to_vec();
    Schema {
        features: vec![
            feature("oppervlakte", FeatureKind::Continuous),
            feature("vondsten", FeatureKind::Count),
            feature("leeg", FeatureKind::Flag),
            feature("gebruik", FeatureKind::Nominal { categories }),
        ],
    }
}

/// A model with every shape of term.
pub(crate) fn every_shape(link: Link) -> AdditiveModel {
    let linear =
        |coefficient, center, transform, missing| Shape::Linear { coefficient, center, transform, missing };
    let steps =
        Shape::Steps { edges: vec![1.0, 2.5, 4.0], scores: vec![-0.3, 0.1, 0.2, 0.45], missing: 0.05 };
    let grid = Shape::Grid {
        bins: Bins::Edges(vec![60.0, 150.0]),
        other: 3,
        other_bins: Bins::Categories(3),
        scores: (0..4).map(|i| (0..4).map(|j| 0.05 * f64::from(i * i - 2 * j)).collect()).collect(),
    };
    let conditions = vec![
        Condition { feature: 0, from: None, below: Some(90.0), missing: true },
        Condition { feature: 2, from: Some(0.0), below: Some(0.5), missing: false },
    ];
    let shapes = [
        ("oppervlakte", 0, linear(0.002, 120.5, Transform::Identity, 0.0)),
        ("vondsten in stappen", 1, steps),
        ("vondsten", 1, linear(0.7, 0.31, Transform::Log1p, -0.2)),
        ("oppervlakte als dichtheid", 0, linear(0.4, 5.0, Transform::LogRate, 0.1)),
        ("oppervlakte is missing", 0, Shape::Missing { coefficient: 0.4 }),
        ("leeg", 2, Shape::Equals { coefficient: 0.6, value: 1.0 }),
        ("gebruik=industrie", 3, Shape::Equals { coefficient: 1.1, value: 2.0 }),
        ("gebruik", 3, Shape::Categories { scores: vec![0.1, -0.2, 0.3], missing: -0.05 }),
        ("oppervlakte & gebruik", 0, grid),
        ("klein en niet leeg", 0, Shape::Rule { coefficient: -0.35, conditions }),
    ];
    let terms = shapes.into_iter().map(|(name, feature, shape)| Term {
        name: name.to_owned(),
        label: text(name),
        feature,
        shape,
    });
    AdditiveModel {
        name: "voorbeeld".to_owned(),
        kind: "made up".to_owned(),
        link,
        intercept: if link == Link::Identity { 0.4 } else { -3.2 },
        terms: terms.collect(),
        covariance: Vec::new(),
        spread: None,
        calibration: Some(Calibration {
            intercept: 0.15,
            slope: 0.9,
            rows: 500,
            finds: 40.0,
            fitted_on: text("de laatste twee jaar"),
        }),
        per_point: None,
        edits: Vec::new(),
        finds: 100.0,
        notes: Vec::new(),
        schema: schema(),
    }
}

/// A stream of numbers in [0, 1) that depends on the seed only (splitmix64).
pub(crate) struct Stream(pub(crate) u64);

impl Stream {
    pub(crate) fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / 9_007_199_254_740_992.0
    }
}

/// Rows with ordinary values, and one in eight missing.
pub(crate) fn made_up_rows(schema: &Schema, rows: usize, seed: u64) -> Matrix {
    let mut stream = Stream(seed);
    let mut value = |kind: &FeatureKind| {
        let (gap, u) = (stream.next(), stream.next());
        if gap < 0.125 {
            return f32::NAN;
        }
        (match kind {
            FeatureKind::Continuous => 300.0 * u,
            FeatureKind::Count | FeatureKind::Rate => (6.0 * u * u).floor(),
            FeatureKind::Flag => (2.0 * u).floor(),
            FeatureKind::Nominal { categories } => (categories.len() as f64 * u).floor(),
        }) as f32
    };
    let columns = schema.features.iter().map(|f| (0..rows).map(|_| value(&f.kind)).collect()).collect();
    Matrix::new(schema.clone(), columns, rows).unwrap()
}
