//! Events and visits: when, when known, where.

use std::collections::BTreeSet;

use models::Outcome;

use super::cell;
use super::locate::Locator;
use super::mapping::listed;
use super::points::{FilePoints, Ground};
use super::raw::RawTable;
use super::report::{Findings, Tally};
use super::typed::{Input, Row, dates, field_numbers, gather};
use super::units::{planar, unknown_areas};
use crate::tables::{Day, Events, Units, VisitReason, Visits};

/// What events and visits refer to.
pub(crate) struct World<'a> {
    pub(crate) units: &'a Units,
    pub(crate) locator: &'a Locator<'a>,
    pub(crate) ground: &'a Ground,
    pub(crate) until: Day,
    /// Whether rows that lie in no area are of no use.
    pub(crate) areas_only: bool,
}

/// One event or visit.
#[derive(Clone, Copy, Debug)]
struct Happening {
    date: Day,
    known: Day,
    unit: Option<u32>,
    area: Option<u32>,
    x: f64,
    y: f64,
    count: f32,
    row: Row,
}

/// Reads a source of events.
pub(crate) fn events(input: &Input<'_>, world: &World<'_>, findings: &mut Findings) -> Events {
    let happenings = happenings(input, world, findings);
    let rows: Vec<Row> = happenings.iter().map(|one| one.row).collect();
    Events {
        source: input.settings.name.to_owned(),
        date: happenings.iter().map(|one| one.date).collect(),
        known_from: happenings.iter().map(|one| one.known).collect(),
        unit: happenings.iter().map(|one| one.unit).collect(),
        area: happenings.iter().map(|one| one.area).collect(),
        x: happenings.iter().map(|one| one.x).collect(),
        y: happenings.iter().map(|one| one.y).collect(),
        count: happenings.iter().map(|one| one.count).collect(),
        columns: gather(input, &rows, world.until, findings).columns,
    }
}

/// Reads a source of visits.
pub(crate) fn visits(input: &Input<'_>, world: &World<'_>, findings: &mut Findings) -> Visits {
    let happenings = happenings(input, world, findings);
    let rows: Vec<Row> = happenings.iter().map(|one| one.row).collect();
    let per_table = |findings: &mut Findings, field: &str| -> Vec<Option<Vec<f32>>> {
        input.tables.iter().map(|table| field_numbers(table, &input.settings, field, findings)).collect()
    };
    let positions = per_table(findings, "list_position");
    let chances = per_table(findings, "probability");
    let number = |columns: &[Option<Vec<f32>>], row: &Row| {
        columns[row.table()].as_ref().map_or(f32::NAN, |values| values[row.row()])
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a position on a list")]
    let position = |row: &Row| {
        let value = number(&positions, row);
        (value >= 0.0).then_some(value as u32)
    };
    let outcomes = outcomes(input, findings);
    let reasons = reasons(input, findings);
    Visits {
        source: input.settings.name.to_owned(),
        date: happenings.iter().map(|one| one.date).collect(),
        known_from: happenings.iter().map(|one| one.known).collect(),
        unit: happenings.iter().map(|one| one.unit).collect(),
        area: happenings.iter().map(|one| one.area).collect(),
        x: happenings.iter().map(|one| one.x).collect(),
        y: happenings.iter().map(|one| one.y).collect(),
        outcome: happenings
            .iter()
            .map(|one| match outcomes[one.row.table()][one.row.row()] {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a count, not below zero"
                )]
                Outcome::Found(_) => Outcome::Found((one.count as u32).max(1)),
                other => other,
            })
            .collect(),
        reason: rows.iter().map(|row| reasons[row.table()][row.row()]).collect(),
        list_position: rows.iter().map(position).collect(),
        probability: rows.iter().map(|row| number(&chances, row)).collect(),
        columns: gather(input, &rows, world.until, findings).columns,
    }
}

