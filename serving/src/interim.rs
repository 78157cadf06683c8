//! Interim stand-in.
use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::load::Contents;

/// Interim.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BundleError(String);
pub(crate) struct Bundle;
impl Bundle {
    pub(crate) fn open(dir: &Path) -> Result<Contents, BundleError> {
        let read =
            |name: &str| std::fs::read(dir.join(name)).map_err(|e| BundleError(format!("{name}: {e}")));
        fn parse<T: serde::de::DeserializeOwned>(name: &str, b: &[u8]) -> Result<T, BundleError> {
            serde_json::from_slice(b).map_err(|e| BundleError(format!("{name}: {e}")))
        }
        let manifest: models::bundle::Manifest = parse("manifest.json", &read("manifest.json")?)?;
        let mut files = BTreeMap::new();
        for (name, hash) in &manifest.files {
            let bytes = read(name)?;
            let digest: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
            if digest != *hash {
                return Err(BundleError(format!("{name}: other SHA-256")));
            }
            files.insert(name.clone(), bytes);
        }
        let get = |name: &str| files.get(name).map_or(&[][..], Vec::as_slice);
        Ok(Contents {
            model: parse("model.json", get("model.json"))?,
            scores: parse("scores.json", get("scores.json"))?,
            selftest: parse("selftest.json", get("selftest.json"))?,
            manifest,
            files,
        })
    }
}
