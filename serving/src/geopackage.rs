//! A collection as a GeoPackage (OGC 12-128r17): one SQLite file with areas, figures and what they are, for desktop
//! programs and for later.
//!
//! The file is made in memory. The same areas give the same bytes.

use axum::body::Bytes;
use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, ToSql, params, params_from_iter};

use crate::facts::notice;
use crate::ogc::Collection;
use crate::problem::Problem;
use crate::projection::{Area, Column, Kind, Value};
use crate::shapes::{Bounds, Crs, Position, Ring, Shape};
use crate::table::{CONSTANTS, constants};
use crate::view::View;

/// The media type of GeoPackages.
pub(crate) const GEOPACKAGE: &str = "application/geopackage+sqlite3";

/// `GPKG` in the header of the file, and version 1.3.
const SCHEMA: &str = "
    PRAGMA application_id = 1196444487;
    PRAGMA user_version = 10300;
    CREATE TABLE gpkg_spatial_ref_sys (
        srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
        organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
    CREATE TABLE gpkg_contents (
        table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
        last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
        min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
        CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
    CREATE TABLE gpkg_geometry_columns (
        table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
        z TINYINT NOT NULL, m TINYINT NOT NULL,
        CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
        CONSTRAINT uk_gc_table_name UNIQUE (table_name),
        CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
        CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));";

/// The number of RD in the file, as in EPSG's register.
const RD: i32 = 28992;

const WGS84_TEXT: &str = "GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,298.257223563]],\
    PRIMEM[\"Greenwich\",0],UNIT[\"degree\",0.0174532925199433],AUTHORITY[\"EPSG\",\"4326\"]]";

const RD_TEXT: &str = "PROJCS[\"Amersfoort / RD New\",GEOGCS[\"Amersfoort\",DATUM[\"Amersfoort\",\
    SPHEROID[\"Bessel 1841\",6377397.155,299.1528128]],PRIMEM[\"Greenwich\",0],UNIT[\"degree\",0.0174532925199433]],\
    PROJECTION[\"Oblique_Stereographic\"],PARAMETER[\"latitude_of_origin\",52.1561605555556],\
    PARAMETER[\"central_meridian\",5.38763888888889],PARAMETER[\"scale_factor\",0.9999079],\
    PARAMETER[\"false_easting\",155000],PARAMETER[\"false_northing\",463000],UNIT[\"metre\",1],\
    AXIS[\"Easting\",EAST],AXIS[\"Northing\",NORTH],AUTHORITY[\"EPSG\",\"28992\"]]";

/// Writes a collection, with outlines in RD.
///
/// # Errors
/// When SQLite fails, as when there is no memory left.
pub(crate) fn write(view: &View, collection: &Collection<'_>) -> Result<Bytes, Problem> {
    file(view, collection).map_err(|cause| Problem::internal(&cause))
}

fn file(view: &View, collection: &Collection<'_>) -> rusqlite::Result<Bytes> {
    let mut file = Connection::open_in_memory()?;
    file.execute_batch("BEGIN")?;
    file.execute_batch(SCHEMA)?;
    write_systems(&file)?;
    let table = collection.id.replace('-', "_");
    write_areas(&file, view, collection, &table)?;
    write_contents(&file, view, collection, &table)?;
    file.execute_batch("COMMIT")?;
    Ok(Bytes::copy_from_slice(&file.serialize("main")?))
}

fn write_systems(file: &Connection) -> rusqlite::Result<()> {
    let undefined = "undefined";
    let systems = [
        ("Undefined Cartesian", -1, "NONE", -1, undefined),
        ("Undefined geographic", 0, "NONE", 0, undefined),
        ("WGS 84", 4326, "EPSG", 4326, WGS84_TEXT),
        ("Amersfoort / RD New", RD, "EPSG", RD, RD_TEXT),
    ];
    for system in systems {
        file.execute("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, NULL)", system)?;
    }
    Ok(())
}

fn write_areas(
    file: &Connection,
    view: &View,
    collection: &Collection<'_>,
    table: &str,
) -> rusqlite::Result<()> {
    let columns: Vec<&'static Column> = view.projection().columns().collect();
    let kind = |column: &&'static Column| match column.kind {
        Kind::Text => "TEXT",
        Kind::Integer => "INTEGER",
        Kind::Number => "REAL",
    };
    let own = columns.iter().map(|column| format!("\"{}\" {}", column.name, kind(column)));
    let alike = CONSTANTS.iter().map(|name| format!("\"{name}\" TEXT"));
    let fields: Vec<String> = own.chain(alike).collect();
    file.execute_batch(&format!(
        "CREATE TABLE \"{table}\" (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom MULTIPOLYGON, {})",
        fields.join(", ")
    ))?;
    let places = vec!["?"; fields.len() + 1].join(", ");
    let mut row = file.prepare(&format!("INSERT INTO \"{table}\" VALUES (NULL, {places})"))?;
    let alike = constants(view);
    for (_, area) in view.projection().ranked(collection.level, None, None) {
        let outline = view.shapes().get(&area.code).map(outline);
        let own = columns.iter().map(|column| Cell::Value(column, area));
        let values = std::iter::once(Cell::Outline(outline)).chain(own).chain(alike.iter().map(Cell::Alike));
        row.execute(params_from_iter(values))?;
    }
    Ok(())
}

