//! The commands, one file each.

mod check;
mod compare;
mod demo;
mod evaluate;
mod generate;
mod monitor;
mod parity;
mod run;
mod score;
mod simulate;
mod verify;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::cli::{Cli, Command, Data};
use crate::pipeline::PipelineError;
use crate::study::StudyError;

/// Why a command stopped. Each message says what to do about it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// The study file.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// The way from sources to bundle.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// The example city.
    #[error(transparent)]
    City(#[from] features::city::CityError),
    /// A bundle.
    #[error(transparent)]
    Bundle(#[from] models::bundle::BundleError),
    /// The ONNX file.
    #[error(transparent)]
    Onnx(#[from] models::onnx::OnnxError),
    /// A file that cannot be written.
    #[error("cannot write {path}: {cause}. Check the folder and the space on the disk")]
    Write { path: PathBuf, cause: std::io::Error },
    /// The thread pool.
    #[error("cannot start {threads} threads: {cause}. Give a smaller --threads")]
    Threads { threads: usize, cause: rayon::ThreadPoolBuildError },
    /// Anything that the user must decide.
    #[error("{0}")]
    Refused(String),
}

/// Runs the command that was typed.
///
/// Exit codes: 0 for done, 2 for an error; `verify` and `monitor` have more, see their help.
pub(crate) fn run(cli: Cli) -> Result<ExitCode, CommandError> {
    if let Some(threads) = cli.threads.map(usize::from) {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build_global()
            .map_err(|cause| CommandError::Threads { threads, cause })?;
    }
    match cli.command {
        Command::Demo(args) => demo::demo(&args),
        Command::Generate(args) => generate::generate(&args),
        Command::Check(args) => check::check(&args),
        Command::Compare(args) => compare::compare(&args),
        Command::Run(args) => run::whole_way(&args, None),
        Command::Evaluate(args) => evaluate::evaluate(args),
        Command::Score(args) => score::score(&args),
        Command::Parity(args) => parity::parity(&args),
        Command::Simulate(args) => simulate::simulate(&args),
        Command::Monitor(args) => return monitor::monitor(&args),
        Command::Verify(args) => return verify::verify(&args),
    }?;
    Ok(ExitCode::SUCCESS)
}

/// The folders by name. What is typed counts from where it is typed, not from the study's folder.
fn roots(data: &Data) -> BTreeMap<String, PathBuf> {
    let whole = |folder: &PathBuf| std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
    data.roots.iter().map(|(name, folder)| (name.clone(), whole(folder))).collect()
}

/// Writes a result as a page or as JSON, by the ending of the file.
fn write_as(
    path: &std::path::Path,
    value: &impl serde::Serialize,
    page: impl Fn() -> String,
) -> Result<(), CommandError> {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("json") => write_whole(path, &crate::pipeline::json(&path.display().to_string(), value)?),
        Some("html") => write_whole(path, page().as_bytes()),
        _ => {
            Err(CommandError::Refused(format!("{}: give a file that ends in .html or .json", path.display())))
        }
    }
}

/// Writes a file aside, flushes it and renames it into place.
fn write_whole(path: &std::path::Path, bytes: &[u8]) -> Result<(), CommandError> {
    let fault = |cause| CommandError::Write { path: path.to_owned(), cause };
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => std::path::Path::new("."),
    };
    std::fs::create_dir_all(folder).map_err(fault)?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(fault)?;
    std::io::Write::write_all(&mut file, bytes).map_err(fault)?;
    file.as_file().sync_all().map_err(fault)?;
    file.persist(path).map_err(|e| fault(e.error))?;
    Ok(())
}
