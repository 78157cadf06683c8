//! `train verify` over the built program: a bundle is replayed in another folder, and what was changed is named.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::panic_in_result_fn,
    reason = "a test that cannot go on has failed"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;
use tests::{Run, tiny, train};

/// Panden of the study: enough for prints that name a row.
const PANDEN: usize = 300;

/// The tiny study with more panden, and its bundle; made once.
fn original() -> &'static Path {
    static ORIGINAL: OnceLock<PathBuf> = OnceLock::new();
    ORIGINAL.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap().keep();
        let study = tiny::write(&folder.join("studie"));
        let panden = folder.join("studie/panden.csv");
        let mut text = fs::read_to_string(&panden).unwrap();
        for i in 40..PANDEN {
            let (x, y) = (100_050 + (i % 20) * 95, 400_050 + (i / 20) * 120);
            writeln!(text, "{},2000-01-01,,{x},{y},{},{},wonen", tiny::pand(i), 1900 + i % 100, 60 + i % 300)
                .unwrap();
        }
        fs::write(panden, text).unwrap();
        let out = folder.join("bundel").display().to_string();
        let run = train(&["run", &study.display().to_string(), "--scramble", "--out", &out]);
        assert_eq!(run.code, Some(0), "{run:?}");
        folder
    })
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let there = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &there);
        } else {
            fs::copy(&path, there).unwrap();
        }
    }
}

/// A fresh clone: study, data and bundle in another folder, without the note of where the run was.
struct Clone {
    folder: tempfile::TempDir,
}

impl Clone {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&original().join("studie"), &folder.path().join("elders/klein"));
        copy(&original().join("bundel"), &folder.path().join("bundel"));
        Self { folder }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn edit(&self, name: &str, change: impl Fn(&str) -> String) {
        let text = fs::read_to_string(self.at(name)).unwrap();
        let changed = change(&text);
        assert_ne!(text, changed, "{name} is changed");
        fs::write(self.at(name), changed).unwrap();
    }

    fn verify(&self, more: &[&str]) -> Run {
        let (bundle, data) =
            (self.at("bundel").display().to_string(), self.at("elders").display().to_string());
        train(&[&["verify", &bundle, "--data", &data], more].concat())
    }

    /// Writes the hashes of the manifest anew, as a forger would.
    fn forge(&self, file: &str) {
        use std::process::Command;
        let sum = Command::new("sha256sum").arg(self.at("bundel").join(file)).output().unwrap();
        let sum = String::from_utf8(sum.stdout).unwrap();
        let path = self.at("bundel/manifest.json");
        let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        manifest["files"][file] = Value::String(sum.split(' ').next().unwrap().to_owned());
        fs::write(path, serde_json::to_vec_pretty(&manifest).unwrap()).unwrap();
    }
}

#[test]
fn a_fresh_clone_in_another_folder_verifies_on_any_number_of_threads() {
    let clone = Clone::new();
    for threads in ["1", "3"] {
        let run = clone.verify(&["--threads", threads]);
        assert_eq!(run.code, Some(0), "{run:?}");
        assert!(run.stdout.contains("figures of the model") && run.stdout.contains("figures of the report"));
        assert!(run.stdout.contains("The bundle is what its study and these data give"), "{}", run.stdout);
    }
    // Where the run found them, by the note beside the bundle.
    let bundle = original().join("bundel").display().to_string();
    let run = train(&["verify", &bundle, "--data"]);
    assert_eq!(run.code, Some(0), "{run:?}");
}

