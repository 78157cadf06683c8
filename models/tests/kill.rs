//! A writer that is killed (SIGKILL) at any moment leaves the old bundle or the new one, whole.
//!
//! The test starts itself again as the writer that is to be killed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use models::additive::{AdditiveModel, Link, Shape, Term, Transform};
use models::bundle::{self, Bundle, Manifest, Release, Scores, SelfTest, Writer};
use models::{Feature, FeatureKind, Passport, Schema, Text, onnx};

const TARGET: &str = "ZICHTLIJN_KILL_TEST_TARGET";

fn model(intercept: f64) -> AdditiveModel {
    let feature = Feature {
        name: "x".to_owned(),
        label: Text::default(),
        unit: String::new(),
        kind: FeatureKind::Continuous,
        passport: Passport::default(),
    };
    let shape = Shape::Linear { coefficient: 1.0, center: 0.0, transform: Transform::Identity, missing: 0.0 };
    AdditiveModel {
        name: "proef".to_owned(),
        kind: "made up".to_owned(),
        link: Link::Log,
        intercept,
        terms: vec![Term { name: "x".to_owned(), label: Text::default(), feature: 0, shape }],
        covariance: Vec::new(),
        spread: None,
        calibration: None,
        per_point: None,
        edits: Vec::new(),
        finds: 1.0,
        notes: Vec::new(),
        schema: Schema { features: vec![feature] },
    }
}

fn write(target: &Path, intercept: f64) {
    let model = model(intercept);
    let scores = Scores { as_of: "2026-01-01".to_owned(), top_k: BTreeMap::new(), areas: Vec::new() };
    let mut writer = Writer::create(target).unwrap();
    writer.add(bundle::MODEL, model.to_json().unwrap().as_bytes()).unwrap();
    writer.add(bundle::ONNX, &onnx::write(&model)).unwrap();
    writer.add(bundle::SCHEMA, &serde_json::to_vec(&model.schema).unwrap()).unwrap();
    writer.add(bundle::AREAS, &vec![b' '; 200_000]).unwrap();
    writer.add(bundle::SCORES, &serde_json::to_vec(&scores).unwrap()).unwrap();
    writer.add(bundle::SELFTEST, &serde_json::to_vec(&SelfTest::make(&model)).unwrap()).unwrap();
    for page in 0..10 {
        writer.add(&format!("report/{page}.html"), &vec![b'x'; 20_000]).unwrap();
    }
    let manifest = Manifest {
        format: String::new(),
        study: "proef".to_owned(),
        title: Text::default(),
        as_of: "2026-01-01".to_owned(),
        until: "2026-06-30".to_owned(),
        level: "buurt".to_owned(),
        model: "proef".to_owned(),
        finds: Text::default(),
        exposure_unit: Text::default(),
        minimum_units: 0,
        release: Release { released: true, reason: Text::default() },
        software: "0".to_owned(),
        inputs: BTreeMap::new(),
        files: BTreeMap::new(),
    };
    writer.finish(manifest).unwrap();
}

/// Not a test of its own: the writer that is killed. Without a target it does nothing.
#[test]
fn the_writer_that_is_killed() {
    let Some(target) = std::env::var_os(TARGET) else { return };
    for k in 1.. {
        write(Path::new(&target), f64::from(k));
    }
}

#[test]
fn a_killed_writer_leaves_a_whole_bundle() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("bundel");
    let start = Instant::now();
    write(&target, 0.0);
    let once = start.elapsed();
    let mut replaced = 0;
    for round in 0..25 {
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_writer_that_is_killed", "--nocapture"])
            .env(TARGET, &target)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // Moments spread over the first few bundles, whatever the speed of the disk.
        std::thread::sleep(once * (round * 7 % 25) / 6);
        writer.kill().unwrap();
        writer.wait().unwrap();
        let bundle = Bundle::open(&target).unwrap();
        replaced += u32::from(bundle.model().intercept > 0.0);
    }
    assert!(replaced > 0, "no run got far enough to replace the bundle");
    write(&target, -1.0);
    assert_eq!(Bundle::open(&target).unwrap().model().intercept, -1.0);
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["bundel"], "what killed runs left is gone");
}
