//! Places of rows in the plane of the study, and the checks on them.

use geo::{Centroid, Contains, Geometry, InteriorPoint, Point};
use rayon::prelude::*;

use super::cell::{self};
use super::raw::{Cells, Crs, RawTable};
use super::report::{Findings, Tally};
use crate::geometry::Projection;
use crate::spec::Plane;

/// A point inside a shape: its middle when that lies inside.
pub(crate) fn inner_point(shape: &Geometry<f64>) -> Option<Point<f64>> {
    if let Geometry::Point(point) = shape {
        return Some(*point);
    }
    let middle = shape.centroid()?;
    if !(middle.x().is_finite() && middle.y().is_finite()) || shape.contains(&middle) {
        return Some(middle);
    }
    shape.interior_point()
}

/// Coordinates as the file has them; NaN where a row has none.
#[derive(Debug)]
pub(crate) struct FilePoints {
    pub(crate) crs: Crs,
    pub(crate) x: Vec<f64>,
    pub(crate) y: Vec<f64>,
    columns: (String, String),
}

/// The plane of a study.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    pub(crate) plane: Plane,
    pub(crate) projection: Projection,
    pub(crate) rd: Projection,
}

impl Ground {
    /// From a file's coordinates to the plane; NaN where that cannot be.
    pub(crate) fn metres(&self, crs: Crs, x: f64, y: f64) -> (f64, f64) {
        let moved = match (self.plane, crs) {
            (Plane::Rd, Crs::Rd) => Ok((x, y)),
            (_, Crs::Wgs84) => self.projection.from_wgs84(x, y),
            (Plane::Local, Crs::Rd) => {
                self.rd.to_wgs84(x, y).and_then(|(lon, lat)| self.projection.from_wgs84(lon, lat))
            }
        };
        moved.unwrap_or((f64::NAN, f64::NAN))
    }

    /// From a file's coordinates to longitude and latitude; NaN where that cannot be.
    pub(crate) fn degrees(&self, crs: Crs, x: f64, y: f64) -> (f64, f64) {
        match crs {
            Crs::Wgs84 => (x, y),
            Crs::Rd => self.rd.to_wgs84(x, y).unwrap_or((f64::NAN, f64::NAN)),
        }
    }
}

fn rd_holds(x: f64, y: f64) -> bool {
    (-7_000.0..=300_000.0).contains(&x) && (289_000.0..=629_000.0).contains(&y)
}

fn dutch_degrees(x: f64, y: f64) -> bool {
    (2.5..=7.6).contains(&x) && (50.2..=54.2).contains(&y)
}

fn degrees(x: f64, y: f64) -> bool {
    (-180.0..=180.0).contains(&x) && (-90.0..=90.0).contains(&y)
}

/// The coordinates of a table, checked; `None` when it has none. Errors go to the findings.
pub(crate) fn of_table(
    table: &RawTable,
    plane: Plane,
    decimal_comma: bool,
    missing: &[String],
    findings: &mut Findings,
) -> Option<FilePoints> {
    let pair = [("x", "y"), ("lon", "lat")].into_iter().find(|(x, _)| table.resolved.has(x));
    let mut points = if let Some((x, y)) = pair {
        let columns = (table.column_of(x).to_owned(), table.column_of(y).to_owned());
        let xs = coordinates(table, table.field(x)?, &columns.0, decimal_comma, missing, findings);
        let ys = coordinates(table, table.field(y)?, &columns.1, decimal_comma, missing, findings);
        let crs = if x == "lon" { Some(Crs::Wgs84) } else { table.crs };
        FilePoints { crs: crs.or_else(|| guess(&xs, &ys)).unwrap_or(Crs::Wgs84), x: xs, y: ys, columns }
    } else {
        let shapes = table.shapes.as_ref()?;
        let places: Vec<_> = shapes.par_iter().map(|shape| inner_point(shape.as_ref()?)).collect();
        let of =
            |pick: fn(Point<f64>) -> f64| places.iter().map(|point| point.map_or(f64::NAN, pick)).collect();
        FilePoints {
            crs: table.crs.unwrap_or(Crs::Wgs84),
            x: of(Point::x),
            y: of(Point::y),
            columns: ("geometry".to_owned(), "geometry".to_owned()),
        }
    };
    points.check(table, plane, findings);
    Some(points)
}

