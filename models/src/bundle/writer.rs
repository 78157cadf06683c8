//! Writing a bundle aside and swapping it into place in one step.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::files::{check_name, sha256};
use super::reader::read_manifest;
use super::{Bundle, BundleError, FORMAT, MANIFEST, Manifest};

/// Collects the files of a bundle in a hidden folder beside the target, on the same file system, and swaps it
/// into place when it is whole.
///
/// Killed at any moment, it leaves the old bundle or the new one at the target, whole, and perhaps its hidden
/// folder, which the next writer of the same target removes. Dropped before the end, it removes its folder.
#[derive(Debug)]
pub struct Writer {
    target: PathBuf,
    stage: PathBuf,
    /// Locked as long as this writer lives, so that another one can tell living from dead.
    _alive: File,
    files: BTreeMap<String, String>,
}

impl Writer {
    /// Starts a bundle that will stand at `target`, and removes what killed runs of the same target left.
    ///
    /// # Errors
    /// When something that is no bundle stands there, another run is writing it, or the folder beside it cannot
    /// be made.
    pub fn create(target: &Path) -> Result<Self, BundleError> {
        let (parent, name) = place(target)?;
        let target = parent.join(&name);
        check_replaceable(&target)?;
        sweep(&target, &parent, &name)?;
        let stage = parent.join(stage_name(&name, &std::process::id().to_string()));
        fs::create_dir(&stage).map_err(io("make the folder", &stage))?;
        let alive = File::open(&stage).map_err(io("open the folder", &stage))?;
        if let Err(TryLockError::WouldBlock) = alive.try_lock() {
            return Err(BundleError::Busy { path: target, stage });
        }
        Ok(Self { target, stage, _alive: alive, files: BTreeMap::new() })
    }

    /// Adds a file, by its path inside the bundle with `/`, and sees to it that it is on the disk.
    ///
    /// # Errors
    /// When the name leads elsewhere or was used before, or the disk refuses.
    pub fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), BundleError> {
        check_name(name)?;
        if self.files.contains_key(name) {
            return Err(BundleError::Twice { file: name.to_owned() });
        }
        self.put(name, bytes)?;
        self.files.insert(name.to_owned(), sha256(bytes));
        Ok(())
    }

    /// Writes the manifest (`format` and `files` are filled in here), reads the whole bundle back as a check,
    /// and swaps it into place. Gives the manifest as written.
    ///
    /// # Errors
    /// When a required file is missing, the bundle does not verify, or the swap fails; the old bundle then
    /// stays.
    pub fn finish(self, manifest: Manifest) -> Result<Manifest, BundleError> {
        let manifest = Manifest { format: FORMAT.to_owned(), files: self.files.clone(), ..manifest };
        let mut text = serde_json::to_string_pretty(&manifest).map_err(|cause| BundleError::Json {
            file: MANIFEST.to_owned(),
            line: cause.line(),
            column: cause.column(),
            cause,
        })?;
        text.push('\n');
        self.put(MANIFEST, text.as_bytes())?;
        Bundle::open(&self.stage)?;
        sync_folders(&self.stage)?;
        self.swap()?;
        if let Some(parent) = self.target.parent() {
            sync(parent)?;
        }
        // What stands at the stage now is the old bundle, if there was one; dropping `self` removes it.
        Ok(manifest)
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), BundleError> {
        let path = self.stage.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(io("make the folder", parent))?;
        }
        let write = || {
            let mut file = File::create_new(&path)?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        write().map_err(io("write", &path))
    }

    fn swap(&self) -> Result<(), BundleError> {
        check_replaceable(&self.target)?;
        let flag = if self.target.exists() { RenameFlags::EXCHANGE } else { RenameFlags::NOREPLACE };
        renameat_with(CWD, &self.stage, CWD, &self.target, flag).map_err(|cause| {
            let path = self.target.clone();
            match cause {
                rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP => {
                    BundleError::NoSwap { path, cause: cause.into() }
                }
                _ => BundleError::Io { doing: "put the bundle in place", path, cause: cause.into() },
            }
        })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // If this fails, the next writer of the same target removes the folder.
        let _ = fs::remove_dir_all(&self.stage);
    }
}

/// Folder and name of the target, links followed, so that the folder itself is replaced and not a link to it.
fn place(target: &Path) -> Result<(PathBuf, OsString), BundleError> {
    let no_name = || BundleError::NoName { path: target.to_owned() };
    let whole = match target.canonicalize() {
        Ok(whole) => whole,
        Err(_) => {
            let name = target.file_name().ok_or_else(no_name)?;
            let parent = match target.parent() {
                Some(parent) if parent != Path::new("") => parent,
                _ => Path::new("."),
            };
            fs::create_dir_all(parent).map_err(io("make the folder", parent))?;
            parent.canonicalize().map_err(io("find the folder", parent))?.join(name)
        }
    };
    match (whole.parent(), whole.file_name()) {
        (Some(parent), Some(name)) => Ok((parent.to_owned(), name.to_owned())),
        _ => Err(no_name()),
    }
}

/// Only a bundle (damaged or not) or an empty folder is replaced.
fn check_replaceable(target: &Path) -> Result<(), BundleError> {
    let refused = || Err(BundleError::NotReplaced { path: target.to_owned() });
    if target.symlink_metadata().is_err() {
        return Ok(());
    }
    if !target.is_dir() {
        return refused();
    }
    let empty = fs::read_dir(target).map_err(io("list the folder", target))?.next().is_none();
    let ours = matches!(
        read_manifest(target),
        Ok(_) | Err(BundleError::Missing { .. } | BundleError::Format { .. })
    );
    if empty || ours { Ok(()) } else { refused() }
}

fn stage_name(name: &OsStr, run: &str) -> OsString {
    let mut stage = OsString::from(".");
    stage.push(name);
    stage.push(".writing-");
    stage.push(run);
    stage
}

/// Removes the folders that killed runs of this target left beside it.
fn sweep(target: &Path, parent: &Path, name: &OsStr) -> Result<(), BundleError> {
    let prefix = stage_name(name, "");
    let prefix = prefix.as_encoded_bytes();
    for entry in fs::read_dir(parent).map_err(io("list the folder", parent))? {
        let entry = entry.map_err(io("list the folder", parent))?;
        let found = entry.file_name();
        let run = found.as_encoded_bytes().strip_prefix(prefix);
        let ours = run.is_some_and(|run| !run.is_empty() && run.iter().all(u8::is_ascii_digit));
        if !ours || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let stage = entry.path();
        // Without its folder open there is nothing to lock, and nothing alive in it either.
        if let Ok(folder) = File::open(&stage)
            && let Err(TryLockError::WouldBlock) = folder.try_lock()
        {
            return Err(BundleError::Busy { path: target.to_owned(), stage });
        }
        fs::remove_dir_all(&stage).map_err(io("remove what a killed run left", &stage))?;
    }
    Ok(())
}

fn sync_folders(folder: &Path) -> Result<(), BundleError> {
    for entry in fs::read_dir(folder).map_err(io("list the folder", folder))? {
        let path = entry.map_err(io("list the folder", folder))?.path();
        if path.is_dir() {
            sync_folders(&path)?;
        }
    }
    sync(folder)
}

fn sync(folder: &Path) -> Result<(), BundleError> {
    File::open(folder).and_then(|f| f.sync_all()).map_err(io("save the folder", folder))
}

fn io<'a>(doing: &'static str, path: &'a Path) -> impl Fn(std::io::Error) -> BundleError + 'a {
    move |cause| BundleError::Io { doing, path: path.to_owned(), cause }
}
