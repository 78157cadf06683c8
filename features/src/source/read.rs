//! Opening files: what they are, their hash, and the reader for their format.

use std::fs::File;
use std::io::{BufReader, Read};

use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};

use super::mapping::{FilePlan, Resolved, Settings};
use super::prints::RowDigests;
use super::raw::{Content, RawTable};
use super::report::{FileCount, Finding, Findings, Place};
use super::{csv_file, geojson_file, geopackage, parquet_file};
use crate::spec::{Format, SourceKind};

/// How much of a shape is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shapes {
    /// As it is in the file.
    Whole,
    /// A point inside it: panden are millions.
    Point,
}

/// One file being read.
pub(crate) struct Job<'a> {
    pub(crate) settings: &'a Settings<'a>,
    pub(crate) plan: &'a FilePlan,
    pub(crate) place: Place,
    pub(crate) findings: &'a mut Findings,
    pub(crate) shapes: Shapes,
    progress: &'a dyn Fn(&str, u64, u64),
    resolved: Resolved,
    size: u64,
}

/// Tells the progress every so many bytes.
struct Meter<'a, R> {
    inner: R,
    name: &'a str,
    progress: &'a dyn Fn(&str, u64, u64),
    done: u64,
    told: u64,
    size: u64,
}

impl<R: Read> Read for Meter<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.done += read as u64;
        if self.done >= self.told + (1 << 20) {
            self.told = self.done;
            (self.progress)(self.name, self.done.min(self.size), self.size);
        }
        Ok(read)
    }
}

impl<'a> Job<'a> {
    /// The bytes of the file, unpacked when it ends in `.gz`.
    pub(crate) fn open(&self) -> Result<Box<dyn Read + 'a>, Box<Finding>> {
        let file = File::open(&self.plan.path).map_err(|e| self.not_opened(&e))?;
        let meter = Meter {
            inner: file,
            name: self.settings.name,
            progress: self.progress,
            done: 0,
            told: 0,
            size: self.size,
        };
        if self.plan.shown.to_ascii_lowercase().ends_with(".gz") {
            return Ok(Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, meter))));
        }
        Ok(Box::new(BufReader::with_capacity(1 << 16, meter)))
    }

    fn not_opened(&self, error: &std::io::Error) -> Box<Finding> {
        self.place.error(
            "unreadable_file",
            format!("cannot open {}: {error}", self.plan.path.display()),
            "Check `path` in the study file (it counts from the study's folder) and the right to read the file",
        )
    }

    /// Holds the header against the mapping; gives the columns to read.
    pub(crate) fn resolve(&mut self, header: &[String]) -> Result<Vec<String>, Box<Finding>> {
        self.resolved = self.settings.resolve(self.plan, header, &self.place, self.findings)?;
        Ok(self.resolved.needed())
    }

    /// SHA-256 of the file as it is on disk, and a look at its first bytes.
    fn hash(&self) -> Result<String, Box<Finding>> {
        let mut file = File::open(&self.plan.path).map_err(|e| self.not_opened(&e))?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 1 << 16];
        let mut first = true;
        loop {
            let read = file.read(&mut buffer).map_err(|e| self.not_opened(&e))?;
            if first {
                self.right_kind(&buffer[..read])?;
                first = false;
            }
            if read == 0 {
                break;
            }
            hasher.update(&buffer[..read]);
        }
        Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Files under a wrong ending are told apart by how they begin.
    fn right_kind(&self, start: &[u8]) -> Result<(), Box<Finding>> {
        if start.is_empty() {
            return Err(self.place.error(
                "empty_file",
                "the file is empty (0 bytes)",
                "Export or download it again",
            ));
        }
        let is = if start.starts_with(b"PAR1") {
            Some((Format::Parquet, "a Parquet file", "format = \"parquet\""))
        } else if start.starts_with(b"SQLite format 3\0") {
            Some((Format::GeoPackage, "a GeoPackage", "format = \"geo_package\""))
        } else if start.starts_with(b"PK\x03\x04") {
            let remedy = "Unpack it, or save the first sheet of the spreadsheet as CSV UTF-8";
            return Err(self.place.error("format", "this is a ZIP or Excel file", remedy));
        } else {
            None
        };
        let packed = start.starts_with(&[0x1f, 0x8b]);
        let name_packed = self.plan.shown.to_ascii_lowercase().ends_with(".gz");
        if packed != name_packed && matches!(self.plan.format, Format::Csv | Format::GeoJson) {
            let (is, remedy) = if packed {
                ("is gzip-packed", "Let its name end in .gz")
            } else {
                ("is not gzip-packed", "Drop the .gz from its name, or download it again")
            };
            return Err(self.place.error("format", format!("the file {is}"), remedy));
        }
        match is {
            Some((format, what, setting)) if format != self.plan.format => Err(self.place.error(
                "format",
                format!("this is {what}"),
                format!("Give the file the right ending, or set {setting}"),
            )),
            None if matches!(self.plan.format, Format::Parquet | Format::GeoPackage) => {
                Err(self.place.error(
                    "format",
                    format!("this is not a {:?} file: it begins with other bytes", self.plan.format),
                    "Download it again, or set `format`",
                ))
            }
            _ => Ok(()),
        }
    }
}

