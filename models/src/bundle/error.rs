//! What can be wrong with a bundle.

use std::path::PathBuf;

use crate::additive::ModelError;

/// What is wrong with a bundle, in which file, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// A file or folder cannot be read or written.
    #[error("{}: cannot {doing}: {cause}. Check that the path exists, the rights and the free space", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// The folder holds no bundle.
    #[error("{}: there is no manifest.json, so this is no bundle. Give the folder that `train run --out` wrote", path.display())]
    NotABundle {
        /// The folder.
        path: PathBuf,
    },
    /// Something that is no bundle stands where the bundle must go.
    #[error("{}: this is no bundle, and it is not replaced by one. Choose another folder, or remove it yourself", path.display())]
    NotReplaced {
        /// The file or folder.
        path: PathBuf,
    },
    /// A path without a folder name.
    #[error("{}: a bundle cannot be written here. Give the path of a folder, such as out/bundel", path.display())]
    NoName {
        /// The path.
        path: PathBuf,
    },
    /// Another run is writing the same bundle.
    #[error("{}: another run is writing this bundle (in {}). Wait until it is done, or choose another folder", path.display(), stage.display())]
    Busy {
        /// The bundle.
        path: PathBuf,
        /// The folder in which the other run works.
        stage: PathBuf,
    },
    /// The file system cannot swap folders in one step.
    #[error(
        "{}: this file system cannot replace a folder in one step ({cause}). Move the old bundle away first, or \
         write to a local disk", path.display()
    )]
    NoSwap {
        /// The bundle.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Made by another version.
    #[error(
        "manifest.json: format {found:?} cannot be read; this program reads {wanted:?}. Write the bundle again with this version, or use the program that made it"
    )]
    Format {
        /// The format found.
        found: String,
        /// The format that can be read.
        wanted: &'static str,
    },
    /// A file that is not the JSON it should be.
    #[error("{file}, line {line}, column {column}: {cause}. Write the bundle again with `train run`")]
    Json {
        /// The file.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the reader stumbled on.
        cause: serde_json::Error,
    },
    /// A path in the manifest that leads elsewhere.
    #[error(
        "file name {name:?} is not a plain path inside the bundle. Do not trust this bundle; write it again"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// A file added twice.
    #[error("{file} is written to the bundle twice. Write each file once")]
    Twice {
        /// The file.
        file: String,
    },
    /// A file that the manifest names is not there.
    #[error("{file} is missing. Copy the bundle again as a whole, or write it again with `train run`")]
    Missing {
        /// The file.
        file: String,
    },
    /// A file that the manifest does not name.
    #[error("{file} is not in manifest.json. Remove it, or write the bundle again with `train run`")]
    Extra {
        /// The file.
        file: String,
    },
    /// A link, device or the like.
    #[error("{file} is neither a file nor a folder. Replace links by the files themselves")]
    NotAFile {
        /// The file.
        file: String,
    },
    /// A file that was changed after the bundle was made.
    #[error(
        "{file} was changed or damaged: its SHA-256 is {found}, but manifest.json says {wanted}. Copy the bundle again, or write it again with `train run`"
    )]
    Changed {
        /// The file.
        file: String,
        /// Hash in the manifest.
        wanted: String,
        /// Hash of the file.
        found: String,
    },
    /// A model that is not sound.
    #[error("model.json: {0}")]
    Model(#[from] ModelError),
    /// Files that contradict each other.
    #[error("{file} does not fit {other}: {why}. Write the bundle again with `train run`")]
    Contradiction {
        /// The file.
        file: &'static str,
        /// The file that it contradicts.
        other: &'static str,
        /// What differs.
        why: String,
    },
}
