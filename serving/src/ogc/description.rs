//! The part of the OpenAPI document that describes collections. Every collection has paths of its own, since
//! GDAL looks for the address of a collection as it stands, not for a template.

use serde_json::{Map, Value, json};

use super::collection::Collection;
use super::question::{DEFAULT_LIMIT, LARGEST_LIMIT};
use super::schemas::json_type;
use crate::plans;
use crate::projection::{Column, Projection};
use crate::shapes::Crs;
use crate::tiles;

/// Adds the paths and parameters of the collections of this projection.
pub(crate) fn describe(document: &mut Value, projection: &Projection, as_of: &str) {
    let collections: Vec<Collection<'_>> = Collection::of(projection.levels(), as_of).collect();
    let parameters = parameters();
    merge(&mut document["components"]["parameters"], parameters);
    merge(
        &mut document["components"]["headers"],
        Map::from_iter([(
            "ContentCrs".to_owned(),
            json!({ "description": "Stelsel van de coördinaten", "schema": { "type": "string" } }),
        )]),
    );
    let mut paths = Map::new();
    for (path, name, summary) in [
        ("/conformance", "getConformance", "Gevolgde standaarden"),
        ("/collections", "getCollections", "Verzamelingen van gebieden, een per niveau en jaar"),
    ] {
        paths.insert(
            path.to_owned(),
            get(name, summary, &["F", "Lang"], &answers(&["application/json", "text/html"], false), &[]),
        );
    }
    for collection in &collections {
        paths.extend(of_collection(collection, projection));
    }
    paths.extend(tiles::describe(&collections));
    // Plans are made from figures that only planners see.
    if projection.has_workings() {
        paths.extend([plans::describe()]);
    }
    merge(&mut document["paths"], paths);
    document["tags"].as_array_mut().into_iter().for_each(|tags| {
        tags.push(json!({ "name": "kaart", "description": "OGC API: kaartlagen en tegels" }));
    });
}

fn merge(into: &mut Value, members: Map<String, Value>) {
    if let Some(object) = into.as_object_mut() {
        object.extend(members);
    }
}

fn of_collection(collection: &Collection<'_>, projection: &Projection) -> Vec<(String, Value)> {
    let id = &collection.id;
    let path = |rest: &str| format!("/collections/{id}{rest}");
    let name = |what: &str| format!("{what}-{id}");
    let schema = answers(&[super::SCHEMA], false);
    let columns: Vec<Value> =
        projection.columns().filter(|column| !column.name.contains('_')).map(column_parameter).collect();
    let items = [
        "FeaturesF",
        "limit",
        "bbox",
        "bboxCrs",
        "crs",
        "datetime",
        "filter",
        "filterLang",
        "filterCrs",
        "properties",
        "skipGeometry",
        "cursor",
        "Lang",
    ];
    let features = ["application/geo+json", "text/html", "text/csv", super::items::XLSX];
    let feature = ["application/geo+json", "text/html"];
    let mut page = answers(&features, true);
    page["410"] = json!({ "$ref": "#/components/responses/Problem" });
    let code = json!({ "name": "code", "in": "path", "required": true, "description": "CBS-code", "schema": { "type": "string" } });
    vec![
        (
            path(""),
            get(
                &name("getCollection"),
                "De verzameling",
                &["F", "Lang"],
                &answers(&["application/json", "text/html"], false),
                &[],
            ),
        ),
        (path("/items"), get(&name("getFeatures"), "Gebieden als kaartobjecten", &items, &page, &columns)),
        (
            path("/items/{code}"),
            get(
                &name("getFeature"),
                "Eén gebied als kaartobject",
                &["F", "crs", "Lang"],
                &answers(&feature, true),
                &[code],
            ),
        ),
        (
            path("/geopackage"),
            get(
                &name("getGeoPackage"),
                "Alle gebieden als GeoPackage, in RD",
                &["Lang"],
                &answers(&[crate::geopackage::GEOPACKAGE], true),
                &[],
            ),
        ),
        (
            path("/queryables"),
            get(&name("getQueryables"), "Waarop gefilterd kan worden", &["JsonF", "Lang"], &schema, &[]),
        ),
        (path("/schema"), get(&name("getSchema"), "Kolommen", &["JsonF", "Lang"], &schema, &[])),
        (
            path("/feature-schema"),
            get(&name("getFeatureSchema"), "Kolommen, zoals GDAL ze leest", &["JsonF", "Lang"], &schema, &[]),
        ),
    ]
}

