//! Accountability: three append-only streams of what was processed, who was let in, and what operators did.
//!
//! Each stream is a chain of lines (every line holds the hash of the one before it) and at the same time a
//! Merkle tree, whose root is signed after every flush. The chain names the record that was touched; the
//! signed root makes it impossible to rewrite the chain without the key; a checkpoint that someone else keeps
//! makes it impossible even with the key. An answer is only sent once its records are on disk.
//!
//! The records follow the Dutch standards Logboek Dataverwerkingen and Authorization Decision Log, see
//! [`record`]; they hold no secrets, no persons in the processing stream, and no addresses of clients.

mod folder;
mod line;
mod note;
mod opening;
mod proof;
pub(crate) mod record;
mod signing_key;
#[cfg(test)]
mod tests;
mod tree;
mod verify;
mod writer;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use clap::ValueEnum;
use serde_json::Value;
use tokio::sync::oneshot;

use crate::file;
use crate::ledger::folder::Files;
use crate::ledger::opening::{OpeningError, Remark};
use crate::ledger::writer::{Figures, Item, Writer, open_segment};

pub use note::NoteError;
pub(crate) use note::{Checkpoint, Verifier};
pub use proof::ProofError;
pub(crate) use proof::{check as check_proof, prove};
pub(crate) use signing_key::SigningKey;
pub use signing_key::SigningKeyError;
pub use verify::VerifyError;
pub(crate) use verify::verify;

/// Records that may wait for the disk; beyond that requests are turned away.
const WAITING: usize = 16_384;

/// One of the three streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stream {
    /// What was processed, without persons (Logboek Dataverwerkingen).
    Processing,
    /// Who was let in as what (Authorization Decision Log).
    Access,
    /// What operators did.
    Administration,
}

impl Stream {
    pub(crate) const ALL: [Self; 3] = [Self::Processing, Self::Access, Self::Administration];

    /// Its name in files and origins.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Processing => "processing",
            Self::Access => "access",
            Self::Administration => "administration",
        }
    }

    /// The name under which its checkpoints are signed.
    pub(crate) fn origin(self, log: &str) -> String {
        format!("{log}/{}", self.name())
    }
}

/// How to keep a ledger.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    /// The folder; made when absent.
    pub(crate) folder: PathBuf,
    /// The signing key.
    pub(crate) key: PathBuf,
    /// Name of the log, such as `log.voorbeeldstad.nl/zichtlijn`.
    pub(crate) origin: String,
    /// Size from which on a segment is closed, in bytes.
    pub(crate) segment_bytes: u64,
}

/// Why there is no ledger.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The signing key cannot be used.
    #[error(transparent)]
    Key(#[from] SigningKeyError),
    /// A file or thread cannot be had.
    #[error("cannot keep a log in {}: {cause}", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
    /// The log is not what was written.
    #[error(
        "the log is not what was written: {0}\n  Keep the folder as it is, find out what happened with `serve audit verify`, \
         report it, and only then start with a new folder"
    )]
    Altered(#[from] OpeningError),
    /// Another process writes to it.
    #[error("another process writes to the log in {}; every service needs a folder of its own", .0.display())]
    Taken(PathBuf),
}

/// A record could not be written; the answer must not be given.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the log cannot be written")]
pub(crate) struct NotWritten;

/// The ledger of a running service.
#[derive(Debug)]
pub(crate) struct Ledger {
    streams: [Open; 3],
    /// Held for as long as the process writes.
    _lock: File,
}

#[derive(Debug)]
struct Open {
    sender: Mutex<Option<SyncSender<Item>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    figures: Arc<Figures>,
}

/// A promise that a record will be written.
#[derive(Debug)]
#[must_use]
pub(crate) struct Receipt(Option<oneshot::Receiver<u64>>);

impl Ledger {
    /// Opens a ledger, checks its newest segments and what was signed, and starts its writers.
    ///
    /// # Errors
    /// When the key or folder cannot be used, or the log is not what was written.
    pub(crate) fn open(rules: &Rules) -> Result<(Self, Arc<SigningKey>), LedgerError> {
        let key = Arc::new(SigningKey::read(&rules.key)?);
        let failed = |cause| LedgerError::Folder { folder: rules.folder.clone(), cause };
        std::fs::create_dir_all(&rules.folder).map_err(failed)?;
        let lock = File::create(rules.folder.join("lock")).map_err(failed)?;
        if lock.try_lock().is_err() {
            return Err(LedgerError::Taken(rules.folder.clone()));
        }
        write_verifiers(rules, &key).map_err(failed)?;
        let mut remarks = Vec::new();
        let mut open = |stream| Open::new(rules, &key, stream, &mut remarks);
        let streams = [open(Stream::Processing)?, open(Stream::Access)?, open(Stream::Administration)?];
        let ledger = Self { streams, _lock: lock };
        for (stream, remark) in remarks {
            tracing::warn!(stream = stream.name(), ?remark, "the log was not closed in order");
            // Waited for by nobody: the first record that is waited for comes after it.
            drop(ledger.send(Stream::Administration, &record::found(stream, &remark)));
        }
        Ok((ledger, key))
    }

