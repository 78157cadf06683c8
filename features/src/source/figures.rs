//! Published key figures per area and year.

use std::collections::BTreeSet;

use super::cell;
use super::locate::Locator;
use super::raw::RawTable;
use super::report::{Findings, Tally};
use super::typed::{Input, Row, dates, gather};
use super::units::unknown_areas;
use crate::tables::{AreaFigures, Areas, Day};

/// One row that is kept.
type Entry = (u32, i32, Day, Row);

/// Reads a source of figures.
pub(crate) fn figures(
    input: &Input<'_>,
    areas: &Areas,
    locator: &Locator<'_>,
    until: Day,
    findings: &mut Findings,
) -> AreaFigures {
    let mut all: Vec<Entry> = Vec::new();
    for at in 0..input.tables.len() {
        take_table(input, at, locator, until, findings, &mut all);
    }
    all.sort_unstable();
    doubles(input, areas, &all, findings);
    other_years(input, areas, &all, findings);
    let rows: Vec<Row> = all.iter().map(|entry| entry.3).collect();
    let gathered = gather(input, &rows, until, findings);
    AreaFigures {
        source: input.settings.name.to_owned(),
        area: all.iter().map(|entry| entry.0).collect(),
        year: all.iter().map(|entry| entry.1).collect(),
        published: all.iter().map(|entry| entry.2).collect(),
        columns: gathered.columns,
        secret: gathered.secret,
    }
}

fn take_table(
    input: &Input<'_>,
    at: usize,
    locator: &Locator<'_>,
    until: Day,
    findings: &mut Findings,
    all: &mut Vec<Entry>,
) {
    let (settings, table) = (&input.settings, &input.tables[at]);
    let Some(codes) = table.field("area") else { return };
    let years = years(table, findings);
    let published = dates(table, settings, "published", findings);
    if published.is_none() && settings.known_after.is_none() {
        let message = "the file does not tell when the figures were published";
        let remedy =
            "Map `published`, or set known_after = \"2 years\" (counted from the end of the reference year)";
        findings.add(table.place.error("no_publication_date", message, remedy).in_column("published"));
        return;
    }
    let after = |day: Day| settings.known_after.map_or(day, |lag| lag.after(day));
    let (mut unknown, mut no_date, mut future, mut early) =
        (Tally::default(), Tally::default(), Tally::default(), Tally::default());
    let (mut kept, mut no_year) = (0, 0);
    for (row, year) in years.into_iter().enumerate() {
        let line = table.lines[row];
        let code = codes.get(row);
        let Some(area) = locator.code(code) else {
            unknown.hit(line, code);
            continue;
        };
        let Some(year) = year else {
            no_year += 1;
            continue;
        };
        let end = Day::from_ymd(year, 12, 31).unwrap_or(Day::MAX);
        let day = match &published {
            None => after(end),
            Some(days) => match days[row] {
                Some(day) => day,
                None if settings.known_after.is_some() => after(end),
                None => {
                    no_date.hit(line, code);
                    continue;
                }
            },
        };
        if day > until && published.is_some() {
            future.hit(line, &day.to_string());
        }
        if Day::from_ymd(year, 1, 1).is_some_and(|begin| day < begin) {
            early.hit(line, &day.to_string());
        }
        kept += 1;
        all.push((area, year, day, Row::new(at, row)));
    }
    findings.files[table.file].rows_kept = kept;
    findings.drop_rows(table.file, "area_not_in_study", unknown.count);
    findings.drop_rows(table.file, "no_year", no_year);
    findings.drop_rows(table.file, "no_publication_date", no_date.count);
    tell(table, locator, kept, [&unknown, &no_date, &future, &early], findings);
}

fn tell(table: &RawTable, locator: &Locator<'_>, kept: u64, tallies: [&Tally; 4], findings: &mut Findings) {
    let [unknown, no_date, future, early] = tallies;
    let place = &table.place;
    let column = table.column_of("published");
    if kept == 0 && unknown.count > 0 {
        let hint = unknown.first_value().map(|code| locator.hint(code)).unwrap_or_default();
        let message = "none of the codes is an area of the study";
        let remedy = format!("{hint}. Check the column, and that figures and areas are of the same division");
        findings.counted(
            unknown,
            place.error("unknown_area", message, remedy).in_column(table.column_of("area")),
        );
    } else {
        unknown_areas(
            table,
            unknown,
            locator,
            "is left out (a national file has areas outside the study)",
            findings,
        );
    }
    let message = "a figure without a date of publication is left out";
    let remedy = "Fill in the date, or set `known_after`";
    findings
        .counted(no_date, place.error("no_publication_date", message, remedy).in_column(column).as_warning());
    let message = "published after `data_until`: no feature will see it";
    let remedy = "Check `data_until` in the study file";
    findings.counted(future, place.error("known_in_future", message, remedy).in_column(column).as_warning());
    let message = "published before the reference year began";
    let remedy = "Correct the date; the mapping of `year` and `published` may be wrong";
    findings.counted(early, place.error("known_before_event", message, remedy).in_column(column));
}

