//! The public keys of an identity provider (a JWK set, RFC 7517): read from a file or fetched from the one
//! address that the operator configured.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use tokio::sync::Mutex;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::access::refusal::Refusal;

/// How old fetched keys may get before they are fetched again.
const FRESH: Duration = Duration::from_secs(15 * 60);
/// Shortest time between two fetches, whatever tokens come in.
const PAUSE: Duration = Duration::from_secs(30);
/// Longest time that a fetch may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Largest key set, in bytes.
const LARGEST: u64 = 1 << 20;

/// Where a key set comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A file, read again when asked for an unknown key.
    File(PathBuf),
    /// An address, with a file of certificates (PEM) to trust instead of the usual ones.
    Url(String, Option<PathBuf>),
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeySetError {
    /// The file or address cannot be read.
    #[error("cannot read the key set at {place}: {cause}")]
    Unreadable {
        /// The file or address.
        place: String,
        /// What is wrong.
        cause: String,
    },
    /// It is read, but of no use.
    #[error(
        "the key set at {place} has no key that can be used: RSA (RS256), EC P-256 (ES256) or Ed25519 (EdDSA), each with a kid"
    )]
    Empty {
        /// The file or address.
        place: String,
    },
}

/// A key and the only algorithm that it is used with: what the key is decides, never the token.
#[derive(Clone, Debug)]
pub(super) struct PublicKey {
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

type Known = BTreeMap<String, PublicKey>;

/// The keys of an issuer, kept for a while.
#[derive(Debug)]
pub(crate) struct KeySet {
    origin: Origin,
    pause: Duration,
    known: ArcSwap<Held>,
    /// When keys were last asked for; held during the asking, so that one fetch serves all who wait.
    asked: Mutex<Option<Instant>>,
}

#[derive(Debug)]
struct Held {
    keys: Known,
    since: Option<Instant>,
}

impl KeySet {
    /// Keys that are read when they are first needed.
    pub(crate) fn new(origin: Origin) -> Self {
        let known = ArcSwap::from_pointee(Held { keys: Known::new(), since: None });
        Self { origin, pause: PAUSE, known, asked: Mutex::new(None) }
    }

    /// Reads the keys now.
    ///
    /// # Errors
    /// When they cannot be had, or none is of use.
    pub(crate) fn load(&self) -> Result<(), KeySetError> {
        let keys = read(&self.origin)?;
        self.known.store(Arc::new(Held { keys, since: Some(Instant::now()) }));
        Ok(())
    }

    /// The key of this name. An unknown name is a reason to look once whether the issuer has new keys, at
    /// most every half minute; so is age.
    pub(super) async fn find(self: &Arc<Self>, name: &str) -> Result<PublicKey, Refusal> {
        let held = self.known.load_full();
        let fresh = held.since.is_some_and(|since| since.elapsed() < FRESH);
        match held.keys.get(name) {
            Some(key) if fresh => return Ok(key.clone()),
            // Old keys still serve when the issuer does not answer.
            _ => self.refresh(&held).await,
        }
        let held = self.known.load();
        if held.since.is_none() {
            return Err(Refusal::NoKeySet);
        }
        held.keys.get(name).cloned().ok_or(Refusal::UnknownKeyId)
    }

    async fn refresh(self: &Arc<Self>, seen: &Arc<Held>) {
        let mut asked = self.asked.lock().await;
        let renewed_meanwhile = !Arc::ptr_eq(&*self.known.load(), seen);
        if renewed_meanwhile || asked.is_some_and(|asked| asked.elapsed() < self.pause) {
            return;
        }
        *asked = Some(Instant::now());
        let set = Arc::clone(self);
        match tokio::task::spawn_blocking(move || set.load()).await {
            Ok(Ok(())) => tracing::info!(issuer_keys = self.known.load().keys.len(), "key set read"),
            Ok(Err(error)) => tracing::error!(%error, "the issuer's keys were not renewed"),
            Err(error) => tracing::error!(%error, "reading the issuer's keys was broken off"),
        }
    }
}

impl Origin {
    fn place(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Url(url, _) => url.clone(),
        }
    }
}

