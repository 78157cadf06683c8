//! `train evaluate`: a model of others beside the learners of a study.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::panic_in_result_fn,
    reason = "a test that cannot go on has failed"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;
use tests::{Run, tiny, train};

/// The tiny study with its bundle, made once. The bundle's own ONNX file serves as the model of others: one input
/// for all features, and the list of their names.
fn studied() -> &'static (PathBuf, PathBuf) {
    static STUDIED: OnceLock<(PathBuf, PathBuf)> = OnceLock::new();
    STUDIED.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap().keep();
        let study = tiny::write(&folder);
        let bundle = folder.join("bundle");
        let run = train(&["run", &study.display().to_string(), "--out", &bundle.display().to_string()]);
        assert_eq!(run.code, Some(0), "{run:?}");
        (study, bundle)
    })
}

fn evaluate(study: &Path, onnx: &Path, out: &Path, more: &[&str]) -> Run {
    let (study, onnx, out) =
        (study.display().to_string(), onnx.display().to_string(), out.display().to_string());
    train(&[&["evaluate", "--onnx", &onnx, &study, "--out", &out], more].concat())
}

fn json(path: PathBuf) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_foreign_model_is_measured_and_marked_and_the_bundle_is_that_of_the_study() {
    let (study, own) = studied();
    let out = tempfile::tempdir().unwrap();
    let bundle = out.path().join("bundle");
    let run = evaluate(study, &own.join("model.onnx"), &bundle, &[]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let report = json(bundle.join("report/report.json"));
    let candidates = report["evaluation"]["candidates"].as_array().unwrap();
    let foreign = candidates.last().unwrap();
    assert_eq!((&foreign["name"], &foreign["kind"]), (&"onnx".into(), &"onnx".into()));
    let splits = report["splits"].as_array().unwrap().len();
    assert!(splits > 1 && foreign["per_split"].as_array().unwrap().len() == splits);
    assert_eq!(report["foreign"]["inputs"], serde_json::json!(["nabij_500m_1y", "oppervlakte", "huur"]));
    assert_eq!(report["foreign"]["output"], "score");
    assert_eq!(report["verdict"]["table"].as_array().unwrap().len(), 3, "it is held against the rule too");
    assert_eq!(report["verdict"]["chosen"], "poisson", "but never chosen");
    for (page, word) in
        [("index.html", "niet bekend van welke gegevens"), ("index.en.html", "not known from which data")]
    {
        assert!(fs::read_to_string(bundle.join("report").join(page)).unwrap().contains(word), "{page}");
    }
    for file in ["model.json", "model.onnx", "scores.json"] {
        assert_eq!(fs::read(bundle.join(file)).unwrap(), fs::read(own.join(file)).unwrap(), "{file}");
    }
    let manifest = json(bundle.join("manifest.json"));
    assert_eq!(manifest["inputs"]["foreign_model"], report["foreign"]["file"]["sha256"]);
    assert_eq!(manifest["files"]["foreign/model.onnx"], report["foreign"]["file"]["sha256"]);
    assert_eq!(train(&["verify", &bundle.display().to_string()]).code, Some(0));
}

/// Changes the study, so that the model no longer fits it, and tells what is said.
fn refused(change: &[(&str, &str)], more: &[&str]) -> String {
    let (_, own) = studied();
    let folder = tempfile::tempdir().unwrap();
    let study = tiny::write(folder.path());
    let mut text = fs::read_to_string(&study).unwrap();
    for (from, to) in change {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    fs::write(&study, text).unwrap();
    let out = folder.path().join("bundle");
    let run = evaluate(&study, &own.join("model.onnx"), &out, more);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(!out.exists(), "nothing is written");
    assert_eq!(run.stderr.lines().filter(|line| line.starts_with("error")).count(), 1, "{}", run.stderr);
    run.stderr
}

#[test]
fn what_does_not_fit_is_one_clear_message() {
    let told = refused(&[("name = \"huur\"\nlabel", "name = \"huurwoningen\"\nlabel")], &[]);
    assert!(
        told.contains("model.onnx") && told.contains("huurwoningen") && told.contains("huur,")
            || told.contains("huur, but"),
        "{told}"
    );
    let missing = "missing_flag = true\nunit = \"m²\"";
    let told = refused(&[("unit = \"m²\"", missing)], &[]);
    assert!(told.contains("[rows, 3]") && told.contains("must be [rows, 4]"), "{told}");
    let told = refused(&[], &["--output", "kans"]);
    assert!(told.contains("`kans`") && told.contains("Name one of: score, contributions"), "{told}");
    let told = refused(&[], &["--name", "poisson"]);
    assert!(told.contains("`poisson`") && told.contains("--name"), "{told}");
}

#[test]
fn a_broken_file_is_told() {
    let (study, own) = studied();
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.onnx");
    let bytes = fs::read(own.join("model.onnx")).unwrap();
    fs::write(&broken, &bytes[..bytes.len() / 2]).unwrap();
    let run = evaluate(study, &broken, &folder.path().join("bundle"), &[]);
    assert!(
        run.code == Some(2) && run.stderr.contains("broken.onnx") && run.stderr.contains("no ONNX model"),
        "{run:?}"
    );
    let run = evaluate(study, &folder.path().join("none.onnx"), &folder.path().join("bundle"), &[]);
    assert!(run.code == Some(2) && run.stderr.contains("none.onnx"), "{run:?}");
}
