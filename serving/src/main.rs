//! The `serve` program; see the library for what it does.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use serving::program::{Options, run};

fn main() -> ExitCode {
    match run(Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // With nowhere to say it, the exit code has to do.
            let _ = writeln!(std::io::stderr().lock(), "serve: {error}");
            ExitCode::from(2)
        }
    }
}
