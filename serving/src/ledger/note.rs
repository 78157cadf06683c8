//! Signed notes (c2sp.org/signed-note) with Ed25519 signatures, and the checkpoints (c2sp.org/tlog-checkpoint) that they
//! carry: how large a tree was and what its root was.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use sha2::{Digest, Sha256};

use crate::ledger::tree::Hash;

/// The signature type of Ed25519 in key identifiers.
const ED25519_TYPE: u8 = 1;

/// What a tree was at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    /// Which log.
    pub(crate) origin: String,
    /// Number of records.
    pub(crate) size: u64,
    /// Root of the tree over them.
    pub(crate) root: Hash,
}

/// The public half of a signing key, with the name of the log that it signs for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verifier {
    name: String,
    public: [u8; 32],
}

/// Why a note is not accepted.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum NoteError {
    /// It is not a note with a checkpoint.
    #[error("it is not a signed checkpoint")]
    Form,
    /// No signature by this key.
    #[error("it has no signature by the key of {0:?}")]
    Unsigned(String),
    /// A signature by this key that does not hold.
    #[error("its signature by the key of {0:?} does not hold")]
    Signature(String),
    /// It is of another log.
    #[error("it is of the log {0:?}")]
    Origin(String),
    /// A verifier key that cannot be read.
    #[error("{0:?} is not a verifier key (NAME+HASH+KEY, c2sp.org/signed-note)")]
    Key(String),
}

impl Verifier {
    /// The verifier of a key pair for a log of this name.
    pub(crate) fn new(name: &str, public: [u8; 32]) -> Self {
        Self { name: name.to_owned(), public }
    }

    /// The name of the log.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of SHA-256 over name, new line, type and key.
    fn id(&self) -> [u8; 4] {
        let hash = Sha256::new().chain_update(&self.name).chain_update([b'\n', ED25519_TYPE]);
        let digest: Hash = hash.chain_update(self.public).finalize().into();
        [digest[0], digest[1], digest[2], digest[3]]
    }

    /// The key as text.
    pub(crate) fn write(&self) -> String {
        let id = self.id().iter().fold(String::new(), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        });
        format!("{}+{id}+{}", self.name, STANDARD.encode([&[ED25519_TYPE], self.public.as_slice()].concat()))
    }

    /// Reads a key.
    pub(crate) fn read(text: &str) -> Result<Self, NoteError> {
        let unfit = || NoteError::Key(text.chars().take(100).collect());
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(_), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(unfit());
        };
        let bytes = STANDARD.decode(key).ok().ok_or_else(unfit)?;
        let (kind, public) = bytes.split_first().ok_or_else(unfit)?;
        let verifier = Self::new(name, public.try_into().ok().ok_or_else(unfit)?);
        if *kind != ED25519_TYPE || verifier.write() != text.trim() { Err(unfit()) } else { Ok(verifier) }
    }

    /// Checks a note and gives its text.
    fn open<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        let (text, signatures) = note.rsplit_once("\n\n").ok_or(NoteError::Form)?;
        let text = &note[..text.len() + 1];
        let prefix = format!("— {} ", self.name);
        let mut found = Err(NoteError::Unsigned(self.name.clone()));
        if !signatures.ends_with('\n') {
            return Err(NoteError::Form);
        }
        for line in signatures.lines() {
            let Some(encoded) = line.strip_prefix(&prefix) else { continue };
            let bytes = STANDARD.decode(encoded).ok().ok_or(NoteError::Form)?;
            let (id, signature) = bytes.split_first_chunk::<4>().ok_or(NoteError::Form)?;
            if *id != self.id() {
                continue;
            }
            let holds = UnparsedPublicKey::new(&ED25519, self.public).verify(text.as_bytes(), signature);
            found = holds.map_err(|_unspecified| NoteError::Signature(self.name.clone()));
        }
        found.map(|()| text)
    }
}

impl Checkpoint {
    /// Writes the checkpoint with a signature.
    pub(crate) fn sign(&self, pair: &Ed25519KeyPair) -> String {
        let text = format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root));
        let mut public = [0; 32];
        public.copy_from_slice(pair.public_key().as_ref());
        let verifier = Verifier::new(&self.origin, public);
        let signature = [&verifier.id(), pair.sign(text.as_bytes()).as_ref()].concat();
        format!("{text}\n— {} {}\n", self.origin, STANDARD.encode(signature))
    }

    /// Reads a signed checkpoint, if this key signed it for its own log.
    pub(crate) fn read(note: &str, verifier: &Verifier) -> Result<Self, NoteError> {
        let mut lines = verifier.open(note)?.lines();
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(NoteError::Form);
        };
        if origin != verifier.name {
            return Err(NoteError::Origin(origin.to_owned()));
        }
        let number = size.parse::<u64>().ok().filter(|number| number.to_string() == size);
        let root = STANDARD.decode(root).ok().and_then(|bytes| Hash::try_from(bytes).ok());
        match (number, root) {
            (Some(size), Some(root)) => Ok(Self { origin: origin.to_owned(), size, root }),
            _ => Err(NoteError::Form),
        }
    }
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;

    use super::*;

    /// Key and note of the tests of Go's `golang.org/x/mod/sumdb/note`, where the format comes from.
    const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn a_note_of_another_program_is_verified() {
        let verifier = Verifier::read(KEY).unwrap();
        assert_eq!(verifier.write(), KEY);
        assert!(verifier.open(NOTE).unwrap().ends_with("problem is.\n"));
        let changed = NOTE.replace("answer", "Answer");
        assert_eq!(verifier.open(&changed), Err(NoteError::Signature("PeterNeumann".to_owned())));
        let other = NOTE.replace("— PeterNeumann", "— PeterNewman");
        assert_eq!(verifier.open(&other), Err(NoteError::Unsigned("PeterNeumann".to_owned())));
        assert!(Verifier::read(&KEY.replace("c74f20a3", "c74f20a4")).is_err());
    }

    #[test]
    fn a_checkpoint_comes_back_and_no_byte_of_it_can_be_changed() {
        let pair = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(pair.as_ref()).unwrap();
        let checkpoint = Checkpoint { origin: "log.nl/access".to_owned(), size: 12, root: [7; 32] };
        let note = checkpoint.sign(&pair);
        let public = pair.public_key().as_ref().try_into().unwrap();
        let verifier = Verifier::new("log.nl/access", public);
        assert_eq!(Checkpoint::read(&note, &verifier), Ok(checkpoint));
        assert!(Checkpoint::read(&note, &Verifier::new("log.nl/other", public)).is_err());
        for at in 0..note.len() {
            let mut bytes = note.clone().into_bytes();
            bytes[at] ^= 1;
            let read = String::from_utf8(bytes).map(|note| Checkpoint::read(&note, &verifier).is_ok());
            assert_ne!(read, Ok(true), "byte {at}");
        }
    }
}
