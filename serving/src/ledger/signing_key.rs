//! The ledger's signing key: Ed25519 in a PEM file (PKCS #8), as `openssl genpkey -algorithm ed25519` makes it too.

use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};

use crate::access::Pseudonyms;
use crate::file;
use crate::ledger::Stream;
use crate::ledger::note::Verifier;

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

/// A key pair to sign checkpoints with.
#[derive(Debug)]
pub(crate) struct SigningKey {
    pub(super) pair: Ed25519KeyPair,
    /// The secret of pseudonyms, derived from the private half.
    secret: hmac::Tag,
}

/// Why there is no signing key.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeyError {
    /// The file cannot be read or made.
    #[error("cannot use the signing key {}: {cause}. `serve audit key FILE` makes one", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
    /// It is no such key.
    #[error("{}: this is not an Ed25519 private key in PEM. `serve audit key FILE` makes one", .path.display())]
    Contents {
        /// The file.
        path: PathBuf,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers, so no key can be made")]
    NoRandom,
}

impl SigningKey {
    /// Makes a key and its file, which may not exist yet.
    pub(crate) fn create(path: &Path) -> Result<Self, SigningKeyError> {
        let document =
            Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).ok().ok_or(SigningKeyError::NoRandom)?;
        let text = format!("{BEGIN}\n{}\n{END}\n", STANDARD.encode(document.as_ref()));
        file::create(path, text.as_bytes())
            .map_err(|cause| SigningKeyError::File { path: path.to_owned(), cause })?;
        Self::read(path)
    }

    /// Reads a key.
    pub(crate) fn read(path: &Path) -> Result<Self, SigningKeyError> {
        let text = std::fs::read_to_string(path)
            .map_err(|cause| SigningKeyError::File { path: path.to_owned(), cause })?;
        let unfit = || SigningKeyError::Contents { path: path.to_owned() };
        let body =
            text.trim().strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END)).ok_or_else(unfit)?;
        let body: String = body.split_whitespace().collect();
        let document = STANDARD.decode(body).ok().ok_or_else(unfit)?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&document).ok().ok_or_else(unfit)?;
        let secret = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &document), b"zichtlijn/pseudonyms/1");
        Ok(Self { pair, secret })
    }

    /// What verifies this key's signatures on a stream of the log `origin`.
    pub(crate) fn verifier(&self, origin: &str, stream: Stream) -> Verifier {
        let mut public = [0; 32];
        public.copy_from_slice(self.pair.public_key().as_ref());
        Verifier::new(&stream.origin(origin), public)
    }

    /// Names for persons that last as long as the key.
    pub(crate) fn pseudonyms(&self) -> Pseudonyms {
        Pseudonyms::lasting(self.secret.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let made = SigningKey::create(&path).unwrap().verifier("log", Stream::Access);
        assert_eq!(SigningKey::read(&path).unwrap().verifier("log", Stream::Access), made);
        assert!(SigningKey::create(&path).is_err(), "an existing key is never replaced");
        std::fs::write(&path, "no key").unwrap();
        assert!(SigningKey::read(&path).unwrap_err().to_string().contains("serve audit key"));
    }

    #[test]
    fn a_key_of_openssl_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        // The example of RFC 8410, section 10.3.
        let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
        std::fs::write(&path, pem).unwrap();
        let public = SigningKey::read(&path).unwrap().verifier("log", Stream::Access).write();
        assert!(public.ends_with(&STANDARD.encode([
            1, 0x19, 0xbf, 0x44, 0x09, 0x69, 0x84, 0xcd, 0xfe, 0x85, 0x41, 0xba, 0xc1, 0x67, 0xdc, 0x3b,
            0x96, 0xc8, 0x50, 0x86, 0xaa, 0x30, 0xb6, 0xb6, 0xcb, 0x0c, 0x5c, 0x38, 0xad, 0x70, 0x31, 0x66,
            0xe1,
        ])));
    }
}
