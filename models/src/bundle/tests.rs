//! Tests of bundles on disk.

use std::fs;
use std::path::Path;

use super::*;
use crate::additive::{AdditiveModel, Link};
use crate::onnx::{self, Backend, OnnxError, Runner};
use crate::testing::{every_shape, text};

type Files = Vec<(&'static str, Vec<u8>)>;
type Damage<'a> = (&'a str, &'a dyn Fn(&Path));
type Spoil<'a> = (&'a str, &'a dyn Fn(&mut Files));

fn manifest(model: &AdditiveModel) -> Manifest {
    Manifest {
        format: String::new(),
        study: "proef".to_owned(),
        title: text("Proef"),
        as_of: "2026-01-01".to_owned(),
        until: "2026-06-30".to_owned(),
        level: "buurt".to_owned(),
        model: model.name.clone(),
        finds: text("vondsten"),
        exposure_unit: text("panden"),
        minimum_units: 10,
        release: Release { released: true, reason: text("beter") },
        software: "0".to_owned(),
        inputs: BTreeMap::new(),
        files: BTreeMap::new(),
    }
}

fn contents(model: &AdditiveModel, as_of: &str) -> Files {
    let scores = Scores { as_of: as_of.to_owned(), top_k: BTreeMap::new(), areas: Vec::new() };
    vec![
        (MODEL, model.to_json().unwrap().into_bytes()),
        (ONNX, onnx::write(model)),
        (SCHEMA, serde_json::to_vec(&model.schema).unwrap()),
        (AREAS, b"{}".to_vec()),
        (SCORES, serde_json::to_vec(&scores).unwrap()),
        (SELFTEST, serde_json::to_vec(&SelfTest::make(model)).unwrap()),
        ("report/index.html", b"<p>rapport</p>".to_vec()),
    ]
}

fn write(target: &Path, model: &AdditiveModel) -> Result<Manifest, BundleError> {
    let mut writer = Writer::create(target)?;
    for (name, bytes) in contents(model, "2026-01-01") {
        writer.add(name, &bytes)?;
    }
    writer.finish(manifest(model))
}

fn model(intercept: f64) -> AdditiveModel {
    AdditiveModel { intercept, ..every_shape(Link::Logit) }
}

/// Names in the folder of the target, hidden ones too.
fn beside(target: &Path) -> Vec<String> {
    let entries = fs::read_dir(target.parent().unwrap()).unwrap();
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_bundle_is_written_read_and_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("diep/bundel");
    let written = write(&target, &model(-1.0)).unwrap();
    let bundle = Bundle::open(&target).unwrap();
    assert_eq!(*bundle.manifest(), written);
    assert_eq!(bundle.manifest().format, FORMAT);
    assert_eq!(*bundle.model(), model(-1.0));
    assert_eq!(bundle.file("report/index.html"), Some(&b"<p>rapport</p>"[..]));
    assert_eq!(bundle.file("../manifest.json"), None);
    assert_eq!(bundle.files().count(), 7);
    write(&target, &model(-2.0)).unwrap();
    assert_eq!(Bundle::open(&target).unwrap().model().intercept, -2.0);
    assert_eq!(beside(&target), ["bundel"], "nothing is left beside it");
    let same = Bundle::open(&target).unwrap().manifest_sha256().to_owned();
    write(&target, &model(-2.0)).unwrap();
    assert_eq!(Bundle::open(&target).unwrap().manifest_sha256(), same, "same input, same bytes");
}

#[test]
fn the_self_test_replays_and_sees_another_model() {
    let model = model(-1.0);
    let test = SelfTest::make(&model);
    assert!(test.rows.len() > 40 && test.rows.iter().any(|row| row.iter().all(Option::is_none)));
    let runner = Runner::new(&onnx::write(&model), &Backend::Tract).unwrap();
    assert!(test.replay(&runner).unwrap() < 1e-6);
    let other = Runner::new(&onnx::write(&super::tests::model(-1.01)), &Backend::Tract).unwrap();
    assert!(matches!(test.replay(&other), Err(OnnxError::Differs { row: 0, .. })));
    assert!(test.check(&super::tests::model(-1.01)).is_err());
    let every_bin = |t: usize| {
        let mut seen: Vec<u64> = test.contributions.iter().map(|c| c[t].to_bits()).collect();
        seen.sort_unstable();
        seen.dedup();
        seen.len()
    };
    assert_eq!(every_bin(1), 5, "four bins and missing");
}

#[test]
fn each_kind_of_damage_is_told_with_the_file() {
    let damage: [Damage<'_>; 7] = [
        ("report/index.html was changed", &|b| {
            let path = b.join("report/index.html");
            let mut bytes = fs::read(&path).unwrap();
            bytes[3] ^= 1;
            fs::write(path, bytes).unwrap();
        }),
        ("model.onnx is missing", &|b| fs::remove_file(b.join(ONNX)).unwrap()),
        ("report/extra.txt is not in manifest.json", &|b| {
            fs::write(b.join("report/extra.txt"), "x").unwrap()
        }),
        ("there is no manifest.json", &|b| fs::remove_file(b.join(MANIFEST)).unwrap()),
        ("manifest.json, line 1", &|b| fs::write(b.join(MANIFEST), "{\"form").unwrap()),
        ("format \"zichtlijn-bundle/9\"", &|b| {
            fs::write(b.join(MANIFEST), "{\"format\": \"zichtlijn-bundle/9\", \"new\": 1}").unwrap();
        }),
        ("report/link is neither a file nor a folder", &|b| {
            std::os::unix::fs::symlink("/etc/hostname", b.join("report/link")).unwrap();
        }),
    ];
    for (wanted, damage) in damage {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("bundel");
        write(&target, &model(-1.0)).unwrap();
        damage(&target);
        let told = Bundle::open(&target).unwrap_err().to_string();
        assert!(told.contains(wanted), "{told}");
    }
    let told = Bundle::open(Path::new("/nowhere/bundel")).unwrap_err().to_string();
    assert!(told.contains("/nowhere/bundel/manifest.json: cannot read"), "{told}");
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("bundel");
    let mut writer = Writer::create(&target).unwrap();
    for name in ["../x", "/etc/x", "a//b", "a/../../x", "", ".", "a\\b", "c:x", "manifest.json", "a/", "a\nb"]
    {
        assert!(matches!(writer.add(name, b""), Err(BundleError::Name { .. })), "{name:?}");
    }
    writer.add("a/b.c", b"").unwrap();
    assert!(matches!(writer.add("a/b.c", b""), Err(BundleError::Twice { .. })));
    drop(writer);
    write(&target, &model(-1.0)).unwrap();
    let text = fs::read_to_string(target.join(MANIFEST)).unwrap();
    fs::write(target.join(MANIFEST), text.replace("report/index.html", "report/../../x")).unwrap();
    assert!(matches!(Bundle::open(&target), Err(BundleError::Name { .. })));
}

#[test]
fn what_is_no_bundle_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let precious = folder.path().join("foto's");
    fs::create_dir(&precious).unwrap();
    fs::write(precious.join("vakantie.jpg"), "x").unwrap();
    assert!(matches!(Writer::create(&precious), Err(BundleError::NotReplaced { .. })));
    fs::write(precious.join(MANIFEST), "{\"name\": \"an app\"}").unwrap();
    assert!(matches!(Writer::create(&precious), Err(BundleError::NotReplaced { .. })));
    assert!(matches!(Writer::create(&precious.join("vakantie.jpg")), Err(BundleError::NotReplaced { .. })));
    assert!(matches!(Writer::create(Path::new("/")), Err(BundleError::NoName { .. })));
    let empty = folder.path().join("leeg");
    fs::create_dir(&empty).unwrap();
    write(&empty, &model(-1.0)).unwrap();
    assert!(Bundle::open(&empty).is_ok());
}

