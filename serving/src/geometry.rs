//! `areas.geojson` of a bundle: geometry by area code, checked and kept as it was written.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Geometry by area code, borrowed from the file's bytes.
pub(crate) type Outlines<'a> = BTreeMap<String, Option<&'a RawValue>>;

/// Why `areas.geojson` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum UnfitGeometry {
    /// Not a feature collection with the members that a bundle needs.
    #[error("not a GeoJSON feature collection with `properties.code`: {0}")]
    Unreadable(#[source] serde_json::Error),
    /// The geometry of one area is wrong.
    #[error("the geometry of area {code} is wrong: {cause}")]
    Outline {
        /// Area code.
        code: String,
        /// What is wrong, and where in the geometry.
        #[source]
        cause: serde_json::Error,
    },
    /// An area comes twice.
    #[error("area {0} comes twice")]
    Doubled(String),
}

#[derive(serde::Deserialize)]
struct Collection<'a> {
    #[serde(rename = "type")]
    _kind: CollectionKind,
    #[serde(borrow)]
    features: Vec<Feature<'a>>,
}

#[derive(serde::Deserialize)]
enum CollectionKind {
    FeatureCollection,
}

#[derive(serde::Deserialize)]
struct Feature<'a> {
    properties: Properties,
    #[serde(borrow)]
    geometry: Option<&'a RawValue>,
}

#[derive(serde::Deserialize)]
struct Properties {
    code: String,
}

/// Reads the outlines; every geometry is a Polygon or MultiPolygon in degrees (CRS84).
///
/// # Errors
/// When the file or a geometry is not such GeoJSON, or an area comes twice.
pub(crate) fn read(bytes: &[u8]) -> Result<Outlines<'_>, UnfitGeometry> {
    let collection: Collection<'_> = serde_json::from_slice(bytes).map_err(UnfitGeometry::Unreadable)?;
    let mut outlines = Outlines::new();
    for Feature { properties: Properties { code }, geometry } in collection.features {
        if let Some(raw) = geometry
            && let Err(cause) = check(raw)
        {
            return Err(UnfitGeometry::Outline { code, cause });
        }
        if outlines.contains_key(&code) {
            return Err(UnfitGeometry::Doubled(code));
        }
        outlines.insert(code, geometry);
    }
    Ok(outlines)
}

#[derive(serde::Deserialize)]
struct Outline {
    #[serde(rename = "type")]
    kind: OutlineKind,
    coordinates: Coordinates,
}

#[derive(Clone, Copy, serde::Deserialize)]
enum OutlineKind {
    Polygon,
    MultiPolygon,
}

fn check(raw: &RawValue) -> Result<(), serde_json::Error> {
    let outline: Outline = serde_json::from_str(raw.get())?;
    let expected = match outline.kind {
        OutlineKind::Polygon => 3,
        OutlineKind::MultiPolygon => 4,
    };
    let depth = outline.coordinates.depth;
    if depth == expected || depth == EMPTY {
        return Ok(());
    }
    Err(de::Error::custom(format_args!("the coordinates are nested {depth} deep instead of {expected}")))
}

/// Depth of a list without members.
const EMPTY: u8 = u8::MAX;

/// Nested coordinates, looked at and forgotten: 0 deep is a number, 1 a position, 3 a polygon.
struct Coordinates {
    depth: u8,
    value: f64,
}

impl<'de> Deserialize<'de> for Coordinates {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CoordinatesVisitor)
    }
}

struct CoordinatesVisitor;

impl<'de> Visitor<'de> for CoordinatesVisitor {
    type Value = Coordinates;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("coordinates")
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Coordinates, E> {
        Ok(Coordinates { depth: 0, value })
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Coordinates, E> {
        self.visit_f64(value as f64)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Coordinates, E> {
        self.visit_f64(value as f64)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<Coordinates, A::Error> {
        const BOUNDS: [f64; 2] = [180.0, 90.0];
        let mut deepest: Option<u8> = None;
        let mut count = 0;
        while let Some(Coordinates { depth, value }) = members.next_element()? {
            if deepest.is_some_and(|known| known != depth) {
                return Err(de::Error::custom("coordinates of different depths stand side by side"));
            }
            if depth == 0 && BOUNDS.get(count).is_some_and(|bound| value.abs() > *bound) {
                return Err(de::Error::custom(format_args!(
                    "{value} is not a coordinate in degrees (CRS84)"
                )));
            }
            deepest = Some(depth);
            count += 1;
        }
        if deepest == Some(0) && !(2..=3).contains(&count) {
            return Err(de::Error::custom(format_args!("a position of {count} numbers instead of 2")));
        }
        let depth = deepest.map_or(EMPTY, |depth| depth.saturating_add(1));
        Ok(Coordinates { depth, value: 0.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collection(geometry: &str) -> String {
        format!(
            r#"{{"type":"FeatureCollection","features":[
                {{"type":"Feature","properties":{{"code":"BU1","name":"A"}},"geometry":{geometry}}}]}}"#
        )
    }

    #[test]
    fn an_outline_is_kept_as_it_was_written() {
        let outline =
            r#"{"coordinates": [[[4.10, 52.0],[4.2,52],[4.2,52.1],[4.10,52.0]]], "type":"Polygon"}"#;
        let file = collection(outline);
        let outlines = read(file.as_bytes()).unwrap();
        assert_eq!(outlines["BU1"].unwrap().get(), outline);
        let file = collection("null");
        assert!(read(file.as_bytes()).unwrap()["BU1"].is_none());
    }

    #[test]
    fn wrong_outlines_are_refused_with_the_area() {
        for (outline, words) in [
            (r#"{"type":"Point","coordinates":[4,52]}"#, "unknown variant `Point`"),
            (r#"{"type":"Polygon","coordinates":[[4,52]]}"#, "nested 2 deep instead of 3"),
            (
                r#"{"type":"Polygon","coordinates":[[[85000,447000]]]}"#,
                "85000 is not a coordinate in degrees",
            ),
            (r#"{"type":"Polygon","coordinates":[[[4]]]}"#, "a position of 1 numbers"),
            (r#"{"type":"Polygon","coordinates":[[[4,"x"]]]}"#, "invalid type: string"),
            (r#"{"type":"MultiPolygon","coordinates":[[[4,52],4]]}"#, "different depths"),
        ] {
            let file = collection(outline);
            let message = read(file.as_bytes()).unwrap_err().to_string();
            assert!(message.contains(words) && message.contains("area BU1"), "{message}");
        }
        let twice = collection("null").replace("[\n", r#"[{"properties":{"code":"BU1"},"geometry":null},"#);
        assert!(matches!(read(twice.as_bytes()), Err(UnfitGeometry::Doubled(_))));
        assert!(matches!(read(b"[]"), Err(UnfitGeometry::Unreadable(_))));
    }
}