fn read(origin: &Origin) -> Result<Known, KeySetError> {
    let place = origin.place();
    let unreadable = |cause: String| KeySetError::Unreadable { place: place.clone(), cause };
    let bytes = match origin {
        Origin::File(path) => std::fs::read(path).map_err(|cause| unreadable(cause.to_string()))?,
        Origin::Url(url, roots) => fetch(url, roots.as_deref()).map_err(unreadable)?,
    };
    let set: JwkSet = serde_json::from_slice(&bytes).map_err(|cause| unreadable(cause.to_string()))?;
    let keys: Known = set.keys.iter().filter_map(usable).collect();
    if keys.is_empty() { Err(KeySetError::Empty { place }) } else { Ok(keys) }
}

/// Asks the configured address and no other: no redirects, no proxy from the environment.
fn fetch(url: &str, roots: Option<&Path>) -> Result<Vec<u8>, String> {
    let mut tls = TlsConfig::builder();
    if let Some(path) = roots {
        let pem = std::fs::read(path).map_err(|cause| format!("{}: {cause}", path.display()))?;
        tls = tls.root_certs(RootCerts::new_with_certs(&[
            Certificate::from_pem(&pem).map_err(|cause| format!("{}: {cause}", path.display()))?
        ]));
    }
    let config = ureq::Agent::config_builder()
        .tls_config(tls.build())
        .proxy(None)
        .max_redirects(0)
        .timeout_global(Some(PATIENCE))
        .build();
    let mut response = config.new_agent().get(url).call().map_err(|cause| cause.to_string())?;
    if response.status() != 200 {
        return Err(format!("the answer is {}", response.status()));
    }
    response.body_mut().with_config().limit(LARGEST).read_to_vec().map_err(|cause| cause.to_string())
}

/// A key for signatures, with a name, of a kind that is allowed; others are passed over.
fn usable(jwk: &Jwk) -> Option<(String, PublicKey)> {
    let name = jwk.common.key_id.clone()?;
    let (algorithm, declared) = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        _ => return None,
    };
    let for_signatures = jwk.common.public_key_use.as_ref().is_none_or(|u| *u == PublicKeyUse::Signature);
    let as_declared = jwk.common.key_algorithm.is_none_or(|given| given == declared);
    let key = DecodingKey::from_jwk(jwk).ok()?;
    (for_signatures && as_declared).then_some((name, PublicKey { algorithm, key }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ED: &str = r#"{"kty":"OKP","crv":"Ed25519","kid":"KID","use":"sig","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

    fn set(keys: &[String]) -> String {
        format!("{{\"keys\":[{}]}}", keys.join(","))
    }

    #[tokio::test]
    async fn an_unknown_key_is_looked_for_once_and_then_not_for_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jwks.json");
        std::fs::write(&path, set(&[ED.replace("KID", "one")])).unwrap();
        let keys = Arc::new(KeySet::new(Origin::File(path.clone())));
        assert!(keys.find("one").await.is_ok());
        std::fs::write(&path, set(&[ED.replace("KID", "two")])).unwrap();
        assert_eq!(
            keys.find("two").await.err(),
            Some(Refusal::UnknownKeyId),
            "asked less than half a minute ago"
        );
        let mut keys = KeySet::new(Origin::File(path));
        keys.pause = Duration::ZERO;
        let keys = Arc::new(keys);
        assert!(keys.find("two").await.is_ok());
        assert_eq!(keys.find("one").await.err(), Some(Refusal::UnknownKeyId));
    }

    #[tokio::test]
    async fn without_keys_nothing_can_be_checked() {
        let keys = Arc::new(KeySet::new(Origin::File(PathBuf::from("/nowhere/jwks.json"))));
        assert_eq!(keys.find("one").await.err(), Some(Refusal::NoKeySet));
        assert!(keys.load().unwrap_err().to_string().contains("/nowhere/jwks.json"));
    }

    #[test]
    fn only_keys_that_can_check_a_signature_are_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jwks.json");
        let unfit = [
            r#"{"kty":"oct","kid":"secret","k":"AAAA"}"#.to_owned(),
            ED.replace("\"sig\"", "\"enc\""),
            ED.replace("\"kid\":\"KID\",", ""),
            ED.replace("\"use\"", "\"alg\":\"RS256\",\"use\""),
        ];
        std::fs::write(&path, set(&unfit)).unwrap();
        assert!(matches!(read(&Origin::File(path.clone())), Err(KeySetError::Empty { .. })));
        let fit = ED.replace("KID", "fit");
        std::fs::write(&path, set(&[unfit.as_slice(), &[fit]].concat())).unwrap();
        assert_eq!(read(&Origin::File(path)).unwrap().keys().collect::<Vec<_>>(), ["fit"]);
    }
}
