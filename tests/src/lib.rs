//! End-to-end tests over the two programs: what they need to start them and to make their input.
//!
//! # The big picture
//!
//! The programs are found beside the running test, in the same target folder: `cargo test --release
//! --workspace` builds them first. [`tiny`] writes a small, sound study by hand; tests break it in one
//! place and look at what the program says.
//!
//! ```no_run
//! let study = tests::tiny::write(std::path::Path::new("/tmp/study"));
//! let run = tests::train(&["check", &study.display().to_string()]);
//! assert_eq!(run.code, Some(0));
//! ```

pub mod tiny;

use std::path::PathBuf;
use std::process::Command;

/// What a program did.
#[derive(Debug)]
pub struct Run {
    /// Exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// The built program `train` or `serve`.
///
/// # Panics
/// When it is not built; the message says how to.
#[must_use]
#[expect(clippy::panic, reason = "a test without the program cannot go on")]
pub fn program(name: &str) -> PathBuf {
    let beside = std::env::current_exe().ok().and_then(|test| Some(test.parent()?.parent()?.join(name)));
    match beside {
        Some(path) if path.exists() => path,
        other => panic!("{name} is not built (looked at {other:?}); run cargo test --release --workspace"),
    }
}

/// Runs `train` with these arguments.
///
/// # Panics
/// When it cannot be started.
#[must_use]
#[expect(clippy::expect_used, reason = "a test without the program cannot go on")]
pub fn train(arguments: &[&str]) -> Run {
    let output = Command::new(program("train")).args(arguments).output().expect("train can be started");
    Run {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
