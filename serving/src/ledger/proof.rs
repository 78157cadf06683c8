//! Inclusion proofs (c2sp.org/tlog-proof): that a record stands in the log, shown without showing the log.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::ledger::Stream;
use crate::ledger::folder::{Files, Seal};
use crate::ledger::note::{Checkpoint, NoteError, Verifier};
use crate::ledger::tree::{self, Hash, leaf};

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// Why there is no proof, or a proof does not hold.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// A file cannot be read.
    #[error("{}: {cause}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        cause: std::io::Error,
    },
    /// No such record under the checkpoint.
    #[error("record {seq} is not under the signed checkpoint, which covers {size} records")]
    NotCovered {
        /// The record.
        seq: u64,
        /// Records under the checkpoint.
        size: u64,
    },
    /// The record, or what is needed beside it, was dropped.
    #[error("the segment of record {0} was dropped")]
    Dropped(u64),
    /// The checkpoint is not what was signed.
    #[error("the checkpoint: {0}")]
    Checkpoint(#[from] NoteError),
    /// The proof has another form.
    #[error("this is not a proof as `serve audit prove` writes it")]
    Form,
    /// The proof is of another record or tree.
    #[error(
        "the proof does not lead from this record to the signed root: the record is not in this log, or the proof is of another one"
    )]
    DoesNotHold,
    /// The log on disk leads to another root.
    #[error("the records on disk do not lead to the signed root; `serve audit verify` names the bad one")]
    OtherRoot,
}

/// The record's line and the proof that it is in the log.
pub(crate) fn prove(
    folder: &Path,
    stream: Stream,
    verifier: &Verifier,
    seq: u64,
) -> Result<(String, String), ProofError> {
    let files = Files::new(folder, stream);
    let note = read(&files.checkpoint())?;
    let head = Checkpoint::read(&note, verifier)?;
    if seq >= head.size {
        return Err(ProofError::NotCovered { seq, size: head.size });
    }
    let (known, line) = hashes(&files, verifier, seq)?;
    let look_up = |range: &Range<u64>| known.get(&(range.start, range.end)).copied();
    let line = line.ok_or(ProofError::Dropped(seq))?;
    let proof = tree::prove(seq, head.size, &look_up).ok_or(ProofError::Dropped(seq))?;
    if tree::follow(leaf(line.as_bytes()), seq, head.size, &proof) != Some(head.root) {
        return Err(ProofError::OtherRoot);
    }
    let hashes: String = proof.iter().map(|hash| STANDARD.encode(hash) + "\n").collect();
    Ok((line, format!("{HEADER}\nindex {seq}\n{hashes}\n{note}")))
}

type Known = BTreeMap<(u64, u64), Hash>;

/// What is known of ranges of leaves, from the segments and, for dropped ones, from the last seal before them.
fn hashes(files: &Files, verifier: &Verifier, wanted: u64) -> Result<(Known, Option<String>), ProofError> {
    let (mut known, mut line) = (Known::new(), None);
    let folder = |cause| ProofError::File { path: files.segment(0), cause };
    let starts = files.starts().map_err(folder)?;
    let first = starts.first().copied().unwrap_or(0);
    let seals = files.seals().map_err(folder)?;
    if let Some(closed) = seals.into_iter().rev().find(|&closed| closed < first) {
        let seal = Seal::read(&read(&files.seal(closed))?, verifier)?;
        known.extend(seal.tree.ranges().zip(seal.tree.peaks()).map(|(r, hash)| ((r.start, r.end), *hash)));
    }
    for start in starts {
        for (text, seq) in read(&files.segment(start))?.lines().zip(start..) {
            known.insert((seq, seq + 1), leaf(text.as_bytes()));
            if seq == wanted {
                line = Some(text.to_owned());
            }
        }
    }
    Ok((known, line))
}

/// Checks a proof for a record's line; gives the record's number.
pub(crate) fn check(proof: &str, line: &str, verifier: &Verifier) -> Result<u64, ProofError> {
    let (head, note) = proof.split_once("\n\n").ok_or(ProofError::Form)?;
    let checkpoint = Checkpoint::read(note, verifier)?;
    let mut lines = head.lines();
    if lines.next() != Some(HEADER) {
        return Err(ProofError::Form);
    }
    let index = lines
        .next()
        .and_then(|line| line.strip_prefix("index ")?.parse::<u64>().ok())
        .ok_or(ProofError::Form)?;
    let hash = |line: &str| Hash::try_from(STANDARD.decode(line).ok()?).ok();
    let hashes: Vec<Hash> = lines.map(hash).collect::<Option<_>>().ok_or(ProofError::Form)?;
    let root = tree::follow(leaf(line.trim_end_matches('\n').as_bytes()), index, checkpoint.size, &hashes);
    if root == Some(checkpoint.root) { Ok(index) } else { Err(ProofError::DoesNotHold) }
}

fn read(path: &Path) -> Result<String, ProofError> {
    std::fs::read_to_string(path).map_err(|cause| ProofError::File { path: path.to_owned(), cause })
}
