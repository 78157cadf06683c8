//! `train audit` as it is typed: on made-up rows and counts, and on DUO's counts where they are there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    missing_docs,
    reason = "a test that cannot go on has failed"
)]

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn train(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_train")).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// Runs an audit that must succeed; gives its figures, the Dutch page and what was printed.
fn audit(folder: &Path, arguments: &[&str]) -> (Value, String, String) {
    let out = folder.join("audit");
    let mut all = vec!["audit", "--out", out.to_str().unwrap()];
    all.extend(arguments);
    let (code, stdout, stderr) = train(&all);
    assert_eq!(code, Some(0), "{stderr}");
    let json = serde_json::from_str(&std::fs::read_to_string(out.join("audit.json")).unwrap()).unwrap();
    (json, std::fs::read_to_string(out.join("index.html")).unwrap(), stdout)
}

/// An audit that must be refused; gives the message.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let out = folder.join("refused");
    let mut all = vec!["audit", "--out", out.to_str().unwrap()];
    all.extend(arguments);
    let (code, _, stderr) = train(&all);
    assert_eq!(code, Some(2), "{stderr}");
    assert!(!out.exists(), "nothing is written");
    stderr
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// 600 panden in 60 blocks: old ones score higher and are over-selected; half of what is listed was visited. Three have another age.
fn rows() -> String {
    let mut csv = "pand;blok;leeftijd;kans;uitkomst\n".to_owned();
    for i in 0..603u32 {
        let age = if i >= 600 {
            "onbekend"
        } else if i % 2 == 0 {
            "oud"
        } else {
            "nieuw"
        };
        let score = (i * 37 % 100) + if age == "oud" { 30 } else { 0 };
        let outcome = match score {
            90.. if i % 3 == 0 => "raak",
            90.. if i % 3 == 1 => "niets",
            _ => "",
        };
        let _ = writeln!(csv, "{i};{};{age};0,{score:03};{outcome}", i / 10);
    }
    csv
}

#[test]
fn a_made_up_list_is_audited_from_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let list = write(folder.path(), "lijst.csv", &rows());
    let arguments = [
        "--scores",
        &list,
        "--score",
        "kans",
        "--threshold",
        "0.09",
        "--outcomes",
        "uitkomst",
        "--groups",
        "leeftijd",
        "leeftijd+blok:3",
        "--cluster",
        "blok",
        "--reference",
        "nieuw",
        "--draws",
        "199",
    ];
    let (json, page, printed) = audit(folder.path(), &arguments);
    let audit = &json["attributes"][0]["audit"];
    let group = |name: &str| {
        let groups = audit["groups"].as_array().unwrap();
        groups.iter().find(|g| g["name"]["en"] == name).unwrap()
    };
    let rate = |name: &str, metric: &str| {
        let rates = group(name)["rates"].as_array().unwrap();
        rates.iter().find(|r| r["metric"] == metric).unwrap().clone()
    };
    // 40 of 100 old scores and 10 of 100 new ones reach 90.
    let old = rate("oud", "selection_rate");
    let near =
        |x: &Value, known: f64| assert!((x.as_f64().unwrap() - known).abs() < 1e-9, "{x} is not {known}");
    near(&old["labelled"]["value"], 0.4);
    near(&rate("nieuw", "selection_rate")["labelled"]["value"], 0.1);
    near(&old["ratio"]["value"], 4.0);
    assert!(old["ratio"]["low"].as_f64().unwrap() > 2.0 && old["p"].as_f64().unwrap() <= 0.01, "{old}");
    assert!(old["labelled"]["n"] == 300 && old["labelled"]["low"].is_f64());
    // The three of unknown age are too few: a band and no rates, but they are there.
    assert_eq!(group("onbekend")["rows"], "1-4");
    assert!(rate("onbekend", "selection_rate")["labelled"]["value"].is_null());
    assert_eq!(audit["too_few"], 1);
    // What the unknown could change: recall rests on the visited alone.
    let gaps = audit["gaps"].as_array().unwrap();
    let recall = gaps.iter().find(|g| g["metric"] == "true_positive_rate").unwrap();
    assert_eq!(recall["could_flip"], true);
    assert_eq!(gaps.iter().find(|g| g["metric"] == "selection_rate").unwrap()["could_flip"], false);
    assert_eq!(json["attributes"][1]["name"], "leeftijd × blok");
    assert_eq!(json["list"]["clusters"], 61);
    assert!(printed.contains("oud passes 4.00 times as often as nieuw"), "{printed}");
    assert!(page.contains("Het is niet het deel in de hele groep") && page.contains("te weinig"));
    assert!(page.contains("kunnen niet allemaal tegelijk gelijk zijn"));
    // The same input gives the same bytes on another number of threads.
    let before = json;
    let mut again = vec!["--threads", "1"];
    again.extend(arguments);
    assert_eq!(strip(before), strip(self::audit(folder.path(), &again).0));
}

/// Without the command, which says how many threads.
fn strip(mut json: Value) -> Value {
    json.as_object_mut().unwrap().remove("command");
    json
}

