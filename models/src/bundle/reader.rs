//! Reading a bundle, believing nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::files::{check_name, sha256, walk};
use super::{
    AREAS, BundleError, FORMAT, MANIFEST, MODEL, Manifest, ONNX, REQUIRED, SCHEMA, SCORES, SELFTEST, Scores,
    SelfTest,
};
use crate::additive::AdditiveModel;
use crate::schema::Schema;

/// Attempts at reading while a run swaps bundles under our eyes.
const ATTEMPTS: u32 = 20;

/// A bundle that was read and verified, held in memory.
#[derive(Clone, Debug)]
pub struct Bundle {
    manifest: Manifest,
    manifest_sha256: String,
    model: AdditiveModel,
    scores: Scores,
    selftest: SelfTest,
    files: BTreeMap<String, Vec<u8>>,
}

impl Bundle {
    /// Reads the bundle in this folder and verifies it: format, names, every hash, no file missing and none
    /// more, contents that can be read and fit together.
    ///
    /// A run that replaces the bundle meanwhile does no harm: reading starts again with the new one.
    ///
    /// # Errors
    /// The first thing that is wrong, with the file and what to do.
    pub fn open(path: &Path) -> Result<Self, BundleError> {
        let mut attempt = 1;
        loop {
            let before = identity(path);
            let outcome = Self::read(path);
            if outcome.is_ok() || attempt == ATTEMPTS || identity(path) == before {
                return outcome;
            }
            attempt += 1;
        }
    }

    fn read(path: &Path) -> Result<Self, BundleError> {
        let (manifest, manifest_sha256) = read_manifest(path)?;
        check_listing(path, &manifest)?;
        let mut files = BTreeMap::new();
        for (name, wanted) in &manifest.files {
            let bytes = read_file(&path.join(name))?;
            let found = sha256(&bytes);
            if found != *wanted {
                return Err(BundleError::Changed { file: name.clone(), wanted: wanted.clone(), found });
            }
            files.insert(name.clone(), bytes);
        }
        let of = |name: &str| files.get(name).map(Vec::as_slice).unwrap_or_default();
        let model: AdditiveModel = parse(MODEL, of(MODEL))?;
        model.validate()?;
        let schema: Schema = parse(SCHEMA, of(SCHEMA))?;
        let scores: Scores = parse(SCORES, of(SCORES))?;
        let selftest: SelfTest = parse(SELFTEST, of(SELFTEST))?;
        let bundle = Self { manifest, manifest_sha256, model, scores, selftest, files };
        bundle.check_together(&schema)?;
        Ok(bundle)
    }

    fn check_together(&self, schema: &Schema) -> Result<(), BundleError> {
        let differ = |file, other, why: String| Err(BundleError::Contradiction { file, other, why });
        if *schema != self.model.schema {
            return differ(SCHEMA, MODEL, "the columns are not those of the model".to_owned());
        }
        if self.manifest.model != self.model.name {
            let why = format!(
                "the model is {:?} in one and {:?} in the other",
                self.model.name, self.manifest.model
            );
            return differ(MODEL, MANIFEST, why);
        }
        if self.manifest.as_of != self.scores.as_of {
            let why = format!("as-of date {:?} and {:?}", self.scores.as_of, self.manifest.as_of);
            return differ(SCORES, MANIFEST, why);
        }
        match self.selftest.check(&self.model) {
            Ok(()) => Ok(()),
            Err(why) => differ(SELFTEST, MODEL, why),
        }
    }

    /// What the bundle is and from what it was made.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// SHA-256 of `manifest.json`: it changes when any file of the bundle does.
    #[must_use]
    pub fn manifest_sha256(&self) -> &str {
        &self.manifest_sha256
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &AdditiveModel {
        &self.model
    }

    /// The input columns.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.model.schema
    }

    /// The figures per area.
    #[must_use]
    pub fn scores(&self) -> &Scores {
        &self.scores
    }

    /// Made-up rows with the outputs that they must give.
    #[must_use]
    pub fn selftest(&self) -> &SelfTest {
        &self.selftest
    }

    /// Bytes of `model.onnx`.
    #[must_use]
    pub fn onnx(&self) -> &[u8] {
        self.file(ONNX).unwrap_or_default()
    }

    /// Bytes of `areas.geojson`.
    #[must_use]
    pub fn areas(&self) -> &[u8] {
        self.file(AREAS).unwrap_or_default()
    }

    /// Bytes of a file by its name in the manifest, such as `report/index.html`.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&[u8]> {
        self.files.get(name).map(Vec::as_slice)
    }

    /// Names and bytes of all files but the manifest, sorted by name.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
    }

    /// Gives up a file's bytes, so that a program that has used them need not keep them in memory.
    pub fn take_file(&mut self, name: &str) -> Option<Vec<u8>> {
        self.files.remove(name)
    }
}

/// Which folder the path leads to at this moment. With the time of its last change, since the number of a removed folder is given
/// to the next.
fn identity(path: &Path) -> Option<(u64, u64, i64, i64)> {
    fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino(), meta.ctime(), meta.ctime_nsec()))
}

/// Reads the manifest and checks format and names; also gives its SHA-256.
pub(crate) fn read_manifest(folder: &Path) -> Result<(Manifest, String), BundleError> {
    #[derive(Deserialize)]
    struct Format {
        format: String,
    }
    let path = folder.join(MANIFEST);
    let missing = folder.is_dir() && !path.exists();
    if missing {
        return Err(BundleError::NotABundle { path: folder.to_owned() });
    }
    let bytes = read_file(&path)?;
    let Format { format } = parse(MANIFEST, &bytes)?;
    if format != FORMAT {
        return Err(BundleError::Format { found: format, wanted: FORMAT });
    }
    let manifest: Manifest = parse(MANIFEST, &bytes)?;
    for name in manifest.files.keys() {
        check_name(name)?;
    }
    match REQUIRED.iter().find(|name| !manifest.files.contains_key(**name)) {
        Some(name) => Err(BundleError::Missing { file: (*name).to_owned() }),
        None => Ok((manifest, sha256(&bytes))),
    }
}

fn check_listing(folder: &Path, manifest: &Manifest) -> Result<(), BundleError> {
    let found: BTreeSet<String> = walk(folder)?.into_iter().collect();
    if let Some(file) = manifest.files.keys().find(|name| !found.contains(*name)) {
        return Err(BundleError::Missing { file: file.clone() });
    }
    match found.iter().find(|name| *name != MANIFEST && !manifest.files.contains_key(*name)) {
        Some(file) => Err(BundleError::Extra { file: file.clone() }),
        None => Ok(()),
    }
}

pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, BundleError> {
    fs::read(path).map_err(|cause| BundleError::Io { doing: "read", path: path.to_owned(), cause })
}

fn parse<T: DeserializeOwned>(file: &str, bytes: &[u8]) -> Result<T, BundleError> {
    serde_json::from_slice(bytes).map_err(|cause| BundleError::Json {
        file: file.to_owned(),
        line: cause.line(),
        column: cause.column(),
        cause,
    })
}
