//! Checks of the OGC conformance suite for Tiles (ets-ogcapi-tiles10), ported, over a real socket, and that what is
//! kept in compressed form is what goes out uncompressed. The names in the comments are those of the abstract tests.

use std::io::Read as _;

use prost::Message as _;
use serde_json::Value;

use crate::conformance::{Reply, collections, get, get_packed, items, links};
use crate::tiles::Tile;

const TILESETS: &str = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector";
const SCHEME: &str = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme";
const MVT: &str = "application/vnd.mapbox-vector-tile";

fn href(document: &Value, rel: &str) -> String {
    links(document, rel)[0]["href"].as_str().unwrap().to_owned()
}

/// The tilesets of all collections, each as it stands at its own address.
fn tilesets() -> Vec<Value> {
    let lists =
        collections().iter().map(|collection| get(&href(collection, TILESETS)).json()).collect::<Vec<_>>();
    let sets = lists.iter().flat_map(|list| list["tilesets"].as_array().unwrap());
    sets.map(|set| get(&href(set, "self")).json()).collect()
}

/// The limits of each level: level, rows, columns.
fn limits(set: &Value) -> Vec<(String, [u64; 2], [u64; 2])> {
    let limits = set["tileMatrixSetLimits"].as_array().unwrap().iter();
    let number = |one: &Value, name: &str| one[name].as_u64().unwrap();
    limits
        .map(|one| {
            let rows = [number(one, "minTileRow"), number(one, "maxTileRow")];
            let columns = [number(one, "minTileCol"), number(one, "maxTileCol")];
            (one["tileMatrix"].as_str().unwrap().to_owned(), rows, columns)
        })
        .collect()
}

fn place(set: &Value, level: &str, row: u64, column: u64) -> String {
    let template = href(set, "item").replace("{tileMatrix}", level);
    template.replace("{tileRow}", &row.to_string()).replace("{tileCol}", &column.to_string())
}

/// /conf/core/conformance-success: the classes that the answers below justify.
#[test]
fn the_classes_are_declared() {
    let declared = get("/conformance").json()["conformsTo"].as_array().unwrap().clone();
    for class in ["core", "tileset", "tilesets-list", "geodata-tilesets", "mvt"] {
        let class = format!("http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/{class}");
        assert!(declared.contains(&class.as_str().into()), "{class}");
    }
}

/// /conf/tilesets-list/tsl-success and /conf/geodata-tilesets: each collection leads to its tilesets.
#[test]
fn every_collection_lists_its_tilesets() {
    for collection in collections() {
        let list = get(&href(&collection, TILESETS));
        assert_eq!(list.media_type, "application/json");
        let list = list.json();
        assert!(!links(&list, "self").is_empty());
        let sets = list["tilesets"].as_array().unwrap();
        assert_eq!(sets.len(), 2);
        for set in sets {
            assert_eq!(set["dataType"], "vector");
            assert!(set["crs"].is_string() && set["tileMatrixSetURI"].is_string());
            assert_eq!(get(&href(set, SCHEME)).status, 200);
        }
    }
}

/// /conf/tileset/success and /conf/tileset/tilesets-tile-matrix-set: what a tileset says, and that its grid is the one
/// that is registered.
#[test]
fn a_tileset_says_where_its_tiles_and_its_grid_are() {
    let sets = tilesets();
    assert_eq!(sets.len(), 6);
    for set in sets {
        let item = links(&set, "item")[0];
        assert_eq!((item["type"].as_str(), item["templated"].as_bool()), (Some(MVT), Some(true)));
        for part in ["{tileMatrix}", "{tileRow}", "{tileCol}"] {
            assert!(item["href"].as_str().unwrap().contains(part), "{item}");
        }
        let grid = get(&href(&set, SCHEME)).json();
        assert_eq!((&grid["uri"], &grid["crs"]), (&set["tileMatrixSetURI"], &set["crs"]));
        assert!(grid["uri"].as_str().unwrap().ends_with(grid["id"].as_str().unwrap()), "{grid}");
        assert_eq!(limits(&set).len(), grid["tileMatrices"].as_array().unwrap().len());
        assert!(set["layers"][0]["id"].is_string() && set["boundingBox"]["lowerLeft"].is_array());
    }
}

