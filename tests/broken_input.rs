//! Bad input of any kind: one clear message with file, place and remedy, exit code 2, nothing written.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::panic_in_result_fn,
    reason = "a test that cannot go on has failed"
)]

use std::fs;
use std::path::Path;

use tests::{tiny, train};

/// Breaks the sound study in one place.
type Break = fn(&Path);

/// What is broken, how, and what the message must say (in any case).
const CASES: &[(&str, Break, &[&str])] = &[
    // The study file.
    ("unknown key", |d| study(d, "horizon =", "horizn ="), &["study.toml, line", "horizn", "`horizon`"]),
    ("not TOML", |d| study(d, "[time]", "[time"), &["study.toml, line"]),
    ("missing key", |d| study(d, "level = \"buurt\"\nseed = 1", "seed = 1"), &["study.toml", "level"]),
    ("wrong type", |d| study(d, "seed = 1", "seed = \"een\""), &["study.toml, line", "seed"]),
    (
        "unknown source",
        |d| study(d, "events = \"vondsten\"", "events = \"vondst\""),
        &["study.toml, line", "vondst", "did you mean `vondsten`"],
    ),
    (
        "unknown level",
        |d| study(d, "level = \"buurt\"\nseed", "level = \"wijk\"\nseed"),
        &["study.toml, line", "wijk", "known: "],
    ),
    ("unknown learner kind", |d| study(d, "kind = \"poisson\"", "kind = \"poison\""), &["poison", "poisson"]),
    (
        "learner on an unknown feature",
        |d| study(d, "feature = \"nabij_500m_1y\"", "feature = \"nabij_500m\""),
        &["nabij_500m", "nabij_500m_1y"],
    ),
    (
        "unknown baseline",
        |d| study(d, "baseline = \"nabij\"", "baseline = \"nabje\""),
        &["study.toml, line", "nabje", "nabij"],
    ),
    (
        "a model as the baseline of the rule",
        |d| study(d, "baseline = \"nabij\"", "baseline = \"poisson\""),
        &["study.toml, line", "there is no baseline `poisson`", "known: nabij"],
    ),
    (
        "no baseline",
        |d| study(d, "kind = \"baseline\"\nfeature = \"nabij_500m_1y\"", "kind = \"poisson\""),
        &["study.toml, line", "no baseline", "kind = \"baseline\""],
    ),
    (
        "protected column as feature",
        |d| study(d, "column = \"huur\"", "column = \"herkomst\""),
        &["study.toml, line", "protected", "[[audit]]"],
    ),
    (
        "protected column behind another name",
        |d| study(d, "huur = \"p_huurw\"", "huur = \"p_geb_buiten_europa\""),
        &["p_geb_buiten_europa", "protected"],
    ),
    (
        "empty passport",
        |d| study(d, "purpose = \"proef\", source", "purpose = \"\", source"),
        &["study.toml, line", "passport", "purpose"],
    ),
    (
        "impossible date",
        |d| study(d, "first_as_of = \"2020-01-01\"", "first_as_of = \"2020-13-01\""),
        &["2020-13-01", "first_as_of"],
    ),
    ("span without unit", |d| study(d, "horizon = \"3 months\"", "horizon = \"3\""), &["horizon", "months"]),
    (
        "nothing to test",
        |d| study(d, "test_from = \"2021-04-01\"", "test_from = \"2021-12-31\""),
        &["test_from"],
    ),
    (
        "feature named twice",
        |d| study(d, "name = \"huur\"", "name = \"oppervlakte\""),
        &["study.toml, line", "oppervlakte", "twice"],
    ),
    (
        "radius without over",
        |d| study(d, "over = \"radius\"\n", ""),
        &["study.toml, line", "radii", "radius"],
    ),
    ("no such file", |d| study(d, "path = \"panden.csv\"", "path = \"pand.csv\""), &["pand.csv"]),
    // The sources.
    (
        "missing column",
        |d| file(d, "panden.csv", "oppervlakte,gebruik", "opp,gebruik"),
        &["panden.csv", "oppervlakte", "opp"],
    ),
    (
        "wrong separator",
        |d| study(d, "path = \"panden.csv\"", "path = \"panden.csv\"\nseparator = \";\""),
        &["panden.csv", "separator"],
    ),
    (
        "text in a number",
        |d| file(d, "panden.csv", ",1903,", ",negentien,"),
        &["panden.csv", "line 3", "bouwjaar", "negentien"],
    ),
    (
        "mixed dates",
        |d| file(d, "vondsten.csv", "2019-03-", "03/19-"),
        &["vondsten.csv", "line", "datum", "date_format"],
    ),
    (
        "duplicate ids",
        |d| {
            study(d, "valid_from = \"van\", valid_to = \"tot\", ", "");
            append(d, "panden.csv", &format!("{},2000-01-01,,100100,400100,1950,80,wonen\n", tiny::pand(0)));
        },
        &["panden.csv", "line 2", "pand_id", "more than once"],
    ),
    (
        "coordinate that is not a number",
        |d| file(d, "panden.csv", ",100340,", ",NaN,"),
        &["panden.csv", "line 3", "nan"],
    ),
    (
        "swapped x and y",
        |d| study(d, "x = \"x\", y = \"y\"", "x = \"y\", y = \"x\""),
        &["panden.csv", "swapped"],
    ),
    ("degrees where RD was promised", |d| to_degrees(d), &["panden.csv", "wgs84"]),
    (
        "area outside its parent",
        |d| file(d, "buurten.geojson", "GM9998", "GM9997"),
        &["buurten.geojson", "GM9997"],
    ),
    ("empty file", |d| put(d, "vondsten.csv", b""), &["vondsten.csv", "empty"]),
    (
        "header only, no panden",
        |d| put(d, "panden.csv", b"pand_id,van,tot,x,y,bouwjaar,oppervlakte,gebruik\n"),
        &["panden.csv"],
    ),
    ("ragged row", |d| append(d, "vondsten.csv", "2021-01-01,2021-01-02\n"), &["vondsten.csv", "line", "3"]),
    (
        "find in the future",
        |d| append(d, "vondsten.csv", &format!("2035-01-01,2035-01-02,{}\n", tiny::pand(1))),
        &["vondsten.csv", "line", "2035-01-01"],
    ),
    (
        "known before it happened",
        |d| append(d, "vondsten.csv", &format!("2021-06-10,2021-06-01,{}\n", tiny::pand(1))),
        &["vondsten.csv", "line", "2021-06-01"],
    ),
    (
        "outcome without a meaning",
        |d| append(d, "controles.csv", &format!("2021-06-10,2021-06-11,{},misschien\n", tiny::pand(1))),
        &["controles.csv", "line", "misschien", "outcomes"],
    ),
    (
        "not UTF-8",
        |d| append_bytes(d, "panden.csv", b"99981000099999,2000-01-01,,100100,400100,1950,80,caf\xe9\n"),
        &["panden.csv", "encoding"],
    ),
    (
        "broken GeoJSON",
        |d| file(d, "buurten.geojson", "\"features\":", "\"features\""),
        &["buurten.geojson", "line"],
    ),
    (
        "GeoJSON of another kind",
        |d| put(d, "buurten.geojson", b"{\"type\": \"Point\", \"coordinates\": [1, 2]}"),
        &["buurten.geojson", "FeatureCollection"],
    ),
    (
        "truncated Parquet",
        |d| {
            study(d, "path = \"vondsten.csv\"", "path = \"vondsten.parquet\"");
            put(d, "vondsten.parquet", b"PAR1\x15\x04\x15");
        },
        &["vondsten.parquet", "parquet"],
    ),
    (
        "GeoPackage that is none",
        |d| {
            study(d, "\"buurten.geojson\"", "\"buurten.gpkg\"");
            put(d, "buurten.gpkg", b"SQLite format 3\0 and then nothing");
        },
        &["buurten.gpkg", "GeoPackage"],
    ),
    ("a line without end", |d| put(d, "controles.csv", &vec![b'a'; 40 << 20]), &["controles.csv", "line"]),
];

