//! The addresses of tiles: grids, tilesets, tiles, TileJSON.

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use models::Text;
use serde_json::{Map, Value, json};

use super::cut::cut;
use super::grid::{Grid, TileIndex};
use super::{MVT, style};
use crate::answer::{Document, Form, from_bundle, json as to_json};
use crate::api::Link;
use crate::facts::notice;
use crate::language::Language;
use crate::ogc::{Collection, Media, answers, operation};
use crate::packed::Encoding;
use crate::problem::{Problem, listed, quoted, text};
use crate::projection::{Kind, Level};
use crate::query::Parameters;
use crate::view::{Seen, View};

/// Tells tiles apart: what is seen, where, and how it is compressed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TileKey {
    view: String,
    level: String,
    grid: Grid,
    index: TileIndex,
    encoding: Option<Encoding>,
}

const TILING_SCHEME: &str = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme";
const TILESETS: &str = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector";

fn plain_json(uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    let parameters = Parameters::read(uri, &["f"])?;
    Media::asked(&parameters, headers, &[Media::Json]).map(drop)
}

/// `GET /v1/tile-matrix-sets`.
pub(super) async fn grids(Seen(view): Seen, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    plain_json(&uri, &headers)?;
    let grid = |grid: Grid| {
        json!({
            "id": grid.id(),
            "title": grid.id(),
            "uri": grid.uri(),
            "crs": grid.crs().uri(),
            "links": [Link::json("self", view.base(), &grid_path(grid))],
        })
    };
    Document::new(to_json(&json!({ "tileMatrixSets": Grid::ALL.map(grid) }))?)
        .answer(&headers, Form::PlainJson)
}

/// `GET /v1/tile-matrix-sets/{grid}`.
pub(super) async fn grid(Path(id): Path<String>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    plain_json(&uri, &headers)?;
    Document::new(to_json(&named(&id)?.definition())?).answer(&headers, Form::PlainJson)
}

/// `GET …/tiles`.
pub(super) async fn list(
    Seen(view): Seen,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    plain_json(&uri, &headers)?;
    let collection = Collection::named(&view, &id)?;
    let language = Language::asked(&uri, &headers);
    from_bundle(&headers, view.tag(), Form::Json(language), || {
        let base = view.base();
        let path = format!("{}/tiles", collection.path());
        let set = |grid: Grid| {
            json!({
                "title": language.of(&collection.title()),
                "dataType": "vector",
                "crs": grid.crs().uri(),
                "tileMatrixSetURI": grid.uri(),
                "links": [
                    Link::json("self", base, &format!("{path}/{}", grid.id())),
                    Link::json(TILING_SCHEME, base, &grid_path(grid)),
                ],
            })
        };
        to_json(&json!({ "links": [Link::json("self", base, &path)], "tilesets": Grid::ALL.map(set) }))
    })
}