/// The outcome of each row of each table.
fn outcomes(input: &Input<'_>, findings: &mut Findings) -> Vec<Vec<Outcome>> {
    let lists = &input.settings.source.outcomes;
    let meaning = |cell: &str| {
        let name = if lists.is_empty() {
            Some(cell)
        } else {
            lists
                .iter()
                .find(|(_, values)| values.iter().any(|value| value == cell))
                .map(|(name, _)| name.as_str())
        };
        Some(match name? {
            "found" => Outcome::Found(1),
            "nothing_found" => Outcome::NothingFound,
            "no_access" => Outcome::NoAccess,
            "unknown" => Outcome::Unknown,
            _ => return None,
        })
    };
    let mut all = Vec::new();
    for table in &input.tables {
        let (mut empty, mut unlisted) = (Tally::default(), Tally::default());
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut read = vec![Outcome::Unknown; table.rows()];
        for (row, cell) in table.field("outcome").into_iter().flat_map(|cells| cells.iter().enumerate()) {
            if cell.is_empty() {
                empty.hit(table.lines[row], "");
            } else if let Some(outcome) = meaning(cell) {
                read[row] = outcome;
            } else {
                unlisted.hit(table.lines[row], cell);
                if seen.len() < 20 && !seen.contains(cell) {
                    seen.insert(cell.to_owned());
                }
            }
        }
        let column = table.column_of("outcome");
        let remedy = format!(
            "Put each value in `outcomes` under found, nothing_found, no_access or unknown; not listed: {}",
            listed(&seen.into_iter().collect::<Vec<_>>())
        );
        let error =
            table.place.error("unknown_outcome", "the outcome is in none of the lists of `outcomes`", remedy);
        findings.counted(&unlisted, error.in_column(column));
        let message = "the visit has no outcome: it counts as unknown";
        let remedy = "Fill in the outcome in the source";
        findings
            .counted(&empty, table.place.error("no_outcome", message, remedy).in_column(column).as_warning());
        all.push(read);
    }
    all
}

/// The reason of each row of each table.
fn reasons(input: &Input<'_>, findings: &mut Findings) -> Vec<Vec<VisitReason>> {
    let lists = &input.settings.source.reasons;
    let meaning = |cell: &str| {
        let name = if lists.is_empty() {
            Some(cell)
        } else {
            lists
                .iter()
                .find(|(_, values)| values.iter().any(|value| value == cell))
                .map(|(name, _)| name.as_str())
        };
        Some(match name? {
            "tip" => VisitReason::Tip,
            "list" => VisitReason::List,
            "routine" => VisitReason::Routine,
            "neighbour" => VisitReason::Neighbour,
            "random" => VisitReason::Random,
            "unknown" | "" => VisitReason::Unknown,
            _ => return None,
        })
    };
    let mut all = Vec::new();
    for table in &input.tables {
        let mut unlisted = Tally::default();
        let mut read = vec![VisitReason::Unknown; table.rows()];
        for (row, cell) in table.field("reason").into_iter().flat_map(|cells| cells.iter().enumerate()) {
            match meaning(cell) {
                Some(reason) => read[row] = reason,
                None if cell.is_empty() => {}
                None => unlisted.hit(table.lines[row], cell),
            }
        }
        let message = "the reason is in none of the lists of `reasons`: it counts as unknown";
        let remedy = "Put it in `reasons` under tip, list, routine, neighbour or random";
        let finding =
            table.place.error("unknown_reason", message, remedy).in_column(table.column_of("reason"));
        findings.counted(&unlisted, finding.as_warning());
        all.push(read);
    }
    all
}

/// All happenings of a source, sorted by date and known-from date.
fn happenings(input: &Input<'_>, world: &World<'_>, findings: &mut Findings) -> Vec<Happening> {
    let mut all = Vec::new();
    for at in 0..input.tables.len() {
        all.append(&mut of_table(input, at, world, findings));
    }
    all.sort_by_key(|one| (one.date, one.known, one.row));
    all
}

/// What happened on which day according to one row.
struct Moment {
    row: usize,
    date: Day,
    known: Day,
    count: f32,
}

