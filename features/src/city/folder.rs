//! The output folder: files are written aside, flushed to disk, and renamed into place when all are done.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::error::CityError;

/// Every file that a city can consist of.
const FILES: [&str; 15] = [
    "README.md",
    "gemeente.geojson",
    "wijken.geojson",
    "buurten.geojson",
    "buurten_rd.geojson",
    "panden.csv",
    "vondsten.csv",
    "controles.csv",
    "meldingen.csv",
    "kerncijfers.csv",
    "truth/panden.csv",
    "truth/controles.csv",
    "truth/kwekerijen.csv",
    "truth/gebieden.csv",
    "truth",
];
const ASIDE: &str = ".part";

/// A file that is finished but not yet in place.
struct Finished {
    name: &'static str,
    rows: u64,
}

/// An output folder that takes new files all at once.
pub(crate) struct Folder {
    root: PathBuf,
    finished: Vec<Finished>,
    placed: bool,
}

impl Folder {
    /// Opens a folder, which may be absent, empty or an earlier city (study files may lie beside it).
    pub(crate) fn open(root: &Path) -> Result<Self, CityError> {
        fs::create_dir_all(root).map_err(CityError::io(root, "make the folder"))?;
        refuse_foreign(root, "")?;
        let truth = root.join("truth");
        if truth.exists() {
            refuse_foreign(&truth, "truth/")?;
        }
        fs::create_dir_all(&truth).map_err(CityError::io(&truth, "make the folder"))?;
        Ok(Self { root: root.to_path_buf(), finished: Vec::new(), placed: false })
    }

    /// Writes one file aside; `fill` returns the number of rows.
    pub(crate) fn write(
        &mut self,
        name: &'static str,
        fill: impl FnOnce(&mut dyn Write) -> std::io::Result<u64>,
    ) -> Result<(), CityError> {
        let path = self.aside(name);
        let file = File::create(&path).map_err(CityError::io(&path, "make the file"))?;
        let mut writer = BufWriter::with_capacity(1 << 18, file);
        let rows = fill(&mut writer).map_err(CityError::io(&path, "write the file"))?;
        self.finished.push(Finished { name, rows });
        let file = writer
            .into_inner()
            .map_err(|e| e.into_error())
            .map_err(CityError::io(&path, "write the file"))?;
        file.sync_all().map_err(CityError::io(&path, "flush the file to disk"))
    }

    /// Puts every file in place, takes away what an earlier city had more, and gives the rows per file.
    pub(crate) fn place(mut self) -> Result<Vec<(&'static str, u64)>, CityError> {
        for file in &self.finished {
            let (from, to) = (self.aside(file.name), self.root.join(file.name));
            fs::rename(&from, &to).map_err(CityError::io(&to, "put the file in place"))?;
        }
        self.placed = true;
        for name in FILES {
            let path = self.root.join(name);
            if path.is_file() && !self.finished.iter().any(|f| f.name == name) {
                fs::remove_file(&path).map_err(CityError::io(&path, "remove the file of an earlier city"))?;
            }
        }
        for folder in [self.root.join("truth"), self.root.clone()] {
            let opened = File::open(&folder).map_err(CityError::io(&folder, "open the folder"))?;
            opened.sync_all().map_err(CityError::io(&folder, "flush the folder to disk"))?;
        }
        Ok(self.finished.iter().map(|f| (f.name, f.rows)).collect())
    }

    fn aside(&self, name: &str) -> PathBuf {
        self.root.join(format!("{name}{ASIDE}"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.placed {
            for name in FILES {
                // A failed run leaves nothing behind; what cannot be removed is overwritten by the next.
                let _ = fs::remove_file(self.aside(name));
            }
        }
    }
}

fn refuse_foreign(folder: &Path, within: &str) -> Result<(), CityError> {
    let read = CityError::io;
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(read(folder, "read the folder"))? {
        names
            .push(entry.map_err(read(folder, "read the folder"))?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    let ours = |name: &String| {
        let plain = name.strip_suffix(ASIDE).unwrap_or(name);
        FILES.contains(&format!("{within}{plain}").as_str())
    };
    let study = |name: &String| within.is_empty() && name.ends_with(".toml");
    match names.into_iter().find(|name| !ours(name) && !study(name)) {
        Some(name) => Err(CityError::Foreign { folder: folder.to_path_buf(), name }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_in_place_before_everything_is() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("stad");
        let mut folder = Folder::open(&root).unwrap();
        folder.write("panden.csv", |w| w.write_all(b"a\n").map(|()| 1)).unwrap();
        assert!(!root.join("panden.csv").exists());
        drop(folder);
        assert!(!root.join("panden.csv.part").exists());
        let mut folder = Folder::open(&root).unwrap();
        folder.write("panden.csv", |w| w.write_all(b"b\n").map(|()| 1)).unwrap();
        assert_eq!(folder.place().unwrap(), [("panden.csv", 1)]);
        assert_eq!(fs::read(root.join("panden.csv")).unwrap(), b"b\n");
        // A next city without panden takes them away.
        Folder::open(&root).unwrap().place().unwrap();
        assert!(!root.join("panden.csv").exists());
    }

    #[test]
    fn foreign_files_are_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("voorbeeldstad.toml"), "").unwrap();
        assert!(Folder::open(dir.path()).is_ok());
        fs::write(dir.path().join("brief.docx"), "").unwrap();
        let message = Folder::open(dir.path()).err().unwrap().to_string();
        assert!(message.contains("brief.docx"), "{message}");
    }
}