/// `GET …/tiles/{grid}`: the tileset, with the grid itself in it, as OpenLayers reads it.
pub(super) async fn one(
    Seen(view): Seen,
    Path((id, grid)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    plain_json(&uri, &headers)?;
    let collection = Collection::named(&view, &id)?;
    let grid = named(&grid)?;
    let language = Language::asked(&uri, &headers);
    from_bundle(&headers, view.tag(), Form::Json(language), || {
        to_json(&describe_set(&view, &collection, grid, language))
    })
}

fn describe_set(view: &View, collection: &Collection<'_>, grid: Grid, language: Language) -> Value {
    let base = view.base();
    let path = format!("{}/tiles/{}", collection.path(), grid.id());
    let template = format!("{path}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}");
    let mut item = json!(Link::new("item", base, &template, MVT));
    item["templated"] = true.into();
    let mut set = json!({
        "title": language.of(&collection.title()),
        "description": language.of(&notice()),
        "dataType": "vector",
        "crs": grid.crs().uri(),
        "tileMatrixSetURI": grid.uri(),
        "tileMatrixSet": grid.definition(),
        "layers": [{
            "id": collection.level.name,
            "dataType": "vector",
            "geometryDimension": 2,
            "propertiesSchema": { "type": "object", "properties": properties(view, language) },
        }],
        "links": [
            Link::json("self", base, &path),
            Link::json(TILING_SCHEME, base, &grid_path(grid)),
            item,
            Link::json("http://www.opengis.net/def/rel/ogc/1.0/geodata", base, &collection.path()),
        ],
    });
    if let Some(bounds) = collection.bounds(view) {
        set["boundingBox"] = json!({
            "lowerLeft": bounds.low, "upperRight": bounds.high, "crs": crate::shapes::Crs::Crs84.uri(),
        });
        let own = grid.crs().project_bounds(bounds);
        let limits = (0..=Grid::DEEPEST).map(|z| {
            let (rows, columns) = grid.range(z, own);
            json!({
                "tileMatrix": z.to_string(),
                "minTileRow": rows[0], "maxTileRow": rows[1],
                "minTileCol": columns[0], "maxTileCol": columns[1],
            })
        });
        set["tileMatrixSetLimits"] = limits.collect();
    }
    set
}

fn properties(view: &View, language: Language) -> Map<String, Value> {
    let kind = |kind: Kind| match kind {
        Kind::Text => "string",
        Kind::Integer => "integer",
        Kind::Number => "number",
    };
    let columns = view.projection().columns();
    columns
        .map(|column| {
            let property = json!({ "title": language.of(&column.title()), "type": kind(column.kind) });
            (column.name.to_owned(), property)
        })
        .collect()
}

/// `GET …/tiles/{grid}/{matrix}/{row}/{column}`.
pub(super) async fn tile(
    Seen(view): Seen,
    Path((id, grid, matrix, row, column)): Path<(String, String, String, String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Parameters::read(&uri, &[])?;
    let collection = Collection::named(&view, &id)?;
    let grid = named(&grid)?;
    let index = TileIndex::read(&matrix, &row, &column).ok_or_else(|| no_tile(grid))?;
    let level = collection.level;
    let encoding = Encoding::accepted(&headers);
    let key = TileKey { view: view.tag().to_owned(), level: level.name.clone(), grid, index, encoding };
    let made = made(&view, level, key)?;
    let is_empty = made.is_empty();
    let mut response = from_bundle(&headers, view.tag(), Form::Tile, || Ok(made))?;
    if is_empty && response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NO_CONTENT;
        response.headers_mut().remove(CONTENT_TYPE);
    } else if let Some(encoding) = encoding {
        encoding.put(&mut response);
    }
    Ok(response)
}

/// The tile that is kept, or one that is made now; compressed unless it is empty. Two who ask at the same time may
/// both make it.
fn made(view: &View, level: &Level, key: TileKey) -> Result<Bytes, Problem> {
    let tiles = &view.kept().tiles;
    if let Some(tile) = tiles.get(&key) {
        return Ok(tile);
    }
    let mesh = view.shapes().mesh(&level.name, key.grid);
    let tile = mesh.map(|mesh| cut(view.projection(), level, mesh, key.grid, key.index)).unwrap_or_default();
    let tile = match key.encoding.filter(|_| !tile.is_empty()) {
        Some(encoding) => encoding.whole(&tile).map_err(|cause| Problem::internal(&cause))?,
        None => tile.into(),
    };
    let bytes = key.view.len() + tile.len();
    tiles.keep(key, tile.clone(), bytes);
    Ok(tile)
}

/// `GET …/tilejson`: TileJSON 3.0.0.
pub(super) async fn tilejson(
    Seen(view): Seen,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    plain_json(&uri, &headers)?;
    let collection = Collection::named(&view, &id)?;
    let language = Language::asked(&uri, &headers);
    from_bundle(&headers, view.tag(), Form::Json(language), || {
        let base = view.base();
        let tiles = format!("{base}{}/tiles/{}/{{z}}/{{y}}/{{x}}", collection.path(), Grid::WebMercator.id());
        let columns = view.projection().columns();
        let fields: Map<String, Value> = columns
            .map(|column| (column.name.to_owned(), Value::from(language.of(&column.title()))))
            .collect();
        let mut document = json!({
            "tilejson": "3.0.0",
            "name": language.of(&collection.title()),
            "description": language.of(&notice()),
            "scheme": "xyz",
            "tiles": [tiles],
            "minzoom": 0,
            "maxzoom": Grid::DEEPEST,
            "attribution": "Zichtlijn; CBS",
            "vector_layers": [{
                "id": collection.level.name, "fields": fields, "minzoom": 0, "maxzoom": Grid::DEEPEST,
            }],
        });
        if let Some(bounds) = collection.bounds(&view) {
            let ([west, south], [east, north]) = (bounds.low, bounds.high);
            document["bounds"] = json!([west, south, east, north]);
            document["center"] = json!([(west + east) / 2.0, (south + north) / 2.0, 10]);
        }
        to_json(&document)
    })
}

fn grid_path(grid: Grid) -> String {
    format!("/v1/tile-matrix-sets/{}", grid.id())
}

fn named(id: &str) -> Result<Grid, Problem> {
    Grid::named(id).ok_or_else(|| {
        let (shown, all) = (quoted(id), listed(Grid::ALL.map(Grid::id)));
        Problem::not_found(
            "grid",
            "grid.unknown",
            text(
                format!("Er is geen tegelindeling {shown}. Wel: {all}."),
                format!("There is no tile matrix set {shown}. These exist: {all}."),
            ),
        )
    })
}

fn no_tile(grid: Grid) -> Problem {
    let deepest = Grid::DEEPEST;
    let detail: Text = text(
        format!(
            "Deze tegel bestaat niet in {}: niveaus zijn 0 tot en met {deepest}, rijen en kolommen 0 tot 2^niveau.",
            grid.id()
        ),
        format!(
            "This tile does not exist in {}: levels are 0 to {deepest}, rows and columns 0 up to 2^level.",
            grid.id()
        ),
    );
    Problem::not_found("tile", "tile.unknown", detail)
}

/// Links from a collection to its tiles.
pub(crate) fn links(base: &str, path: &str, id: &str) -> Vec<Link> {
    vec![
        Link::json(TILESETS, base, &format!("{path}/tiles")),
        Link::json("tilejson", base, &format!("{path}/tilejson")),
        Link::new("stylesheet", base, &style::path(id, style::CLASS), style::MEDIA_TYPE),
    ]
}

/// The paths of these collections' tiles in the OpenAPI document.
pub(crate) fn describe(collections: &[Collection<'_>]) -> Vec<(String, Value)> {
    let json_answer = answers(&["application/json"], false);
    let variable = |name: &str, description: &str| json!({ "name": name, "in": "path", "required": true, "description": description, "schema": { "type": "string" } });
    let grid = || {
        let mut grid = variable("grid", "Tegelindeling");
        grid["schema"]["enum"] = json!(Grid::ALL.map(Grid::id));
        grid
    };
    let common = ["JsonF", "Lang"];
    let mut paths = vec![
        (
            "/tile-matrix-sets".to_owned(),
            operation("getTileMatrixSets", "Tegelindelingen", &common, &json_answer, &[]),
        ),
        (
            "/tile-matrix-sets/{grid}".to_owned(),
            operation("getTileMatrixSet", "Een tegelindeling", &common, &json_answer, &[grid()]),
        ),
        ("/styles".to_owned(), operation("getStyles", "Stijlen voor de kaart", &common, &json_answer, &[])),
        (
            "/styles/{style}".to_owned(),
            operation(
                "getStyle",
                "Een stijl (Mapbox)",
                &["StyleF", "Lang"],
                &answers(&[style::MEDIA_TYPE], false),
                &[variable("style", "Naam van de stijl")],
            ),
        ),
    ];
    for collection in collections {
        let id = &collection.id;
        let path = |rest: &str| format!("/collections/{id}{rest}");
        let name = |what: &str| format!("{what}-{id}");
        let mut tile = answers(&[MVT], false);
        tile["204"] = json!({ "description": "Hier is niets", "headers": tile["200"]["headers"] });
        let place = [
            grid(),
            variable("matrix", "Niveau"),
            variable("row", "Rij, van boven"),
            variable("column", "Kolom, van links"),
        ];
        paths.extend([
            (
                path("/tiles"),
                operation(&name("getTilesets"), "Welke tegels er zijn", &common, &json_answer, &[]),
            ),
            (
                path("/tiles/{grid}"),
                operation(
                    &name("getTileset"),
                    "De tegels van een indeling",
                    &common,
                    &json_answer,
                    &[grid()],
                ),
            ),
            (
                path("/tiles/{grid}/{matrix}/{row}/{column}"),
                operation(&name("getTile"), "Een tegel", &["Lang"], &tile, &place),
            ),
            (
                path("/tilejson"),
                operation(&name("getTileJson"), "TileJSON 3.0.0", &common, &json_answer, &[]),
            ),
        ]);
    }
    paths
}
