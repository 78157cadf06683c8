//! The file of keys as a running service sees it: read again as soon as it changes, so that a revoked key
//! stops working at once.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use chrono::{DateTime, Utc};

use crate::access::keys::{Key, Keys, KeysError};
use crate::access::refusal::Refusal;

/// A watched file of keys.
#[derive(Debug)]
pub(crate) struct KeyFile {
    path: PathBuf,
    seen: Mutex<Seen>,
}

#[derive(Debug)]
struct Seen {
    mark: Option<Mark>,
    keys: Arc<Keys>,
}

/// What tells two versions of the file apart without reading it; a renamed-in file has an inode of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    changed: Option<SystemTime>,
    length: u64,
    inode: u64,
}

impl KeyFile {
    /// Reads the file.
    ///
    /// # Errors
    /// When it cannot be read or is not one of keys.
    pub(crate) fn open(path: &Path) -> Result<Self, KeysError> {
        let mark = Mark::of(path);
        let keys = Arc::new(Keys::read(path)?);
        Ok(Self { path: path.to_owned(), seen: Mutex::new(Seen { mark, keys }) })
    }

    /// The key that was sent, if it works now.
    pub(crate) fn find(&self, sent: &str, now: DateTime<Utc>) -> Result<Key, Refusal> {
        self.current().find(sent, now).cloned()
    }

    /// The keys as the file has them now. One that is gone or no longer makes sense gives no keys at all:
    /// what cannot be checked is not let in.
    fn current(&self) -> Arc<Keys> {
        let mark = Mark::of(&self.path);
        let mut seen = self.lock();
        if mark.is_none() || seen.mark != mark {
            let keys = Keys::read(&self.path).unwrap_or_else(|error| {
                tracing::error!(%error, "no key is accepted until the file of keys is right again");
                Keys::empty()
            });
            log_changes(&seen.keys, &keys);
            *seen = Seen { mark, keys: Arc::new(keys) };
        }
        Arc::clone(&seen.keys)
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        // A panic in between leaves old keys or new ones, both whole.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mark {
    fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let data = std::fs::metadata(path).ok()?;
        Some(Self { changed: data.modified().ok(), length: data.len(), inode: data.ino() })
    }
}

fn log_changes(old: &Keys, new: &Keys) {
    let ids = |keys: &Keys| keys.all().iter().filter(|k| k.revoked.is_none()).count();
    if old != new {
        tracing::info!(before = ids(old), after = ids(new), "the file of keys was read again");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::keys::{Purpose, make, revoke};
    use crate::access::{Scope, Tier};
    use crate::clock;

    #[test]
    fn a_revoked_key_stops_at_once_and_a_broken_file_lets_nobody_in() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let now = clock::read("2026-01-01").unwrap();
        let purpose = || Purpose {
            label: String::new(),
            tier: Tier::Audit,
            scope: Scope::Everywhere,
            expires: clock::read("2027-01-01").unwrap(),
        };
        let first = make(&path, purpose(), now).unwrap();
        let file = KeyFile::open(&path).unwrap();
        let second = make(&path, purpose(), now).unwrap();
        assert!(file.find(&first, now).is_ok() && file.find(&second, now).is_ok());
        revoke(&path, first.split('_').nth(1).unwrap(), now).unwrap();
        assert_eq!(file.find(&first, now), Err(Refusal::RevokedKey));
        std::fs::write(&path, "{").unwrap();
        assert_eq!(file.find(&second, now), Err(Refusal::UnknownKey));
        std::fs::remove_file(&path).unwrap();
        assert_eq!(file.find(&second, now), Err(Refusal::UnknownKey));
    }
}
