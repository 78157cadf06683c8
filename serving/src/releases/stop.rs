//! The switch that stops all answers from figures, with a reason, at once.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use models::Text;
use serde::{Deserialize, Serialize};

use crate::file;

/// Longest reason, in bytes, that a file may hold.
const LONGEST: usize = 4096;

/// Why nothing is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stop {
    /// For readers.
    pub(crate) reason: Text,
}

/// The switch. With a file, the file is what counts: whoever can reach the machine can stop the service by making
/// it, and a stop outlives a restart.
#[derive(Debug, Default)]
pub(crate) struct Switch {
    file: Option<PathBuf>,
    stop: ArcSwapOption<Stop>,
}

impl Switch {
    /// A switch that looks at a file, if there is one.
    pub(crate) fn new(file: Option<PathBuf>) -> Self {
        let switch = Self { file, stop: ArcSwapOption::empty() };
        switch.look();
        switch
    }

    /// The reason, while stopped.
    pub(crate) fn stopped(&self) -> Option<Arc<Stop>> {
        self.stop.load_full()
    }

    /// Looks at the file again; gives whether that changed anything.
    pub(crate) fn look(&self) -> bool {
        let Some(path) = &self.file else { return false };
        let found = read(path).map(Arc::new);
        let changed = self.stop.load().as_deref() != found.as_deref();
        if changed {
            self.stop.store(found);
        }
        changed
    }

    /// Stops all answers.
    ///
    /// # Errors
    /// When the file cannot be written; answers are stopped all the same, until a restart.
    pub(crate) fn stop(&self, stop: Stop) -> io::Result<()> {
        let text = serde_json::to_vec(&stop)?;
        self.stop.store(Some(Arc::new(stop)));
        self.file.as_deref().map_or(Ok(()), |path| file::replace(path, &text))
    }

    /// Lets answers go on.
    ///
    /// # Errors
    /// When the file cannot be removed; then the stop stays.
    pub(crate) fn go_on(&self) -> io::Result<()> {
        if let Some(path) = &self.file
            && let Err(error) = std::fs::remove_file(path)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
        self.stop.store(None);
        Ok(())
    }
}

/// What the file says: JSON as this program writes it, or the reason in plain text. A file that is there but
/// cannot be read stops too.
fn read(path: &Path) -> Option<Stop> {
    let bytes = match std::fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        read => read.unwrap_or_default(),
    };
    if let Ok(stop) = serde_json::from_slice(&bytes) {
        return Some(stop);
    }
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST)]).trim().to_owned();
    let reason = if text.is_empty() {
        Text { nl: "Er is geen reden opgegeven.".to_owned(), en: "No reason was given.".to_owned() }
    } else {
        Text { nl: text.clone(), en: text }
    };
    Some(Stop { reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_what_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stop");
        let switch = Switch::new(Some(path.clone()));
        assert!(switch.stopped().is_none() && !switch.look());
        std::fs::write(&path, "Fout in de bron.\n").unwrap();
        assert!(switch.look() && !switch.look());
        assert_eq!(switch.stopped().unwrap().reason.nl, "Fout in de bron.");
        assert!(Switch::new(Some(path.clone())).stopped().is_some(), "a restart changes nothing");
        std::fs::write(&path, "").unwrap();
        assert!(switch.look() && switch.stopped().is_some(), "an empty file stops too");
        switch.go_on().unwrap();
        assert!(switch.stopped().is_none() && !path.exists());
        let stop = Stop { reason: Text { nl: "a".to_owned(), en: "b".to_owned() } };
        switch.stop(stop.clone()).unwrap();
        assert_eq!(read(&path), Some(stop));
    }
}