fn of_table(input: &Input<'_>, at: usize, world: &World<'_>, findings: &mut Findings) -> Vec<Happening> {
    let table = &input.tables[at];
    let mut gone = vec![false; table.rows()];
    let moments = moments(input, at, world, &mut gone, findings);
    let places = places(input, at, world, &mut gone, findings);
    let mut all: Vec<Happening> = moments
        .into_iter()
        .filter(|moment| !gone[moment.row])
        .map(|moment| {
            let (unit, area, x, y) = places.at(moment.row, moment.date, world.units);
            let row = Row::new(at, moment.row);
            Happening { date: moment.date, known: moment.known, unit, area, x, y, count: moment.count, row }
        })
        .collect();
    if table.resolved.periods.is_empty() {
        drop_doubles(input, at, &mut all, &mut gone, findings);
    }
    let kept = gone.iter().filter(|gone| !**gone).count() as u64;
    findings.files[table.file].rows_kept = kept;
    all
}

/// Dates and counts of the rows; rows that cannot be used are marked as gone and counted.
fn moments(
    input: &Input<'_>,
    at: usize,
    world: &World<'_>,
    gone: &mut [bool],
    findings: &mut Findings,
) -> Vec<Moment> {
    let (settings, table) = (&input.settings, &input.tables[at]);
    let after = |day: Day| settings.known_after.map_or(day, |lag| lag.after(day));
    if !table.resolved.periods.is_empty() {
        return wide(input, at, world, gone, findings);
    }
    let days = match dates(table, settings, "date", findings) {
        Some(days) => days,
        None => ends_of_periods(table, findings),
    };
    let known = dates(table, settings, "known_from", findings);
    let counts = field_numbers(table, settings, "count", findings);
    let date_column = table.column_of(if table.resolved.has("date") { "date" } else { "year" });
    let mut tallies = Moments::default();
    let mut moments = Vec::with_capacity(table.rows());
    for (row, day) in days.into_iter().enumerate() {
        let line = table.lines[row];
        let count = counts.as_ref().map_or(1.0, |counts| counts[row]);
        let Some(date) = day else {
            tallies.no_date.hit(line, "");
            gone[row] = true;
            continue;
        };
        if date > world.until {
            tallies.future.hit(line, &date.to_string());
        }
        if count.is_nan() && counts.is_some() && table.column_of("outcome").is_empty() {
            tallies.no_count.hit(line, "");
            gone[row] = true;
            continue;
        }
        if count < 0.0 {
            tallies.negative.hit(line, &count.to_string());
        }
        let registered = known.as_ref().and_then(|days| days[row]);
        if registered.is_none() && known.is_some() {
            tallies.no_known.hit(line, &date.to_string());
        }
        let mut known = registered.unwrap_or_else(|| after(date));
        if known < date {
            tallies.early.hit(line, &format!("{known} before {date}"));
            known = date;
        }
        if known > world.until && registered.is_some() {
            tallies.late.hit(line, &known.to_string());
        }
        moments.push(Moment { row, date, known, count });
    }
    tallies.tell(table, date_column, findings);
    moments
}

#[derive(Default)]
struct Moments {
    no_date: Tally,
    future: Tally,
    no_count: Tally,
    negative: Tally,
    no_known: Tally,
    early: Tally,
    late: Tally,
}

