//! API keys: made, listed, expired and revoked with `serve key`; only their hashes are kept.
//!
//! A key is 256 bits from the system's random source, so there is nothing to guess: no word list or table
//! gets anywhere near it, and a plain SHA-256 protects it as well as a slow password hash would, without
//! handing everyone who asks a way to keep the processor busy.

use std::fmt::Write as _;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use ring::rand::{SecureRandom as _, SystemRandom};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

use crate::access::refusal::Refusal;
use crate::access::{Scope, Tier};
use crate::file;

/// What every key starts with, so that it is recognised as one wherever it turns up.
pub(crate) const PREFIX: &str = "zl_";

const FORMAT: &str = "zichtlijn-keys/1";

/// The keys of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Keys {
    format: String,
    keys: Vec<Key>,
}

/// A key, without the key itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Key {
    /// Its name in lists and logs: 8 hexadecimal digits; not secret.
    pub(crate) id: String,
    /// Who uses it, for what.
    pub(crate) label: String,
    /// What its user may see.
    pub(crate) tier: Tier,
    /// Where.
    pub(crate) scope: Scope,
    /// SHA-256 of the whole key, in hexadecimal.
    sha256: String,
    /// When it was made.
    pub(crate) made: DateTime<Utc>,
    /// From when on it no longer works.
    pub(crate) expires: DateTime<Utc>,
    /// From when on it no longer works because someone decided so.
    pub(crate) revoked: Option<DateTime<Utc>>,
}

/// Why a file of keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file cannot be read or written.
    #[error("cannot use the file of keys {}: {cause}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
    /// The file is not one of keys.
    #[error("{}: this is not a file of keys: {cause}. It is written by `serve key` only", .path.display())]
    Contents {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// No such key.
    #[error("there is no key {id:?} in {}. `serve key list` shows them", .path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// The identifier that was asked for.
        id: String,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers, so no key can be made")]
    NoRandom,
}

impl Key {
    /// Whether it works at this moment.
    fn check(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.revoked.is_some_and(|moment| moment <= now) {
            return Err(Refusal::RevokedKey);
        }
        if self.expires <= now { Err(Refusal::ExpiredKey) } else { Ok(()) }
    }

    /// Its state, for lists.
    pub(crate) fn state(&self, now: DateTime<Utc>) -> &'static str {
        match self.check(now) {
            Ok(()) => "valid",
            Err(Refusal::RevokedKey) => "revoked",
            Err(_) => "expired",
        }
    }
}

impl Keys {
    /// No keys.
    pub(crate) fn empty() -> Self {
        Self { format: FORMAT.to_owned(), keys: Vec::new() }
    }

    /// Reads a file of keys.
    pub(crate) fn read(path: &Path) -> Result<Self, KeysError> {
        let bytes = std::fs::read(path).map_err(|cause| KeysError::File { path: path.to_owned(), cause })?;
        let unfit = |cause: String| KeysError::Contents { path: path.to_owned(), cause };
        let keys: Self = serde_json::from_slice(&bytes).map_err(|cause| unfit(cause.to_string()))?;
        if keys.format != FORMAT {
            return Err(unfit(format!("its format is {:?}, not {FORMAT:?}", keys.format)));
        }
        Ok(keys)
    }

    /// All keys, in the order in which they were made.
    pub(crate) fn all(&self) -> &[Key] {
        &self.keys
    }

    /// The key that was sent, if it works at this moment.
    pub(crate) fn find(&self, sent: &str, now: DateTime<Utc>) -> Result<&Key, Refusal> {
        let id =
            sent.strip_prefix(PREFIX).and_then(|rest| rest.split('_').next()).ok_or(Refusal::UnknownKey)?;
        let key = self.keys.iter().find(|key| key.id == id).ok_or(Refusal::UnknownKey)?;
        // In constant time, so that the time of an answer tells nothing of the hash.
        if !bool::from(sha256(sent).as_bytes().ct_eq(key.sha256.as_bytes())) {
            return Err(Refusal::UnknownKey);
        }
        key.check(now).map(|()| key)
    }
}

/// What a new key is for.
#[derive(Clone, Debug)]
pub(crate) struct Purpose {
    /// Who uses it, for what.
    pub(crate) label: String,
    /// What its user may see.
    pub(crate) tier: Tier,
    /// Where.
    pub(crate) scope: Scope,
    /// From when on it no longer works.
    pub(crate) expires: DateTime<Utc>,
}

/// Makes a key and adds it to the file. What is returned is shown once and kept nowhere.
pub(crate) fn make(path: &Path, purpose: Purpose, now: DateTime<Utc>) -> Result<String, KeysError> {
    change(path, |keys| {
        let id = loop {
            let id = random(4)?;
            if keys.keys.iter().all(|key| key.id != id) {
                break id;
            }
        };
        let secret = format!("{PREFIX}{id}_{}", random(32)?);
        let Purpose { label, tier, scope, expires } = purpose;
        let sha256 = sha256(&secret);
        keys.keys.push(Key { id, label, tier, scope, sha256, made: now, expires, revoked: None });
        Ok(secret)
    })
}

