//! `train verify`: checks every hash of a bundle and, with the data, replays it.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use models::bundle::{Bundle, Inspection};

use super::run::{Origin, origin_path};
use super::{CommandError, write_whole};
use crate::cli::Verify;
use crate::console::say;
use crate::pipeline::json;
use crate::replay::compare::MACHINE_FACTS;
use crate::replay::json::shown;
use crate::replay::place::Known;
use crate::replay::rerun::{Asked, rerun};
use crate::replay::{About, Cause, Difference, How, Replay};

/// Exit code when something differs.
const DIFFERS: u8 = 1;

pub(super) fn verify(args: &Verify) -> Result<ExitCode, CommandError> {
    let bundle = Inspection::of(&args.bundle)?;
    let mut found = Replay::default();
    found.causes.extend(bundle.faults.iter().map(|fault| Cause::new(About::Bundle, fault.to_string())));
    if found.causes.is_empty()
        && let Err(fault) = Bundle::open(&args.bundle)
    {
        found.causes.push(Cause::new(About::Bundle, fault.to_string()));
    }
    let asked_to_run = !args.data.is_empty() || args.study.is_some();
    if asked_to_run {
        let known = known(&args.bundle, &args.data, args.study.as_deref())?;
        let onnxruntime = args.backend.onnxruntime.as_deref();
        let asked = Asked { bundle: &bundle, known, study: args.study.as_deref(), onnxruntime };
        rerun(&asked, &mut found)?;
    }
    say(&told(args, &bundle, &found, asked_to_run));
    if let Some(path) = &args.json {
        write_whole(path, &json("the replay", &found)?)?;
    }
    Ok(if found.holds() { ExitCode::SUCCESS } else { ExitCode::from(DIFFERS) })
}

/// Folders and names that were typed, and the note of the run beside the bundle, if it is there.
pub(super) fn known(bundle: &Path, data: &[String], study: Option<&Path>) -> Result<Known, CommandError> {
    let whole = |folder: &Path| std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let mut known = Known::default();
    if let Some(origin) = origin(bundle)? {
        known.study = Some(origin.study);
        known.recorded = origin.data;
    }
    // A study that is typed lies beside its data, unless a folder is typed as well.
    if let Some(study) = study {
        known.study = Some(whole(study));
    }
    for text in data.iter().filter(|text| !text.is_empty()) {
        match text.split_once('=') {
            Some((name, folder)) if !Path::new(text).is_dir() => {
                known.roots.insert(name.to_owned(), whole(Path::new(folder)));
            }
            _ => known.folders.push(whole(Path::new(text))),
        }
    }
    Ok(known)
}

fn origin(bundle: &Path) -> Result<Option<Origin>, CommandError> {
    let note = origin_path(bundle);
    let Ok(text) = std::fs::read_to_string(&note) else { return Ok(None) };
    let read = serde_json::from_str(&text);
    read.map(Some).map_err(|e| {
        CommandError::Refused(format!("{}: is not the note of a run ({e}). Remove it", note.display()))
    })
}

fn told(args: &Verify, bundle: &Inspection, found: &Replay, asked_to_run: bool) -> String {
    let manifest = &bundle.manifest;
    let mut text = format!(
        "{}: study {}, as-of date {}, model {}, {}\nSHA-256 of manifest.json: {}\n",
        args.bundle.display(),
        manifest.study,
        manifest.as_of,
        manifest.model,
        if manifest.release.released { "released" } else { "not released" },
        bundle.manifest_sha256,
    );
    if bundle.faults.is_empty() {
        line(&mut text, &format!("Hashes: all {} files are as written", manifest.files.len()));
    } else {
        line(&mut text, &format!("Hashes: {} files are NOT as written", bundle.faults.len()));
    }
    if !asked_to_run {
        line(
            &mut text,
            "Only hashes were checked. Give --data DIR to run everything again and compare it bit by bit",
        );
    }
    list(&mut text, "\nData", found.data.iter().cloned());
    list(&mut text, "\nWhat was changed", found.causes.iter().map(|cause| cause.text.clone()));
    list(
        &mut text,
        "\nWhat differs between the bundle and the replay",
        found.differences.iter().map(difference),
    );
    if found.rerun {
        line(&mut text, &format!("\nThe same bit by bit: {}", found.same.join(", ")));
        list(&mut text, "Not compared", found.left_out.iter().cloned());
    }
    text.push('\n');
    text.push_str(&verdict(found));
    text
}

fn verdict(found: &Replay) -> String {
    match (found.holds(), found.rerun, found.causes.is_empty()) {
        (true, true, _) => "The bundle is what its study and these data give.".to_owned(),
        (true, false, _) => {
            "Nothing was changed since the bundle was written, as far as hashes tell.".to_owned()
        }
        (false, true, true) => format!(
            "The bundle is NOT what its study and these data give, and study, data and version are the same. \
             Either files of the bundle were changed together with their hashes, or this program was built \
             otherwise. Always left out of the comparison are only: {}.",
            MACHINE_FACTS.map(|(what, _)| what).join("; ")
        ),
        (false, ..) => "The bundle does NOT verify: see what was changed.".to_owned(),
    }
}

fn line(text: &mut String, line: &str) {
    // A String takes every write.
    writeln!(text, "{line}").unwrap_or(());
}

fn list(text: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    for (at, one) in lines.enumerate() {
        if at == 0 {
            line(text, &format!("{title}:"));
        }
        line(text, &format!("  - {one}"));
    }
}

fn difference(difference: &Difference) -> String {
    let file = &difference.file;
    match &difference.how {
        How::NotMadeAgain => format!("{file}: the replay does not make this file"),
        How::NotInBundle => format!("{file}: the bundle does not have this file"),
        How::Values { count, first } => {
            let mut text = format!("{file}: {count} values differ");
            for part in first {
                let (bundle, replay) = (shown(part.bundle.as_ref()), shown(part.replay.as_ref()));
                write!(text, "\n      at {}: the bundle has {bundle}, the replay {replay}", part.path)
                    .unwrap_or(());
            }
            text
        }
        How::Line { line, bundle, replay } => {
            format!("{file}, line {line}: the bundle has `{bundle}`, the replay `{replay}`")
        }
        How::Byte { at, lengths: (bundle, replay) } => {
            format!("{file}: from byte {at} on (the bundle has {bundle} bytes, the replay {replay})")
        }
    }
}

// Kept apart from `CommandError`'s own conversions: a replay can fail for many of the same reasons.
impl From<crate::replay::rerun::ReplayError> for CommandError {
    fn from(error: crate::replay::rerun::ReplayError) -> Self {
        use crate::replay::rerun::ReplayError;
        match error {
            ReplayError::Study(error) => Self::Study(error),
            ReplayError::Pipeline(error) => Self::Pipeline(error),
            ReplayError::Bundle(error) => Self::Bundle(error),
            other => Self::Refused(other.to_string()),
        }
    }
}