#[test]
fn a_bundle_that_does_not_verify_is_not_swapped_in() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("bundel");
    write(&target, &model(-1.0)).unwrap();
    let attempts: [Spoil<'_>; 4] = [
        ("scores.json is missing", &|files| files.retain(|(name, _)| *name != SCORES)),
        ("scores.json does not fit manifest.json", &|files| {
            *files = contents(&model(-1.0), "2025-01-01");
        }),
        ("selftest.json does not fit model.json", &|files| {
            files[5].1 = serde_json::to_vec(&SelfTest::make(&model(-1.5))).unwrap();
        }),
        ("schema.json does not fit model.json", &|files| files[2].1 = b"{\"features\": []}".to_vec()),
    ];
    for (wanted, spoil) in attempts {
        let mut files = contents(&model(-1.0), "2026-01-01");
        spoil(&mut files);
        let mut writer = Writer::create(&target).unwrap();
        for (name, bytes) in files {
            writer.add(name, &bytes).unwrap();
        }
        let told = writer.finish(manifest(&model(-1.0))).unwrap_err().to_string();
        assert!(told.contains(wanted), "{told}");
        assert_eq!(Bundle::open(&target).unwrap().model().intercept, -1.0);
        assert_eq!(beside(&target), ["bundel"]);
    }
}

#[test]
fn leftovers_are_removed_but_a_living_run_is_not_disturbed() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("bundel");
    let dead = folder.path().join(".bundel.writing-123");
    fs::create_dir_all(dead.join("report")).unwrap();
    fs::write(dead.join("report/index.html"), "half").unwrap();
    let others = [".bundel2.writing-5", ".bundel.writing-x", "bundel.writing-7"];
    for other in others {
        fs::create_dir(folder.path().join(other)).unwrap();
    }
    let living = Writer::create(&target).unwrap();
    assert!(!dead.exists());
    assert!(others.iter().all(|other| folder.path().join(other).exists()));
    assert!(matches!(Writer::create(&target), Err(BundleError::Busy { .. })));
    drop(living);
    write(&target, &model(-1.0)).unwrap();
}

#[test]
fn a_link_to_a_bundle_stays_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (folder.path().join("echt"), folder.path().join("huidig"));
    write(&real, &model(-1.0)).unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    write(&link, &model(-2.0)).unwrap();
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(Bundle::open(&real).unwrap().model().intercept, -2.0);
}

#[test]
fn readers_always_see_a_whole_bundle_while_it_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("bundel");
    write(&target, &model(0.0)).unwrap();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for k in 1..20 {
                write(&target, &model(-f64::from(k))).unwrap();
            }
        });
        while !writer.is_finished() {
            Bundle::open(&target).unwrap();
        }
        writer.join().unwrap();
    });
    assert_eq!(Bundle::open(&target).unwrap().model().intercept, -19.0);
}
