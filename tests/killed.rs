//! `kill -9` at random moments of `train run`: the bundle that was there always verifies.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::panic_in_result_fn,
    reason = "a test that cannot go on has failed"
)]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tests::{program, tiny, train};

#[test]
fn a_killed_run_leaves_the_last_good_bundle() {
    let folder = tempfile::tempdir().unwrap();
    let study = tiny::write(folder.path()).display().to_string();
    let out = folder.path().join("bundle").display().to_string();
    let start = Instant::now();
    assert_eq!(train(&["run", &study, "--out", &out]).code, Some(0));
    let whole = start.elapsed();
    // A fixed low-discrepancy sequence over the run and a little more: the last moments, where files are
    // written and renamed, are hit as well as the first.
    for i in 1..=20_u32 {
        let moment = whole.mul_f64((f64::from(i) * 0.618_034) % 1.0 * 1.1);
        let mut child = Command::new(program("train"))
            .args(["run", &study, "--out", &out])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(moment);
        child.kill().unwrap();
        child.wait().unwrap();
        let verify = train(&["verify", &out]);
        assert_eq!(verify.code, Some(0), "killed after {moment:?}: {verify:?}");
    }
    // A run that is left alone afterwards succeeds and removes what the killed ones left.
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(train(&["run", &study, "--out", &out]).code, Some(0));
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.contains("bundle") && name != "bundle" && !name.ends_with(".origin.json"))
        .collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}