#[test]
fn made_up_counts_are_audited_from_both_layouts() {
    let folder = tempfile::tempdir().unwrap();
    let by_group = write(
        folder.path(),
        "groups.csv",
        "group,population,selected,visited,found\nnorth,5000,100,90,30\nsouth,4000,240,230,60\nwest,8,2,1,1\n",
    );
    let by_stage = write(
        folder.path(),
        "stages.csv",
        "stage,north,south,west\npopulation,5000,4000,8\nselected,100,240,2\nvisited,90,230,1\nfound,30,60,1\n",
    );
    let route = ["--route", "population > selected > visited > found", "--outcomes", "found"];
    let (one, page, _) =
        audit(folder.path(), &[&["--counts", &by_group, "--groups", "group"], &route[..]].concat());
    let columns = ["--counts", &by_stage, "--stages-in", "stage", "--groups", "north", "south", "west"];
    let (other, _, _) = audit(folder.path(), &[&columns, &route[..]].concat());
    assert_eq!(one["routes"], other["routes"]);
    let south = &one["routes"][0]["steps"][0]["groups"][1];
    assert!((south["step_ratio"]["value"].as_f64().unwrap() - 3.0).abs() < 1e-12, "{south}");
    assert!(south["over"] == true && south["p"].as_f64().unwrap() < 0.001);
    // Visits add nothing, and the outcome is lower: a lower bar for the south.
    assert_eq!(one["routes"][0]["steps"][1]["groups"][1]["over"], false);
    assert!(
        one["routes"][0]["steps"][2]["warning"]["en"]
            .as_str()
            .unwrap()
            .contains("not the share in the whole group")
    );
    let west = &one["routes"][0]["steps"][0]["groups"][2];
    assert!(west["rate"]["value"].is_null() && west["rate"]["method"] == "too_few", "{west}");
    assert!(page.contains("5-9") && page.contains("te weinig"));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let list = write(folder.path(), "lijst.csv", "kans,groep,uit\n0.5,a,1\n0.4,b,misschien\n");
    let rows = ["--scores", &list, "--score", "kans", "--groups", "groep"];
    let error = refused(folder.path(), &[&rows[..], &["--threshold", "0.1", "--outcomes", "uit"]].concat());
    for part in ["lijst.csv", "line 3", "`uit`", "misschien", "--unknown"] {
        assert!(error.contains(part), "{part} is missing in: {error}");
    }
    let error =
        refused(folder.path(), &[&rows[..], &["--outcomes", "uit", "--unknown", "misschien"]].concat());
    assert!(error.contains("--capacity N or --threshold X"), "{error}");
    let error = refused(folder.path(), &[&rows[..], &["--threshold", "1", "--outcomes", "uitt"]].concat());
    assert!(error.contains("Did you mean `uit`?"), "{error}");
    let reference = ["--threshold", "0.1", "--outcomes", "uit", "--unknown", "misschien", "--reference", "c"];
    let error = refused(folder.path(), &[&rows[..], &reference].concat());
    assert!(error.contains("no such group") && error.contains("`a`, `b`"), "{error}");
    let counts = write(folder.path(), "counts.csv", "group,all,some\na,10,5\nb,twelve,5\n");
    let route = ["--counts", &counts, "--groups", "group", "--route", "all > some"];
    let error = refused(folder.path(), &route);
    assert!(error.contains("line 3") && error.contains("`all`") && error.contains("twelve"), "{error}");
    let counts = write(folder.path(), "counts.csv", "group,all,some\na,10,5\nb,12,15\n");
    let error = refused(folder.path(), &["--counts", &counts, "--groups", "group", "--route", "all > some"]);
    assert!(error.contains("15 is more than the 12 of the stage before"), "{error}");
}

#[test]
fn duo_over_selects_at_every_stage() {
    let root = std::env::var("ZICHTLIJN_DATA").unwrap_or_else(|_| "../../shared/data".to_owned());
    let path = Path::new(&root).join("fairness-reference/duo_cub_counts.csv");
    if !path.exists() {
        eprintln!("skipped: {} is absent", path.display());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (json, page, printed) = audit(
        folder.path(),
        &[
            "--counts",
            path.to_str().unwrap(),
            "--where",
            "table=1",
            "--stages-in",
            "category",
            "--groups",
            "origin_nl",
            "origin_europe_excl_nl",
            "origin_outside_europe",
            "--rounding",
            "10",
            "--route",
            "Total > Risk category 1 > Risk category 1 & Selected for control: yes > Risk category 1 & Outcome house visit: unduly",
            "--route",
            "Total > Selected for control: yes > Outcome house visit: unduly",
            "--outcomes",
            "Risk category 1 & Outcome house visit: unduly",
            "Outcome house visit: unduly",
        ],
    );
    let outside = |route: usize, step: usize| &json["routes"][route]["steps"][step]["groups"][2];
    let near =
        |x: &Value, known: f64| assert!((x.as_f64().unwrap() - known).abs() < 0.005, "{x} is not {known}");
    near(&outside(0, 0)["step_ratio"]["value"], 2.73);
    near(&outside(0, 1)["step_ratio"]["value"], 4.46);
    near(&outside(0, 1)["route_ratio"]["value"], 12.17);
    near(&outside(1, 0)["route_ratio"]["value"], 6.22);
    near(&outside(1, 0)["representation"], 2.87);
    for (route, steps) in [(0, 3), (1, 2)] {
        for step in 0..steps {
            let figures = outside(route, step);
            assert_eq!(figures["over"], true, "route {route}, step {step}: {figures}");
            assert!(figures["p"].as_f64().unwrap() <= 0.0001);
            assert!(figures["step_ratio"]["low"].as_f64().unwrap() > 1.0);
        }
    }
    assert!(printed.contains("not the share in the whole group"), "{printed}");
    assert!(
        page.contains("Alleen een steekproef door loting")
            && page.contains("Groepen komen duidelijk vaker door")
    );
}
