//! Checking a stream offline: every line, the chain, the seals, the checkpoint, and checkpoints that someone
//! else kept. The first record that is not what was written is named.

use std::path::{Path, PathBuf};

use crate::ledger::Stream;
use crate::ledger::folder::{Files, Seal};
use crate::ledger::line::{self, Line};
use crate::ledger::note::{Checkpoint, Verifier};
use crate::ledger::opening::OpeningError;
use crate::ledger::tree::{Hash, Tree, leaf};

/// What was found to be in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verified {
    pub(crate) stream: Stream,
    /// Number of the first record that is still kept.
    pub(crate) first: u64,
    /// Number of records, dropped ones included.
    pub(crate) records: u64,
    /// Number of segments.
    pub(crate) segments: usize,
    /// Number of records under the newest signed checkpoint.
    pub(crate) signed: u64,
    /// Bytes of half a record at the end; it was never answered for.
    pub(crate) torn: usize,
}

/// A stream is not what was written.
#[derive(Debug, thiserror::Error)]
#[error("the log is not what was written. {}: {cause}", .stream)]
pub struct VerifyError {
    stream: &'static str,
    #[source]
    cause: OpeningError,
}

/// Checks a stream; `held` are signed checkpoints that someone else kept.
///
/// # Errors
/// When anything is not what was written, or cannot be read.
pub(crate) fn verify(
    folder: &Path,
    stream: Stream,
    verifier: &Verifier,
    held: &[Checkpoint],
) -> Result<Verified, VerifyError> {
    let files = Files::new(folder, stream);
    let mut check = Check { stream, files, verifier, heads: Vec::new(), tree: Tree::default() };
    check.run(held).map_err(|cause| VerifyError { stream: stream.name(), cause })
}

struct Check<'a> {
    stream: Stream,
    files: Files,
    verifier: &'a Verifier,
    /// What was signed, by size.
    heads: Vec<Checkpoint>,
    tree: Tree,
}

/// The lines of a segment.
struct Segment {
    start: u64,
    path: PathBuf,
    bytes: Vec<u8>,
    whole: usize,
}

impl Segment {
    fn read(files: &Files, start: u64) -> Result<Self, OpeningError> {
        let path = files.segment(start);
        let bytes = std::fs::read(&path).map_err(|cause| OpeningError::File { path: path.clone(), cause })?;
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        Ok(Self { start, path, bytes, whole })
    }

    fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes[..self.whole].split_inclusive(|&byte| byte == b'\n').map(|line| &line[..line.len() - 1])
    }
}

