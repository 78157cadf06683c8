//! The files of a stream in the ledger's folder.
//!
//! | file | contents |
//! |---|---|
//! | `access-000000000000.jsonl` | a segment: the records from this number on, one a line |
//! | `access-000000000000.seal` | of a closed segment: the signed checkpoint at its end, and the tree's full subtrees there |
//! | `access.checkpoint` | the signed checkpoint over all records that were answered for |
//! | `access-000000000012.torn` | what a killed process left of record 12 |

use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::ledger::Stream;
use crate::ledger::line::{self, push_hex};
use crate::ledger::note::{Checkpoint, NoteError, Verifier};
use crate::ledger::tree::{Hash, Tree};

/// A stream's files.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    folder: PathBuf,
    stream: Stream,
}

/// What is known of a stream at the end of a closed segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seal {
    pub(crate) tree: Tree,
    /// Hash of the last line.
    pub(crate) last: Hash,
}

impl Files {
    pub(crate) fn new(folder: &Path, stream: Stream) -> Self {
        Self { folder: folder.to_owned(), stream }
    }

    /// The segment that starts with this record.
    pub(crate) fn segment(&self, start: u64) -> PathBuf {
        self.folder.join(format!("{}-{start:012}.jsonl", self.stream.name()))
    }

    pub(crate) fn seal(&self, start: u64) -> PathBuf {
        self.folder.join(format!("{}-{start:012}.seal", self.stream.name()))
    }

    pub(crate) fn torn(&self, seq: u64) -> PathBuf {
        self.folder.join(format!("{}-{seq:012}.torn", self.stream.name()))
    }

    pub(crate) fn checkpoint(&self) -> PathBuf {
        self.folder.join(format!("{}.checkpoint", self.stream.name()))
    }

    /// The first record of every segment, in order.
    pub(crate) fn starts(&self) -> io::Result<Vec<u64>> {
        self.numbers(".jsonl")
    }

    /// The first record of every closed segment, in order; of dropped segments, the seal is still there.
    pub(crate) fn seals(&self) -> io::Result<Vec<u64>> {
        self.numbers(".seal")
    }

    fn numbers(&self, ending: &str) -> io::Result<Vec<u64>> {
        let mut found = Vec::new();
        let prefix = format!("{}-", self.stream.name());
        for entry in std::fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            let number: Option<u64> =
                name.to_str().and_then(|name| name.strip_prefix(&prefix)?.strip_suffix(ending)?.parse().ok());
            found.extend(number);
        }
        found.sort_unstable();
        Ok(found)
    }
}

impl Seal {
    /// Writes the seal: the signed checkpoint, then what is needed to go on from there.
    pub(crate) fn write(&self, note: &str) -> String {
        let mut text = format!("{note}last ");
        push_hex(&mut text, &self.last);
        text.push('\n');
        for peak in self.tree.peaks() {
            text.push_str(&format!("peak {}\n", STANDARD.encode(peak)));
        }
        text
    }

    /// Reads a seal and checks that the subtrees are those of the signed root.
    pub(crate) fn read(text: &str, verifier: &Verifier) -> Result<Self, NoteError> {
        let (note, rest) = text.split_once("last ").ok_or(NoteError::Form)?;
        let checkpoint = Checkpoint::read(note, verifier)?;
        let mut lines = rest.lines();
        let last = lines.next().and_then(line::from_hex).ok_or(NoteError::Form)?;
        let peak = |line: &str| Hash::try_from(STANDARD.decode(line.strip_prefix("peak ")?).ok()?).ok();
        let peaks: Vec<Hash> = lines.map(peak).collect::<Option<_>>().ok_or(NoteError::Form)?;
        let tree = Tree::from_peaks(checkpoint.size, peaks).ok_or(NoteError::Form)?;
        let seal = Self { tree, last };
        if seal.tree.root() != checkpoint.root || seal.write(note) != text {
            Err(NoteError::Form)
        } else {
            Ok(seal)
        }
    }
}
