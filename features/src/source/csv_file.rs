//! CSV: separator, encoding, and every malformed line by its number.

use std::cell::Cell;
use std::io::{BufRead, BufReader, Read};
use std::rc::Rc;

use csv::ByteRecord;

use super::mapping::listed;
use super::raw::{Cells, Content};
use super::read::Job;
use super::report::{Finding, Tally};

/// No record of a register is longer; a file without line ends or with a quote that is never closed is.
const LONGEST: u64 = 16 << 20;
const SEPARATORS: [u8; 4] = *b",;\t|";

/// Counts what it hands out and stops when one record has taken more than [`LONGEST`].
struct Guard<R> {
    inner: R,
    since_record: Rc<Cell<u64>>,
}

/// The guard stopped.
#[derive(Debug, thiserror::Error)]
#[error("record too long")]
struct TooLong;

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.since_record.get() > LONGEST {
            return Err(std::io::Error::other(TooLong));
        }
        let read = self.inner.read(buffer)?;
        self.since_record.set(self.since_record.get() + read as u64);
        Ok(read)
    }
}

/// Reads the columns that the job wants.
pub(crate) fn read(job: &mut Job<'_>) -> Result<Content, Box<Finding>> {
    let (header_line, separator) = header(job)?;
    let since_record = Rc::new(Cell::new(0));
    let guard = Guard { inner: job.open()?, since_record: Rc::clone(&since_record) };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(separator).flexible(true).has_headers(false).from_reader(guard);
    let windows = job.settings.source.encoding.as_deref() == Some("windows-1252");
    let mut record = ByteRecord::new();
    if !next(job, &mut reader, &mut record, &since_record)? {
        return Err(job.place.error(
            "empty_file",
            "the file is empty",
            "Export it again, with a line of column names",
        ));
    }
    let names = (0..record.len())
        .map(|at| text(job, &record, at, windows, &[]).map(|name| name.trim().to_owned()))
        .collect::<Result<Vec<_>, _>>()?;
    one_column(job, &names, &header_line, separator)?;
    let needed = job.resolve(&names)?;
    unique(job, &names, &needed)?;
    let places: Vec<usize> =
        needed.iter().filter_map(|column| names.iter().position(|name| name == column)).collect();
    let mut cells = vec![Cells::default(); places.len()];
    let mut content = Content::default();
    let mut ragged = Tally::default();
    while next(job, &mut reader, &mut record, &since_record)? {
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != names.len() {
            ragged.hit(line, &format!("{} fields", record.len()));
            continue;
        }
        for (cells, &at) in cells.iter_mut().zip(&places) {
            cells.push(&text(job, &record, at, windows, &names)?);
        }
        content.lines.push(line);
    }
    if ragged.count > 0 {
        content.dropped.insert("ragged_row".to_owned(), ragged.count);
        let error = job.place.error(
            "ragged_row",
            format!("the line does not have the {} fields of the header", names.len()),
            "Put texts that hold the separator between double quotes, or set `separator`",
        );
        job.findings.counted(&ragged, error);
    }
    content.columns = needed.into_iter().zip(cells).collect();
    Ok(content)
}

/// The first line and its separator: the given one, or the one that occurs most.
fn header(job: &mut Job<'_>) -> Result<(String, u8), Box<Finding>> {
    let mut line = Vec::new();
    let reading = BufReader::new(job.open()?.take(LONGEST)).read_until(b'\n', &mut line);
    reading.map_err(|e| unreadable(job, &e))?;
    if line.len() as u64 >= LONGEST {
        return Err(too_long(job, 1));
    }
    if line.starts_with(&[0xFF, 0xFE]) || line.starts_with(&[0xFE, 0xFF]) {
        return Err(job.place.error("encoding", "the file is in UTF-16", "Save it as \"CSV UTF-8\""));
    }
    let shown = String::from_utf8_lossy(&line).into_owned();
    let mut quoted = false;
    let mut counts = [0usize; SEPARATORS.len()];
    for byte in line {
        quoted ^= byte == b'"';
        if !quoted && let Some(at) = SEPARATORS.iter().position(|separator| *separator == byte) {
            counts[at] += 1;
        }
    }
    let given = job.settings.source.separator;
    let separator = match given {
        Some(given) => u8::try_from(given).map_err(|e| {
            job.place.error(
                "separator",
                format!("`{given}` cannot separate: {e}"),
                "Use a comma, semicolon or tab",
            )
        })?,
        None => {
            let most = counts.iter().max().copied().unwrap_or(0);
            counts.iter().position(|&count| count == most && most > 0).map_or(b',', |at| SEPARATORS[at])
        }
    };
    Ok((shown, separator))
}