impl Check<'_> {
    fn run(&mut self, held: &[Checkpoint]) -> Result<Verified, OpeningError> {
        let folder = |cause| OpeningError::File { path: self.files.segment(0), cause };
        let starts = self.files.starts().map_err(folder)?;
        let seals = self.files.seals().map_err(folder)?;
        let signed = self.newest_checkpoint()?;
        self.heads = signed.iter().chain(held).cloned().collect();
        let first = starts.first().copied().unwrap_or(0);
        let mut last = self.before(first, &seals)?;
        self.check_heads(first)?;
        let mut torn = 0;
        for (i, &start) in starts.iter().enumerate() {
            if start != self.tree.size() {
                return Err(OpeningError::Gone(self.files.segment(self.tree.size())));
            }
            let segment = Segment::read(&self.files, start)?;
            let next = starts.get(i + 1).map(|&next| Segment::read(&self.files, next)).transpose()?;
            last = self.segment(&segment, next.as_ref(), last)?;
            torn = segment.bytes.len() - segment.whole;
            if torn > 0 && next.is_some() {
                return Err(bad(&segment.path, self.tree.size(), "it has no end"));
            }
            if seals.contains(&start) {
                self.check_seal(&segment, last)?;
            }
        }
        self.check_end(signed.as_ref())?;
        Ok(Verified {
            stream: self.stream,
            first,
            records: self.tree.size(),
            segments: starts.len(),
            signed: signed.map_or(0, |checkpoint| checkpoint.size),
            torn,
        })
    }

    fn newest_checkpoint(&self) -> Result<Option<Checkpoint>, OpeningError> {
        let path = self.files.checkpoint();
        if !path.exists() {
            return Ok(None);
        }
        let text = std::fs::read(&path).map_err(|cause| OpeningError::File { path: path.clone(), cause })?;
        let text = String::from_utf8_lossy(&text);
        Checkpoint::read(&text, self.verifier).map(Some).map_err(|cause| OpeningError::Signed { path, cause })
    }

    /// The state before the first segment that is kept: empty, or what the seal of the last dropped one says.
    fn before(&mut self, first: u64, seals: &[u64]) -> Result<Hash, OpeningError> {
        if first == 0 {
            return Ok(line::NOTHING_BEFORE);
        }
        let closed = seals.iter().rev().find(|&&closed| closed < first);
        let seal = self.seal(*closed.ok_or_else(|| OpeningError::Gone(self.files.segment(0)))?)?;
        if seal.tree.size() != first {
            return Err(OpeningError::Gone(self.files.segment(seal.tree.size())));
        }
        self.tree = seal.tree;
        Ok(seal.last)
    }

    fn seal(&self, start: u64) -> Result<Seal, OpeningError> {
        let path = self.files.seal(start);
        let text = std::fs::read(&path).map_err(|cause| OpeningError::File { path: path.clone(), cause })?;
        Seal::read(&String::from_utf8_lossy(&text), self.verifier)
            .map_err(|cause| OpeningError::Signed { path, cause })
    }

    /// Goes through a segment; gives the hash of its last line.
    fn segment(
        &mut self,
        segment: &Segment,
        next: Option<&Segment>,
        mut last: Hash,
    ) -> Result<Hash, OpeningError> {
        let mut lines = segment.lines().peekable();
        while let Some(text) = lines.next() {
            let seq = self.tree.size();
            let line = line::read(text)
                .ok_or_else(|| bad(&segment.path, seq, "it is not a record as it was written"))?;
            if line.seq != seq {
                return Err(bad(
                    &segment.path,
                    seq,
                    &format!("it is missing or out of place: record {} stands there", line.seq),
                ));
            }
            if line.before != last {
                let following = lines.peek().copied().or_else(|| next.and_then(|next| next.lines().next()));
                return Err(self.blame(segment, &line, text, last, following));
            }
            last = line::hash(text);
            self.tree.push(leaf(text));
            self.check_root(&segment.path)?;
        }
        Ok(last)
    }

    /// Of two neighbours that do not fit, which was touched? The one that its own follower does not know; at the end
    /// of the stream the signed root tells.
    fn blame(
        &self,
        segment: &Segment,
        line: &Line,
        text: &[u8],
        last: Hash,
        following: Option<&[u8]>,
    ) -> OpeningError {
        let seq = line.seq;
        let is_known = match following.and_then(line::read) {
            Some(following) => following.before == line::hash(text),
            None => {
                let repaired = line::write(seq, &last, &line::canonical(&line.record));
                let mut tree = self.tree.clone();
                tree.push(leaf(repaired.as_bytes()));
                let signed = self.heads.iter().find(|head| head.size == tree.size());
                signed.is_none_or(|head| head.root != tree.root())
            }
        };
        match (is_known, seq == segment.start) {
            (false, _) => {
                bad(&segment.path, seq, "it was changed: it does not hold the hash of the record before it")
            }
            (true, false) => {
                bad(&segment.path, seq - 1, "it was changed: the record after it holds another hash")
            }
            (true, true) => {
                let fault = "it was changed: the first record of the next segment holds another hash";
                bad(&segment.path, seq.saturating_sub(1), fault)
            }
        }
    }

    fn check_seal(&self, segment: &Segment, last: Hash) -> Result<(), OpeningError> {
        let seal = self.seal(segment.start)?;
        if seal.tree == self.tree && seal.last == last {
            return Ok(());
        }
        let fault =
            format!("the records from here to {} are not those under the segment's seal", self.tree.size());
        Err(bad(&segment.path, segment.start, &fault))
    }

    fn check_root(&self, path: &Path) -> Result<(), OpeningError> {
        let size = self.tree.size();
        match self.heads.iter().any(|head| head.size == size && head.root != self.tree.root()) {
            true => {
                let fault =
                    "it, or a record before it, was rewritten: a signed checkpoint covers other records";
                Err(bad(path, size.saturating_sub(1), fault))
            }
            false => Ok(()),
        }
    }

    /// Checkpoints older than what is kept cannot be compared, except the one right at the edge.
    fn check_heads(&self, first: u64) -> Result<(), OpeningError> {
        match self.heads.iter().find(|head| head.size < first) {
            Some(head) => Err(bad(
                &self.files.segment(0),
                head.size,
                "its segment was dropped, so that this checkpoint can no longer be compared",
            )),
            None => self.check_root(&self.files.seal(first)),
        }
    }

    fn check_end(&self, signed: Option<&Checkpoint>) -> Result<(), OpeningError> {
        let size = self.tree.size();
        if let Some(head) = self.heads.iter().find(|head| head.size > size) {
            let fault = format!("it is missing; a signed checkpoint covers {} records", head.size);
            return Err(bad(&self.files.segment(size), size, &fault));
        }
        match signed {
            None if size > 0 => Err(OpeningError::Gone(self.files.checkpoint())),
            _ => Ok(()),
        }
    }
}

fn bad(path: &Path, seq: u64, fault: &str) -> OpeningError {
    OpeningError::Record { path: path.to_owned(), seq, fault: fault.to_owned() }
}
