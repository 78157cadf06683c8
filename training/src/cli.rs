//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Train, check and prove area rankings. `train demo` shows everything on a made-up town.
#[derive(Debug, Parser)]
#[command(name = "train", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// Number of threads; the results are the same for any number.
    #[arg(long, global = true, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Tell more (repeat for still more).
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make the example city, train on it, write bundle and report, and say how to serve them.
    Demo(Demo),
    /// Make the files of the example city.
    Generate(Generate),
    /// Read the sources of a study and check them; nothing is trained.
    Check(Check),
    /// Go the whole way: check, train, evaluate, write a bundle with its report.
    Run(Run),
    /// Measure an ONNX model that others made, beside the learners of a study; else as `run`.
    Evaluate(Evaluate),
    /// Score the areas on another as-of date with the model of a bundle.
    Score(Score),
    /// Compare the outputs of a bundle's ONNX file with its readable model, on made-up rows.
    Parity(Parity),
    /// Check every hash of a bundle; with --data, run everything again and compare it bit by bit.
    Verify(Verify),
    /// Tell what changed between two bundles.
    Compare(Compare),
    /// Hold new data against a bundle: inputs, scores and outcomes; says stop, retrain or go on.
    Monitor(Monitor),
    /// Hold the intervals of areas and the effects against the truth of made-up cities.
    Simulate(Simulate),
}

/// `train demo`.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Folder for the city's files and the bundle.
    #[arg(long, default_value = "out/demo")]
    pub(crate) out: PathBuf,
    /// Number of panden of the made-up town.
    #[arg(long, default_value_t = 60_000)]
    pub(crate) panden: usize,
    #[command(flatten)]
    pub(crate) backend: Backend,
}

/// `train generate`.
#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// Number of panden.
    #[arg(long, default_value_t = 60_000)]
    pub(crate) panden: usize,
    /// Number of years of history.
    #[arg(long, default_value_t = 8)]
    pub(crate) years: u32,
    /// Seed: the same seed gives the same bytes.
    #[arg(long, default_value_t = 42)]
    pub(crate) seed: u64,
    /// Use the real panden of this BAG voorkomens CSV instead of made-up ones; the finds are simulated.
    #[arg(long, value_name = "CSV", requires = "areas_from")]
    pub(crate) panden_from: Option<PathBuf>,
    /// The buurten in which those panden lie (GeoJSON, also gzipped).
    #[arg(long, value_name = "GEOJSON", requires = "panden_from")]
    pub(crate) areas_from: Option<PathBuf>,
    /// Folder to write to.
    #[arg(long)]
    pub(crate) out: PathBuf,
}

/// Where a study's data lie.
#[derive(Debug, Args)]
pub(crate) struct Data {
    /// Folder that `${NAME}` stands for in the study's paths; repeat for more names.
    #[arg(long = "data", value_name = "NAME=DIR", value_parser = name_and_folder)]
    pub(crate) roots: Vec<(String, PathBuf)>,
}

/// `train check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The study file.
    pub(crate) study: PathBuf,
    #[command(flatten)]
    pub(crate) data: Data,
    /// Also prove that features know nothing of the future: replace all that was known later by noise, and compare.
    #[arg(long)]
    pub(crate) scramble: bool,
    /// Write the result as JSON to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

/// `train run`.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The study file.
    pub(crate) study: PathBuf,
    /// The bundle to write; an older bundle there is replaced in one step.
    #[arg(long)]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) data: Data,
    /// Also prove that features know nothing of the future.
    #[arg(long)]
    pub(crate) scramble: bool,
    #[command(flatten)]
    pub(crate) backend: Backend,
}

/// `train evaluate`.
///
/// The model is run as it is on the test rows of every split; it is never chosen and never released. Its inputs must
/// be the study's features by name and type, or one input with all of them in order.
#[derive(Debug, Args)]
pub(crate) struct Evaluate {
    /// The study file.
    pub(crate) study: PathBuf,
    /// The ONNX model. With --onnxruntime that library runs it; without, the built-in backend.
    #[arg(long, value_name = "MODEL")]
    pub(crate) onnx: PathBuf,
    /// Name of the model in the figures.
    #[arg(long, default_value = "onnx")]
    pub(crate) name: String,
    /// The output that gives the expected number per unit of exposure, or the chances of no find and of a find.
    #[arg(long)]
    pub(crate) output: Option<String>,
    /// The bundle to write; an older bundle there is replaced in one step.
    #[arg(long, default_value = "out/evaluate")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) data: Data,
    /// Also prove that features know nothing of the future.
    #[arg(long)]
    pub(crate) scramble: bool,
    #[command(flatten)]
    pub(crate) backend: Backend,
}

