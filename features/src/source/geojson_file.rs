//! GeoJSON: properties become columns, geometries shapes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Read};

use geo::{Coord, Geometry, LineString, MultiPolygon, Point, Polygon};
use geojson::{Feature, GeometryValue, JsonValue, Position};
use serde::Deserialize;

use super::points::inner_point;
use super::raw::{Cells, Content, Crs};
use super::read::{Job, Shapes};
use super::report::Finding;

#[derive(Deserialize)]
struct Collection {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    crs: Option<JsonValue>,
    #[serde(default)]
    features: Option<Vec<Feature>>,
}

/// Reads the columns that the job wants, and the shapes.
pub(crate) fn read(job: &mut Job<'_>) -> Result<Content, Box<Finding>> {
    let collection = parse(job)?;
    let features = match collection.features {
        Some(features) if collection.kind == "FeatureCollection" => features,
        _ => {
            let message = format!("this is a `{}`, not a FeatureCollection with features", collection.kind);
            return Err(job.place.error(
                "format",
                message,
                "Export the layer as a GeoJSON FeatureCollection",
            ));
        }
    };
    let crs = crs(job, collection.crs.as_ref())?;
    let mut names = BTreeSet::new();
    for feature in &features {
        for name in feature.properties.iter().flat_map(|properties| properties.keys()) {
            if !names.contains(name) {
                names.insert(name.clone());
            }
        }
    }
    let needed = job.resolve(&names.into_iter().collect::<Vec<_>>())?;
    let mut content = Content { crs: Some(crs), columns: columns(&features, needed), ..Content::default() };
    let mut shapes = Vec::with_capacity(features.len());
    for (number, feature) in (1u64..).zip(&features) {
        content.lines.push(number);
        let shape = match &feature.geometry {
            None => None,
            Some(geometry) => Some(shape(&geometry.value).map_err(|message| {
                let remedy = "Keep polygons, multipolygons and points with two numbers per position";
                job.place.error("geometry", message, remedy).at_line(number)
            })?),
        };
        shapes.push(match job.shapes {
            Shapes::Whole => shape,
            Shapes::Point => shape.and_then(|shape| inner_point(&shape)).map(Geometry::Point),
        });
    }
    content.shapes = Some(shapes);
    Ok(content)
}

fn parse(job: &Job<'_>) -> Result<Collection, Box<Finding>> {
    let mut start = BufReader::new(job.open()?);
    // A byte order mark is not JSON, but Windows programs write it.
    let mut mark = [0; 3];
    let read = start.read(&mut mark).unwrap_or(0);
    let head = if mark[..read] == [0xEF, 0xBB, 0xBF] { &[][..] } else { &mark[..read] };
    serde_json::from_reader(head.chain(start)).map_err(|e| {
        let message = if e.is_eof() { "the file ends too early" } else { "this is not GeoJSON" };
        job.place
            .error("unreadable", format!("{message}: {e}"), "Download or export the file again")
            .at_line(e.line() as u64)
    })
}

/// The coordinate system: WGS84 unless the (old) `crs` member says RD.
fn crs(job: &Job<'_>, member: Option<&JsonValue>) -> Result<Crs, Box<Finding>> {
    let Some(member) = member.filter(|member| !member.is_null()) else { return Ok(Crs::Wgs84) };
    let name = member["properties"]["name"].as_str().unwrap_or_default();
    if name.ends_with("CRS84") || name.ends_with(":4326") || name.ends_with("/4326") {
        Ok(Crs::Wgs84)
    } else if name.ends_with(":28992") || name.ends_with("/28992") {
        Ok(Crs::Rd)
    } else {
        let remedy = "Export the layer in WGS84 (CRS84) or RD (EPSG:28992)";
        Err(job
            .place
            .error("crs", "the coordinate system is neither WGS84 nor RD", remedy)
            .in_column("crs")
            .with_value(name))
    }
}

fn columns(features: &[Feature], needed: Vec<String>) -> BTreeMap<String, Cells> {
    let mut columns = BTreeMap::new();
    for column in needed {
        let mut cells = Cells::typed(true);
        for feature in features {
            match feature.properties.as_ref().and_then(|properties| properties.get(&column)) {
                None | Some(JsonValue::Null) => cells.push(""),
                Some(JsonValue::String(text)) => {
                    cells.typed = false;
                    cells.push(text);
                }
                Some(other) => cells.push(&other.to_string()),
            }
        }
        columns.insert(column, cells);
    }
    columns
}

fn shape(value: &GeometryValue) -> Result<Geometry<f64>, String> {
    match value {
        GeometryValue::Point { coordinates } => Ok(Geometry::Point(Point(coord(coordinates)?))),
        GeometryValue::Polygon { coordinates } => Ok(Geometry::Polygon(polygon(coordinates)?)),
        GeometryValue::MultiPolygon { coordinates } => {
            let polygons: Result<Vec<_>, _> = coordinates.iter().map(|rings| polygon(rings)).collect();
            Ok(Geometry::MultiPolygon(MultiPolygon(polygons?)))
        }
        other => Err(format!("a {} is no place of a unit or area", other.type_name())),
    }
}

fn polygon(rings: &[Vec<Position>]) -> Result<Polygon<f64>, String> {
    let ring = |positions: &Vec<Position>| {
        positions.iter().map(coord).collect::<Result<Vec<_>, _>>().map(LineString)
    };
    let mut rings = rings.iter().map(ring).collect::<Result<Vec<_>, _>>()?;
    if rings.is_empty() {
        return Err("a polygon without rings".to_owned());
    }
    let exterior = rings.remove(0);
    Ok(Polygon::new(exterior, rings))
}

fn coord(position: &Position) -> Result<Coord<f64>, String> {
    match position.as_slice() {
        [x, y, ..] => Ok(Coord { x: *x, y: *y }),
        other => Err(format!("a position of {} numbers", other.len())),
    }
}
