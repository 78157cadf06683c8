//! Running a bundle's study again, and what it tells.

use std::path::{Path, PathBuf};

use features::source::{ChangedFile, LoadOptions, RowChange, changed_files};
use models::bundle::{Inspection, MANIFEST};

use super::compare::{Files, compare};
use super::place::{self, Known, Place};
use super::{About, Cause, Replay, settings};
use crate::pipeline::{self, ForeignSpec, Options, Recipe};
use crate::progress::Stage;
use crate::study::{Study, StudyError};

/// Why there could be no replay. Anything that merely differs is no error but a cause.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplayError {
    /// A bundle that does not say how it was made.
    #[error(
        "the bundle has no {0} that can be read, so only its hashes can be checked: it was made by an older version or damaged. Run the study again with this version, or verify without --data"
    )]
    NoRecipe(&'static str),
    /// A study file.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// The data.
    #[error("{0}")]
    NotFound(String),
    /// The run.
    #[error(transparent)]
    Pipeline(#[from] pipeline::PipelineError),
    /// The folder for the run.
    #[error("cannot make a folder for the replay: {0}. Check the space on the disk and TMPDIR")]
    Folder(std::io::Error),
    /// The bundle of the replay.
    #[error(transparent)]
    Bundle(#[from] models::bundle::BundleError),
}

/// What a replay needs from who asks for it.
pub(crate) struct Asked<'a> {
    /// The bundle as it lies on disk.
    pub(crate) bundle: &'a Inspection,
    /// What is known of the data's place.
    pub(crate) known: Known,
    /// A study to run in the place of the bundle's.
    pub(crate) study: Option<&'a Path>,
    /// ONNX Runtime, if it is to be compared too.
    pub(crate) onnxruntime: Option<&'a Path>,
}

/// Runs the study again and compares everything. Changed inputs and settings are told first, as causes; where the
/// changed data can no longer be run, `found` tells why.
///
/// # Errors
/// When the bundle does not say how it was made, the data are not found, or the disk refuses.
pub(crate) fn rerun(asked: &Asked<'_>, found: &mut Replay) -> Result<(), ReplayError> {
    let recipe = recipe(asked.bundle)?;
    let text = asked.bundle.text("study.toml").ok_or(ReplayError::NoRecipe("study.toml"))?;
    let kept = Study::parse(Path::new("study.toml"), text)?;
    let given = asked.study.map(Study::read).transpose()?;
    let running = given.as_ref().unwrap_or(&kept);
    let place = place::find(&running.file, &asked.known).map_err(ReplayError::NotFound)?;
    let data = |folder: &Path| folder.display().to_string();
    found.data.push(data(&place.base));
    found.data.extend(place.roots.iter().map(|(name, folder)| format!("{name} = {}", data(folder))));
    found.causes.extend(program(asked.bundle));
    found.causes.extend(study_causes(
        &kept,
        given.as_ref(),
        &place.base.join(&recipe.study_file),
        asked.bundle,
    ));
    let study = Study::parse(&place.base.join(&recipe.study_file), running.text.clone())?;
    found.causes.extend(inputs(&study, &place, &recipe)?);
    let folder = tempfile::tempdir().map_err(ReplayError::Folder)?;
    let foreign = foreign(asked, &recipe, folder.path())?;
    let how = How { recipe: &recipe, foreign: foreign.as_ref(), onnxruntime: asked.onnxruntime };
    let again = match again(&study, &place, how, &folder.path().join("bundle")) {
        Ok(again) => again,
        // Changed inputs may be beyond running; then they are the answer.
        Err(error) if !found.causes.is_empty() => {
            found
                .causes
                .push(Cause::new(About::Input, format!("with this the study no longer runs: {error}")));
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    found.rerun = true;
    Ok(compare(&files(asked.bundle)?, files(&again?)?, found)?)
}

fn recipe(bundle: &Inspection) -> Result<Recipe, ReplayError> {
    let missing = || ReplayError::NoRecipe(pipeline::RECIPE);
    let bytes = bundle.files.get(pipeline::RECIPE).ok_or_else(missing)?;
    serde_json::from_slice(bytes).map_err(|_cause| missing())
}

/// All files, the manifest as JSON of its own.
fn files(bundle: &Inspection) -> Result<Files, pipeline::PipelineError> {
    let mut files = bundle.files.clone();
    files.insert(MANIFEST.to_owned(), pipeline::json(MANIFEST, &bundle.manifest)?);
    Ok(files)
}

type Again = Result<Inspection, models::bundle::BundleError>;

/// How the study is run.
#[derive(Clone, Copy)]
struct How<'a> {
    recipe: &'a Recipe,
    foreign: Option<&'a ForeignSpec>,
    onnxruntime: Option<&'a Path>,
}

fn again(study: &Study, place: &Place, how: How<'_>, out: &Path) -> Result<Again, pipeline::PipelineError> {
    let sources = pipeline::load(study, &place.roots)?;
    let proof = if how.recipe.scramble { Some(pipeline::scramble(study, &sources)?) } else { None };
    let options = Options { proof: proof.as_ref(), onnxruntime: how.onnxruntime, foreign: how.foreign };
    pipeline::run(study, &sources, out, options)?;
    Ok(Inspection::of(out))
}

/// The model of others that the bundle keeps, in a file of its own name.
fn foreign(asked: &Asked<'_>, recipe: &Recipe, folder: &Path) -> Result<Option<ForeignSpec>, ReplayError> {
    let Some(facts) = &recipe.foreign else { return Ok(None) };
    let bytes = asked.bundle.files.get(pipeline::FOREIGN).ok_or(ReplayError::NoRecipe(pipeline::FOREIGN))?;
    let name = Path::new(&facts.file.path).file_name().unwrap_or_default();
    let path = folder.join(name);
    std::fs::write(&path, bytes).map_err(ReplayError::Folder)?;
    Ok(Some(ForeignSpec { path, name: facts.name.clone(), output: Some(facts.output.clone()) }))
}

fn program(bundle: &Inspection) -> Option<Cause> {
    let (made, this) = (&bundle.manifest.software, pipeline::software());
    let text = format!("the bundle was made by {made}, this program is {this}");
    (*made != this).then(|| Cause::new(About::Program, text))
}

/// The bundle's study against the one given, else against the one that lies beside the data.
fn study_causes(kept: &Study, given: Option<&Study>, beside: &Path, bundle: &Inspection) -> Vec<Cause> {
    let mut causes = Vec::new();
    if bundle.manifest.inputs.get("study") != Some(&kept.sha256) {
        let text =
            "study.toml in the bundle is not the study file whose SHA-256 manifest.json names as input";
        causes.push(Cause::new(About::Bundle, text.to_owned()));
    }
    let other = match given {
        Some(study) => Some((study.path.display().to_string(), study.text.clone())),
        None => std::fs::read_to_string(beside).ok().map(|text| (beside.display().to_string(), text)),
    };
    if let Some((file, text)) = other {
        match settings::differences(&kept.text, &text, &file) {
            Ok(differences) => causes.extend(differences),
            Err(why) => causes.push(Cause::new(About::Study, why)),
        }
    }
    causes
}

fn inputs(study: &Study, place: &Place, recipe: &Recipe) -> Result<Vec<Cause>, pipeline::PipelineError> {
    let calendar = features::asof::as_of_dates(&study.file.time)?;
    let options = LoadOptions {
        base: study.base(),
        roots: &place.roots,
        plane: study.file.study.plane,
        data_until: calendar.data_until,
        unit: study.file.study.unit,
    };
    let stage = Stage::new("compare inputs", 1);
    let changed = changed_files(&study.file.sources, &options, &recipe.inputs, &|source, done, total| {
        stage.at(source, done, total)
    })?;
    Ok(changed.iter().flat_map(in_words).collect())
}

/// A changed file as causes, one per place.
fn in_words(file: &ChangedFile) -> Vec<Cause> {
    let name = PathBuf::from(&file.file);
    let name = name.to_string_lossy();
    let text = ["csv", "txt", "tsv"].iter().any(|end| name.trim_end_matches(".gz").ends_with(end));
    let word = if text { "line" } else { "row" };
    let (before, now) = file.rows;
    let rows = if before == now { String::new() } else { format!(" ({before} rows then, {now} now)") };
    let told = |change: &RowChange| {
        match *change {
        RowChange::Changed { line } => format!("{word} {line} reads otherwise than when the bundle was made"),
        RowChange::Added { line } => format!("{word} {line} was added since the bundle was made"),
        RowChange::Removed { line } => format!("one row was taken away since the bundle was made: it stood at {word} {line}"),
        RowChange::Between { from, to } => format!("more than one row differs, between {word}s {from} and {to}"),
        RowChange::NothingRead => {
            "its bytes differ, but nothing that the study reads of it (another column, or another way of writing)".to_owned()
        }
        RowChange::Anywhere => "it differs, and has too few rows to keep prints of: look at all of it".to_owned(),
    }
    };
    let cause = |change: &RowChange| {
        Cause::new(About::Input, format!("source `{}`, file `{name}`: {}{rows}", file.source, told(change)))
    };
    file.changes.iter().map(cause).collect()
}
