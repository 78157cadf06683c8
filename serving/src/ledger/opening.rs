//! Opening a stream again: what is there is checked, what a killed process left half-written is set aside, and
//! nothing is cut off silently.

use std::fs::OpenOptions;
use std::io;
use std::path::PathBuf;

use crate::file;
use crate::ledger::folder::{Files, Seal};
use crate::ledger::line;
use crate::ledger::note::{Checkpoint, NoteError, Verifier};
use crate::ledger::tree::{Tree, leaf};
use crate::ledger::writer::Position;

/// Why a stream is not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpeningError {
    /// The system refuses a file.
    #[error("{}: {cause}", .path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
    /// A record is not what was written.
    #[error("{}, record {seq}: {fault}", .path.display())]
    Record {
        /// The segment.
        path: PathBuf,
        /// The record's number.
        seq: u64,
        /// What is wrong.
        fault: String,
    },
    /// A signed file is not what was written.
    #[error("{}: {cause}", .path.display())]
    Signed {
        /// The checkpoint or seal.
        path: PathBuf,
        /// What is wrong.
        #[source]
        cause: NoteError,
    },
    /// A file is gone.
    #[error("{} is gone", .0.display())]
    Gone(PathBuf),
}

/// A stream as it was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) position: Position,
    /// What the start has to record.
    pub(super) remarks: Vec<Remark>,
}

/// Something about the state in which a stream was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Remark {
    /// Half a record, set aside in a file.
    Torn { file: String, bytes: u64 },
    /// Whole records after the last checkpoint, which nobody had been answered for yet.
    Unanswered { from: u64, to: u64 },
    /// The checkpoint was gone or half-written, as after a power cut.
    NoCheckpoint,
}

/// Finds where a stream stands.
pub(super) fn find(files: &Files, verifier: &Verifier) -> Result<Found, OpeningError> {
    let folder = |cause| OpeningError::File { path: files.segment(0), cause };
    let starts = files.starts().map_err(folder)?;
    let seals = files.seals().map_err(folder)?;
    let start = starts.last().copied().unwrap_or(0);
    let seal = match seals.iter().rev().find(|&&closed| closed < start) {
        None if start > 0 => return Err(OpeningError::Gone(files.seal(0))),
        None => Seal { tree: Tree::default(), last: line::NOTHING_BEFORE },
        Some(&closed) => read_seal(files, closed, verifier)?,
    };
    if seal.tree.size() != start || seals.iter().any(|&closed| closed > start) {
        return Err(OpeningError::Gone(files.segment(seal.tree.size())));
    }
    let mut remarks = Vec::new();
    let checkpoint = read_checkpoint(files, verifier)?;
    let position = replay(files, start, seal, checkpoint.as_ref(), &mut remarks)?;
    match checkpoint {
        None if position.tree.size() > 0 => remarks.push(Remark::NoCheckpoint),
        Some(Checkpoint { size, .. }) if size < position.tree.size() => {
            remarks.push(Remark::Unanswered { from: size, to: position.tree.size() - 1 });
        }
        _ => {}
    }
    Ok(Found { position, remarks })
}

fn read_seal(files: &Files, start: u64, verifier: &Verifier) -> Result<Seal, OpeningError> {
    let path = files.seal(start);
    let text =
        std::fs::read_to_string(&path).map_err(|cause| OpeningError::File { path: path.clone(), cause })?;
    Seal::read(&text, verifier).map_err(|cause| OpeningError::Signed { path, cause })
}

/// The checkpoint; `None` when it is absent or empty, which a power cut can bring about.
fn read_checkpoint(files: &Files, verifier: &Verifier) -> Result<Option<Checkpoint>, OpeningError> {
    let path = files.checkpoint();
    match std::fs::read_to_string(&path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(OpeningError::File { path, cause }),
        Ok(text) if text.is_empty() => Ok(None),
        Ok(text) => {
            Checkpoint::read(&text, verifier).map(Some).map_err(|cause| OpeningError::Signed { path, cause })
        }
    }
}

/// Goes through the open segment from the seal before it.
fn replay(
    files: &Files,
    start: u64,
    seal: Seal,
    checkpoint: Option<&Checkpoint>,
    remarks: &mut Vec<Remark>,
) -> Result<Position, OpeningError> {
    let path = files.segment(start);
    let bytes = match std::fs::read(&path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound && start == 0 => Vec::new(),
        read => read.map_err(|cause| OpeningError::File { path: path.clone(), cause })?,
    };
    let Seal { mut tree, mut last } = seal;
    let unfit = |seq, fault: &str| OpeningError::Record { path: path.clone(), seq, fault: fault.to_owned() };
    let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    check_root(&tree, checkpoint, &unfit)?;
    for text in bytes[..whole].split_inclusive(|&byte| byte == b'\n') {
        let text = &text[..text.len() - 1];
        let seq = tree.size();
        let line = line::read(text).ok_or_else(|| unfit(seq, "it is not a record as it was written"))?;
        if line.seq != seq || line.before != last {
            return Err(unfit(seq, "it does not follow the record before it"));
        }
        last = line::hash(text);
        tree.push(leaf(text));
        check_root(&tree, checkpoint, &unfit)?;
    }
    if let Some(checkpoint) = checkpoint.filter(|checkpoint| checkpoint.size > tree.size()) {
        let told = format!("it is missing; the signed checkpoint covers {} records", checkpoint.size);
        return Err(unfit(tree.size(), &told));
    }
    if whole < bytes.len() {
        let file = set_aside(files, tree.size(), &bytes[whole..], &path, whole as u64)
            .map_err(|cause| OpeningError::File { path: path.clone(), cause })?;
        remarks.push(Remark::Torn { file, bytes: (bytes.len() - whole) as u64 });
    }
    Ok(Position { tree, last, start, length: whole as u64 })
}

fn check_root(
    tree: &Tree,
    checkpoint: Option<&Checkpoint>,
    unfit: &impl Fn(u64, &str) -> OpeningError,
) -> Result<(), OpeningError> {
    match checkpoint {
        Some(checkpoint) if checkpoint.size == tree.size() && checkpoint.root != tree.root() => Err(unfit(
            tree.size().saturating_sub(1),
            "the records up to here are not those of the signed checkpoint",
        )),
        _ => Ok(()),
    }
}

/// Copies half a record to a file of its own, flushed, before it is cut off the segment.
fn set_aside(files: &Files, seq: u64, torn: &[u8], segment: &PathBuf, whole: u64) -> io::Result<String> {
    let path = files.torn(seq);
    // An earlier attempt to start may have got this far.
    if std::fs::read(&path).ok().as_deref() != Some(torn) {
        file::replace(&path, torn)?;
    }
    let open = OpenOptions::new().write(true).open(segment)?;
    open.set_len(whole)?;
    open.sync_all()?;
    Ok(path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default())
}
