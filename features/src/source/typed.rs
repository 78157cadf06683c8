//! From text columns to numbers, categories and days: each check on a value stands here once, whatever the format.

use chrono::Datelike;

use super::cell::{self, NumberCell};
use super::mapping::Settings;
use super::points::FilePoints;
use super::raw::RawTable;
use super::report::{Findings, Tally};
use crate::tables::{Column, Day};

/// A source, read.
#[derive(Debug)]
pub(crate) struct Input<'a> {
    pub(crate) settings: Settings<'a>,
    pub(crate) tables: Vec<RawTable>,
    /// Per table, where its rows lie.
    pub(crate) points: Vec<Option<FilePoints>>,
}

/// A row of one of a source's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) table: u32,
    pub(crate) row: u32,
}

impl Row {
    #[expect(clippy::cast_possible_truncation, reason = "a file of 4 billion rows is not read into memory")]
    pub(crate) fn new(table: usize, row: usize) -> Self {
        Self { table: table as u32, row: row as u32 }
    }

    pub(crate) fn table(self) -> usize {
        self.table as usize
    }

    pub(crate) fn row(self) -> usize {
        self.row as usize
    }
}

/// Columns of figures, with what the publisher withheld.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) columns: Vec<Column>,
    pub(crate) secret: Vec<Vec<bool>>,
}

struct Numbers {
    values: Vec<f32>,
    secret: Vec<bool>,
}

/// One of our number fields in a table, with its checks; `None` when not mapped.
pub(crate) fn field_numbers(
    table: &RawTable,
    settings: &Settings<'_>,
    field: &str,
    findings: &mut Findings,
) -> Option<Vec<f32>> {
    let column = table.resolved.fields.get(field)?;
    numbers(table, settings, field, column, Day::MAX, findings).map(|numbers| numbers.values)
}

fn numbers(
    table: &RawTable,
    settings: &Settings<'_>,
    name: &str,
    column: &str,
    until: Day,
    findings: &mut Findings,
) -> Option<Numbers> {
    let cells = table.columns.get(column)?;
    let comma = settings.source.decimal_comma && !cells.typed;
    let rules = settings.number_rules(name, comma);
    let range = Range::of(name, column, until);
    let (mut bad, mut endless, mut odd, mut hidden) =
        (Tally::default(), Tally::default(), Tally::default(), Tally::default());
    let mut numbers =
        Numbers { values: Vec::with_capacity(cells.len()), secret: Vec::with_capacity(cells.len()) };
    for (cell, &line) in cells.iter().zip(&table.lines) {
        let read = rules.read(cell);
        let value = match read {
            NumberCell::Number(number) if range.holds(number) => number,
            NumberCell::Number(number) => {
                odd.hit(line, cell);
                if range.drops { f64::NAN } else { number }
            }
            NumberCell::Missing => f64::NAN,
            NumberCell::Secret => {
                hidden.hit(line, cell);
                f64::NAN
            }
            NumberCell::NotFinite => {
                endless.hit(line, cell);
                f64::NAN
            }
            NumberCell::Bad => {
                bad.hit(line, cell);
                f64::NAN
            }
        };
        #[expect(clippy::cast_possible_truncation, reason = "columns are f32 by contract")]
        numbers.values.push(value as f32);
        numbers.secret.push(read == NumberCell::Secret);
    }
    let place = &table.place;
    let remedy = if comma {
        "Write it as 1.234,5, drop `decimal_comma`, or add the value to `missing` or `secret`"
    } else {
        "Correct it, set decimal_comma = true if it has a decimal comma, or add the value to `missing` or `secret`"
    };
    findings.counted(&bad, place.error("not_a_number", "not a number", remedy).in_column(column));
    let remedy = "Leave the cell empty, or add the value to `missing`";
    let message = "the number is NaN or infinite";
    findings.counted(&endless, place.error("not_finite", message, remedy).in_column(column));
    let odd_value = place.error("out_of_range", range.message, range.remedy).in_column(column);
    findings.counted(&odd, odd_value.as_warning());
    let message = "the publisher withheld the value: read as secret, not as zero";
    let remedy = "Nothing to do; features treat it as missing";
    findings.counted(&hidden, place.error("secret_value", message, remedy).in_column(column).as_warning());
    Some(numbers)
}

/// What a column's name says about its values.
struct Range {
    low: f64,
    high: f64,
    /// Whether a value outside is taken as missing.
    drops: bool,
    message: &'static str,
    remedy: &'static str,
}

impl Range {
    fn of(name: &str, column: &str, until: Day) -> Self {
        let names = [name.to_lowercase(), column.to_lowercase()];
        let built = ["bouwjaar", "year_built", "building_year"];
        if names.iter().any(|name| built.iter().any(|word| name.contains(word))) {
            // Panden are registered when the permit is given, some years before they stand.
            let last = until.date().map_or(2_200, |date| date.year() + 10);
            return Self {
                low: 1_000.0,
                high: f64::from(last),
                drops: true,
                message: "this cannot be a year of building: taken as missing",
                remedy: "Correct it, or add a placeholder such as 9999 to `missing`",
            };
        }
        if names.iter().any(|name| name.starts_with("pct_") || name.starts_with("p_")) {
            return Self {
                low: 0.0,
                high: 100.0,
                drops: false,
                message: "a percentage outside 0 to 100",
                remedy: "Check the column; the value is kept",
            };
        }
        Self { low: f64::NEG_INFINITY, high: f64::INFINITY, drops: false, message: "", remedy: "" }
    }

