//! `train compare` and `train monitor` over the built program.

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
use tests::{tiny, train};

/// The tiny study, an older bundle of it (one step earlier) and the newest.
fn releases() -> &'static Path {
    static RELEASES: OnceLock<PathBuf> = OnceLock::new();
    RELEASES.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap().keep();
        let study = tiny::write(&folder);
        let older = study.with_file_name("eerder.toml");
        let earlier = tiny::STUDY.replace("last_as_of = \"2022-01-01\"", "last_as_of = \"2021-10-01\"");
        fs::write(&older, earlier.replace("l2 = 10.0", "l2 = 5.0")).unwrap();
        for (study, out) in [(&older, "oud"), (&study, "nieuw")] {
            let out = folder.join(out).display().to_string();
            let run = train(&["run", &study.display().to_string(), "--out", &out]);
            assert_eq!(run.code, Some(0), "{run:?}");
        }
        folder
    })
}

fn at(name: &str) -> String {
    releases().join(name).display().to_string()
}

#[test]
fn what_changed_is_told_on_screen_as_page_and_as_json() {
    let (page, json) = (at("verschil.html"), at("verschil.json"));
    let run = train(&["compare", &at("oud"), &at("nieuw"), "--out", &page, "--out", &json]);
    assert_eq!(run.code, Some(0), "{run:?}");
    for part in [
        "as-of date 2021-10-01 → 2022-01-01",
        "setting `learner[poisson].l2`",
        "same files",
        "moved beyond the noise",
        "paired over",
    ] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    let page = fs::read_to_string(page).unwrap();
    assert!(page.find("Wat er veranderde").unwrap() < page.find("What changed").unwrap(), "Dutch first");
    let changes: Value = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    assert_eq!(changes["releases"][1]["as_of"], "2022-01-01");
    assert!(changes["paired"]["deviance"]["n"].as_u64().unwrap() > 0);
    assert!(!changes["groups"].as_array().unwrap().is_empty());
}

#[test]
fn a_bundle_against_itself_shows_no_change() {
    let run = train(&["compare", &at("nieuw"), &at("nieuw")]);
    assert_eq!(run.code, Some(0), "{run:?}");
    for part in ["no setting differs", "0 % of the old list gone", "0 of ", "0 figures apart"] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
}

#[test]
fn other_areas_or_levels_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (change, told) in [
        (("BU99980003", "BU99980009"), "have other areas: 1 (BU99980003)"),
        (("level = \"buurt\"\nseed", "level = \"gemeente\"\nseed"), "other levels"),
    ] {
        let study = tiny::write(folder.path());
        for file in ["study.toml", "buurten.geojson", "cijfers.csv"] {
            let path = folder.path().join(file);
            let text = fs::read_to_string(&path).unwrap();
            fs::write(path, text.replace(change.0, change.1)).unwrap();
        }
        let other = folder.path().join("ander").display().to_string();
        let run = train(&["run", &study.display().to_string(), "--out", &other]);
        assert_eq!(run.code, Some(0), "{run:?}");
        let run = train(&["compare", &at("nieuw"), &other]);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains(told), "{}", run.stderr);
    }
}

#[test]
fn only_outcomes_whose_window_has_closed_count() {
    let json = at("drift.json");
    let run =
        train(&["monitor", &at("oud"), "--data", &at(""), "--data-until", "2022-01-12", "--out", &json]);
    assert!(matches!(run.code, Some(0 | 3 | 4)), "{run:?}");
    let drift: Value = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    // The horizon of 2021-10-01 ended on 2022-01-01, and ten days later its outcome counts as known.
    let closed: Vec<&str> = drift["closed"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(closed.contains(&"2021-10-01"), "{closed:?}");
    assert_eq!(drift["not_yet_known"][0]["as_of"], "2022-01-01");
    assert_eq!(drift["not_yet_known"][0]["rows"], 40);
    assert_eq!((&drift["before"], &drift["after"]), (&"2021-10-01".into(), &"2022-01-01".into()));
    assert!(
        run.stdout.contains("not yet known: 40 rows of 2022-01-01") && run.stdout.contains("Rule ("),
        "{}",
        run.stdout
    );
    // Four buurten cannot tell chance from change, and that is said.
    assert!(run.stdout.contains("too few areas to tell (4)"), "{}", run.stdout);
}

#[test]
fn an_input_that_went_missing_stops() {
    let folder = tempfile::tempdir().unwrap();
    let _ = tiny::write(folder.path());
    let path = folder.path().join("panden.csv");
    let text = fs::read_to_string(&path).unwrap();
    let emptied = text.lines().enumerate().map(|(i, line)| {
        let mut cells: Vec<&str> = line.split(',').collect();
        if i > 0 {
            cells[6] = "";
        }
        cells.join(",") + "\n"
    });
    fs::write(&path, emptied.collect::<String>()).unwrap();
    let data = folder.path().display().to_string();
    let run = train(&["monitor", &at("oud"), "--data", &data, "--data-until", "2022-02-01"]);
    assert_eq!(run.code, Some(4), "{run:?}");
    assert!(
        run.stdout.contains("“floor area” is now missing in 100 % of the rows (was 0 %)"),
        "{}",
        run.stdout
    );
    let early = train(&["monitor", &at("oud"), "--data", &data, "--data-until", "2020-01-01"]);
    assert_eq!(early.code, Some(2), "{early:?}");
}
