//! Units (panden) and their occurrences.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::locate::Locator;
use super::points::{FilePoints, Ground};
use super::report::{Findings, Tally};
use super::typed::{Input, Row, dates, gather};
use crate::spec::Plane;
use crate::tables::{Column, Day, Units};

/// One occurrence while it is checked.
#[derive(Clone, Debug)]
struct Occurrence<'a> {
    id: &'a str,
    from: Day,
    to: Day,
    known: Day,
    exists: bool,
    x: f64,
    y: f64,
    area: Option<u32>,
    row: Row,
    source: usize,
}

/// Makes the units of all sources of units.
pub(crate) fn build(
    inputs: &[&Input<'_>],
    locator: &Locator<'_>,
    ground: &Ground,
    until: Day,
    findings: &mut Findings,
) -> Units {
    let mut all = Vec::new();
    for (source, input) in inputs.iter().enumerate() {
        for at in 0..input.tables.len() {
            take_table(inputs, source, at, locator, ground, until, findings, &mut all);
        }
    }
    all.par_sort_by(|a, b| {
        (a.id, a.from, a.known, a.source, a.row).cmp(&(b.id, b.from, b.known, b.source, b.row))
    });
    let kept = untangle(all, inputs, findings);
    let mut units = Units::default();
    for occurrence in &kept {
        if units.id.last().is_none_or(|last| last != occurrence.id) {
            units.id.push(occurrence.id.to_owned());
        }
        #[expect(clippy::cast_possible_truncation, reason = "fewer than 2^32 panden")]
        units.unit.push(units.id.len() as u32 - 1);
        units.valid_from.push(occurrence.from);
        units.valid_to.push(occurrence.to);
        units.known_from.push(occurrence.known);
        units.exists.push(occurrence.exists);
        units.x.push(occurrence.x);
        units.y.push(occurrence.y);
        units.area.push(occurrence.area);
    }
    units.columns = columns(inputs, &kept, until, findings);
    units
}

#[expect(clippy::too_many_arguments, reason = "one caller; a struct would only rename them")]
fn take_table<'a>(
    inputs: &[&'a Input<'_>],
    source: usize,
    at: usize,
    locator: &Locator<'_>,
    ground: &Ground,
    until: Day,
    findings: &mut Findings,
    all: &mut Vec<Occurrence<'a>>,
) {
    let input = inputs[source];
    let (settings, table) = (&input.settings, &input.tables[at]);
    let Some(ids) = table.field("id") else { return };
    let from = dates(table, settings, "valid_from", findings);
    let to = dates(table, settings, "valid_to", findings);
    let known = dates(table, settings, "known_from", findings);
    let exists = statuses(input, at, findings);
    let (x, y, area) = places(input, at, locator, ground, findings);
    let day = |column: &Option<Vec<Option<Day>>>, row: usize| column.as_ref().and_then(|days| days[row]);
    let (mut no_id, mut future, mut backwards, mut empty) =
        (Tally::default(), Tally::default(), Tally::default(), Tally::default());
    for row in 0..table.rows() {
        let line = table.lines[row];
        let id = ids.get(row);
        let begins = day(&from, row).unwrap_or(Day::MIN);
        let ends = day(&to, row).unwrap_or(Day::MAX);
        let lag = |begin| settings.known_after.map_or(begin, |lag| lag.after(begin));
        if id.is_empty() {
            no_id.hit(line, "");
        } else if begins > until {
            future.hit(line, &begins.to_string());
        } else if ends < begins {
            backwards.hit(line, &format!("{begins} to {ends}"));
        } else if ends == begins {
            empty.hit(line, &begins.to_string());
        } else {
            all.push(Occurrence {
                id,
                from: begins,
                to: ends,
                known: day(&known, row).unwrap_or_else(|| lag(begins)),
                exists: exists[row],
                x: x[row],
                y: y[row],
                area: area[row],
                row: Row::new(at, row),
                source,
            });
        }
    }
    let left_out = [
        (&no_id, "no_id", "a unit without an id is left out", "Give it an id in the source", "id"),
        (
            &future,
            "starts_in_future",
            "the occurrence begins after `data_until` and is left out",
            "Check `data_until` in the study file, and the date",
            "valid_from",
        ),
        (
            &backwards,
            "ends_before_it_begins",
            "the occurrence ends before it begins and is left out",
            "Correct the dates; perhaps `valid_from` and `valid_to` are swapped in `columns`",
            "valid_to",
        ),
        (
            &empty,
            "empty_validity",
            "the occurrence ends on the day it begins and is left out",
            "Nothing to do: it was replaced on the same day",
            "valid_to",
        ),
    ];
    let mut gone = 0;
    for (tally, check, message, remedy, field) in left_out {
        findings.drop_rows(table.file, check, tally.count);
        gone += tally.count;
        let finding =
            table.place.error(check, message, remedy).in_column(table.column_of(field)).as_warning();
        findings.counted(tally, finding);
    }
    findings.files[table.file].rows_kept = table.rows() as u64 - gone;
    if backwards.count * 2 > table.rows() as u64 {
        let message = "most occurrences end before they begin";
        let remedy = "Swap `valid_from` and `valid_to` in `columns`";
        let error =
            table.place.error("dates_swapped", message, remedy).in_column(table.column_of("valid_from"));
        findings.counted(&backwards, error);
    }
}