/// Reads all files of a source. Errors go to the findings; what could be read is given.
pub(crate) fn source(
    settings: &Settings<'_>,
    findings: &mut Findings,
    progress: &dyn Fn(&str, u64, u64),
) -> Vec<RawTable> {
    let mut tables = Vec::new();
    for plan in &settings.files {
        match file(settings, plan, findings, progress) {
            Ok(table) => tables.push(table),
            Err(finding) => findings.add(finding),
        }
    }
    let rows: usize = tables.iter().map(RawTable::rows).sum();
    if rows == 0 && !settings.files.is_empty() && !findings.failed() {
        let place = tables.first().map(|table| table.place.clone()).unwrap_or_default();
        findings.add(place.error(
            "no_rows",
            "there are no rows",
            "Look whether the export went well, and at `only`",
        ));
    }
    tables
}

fn file(
    settings: &Settings<'_>,
    plan: &FilePlan,
    findings: &mut Findings,
    progress: &dyn Fn(&str, u64, u64),
) -> Result<RawTable, Box<Finding>> {
    let size = std::fs::metadata(&plan.path).map_or(0, |data| data.len());
    let place = Place { source: settings.name.to_owned(), file: plan.shown.clone() };
    let shapes = if settings.source.kind == SourceKind::Areas { Shapes::Whole } else { Shapes::Point };
    let mut job =
        Job { settings, plan, place, findings, shapes, progress, resolved: Resolved::default(), size };
    progress(settings.name, 0, size);
    let fingerprint = Fingerprint { sha256: job.hash()?, bytes: size };
    let content = match plan.format {
        Format::Csv => csv_file::read(&mut job),
        Format::Parquet => parquet_file::read(&mut job),
        Format::GeoJson => geojson_file::read(&mut job),
        Format::GeoPackage => geopackage::read(&mut job),
    }?;
    progress(settings.name, size, size);
    let Job { place, findings, resolved, .. } = job;
    Ok(table(settings, plan, place, findings, resolved, content, fingerprint))
}

/// What tells a file from any other.
struct Fingerprint {
    sha256: String,
    bytes: u64,
}

/// The file's table without the rows that `only` leaves out, and its line in the report.
fn table(
    settings: &Settings<'_>,
    plan: &FilePlan,
    place: Place,
    findings: &mut Findings,
    resolved: Resolved,
    content: Content,
    fingerprint: Fingerprint,
) -> RawTable {
    let Fingerprint { sha256, bytes } = fingerprint;
    let unread: u64 = content.dropped.values().sum();
    let name =
        plan.path.file_name().map_or_else(|| plan.shown.clone(), |name| name.to_string_lossy().into_owned());
    let key = format!("{}/{name}", place.source);
    // Two files of one name in different folders keep the name that the study gives them.
    let key = match findings.inputs.get(&key) {
        Some(other) if *other != sha256 => format!("{}/{}", place.source, plan.shown),
        _ => key,
    };
    findings.inputs.insert(key, sha256.clone());
    findings.files.push(FileCount {
        source: place.source.clone(),
        file: place.file.clone(),
        sha256,
        bytes,
        rows_read: content.lines.len() as u64 + unread,
        rows_kept: 0,
        dropped: content.dropped.clone(),
    });
    let mut table = RawTable {
        place,
        file: findings.files.len() - 1,
        resolved,
        digests: RowDigests::of(&content),
        columns: content.columns,
        lines: content.lines,
        shapes: content.shapes,
        crs: content.crs,
        levels: plan.levels.clone(),
    };
    match settings.source.crs.as_deref() {
        Some("rd") => table.crs = Some(super::raw::Crs::Rd),
        Some(_) => table.crs = Some(super::raw::Crs::Wgs84),
        None => {}
    }
    for (column, values) in table.resolved.only.clone() {
        let Some(cells) = table.columns.get(&column) else { continue };
        let rows: Vec<bool> = cells.iter().map(|cell| values.iter().any(|value| value == cell)).collect();
        let gone = table.keep(&rows);
        findings.drop_rows(table.file, &format!("only `{column}`"), gone);
    }
    table
}
