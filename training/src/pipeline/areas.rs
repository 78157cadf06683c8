//! The published areas as GeoJSON (CRS84).

use features::tables::Areas;
use geojson::{Feature, FeatureCollection, Geometry, GeometryValue, JsonObject};

/// Nine decimals of a degree: a tenth of a millimetre, so that RD coordinates come back to the millimetre.
const DECIMALS: f64 = 1e9;

/// All areas of the published level and above, in table order; geometry is null where the source has none.
pub(crate) fn geojson(areas: &Areas, published: u8) -> FeatureCollection {
    let features =
        (0..areas.code.len()).filter(|&i| areas.level[i] >= published).map(|i| feature(areas, i)).collect();
    FeatureCollection { bbox: None, features, foreign_members: None }
}

fn feature(areas: &Areas, i: usize) -> Feature {
    let mut properties = JsonObject::new();
    properties.insert("code".to_owned(), areas.code[i].clone().into());
    properties.insert("name".to_owned(), areas.name[i].clone().into());
    properties.insert("level".to_owned(), areas.levels[usize::from(areas.level[i])].clone().into());
    properties.insert("parent".to_owned(), areas.parent[i].map(|p| areas.code[p as usize].clone()).into());
    let geometry = areas.shape_wgs84[i].as_ref().map(|shape| Geometry::new(multi_polygon(shape)));
    Feature { bbox: None, geometry, id: None, properties: Some(properties), foreign_members: None }
}

fn multi_polygon(shape: &geo::MultiPolygon<f64>) -> GeometryValue {
    let ring = |line: &geo::LineString<f64>| line.coords().map(|c| [round(c.x), round(c.y)].into()).collect();
    let coordinates = shape
        .iter()
        .map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(ring).collect())
        .collect();
    GeometryValue::MultiPolygon { coordinates }
}

fn round(degrees: f64) -> f64 {
    (degrees * DECIMALS).round() / DECIMALS
}
