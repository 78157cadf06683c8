//! All that is wrong with the files of a bundle, not only the first: for who wants to know what was changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::files::{sha256, walk};
use super::reader::{read_file, read_manifest};
use super::{BundleError, MANIFEST, Manifest};

/// A bundle as it lies on disk, damaged or not.
#[derive(Debug)]
pub struct Inspection {
    /// The manifest.
    pub manifest: Manifest,
    /// SHA-256 of `manifest.json`.
    pub manifest_sha256: String,
    /// Bytes of every file that is there, but the manifest, by name.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Every file that is missing, too many or not as the manifest says.
    pub faults: Vec<BundleError>,
}

impl Inspection {
    /// Reads and hashes every file of the bundle in this folder.
    ///
    /// # Errors
    /// When there is no manifest that can be read, or a file of the folder cannot.
    pub fn of(folder: &Path) -> Result<Self, BundleError> {
        let (manifest, manifest_sha256) = read_manifest(folder)?;
        let found: BTreeSet<String> = walk(folder)?.into_iter().filter(|name| name != MANIFEST).collect();
        let mut inspection = Self { manifest, manifest_sha256, files: BTreeMap::new(), faults: Vec::new() };
        for name in found {
            let bytes = read_file(&folder.join(&name))?;
            match inspection.manifest.files.get(&name) {
                None => inspection.faults.push(BundleError::Extra { file: name.clone() }),
                Some(wanted) => {
                    let (found, wanted) = (sha256(&bytes), wanted.clone());
                    if found != wanted {
                        let fault = BundleError::Changed { file: name.clone(), wanted, found };
                        inspection.faults.push(fault);
                    }
                }
            }
            inspection.files.insert(name, bytes);
        }
        let missing = inspection.manifest.files.keys().filter(|name| !inspection.files.contains_key(*name));
        let missing: Vec<_> = missing.map(|name| BundleError::Missing { file: name.clone() }).collect();
        inspection.faults.extend(missing);
        Ok(inspection)
    }

    /// The file's text, if it is there.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        self.files.get(name).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// Whether the file is there and as the manifest says.
    #[must_use]
    pub fn intact(&self, name: &str) -> bool {
        self.files.get(name).is_some_and(|bytes| self.manifest.files.get(name) == Some(&sha256(bytes)))
    }
}