#[test]
fn without_data_only_hashes_are_checked_and_that_is_said() {
    let clone = Clone::new();
    let bundle = clone.at("bundel").display().to_string();
    let run = train(&["verify", &bundle]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(
        run.stdout.contains("Only hashes were checked") && run.stdout.contains("--data"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_changed_input_row_is_named_by_file_and_line() {
    let clone = Clone::new();
    // Line 151 of the file is the pand with number 149.
    let (old, new) =
        (format!("{},2000-01-01,,", tiny::pand(149)), format!("{},2001-01-01,,", tiny::pand(149)));
    clone.edit("elders/klein/panden.csv", |text| text.replace(&old, &new));
    let json = clone.at("gevonden.json").display().to_string();
    let run = clone.verify(&["--json", &json]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(
        run.stdout.contains("source `panden`, file `panden.csv`: line 151 reads otherwise"),
        "{}",
        run.stdout
    );
    let found: Value = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    assert_eq!(found["causes"][0]["about"], "input");

    let clone = Clone::new();
    clone.edit("elders/klein/panden.csv", |text| {
        text.lines()
            .filter(|line| !line.starts_with(&tiny::pand(211)))
            .fold(String::new(), |a, b| a + b + "\n")
    });
    let run = clone.verify(&[]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(
        run.stdout.contains("it stood at line 213") && run.stdout.contains("300 rows then, 299 now"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_row_that_can_no_longer_be_read_is_named_too() {
    let clone = Clone::new();
    clone.edit("elders/klein/panden.csv", |text| {
        text.replace(&format!("{},2000-01-01", tiny::pand(200)), &format!("{},2000-13-01", tiny::pand(200)))
    });
    let run = clone.verify(&[]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(
        run.stdout.contains("line 202 reads otherwise") && run.stdout.contains("2000-13-01"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_changed_feature_setting_is_named_with_old_and_new_value() {
    let clone = Clone::new();
    clone.edit("elders/klein/study.toml", |text| {
        text.replace("radii = [500]", "radii = [600]").replace("nabij_500m_1y", "nabij_600m_1y")
    });
    let expected = "feature `nabij`, key `radii`: the bundle's study says [500], ";
    let beside = clone.verify(&[]);
    assert_eq!(beside.code, Some(1), "{beside:?}");
    assert!(
        beside.stdout.contains(expected) && beside.stdout.contains("study.toml says [600]"),
        "{}",
        beside.stdout
    );
    let study = clone.at("elders/klein/study.toml").display().to_string();
    let given = clone.verify(&["--study", &study]);
    assert_eq!(given.code, Some(1), "{given:?}");
    assert!(given.stdout.contains(expected) && given.stdout.contains("model.json: "), "{}", given.stdout);

    // The study inside the bundle, its hash written anew.
    let clone = Clone::new();
    clone.edit("bundel/study.toml", |text| {
        text.replace("radii = [500]", "radii = [600]").replace("nabij_500m_1y", "nabij_600m_1y")
    });
    clone.forge("study.toml");
    let run = clone.verify(&[]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(
        run.stdout.contains("feature `nabij`, key `radii`")
            && run.stdout.contains("manifest.json names as input"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_changed_seed_is_named() {
    let clone = Clone::new();
    clone.edit("elders/klein/study.toml", |text| text.replace("seed = 1\n", "seed = 2\n"));
    let study = clone.at("elders/klein/study.toml").display().to_string();
    let run = clone.verify(&["--study", &study]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stdout.contains("the seed (`study.seed`): the bundle's study says 1, "), "{}", run.stdout);
    assert!(run.stdout.contains("scores.json: "), "what it moved is told too: {}", run.stdout);
}

#[test]
fn a_changed_model_byte_is_named_with_file_path_and_both_values() {
    for forged in [false, true] {
        let clone = Clone::new();
        let model: Value = serde_json::from_slice(&fs::read(clone.at("bundel/model.json")).unwrap()).unwrap();
        let intercept = model["intercept"].as_f64().unwrap();
        let (old, new) =
            (format!("\"intercept\": {intercept}"), format!("\"intercept\": {}", intercept.next_up()));
        clone.edit("bundel/model.json", |text| text.replacen(&old, &new, 1));
        if forged {
            clone.forge("model.json");
        }
        let run = clone.verify(&[]);
        assert_eq!(run.code, Some(1), "{run:?}");
        let told = format!("at intercept: the bundle has {}, the replay {intercept}", intercept.next_up());
        assert!(
            run.stdout.contains("model.json: 1 values differ") && run.stdout.contains(&told),
            "{}",
            run.stdout
        );
        assert_eq!(run.stdout.contains("model.json was changed or damaged"), !forged, "{}", run.stdout);
    }
}

#[test]
fn data_that_are_not_there_are_asked_for() {
    let clone = Clone::new();
    fs::remove_file(clone.at("elders/klein/vondsten.csv")).unwrap();
    let run = clone.verify(&[]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("vondsten.csv") && run.stderr.contains("--data DIR"), "{}", run.stderr);
}

/// What is kept to name rows tells nothing of them: no identifier, and no print of fewer than 64 rows.
#[test]
fn the_recipe_holds_no_row() {
    let text = fs::read_to_string(original().join("bundel/replay.json")).unwrap();
    assert!((0..PANDEN).all(|i| !text.contains(&tiny::pand(i))));
    assert!(!text.contains(&original().display().to_string()), "no path of the machine: {text}");
    let recipe: Value = serde_json::from_str(&text).unwrap();
    for input in recipe["inputs"].as_array().unwrap() {
        let (rows, blocks) =
            (input["rows"].as_u64().unwrap(), input["blocks"].as_array().unwrap().len() as u64);
        assert_eq!(blocks > 0, rows >= 64, "{input}");
    }
}
