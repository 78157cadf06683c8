//! Learners that refuse the rows of a split: the run goes on without them, and says so everywhere.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::panic_in_result_fn,
    reason = "a test that cannot go on has failed"
)]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tests::{Run, tiny, train};

/// No split of forty panden gains this much.
const STUBBORN: &str = r#"
[[learner]]
name = "boom"
kind = "tree"
gain = 1000000.0
label = { nl = "Beslisboom", en = "Decision tree" }

[rule]"#;
/// As many rows on either side as the first split does not have: 4 dates of 40 panden, later splits have more.
const PICKY: &str = r#"
[[learner]]
name = "kaart"
kind = "scorecard"
minimum_rows = 81
label = { nl = "Kaart", en = "Card" }

[rule]"#;

/// Runs the tiny study after a change of its text.
fn run(folder: &Path, change: impl Fn(String) -> String) -> (Run, PathBuf) {
    let study = tiny::write(folder);
    fs::write(&study, change(fs::read_to_string(&study).unwrap())).unwrap();
    let out = folder.join("bundle");
    (train(&["run", &study.display().to_string(), "--out", &out.display().to_string()]), out)
}

fn report(bundle: &Path) -> Value {
    serde_json::from_slice(&fs::read(bundle.join("report/report.json")).unwrap()).unwrap()
}

fn names(list: &Value, key: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|entry| entry[key].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_learner_that_refuses_is_left_out_and_the_choice_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (run, bundle) = run(folder.path(), |study| study.replace("\n[rule]", STUBBORN));
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(
        run.stdout.contains(
            "left out: learner `boom`, which refused the training rows of the split tested at 2021-04-01"
        ),
        "{}",
        run.stdout
    );
    let report = report(&bundle);
    assert_eq!(names(&report["left_out"], "name"), ["boom"]);
    assert_eq!(report["left_out"][0]["test_as_of"], "2021-04-01");
    assert_eq!(names(&report["evaluation"]["candidates"], "name"), ["nabij", "poisson"]);
    assert_eq!(report["verdict"]["chosen"], "poisson");
    for (page, word) in [("index.html", "Niet meegedaan"), ("index.en.html", "Left out")] {
        let html = fs::read_to_string(bundle.join("report").join(page)).unwrap();
        assert!(html.contains(word), "{page}");
    }
}

#[test]
fn a_learner_without_the_first_split_is_not_in_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let (run, bundle) = run(folder.path(), |study| study.replace("\n[rule]", PICKY));
    assert_eq!(run.code, Some(0), "{run:?}");
    let report = report(&bundle);
    assert_eq!(names(&report["left_out"], "name"), ["kaart"]);
    assert_eq!(report["left_out"][0]["test_as_of"], "2021-04-01");
    assert!(!names(&report["evaluation"]["candidates"], "name").contains(&"kaart".to_owned()));
    assert!(!names(&report["others"], "name").contains(&"kaart".to_owned()));
}

#[test]
fn when_all_models_refuse_the_baselines_remain() {
    let folder = tempfile::tempdir().unwrap();
    let stubborn = "kind = \"tree\"\ngain = 1000000.0";
    let (run, bundle) = run(folder.path(), |study| study.replace("kind = \"poisson\"\nl2 = 10.0", stubborn));
    assert_eq!(run.code, Some(0), "{run:?}");
    let report = report(&bundle);
    assert_eq!(report["verdict"]["chosen"], "nabij");
    assert_eq!(report["verdict"]["released"], false);
    assert_eq!(train(&["verify", &bundle.display().to_string()]).code, Some(0));
}

#[test]
fn training_rows_without_a_find_stop_the_run_and_the_split_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (run, bundle) = run(folder.path(), |study| {
        let found = folder.path().join("vondsten.csv");
        let late = |line: &&str| !["2019", "2020"].iter().any(|year| line.starts_with(year));
        let text = fs::read_to_string(&found).unwrap();
        fs::write(&found, text.lines().filter(late).collect::<Vec<_>>().join("\n")).unwrap();
        let visits = folder.path().join("controles.csv");
        let text = fs::read_to_string(&visits).unwrap();
        fs::write(&visits, text.lines().filter(late).collect::<Vec<_>>().join("\n")).unwrap();
        study
    });
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(
        run.stderr.contains("the split tested at 2021-04-01") && run.stderr.contains("find"),
        "{}",
        run.stderr
    );
    assert!(!bundle.exists());
}
