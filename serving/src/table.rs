//! Areas as a table without geometry: CSV and Excel.
//!
//! CSV is UTF-8 with a comma, a point in numbers and an empty cell for what is withheld, so that programs read
//! numbers as numbers. Text that a spreadsheet would take for a formula gets an apostrophe in front.

use axum::body::Bytes;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};
use serde_json::{Map, json};

use crate::answer::json as to_json;
use crate::facts::notice;
use crate::language::Language;
use crate::problem::Problem;
use crate::projection::{Area, Column, Value};
use crate::view::View;

/// Columns that all rows have alike.
pub(crate) const CONSTANTS: [&str; 4] = ["year", "as_of", "until", "released"];

/// The areas as CSV, with the year of the area codes for joins.
pub(crate) fn csv<'a>(
    view: &View,
    areas: impl Iterator<Item = &'a Area>,
    columns: &[&'static Column],
) -> Bytes {
    let mut out = String::new();
    let names: Vec<&str> = columns.iter().map(|column| column.name).chain(CONSTANTS).collect();
    out.push_str(&names.join(","));
    out.push_str("\r\n");
    let constants = constants(view);
    for area in areas {
        for column in columns {
            match column.of(area) {
                Value::Null => {}
                Value::Text(text) => cell(&mut out, text),
                Value::Integer(number) => out.push_str(&number.to_string()),
                Value::Number(number) => out.push_str(&number.to_string()),
            }
            out.push(',');
        }
        out.push_str(&constants.join(","));
        out.push_str("\r\n");
    }
    out.into()
}

/// The areas as JSON rows, with the year of the area codes for joins.
///
/// # Errors
/// When a row cannot be written.
pub(crate) fn json<'a>(
    view: &View,
    areas: impl Iterator<Item = &'a Area>,
    columns: &[&'static Column],
) -> Result<Bytes, Problem> {
    let constants = constants(view);
    let row = |area: &'a Area| {
        let own = columns.iter().map(|column| (column.name.to_owned(), json!(column.of(area))));
        let alike = CONSTANTS.iter().zip(&constants).map(|(name, value)| ((*name).to_owned(), json!(value)));
        own.chain(alike).collect::<Map<_, _>>()
    };
    to_json(&json!({ "rows": areas.map(row).collect::<Vec<_>>() }))
}

/// The values of those columns.
pub(crate) fn constants(view: &View) -> [String; 4] {
    let (as_of, until) = view.facts().period();
    let year = as_of.get(..4).unwrap_or(as_of);
    [year.to_owned(), as_of.to_owned(), until.to_owned(), view.facts().is_released().to_string()]
}

fn cell(out: &mut String, text: &str) {
    let text = harmless(text);
    if text.contains([',', '"', '\n', '\r']) {
        out.push('"');
        out.push_str(&text.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(&text);
    }
}

/// Text that no spreadsheet takes for a formula.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

/// The areas as an Excel workbook: a sheet with the table, and one that says what it is. The same areas give the
/// same bytes.
///
/// # Errors
/// When the workbook cannot be written.
pub(crate) fn xlsx<'a>(
    view: &View,
    areas: impl Iterator<Item = &'a Area>,
    columns: &[&'static Column],
    language: Language,
) -> Result<Bytes, Problem> {
    workbook(view, areas, columns, language).map(Bytes::from).map_err(|cause| Problem::internal(&cause))
}

fn workbook<'a>(
    view: &View,
    areas: impl Iterator<Item = &'a Area>,
    columns: &[&'static Column],
    language: Language,
) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // A fixed date: the wall clock would make two equal downloads differ.
    let created = ExcelDateTime::parse_from_str(view.facts().period().0)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
    let bold = Format::new().set_bold();
    let in_dutch = language == Language::Dutch;
    let sheet = workbook.add_worksheet().set_name(if in_dutch { "Gebieden" } else { "Areas" })?;
    for (c, column) in (0_u16..).zip(columns) {
        sheet.write_with_format(0, c, language.of(&column.title()), &bold)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    for (r, area) in (1_u32..).zip(areas) {
        for (c, column) in (0_u16..).zip(columns) {
            match column.of(area) {
                Value::Null => {}
                Value::Text(text) => drop(sheet.write(r, c, text)?),
                Value::Integer(number) => drop(sheet.write(r, c, number as f64)?),
                Value::Number(number) => drop(sheet.write(r, c, number)?),
            }
        }
    }
    let about = workbook.add_worksheet().set_name(if in_dutch { "Toelichting" } else { "Explanation" })?;
    let facts = view.facts();
    let (as_of, until) = facts.period();
    let warning = facts.warning().map(|warning| language.of(&warning).to_owned()).unwrap_or_default();
    for (r, line) in
        (0_u32..).zip([language.of(&notice()), &warning, &format!("{as_of} – {until}"), facts.model()])
    {
        about.write(r, 0, line)?;
    }
    workbook.save_to_buffer()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_no_formulas() {
        let written = |text: &str| {
            let mut out = String::new();
            cell(&mut out, text);
            out
        };
        assert_eq!(written("Centrum"), "Centrum");
        assert_eq!(written("Zuid, \"oud\""), "\"Zuid, \"\"oud\"\"\"");
        assert_eq!(written("=1+1"), "'=1+1");
        assert_eq!(written("@x,y"), "\"'@x,y\"");
    }
}