fn write_contents(
    file: &Connection,
    view: &View,
    collection: &Collection<'_>,
    table: &str,
) -> rusqlite::Result<()> {
    let title = collection.title().nl;
    let mut description = format!("{} / {}", notice().nl, notice().en);
    if let Some(warning) = view.facts().warning() {
        description = format!("{} / {} {description}", warning.nl, warning.en);
    }
    // The first day that the figures speak of: the wall clock would make two equal downloads differ.
    let moment = format!("{}T00:00:00.000Z", view.facts().period().0);
    let outlines = view.projection().ranked(collection.level, None, None);
    let outlines = outlines.filter_map(|(_, area)| Some(bounds(view.shapes().get(&area.code)?)));
    let around = outlines.flatten().reduce(Bounds::with);
    let (low, high) = (around.map(|around| around.low), around.map(|around| around.high));
    let side = |corner: Option<Position>, axis: usize| corner.map(|corner| corner[axis]);
    file.execute(
        "INSERT INTO gpkg_contents VALUES (?, 'features', ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            table,
            title,
            description,
            moment,
            side(low, 0),
            side(low, 1),
            side(high, 0),
            side(high, 1),
            RD
        ],
    )?;
    file.execute(
        "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'MULTIPOLYGON', ?, 0, 0)",
        params![table, RD],
    )?;
    Ok(())
}

/// A value of a row.
enum Cell<'a> {
    Outline(Option<Vec<u8>>),
    Value(&'static Column, &'a Area),
    Alike(&'a String),
}

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Outline(outline) => outline.to_sql(),
            Self::Alike(text) => text.to_sql(),
            Self::Value(column, area) => match column.of(area) {
                Value::Null => Ok(ToSqlOutput::from(rusqlite::types::Null)),
                Value::Text(text) => Ok(ToSqlOutput::from(text)),
                Value::Integer(number) => Ok(ToSqlOutput::from(number)),
                Value::Number(number) => Ok(ToSqlOutput::from(number)),
            },
        }
    }
}

fn bounds(shape: &Shape) -> Option<Bounds> {
    Bounds::around(shape.polygons().iter().flatten().flatten().map(|&position| Crs::Rd.project(position)))
}

/// An outline as the standard writes it: a header with the bounds, then well-known binary; least byte first.
fn outline(shape: &Shape) -> Vec<u8> {
    let mut out = b"GP\0".to_vec();
    // Least byte first (1), and bounds of two axes (1, from the second bit on).
    out.push(0b011);
    out.extend_from_slice(&RD.to_le_bytes());
    if let Some(Bounds { low, high }) = bounds(shape) {
        for side in [low[0], high[0], low[1], high[1]] {
            out.extend_from_slice(&side.to_le_bytes());
        }
    }
    head(&mut out, 6, shape.polygons().len());
    for rings in shape.polygons() {
        head(&mut out, 3, rings.len());
        for ring in rings {
            write_ring(&mut out, ring);
        }
    }
    out
}

/// Start of a geometry: byte order, type, and number of parts.
fn head(out: &mut Vec<u8>, kind: u32, parts: usize) {
    out.push(1);
    out.extend_from_slice(&kind.to_le_bytes());
    count(out, parts);
}

fn count(out: &mut Vec<u8>, number: usize) {
    // Outlines have fewer parts than that: they were read from a file of text.
    out.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
}

fn write_ring(out: &mut Vec<u8>, ring: &Ring) {
    count(out, ring.len());
    for &position in ring {
        for coordinate in Crs::Rd.project(position) {
            out.extend_from_slice(&coordinate.to_le_bytes());
        }
    }
}
