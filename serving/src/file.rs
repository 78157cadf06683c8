//! Small files that must never be half-written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Replaces a file in one step: written aside, flushed to disk, renamed, and the folder flushed. Only the
/// owner can read a new file.
///
/// # Errors
/// When the system refuses a step; the old file then stands as it was.
pub(crate) fn replace(path: &Path, contents: &[u8]) -> io::Result<()> {
    let aside = aside(path)?;
    // What an earlier, killed attempt left behind.
    remove_if_there(&aside)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
    file.write_all(contents)?;
    file.sync_all()?;
    fs::rename(&aside, path)?;
    flush_folder_of(path)
}

/// Makes a file that was not there, readable by its owner only, and flushes it to disk.
///
/// # Errors
/// When it exists already, or the system refuses.
pub(crate) fn create(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(contents)?;
    file.sync_all()?;
    flush_folder_of(path)
}

/// Makes sure that the name of a new file survives a power cut.
pub(crate) fn flush_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

fn aside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| io::Error::other("the path names no file"))?;
    let mut aside = name.to_owned();
    aside.push(".new");
    Ok(path.with_file_name(aside))
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_is_replaced_even_after_a_killed_attempt_and_stays_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        create(&path, b"one").unwrap();
        assert!(create(&path, b"two").is_err());
        fs::write(folder.path().join("keys.json.new"), b"left over").unwrap();
        replace(&path, b"three").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"three");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
