//! The ONNX file gives the same through Microsoft's ONNX Runtime as through our own scoring. A test of its
//! own, because a process can run only one backend. Skipped, with the reason printed, without the library.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may"
)]

#[cfg(feature = "fit")]
mod made_up;

use std::path::PathBuf;

use models::additive::{AdditiveModel, Link, Shape, Term, Transform};
use models::bundle::SelfTest;
use models::onnx::{self, Backend, OnnxError, Runner};
use models::{Feature, FeatureKind, Matrix, Passport, Schema, Text};

fn library() -> Option<PathBuf> {
    let path = std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from);
    if path.is_none() {
        println!("skipped: ORT_DYLIB_PATH does not name an ONNX Runtime library (pip install onnxruntime)");
    }
    path
}

fn text(word: &str) -> Text {
    Text { nl: word.to_owned(), en: word.to_owned() }
}

fn schema() -> Schema {
    let categories = ["wonen", "winkel", "industrie"].map(str::to_owned).to_vec();
    let kinds = [
        ("oppervlakte", FeatureKind::Continuous),
        ("vondsten", FeatureKind::Count),
        ("leeg", FeatureKind::Flag),
        ("gebruik", FeatureKind::Nominal { categories }),
    ];
    let features = kinds.map(|(name, kind)| Feature {
        name: name.to_owned(),
        label: text(name),
        unit: String::new(),
        kind,
        passport: Passport::default(),
    });
    Schema { features: features.into() }
}

fn model(link: Link) -> AdditiveModel {
    let edges = vec![1.0, 2.5, 4.0];
    let shapes = vec![
        (
            0,
            Shape::Linear { coefficient: 0.002, center: 120.5, transform: Transform::Identity, missing: 0.1 },
        ),
        (1, Shape::Steps { edges, scores: vec![-0.3, 0.1, 0.2, 0.45], missing: 0.05 }),
        (1, Shape::Linear { coefficient: 0.7, center: 0.31, transform: Transform::Log1p, missing: -0.2 }),
        (0, Shape::Missing { coefficient: 0.4 }),
        (2, Shape::Equals { coefficient: 0.6, value: 1.0 }),
        (3, Shape::Equals { coefficient: 1.1, value: 2.0 }),
    ];
    let terms = shapes.into_iter().enumerate().map(|(i, (feature, shape))| Term {
        name: format!("term {i}"),
        label: text("term"),
        feature,
        shape,
    });
    AdditiveModel {
        name: "proef".to_owned(),
        kind: "made up".to_owned(),
        link,
        intercept: if link == Link::Identity { 0.4 } else { -3.2 },
        terms: terms.collect(),
        covariance: Vec::new(),
        spread: None,
        calibration: None,
        per_point: None,
        edits: Vec::new(),
        finds: 10.0,
        notes: Vec::new(),
        schema: schema(),
    }
}

/// Values with all the trouble that 32 bits can give, in a fixed but irregular order.
fn rows(n: usize) -> Matrix {
    let special =
        [f32::NAN, 0.0, -0.0, 1.0, 2.0, 2.5, 4.0, -7.5, 1e6, -1e6, 3e38, -3e38, 1e-40, 123.456, 0.1, 77.0];
    let mut state = 12_345_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / 16_777_216.0
    };
    let mut column = || {
        (0..n)
            .map(|_| {
                let pick = next();
                if pick < 0.3 { special[(next() * 16.0) as usize] } else { (next() * 400.0).floor() / 4.0 }
            })
            .collect::<Vec<f32>>()
    };
    let columns = (0..4).map(|_| column()).collect();
    Matrix::new(schema(), columns, n).unwrap()
}

/// Every kind of learner, with and without calibration, on rows with all the trouble of tests/every_kind.rs.
#[cfg(feature = "fit")]
fn every_kind(backend: &Backend) {
    for kind in models::learner::KINDS {
        for exposed in [false, true] {
            let Some(model) = made_up::fitted(kind, 1500, 1, exposed) else { continue };
            for model in [made_up::calibrated(&model), model] {
                let runner = Runner::new(&onnx::write(&model), backend).unwrap();
                let most =
                    onnx::parity(&model, &runner, &made_up::troublesome(&model.schema, 10_000, 7)).unwrap();
                println!("{kind}: {most:?}");
                assert!(most.within(onnx::TOLERANCE), "{kind}: {most:?}");
            }
        }
    }
}

#[test]
fn onnx_runtime_agrees_on_ten_thousand_rows() {
    let Some(library) = library() else { return };
    let backend = Backend::OnnxRuntime(library);
    for link in [Link::Identity, Link::Logit, Link::Log] {
        let model = model(link);
        let runner = Runner::new(&onnx::write(&model), &backend).unwrap();
        let most = onnx::parity(&model, &runner, &rows(10_000)).unwrap();
        println!("{link:?}: {most:?}");
        assert!(most.within(onnx::TOLERANCE), "{link:?}: {most:?}");
        SelfTest::make(&model).replay(&runner).unwrap();
    }
    #[cfg(feature = "fit")]
    every_kind(&backend);
    let embedded = Runner::new(&onnx::write(&model(Link::Log)), &Backend::Tract);
    assert!(matches!(embedded, Err(OnnxError::OtherBackend { .. })));
}
