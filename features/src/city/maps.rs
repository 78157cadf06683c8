//! The areas as GeoJSON, in WGS84 and in RD.

use geo::MultiPolygon;

use super::error::CityError;
use super::folder::Folder;
use super::land::Land;
use crate::geometry::Projection;

struct Feature<'a> {
    code: &'a str,
    name: &'a str,
    parent: Option<String>,
    shape: &'a MultiPolygon<f64>,
}

/// Writes all levels in WGS84 and the buurten in RD as well.
pub(crate) fn write(land: &Land, folder: &mut Folder) -> Result<(), CityError> {
    let regions = |list: &'_ [super::land::Region]| -> Result<Vec<String>, CityError> {
        list.iter()
            .map(|r| {
                feature(&Feature { code: &r.code, name: &r.name, parent: r.parent(), shape: &r.shape }, true)
            })
            .collect()
    };
    let buurten = |wgs84: bool| -> Result<Vec<String>, CityError> {
        let parent = |wijk: usize| land.wijken.get(wijk).map(|w| w.code.clone());
        let one = |b: &super::land::Buurt| {
            feature(&Feature { code: &b.code, name: &b.name, parent: parent(b.wijk), shape: &b.shape }, wgs84)
        };
        land.buurten.iter().map(one).collect()
    };
    let sets = [
        ("gemeente.geojson", regions(&land.gemeenten)?, ""),
        ("wijken.geojson", regions(&land.wijken)?, ""),
        ("buurten.geojson", buurten(true)?, ""),
        (
            "buurten_rd.geojson",
            buurten(false)?,
            "\"crs\":{\"type\":\"name\",\"properties\":{\"name\":\"urn:ogc:def:crs:EPSG::28992\"}},\n",
        ),
    ];
    for (name, features, crs) in sets {
        folder.write(name, |w| {
            writeln!(w, "{{\"type\":\"FeatureCollection\",\n{crs}\"features\":[")?;
            writeln!(w, "{}", features.join(",\n"))?;
            writeln!(w, "]}}")?;
            Ok(features.len() as u64)
        })?;
    }
    Ok(())
}

fn feature(feature: &Feature<'_>, wgs84: bool) -> Result<String, CityError> {
    let rd = Projection::rd()?;
    let ring = |ring: &geo::LineString<f64>| -> Result<String, CityError> {
        let mut points = Vec::with_capacity(ring.0.len());
        for point in &ring.0 {
            points.push(if wgs84 {
                let (lon, lat) = rd.to_wgs84(point.x, point.y)?;
                format!("[{lon:.7},{lat:.7}]")
            } else {
                format!("[{:.2},{:.2}]", point.x, point.y)
            });
        }
        Ok(format!("[{}]", points.join(",")))
    };
    let mut polygons = Vec::new();
    for polygon in &feature.shape.0 {
        let rings: Result<Vec<String>, CityError> =
            std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(ring).collect();
        polygons.push(format!("[{}]", rings?.join(",")));
    }
    let geometry = match polygons.as_slice() {
        [one] => format!("{{\"type\":\"Polygon\",\"coordinates\":{one}}}"),
        all => format!("{{\"type\":\"MultiPolygon\",\"coordinates\":[{}]}}", all.join(",")),
    };
    let text = |value: &str| serde_json::Value::from(value).to_string();
    let parent = feature.parent.as_deref().map_or_else(|| "null".to_owned(), text);
    Ok(format!(
        "{{\"type\":\"Feature\",\"properties\":{{\"code\":{},\"naam\":{},\"ligt_in\":{parent}}},\"geometry\":{geometry}}}",
        text(feature.code),
        text(feature.name)
    ))
}
