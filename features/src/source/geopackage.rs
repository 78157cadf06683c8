//! GeoPackage: one layer of an SQLite file.

use std::path::Path;

use geo::Geometry;
use geozero::ToGeo;
use geozero::wkb::GpkgWkb;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::mapping::listed;
use super::points::inner_point;
use super::raw::{Cells, Content, Crs};
use super::read::{Job, Shapes};
use super::report::Finding;
use super::wkb;

/// Reads the columns that the job wants, and the shapes.
pub(crate) fn read(job: &mut Job<'_>) -> Result<Content, Box<Finding>> {
    let database = open(&job.plan.path).map_err(|e| unreadable(job, &e))?;
    let layers = layers(&database).map_err(|e| unreadable(job, &e))?;
    let layer = layer(job, &layers)?;
    job.place.file = format!("{} ({layer})", job.plan.shown);
    let (geometry, crs) = geometry_column(job, &database, &layer)?;
    let names = column_names(&database, &layer).map_err(|e| unreadable(job, &e))?;
    let header: Vec<String> = names.iter().filter(|name| Some(*name) != geometry.as_ref()).cloned().collect();
    let needed = job.resolve(&header)?;
    let mut content = rows(job, &database, &layer, &needed, geometry.as_deref())?;
    content.crs = crs;
    Ok(content)
}

/// Read only, and without the files that SQLite puts beside a database.
fn open(path: &Path) -> rusqlite::Result<Connection> {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut uri = "file:".to_owned();
    for c in absolute.to_string_lossy().chars() {
        match c {
            '%' => uri.push_str("%25"),
            '?' => uri.push_str("%3f"),
            '#' => uri.push_str("%23"),
            c => uri.push(c),
        }
    }
    uri.push_str("?immutable=1");
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(uri, flags)
}

fn unreadable(job: &Job<'_>, error: &rusqlite::Error) -> Box<Finding> {
    job.place.error(
        "unreadable",
        format!("cannot read it as a GeoPackage: {error}"),
        "Copy or download the file again, and close it in other programs",
    )
}

fn layers(database: &Connection) -> rusqlite::Result<Vec<String>> {
    let query = "SELECT table_name FROM gpkg_contents WHERE data_type IN ('features', 'attributes') ORDER BY table_name";
    let mut statement = database.prepare(query)?;
    let names = statement.query_map([], |row| row.get(0))?;
    names.collect()
}

/// The layer that the study or preset asks for; the only one otherwise.
fn layer(job: &Job<'_>, layers: &[String]) -> Result<String, Box<Finding>> {
    let error = |message: String| {
        let remedy = format!("Set layer = \"...\" for this source. The file has {}", listed(layers));
        Err(job.place.error("layer", message, remedy).in_column("layer"))
    };
    let fits = |layer: &&String| match &job.plan.layer {
        None => true,
        Some((words, true)) => words.contains(layer),
        // `wijkenbuurten_2024` and the like hold all levels in one name.
        Some((words, false)) => {
            let name = layer.to_lowercase();
            words.iter().any(|word| name.contains(word.as_str())) && !name.contains("wijkenbuurt")
        }
    };
    let found: Vec<&String> = layers.iter().filter(fits).collect();
    match (found.as_slice(), &job.plan.layer) {
        ([one], _) => Ok((*one).clone()),
        ([], Some((words, _))) => error(format!("there is no layer {}", listed(words))),
        ([], None) => error("there are no layers".to_owned()),
        (many, _) => error(format!("{} layers may be meant", many.len())),
    }
}

