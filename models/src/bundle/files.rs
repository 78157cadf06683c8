//! Names, hashes and the walk over the files of a bundle.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{BundleError, MANIFEST};

/// SHA-256 in lower-case hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Refuses names that are not plain paths below the bundle: absolute, upwards, with empty parts, with a
/// backslash (a separator elsewhere) or a control character.
pub(crate) fn check_name(name: &str) -> Result<(), BundleError> {
    let plain = |part: &str| !part.is_empty() && part != "." && part != "..";
    let odd = |c: char| c == '\\' || c == ':' || c.is_control();
    if name == MANIFEST || name.contains(odd) || !name.split('/').all(plain) {
        return Err(BundleError::Name { name: name.to_owned() });
    }
    Ok(())
}

/// Names of all files under the folder, with `/`, sorted.
pub(crate) fn walk(folder: &Path) -> Result<Vec<String>, BundleError> {
    let mut names = Vec::new();
    walk_into(folder, "", &mut names)?;
    names.sort();
    Ok(names)
}

fn walk_into(folder: &Path, prefix: &str, names: &mut Vec<String>) -> Result<(), BundleError> {
    let io = |cause| BundleError::Io { doing: "list the folder", path: folder.to_owned(), cause };
    for entry in fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type().map_err(io)?;
        if kind.is_dir() {
            walk_into(&entry.path(), &format!("{name}/"), names)?;
        } else if kind.is_file() {
            names.push(name);
        } else {
            return Err(BundleError::NotAFile { file: name });
        }
    }
    Ok(())
}
