//! The `train` program: from sources to a verified bundle.
//!
//! # The big picture
//!
//! [`study`] is the study file; [`pipeline`] is the way from sources to bundle (load, split, fit,
//! evaluate, choose, refit, score, write); [`replay`] proves a bundle by going that way again; [`commands`] are
//! what the user types. Learners live in
//! `models`, features in `features`, figures and pages in `evaluation`.
//!
//! ```text
//! train demo                        # make the example city, train on it, write bundle and report
//! train check STUDY.toml            # read and check the sources
//! train run STUDY.toml --out BUNDLE # the whole way
//! ```

mod cli;
mod commands;
mod console;
mod pipeline;
mod place;
mod progress;
mod replay;
mod simulation;
mod study;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    console::start_logging(cli.verbose);
    match commands::run(cli) {
        Ok(code) => code,
        Err(error) => {
            console::complain(&error);
            ExitCode::from(2)
        }
    }
}