/// Whether each row is part of the stock.
fn statuses(input: &Input<'_>, at: usize, findings: &mut Findings) -> Vec<bool> {
    let table = &input.tables[at];
    let wanted = &input.settings.existing_status;
    let Some(cells) = table.field("status").filter(|_| !wanted.is_empty()) else {
        return vec![true; table.rows()];
    };
    let exists: Vec<bool> = cells.iter().map(|cell| wanted.iter().any(|status| status == cell)).collect();
    if !exists.is_empty() && !exists.contains(&true) {
        let mut seen: Vec<String> = Vec::new();
        for cell in cells.iter() {
            if let Err(place) = seen.binary_search_by(|known| known.as_str().cmp(cell))
                && seen.len() < 20
            {
                seen.insert(place, cell.to_owned());
            }
        }
        let remedy = format!("Correct `existing_status`. The file has {}", super::mapping::listed(&seen));
        let error = table.place.error("no_unit_exists", "no row has a status of `existing_status`", remedy);
        findings.add(error.in_column(table.column_of("status")));
    }
    exists
}

type Places = (Vec<f64>, Vec<f64>, Vec<Option<u32>>);

/// Where the rows of a table lie: planar metres and area, by code where the table has one, else by point.
fn places(
    input: &Input<'_>,
    at: usize,
    locator: &Locator<'_>,
    ground: &Ground,
    findings: &mut Findings,
) -> Places {
    let table = &input.tables[at];
    let (x, y) = planar(input, at, ground);
    let mut area = locator.all(&x, &y);
    let unlocated =
        (x.par_iter().zip(&area)).filter(|(x, area)| !x.is_nan() && area.is_none()).count() as u64;
    let mut by_code = false;
    if let Some(codes) = table.field("area") {
        by_code = true;
        let mut unknown = Tally::default();
        for (row, code) in codes.iter().enumerate().filter(|(_, code)| !code.is_empty()) {
            match locator.detailed(code) {
                Some(found) => area[row] = Some(found),
                None => unknown.hit(table.lines[row], code),
            }
        }
        unknown_areas(table, &unknown, locator, "is placed by its coordinates if it has them", findings);
    }
    let mut nowhere = Tally::default();
    for (row, _) in x.iter().zip(&area).enumerate().filter(|(_, (x, area))| x.is_nan() && area.is_none()) {
        nowhere.hit(table.lines[row], "");
    }
    let message = "the unit has no place: it counts in no area";
    let finding = table.place.error("no_place", message, "Add its coordinates in the source").as_warning();
    findings.counted(&nowhere, finding);
    if !by_code && locator.has_shapes() {
        outside(input, at, (&x, &y), &area, unlocated, locator, ground, findings);
    }
    (x, y, area)
}

