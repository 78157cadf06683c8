//! Where the data of a replay lie: in a folder that was given, in one below it, or where the run found them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::study::StudyFile;

/// How deep below a given folder is looked.
const DEPTH: usize = 6;

/// What is known of the data's place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// Folders that were given.
    pub(crate) folders: Vec<PathBuf>,
    /// `${NAME}`s that were given with their folder.
    pub(crate) roots: BTreeMap<String, PathBuf>,
    /// The study file of the run, where it was recorded.
    pub(crate) study: Option<PathBuf>,
    /// The `${NAME}`s of the run, where they were recorded.
    pub(crate) recorded: BTreeMap<String, PathBuf>,
}

/// Where to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The folder from which the study's paths count.
    pub(crate) base: PathBuf,
    /// What every `${NAME}` stands for.
    pub(crate) roots: BTreeMap<String, PathBuf>,
}

/// Finds the folder from which all plain paths of the study's sources lead to a file, and likewise for each `${NAME}`:
/// first the folders given, then those below them, nearest first, then where the run found them.
///
/// # Errors
/// When no folder holds all files; the message names the first that was missed.
pub(crate) fn find(study: &StudyFile, known: &Known) -> Result<Place, String> {
    let mut plain: Vec<String> = Vec::new();
    let mut named: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in study.sources.values().flat_map(|source| &source.path) {
        let path = path.to_string_lossy().into_owned();
        let parts = path.strip_prefix("${").and_then(|rest| rest.split_once('}'));
        match parts {
            Some((name, rest)) => {
                named.entry(name.to_owned()).or_default().push(rest.trim_start_matches('/').to_owned());
            }
            None => plain.push(path),
        }
    }
    let folders: Vec<PathBuf> = known.folders.iter().flat_map(|folder| below(folder)).collect();
    let recorded = known.study.as_deref().and_then(Path::parent).map(Path::to_owned);
    let base = first(&folders, recorded.as_ref(), &plain).ok_or_else(|| {
        let remedy = "give the folder from which the study's paths count with --data DIR";
        missed(&folders, recorded.as_ref(), &plain, remedy)
    })?;
    let mut roots = BTreeMap::new();
    for (name, files) in &named {
        let found = match known.roots.get(name) {
            Some(given) => Some(given.clone()),
            None => first(&folders, known.recorded.get(name), files),
        };
        let remedy = format!("give the folder with --data {name}=DIR");
        let found = found.ok_or_else(|| missed(&folders, known.recorded.get(name), files, &remedy))?;
        roots.insert(name.clone(), found);
    }
    Ok(Place { base, roots })
}

fn first(folders: &[PathBuf], recorded: Option<&PathBuf>, files: &[String]) -> Option<PathBuf> {
    let holds = |folder: &&PathBuf| files.iter().all(|file| folder.join(file).is_file());
    folders.iter().chain(recorded).find(holds).cloned()
}

/// Names a file that was missed, in the folder that holds most of the others.
fn missed(folders: &[PathBuf], recorded: Option<&PathBuf>, files: &[String], remedy: &str) -> String {
    let held = |folder: &PathBuf| files.iter().filter(|file| folder.join(file).is_file()).count();
    let best = folders.iter().chain(recorded).rev().max_by_key(|folder| held(folder));
    let Some(folder) = best else {
        return format!("it is not known where the data are: there is no note beside the bundle; {remedy}");
    };
    let file = files.iter().find(|file| !folder.join(file).is_file()).map_or("a source", String::as_str);
    format!(
        "the data are not found: `{file}` is not in {}, nor in another folder that was looked in; {remedy}",
        folder.display()
    )
}

/// The folder and all below it, nearest first, each depth in order of name. Hidden folders and links are passed over.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut all = vec![folder.to_owned()];
    let mut level = all.clone();
    for _ in 0..DEPTH {
        let mut next: Vec<PathBuf> = level.iter().flat_map(|folder| folders_in(folder)).collect();
        next.sort();
        all.extend(next.iter().cloned());
        level = next;
    }
    all
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let plain = |entry: &std::fs::DirEntry| {
        entry.file_type().is_ok_and(|kind| kind.is_dir())
            && !entry.file_name().to_string_lossy().starts_with('.')
    };
    entries.flatten().filter(plain).map(|entry| entry.path()).collect()
}
