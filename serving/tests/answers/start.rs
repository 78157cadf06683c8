//! Which bundles are refused, and what is said.

use std::fs;
use std::path::{Path, PathBuf};

use models::bundle::{Bundle, Writer};
use serde_json::Value;
use serving::made_up::Town;
use serving::{Settings, load};

use crate::Made;

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn refusal(bundle: &Path) -> String {
    load(bundle, &Settings::default()).unwrap_err().to_string()
}

#[test]
fn a_flipped_byte_in_any_file_is_refused_with_the_file_named() {
    let made = Made::new(Town { buurten: 12, ..Town::default() });
    let files = files(&made.path());
    assert!(files.len() >= 10, "{files:?}");
    for path in files {
        let name = path.strip_prefix(made.path()).unwrap().display().to_string();
        let whole = fs::read(&path).unwrap();
        for position in [0, whole.len() / 2, whole.len() - 1] {
            let mut bytes = whole.clone();
            bytes[position] ^= 1;
            fs::write(&path, &bytes).unwrap();
            // A manifest may still be valid JSON with one byte changed; then another file no longer fits it.
            match load(&made.path(), &Settings::default()) {
                Ok(_) => assert!(name == "manifest.json", "{name} at {position} was not noticed"),
                Err(error) => {
                    let named = error.to_string().contains(&name);
                    assert!(named || name == "manifest.json", "{name} at {position}: {error}");
                }
            }
        }
        fs::write(&path, &whole).unwrap();
    }
    load(&made.path(), &Settings::default()).unwrap();
}

#[test]
fn a_missing_file_and_a_missing_bundle_are_named() {
    let made = Made::new(Town { buurten: 12, ..Town::default() });
    fs::remove_file(made.path().join("scores.json")).unwrap();
    assert!(refusal(&made.path()).contains("scores.json"));
    assert!(refusal(&made.path().join("nowhere")).contains("manifest.json"));
}

#[test]
fn a_file_that_the_manifest_does_not_know_is_refused() {
    let made = Made::new(Town { buurten: 12, ..Town::default() });
    fs::write(made.path().join("panden.csv"), "adres").unwrap();
    assert!(refusal(&made.path()).contains("panden.csv"));
}

/// Writes a bundle whose hashes are right but whose contents are not, and gives the refusal.
fn refused_with(name: &str, change: impl Fn(&mut Value)) -> String {
    let made = Made::new(Town { buurten: 12, ..Town::default() });
    let whole = Bundle::open(&made.path()).unwrap();
    let mut writer = Writer::create(&made.path()).unwrap();
    for (file, bytes) in whole.files() {
        let mut bytes = bytes.to_vec();
        if file == name {
            let mut value = serde_json::from_slice(&bytes).unwrap();
            change(&mut value);
            bytes = serde_json::to_vec(&value).unwrap();
        }
        writer.add(file, &bytes).unwrap();
    }
    let mut manifest = whole.manifest().clone();
    manifest.files.clear();
    writer.finish(manifest).unwrap();
    refusal(&made.path())
}

#[test]
fn contents_that_contradict_themselves_are_refused_with_file_and_area() {
    let told = refused_with("scores.json", |scores| scores["areas"][3]["figures"]["low"] = 99.0.into());
    assert!(told.contains("scores.json") && told.contains("area BU999900003: low 99"), "{told}");
    let told =
        refused_with("scores.json", |scores| scores["areas"][3]["suppressed"] = "complementary".into());
    assert!(told.contains("area BU999900003: has figures although it is suppressed"), "{told}");
    let told = refused_with("areas.geojson", |map| map["features"][0]["properties"]["code"] = "BU1".into());
    assert!(told.contains("areas.geojson") && told.contains("BU1"), "{told}");
    let told = refused_with("areas.geojson", |map| {
        map["features"][2]["geometry"]["coordinates"][0][0][0] = 155_000.into();
    });
    assert!(
        told.contains("areas.geojson") && told.contains("area BU999900002") && told.contains("degrees"),
        "{told}"
    );
}

#[test]
fn a_model_file_that_computes_something_else_is_refused() {
    let made = Made::new(Town { buurten: 12, ..Town::default() });
    let whole = Bundle::open(&made.path()).unwrap();
    let mut writer = Writer::create(&made.path()).unwrap();
    let mut other = whole.model().clone();
    other.intercept += 0.01;
    for (file, bytes) in whole.files() {
        let other = models::onnx::write(&other);
        writer.add(file, if file == "model.onnx" { &other } else { bytes }).unwrap();
    }
    let mut manifest = whole.manifest().clone();
    manifest.files.clear();
    writer.finish(manifest).unwrap();
    let told = refusal(&made.path());
    assert!(told.contains("model.onnx") && told.contains("self-test"), "{told}");
}

#[test]
fn fifteen_thousand_areas_are_served() {
    let made = Made::new(Town { buurten: 15_000, ..Town::default() });
    let router = made.router(&Settings::default());
    let request =
        axum::http::Request::get("/v1/areas?level=buurt&limit=1000").body(axum::body::Body::empty());
    let page: Value = crate::send(&router, request.unwrap()).json();
    assert_eq!(
        (page["number_matched"].as_u64(), page["number_returned"].as_u64()),
        (Some(15_000), Some(1000))
    );
}
