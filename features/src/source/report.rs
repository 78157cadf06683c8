//! What a check found: per kind of trouble the first places and how many there are, and per file how many rows
//! came in, stayed and went, with the reason.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The run stops.
    Error,
    /// The run goes on; the finding is counted and listed.
    Warning,
}

/// One more place of the same trouble.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Example {
    /// Line of a text file, or row (feature) number from 1 in other files.
    pub line: Option<u64>,
    /// The value there.
    pub value: Option<String>,
}

/// One kind of trouble in one column of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Error or warning.
    pub severity: Severity,
    /// Stable id, such as `date_in_future`.
    pub check: String,
    /// Name of the source in the study.
    pub source: String,
    /// The file as the study names it; empty when the trouble is in the study file.
    pub file: String,
    /// First line (text files) or row or feature number (other files) where it was seen.
    pub line: Option<u64>,
    /// Column of the file, or the key of the study file.
    pub column: Option<String>,
    /// The first value.
    pub value: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
    /// How often.
    pub count: u64,
    /// A few places after the first.
    pub examples: Vec<Example>,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "source `{}`", self.source)?;
        if !self.file.is_empty() {
            write!(f, ", file `{}`", self.file)?;
        }
        if let Some(line) = self.line {
            write!(f, ", {} {line}", self.word())?;
        }
        if let Some(column) = &self.column {
            write!(f, ", {} `{column}`", if self.file.is_empty() { "key" } else { "column" })?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(value) = &self.value {
            write!(f, " (value `{value}`)")?;
        }
        if self.count > 1 {
            write!(f, ", {} times", self.count)?;
        }
        write!(f, ". {}", self.remedy)
    }
}

impl Finding {
    /// What `line` counts: lines of a text, or rows of a table.
    fn word(&self) -> &'static str {
        let name = self.file.to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        let text = [".csv", ".txt", ".tsv"].iter().any(|ending| name.ends_with(ending));
        if text || self.check == "unreadable" { "line" } else { "row" }
    }
}

/// What became of the rows of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileCount {
    /// Name of the source in the study.
    pub source: String,
    /// The file as the study names it, with its layer where it has several.
    pub file: String,
    /// SHA-256 of the file's bytes, in hexadecimal.
    pub sha256: String,
    /// Size of the file on disk.
    pub bytes: u64,
    /// Rows (features) in the file.
    pub rows_read: u64,
    /// Rows that reached the tables.
    pub rows_kept: u64,
    /// The others, by reason; together with `rows_kept` they make `rows_read`.
    pub dropped: BTreeMap<String, u64>,
}

/// The outcome of reading and checking all sources.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// Errors first, then warnings, each in the order in which they were met.
    pub findings: Vec<Finding>,
    /// Per file, in the order of reading.
    pub files: Vec<FileCount>,
}

impl CheckReport {
    /// The errors.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Error)
    }

    /// The warnings.
    pub fn warnings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Warning)
    }

    /// The same without the values of single rows (pand ids, dates): what may leave the place where the sources are.
    #[must_use]
    pub fn without_values(&self) -> Self {
        let mut bare = self.clone();
        for finding in &mut bare.findings {
            finding.value = None;
            finding.examples.clear();
        }
        bare
    }

    /// As a plain text table: first the files with their rows, then the findings.
    #[must_use]
    pub fn table(&self) -> String {
        let mut rows = vec![["source", "file", "read", "kept", "left out"].map(str::to_owned)];
        for file in &self.files {
            let dropped: Vec<String> = file.dropped.iter().map(|(why, n)| format!("{n} {why}")).collect();
            rows.push([
                file.source.clone(),
                file.file.clone(),
                file.rows_read.to_string(),
                file.rows_kept.to_string(),
                dropped.join(", "),
            ]);
        }
        let mut text = aligned(&rows);
        for finding in &self.findings {
            let word = if finding.severity == Severity::Error { "ERROR" } else { "warning" };
            let _ = write!(text, "\n{word} {}: {finding}", finding.check);
            if !finding.examples.is_empty() {
                let places: Vec<String> =
                    finding.examples.iter().map(|example| example.shown(finding.word())).collect();
                let _ = write!(text, " Also: {}.", places.join("; "));
            }
        }
        let _ = write!(text, "\n{} errors, {} warnings\n", self.errors().count(), self.warnings().count());
        text
    }
}

impl Example {
    fn shown(&self, word: &str) -> String {
        match (self.line, &self.value) {
            (Some(line), Some(value)) => format!("{word} {line} `{value}`"),
            (Some(line), None) => format!("{word} {line}"),
            (None, Some(value)) => format!("`{value}`"),
            (None, None) => "elsewhere".to_owned(),
        }
    }
}

/// Columns padded to their widest cell, two spaces apart.
fn aligned(rows: &[[String; 5]]) -> String {
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2), width(3)];
    let mut text = String::new();
    for row in rows {
        let _ = writeln!(
            text,
            "{:<w0$}  {:<w1$}  {:>w2$}  {:>w3$}  {}",
            row[0],
            row[1],
            row[2],
            row[3],
            row[4],
            w0 = widths[0],
            w1 = widths[1],
            w2 = widths[2],
            w3 = widths[3],
        );
    }
    text
}