/// /conf/core/tc-success and /conf/mvt/content: every corner of the limits of every level.
#[test]
fn tiles_within_the_limits_are_answered() {
    for set in tilesets() {
        let layer = set["layers"][0]["id"].as_str().unwrap();
        let mut drawn = 0;
        for (level, rows, columns) in limits(&set) {
            for (row, column) in rows.into_iter().flat_map(|row| columns.map(|column| (row, column))) {
                let tile = get(&place(&set, &level, row, column));
                if tile.status == 204 {
                    assert!(tile.body.is_empty() && tile.media_type.is_empty());
                    continue;
                }
                assert_eq!((tile.status, tile.media_type.as_str()), (200, MVT));
                let tile = Tile::decode(tile.body.as_slice()).unwrap();
                assert_eq!((tile.layers[0].version, tile.layers[0].name.as_str()), (2, layer));
                drawn += tile.layers[0].features.len();
            }
        }
        assert!(drawn > 0, "{layer}");
    }
}

/// /conf/core/tc-error: outside the limits there is nothing, outside the grid there is no tile.
#[test]
fn tiles_elsewhere_are_empty_or_do_not_exist() {
    for set in tilesets() {
        let far = get(&place(&set, "8", 0, 0));
        assert_eq!((far.status, far.body.len()), (204, 0));
        for (level, row, column) in [("15", 0, 0), ("3", 8, 0), ("3", 0, 8), ("x", 0, 0)] {
            let answer = get(&place(&set, level, row, column));
            assert_eq!((answer.status, answer.media_type.as_str()), (404, "application/problem+json"));
        }
    }
    assert_eq!(get("/collections/buurt-2025/tiles/Nonsense").status, 404);
    assert_eq!(get("/tile-matrix-sets/Nonsense").status, 404);
}

/// /conf/oas30/oas30-definition: tiles stand in the API definition.
#[test]
fn tiles_are_in_the_definition() {
    let definition = get("/openapi.json").json();
    for collection in collections() {
        let id = collection["id"].as_str().unwrap();
        let path = format!("/collections/{id}/tiles/{{grid}}/{{matrix}}/{{row}}/{{column}}");
        let answers = &definition["paths"][&path]["get"]["responses"];
        assert!(answers["200"]["content"][MVT].is_object() && answers["204"].is_object(), "{path}");
    }
}

/// The body as a browser unpacks it.
fn unpacked(reply: &Reply) -> Vec<u8> {
    let mut out = Vec::new();
    match reply.encoding.as_str() {
        "zstd" => zstd::Decoder::new(reply.body.as_slice()).unwrap().read_to_end(&mut out).unwrap(),
        "gzip" => flate2::read::GzDecoder::new(reply.body.as_slice()).read_to_end(&mut out).unwrap(),
        other => panic!("{other:?}"),
    };
    out
}

#[test]
fn what_is_kept_compressed_is_what_goes_out_uncompressed() {
    for collection in collections() {
        let items = items(&collection);
        let code = get(&format!("{items}?limit=1")).json()["features"][0]["id"].as_str().unwrap().to_owned();
        let set = get(&format!("{}/WebMercatorQuad", href(&collection, TILESETS))).json();
        let (level, rows, columns) = limits(&set).swap_remove(10);
        let places =
            (rows[0]..=rows[1]).flat_map(|row| (columns[0]..=columns[1]).map(move |column| (row, column)));
        let mut tiles = places.map(|(row, column)| place(&set, &level, row, column));
        let tile = tiles.find(|tile| get(tile).status == 200).unwrap();
        for address in [format!("{items}?limit=5"), format!("{items}/{code}"), tile] {
            let plain = get(&address);
            for (encodings, wanted) in [("gzip, deflate, br, zstd", "zstd"), ("gzip, deflate, br", "gzip")] {
                // Made, and then kept.
                for _ in 0..2 {
                    let packed = get_packed(&address, encodings);
                    assert_eq!((packed.encoding.as_str(), &packed.media_type), (wanted, &plain.media_type));
                    assert_eq!(untimed(unpacked(&packed)), untimed(plain.body.clone()), "{address}");
                }
            }
        }
    }
}

/// The same without the time of the answer, which differs.
fn untimed(body: Vec<u8>) -> Vec<u8> {
    let text = String::from_utf8_lossy(&body);
    text.split_once(",\"timeStamp\":\"").map_or(body.clone(), |(start, _)| start.into())
}

#[test]
fn a_kept_page_tells_the_time_of_the_answer() {
    let address = format!("{}?limit=3", items(&collections()[0]));
    let time = || {
        let page: Value = serde_json::from_slice(&unpacked(&get_packed(&address, "zstd"))).unwrap();
        page["timeStamp"].as_str().unwrap().to_owned()
    };
    let first = time();
    std::thread::sleep(std::time::Duration::from_millis(5));
    assert!(time() > first);
}