/// The system in which most of the points could lie.
fn guess(xs: &[f64], ys: &[f64]) -> Option<Crs> {
    let with = xs.iter().zip(ys).filter(|(x, y)| !x.is_nan() && !y.is_nan());
    let (mut all, mut in_rd, mut in_degrees) = (0usize, 0usize, 0usize);
    for (&x, &y) in with {
        all += 1;
        in_rd += usize::from(rd_holds(x, y) || rd_holds(y, x));
        in_degrees += usize::from(degrees(x, y));
    }
    if in_rd * 2 > all {
        Some(Crs::Rd)
    } else if in_degrees * 2 > all {
        Some(Crs::Wgs84)
    } else {
        None
    }
}

fn coordinates(
    table: &RawTable,
    cells: &Cells,
    column: &str,
    decimal_comma: bool,
    missing: &[String],
    findings: &mut Findings,
) -> Vec<f64> {
    let (mut bad, mut endless) = (Tally::default(), Tally::default());
    let mut values = Vec::with_capacity(cells.len());
    for (cell, &line) in cells.iter().zip(&table.lines) {
        let value = if cell.is_empty() || missing.iter().any(|mark| mark == cell) {
            f64::NAN
        } else {
            match cell::number(cell, decimal_comma && !cells.typed) {
                Some(number) if number.is_finite() => number,
                Some(_) => {
                    endless.hit(line, cell);
                    f64::NAN
                }
                None => {
                    bad.hit(line, cell);
                    f64::NAN
                }
            }
        };
        values.push(value);
    }
    let error = table.place.error(
        "coordinate_not_finite",
        "the coordinate is NaN or infinite",
        "Leave the cell empty when the place is unknown",
    );
    findings.counted(&endless, error.in_column(column));
    let remedy = if decimal_comma {
        "Write it as 123456,7, or drop `decimal_comma`"
    } else {
        "Write it with a decimal point, or set decimal_comma = true"
    };
    findings.counted(
        &bad,
        table.place.error("not_a_number", "the coordinate is not a number", remedy).in_column(column),
    );
    values
}

impl FilePoints {
    /// The columns that the points come from, for messages.
    pub(crate) fn shown(&self) -> String {
        if self.columns.0 == self.columns.1 {
            self.columns.0.clone()
        } else {
            format!("{}, {}", self.columns.0, self.columns.1)
        }
    }

    /// Points that cannot lie in the coordinate system: an error when they are many, else they count as unknown.
    fn check(&mut self, table: &RawTable, plane: Plane, findings: &mut Findings) {
        let fits: fn(f64, f64) -> bool = match (self.crs, plane) {
            (Crs::Rd, _) => rd_holds,
            (Crs::Wgs84, Plane::Rd) => dutch_degrees,
            (Crs::Wgs84, Plane::Local) => degrees,
        };
        let mut odd = Tally::default();
        let (mut with, mut turned, mut in_degrees, mut in_rd) = (0u64, 0u64, 0u64, 0u64);
        let mut out = Vec::new();
        for (row, (&x, &y)) in self.x.iter().zip(&self.y).enumerate() {
            if x.is_nan() || y.is_nan() {
                continue;
            }
            with += 1;
            if !fits(x, y) {
                odd.hit(table.lines[row], &format!("{x} {y}"));
                turned += u64::from(fits(y, x));
                in_degrees += u64::from(dutch_degrees(x, y) || dutch_degrees(y, x));
                in_rd += u64::from(rd_holds(x, y));
                out.push(row);
            }
        }
        for row in out {
            (self.x[row], self.y[row]) = (f64::NAN, f64::NAN);
        }
        let name = if self.crs == Crs::Rd { "RD (metres)" } else { "WGS84 (degrees)" };
        let most = |count: u64| count * 2 > odd.count;
        let (check, message, remedy) = if most(turned) {
            let remedy =
                format!("Swap the two in `columns`: x = \"{}\", y = \"{}\"", self.columns.1, self.columns.0);
            ("coordinates_swapped", "x and y look swapped".to_owned(), remedy)
        } else if self.crs == Crs::Rd && most(in_degrees) {
            let remedy = "Set crs = \"wgs84\" for this source".to_owned();
            ("wrong_crs", "these are degrees (WGS84), not RD metres".to_owned(), remedy)
        } else if self.crs == Crs::Wgs84 && most(in_rd) {
            let remedy = "Set crs = \"rd\" for this source".to_owned();
            ("wrong_crs", "these are RD metres, not degrees (WGS84)".to_owned(), remedy)
        } else {
            let remedy = "Correct it in the source, check `crs`, or for data outside the Netherlands set plane = \"local\"".to_owned();
            ("coordinate_out_of_range", format!("the place lies outside the range of {name}"), remedy)
        };
        let mut finding = table.place.error(check, message, remedy).in_column(&self.shown());
        if odd.count * 2 <= with {
            finding.message.push_str(": taken as unknown");
            finding = finding.as_warning();
        }
        findings.counted(&odd, finding);
    }
}
