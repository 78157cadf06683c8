//! The columns of a collection as JSON Schema.
//!
//! Two forms stand beside each other because programs differ. `/schema` is the flat schema of OGC API Features
//! Part 5, which QGIS reads. `/feature-schema` describes a whole GeoJSON feature with plain types; GDAL takes the
//! types of columns from it, so that a column of numbers stays one when a whole page is withheld. (GDAL reads
//! neither the flat form nor `"type": ["number", "null"]`.)

use axum::extract::Path;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::Collection;
use crate::answer::{Document, Form, json as to_json};
use crate::filter::GEOMETRY;
use crate::language::{Language, said};
use crate::problem::Problem;
use crate::projection::{Column, Kind, VisibleClass, Withheld};
use crate::query::Parameters;
use crate::view::{Seen, View};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// `GET …/queryables`: what can be filtered on.
pub(crate) async fn queryables(
    Seen(view): Seen,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    answer(&view, &id, &uri, &headers, |collection, language| {
        let mut properties = columns(&view, language, true);
        properties.insert(GEOMETRY.to_owned(), geometry());
        flat(&view, collection, "queryables", language, properties)
    })
}

/// `GET …/schema`: what features have, flat.
pub(crate) async fn schema(
    Seen(view): Seen,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    answer(&view, &id, &uri, &headers, |collection, language| {
        let mut properties = columns(&view, language, true);
        properties.extend(constants(language));
        properties.insert(GEOMETRY.to_owned(), geometry());
        flat(&view, collection, "schema", language, properties)
    })
}

/// `GET …/feature-schema`: what a GeoJSON feature looks like.
pub(crate) async fn feature_schema(
    Seen(view): Seen,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    answer(&view, &id, &uri, &headers, |collection, language| {
        let mut properties = columns(&view, language, false);
        properties.extend(constants(language));
        json!({
            "$schema": DIALECT,
            "$id": format!("{}{}/feature-schema", view.base(), collection.path()),
            "title": language.of(&collection.title()),
            "type": "object",
            "properties": {
                "type": { "type": "string", "enum": ["Feature"] },
                "id": { "type": "string" },
                "geometry": { "type": "object" },
                "properties": { "type": "object", "properties": properties },
            },
        })
    })
}

fn answer(
    view: &View,
    id: &str,
    uri: &Uri,
    headers: &HeaderMap,
    write: impl FnOnce(&Collection<'_>, Language) -> Value,
) -> Result<Response, Problem> {
    Parameters::read(uri, &["f"]).and_then(|parameters| {
        let collection = Collection::named(view, id)?;
        let language = Language::asked(uri, headers);
        super::Media::asked(&parameters, headers, &[super::Media::Json])?;
        Document::new(to_json(&write(&collection, language))?).answer(headers, Form::Schema(language))
    })
}

fn flat(
    view: &View,
    collection: &Collection<'_>,
    name: &str,
    language: Language,
    properties: Map<String, Value>,
) -> Value {
    json!({
        "$schema": DIALECT,
        "$id": format!("{}{}/{name}", view.base(), collection.path()),
        "title": language.of(&collection.title()),
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    })
}

fn geometry() -> Value {
    json!({ "title": "geometry", "format": "geometry-multipolygon", "x-ogc-role": "primary-geometry" })
}

/// The columns as properties; with their OGC roles where the schema is flat.
fn columns(view: &View, language: Language, roles: bool) -> Map<String, Value> {
    let property = |column: &'static Column| {
        let mut property = json!({ "title": language.of(&column.title()), "type": json_type(column.kind) });
        let codes: Vec<&str> = match column.name {
            "class" => VisibleClass::ALL.map(VisibleClass::code).to_vec(),
            "suppressed" => Withheld::ALL.map(Withheld::code).to_vec(),
            _ => Vec::new(),
        };
        if roles && !codes.is_empty() {
            property["enum"] = json!(codes);
        }
        if roles && column.name == "code" {
            property["x-ogc-role"] = "id".into();
        }
        (column.name.to_owned(), property)
    };
    view.projection().columns().map(property).collect()
}

/// Properties that all features have alike.
fn constants(language: Language) -> Map<String, Value> {
    let date = |title: &str| json!({ "title": title, "type": "string", "format": "date" });
    Map::from_iter([
        ("as_of".to_owned(), date(said(language, "Peildatum", "As-of date"))),
        ("until".to_owned(), date(said(language, "Laatste dag van de periode", "Last day of the period"))),
        (
            "released".to_owned(),
            json!({ "title": said(language, "Vrijgegeven", "Released"), "type": "boolean" }),
        ),
    ])
}

/// The JSON type of a kind of column.
pub(super) fn json_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "string",
        Kind::Integer => "integer",
        Kind::Number => "number",
    }
}
