//! Named columns of one table as text: for commands that read a table which is no source of a study.

use std::collections::BTreeMap;
use std::path::Path;

use super::mapping::Settings;
use super::read;
use super::report::{CheckReport, Finding, Findings};
use crate::spec::{Source, SourceKind};

/// Columns of a CSV or Parquet file, with the place of every row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedTable {
    /// What findings call the file.
    source: String,
    file: String,
    /// Column of the file → its cells; empty is missing.
    columns: BTreeMap<String, Vec<String>>,
    /// Line of each row in a text file, row number from 1 in others.
    lines: Vec<u64>,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// Size of the file.
    pub bytes: u64,
    /// Rows that `only` left out.
    pub left_out: u64,
}

impl NamedTable {
    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.lines.len()
    }

    /// The cells of a column; none when it was not asked for.
    #[must_use]
    pub fn column(&self, name: &str) -> &[String] {
        self.columns.get(name).map_or(&[], Vec::as_slice)
    }

    /// An error about a cell, with file, line, column and value.
    #[must_use]
    pub fn error(&self, row: usize, column: &str, message: &str, remedy: &str) -> Finding {
        let place = super::report::Place { source: self.source.clone(), file: self.file.clone() };
        let value = self.column(column).get(row).map_or("", String::as_str);
        let error = place.error("value", message, remedy).in_column(column).with_value(value);
        match self.lines.get(row) {
            Some(&line) => *error.at_line(line),
            None => *error,
        }
    }
}

/// Reads the named columns of a CSV or Parquet file; `name` is what messages call it. With `only`, rows of which the column
/// holds none of the values are left out and counted.
///
/// # Errors
/// The report of what is wrong: the file, a missing column (with the nearest name), a malformed line.
pub fn named_columns(
    name: &str,
    path: &Path,
    columns: &[String],
    only: &BTreeMap<String, Vec<String>>,
) -> Result<NamedTable, CheckReport> {
    // Every kind of source has fields of its own; units ask for nothing but an id, and any column can be that.
    let source = Source {
        path: vec![path.to_owned()],
        columns: columns.first().map(|first| ("id".to_owned(), first.clone())).into_iter().collect(),
        categories: columns.iter().map(|column| (column.clone(), column.clone())).collect(),
        only: only.clone(),
        ..Source::of_kind(SourceKind::Units)
    };
    let refused = |finding: Box<Finding>| CheckReport { findings: vec![*finding], files: Vec::new() };
    let none = BTreeMap::new();
    let settings = Settings::new(name, &source, Path::new(""), &none).map_err(refused)?;
    let mut findings = Findings::default();
    let mut tables = read::source(&settings, &mut findings, &|_, _, _| {});
    let table = match tables.pop() {
        Some(table) if !findings.failed() => table,
        _ => return Err(findings.finish()),
    };
    let file = &findings.files[table.file];
    let text = |name: &String| {
        let cells = table.columns.get(name).map(|c| c.iter().map(str::to_owned).collect());
        (name.clone(), cells.unwrap_or_default())
    };
    Ok(NamedTable {
        source: table.place.source.clone(),
        file: table.place.file.clone(),
        columns: columns.iter().map(text).collect(),
        sha256: file.sha256.clone(),
        bytes: file.bytes,
        left_out: file.dropped.values().sum(),
        lines: table.lines,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_with_the_place_of_every_row() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        std::fs::write(&path, "id;score;area\n1;0,5;a\n2;;\"b;c\"\n3;x;a\n").unwrap();
        let names = ["score".to_owned(), "area".to_owned()];
        let table = named_columns("scores", &path, &names, &BTreeMap::new()).unwrap();
        assert_eq!(table.column("score"), ["0,5", "", "x"]);
        assert_eq!(
            (table.column("area")[1].as_str(), table.column("id").len(), table.sha256.len()),
            ("b;c", 0, 64)
        );
        let error = table.error(2, "score", "not a number", "Write 0.5").to_string();
        assert!(
            error.contains("list.csv") && error.contains("line 4") && error.contains("`score`"),
            "{error}"
        );
        let only = BTreeMap::from([("area".to_owned(), vec!["a".to_owned()])]);
        let table = named_columns("scores", &path, &names, &only).unwrap();
        assert_eq!((table.rows(), table.left_out, table.error(1, "score", "m", "r").line), (2, 1, Some(4)));
    }

    #[test]
    fn a_missing_column_is_named_with_the_nearest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        std::fs::write(&path, "id,score\n1,2\n").unwrap();
        let report = named_columns("scores", &path, &["scor".to_owned()], &BTreeMap::new()).unwrap_err();
        let error = report.errors().next().unwrap().to_string();
        assert!(error.contains("`scor`") && error.contains("Did you mean `score`?"), "{error}");
        let absent = folder.path().join("no.csv");
        let missing = named_columns("scores", &absent, &["a".to_owned()], &BTreeMap::new()).unwrap_err();
        assert!(missing.errors().next().unwrap().message.contains("no.csv"));
    }
}
