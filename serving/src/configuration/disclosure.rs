//! `[disclosure]`: what must hold of figures before they are shown.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::projection::Disclosure;

/// Fewest characters of a rounding key: 128 random bits in hexadecimal digits.
const SHORTEST_KEY: usize = 32;

/// `[disclosure]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DisclosurePart {
    /// Areas with fewer units show no figures; the bundle has a minimum too, and the stricter holds.
    minimum_units: u32,
    /// A file with the key of the random rounding.
    rounding_key: Option<PathBuf>,
}

/// Why the key of the rounding cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "{}: {cause}. The key of the rounding is a file with at least {SHORTEST_KEY} random characters, \
     such as `openssl rand -hex 32` writes", .path.display()
)]
pub struct RoundingKeyError {
    path: PathBuf,
    cause: String,
}

impl DisclosurePart {
    /// The rules, with the key as its file has it.
    ///
    /// # Errors
    /// When the file of the key cannot be read, or holds too little.
    pub(crate) fn rules(&self) -> Result<Disclosure, RoundingKeyError> {
        let rounding_secret = self.rounding_key.as_deref().map(key).transpose()?;
        Ok(Disclosure { minimum_units: self.minimum_units, rounding_secret })
    }

    pub(super) fn resolve(&mut self, folder: &Path) {
        if let Some(path) = &mut self.rounding_key {
            *path = folder.join(&*path);
        }
    }
}

fn key(path: &Path) -> Result<String, RoundingKeyError> {
    let refused = |cause: String| RoundingKeyError { path: path.to_owned(), cause };
    let text = std::fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
    let key = text.trim();
    if key.len() < SHORTEST_KEY {
        return Err(refused(format!("it holds {} characters", key.len())));
    }
    Ok(key.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_absent_or_short_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        assert!(key(&path).unwrap_err().to_string().contains("openssl rand"));
        std::fs::write(&path, "short\n").unwrap();
        assert!(key(&path).unwrap_err().to_string().contains("holds 5 characters"));
        std::fs::write(&path, "0123456789abcdef0123456789abcdef\n").unwrap();
        let part = DisclosurePart { minimum_units: 50, rounding_key: Some(path) };
        let rules = part.rules().unwrap();
        assert_eq!(rules.minimum_units, 50);
        assert_eq!(rules.rounding_secret.unwrap().len(), 32);
    }
}