impl Moments {
    fn tell(&self, table: &RawTable, date_column: &str, findings: &mut Findings) {
        let place = &table.place;
        findings.drop_rows(table.file, "no_date", self.no_date.count);
        findings.drop_rows(table.file, "no_count", self.no_count.count);
        let remedy = "Fill in the date in the source";
        let finding =
            place.error("no_date", "a row without a date is left out", remedy).in_column(date_column);
        findings.counted(&self.no_date, finding.as_warning());
        let remedy = "Check `data_until` in the study file, and the date";
        let error =
            place.error("date_in_future", "the date lies after `data_until`", remedy).in_column(date_column);
        findings.counted(&self.future, error);
        let count = table.column_of("count");
        let message = "the count is missing or withheld: the row is left out, it is not zero";
        let finding =
            place.error("no_count", message, "Nothing to do if the publisher withheld it").in_column(count);
        findings.counted(&self.no_count, finding.as_warning());
        let error =
            place.error("negative_count", "a count below zero", "Correct it, or add the value to `missing`");
        findings.counted(&self.negative, error.in_column(count));
        let known = table.column_of("known_from");
        let message = "no date of registration: taken as known on the day itself (or `known_after` later)";
        let finding =
            place.error("no_known_from", message, "Fill in the date of registration").in_column(known);
        findings.counted(&self.no_known, finding.as_warning());
        let message = "known before it happened";
        let remedy = "Correct the dates; perhaps `date` and `known_from` are swapped in `columns`";
        let mut finding = place.error("known_before_event", message, remedy).in_column(known);
        // A slip of the keyboard is repaired to the safe side; more than that is another column.
        if self.early.count * 100 <= table.rows() as u64 {
            finding.message.push_str(": taken as known on the day itself");
            finding = finding.as_warning();
        }
        findings.counted(&self.early, finding);
        let message = "registered after `data_until`: no feature will see it";
        let finding =
            place.error("known_in_future", message, "Check `data_until` in the study file").in_column(known);
        findings.counted(&self.late, finding.as_warning());
    }
}

/// Last days of the year and month columns.
fn ends_of_periods(table: &RawTable, findings: &mut Findings) -> Vec<Option<Day>> {
    let years = table.field("year");
    let months = table.field("month");
    let (mut bad_year, mut bad_month) = (Tally::default(), Tally::default());
    let mut days = vec![None; table.rows()];
    for (row, day) in days.iter_mut().enumerate() {
        let Some(text) = years.map(|years| years.get(row)).filter(|text| !text.is_empty()) else { continue };
        let Some(year) = cell::year(text) else {
            bad_year.hit(table.lines[row], text);
            continue;
        };
        let Some(text) = months.map(|months| months.get(row)) else {
            *day = Day::from_ymd(year, 12, 31);
            continue;
        };
        let month = text.strip_suffix(".0").unwrap_or(text).parse().ok();
        *day = month.and_then(|month| cell::last_of_month(year, month));
        if day.is_none() && !text.is_empty() {
            bad_month.hit(table.lines[row], text);
        }
    }
    let year = table.place.error("bad_date", "not a year", "Write the year with four digits");
    findings.counted(&bad_year, year.in_column(table.column_of("year")));
    let month = table.place.error("bad_date", "not a month", "Write the month as a number from 1 to 12");
    findings.counted(&bad_month, month.in_column(table.column_of("month")));
    days
}

/// Counts in columns, one per period.
fn wide(
    input: &Input<'_>,
    at: usize,
    world: &World<'_>,
    gone: &mut [bool],
    findings: &mut Findings,
) -> Vec<Moment> {
    let (settings, table) = (&input.settings, &input.tables[at]);
    let mut moments = Vec::new();
    let mut any = vec![false; table.rows()];
    for (column, date) in &table.resolved.periods {
        let Some(cells) = table.columns.get(column) else { continue };
        if *date > world.until {
            let error = table.place.error(
                "date_in_future",
                "the period ends after `data_until`",
                "Check `data_until` and `periods` in the study file",
            );
            findings.add(error.in_column(column).with_value(&date.to_string()));
        }
        let rules = settings.number_rules("count", settings.source.decimal_comma && !cells.typed);
        let rules = cell::NumberRules { marks: true, ..rules };
        let (mut absent, mut bad) = (Tally::default(), Tally::default());
        for (row, text) in cells.iter().enumerate() {
            match rules.read(text) {
                cell::NumberCell::Number(count) if count >= 0.0 => {
                    any[row] = true;
                    let known = settings.known_after.map_or(*date, |lag| lag.after(*date));
                    #[expect(clippy::cast_possible_truncation, reason = "columns are f32 by contract")]
                    moments.push(Moment { row, date: *date, known, count: count as f32 });
                }
                cell::NumberCell::Missing | cell::NumberCell::Secret => absent.hit(table.lines[row], text),
                _ => bad.hit(table.lines[row], text),
            }
        }
        let message = "the count is missing or withheld: left out, it is not zero";
        let finding = table.place.error("no_count", message, "Nothing to do if the publisher withheld it");
        findings.counted(&absent, finding.in_column(column).as_warning());
        let remedy = "Correct it, or add the value to `missing`";
        findings.counted(&bad, table.place.error("not_a_number", "not a count", remedy).in_column(column));
    }
    let mut none = 0;
    for (gone, _) in gone.iter_mut().zip(&any).filter(|(_, any)| !**any) {
        *gone = true;
        none += 1;
    }
    findings.drop_rows(table.file, "no_count", none);
    moments
}