/// Revokes a key from this moment on; one that was revoked earlier stays so.
pub(crate) fn revoke(path: &Path, id: &str, now: DateTime<Utc>) -> Result<(), KeysError> {
    change_one(path, id, |key| {
        key.revoked.get_or_insert(now);
    })
}

/// Sets the moment from which on a key no longer works.
pub(crate) fn expire(path: &Path, id: &str, moment: DateTime<Utc>) -> Result<(), KeysError> {
    change_one(path, id, |key| key.expires = moment)
}

fn change_one(path: &Path, id: &str, change_key: impl FnOnce(&mut Key)) -> Result<(), KeysError> {
    change(path, |keys| {
        let unknown = || KeysError::Unknown { path: path.to_owned(), id: id.to_owned() };
        keys.keys.iter_mut().find(|key| key.id == id).map(change_key).ok_or_else(unknown)
    })
}

/// Changes a file of keys, one process at a time; a file that is absent starts empty.
fn change<T>(path: &Path, work: impl FnOnce(&mut Keys) -> Result<T, KeysError>) -> Result<T, KeysError> {
    let failed = |cause| KeysError::File { path: path.to_owned(), cause };
    let mut lock = path.as_os_str().to_owned();
    lock.push(".lock");
    let lock = File::create(Path::new(&lock)).map_err(failed)?;
    lock.lock().map_err(failed)?;
    let mut keys = match Keys::read(path) {
        Err(KeysError::File { cause, .. }) if cause.kind() == io::ErrorKind::NotFound => Keys::empty(),
        read => read?,
    };
    let result = work(&mut keys)?;
    let unfit =
        |cause: serde_json::Error| KeysError::Contents { path: path.to_owned(), cause: cause.to_string() };
    let mut bytes = serde_json::to_vec_pretty(&keys).map_err(unfit)?;
    bytes.push(b'\n');
    file::replace(path, &bytes).map_err(failed)?;
    Ok(result)
}

fn random(bytes: usize) -> Result<String, KeysError> {
    let mut drawn = vec![0; bytes];
    SystemRandom::new().fill(&mut drawn).ok().ok_or(KeysError::NoRandom)?;
    Ok(hex(&drawn))
}

fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text))
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::clock;

    fn purpose(tier: Tier) -> Purpose {
        let scope = Scope::Within(BTreeSet::from(["GM9999".to_owned()]));
        Purpose { label: "kaart".to_owned(), tier, scope, expires: clock::read("2027-01-01").unwrap() }
    }

    #[test]
    fn a_key_works_until_it_expires_or_is_revoked_and_only_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let [start, later, after] =
            ["2026-01-01", "2026-06-01", "2027-01-01"].map(|d| clock::read(d).unwrap());
        let one = make(&path, purpose(Tier::Tactisch), start).unwrap();
        let other = make(&path, purpose(Tier::Gemeente), start).unwrap();
        let keys = Keys::read(&path).unwrap();
        assert_eq!(keys.find(&one, later).unwrap().tier, Tier::Tactisch);
        assert_eq!(keys.find(&other, later).unwrap().tier, Tier::Gemeente);
        assert_eq!(keys.find(&one, after), Err(Refusal::ExpiredKey));
        let id = one.split('_').nth(1).unwrap();
        let swapped = format!("{PREFIX}{id}_{}", other.rsplit('_').next().unwrap());
        for wrong in
            ["zl_", "zl__", &swapped, &one[..one.len() - 1], &format!("{one}0"), id, &one.to_uppercase()]
        {
            assert_eq!(keys.find(wrong, later), Err(Refusal::UnknownKey), "{wrong}");
        }
        revoke(&path, id, later).unwrap();
        let keys = Keys::read(&path).unwrap();
        assert_eq!(keys.find(&one, later), Err(Refusal::RevokedKey));
        assert_eq!(keys.all()[0].state(later), "revoked");
        expire(&path, &keys.all()[1].id, later).unwrap();
        assert_eq!(Keys::read(&path).unwrap().find(&other, later), Err(Refusal::ExpiredKey));
        assert!(revoke(&path, "00000000", later).unwrap_err().to_string().contains("serve key list"));
    }

    #[test]
    fn the_file_holds_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let key = make(&path, purpose(Tier::Audit), clock::read("2026-01-01").unwrap()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains(key.rsplit('_').next().unwrap()), "{text}");
        std::fs::write(&path, text.replace("zichtlijn-keys/1", "zichtlijn-keys/2")).unwrap();
        assert!(Keys::read(&path).unwrap_err().to_string().contains("zichtlijn-keys/2"));
    }
}
