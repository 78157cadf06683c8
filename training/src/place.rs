//! Where in a file something is.

use std::path::{Path, PathBuf};

/// A file, and a line and column in it where known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    path: PathBuf,
    line_column: Option<(usize, usize)>,
}

impl Place {
    /// The place of this byte of a text.
    pub(crate) fn of_text(path: &Path, text: &str, offset: Option<usize>) -> Self {
        let line_column = offset.filter(|&at| text.is_char_boundary(at)).map(|at| {
            let before = &text[..at];
            let line_start = before.rfind('\n').map_or(0, |i| i + 1);
            (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
        });
        Self { path: path.to_owned(), line_column }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.path.display())?;
        match self.line_column {
            Some((line, column)) => write!(f, ", line {line}, column {column}"),
            None => Ok(()),
        }
    }
}
