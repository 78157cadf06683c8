//! `train check`: reads and checks the sources; nothing is trained.

use super::{CommandError, roots, write_whole};
use crate::cli::Check;
use crate::console::say;
use crate::pipeline::{PipelineError, load, scramble};
use crate::study::Study;

pub(super) fn check(args: &Check) -> Result<(), CommandError> {
    let study = Study::read(&args.study)?;
    let sources = load(&study, &roots(&args.data)).inspect_err(|error| show_refusal(error, args))?;
    let report = &sources.loaded.report;
    say(&report.table());
    write_json(args, report)?;
    if args.scramble {
        let proof = scramble(&study, &sources)?;
        for date in &proof.dates {
            say(&format!(
                "as-of {}: {} later records replaced by noise; {} rows × {} features the same bit for bit",
                date.as_of, date.replaced, date.rows, date.features
            ));
        }
    }
    say(&format!("\nNext: train run {} --out BUNDLE", args.study.display()));
    Ok(())
}

/// The whole table of what is wrong, before the one message that ends the command.
fn show_refusal(error: &PipelineError, args: &Check) {
    if let PipelineError::Source(features::source::SourceError::Refused(report)) = error {
        say(&report.table());
        if let Err(error) = write_json(args, report) {
            crate::console::complain(&error);
        }
    }
}

fn write_json(args: &Check, report: &features::source::CheckReport) -> Result<(), CommandError> {
    let Some(path) = &args.json else { return Ok(()) };
    let json = serde_json::to_vec_pretty(report)
        .map_err(|cause| PipelineError::Json { what: "the check report".to_owned(), cause })?;
    write_whole(path, &json)
}
