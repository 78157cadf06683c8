//! The thread that writes a stream: many waiting answers, one flush to disk.
//!
//! While a flush is under way the next records pile up, and go together into the next one: the busier the
//! service, the larger the groups. Nobody is told that a record is written before it is on disk and under a
//! signed checkpoint. After a failed write or flush nothing is known about what the disk holds, so the
//! stream stays closed until the program starts again and looks.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, atomic::AtomicU64};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::file;
use crate::ledger::folder::{Files, Seal};
use crate::ledger::line;
use crate::ledger::note::Checkpoint;
use crate::ledger::signing_key::SigningKey;
use crate::ledger::tree::{Hash, Tree, leaf};

/// Most records in one flush.
const LARGEST_GROUP: usize = 4096;

/// How often an idle writer looks whether it has to stop.
const IDLE: Duration = Duration::from_secs(1);

/// A record on its way to disk.
#[derive(Debug)]
pub(super) struct Item {
    /// The record in canonical form.
    pub(super) record: String,
    /// Told the record's number once it is on disk; dropped when it is not.
    pub(super) written: oneshot::Sender<u64>,
}

/// Where a stream stands.
#[derive(Debug)]
pub(super) struct Position {
    pub(super) tree: Tree,
    pub(super) last: Hash,
    /// First record of the open segment.
    pub(super) start: u64,
    /// Bytes in the open segment.
    pub(super) length: u64,
}

/// Figures of a stream, for the metrics.
#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) records: AtomicU64,
    pub(super) flushes: AtomicU64,
    pub(super) failed: AtomicU64,
}

/// What a writer works with.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) files: Files,
    pub(super) origin: String,
    pub(super) key: Arc<SigningKey>,
    pub(super) position: Position,
    pub(super) segment: File,
    /// Size from which on a segment is closed, in bytes.
    pub(super) segment_bytes: u64,
    pub(super) figures: Arc<Figures>,
}

/// Opens a segment to add to; a new one is made, and its name flushed.
pub(super) fn open_segment(files: &Files, start: u64) -> io::Result<File> {
    let path = files.segment(start);
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(&path)?;
    file::flush_folder_of(&path)?;
    Ok(file)
}

impl Writer {
    /// Writes until nobody can send records any more.
    pub(super) fn run(mut self, items: &Receiver<Item>) {
        let mut failed = false;
        loop {
            let mut group = Vec::new();
            match items.recv_timeout(IDLE) {
                Ok(item) => group.push(item),
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => break,
            }
            group.extend(items.try_iter().take(LARGEST_GROUP - 1));
            if failed {
                continue;
            }
            match self.commit(&group) {
                Ok(first) => {
                    for (item, seq) in group.into_iter().zip(first..) {
                        // Who no longer waits does not mind.
                        let _ = item.written.send(seq);
                    }
                }
                Err(error) => {
                    failed = true;
                    self.figures.failed.store(1, Ordering::Relaxed);
                    tracing::error!(%error, stream = self.origin, "the log cannot be written: nothing is answered until the service is started again");
                }
            }
        }
        if let Err(error) = self.checkpoint().and_then(|()| File::open(self.files.checkpoint())?.sync_all()) {
            tracing::error!(%error, stream = self.origin, "the last checkpoint was not written");
        }
    }

    /// Writes a group and gives the number of its first record.
    fn commit(&mut self, group: &[Item]) -> io::Result<u64> {
        if self.position.length >= self.segment_bytes {
            self.rotate()?;
        }
        let first = self.position.tree.size();
        let mut bytes = Vec::new();
        let (mut tree, mut last) = (self.position.tree.clone(), self.position.last);
        for (item, seq) in group.iter().zip(first..) {
            let line = line::write(seq, &last, &item.record);
            last = line::hash(line.as_bytes());
            tree.push(leaf(line.as_bytes()));
            bytes.extend_from_slice(line.as_bytes());
            bytes.push(b'\n');
        }
        self.segment.write_all(&bytes)?;
        self.segment.sync_data()?;
        self.position = Position {
            tree,
            last,
            start: self.position.start,
            length: self.position.length + bytes.len() as u64,
        };
        self.checkpoint()?;
        self.figures.records.store(self.position.tree.size(), Ordering::Relaxed);
        self.figures.flushes.fetch_add(1, Ordering::Relaxed);
        Ok(first)
    }

    fn signed(&self) -> String {
        let tree = &self.position.tree;
        Checkpoint { origin: self.origin.clone(), size: tree.size(), root: tree.root() }.sign(&self.key.pair)
    }

    /// Renames the new checkpoint into place. It is not flushed each time: a power cut may bring back an older one,
    /// but then the flushed records go further than it says, which the next start takes up.
    pub(super) fn checkpoint(&self) -> io::Result<()> {
        let path = self.files.checkpoint();
        let aside = path.with_extension("checkpoint.new");
        std::fs::write(&aside, self.signed())?;
        std::fs::rename(&aside, &path)
    }

    /// Closes the open segment under a seal and starts the next.
    fn rotate(&mut self) -> io::Result<()> {
        let seal = Seal { tree: self.position.tree.clone(), last: self.position.last };
        file::replace(&self.files.seal(self.position.start), seal.write(&self.signed()).as_bytes())?;
        let start = self.position.tree.size();
        self.segment = open_segment(&self.files, start)?;
        self.position.start = start;
        self.position.length = 0;
        Ok(())
    }
}