/// Where the rows of a table happened.
struct Places {
    unit: Vec<Option<u32>>,
    area: Vec<Option<u32>>,
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Places {
    /// A row's unit, area and point; those of the unit as it was on the day, where the row names one.
    fn at(&self, row: usize, date: Day, units: &Units) -> (Option<u32>, Option<u32>, f64, f64) {
        let own = (self.unit[row], self.area[row], self.x[row], self.y[row]);
        let Some(unit) = self.unit[row] else { return own };
        let first = units.unit.partition_point(|&other| other < unit);
        let end = units.unit.partition_point(|&other| other <= unit);
        let begun = (first..end).rev().find(|&at| units.valid_from[at] <= date).unwrap_or(first);
        let (x, y) = if units.x[begun].is_nan() { (own.2, own.3) } else { (units.x[begun], units.y[begun]) };
        (own.0, units.area[begun].or(own.1), x, y)
    }
}

fn places(
    input: &Input<'_>,
    at: usize,
    world: &World<'_>,
    gone: &mut [bool],
    findings: &mut Findings,
) -> Places {
    let table = &input.tables[at];
    let (x, y) = planar(input, at, world.ground);
    let by_point = world.locator.all(&x, &y);
    let mut places = Places { unit: vec![None; table.rows()], area: by_point, x, y };
    let units = table.field("unit").filter(|_| !world.units.id.is_empty());
    let codes = table.field("area");
    let (mut unknown_unit, mut unknown_area, mut nowhere, mut outside) =
        (Tally::default(), Tally::default(), Tally::default(), Tally::default());
    let (mut drop_unit, mut drop_area, mut padded) = (0, 0, 0u64);
    for (row, gone) in gone.iter_mut().enumerate() {
        let line = table.lines[row];
        let has_point = !places.x[row].is_nan();
        let mut lost_area = false;
        if let Some(code) = codes.map(|codes| codes.get(row)).filter(|code| !code.is_empty()) {
            match world.locator.detailed(code) {
                Some(area) => places.area[row] = Some(area),
                None => {
                    unknown_area.hit(line, code);
                    lost_area = true;
                }
            }
        }
        let id = units.map(|units| units.get(row)).filter(|id| !id.is_empty());
        if let Some(id) = id {
            places.unit[row] = position(world.units, id);
            if places.unit[row].is_none() {
                unknown_unit.hit(line, id);
                padded += u64::from(position(world.units, &format!("{id:0>16}")).is_some());
            }
        }
        if places.unit[row].is_some() || places.area[row].is_some() || *gone {
            continue;
        }
        if has_point {
            outside.hit(line, &format!("{:.1} {:.1}", places.x[row], places.y[row]));
        } else {
            *gone = true;
            if id.is_some() {
                drop_unit += 1;
            } else if lost_area {
                drop_area += 1;
            } else {
                nowhere.hit(line, "");
            }
        }
    }
    findings.drop_rows(table.file, "unknown_unit", drop_unit);
    findings.drop_rows(table.file, "unknown_area", drop_area);
    findings.drop_rows(table.file, "no_place", nowhere.count);
    let remedy = if padded * 2 > unknown_unit.count {
        "The ids have lost their leading zero: export the column as text, BAG ids have 16 digits"
    } else {
        "Check that both sources are of the same registration and year"
    };
    let message = format!("there is no such unit; {drop_unit} rows without another place are left out");
    let finding = table.place.error("unknown_unit", message, remedy).in_column(table.column_of("unit"));
    let most = unknown_unit.count * 2 > table.rows() as u64;
    findings.counted(&unknown_unit, if most { finding } else { finding.as_warning() });
    let then = "is left out unless it has another place";
    unknown_areas(table, &unknown_area, world.locator, then, findings);
    let message = "the row names no unit, area or point and is left out";
    let finding = table.place.error("no_place", message, "Add the place in the source").as_warning();
    findings.counted(&nowhere, finding);
    tell_outside(input, at, world, &outside, findings);
    if gone.iter().all(|gone| *gone) && !gone.is_empty() {
        let message = "no row of the file can be used";
        let remedy = "See the other findings for this file: places or dates do not fit the rest of the study";
        findings.add(table.place.error("no_rows_left", message, remedy));
    }
    places
}

fn position(units: &Units, id: &str) -> Option<u32> {
    let at = units.id.binary_search_by(|known| known.as_str().cmp(id)).ok()?;
    u32::try_from(at).ok()
}

/// Points in no area: kept for what happens near by, but counted in no area.
fn tell_outside(input: &Input<'_>, at: usize, world: &World<'_>, outside: &Tally, findings: &mut Findings) {
    let table = &input.tables[at];
    let Some(points) = &input.points[at] else { return };
    if !world.locator.has_shapes() && !world.areas_only {
        return;
    }
    let columns = input.points[at].as_ref().map(FilePoints::shown).unwrap_or_default();
    let swapped = || {
        let found = points.x.iter().zip(&points.y).filter(|(x, y)| {
            let (x, y) = world.ground.metres(points.crs, **y, **x);
            world.locator.at(x, y).is_some()
        });
        found.count() as u64
    };
    let error = if outside.count * 2 > table.rows() as u64 && swapped() * 2 > outside.count {
        let message = "x and y look swapped: most points lie in no area";
        table.place.error("coordinates_swapped", message, "Swap the two columns in `columns`")
    } else {
        let message = "the point lies in none of the areas: it counts in no area";
        let remedy = "Nothing to do for events outside the study; otherwise check the coordinates";
        table.place.error("point_outside_areas", message, remedy).as_warning()
    };
    findings.counted(outside, error.in_column(&columns));
}

/// Rows that are the same in everything that is read: left out where they name a unit, else only warned of.
fn drop_doubles(
    input: &Input<'_>,
    at: usize,
    all: &mut Vec<Happening>,
    gone: &mut [bool],
    findings: &mut Findings,
) {
    let table = &input.tables[at];
    let row_text = |row: usize| {
        let cells = table.columns.values().map(|cells| cells.get(row));
        let shape = table.shapes.as_ref().map(|shapes| format!("{:?}", shapes[row])).unwrap_or_default();
        cells.collect::<Vec<_>>().join("\u{1f}") + &shape
    };
    all.sort_by(|a, b| {
        let key = |one: &Happening| (one.date, one.known, one.unit, one.area, one.row);
        key(a).cmp(&key(b))
    });
    let (mut left_out, mut kept) = (Tally::default(), Tally::default());
    let same =
        |a: &Happening, b: &Happening| (a.date, a.known, a.unit, a.area) == (b.date, b.known, b.unit, b.area);
    for group in all.chunk_by(same).filter(|group| group.len() > 1) {
        let mut seen = BTreeSet::new();
        for one in group {
            let row = one.row.row();
            if seen.insert(row_text(row)) {
                continue;
            }
            if one.unit.is_some() {
                gone[row] = true;
                left_out.hit(table.lines[row], &one.date.to_string());
            } else {
                kept.hit(table.lines[row], &one.date.to_string());
            }
        }
    }
    all.retain(|one| !gone[one.row.row()]);
    findings.drop_rows(table.file, "double", left_out.count);
    let message = "the row repeats another one of the same unit in full and is left out";
    let remedy = "Read a column that tells them apart if both happened";
    findings.counted(&left_out, table.place.error("double_row", message, remedy).as_warning());
    let message = "the row repeats another one in full; both are kept";
    let remedy = "Remove one in the source if it happened once";
    findings.counted(&kept, table.place.error("double_row", message, remedy).as_warning());
}