fn put(folder: &Path, name: &str, bytes: &[u8]) {
    fs::write(folder.join(name), bytes).unwrap();
}

fn file(folder: &Path, name: &str, from: &str, to: &str) {
    let text = fs::read_to_string(folder.join(name)).unwrap();
    assert!(text.contains(from), "{name} has no {from:?} to break");
    fs::write(folder.join(name), text.replace(from, to)).unwrap();
}

fn study(folder: &Path, from: &str, to: &str) {
    file(folder, "study.toml", from, to);
}

fn append(folder: &Path, name: &str, line: &str) {
    append_bytes(folder, name, line.as_bytes());
}

fn append_bytes(folder: &Path, name: &str, line: &[u8]) {
    let mut bytes = fs::read(folder.join(name)).unwrap();
    bytes.extend(line);
    fs::write(folder.join(name), bytes).unwrap();
}

/// Replaces the RD coordinates of the panden by longitudes and latitudes.
fn to_degrees(folder: &Path) {
    let text = fs::read_to_string(folder.join("panden.csv")).unwrap();
    let lines = text.lines().map(|line| {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        if cells[3] != "x" {
            cells[3] = "4.5812".to_owned();
            cells[4] = "51.5891".to_owned();
        }
        cells.join(",") + "\n"
    });
    fs::write(folder.join("panden.csv"), lines.collect::<String>()).unwrap();
}