/// The reference year of each row: from the column, or from the file's name.
fn years(table: &RawTable, findings: &mut Findings) -> Vec<Option<i32>> {
    let Some(cells) = table.field("year") else {
        let year = year_in(&table.place.file);
        if year.is_none() {
            let message = "the file does not tell the reference year of the figures";
            let remedy = "Map `year`, or put the year in the file's name, such as kwb-2024.csv";
            findings.add(table.place.error("missing_column", message, remedy).in_column("year"));
        }
        return vec![year; table.rows()];
    };
    let mut bad = Tally::default();
    let mut years = Vec::with_capacity(cells.len());
    for (cell, &line) in cells.iter().zip(&table.lines) {
        let year = cell::year(cell);
        if year.is_none() {
            bad.hit(line, cell);
        }
        years.push(year);
    }
    let error = table.place.error("bad_date", "not a year", "Write the year with four digits");
    findings.counted(&bad, error.in_column(table.column_of("year")));
    years
}

/// The only four digits in a file's name that are a year.
fn year_in(file: &str) -> Option<i32> {
    let name = file.rsplit(['/', '\\']).next()?;
    let mut years = name
        .split(|c: char| !c.is_ascii_digit())
        .filter(|digits| digits.len() == 4)
        .filter_map(|digits| digits.parse::<i32>().ok())
        .filter(|year| (1900..=2100).contains(year));
    let year = years.next()?;
    years.next().is_none().then_some(year)
}

/// The same area, year and day of publication twice.
fn doubles(input: &Input<'_>, areas: &Areas, all: &[Entry], findings: &mut Findings) {
    let mut tallies: Vec<Tally> = input.tables.iter().map(|_| Tally::default()).collect();
    for pair in all.windows(2) {
        if (pair[0].0, pair[0].1, pair[0].2) == (pair[1].0, pair[1].1, pair[1].2) {
            let row = pair[1].3;
            let shown = format!("{} {}", areas.code[pair[1].0 as usize], pair[1].1);
            tallies[row.table()].hit(input.tables[row.table()].lines[row.row()], &shown);
        }
    }
    for (table, tally) in input.tables.iter().zip(&tallies) {
        let message = "the area has two rows for this year";
        let remedy = "Leave one, or map `published` when they are a provisional and a final figure";
        let error = table.place.error("duplicate_figure", message, remedy).in_column(table.column_of("area"));
        findings.counted(tally, error);
    }
}

/// Areas of the study that a year has no row for: a sign that codes changed.
fn other_years(input: &Input<'_>, areas: &Areas, all: &[Entry], findings: &mut Findings) {
    let years: BTreeSet<i32> = all.iter().map(|entry| entry.1).collect();
    for year in years {
        let found: BTreeSet<u32> = all.iter().filter(|entry| entry.1 == year).map(|entry| entry.0).collect();
        let levels: BTreeSet<u8> = found.iter().map(|&area| areas.level[area as usize]).collect();
        for level in levels {
            let mut lacking = Tally::default();
            let of_level = (0u32..).zip(&areas.level).filter(|(_, other)| **other == level);
            let mut total = 0u64;
            for (area, _) in of_level {
                total += 1;
                if !found.contains(&area) {
                    lacking.value(&areas.code[area as usize]);
                }
            }
            let share = 100 * lacking.count / total.max(1);
            let name = &areas.levels[usize::from(level)];
            let message = format!(
                "{} of {total} areas of level {name} ({share} %) have no figures for {year}",
                lacking.count
            );
            let remedy =
                "Codes change between years: use figures and areas of one division, or accept missing values";
            let place = input.tables.first().map(|table| table.place.clone()).unwrap_or_default();
            findings.counted(&lacking, place.error("area_codes_of_other_year", message, remedy).as_warning());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::year_in;

    #[test]
    fn year_from_file_name() {
        assert_eq!(year_in("data/2020/kwb-2019.csv"), Some(2019));
        assert_eq!(year_in("kwb_2019_2020.csv"), None);
        assert_eq!(year_in("kwb.csv"), None);
    }
}
