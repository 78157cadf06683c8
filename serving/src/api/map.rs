//! `/v1/areas.geojson`: a level as a map layer.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use models::Text;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::answer::{Form, from_bundle};
use crate::api::areas::level;
use crate::facts::{Context, Facts, notice};
use crate::geometry::Outlines;
use crate::language::Language;
use crate::problem::Problem;
use crate::projection::{Area, Level, Projection, VisibleFigures, Withheld};
use crate::query::Parameters;
use crate::service::Service;

/// `GET /v1/areas.geojson?level=`.
pub(crate) async fn layer(
    State(service): State<Service>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let parameters = Parameters::read(&uri, &["level"])?;
    let snapshot = service.snapshot();
    let level = level(&parameters, snapshot)?;
    from_bundle(&headers, snapshot.facts().generation(), Form::GeoJson, || {
        let map = snapshot.documents().maps.get(&level.name).cloned();
        map.ok_or_else(|| Problem::internal(&format_args!("no map was made of level {}", level.name)))
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
    geometry: Option<&'a RawValue>,
}

/// Flat, since map programs show flat attributes only. Figures are numbers or null, and features with
/// figures come first, so that a reader that guesses types from the first features guesses right.
#[derive(Serialize)]
struct Properties<'a> {
    code: &'a str,
    name: &'a str,
    level: &'a str,
    parent: Option<&'a str>,
    #[serde(flatten)]
    figures: MaybeFigures<'a>,
    suppressed: Option<Withheld>,
    as_of: &'a str,
    until: &'a str,
    released: bool,
}

#[derive(Serialize)]
#[serde(untagged)]
enum MaybeFigures<'a> {
    Present(&'a VisibleFigures),
    Absent(NoFigures),
}

/// The members of [`VisibleFigures`], all null.
#[derive(Default, Serialize)]
struct NoFigures {
    units: (),
    exposure: (),
    expected: (),
    low: (),
    high: (),
    rate_per_1000: (),
    rank: (),
    rank_low: (),
    rank_high: (),
    chance_top_k: (),
    class: (),
}

/// Makes the layer of one level.
///
/// # Errors
/// When it cannot be written as JSON.
pub(crate) fn write(
    facts: &Facts,
    projection: &Projection,
    level: &Level,
    outlines: &Outlines<'_>,
) -> Result<Bytes, serde_json::Error> {
    let features = projection.ranked(level, None, None).map(|(_, area)| feature(facts, area, outlines));
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

fn feature<'a>(facts: &'a Facts, area: &'a Area, outlines: &Outlines<'a>) -> Feature<'a> {
    let (as_of, until) = facts.period();
    Feature {
        kind: "Feature",
        id: &area.code,
        properties: Properties {
            code: &area.code,
            name: &area.name,
            level: &area.level,
            parent: area.parent.as_deref(),
            figures: area
                .figures
                .as_ref()
                .map_or_else(|| MaybeFigures::Absent(NoFigures::default()), MaybeFigures::Present),
            suppressed: area.suppressed,
            as_of,
            until,
            released: facts.is_released(),
        },
        geometry: outlines.get(&area.code).copied().flatten(),
    }
}