#[test]
fn the_unbroken_study_passes_the_check_and_trains() {
    let folder = tempfile::tempdir().unwrap();
    let study = tiny::write(folder.path()).display().to_string();
    let check = train(&["check", &study, "--scramble"]);
    assert_eq!(check.code, Some(0), "{check:?}");
    let out = folder.path().join("bundle").display().to_string();
    let run = train(&["run", &study, "--out", &out]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(train(&["verify", &out]).code, Some(0));
}

#[test]
fn folders_on_the_command_line_count_from_where_they_are_typed() {
    let folder = tempfile::tempdir().unwrap();
    let _study = tiny::write(&folder.path().join("data"));
    let study = tiny::STUDY.replace("path = \"panden.csv\"", "path = \"${HIER}/panden.csv\"");
    put(&folder.path().join("data"), "study.toml", study.as_bytes());
    let check = std::process::Command::new(tests::program("train"))
        .current_dir(folder.path())
        .args(["check", "data/study.toml", "--data", "HIER=data"])
        .output()
        .unwrap();
    assert_eq!(check.status.code(), Some(0), "{}", String::from_utf8_lossy(&check.stderr));
}

#[test]
fn every_broken_input_gives_one_message_with_place_and_remedy_and_writes_nothing() {
    let mut faults = vec![];
    for (what, break_it, expected) in CASES {
        let folder = tempfile::tempdir().unwrap();
        let path = tiny::write(folder.path());
        break_it(folder.path());
        let before = listing(folder.path());
        let out = folder.path().join("bundle");
        let run = train(&["run", &path.display().to_string(), "--out", &out.display().to_string()]);
        let said = run.stderr.to_lowercase();
        let missing: Vec<_> = expected.iter().filter(|part| !said.contains(&part.to_lowercase())).collect();
        if run.code != Some(2)
            || !missing.is_empty()
            || said.contains("panicked")
            || said.matches("error:").count() != 1
        {
            faults.push(format!(
                "{what}: exit {:?}, misses {missing:?} in\n{}{}",
                run.code, run.stderr, run.stdout
            ));
        }
        if listing(folder.path()) != before {
            faults.push(format!("{what}: something was written: {:?}", listing(folder.path())));
        }
    }
    assert!(faults.is_empty(), "{} of {} cases:\n{}", faults.len(), CASES.len(), faults.join("\n---\n"));
}

fn listing(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
