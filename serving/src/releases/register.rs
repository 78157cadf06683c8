//! The register of releases: what each showed at most, kept so that a new one can be checked against all of them.
//!
//! One JSON file per release, numbered in the order in which they came; the oldest go. It holds figures of areas, as the
//! bundle does: for this service alone.

use std::io;
use std::path::{Path, PathBuf};

use crate::file;
use crate::projection::Published;

/// Releases that are kept. Older ones tell so little of today's numbers that they only cost figures.
const KEPT: usize = 8;

/// The folder of the register; without one nothing is kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Register(Option<PathBuf>);

/// Why the register cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {cause}. It is the register of releases ([releases] register): without it no release can be checked against earlier ones", .path.display())]
pub struct RegisterError {
    path: PathBuf,
    cause: io::Error,
}

impl Register {
    /// The register in this folder.
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Self(folder)
    }

    /// All releases but this one, the newest first.
    ///
    /// # Errors
    /// When the folder or a file in it cannot be read.
    pub(crate) fn others(&self, sha256: &str) -> Result<Vec<Published>, RegisterError> {
        let mut releases = Vec::new();
        for path in self.files()?.iter().rev() {
            let text = std::fs::read(path).map_err(|cause| failed(path, cause))?;
            let release: Published =
                serde_json::from_slice(&text).map_err(|cause| failed(path, cause.into()))?;
            releases.push(release);
        }
        releases.retain(|release| release.sha256 != sha256);
        Ok(releases)
    }

    /// Adds a release as the newest, and drops the oldest when there are too many.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn add(&self, release: &Published) -> Result<(), RegisterError> {
        let Some(folder) = &self.0 else { return Ok(()) };
        let files = self.files()?;
        let name = |path: &PathBuf| path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned);
        if files.last().and_then(name).is_some_and(|last| last.ends_with(&release.sha256)) {
            return Ok(());
        }
        let number = |path: &PathBuf| name(path)?.split('-').next()?.parse::<u32>().ok();
        let next = files.last().and_then(number).map_or(1, |last| last.saturating_add(1));
        let path = folder.join(format!("{next:06}-{}.json", release.sha256));
        let text = serde_json::to_vec(release).map_err(|cause| failed(&path, cause.into()))?;
        std::fs::create_dir_all(folder).map_err(|cause| failed(folder, cause))?;
        file::replace(&path, &text).map_err(|cause| failed(&path, cause))?;
        for old in files.iter().rev().skip(KEPT - 1) {
            std::fs::remove_file(old).map_err(|cause| failed(old, cause))?;
        }
        Ok(())
    }

    /// The files, oldest first.
    fn files(&self) -> Result<Vec<PathBuf>, RegisterError> {
        let Some(folder) = &self.0 else { return Ok(Vec::new()) };
        let entries = match std::fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(|cause| failed(folder, cause))?,
        };
        let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
        let mut files = paths.map_err(|cause| failed(folder, cause))?;
        files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        Ok(files)
    }
}

fn failed(path: &Path, cause: io::Error) -> RegisterError {
    RegisterError { path: path.to_owned(), cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(n: usize) -> Published {
        Published {
            sha256: format!("{n:064x}"),
            as_of: format!("2025-01-{n:02}"),
            areas: Vec::new(),
            withheld: Default::default(),
        }
    }

    #[test]
    fn the_newest_come_first_and_the_oldest_go() {
        let folder = tempfile::tempdir().unwrap();
        let register = Register::new(Some(folder.path().join("register")));
        assert!(register.others("x").unwrap().is_empty());
        for n in [1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10] {
            register.add(&release(n)).unwrap();
        }
        let days: Vec<String> =
            register.others(&release(10).sha256).unwrap().into_iter().map(|r| r.as_of).collect();
        let expected: Vec<String> = (3..=9).rev().map(|n| format!("2025-01-{n:02}")).collect();
        assert_eq!(days, expected);
        std::fs::write(folder.path().join("register/000011-x.json"), "{").unwrap();
        assert!(register.others("x").unwrap_err().to_string().contains("000011-x.json"));
    }

    #[test]
    fn without_a_folder_nothing_is_kept() {
        let register = Register::default();
        register.add(&release(1)).unwrap();
        assert!(register.others("x").unwrap().is_empty());
    }
}