    /// Hands a record to a stream's writer.
    pub(crate) fn send(&self, stream: Stream, record: &Value) -> Receipt {
        let (written, receipt) = oneshot::channel();
        let item = Item { record: line::canonical(record), written };
        let open = &self.streams[stream as usize];
        let sender = open.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = sender.as_ref().is_some_and(|sender| sender.try_send(item).is_ok());
        Receipt(sent.then_some(receipt))
    }

    /// Records, flushes and whether the stream is broken, for each stream.
    pub(crate) fn figures(&self) -> impl Iterator<Item = (Stream, [u64; 3])> {
        use std::sync::atomic::Ordering::Relaxed;
        Stream::ALL.into_iter().zip(&self.streams).map(|(stream, open)| {
            let figures = &open.figures;
            let values =
                [&figures.records, &figures.flushes, &figures.failed].map(|figure| figure.load(Relaxed));
            (stream, values)
        })
    }

    /// Writes what is still waiting, and the last checkpoints.
    pub(crate) fn close(&self) {
        for open in &self.streams {
            drop(open.sender.lock().unwrap_or_else(PoisonError::into_inner).take());
        }
        for open in &self.streams {
            let thread = open.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
            if thread.is_some_and(|thread| thread.join().is_err()) {
                tracing::error!("a writer of the log broke off");
            }
        }
    }
}

impl Open {
    fn new(
        rules: &Rules,
        key: &Arc<SigningKey>,
        stream: Stream,
        remarks: &mut Vec<(Stream, Remark)>,
    ) -> Result<Self, LedgerError> {
        let failed = |cause| LedgerError::Folder { folder: rules.folder.clone(), cause };
        let files = Files::new(&rules.folder, stream);
        let found = opening::find(&files, &key.verifier(&rules.origin, stream))?;
        remarks.extend(found.remarks.into_iter().map(|remark| (stream, remark)));
        let figures = Arc::new(Figures::default());
        figures.records.store(found.position.tree.size(), std::sync::atomic::Ordering::Relaxed);
        let writer = Writer {
            segment: open_segment(&files, found.position.start).map_err(failed)?,
            files,
            origin: stream.origin(&rules.origin),
            key: Arc::clone(key),
            position: found.position,
            segment_bytes: rules.segment_bytes,
            figures: Arc::clone(&figures),
        };
        // So that a checkpoint that is gone was taken away, even before the first record.
        writer.checkpoint().map_err(failed)?;
        let (sender, items) = sync_channel(WAITING);
        let name = format!("log-{}", stream.name());
        let thread =
            std::thread::Builder::new().name(name).spawn(move || writer.run(&items)).map_err(failed)?;
        Ok(Self { sender: Mutex::new(Some(sender)), thread: Mutex::new(Some(thread)), figures })
    }
}

impl Receipt {
    /// Waits until the record is on disk; gives its number.
    ///
    /// # Errors
    /// When it is not.
    pub(crate) async fn written(self) -> Result<u64, NotWritten> {
        match self.0 {
            Some(receipt) => receipt.await.map_err(|_dropped| NotWritten),
            None => Err(NotWritten),
        }
    }
}

/// Reads a signed checkpoint.
pub(crate) fn checkpoint(note: &str, verifier: &Verifier) -> Result<Checkpoint, NoteError> {
    Checkpoint::read(note, verifier)
}

/// `verifiers`: the public keys, one a line, to give to whoever checks the log.
fn write_verifiers(rules: &Rules, key: &SigningKey) -> io::Result<()> {
    let lines = Stream::ALL.map(|stream| key.verifier(&rules.origin, stream).write() + "\n");
    file::replace(&verifiers_file(&rules.folder), lines.concat().as_bytes())
}

/// Where the public keys stand.
pub(crate) fn verifiers_file(folder: &Path) -> PathBuf {
    folder.join("verifiers")
}
