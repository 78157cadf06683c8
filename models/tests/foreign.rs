//! Models that scikit-learn made and skl2onnx wrote (tests/vectors/foreign.py) give through ONNX Runtime what
//! scikit-learn gives. Skipped, with the reason printed, without the library. Trees are an operator that the
//! embedded backend lacks, and one input holds texts.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may")]

use std::path::PathBuf;

use models::onnx::{Backend, Foreign};
use models::{Feature, FeatureKind, Matrix, Passport, Schema, Text};
use serde::Deserialize;

#[derive(Deserialize)]
struct Told {
    oppervlakte: Vec<f32>,
    gebruik: Vec<f32>,
    trees: Vec<f64>,
    chances: Vec<f64>,
}

fn rows(told: &Told) -> Matrix {
    let categories = ["wonen", "winkel", "industrie"].map(str::to_owned).to_vec();
    let kinds = [("oppervlakte", FeatureKind::Continuous), ("gebruik", FeatureKind::Nominal { categories })];
    let features = kinds.map(|(name, kind)| Feature {
        name: name.to_owned(),
        label: Text::default(),
        unit: String::new(),
        kind,
        passport: Passport::default(),
    });
    let columns = vec![told.oppervlakte.clone(), told.gebruik.clone()];
    Matrix::new(Schema { features: features.into() }, columns, told.gebruik.len()).unwrap()
}

#[test]
fn models_of_scikit_learn_give_what_it_gives() {
    let Some(library) = std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from) else {
        println!("skipped: ORT_DYLIB_PATH does not name an ONNX Runtime library (pip install onnxruntime)");
        return;
    };
    let backend = Backend::OnnxRuntime(library);
    let told: Told = serde_json::from_str(include_str!("vectors/foreign.json")).unwrap();
    let rows = rows(&told);
    let trees: &[u8] = include_bytes!("vectors/foreign_trees.onnx");
    let chances: &[u8] = include_bytes!("vectors/foreign_chances.onnx");
    for (bytes, wanted) in [(trees, &told.trees), (chances, &told.chances)] {
        let model = Foreign::new(bytes, &backend, rows.schema(), None).unwrap();
        for (got, want) in model.predict(&rows).unwrap().iter().zip(wanted) {
            assert!((got - want).abs() < 1e-5, "{}: {got} instead of {want}", model.output());
        }
    }
    let told = Foreign::new(chances, &backend, rows.schema(), Some("label")).unwrap_err().to_string();
    assert!(told.contains("`label`"), "{told}");
}