/// `train score`.
#[derive(Debug, Args)]
pub(crate) struct Score {
    /// The bundle whose model scores.
    #[arg(long)]
    pub(crate) bundle: PathBuf,
    /// The as-of date, YYYY-MM-DD.
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: String,
    /// The study file; the one that made the bundle when left out.
    #[arg(long)]
    pub(crate) study: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) data: Data,
    /// Write the scores to this file (.json or .csv) instead of a table on screen.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Which library runs the ONNX model.
#[derive(Clone, Debug, Args)]
pub(crate) struct Backend {
    /// Also compare with Microsoft's ONNX Runtime in this shared library.
    #[arg(long, value_name = "LIBRARY", env = "ORT_DYLIB_PATH")]
    pub(crate) onnxruntime: Option<PathBuf>,
}

/// `train parity`.
#[derive(Debug, Args)]
pub(crate) struct Parity {
    /// The bundle.
    #[arg(long, required_unless_present = "model")]
    pub(crate) bundle: Option<PathBuf>,
    /// A folder with model.json and model.onnx that are not in a bundle yet.
    #[arg(long, hide = true, conflicts_with = "bundle")]
    pub(crate) model: Option<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) backend: Backend,
}

/// `train verify`. Exit code 0: all the same; 1: something differs; 2: it could not be checked.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 all the same, 1 something differs, 2 it could not be checked.")]
pub(crate) struct Verify {
    /// The bundle.
    pub(crate) bundle: PathBuf,
    /// Run everything again on the data in this folder or below it; NAME=DIR for a `${NAME}` of the study; without
    /// a value where the run found them. Without --data only hashes are checked.
    #[arg(long, value_name = "DIR|NAME=DIR", num_args = 0..=1, default_missing_value = "")]
    pub(crate) data: Vec<String>,
    /// Run this study file in the place of the one in the bundle, and tell key by key what differs.
    #[arg(long, value_name = "FILE")]
    pub(crate) study: Option<PathBuf>,
    /// Write all that was found as JSON to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) backend: Backend,
}

/// `train compare`.
#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// The older bundle.
    pub(crate) old: PathBuf,
    /// The newer bundle, with the same areas.
    pub(crate) new: PathBuf,
    /// Write the result to this file, .html (Dutch first, English below) or .json; may be repeated.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Vec<PathBuf>,
}

/// `train monitor`.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 go on, 3 retrain, 4 stop, 2 it could not be done.")]
pub(crate) struct Monitor {
    /// The bundle whose model is watched.
    pub(crate) bundle: PathBuf,
    /// Folder of the new data, laid out as the study's; NAME=DIR for a `${NAME}` of the study.
    #[arg(long, value_name = "DIR|NAME=DIR", required = true)]
    pub(crate) data: Vec<String>,
    /// Day on which the new data were extracted, YYYY-MM-DD: nothing in them is later.
    #[arg(long, value_name = "DATE")]
    pub(crate) data_until: String,
    /// A study file to read the new data with; the one in the bundle when left out.
    #[arg(long, value_name = "FILE")]
    pub(crate) study: Option<PathBuf>,
    /// Chance of any false alarm in all tests together.
    #[arg(long, default_value_t = 0.05)]
    pub(crate) level: f64,
    /// Write the result to this file, .html (Dutch first, English below) or .json; may be repeated.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Vec<PathBuf>,
}

/// `train simulate`.
#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// Number of cities.
    #[arg(long, default_value_t = 50)]
    pub(crate) cities: u64,
    /// Number of panden of each.
    #[arg(long, default_value_t = 20_000)]
    pub(crate) panden: usize,
    /// Seed of the first city; each next one has the next seed.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Only this learner of `training/studies/simulatie.toml`; repeat for more.
    #[arg(long, value_name = "NAME")]
    pub(crate) learner: Vec<String>,
    /// Also write the shares as JSON to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

fn name_and_folder(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, folder)) if !name.is_empty() && !folder.is_empty() => {
            Ok((name.to_owned(), folder.into()))
        }
        _ => Err("give NAME=DIR, for instance SHARED=../shared/data".to_owned()),
    }
}
