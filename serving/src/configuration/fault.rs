//! What is wrong with a configuration file, and where.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Why a configuration file is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// It cannot be read.
    #[error("cannot read the configuration file {}: {cause}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
    /// It says something that cannot be.
    #[error("{}{place}: {message}{remedy}", .path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Line and column, where known.
        place: String,
        /// What is wrong.
        message: String,
        /// What was probably meant.
        remedy: String,
    },
}

/// A value that cannot work, and the words of the file by which it is found.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) at: String,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(at: impl Into<String>, message: impl Into<String>) -> Self {
        Self { at: at.into(), message: message.into() }
    }
}

impl ConfigurationError {
    pub(super) fn of_toml(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        let message = error.message().lines().collect::<Vec<_>>().join("; ");
        let remedy = suggestion(&message).map_or(String::new(), |name| format!(". Did you mean `{name}`?"));
        let place = place(text, error.span().map(|Range { start, .. }| start));
        Self::Invalid { path: path.to_owned(), place, message, remedy }
    }

    pub(super) fn of_fault(path: &Path, text: &str, fault: Fault) -> Self {
        let Fault { at, message } = fault;
        Self::Invalid {
            path: path.to_owned(),
            place: place(text, text.find(&at)),
            message,
            remedy: String::new(),
        }
    }
}

fn place(text: &str, offset: Option<usize>) -> String {
    let Some(before) = offset.and_then(|at| text.get(..at)) else { return String::new() };
    let start = before.rfind('\n').map_or(0, |i| i + 1);
    format!(", line {}, column {}", before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}

/// For "unknown field `x`, expected one of `a`, `b`": the nearest of the expected names.
fn suggestion(message: &str) -> Option<String> {
    let rest =
        message.strip_prefix("unknown field `").or_else(|| message.strip_prefix("unknown variant `"))?;
    let (unknown, expected) = rest.split_once('`')?;
    let likeness = |name: &str| strsim::jaro_winkler(unknown, name);
    let names = expected.split('`').skip(1).step_by(2);
    let nearest = names.max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(nearest) > 0.75).then(|| nearest.to_owned())
}
