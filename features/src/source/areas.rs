//! Areas of all levels: from files, nested columns or a grid, held against each other.

use std::collections::BTreeMap;

use geo::orient::Direction;
use geo::{CoordsIter, Geometry, Intersects, MapCoords, MultiPolygon, Orient, Point, Rect, unary_union};
use rayon::prelude::*;

use super::points::{Ground, inner_point};
use super::raw::{Crs, RawTable};
use super::report::{Findings, Tally};
use super::typed::{Input, Row, gather};
use crate::tables::{Areas, Column, Day};

/// An area while it is put together.
#[derive(Debug, Default)]
struct Draft {
    name: String,
    parent: Option<String>,
    shape: Option<MultiPolygon<f64>>,
    wgs84: Option<MultiPolygon<f64>>,
    point: Option<(f64, f64)>,
    /// Where it comes from, for messages: source, table, row.
    from: Option<(usize, Row)>,
}

/// Level name → code → area.
type Levels = BTreeMap<String, BTreeMap<String, Draft>>;

/// Levels by how detailed they are, where their names are known.
const RANKS: [&str; 9] =
    ["pc6", "buurt", "pc4", "wijk", "stadsdeel", "gemeente", "regio", "provincie", "land"];

/// Makes the areas. `inputs` are the sources of areas, `grid` the cells of a grid with their level's name.
pub(crate) fn build(
    inputs: &[&Input<'_>],
    grids: Vec<Grid>,
    ground: &Ground,
    until: Day,
    findings: &mut Findings,
) -> Areas {
    let mut levels = Levels::new();
    let mut used: Vec<Vec<(String, String, Row)>> = Vec::new();
    for (source, input) in inputs.iter().enumerate() {
        let mut rows = Vec::new();
        for table in 0..input.tables.len() {
            take_table(inputs, source, table, ground, &mut levels, &mut rows, findings);
        }
        used.push(rows);
    }
    for grid in grids {
        grid.add(ground, &mut levels);
    }
    let order = order(&levels);
    dissolve(&order, &mut levels, ground);
    let mut areas = assemble(&order, levels, inputs, findings);
    for (input, rows) in inputs.iter().zip(&used) {
        add_columns(&mut areas, input, rows, until, findings);
    }
    areas
}

/// Takes up the rows of one table.
fn take_table(
    inputs: &[&Input<'_>],
    source: usize,
    at: usize,
    ground: &Ground,
    levels: &mut Levels,
    used: &mut Vec<(String, String, Row)>,
    findings: &mut Findings,
) {
    let input = inputs[source];
    let table = &input.tables[at];
    let Some(codes) = table.field("code") else { return };
    let shapes = Converted::new(table, input, at, ground, findings);
    let own_levels = if table.levels.is_empty() {
        vec![level_of_code(codes.get(0)).to_owned()]
    } else {
        table.levels.clone()
    };
    let level = own_levels[0].clone();
    let (mut empty, mut doubles, mut repeated) = (Tally::default(), Tally::default(), Tally::default());
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for row in 0..table.rows() {
        let code = codes.get(row);
        if code.is_empty() {
            empty.hit(table.lines[row], "");
            continue;
        }
        if let Some(&first) = seen.get(code) {
            let same = table.shapes.is_none()
                && table.resolved.fields.values().all(|column| {
                    table.columns.get(column).is_some_and(|cells| cells.get(first) == cells.get(row))
                });
            if same { &mut repeated } else { &mut doubles }.hit(table.lines[row], code);
            continue;
        }
        seen.insert(code, row);
        let from = Row::new(at, row);
        used.push((level.clone(), code.to_owned(), from));
        let mut parent = text(table, "parent", row);
        if let Some(upper) = own_levels.get(1) {
            parent = text(table, &format!("{upper}_code"), row).or(parent);
        }
        let draft = Draft {
            name: text(table, "name", row).unwrap_or_default(),
            parent,
            shape: shapes.plane[row].clone(),
            wgs84: shapes.wgs84[row].clone(),
            point: shapes.points[row],
            from: Some((source, from)),
        };
        merge(levels, &level, code, draft);
        nested(levels, table, &own_levels, row, findings);
    }
    let column = table.column_of("code");
    findings.drop_rows(table.file, "no_code", empty.count);
    findings.drop_rows(table.file, "repeated_code", repeated.count + doubles.count);
    findings.files[table.file].rows_kept = seen.len() as u64;
    let place = &table.place;
    let remedy = "Give each area a code, or leave these rows out with `only`";
    findings.counted(
        &empty,
        place.error("no_code", "an area without a code is left out", remedy).in_column(column).as_warning(),
    );
    let remedy = "Leave one row per area, for instance land without water: only = { water = [\"NEE\"] }";
    findings.counted(
        &doubles,
        place.error("duplicate_area", "the area code is there twice", remedy).in_column(column),
    );
    let message = "rows that repeat an area in full are counted once";
    let remedy = "Nothing to do if the file is a list of something else than areas";
    findings.counted(&repeated, place.error("repeated_area", message, remedy).in_column(column).as_warning());
}

/// The upper levels that a row names beside its own.
fn nested(levels: &mut Levels, table: &RawTable, own: &[String], row: usize, findings: &mut Findings) {
    for (at, level) in own.iter().enumerate().skip(1) {
        let Some(code) = text(table, &format!("{level}_code"), row) else { continue };
        let parent = own.get(at + 1).and_then(|upper| text(table, &format!("{upper}_code"), row));
        let known =
            levels.get(level).and_then(|areas| areas.get(&code)).and_then(|draft| draft.parent.clone());
        if let (Some(known), Some(parent)) = (&known, &parent)
            && known != parent
        {
            let message =
                format!("{level} `{code}` lies in both `{known}` and `{parent}`: the areas do not nest");
            let error =
                table.place.error("areas_do_not_nest", message, "Correct the codes of the higher level");
            findings
                .add(error.at_line(table.lines[row]).in_column(table.column_of(&format!("{level}_code"))));
        }
        let name = text(table, &format!("{level}_name"), row).unwrap_or_default();
        merge(levels, level, &code, Draft { name, parent, ..Draft::default() });
    }
}

fn text(table: &RawTable, field: &str, row: usize) -> Option<String> {
    let cell = table.field(field)?.get(row);
    (!cell.is_empty()).then(|| cell.to_owned())
}

/// Adds to an area what another source knows of it; what came first stays.
fn merge(levels: &mut Levels, level: &str, code: &str, new: Draft) {
    let known = levels.entry(level.to_owned()).or_default().entry(code.to_owned()).or_default();
    if known.name.is_empty() {
        known.name = new.name;
    }
    known.parent = known.parent.take().or(new.parent);
    if known.shape.is_none() {
        known.shape = new.shape;
        known.wgs84 = new.wgs84;
    }
    known.point = known.point.or(new.point);
    known.from = known.from.or(new.from);
}

/// The shapes and points of a table in the plane and in degrees.
struct Converted {
    plane: Vec<Option<MultiPolygon<f64>>>,
    wgs84: Vec<Option<MultiPolygon<f64>>>,
    points: Vec<Option<(f64, f64)>>,
}

impl Converted {
    fn new(table: &RawTable, input: &Input<'_>, at: usize, ground: &Ground, findings: &mut Findings) -> Self {
        let crs = table.crs.unwrap_or(Crs::Wgs84);
        let none = vec![None; table.rows()];
        let shapes = table.shapes.as_ref().map_or(&none, |shapes| shapes);
        let both: Vec<_> = shapes.par_iter().map(|shape| convert(shape.as_ref()?, crs, ground)).collect();
        let mut unusable = Tally::default();
        for ((shape, done), &line) in shapes.iter().zip(&both).zip(&table.lines) {
            if shape.is_some() && !matches!(shape, Some(Geometry::Point(_))) && done.is_none() {
                unusable.hit(line, "");
            }
        }
        let remedy = "Repair the layer in a GIS: each area needs a polygon with real coordinates";
        findings.counted(&unusable, table.place.error("geometry", "the area's shape cannot be used", remedy));
        let points = input.points[at].as_ref().map_or_else(
            || vec![None; table.rows()],
            |points| {
                let known = |(&x, &y): (&f64, &f64)| {
                    let (x, y) = ground.metres(points.crs, x, y);
                    (!x.is_nan() && !y.is_nan()).then_some((x, y))
                };
                points.x.iter().zip(&points.y).map(known).collect()
            },
        );
        let (plane, wgs84) = both.into_iter().map(Option::unzip).unzip();
        Self { plane, wgs84, points }
    }
}

fn convert(
    shape: &Geometry<f64>,
    crs: Crs,
    ground: &Ground,
) -> Option<(MultiPolygon<f64>, MultiPolygon<f64>)> {
    let polygons = match shape {
        Geometry::Polygon(polygon) => MultiPolygon(vec![polygon.clone()]),
        Geometry::MultiPolygon(polygons) => polygons.clone(),
        _ => return None,
    };
    // Publishers turn rings either way; a union counts on one way, and so does GeoJSON.
    let polygons = polygons.orient(Direction::Default);
    let plane = polygons.map_coords(|c| ground.metres(crs, c.x, c.y).into());
    let wgs84 = polygons.map_coords(|c| ground.degrees(crs, c.x, c.y).into());
    let finite = |shape: &MultiPolygon<f64>| shape.coords_iter().all(|c| c.x.is_finite() && c.y.is_finite());
    (finite(&plane) && finite(&wgs84) && !plane.0.is_empty()).then_some((plane, wgs84))
}

fn level_of_code(code: &str) -> &'static str {
    match code.get(..2) {
        Some("BU") => "buurt",
        Some("WK") => "wijk",
        Some("GM") => "gemeente",
        _ => "gebied",
    }
}

/// Level names, most detailed first: by their known order, otherwise by how many areas they have.
fn order(levels: &Levels) -> Vec<String> {
    let rank = |name: &str| RANKS.iter().position(|known| *known == name);
    let mut names: Vec<String> = levels.keys().cloned().collect();
    if names.iter().all(|name| rank(name).is_some()) {
        names.sort_by_key(|name| rank(name));
    } else {
        names.sort_by_key(|name| std::cmp::Reverse(levels[name].len()));
    }
    names
}

/// Gives areas without a shape the union of the areas in them.
fn dissolve(order: &[String], levels: &mut Levels, ground: &Ground) {
    for (lower, upper) in order.iter().zip(order.iter().skip(1)) {
        let mut parts: BTreeMap<&str, Vec<&MultiPolygon<f64>>> = BTreeMap::new();
        for draft in levels[lower].values() {
            if let (Some(parent), Some(shape)) = (&draft.parent, &draft.shape) {
                parts.entry(parent).or_default().push(shape);
            }
        }
        let wanted: Vec<(&str, &Vec<&MultiPolygon<f64>>)> = parts
            .iter()
            .filter(|(code, _)| levels[upper].get(**code).is_some_and(|draft| draft.shape.is_none()))
            .map(|(code, shapes)| (*code, shapes))
            .collect();
        let joined: Vec<(String, MultiPolygon<f64>)> = wanted
            .par_iter()
            .map(|(code, shapes)| ((*code).to_owned(), unary_union(shapes.iter().copied())))
            .collect();
        for (code, shape) in joined {
            let wgs84 = shape.map_coords(|c| {
                let degrees = ground.projection.to_wgs84(c.x, c.y);
                degrees.unwrap_or((f64::NAN, f64::NAN)).into()
            });
            if let Some(draft) = levels.get_mut(upper).and_then(|areas| areas.get_mut(&code)) {
                draft.shape = Some(shape);
                draft.wgs84 = Some(wgs84);
            }
        }
    }
}

/// Puts the levels under each other and finds every area's parent.
fn assemble(order: &[String], levels: Levels, inputs: &[&Input<'_>], findings: &mut Findings) -> Areas {
    let mut areas = Areas { levels: order.to_vec(), ..Areas::default() };
    let mut levels = levels;
    let mut wanted = Vec::new();
    for (level, name) in (0u8..).zip(order) {
        for (code, draft) in levels.remove(name).unwrap_or_default() {
            let inner =
                draft.shape.as_ref().and_then(|shape| inner_point(&Geometry::MultiPolygon(shape.clone())));
            let (x, y) = draft.point.or(inner.map(Into::into)).unwrap_or((f64::NAN, f64::NAN));
            areas.code.push(code);
            areas.name.push(draft.name);
            areas.level.push(level);
            areas.shape.push(draft.shape);
            areas.shape_wgs84.push(draft.wgs84);
            areas.x.push(x);
            areas.y.push(y);
            wanted.push((draft.parent, draft.from));
        }
    }
    parents(&mut areas, &wanted, inputs, findings);
    for (at, name) in (0..).zip(&mut areas.name) {
        if name.is_empty() {
            name.clone_from(&areas.code[at]);
        }
    }
    areas
}

/// The code of the parent that a row gives, and the source and row that gave it.
type Wanted = (Option<String>, Option<(usize, Row)>);

/// Finds parents by the given code, by the structure of CBS codes, or by the shape that holds the area.
fn parents(areas: &mut Areas, wanted: &[Wanted], inputs: &[&Input<'_>], findings: &mut Findings) {
    let top = areas.levels.len().saturating_sub(1);
    let mut by_code: BTreeMap<(u8, &str), u32> = BTreeMap::new();
    for (at, code) in (0u32..).zip(&areas.code) {
        by_code.insert((areas.level[at as usize], code), at);
    }
    let find = |level: u8, code: &str| {
        (level + 1..=u8::MAX).take(top).find_map(|upper| by_code.get(&(upper, code)).copied())
    };
    let mut lacking: BTreeMap<(usize, u32), Tally> = BTreeMap::new();
    let mut outside: BTreeMap<(usize, u32), (Tally, u64)> = BTreeMap::new();
    let (mut orphans, mut parents) = (Tally::default(), Vec::with_capacity(areas.code.len()));
    for (at, (parent_code, from)) in wanted.iter().enumerate() {
        let level = areas.level[at];
        if usize::from(level) == top {
            parents.push(None);
            continue;
        }
        let line = from.map(|(source, row)| {
            let table = &inputs[source].tables[row.table()];
            ((source, row.table), table.lines[row.row()])
        });
        let parent = match parent_code {
            Some(code) => {
                let found = find(level, code);
                if let (None, Some((file, line))) = (found, line) {
                    lacking.entry(file).or_default().hit(line, code);
                }
                found
            }
            None => {
                cbs_parent(&areas.code[at]).and_then(|code| find(level, &code)).or_else(|| holder(areas, at))
            }
        };
        match parent {
            None if parent_code.is_none() => orphans.value(&areas.code[at]),
            Some(parent) if parent_code.is_some() => {
                if let (Some(shape), Some((file, line))) = (&areas.shape[parent as usize], line) {
                    let (tally, all) = outside.entry(file).or_default();
                    *all += 1;
                    let (x, y) = (areas.x[at], areas.y[at]);
                    if !x.is_nan() && !shape.intersects(&Point::new(x, y)) {
                        tally.hit(line, &areas.code[at]);
                    }
                }
            }
            _ => {}
        }
        parents.push(parent);
    }
    for ((source, table), tally) in &lacking {
        let table = &inputs[*source].tables[*table as usize];
        let message = "the area that this one lies in is not among the areas of the study";
        let remedy = "Add the higher level as a source of areas, or leave `parent` out";
        findings.counted(
            tally,
            table.place.error("unknown_parent", message, remedy).in_column(table.column_of("parent")),
        );
    }
    for ((source, table), (tally, all)) in &outside {
        let table = &inputs[*source].tables[*table as usize];
        let message = "the area lies outside the area that it is said to lie in: the areas do not nest";
        let remedy = "Check that both levels are of the same year and the same coordinate system";
        let error =
            table.place.error("area_outside_parent", message, remedy).in_column(table.column_of("code"));
        findings.counted(tally, if tally.count * 2 > *all { error } else { error.as_warning() });
    }
    let place = inputs.first().and_then(|input| input.tables.first()).map(|table| table.place.clone());
    let message = "the area lies in none of the areas of the level above";
    let remedy = "Map `parent`, or check that both levels are of the same year";
    findings.counted(
        &orphans,
        place.unwrap_or_default().error("area_without_parent", message, remedy).as_warning(),
    );
    areas.parent = parents;
}

/// The code one level up in the CBS's scheme: `BU00140001` lies in `WK001400`, that in `GM0014`.
fn cbs_parent(code: &str) -> Option<String> {
    match (code.get(..2)?, code.len()) {
        ("BU", 10) => Some(format!("WK{}", code.get(2..8)?)),
        ("WK", 8) => Some(format!("GM{}", code.get(2..6)?)),
        _ => None,
    }
}

/// The first area one level up whose shape holds this area's point.
fn holder(areas: &Areas, at: usize) -> Option<u32> {
    let (x, y, level) = (areas.x[at], areas.y[at], areas.level[at] + 1);
    if x.is_nan() {
        return None;
    }
    let upper = (0u32..).zip(&areas.level).filter(|(_, other)| **other == level).map(|(area, _)| area);
    let point = Point::new(x, y);
    let holds =
        |area: &u32| areas.shape[*area as usize].as_ref().is_some_and(|shape| shape.intersects(&point));
    upper.into_iter().find(holds)
}

/// Spreads a source's columns over the areas; areas that it does not name have a missing value.
fn add_columns(
    areas: &mut Areas,
    input: &Input<'_>,
    used: &[(String, String, Row)],
    until: Day,
    findings: &mut Findings,
) {
    let rows: Vec<Row> = used.iter().map(|(_, _, row)| *row).collect();
    let gathered = gather(input, &rows, until, findings);
    if gathered.columns.is_empty() {
        return;
    }
    let mut position: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (at, code) in areas.code.iter().enumerate() {
        position.insert((areas.levels[usize::from(areas.level[at])].as_str(), code), at);
    }
    let places: Vec<Option<usize>> =
        used.iter().map(|(level, code, _)| position.get(&(level.as_str(), code.as_str())).copied()).collect();
    for column in gathered.columns {
        if areas.columns.iter().any(|known| known.name == column.name) {
            let place = input.tables.first().map(|table| table.place.clone()).unwrap_or_default();
            let remedy = "Give the columns of different sources of areas different names";
            findings.add(
                place
                    .error("duplicate_column", "another source of areas has this column", remedy)
                    .in_column(&column.name),
            );
            continue;
        }
        let mut values = vec![f32::NAN; areas.code.len()];
        for (value, place) in column.values.iter().zip(&places) {
            if let Some(at) = place {
                values[*at] = *value;
            }
        }
        areas.columns.push(Column { values, ..column });
    }
}

/// A square grid over points.
#[derive(Debug)]
pub(crate) struct Grid {
    pub(crate) level: String,
    pub(crate) metres: f64,
    pub(crate) x: Vec<f64>,
    pub(crate) y: Vec<f64>,
}

impl Grid {
    /// One area for each cell that holds a point, named by the cell's place.
    fn add(self, ground: &Ground, levels: &mut Levels) {
        #[expect(clippy::cast_possible_truncation, reason = "the plane is smaller than 2^63 metres")]
        let cell = |at: f64| (at / self.metres).floor() as i64;
        let mut cells: Vec<(i64, i64)> = (self.x.iter().zip(&self.y))
            .filter(|(x, y)| !x.is_nan() && !y.is_nan())
            .map(|(&x, &y)| (cell(x), cell(y)))
            .collect();
        cells.sort_unstable();
        cells.dedup();
        #[expect(clippy::cast_precision_loss, reason = "cells lie on Earth")]
        let corner = |(x, y): (i64, i64)| (x as f64 * self.metres, y as f64 * self.metres);
        for (x, y) in cells {
            let shape = MultiPolygon(vec![Rect::new(corner((x, y)), corner((x + 1, y + 1))).to_polygon()]);
            let wgs84 = shape
                .map_coords(|c| ground.projection.to_wgs84(c.x, c.y).unwrap_or((f64::NAN, f64::NAN)).into());
            let draft = Draft { shape: Some(shape), wgs84: Some(wgs84), ..Draft::default() };
            merge(levels, &self.level, &format!("GRID_{x}_{y}"), draft);
        }
    }
}
