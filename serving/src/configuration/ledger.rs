//! `[ledger]`: the log for accountability.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::configuration::fault::Fault;
use crate::ledger::Rules;
use crate::ledger::record::Activity;

/// `[ledger]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LedgerPart {
    /// The folder.
    folder: PathBuf,
    /// The signing key that `serve audit key` made.
    key: PathBuf,
    /// Name of the log: an address without scheme.
    origin: String,
    /// Address of the activity in the register of processing activities.
    processing_activity: String,
    /// Address of the algorithm in the Algoritmeregister.
    algorithm: Option<String>,
    /// Size from which on a segment is closed.
    #[serde(default = "segment_megabytes")]
    segment_megabytes: u64,
}

fn segment_megabytes() -> u64 {
    64
}

impl LedgerPart {
    /// How to keep the ledger.
    pub(crate) fn rules(&self) -> Rules {
        Rules {
            folder: self.folder.clone(),
            key: self.key.clone(),
            origin: self.origin.clone(),
            segment_bytes: self.segment_megabytes << 20,
        }
    }

    /// What stands in every record.
    pub(crate) fn activity(&self) -> Activity {
        Activity { processing_activity: self.processing_activity.clone(), algorithm: self.algorithm.clone() }
    }

    /// Where it is kept, for people.
    pub(super) fn summary(&self) -> String {
        format!("accountability: {} in {}", self.origin, self.folder.display())
    }

    pub(super) fn check(&self) -> Result<(), Fault> {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-._/".contains(c);
        if self.origin.is_empty() || !self.origin.chars().all(fits) || self.origin.ends_with('/') {
            let message = format!(
                "`origin` is {:?}; give an address without https://, such as kaart.voorbeeldstad.nl/log",
                self.origin
            );
            return Err(Fault::new("origin", message));
        }
        if !self.processing_activity.contains("://") {
            let message = "`processing_activity` must be the address of the activity in your register of processing activities";
            return Err(Fault::new("processing_activity", message));
        }
        if !(1..=4096).contains(&self.segment_megabytes) {
            return Err(Fault::new("segment_megabytes", "`segment_megabytes` must lie between 1 and 4096"));
        }
        Ok(())
    }

    pub(super) fn resolve(&mut self, folder: &Path) {
        self.folder = folder.join(&self.folder);
        self.key = folder.join(&self.key);
    }
}
