//! The `train` program as it is typed. (Having this test makes cargo build the program for the end-to-end
//! tests of the `tests` folder too.)

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::panic_in_result_fn,
    reason = "a test that cannot go on has failed"
)]

use std::process::Command;

fn train(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_train")).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn help_names_every_command() {
    let (code, stdout, _) = train(&["--help"]);
    assert_eq!(code, Some(0));
    let commands =
        ["demo", "generate", "check", "run", "evaluate", "score", "parity", "verify", "compare", "monitor"];
    for command in commands {
        assert!(stdout.contains(&format!("  {command}")), "{command} is missing in:\n{stdout}");
    }
}

#[test]
fn a_missing_study_is_named_with_what_to_do() {
    let (code, _, stderr) = train(&["check", "no/such/study.toml"]);
    assert_eq!(code, Some(2));
    assert!(stderr.contains("no/such/study.toml") && stderr.contains("Give the path"), "{stderr}");
}

#[test]
fn a_folder_that_is_no_bundle_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, stderr) = train(&["verify", &folder.path().display().to_string()]);
    assert_eq!(code, Some(2));
    assert!(stderr.contains("manifest.json"), "{stderr}");
}