fn geometry_column(
    job: &Job<'_>,
    database: &Connection,
    layer: &str,
) -> Result<(Option<String>, Option<Crs>), Box<Finding>> {
    let query = "SELECT column_name, srs_id FROM gpkg_geometry_columns WHERE table_name = ?1";
    let found: Option<(String, i64)> = database
        .query_row(query, [layer], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
        .map_err(|e| unreadable(job, &e))?;
    let Some((column, srs)) = found else { return Ok((None, None)) };
    let crs = match srs {
        28_992 => Crs::Rd,
        4_326 => Crs::Wgs84,
        other => {
            let remedy = "Export the layer in RD (EPSG:28992) or WGS84 (EPSG:4326)";
            let message = "the coordinate system of the layer is neither RD nor WGS84";
            return Err(job
                .place
                .error("crs", message, remedy)
                .in_column("srs_id")
                .with_value(&other.to_string()));
        }
    };
    Ok((Some(column), Some(crs)))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn column_names(database: &Connection, layer: &str) -> rusqlite::Result<Vec<String>> {
    // As values: the driver panics on a column name that is not UTF-8.
    let mut statement = database.prepare("SELECT name FROM pragma_table_info(?1) ORDER BY cid")?;
    let names = statement.query_map([layer], |row| row.get(0))?;
    names.collect()
}

fn rows(
    job: &Job<'_>,
    database: &Connection,
    layer: &str,
    needed: &[String],
    geometry: Option<&str>,
) -> Result<Content, Box<Finding>> {
    let lost = |e: rusqlite::Error| unreadable(job, &e);
    let mut wanted: Vec<String> = needed.iter().map(|column| quoted(column)).collect();
    wanted.extend(geometry.map(quoted));
    if wanted.is_empty() {
        wanted.push("1".to_owned());
    }
    // rowid order is the order of writing, whatever index SQLite would take.
    let query = format!("SELECT {} FROM {} ORDER BY rowid", wanted.join(", "), quoted(layer));
    let mut statement = database.prepare(&query).map_err(lost)?;
    let mut found = statement.query([]).map_err(lost)?;
    let mut cells = vec![Cells::typed(true); needed.len()];
    let mut content = Content::default();
    let mut shapes = Vec::new();
    while let Some(row) = found.next().map_err(lost)? {
        let number = content.lines.len() as u64 + 1;
        content.lines.push(number);
        for (at, cells) in cells.iter_mut().enumerate() {
            match row.get_ref(at).map_err(lost)? {
                ValueRef::Null => cells.push(""),
                ValueRef::Integer(number) => cells.push(&number.to_string()),
                ValueRef::Real(number) => cells.push(&number.to_string()),
                ValueRef::Text(text) => {
                    cells.typed &= false;
                    cells.push(&String::from_utf8_lossy(text));
                }
                ValueRef::Blob(_) => {
                    let remedy = "Map a column of text or numbers";
                    return Err(job
                        .place
                        .error("column_type", "the column holds blobs", remedy)
                        .in_column(&needed[at]));
                }
            }
        }
        if geometry.is_some() {
            shapes.push(match row.get_ref(needed.len()).map_err(lost)? {
                ValueRef::Blob(blob) => shape(job, blob, number)?,
                _ => None,
            });
        }
    }
    content.columns = needed.iter().cloned().zip(cells).collect();
    content.shapes = geometry.map(|_| shapes);
    Ok(content)
}

fn shape(job: &Job<'_>, blob: &[u8], number: u64) -> Result<Option<Geometry<f64>>, Box<Finding>> {
    // Bit 4 of the flags: an empty geometry.
    if blob.get(3).is_some_and(|flags| flags & 0b1_0000 != 0) {
        return Ok(None);
    }
    let error = |message: String| {
        let remedy = "Repair the layer in a GIS and export it again as points, polygons or multipolygons";
        job.place.error("geometry", message, remedy).at_line(number)
    };
    if !wkb::fits(blob) {
        return Err(error("the geometry is damaged, or no point, polygon or multipolygon".to_owned()));
    }
    let shape = GpkgWkb(blob).to_geo().map_err(|e| error(format!("the geometry cannot be read: {e}")))?;
    Ok(match job.shapes {
        Shapes::Whole => Some(shape),
        Shapes::Point => inner_point(&shape).map(Geometry::Point),
    })
}