/// Which source and file a finding is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    pub(crate) source: String,
    pub(crate) file: String,
}

impl Place {
    /// An error that stops the reading of this file.
    pub(crate) fn error(
        &self,
        check: &str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Box<Finding> {
        Box::new(Finding {
            severity: Severity::Error,
            check: check.to_owned(),
            source: self.source.clone(),
            file: self.file.clone(),
            line: None,
            column: None,
            value: None,
            message: message.into(),
            remedy: remedy.into(),
            count: 1,
            examples: Vec::new(),
        })
    }
}

impl Finding {
    pub(crate) fn at_line(mut self: Box<Self>, line: u64) -> Box<Self> {
        self.line = Some(line);
        self
    }

    pub(crate) fn in_column(mut self: Box<Self>, column: &str) -> Box<Self> {
        self.column = Some(column.to_owned());
        self
    }

    pub(crate) fn with_value(mut self: Box<Self>, value: &str) -> Box<Self> {
        self.value = Some(clipped(value));
        self
    }

    pub(crate) fn as_warning(mut self: Box<Self>) -> Box<Self> {
        self.severity = Severity::Warning;
        self
    }
}

/// A value as a message may show it: not longer than a line can hold.
fn clipped(value: &str) -> String {
    let mut shown: String = value.chars().take(60).collect();
    if shown.len() < value.len() {
        shown.push('…');
    }
    shown
}

/// Counts one kind of trouble and remembers its first places.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) count: u64,
    first: Vec<(Option<u64>, String)>,
}

impl Tally {
    const SHOWN: usize = 5;

    pub(crate) fn hit(&mut self, line: u64, value: &str) {
        self.count += 1;
        if self.first.len() < Self::SHOWN {
            self.first.push((Some(line), clipped(value)));
        }
    }

    /// The first value that was counted.
    pub(crate) fn first_value(&self) -> Option<&str> {
        self.first.first().map(|(_, value)| value.as_str())
    }

    pub(crate) fn value(&mut self, value: &str) {
        self.count += 1;
        if self.first.len() < Self::SHOWN {
            self.first.push((None, clipped(value)));
        }
    }
}

/// The report while it grows.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    list: Vec<Finding>,
    pub(crate) files: Vec<FileCount>,
    /// `source/file name` → SHA-256.
    pub(crate) inputs: BTreeMap<String, String>,
}

impl Findings {
    pub(crate) fn add(&mut self, finding: Box<Finding>) {
        self.list.push(*finding);
    }

    /// Adds what a tally counted; nothing when it counted nothing.
    pub(crate) fn counted(&mut self, tally: &Tally, finding: Box<Finding>) {
        let Some((line, value)) = tally.first.first() else { return };
        let mut finding = *finding;
        finding.line = *line;
        finding.value = (!value.is_empty()).then(|| value.clone());
        finding.count = tally.count;
        finding.examples = tally.first[1..]
            .iter()
            .map(|(line, value)| Example { line: *line, value: (!value.is_empty()).then(|| value.clone()) })
            .collect();
        self.list.push(finding);
    }

    pub(crate) fn failed(&self) -> bool {
        self.list.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// Counts rows of a file that did not reach the tables.
    pub(crate) fn drop_rows(&mut self, file: usize, reason: &str, rows: u64) {
        if rows > 0 {
            *self.files[file].dropped.entry(reason.to_owned()).or_default() += rows;
        }
    }

    pub(crate) fn finish(mut self) -> CheckReport {
        self.list.sort_by_key(|finding| finding.severity);
        CheckReport { findings: self.list, files: self.files }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_names_places_counts_and_reasons() {
        let place = Place { source: "panden".to_owned(), file: "panden.csv".to_owned() };
        let mut findings = Findings::default();
        let mut tally = Tally::default();
        for line in 2..12 {
            tally.hit(line, "x");
        }
        findings.counted(&tally, place.error("odd", "odd value", "Fix it.").in_column("woz").as_warning());
        findings.add(place.error("worse", "worse", "Stop."));
        findings.files.push(FileCount {
            source: "panden".to_owned(),
            file: "panden.csv".to_owned(),
            sha256: String::new(),
            bytes: 0,
            rows_read: 10,
            rows_kept: 7,
            dropped: BTreeMap::new(),
        });
        findings.drop_rows(0, "only", 3);
        let report = findings.finish();
        assert_eq!(report.findings[0].check, "worse", "errors come first");
        assert_eq!((report.findings[1].count, report.findings[1].examples.len()), (10, 4));
        let table = report.table();
        assert!(table.contains("3 only") && table.contains("line 2, column `woz`"), "{table}");
        assert!(table.contains("1 errors, 1 warnings"), "{table}");
        let bare = report.without_values();
        assert!(bare.findings.iter().all(|finding| finding.value.is_none() && finding.examples.is_empty()));
    }
}