/// A table's points in planar metres.
pub(crate) fn planar(input: &Input<'_>, at: usize, ground: &Ground) -> (Vec<f64>, Vec<f64>) {
    match &input.points[at] {
        None => (vec![f64::NAN; input.tables[at].rows()], vec![f64::NAN; input.tables[at].rows()]),
        Some(points) => {
            (points.x.par_iter().zip(&points.y)).map(|(&x, &y)| ground.metres(points.crs, x, y)).unzip()
        }
    }
}

/// Warns of codes that are no area of the study.
pub(crate) fn unknown_areas(
    table: &super::raw::RawTable,
    unknown: &Tally,
    locator: &Locator<'_>,
    then: &str,
    findings: &mut Findings,
) {
    let Some(code) = unknown.first_value() else { return };
    let share = 100 * unknown.count / (table.rows() as u64).max(1);
    let message = format!(
        "the area code is not one of the study's most detailed areas ({share} % of the rows); the row {then}"
    );
    let remedy =
        format!("{}. Codes change between years: use areas and data of one year", locator.hint(code));
    let finding = table.place.error("unknown_area", message, remedy).in_column(table.column_of("area"));
    findings.counted(unknown, finding.as_warning());
}

/// Units that lie in no area; when they are many, x and y may be swapped or the coordinate system wrong.
#[expect(clippy::too_many_arguments, reason = "one caller; a struct would only rename them")]
fn outside(
    input: &Input<'_>,
    at: usize,
    (x, y): (&[f64], &[f64]),
    area: &[Option<u32>],
    unlocated: u64,
    locator: &Locator<'_>,
    ground: &Ground,
    findings: &mut Findings,
) {
    let table = &input.tables[at];
    let located = area.iter().filter(|area| area.is_some()).count() as u64;
    let mut out = Tally::default();
    for (row, (x, _)) in x.iter().zip(area).enumerate().filter(|(_, (x, area))| !x.is_nan() && area.is_none())
    {
        out.hit(table.lines[row], &format!("{x:.1} {:.1}", y[row]));
    }
    let columns = input.points[at].as_ref().map(FilePoints::shown).unwrap_or_default();
    if unlocated <= located {
        let message = "the unit lies in none of the areas: it counts in no area";
        let remedy = "Check its coordinates, or add the areas around";
        let finding = table.place.error("unit_outside_areas", message, remedy).in_column(&columns);
        findings.counted(&out, finding.as_warning());
        return;
    }
    let Some(points) = &input.points[at] else { return };
    let swapped = points.x.iter().zip(&points.y).filter(|(x, y)| {
        let (x, y) = ground.metres(points.crs, **y, **x);
        locator.at(x, y).is_some()
    });
    let error = if swapped.count() as u64 * 2 > unlocated {
        let remedy = "Swap the two columns in `columns`";
        table.place.error("coordinates_swapped", "x and y look swapped: most units lie in no area", remedy)
    } else {
        let hint =
            if ground.plane == Plane::Rd { "rd (metres) or wgs84 (degrees)" } else { "wgs84 (degrees)" };
        let message = "most units lie in none of the areas";
        let remedy = format!("Check that units and areas are of the same place, and `crs`: {hint}");
        table.place.error("unit_outside_areas", message, remedy)
    };
    findings.counted(&out, error.in_column(&columns));
}