fn column_parameter(column: &'static Column) -> Value {
    json!({
        "name": column.name, "in": "query", "required": false, "style": "form", "explode": false,
        "description": column.title().nl, "schema": { "type": json_type(column.kind) },
    })
}

/// A GET operation.
pub(crate) fn get(id: &str, summary: &str, parameters: &[&str], responses: &Value, more: &[Value]) -> Value {
    let parameters =
        parameters.iter().map(|name| json!({ "$ref": format!("#/components/parameters/{name}") }));
    json!({ "get": {
        "operationId": id,
        "tags": ["kaart"],
        "summary": summary,
        "parameters": parameters.chain(more.iter().cloned()).collect::<Vec<_>>(),
        "responses": responses,
    } })
}

/// The answers of an operation that gives one of these media types.
pub(crate) fn answers(media_types: &[&str], with_crs: bool) -> Value {
    let reference = |name: &str| json!({ "$ref": format!("#/components/headers/{name}") });
    let content = media_types.iter().map(|media_type| {
        let object = *media_type == "application/json" || media_type.ends_with("+json");
        let binary = *media_type == super::items::XLSX
            || media_type.contains("mapbox-vector")
            || media_type.contains("sqlite");
        let schema = if object {
            json!({ "type": "object" })
        } else if binary {
            json!({ "type": "string", "format": "binary" })
        } else {
            json!({ "type": "string" })
        };
        ((*media_type).to_owned(), json!({ "schema": schema }))
    });
    let mut headers = json!({ "API-Version": reference("ApiVersion"), "ETag": reference("Etag") });
    if with_crs {
        headers["Content-Crs"] = reference("ContentCrs");
    }
    let mut responses = json!({
        "200": { "description": "Het antwoord", "headers": headers, "content": content.collect::<Map<_, _>>() },
        "304": { "$ref": "#/components/responses/NotModified" },
    });
    for status in ["400", "404", "500", "503"] {
        responses[status] = json!({ "$ref": "#/components/responses/Problem" });
    }
    responses
}

fn parameters() -> Map<String, Value> {
    let crs: Vec<&str> = Crs::ALL.map(Crs::uri).to_vec();
    let query = |name: &str, description: &str, schema: Value| {
        json!({ "name": name, "in": "query", "required": false, "style": "form", "explode": false,
                "description": description, "schema": schema })
    };
    let system = json!({ "type": "string", "format": "uri", "default": Crs::Crs84.uri(), "enum": crs });
    let text = || json!({ "type": "string" });
    let forms = |names: &[&str]| json!({ "type": "string", "enum": names });
    let form = "Vorm van het antwoord; anders volgens Accept";
    Map::from_iter(
        [
            (
                "limit",
                query(
                    "limit",
                    "Aantal gebieden per bladzijde",
                    json!({
                "type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": DEFAULT_LIMIT }),
                ),
            ),
            (
                "bbox",
                query(
                    "bbox",
                    "Alleen gebieden die deze rechthoek raken",
                    json!({
                "type": "array", "minItems": 4, "maxItems": 6, "items": { "type": "number" } }),
                ),
            ),
            ("bboxCrs", query("bbox-crs", "Stelsel van bbox", system.clone())),
            ("crs", query("crs", "Stelsel van de coördinaten in het antwoord", system.clone())),
            ("datetime", query("datetime", "Moment of tijdvak dat de periode raakt (RFC 3339)", text())),
            ("filter", query("filter", "Voorwaarde in CQL2", text())),
            ("filterLang", query("filter-lang", "Taal van het filter", forms(&["cql2-text", "cql2-json"]))),
            ("filterCrs", query("filter-crs", "Stelsel van coördinaten in het filter", system)),
            (
                "properties",
                query(
                    "properties",
                    "Alleen deze kolommen",
                    json!({ "type": "array", "items": { "type": "string" } }),
                ),
            ),
            (
                "skipGeometry",
                query("skipGeometry", "Zonder geometrie", json!({ "type": "boolean", "default": false })),
            ),
            ("cursor", query("cursor", "Waar de bladzijde begint; neem de link 'next' over", text())),
            ("F", query("f", form, forms(&["json", "html"]))),
            ("FeaturesF", query("f", form, forms(&["json", "html", "csv", "xlsx"]))),
            ("JsonF", query("f", form, forms(&["json"]))),
            ("TableF", query("f", form, forms(&["csv", "xlsx", "json"]))),
            ("StyleF", query("f", form, forms(&["mapbox", "json"]))),
        ]
        .map(|(name, parameter)| (name.to_owned(), parameter)),
    )
}