/// A header of one column with other separators in it: the given separator is wrong.
fn one_column(job: &Job<'_>, names: &[String], line: &str, separator: u8) -> Result<(), Box<Finding>> {
    let other = SEPARATORS.iter().find(|other| **other != separator && line.as_bytes().contains(other));
    match other {
        Some(&other) if names.len() == 1 => Err(job
            .place
            .error(
                "separator",
                format!("the header is one column with `{}` in it", char::from(other)),
                format!(
                    "Set separator = \"{}\" for this source, or leave `separator` out",
                    char::from(other)
                ),
            )
            .at_line(1)),
        _ => Ok(()),
    }
}

/// Names that occur twice: an error where such a column is needed.
fn unique(job: &mut Job<'_>, names: &[String], needed: &[String]) -> Result<(), Box<Finding>> {
    let mut sorted: Vec<&String> = names.iter().filter(|name| !name.is_empty()).collect();
    sorted.sort();
    let mut doubles: Vec<String> =
        sorted.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone()).collect();
    doubles.dedup();
    let error = |name: &str| {
        job.place
            .error(
                "duplicate_column",
                "the header has this name more than once",
                "Give each column a name of its own",
            )
            .at_line(1)
            .in_column(name)
    };
    if let Some(name) = doubles.iter().find(|name| needed.contains(name)) {
        return Err(error(name));
    }
    let harmless: Vec<_> = doubles.iter().map(|name| error(name).as_warning()).collect();
    harmless.into_iter().for_each(|finding| job.findings.add(finding));
    Ok(())
}

/// Reads the next record; false at the end.
fn next<R: Read>(
    job: &Job<'_>,
    reader: &mut csv::Reader<R>,
    record: &mut ByteRecord,
    since_record: &Cell<u64>,
) -> Result<bool, Box<Finding>> {
    since_record.set(0);
    let line = reader.position().line();
    let more = reader.read_byte_record(record).map_err(|error| match error.into_kind() {
        csv::ErrorKind::Io(e) if e.get_ref().is_some_and(|inner| inner.is::<TooLong>()) => {
            too_long(job, line)
        }
        csv::ErrorKind::Io(e) => unreadable(job, &e),
        other => job.place.error("unreadable", format!("{other:?}"), "Export the file again").at_line(line),
    })?;
    if more && record.as_slice().contains(&0) {
        return Err(job
            .place
            .error(
                "nul_byte",
                "the line holds NUL bytes: this is not a text file",
                "Export it again as CSV in UTF-8",
            )
            .at_line(line));
    }
    Ok(more)
}

fn too_long(job: &Job<'_>, line: u64) -> Box<Finding> {
    job.place
        .error(
            "line_too_long",
            format!("the line is longer than {} MiB, or a double quote in it is never closed", LONGEST >> 20),
            "Export the file again with line ends, and look for an unpaired double quote on this line",
        )
        .at_line(line)
}

fn unreadable(job: &Job<'_>, error: &std::io::Error) -> Box<Finding> {
    job.place.error(
        "unreadable",
        format!("cannot read on: {error}"),
        "Copy or download the file again: it may be cut off",
    )
}

/// A field as text, by the encoding of the study.
fn text<'r>(
    job: &Job<'_>,
    record: &'r ByteRecord,
    at: usize,
    windows: bool,
    names: &[String],
) -> Result<std::borrow::Cow<'r, str>, Box<Finding>> {
    let bytes = record.get(at).unwrap_or_default();
    if windows {
        return Ok(encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.into()),
        Err(e) => {
            let line = record.position().map_or(0, csv::Position::line);
            let column = names.get(at).map_or_else(|| listed(names), Clone::clone);
            Err(job
                .place
                .error(
                    "encoding",
                    format!("the text is not UTF-8: {e}"),
                    "Set encoding = \"windows-1252\" for this source, or save the file as UTF-8",
                )
                .at_line(line)
                .in_column(&column)
                .with_value(&String::from_utf8_lossy(bytes)))
        }
    }
}