/// One occurrence at a time: duplicates and overlaps. The input is sorted.
fn untangle<'a>(
    all: Vec<Occurrence<'a>>,
    inputs: &[&Input<'_>],
    findings: &mut Findings,
) -> Vec<Occurrence<'a>> {
    let mut kept: Vec<Occurrence<'a>> = Vec::with_capacity(all.len());
    let mut doubles: BTreeMap<(usize, u32), Tally> = BTreeMap::new();
    let mut replaced: BTreeMap<(usize, u32), Tally> = BTreeMap::new();
    let mut overlaps: BTreeMap<(usize, u32), Tally> = BTreeMap::new();
    let table_of = |one: &Occurrence<'_>| &inputs[one.source].tables[one.row.table()];
    for next in all {
        let table = table_of(&next);
        let line = table.lines[next.row.row()];
        let key = (next.source, next.row.table);
        if let Some(last) = kept.last_mut().filter(|last| last.id == next.id) {
            if last.from == next.from {
                let tally = if table.resolved.has("valid_from") { &mut replaced } else { &mut doubles };
                // The row that goes is the one before: it is that row's file which keeps one less.
                let (old, old_line) = (table_of(last), table_of(last).lines[last.row.row()]);
                tally.entry((last.source, last.row.table)).or_default().hit(old_line, last.id);
                findings.files[old.file].rows_kept -= 1;
                findings.drop_rows(old.file, "replaced", 1);
                *last = next;
                continue;
            }
            if last.to > next.from {
                // Without an end in the file, the next beginning is the end; with one, the two contradict.
                if table_of(last).resolved.has("valid_to") {
                    overlaps.entry(key).or_default().hit(line, next.id);
                }
                last.to = next.from;
            }
        }
        kept.push(next);
    }
    let mut tell =
        |tallies: BTreeMap<(usize, u32), Tally>, check: &str, message: &str, remedy: &str, error: bool| {
            for ((source, table), tally) in tallies {
                let table = &inputs[source].tables[table as usize];
                let finding = table.place.error(check, message, remedy).in_column(table.column_of("id"));
                findings.counted(&tally, if error { finding } else { finding.as_warning() });
            }
        };
    let remedy = "Keep one row per unit, or map `valid_from` when the rows are its history";
    tell(doubles, "duplicate_unit", "the unit is there more than once", remedy, true);
    let message = "two occurrences of the unit begin on the same day: the last known one counts";
    tell(replaced, "same_beginning", message, "Nothing to do if the source is like that", false);
    let message = "an occurrence begins before the one before it ends: the earlier is closed there";
    tell(overlaps, "overlapping_validity", message, "Correct the dates in the source if it matters", false);
    kept
}

/// The plain columns of all sources of units, one after the other.
fn columns(
    inputs: &[&Input<'_>],
    kept: &[Occurrence<'_>],
    until: Day,
    findings: &mut Findings,
) -> Vec<Column> {
    if let [input] = inputs {
        let rows: Vec<Row> = kept.iter().map(|one| one.row).collect();
        return gather(input, &rows, until, findings).columns;
    }
    let mut columns: Vec<Column> = Vec::new();
    for (source, input) in inputs.iter().enumerate() {
        let places: Vec<usize> = (0..kept.len()).filter(|&at| kept[at].source == source).collect();
        let rows: Vec<Row> = places.iter().map(|&at| kept[at].row).collect();
        for column in gather(input, &rows, until, findings).columns {
            let at = columns.iter().position(|known| known.name == column.name).unwrap_or_else(|| {
                let values = vec![f32::NAN; kept.len()];
                columns.push(Column { name: column.name.clone(), values, categories: Vec::new() });
                columns.len() - 1
            });
            spread(&mut columns[at], &column, &places);
        }
    }
    columns
}

/// Puts a source's values in their places; categories get their positions in the union of both lists.
fn spread(into: &mut Column, from: &Column, places: &[usize]) {
    let mut union: Vec<String> = into.categories.iter().chain(&from.categories).cloned().collect();
    union.sort();
    union.dedup();
    let moved = |categories: &[String], value: f32| {
        #[expect(clippy::cast_precision_loss, reason = "no column has 16 million categories")]
        let position = |name: &String| union.binary_search(name).ok().map(|at| at as f32);
        if value.is_nan() || categories.is_empty() {
            return value;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a position in the list")]
        categories.get(value as usize).and_then(position).unwrap_or(f32::NAN)
    };
    for value in &mut into.values {
        *value = moved(&into.categories, *value);
    }
    for (&place, &value) in places.iter().zip(&from.values) {
        into.values[place] = moved(&from.categories, value);
    }
    into.categories = union;
}