    fn holds(&self, number: f64) -> bool {
        (self.low..=self.high).contains(&number)
    }
}

/// The value and category columns of a source for these rows, checked; columns that no file has are left out.
pub(crate) fn gather(input: &Input<'_>, rows: &[Row], until: Day, findings: &mut Findings) -> Gathered {
    let mut gathered = Gathered::default();
    for name in input.settings.value_names() {
        let of_tables: Vec<Option<Numbers>> = input
            .tables
            .iter()
            .map(|table| {
                let column = table.resolved.values.get(&name)?;
                numbers(table, &input.settings, &name, column, until, findings)
            })
            .collect();
        if of_tables.iter().any(Option::is_some) {
            let at = |row: &Row| of_tables[row.table()].as_ref().map(|numbers| (numbers, row.row()));
            let values = rows.iter().map(|row| at(row).map_or(f32::NAN, |(n, row)| n.values[row])).collect();
            gathered
                .secret
                .push(rows.iter().map(|row| at(row).is_some_and(|(n, row)| n.secret[row])).collect());
            gathered.columns.push(Column { name, values, categories: Vec::new() });
        }
    }
    for name in input.settings.category_names() {
        if input.tables.iter().any(|table| table.resolved.categories.contains_key(&name)) {
            gathered.columns.push(categories(input, rows, name));
            gathered.secret.push(vec![false; rows.len()]);
        }
    }
    gathered
}

fn categories(input: &Input<'_>, rows: &[Row], name: String) -> Column {
    let marks = input.settings.number_rules(&name, false);
    let text = |row: &Row| {
        let table = &input.tables[row.table()];
        let column = table.resolved.categories.get(&name)?;
        let cell = table.columns.get(column)?.get(row.row());
        let absent = cell.is_empty() || marks.missing.iter().chain(&marks.secret).any(|mark| mark == cell);
        (!absent).then_some(cell)
    };
    let mut categories: Vec<&str> = Vec::new();
    for row in rows {
        if let Some(text) = text(row)
            && let Err(at) = categories.binary_search(&text)
        {
            categories.insert(at, text);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "no column has 16 million categories")]
    let position = |row| text(row).and_then(|text| categories.binary_search(&text).ok()).map(|at| at as f32);
    let values = rows.iter().map(|row| position(row).unwrap_or(f32::NAN)).collect();
    let categories = categories.into_iter().map(str::to_owned).collect();
    Column { name, values, categories }
}

/// One of our date fields; `None` where the cell is empty. Cells that are no date are errors.
pub(crate) fn dates(
    table: &RawTable,
    settings: &Settings<'_>,
    field: &str,
    findings: &mut Findings,
) -> Option<Vec<Option<Day>>> {
    let cells = table.field(field)?;
    let format = if cells.typed { cell::ISO } else { settings.date_format() };
    let missing = settings.number_rules(field, false).missing;
    let mut first_good: Option<(u64, String)> = None;
    // Known format → its first line and value, and how many.
    let mut others: Vec<(&'static str, Tally)> = Vec::new();
    let mut bad = Tally::default();
    let mut dates = Vec::with_capacity(cells.len());
    for (cell, &line) in cells.iter().zip(&table.lines) {
        if cell.is_empty() || missing.iter().any(|mark| mark == cell) {
            dates.push(None);
            continue;
        }
        let day = cell::day(cell, format).map(|day| {
            // The year 9999 is how registers write "open".
            if day.date().is_some_and(|date| date.year() >= 9_000) { Day::MAX } else { day }
        });
        if day.is_some() {
            if first_good.is_none() {
                first_good = Some((line, cell.to_owned()));
            }
        } else if let Some(guess) = cell::guessed_format(cell) {
            match others.iter_mut().find(|(known, _)| *known == guess) {
                Some((_, tally)) => tally.hit(line, cell),
                None => {
                    let mut tally = Tally::default();
                    tally.hit(line, cell);
                    others.push((guess, tally));
                }
            }
        } else {
            bad.hit(line, cell);
        }
        dates.push(day);
    }
    let column = table.column_of(field);
    for (guess, tally) in &others {
        let error = match &first_good {
            Some((line, good)) => table.place.error(
                "mixed_dates",
                format!("dates of different forms in one column: `{good}` on line {line} is {format}, this is {guess}"),
                "Write all dates of the column in one form",
            ),
            None => table.place.error(
                "date_format",
                format!("the date is not of the form {format}"),
                format!("Set date_format = \"{guess}\" for this source"),
            ),
        };
        findings.counted(tally, error.in_column(column));
    }
    let remedy = "Correct it, set `date_format`, or leave the cell empty when the date is unknown";
    let error = table.place.error("bad_date", format!("not a date of the form {format}"), remedy);
    findings.counted(&bad, error.in_column(column));
    Some(dates)
}
