//! `/v1/areas?f=geojson`, also as `/v1/areas.geojson`: a level as a map layer.

use axum::body::Bytes;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use models::Text;
use serde::ser::{Error as _, SerializeMap as _};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::answer::{Form, from_bundle};
use crate::api::areas::level;
use crate::facts::{Context, Facts, notice};
use crate::language::Language;
use crate::problem::Problem;
use crate::projection::{Area, Column, Level, Projection};
use crate::query::Parameters;
use crate::shapes::{Crs, Shapes};
use crate::view::{Seen, View};

/// `GET /v1/areas.geojson?level=`.
pub(crate) async fn layer(Seen(view): Seen, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    answer(&view, &Parameters::read(&uri, &["level"])?, &headers)
}

/// The layer of the level that is asked for.
///
/// # Errors
/// 400 for a level that the reader does not see.
pub(crate) fn answer(view: &View, parameters: &Parameters, headers: &HeaderMap) -> Result<Response, Problem> {
    let level = level(parameters, view)?;
    from_bundle(headers, view.tag(), Form::GeoJson, || {
        let map = view.map(&level.name).map_err(|cause| Problem::internal(&cause))?;
        map.ok_or_else(|| Problem::internal(&format_args!("no map can be made of level {}", level.name)))
    })
}

#[derive(Serialize)]
struct Layer<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'a str,
    #[serde(flatten)]
    context: Context<'a>,
    warning_en: Option<String>,
    notice_en: String,
    features: Vec<Feature<'a>>,
}

#[derive(Serialize)]
struct Feature<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: &'a str,
    properties: Properties<'a>,
    geometry: Option<Geometry<'a>>,
}

/// Flat, since map programs show flat attributes only. Figures are numbers or null, and features with
/// figures come first, so that a reader that guesses types from the first features guesses right.
struct Properties<'a> {
    facts: &'a Facts,
    columns: &'a [&'static Column],
    area: &'a Area,
}

impl Serialize for Properties<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for column in self.columns {
            map.serialize_entry(column.name, &column.of(self.area))?;
        }
        let (as_of, until) = self.facts.period();
        map.serialize_entry("as_of", as_of)?;
        map.serialize_entry("until", until)?;
        map.serialize_entry("released", &self.facts.is_released())?;
        map.end()
    }
}

/// The properties of an area's feature as JSON.
///
/// # Errors
/// When they cannot be written.
pub(crate) fn properties(
    facts: &Facts,
    projection: &Projection,
    area: &Area,
) -> Result<String, serde_json::Error> {
    let columns: Vec<&Column> = projection.columns().collect();
    serde_json::to_string(&Properties { facts, columns: &columns, area })
}

/// Makes the layer of one level.
///
/// # Errors
/// When it cannot be written as JSON.
pub(crate) fn write(
    facts: &Facts,
    projection: &Projection,
    level: &Level,
    shapes: &Shapes,
) -> Result<Bytes, serde_json::Error> {
    let columns: Vec<&Column> = projection.columns().collect();
    let features = projection.ranked(level, None, None).map(|(_, area)| Feature {
        kind: "Feature",
        id: &area.code,
        properties: Properties { facts, columns: &columns, area },
        geometry: shapes.get(&area.code).map(|shape| Geometry(shape.text(Crs::Crs84))),
    });
    let english = |text: Text| text.en;
    let layer = Layer {
        kind: "FeatureCollection",
        name: &level.name,
        context: facts.context(Language::Dutch),
        warning_en: facts.warning().map(english),
        notice_en: english(notice()),
        features: features.collect(),
    };
    serde_json::to_vec(&layer).map(Bytes::from)
}

/// A geometry that is written already.
struct Geometry<'a>(&'a str);

impl Serialize for Geometry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(self.0).map_err(S::Error::custom)?;
        raw.serialize(serializer)
    }
}
