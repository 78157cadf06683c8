//! Tiles, TileJSON, styles: read as a map program reads them, with a decoder of its own.

use std::collections::BTreeMap;

use axum::http::Method;
use prost::Message;
use serde_json::Value;
use serving::Settings;
use serving::made_up::Town;

use crate::{Made, get, get_of, get_with, link, request};

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Tile {
    #[prost(message, repeated, tag = "3")]
    pub(crate) layers: Vec<Layer>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Layer {
    #[prost(uint32, required, tag = "15")]
    pub(crate) version: u32,
    #[prost(string, required, tag = "1")]
    pub(crate) name: String,
    #[prost(message, repeated, tag = "2")]
    pub(crate) features: Vec<Feature>,
    #[prost(string, repeated, tag = "3")]
    keys: Vec<String>,
    #[prost(message, repeated, tag = "4")]
    values: Vec<Cell>,
    #[prost(uint32, optional, tag = "5")]
    extent: Option<u32>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Feature {
    #[prost(uint64, optional, tag = "1")]
    id: Option<u64>,
    #[prost(uint32, repeated, tag = "2")]
    tags: Vec<u32>,
    #[prost(int32, optional, tag = "3")]
    kind: Option<i32>,
    #[prost(uint32, repeated, tag = "4")]
    geometry: Vec<u32>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Cell {
    #[prost(string, optional, tag = "1")]
    text: Option<String>,
    #[prost(double, optional, tag = "3")]
    number: Option<f64>,
    #[prost(int64, optional, tag = "4")]
    integer: Option<i64>,
}

impl Layer {
    fn properties(&self, feature: &Feature) -> BTreeMap<String, Value> {
        let cell = |cell: &Cell| match (&cell.text, cell.number, cell.integer) {
            (Some(text), ..) => Value::from(text.clone()),
            (_, Some(number), _) => number.into(),
            (.., integer) => integer.into(),
        };
        let pairs = feature.tags.chunks(2);
        pairs
            .map(|pair| (self.keys[pair[0] as usize].clone(), cell(&self.values[pair[1] as usize])))
            .collect()
    }
}

/// What a tile says of its features, as a list of objects.
pub(crate) fn said(body: &[u8]) -> Value {
    let tile = Tile::decode(body).unwrap();
    let of = |layer: &Layer| -> Vec<Value> {
        let members = layer.features.iter().map(|feature| layer.properties(feature));
        members.map(|members| members.into_iter().collect()).collect()
    };
    tile.layers.iter().flat_map(of).collect()
}

/// The rings of a feature, in units of the tile.
fn rings(feature: &Feature) -> Vec<Vec<[i64; 2]>> {
    let (mut rings, mut ring, mut at, mut i) = (Vec::new(), Vec::new(), [0_i64, 0], 0);
    let step = |n: u32| i64::from(n >> 1) ^ -i64::from(n & 1);
    while i < feature.geometry.len() {
        let (command, count) = (feature.geometry[i] & 7, feature.geometry[i] >> 3);
        i += 1;
        match command {
            1 | 2 => {
                for _ in 0..count {
                    at = [at[0] + step(feature.geometry[i]), at[1] + step(feature.geometry[i + 1])];
                    ring.push(at);
                    i += 2;
                }
            }
            7 => rings.push(std::mem::take(&mut ring)),
            other => panic!("command {other}"),
        }
    }
    rings
}

/// Twice the area with y downwards: positive for a ring that runs clockwise on the screen.
fn area(ring: &[[i64; 2]]) -> i64 {
    (0..ring.len())
        .map(|i| {
            let (a, b) = (ring[i], ring[(i + 1) % ring.len()]);
            a[0] * b[1] - b[0] * a[1]
        })
        .sum()
}

const WEB: &str = "/v1/collections/buurt-2025/tiles/WebMercatorQuad";

/// All tiles of a level of a grid that have something in them, from the limits of the tileset.
fn tiles(grid: &str, z: u32) -> Vec<Tile> {
    let set = get(&format!("/v1/collections/buurt-2025/tiles/{grid}")).json();
    let limits = set["tileMatrixSetLimits"].as_array().unwrap();
    let wanted = z.to_string();
    let limits = limits.iter().find(|limits| limits["tileMatrix"] == *wanted).unwrap();
    let number = |name: &str| limits[name].as_u64().unwrap();
    let mut tiles = Vec::new();
    for row in number("minTileRow")..=number("maxTileRow") {
        for column in number("minTileCol")..=number("maxTileCol") {
            let answer = get(&format!("/v1/collections/buurt-2025/tiles/{grid}/{z}/{row}/{column}"));
            match answer.status.as_u16() {
                200 => {
                    assert_eq!(answer.header("content-type"), "application/vnd.mapbox-vector-tile");
                    tiles.push(Tile::decode(answer.body.as_slice()).unwrap());
                }
                204 => assert!(answer.body.is_empty()),
                other => panic!("{other}"),
            }
        }
    }
    tiles
}

#[test]
fn tiles_hold_every_area_with_what_its_feature_says() {
    let page = get("/v1/collections/buurt-2025/items?limit=1000").json();
    let features = page["features"].as_array().unwrap();
    for (grid, z) in [
        ("WebMercatorQuad", 10),
        ("WebMercatorQuad", 14),
        ("NetherlandsRDNewQuad", 8),
        ("NetherlandsRDNewQuad", 14),
    ] {
        let mut seen = BTreeMap::new();
        for tile in tiles(grid, z) {
            let layer = &tile.layers[0];
            assert_eq!((layer.version, layer.name.as_str(), layer.extent), (2, "buurt", Some(4096)));
            for feature in &layer.features {
                assert_eq!(feature.kind, Some(3));
                let properties = layer.properties(feature);
                let code = properties["code"].as_str().unwrap().to_owned();
                assert_eq!(feature.id, code[2..].parse().ok());
                for ring in rings(feature) {
                    assert!(ring.len() >= 3 && area(&ring) > 0, "outer rings run clockwise on the screen");
                    assert!(ring.iter().flatten().all(|c| (-64..=4096 + 64).contains(c)));
                }
                seen.insert(code, properties);
            }
        }
        assert_eq!(seen.len(), 53, "{grid} {z}");
        for feature in features {
            let tile = &seen[feature["id"].as_str().unwrap()];
            for (name, value) in feature["properties"].as_object().unwrap() {
                if !["as_of", "until", "released"].contains(&name.as_str()) {
                    assert_eq!(tile.get(name).unwrap_or(&Value::Null), value, "{name}");
                }
            }
        }
    }
}

#[test]
fn a_tile_lies_where_the_area_lies() {
    // The outline of the first buurt is a diamond around 5.3, 52.1; its middle in tile units at level 14.
    let (n, lat) = (f64::from(1 << 14), 52.1_f64.to_radians());
    let x = (5.3 + 180.0) / 360.0 * n;
    let y = (1.0 - (lat.tan() + 1.0 / lat.cos()).ln() / std::f64::consts::PI) / 2.0 * n;
    let tile = get(&format!("{WEB}/14/{}/{}", y as u32, x as u32));
    let tile = Tile::decode(tile.body.as_slice()).unwrap();
    let layer = &tile.layers[0];
    let feature = layer.features.iter().find(|f| layer.properties(f)["code"] == "BU999900000").unwrap();
    let ring = &rings(feature)[0];
    let middle = |axis: usize| {
        let all: Vec<i64> = ring.iter().map(|c| c[axis]).collect();
        (all.iter().min().unwrap() + all.iter().max().unwrap()) as f64 / 2.0
    };
    assert!((middle(0) - x.fract() * 4096.0).abs() < 2.0, "{ring:?}");
    assert!((middle(1) - y.fract() * 4096.0).abs() < 2.0, "{ring:?}");
}

#[test]
fn tiles_outside_the_grid_do_not_exist_and_empty_ones_are_empty() {
    assert_eq!(get(&format!("{WEB}/5/0/0")).status, 204);
    for place in ["15/0/0", "3/8/0", "3/0/8", "x/0/0", "3/-1/0"] {
        get(&format!("{WEB}/{place}")).problem(404);
    }
    get("/v1/collections/buurt-2025/tiles/Nonsense/0/0/0").problem(404);
    get("/v1/collections/nonsense/tiles/WebMercatorQuad/0/0/0").problem(404);
}

#[test]
fn tiles_are_compressed_tagged_and_answer_head() {
    let tile = format!("{WEB}/10/337/527");
    let plain = get(&tile);
    assert_eq!(plain.status, 200);
    for encoding in ["gzip", "br", "zstd"] {
        let small = get_with(&tile, &[("accept-encoding", encoding)]);
        assert_eq!(small.header("content-encoding"), encoding);
        assert!(small.body.len() < plain.body.len());
        assert!(small.header("vary").to_lowercase().contains("accept-encoding"));
    }
    let again = get_with(&tile, &[("if-none-match", plain.header("etag"))]);
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    let head = request(Method::HEAD, &tile, &[], "");
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!(request(Method::OPTIONS, &tile, &[], "").header("allow"), "GET, HEAD, OPTIONS");
}

#[test]
fn tilejson_and_tilesets_say_what_the_clients_read() {
    let settings =
        Settings { public_url: Some("https://kaart.example.nl".parse().unwrap()), ..Settings::default() };
    let router = Made::new(Town::default()).router(&settings);
    let tilejson = get_of(&router, "/v1/collections/buurt-2025/tilejson").json();
    assert_eq!(tilejson["tilejson"], "3.0.0");
    let template = tilejson["tiles"][0].as_str().unwrap();
    assert_eq!(
        template,
        "https://kaart.example.nl/v1/collections/buurt-2025/tiles/WebMercatorQuad/{z}/{y}/{x}"
    );
    let layer = &tilejson["vector_layers"][0];
    assert_eq!(layer["id"], "buurt");
    assert!(layer["fields"]["class"].is_string());
    let bounds: Vec<f64> =
        tilejson["bounds"].as_array().unwrap().iter().map(|b| b.as_f64().unwrap()).collect();
    assert!(bounds.len() == 4 && bounds[0] < bounds[2] && bounds[1] < bounds[3]);

    for grid in ["WebMercatorQuad", "NetherlandsRDNewQuad"] {
        let set = get_of(&router, &format!("/v1/collections/buurt-2025/tiles/{grid}")).json();
        assert_eq!(set["dataType"], "vector");
        let item = link(&set, "item").unwrap();
        for part in ["{tileMatrix}", "{tileRow}", "{tileCol}"] {
            assert!(item.contains(part), "{item}");
        }
        let scheme = link(&set, "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme").unwrap();
        let own = get_of(&router, scheme.trim_start_matches("https://kaart.example.nl")).json();
        assert_eq!(own, set["tileMatrixSet"]);
        assert_eq!(
            (&own["id"], &own["crs"], &own["uri"]),
            (&grid.into(), &set["crs"], &set["tileMatrixSetURI"])
        );
        let matrices = own["tileMatrices"].as_array().unwrap();
        for (z, matrix) in matrices.iter().enumerate() {
            assert_eq!(matrix["id"], z.to_string());
            assert_eq!(
                (matrix["matrixWidth"].as_u64(), matrix["tileWidth"].as_u64()),
                (Some(1 << z), Some(256))
            );
        }
        assert_eq!(set["tileMatrixSetLimits"].as_array().unwrap().len(), matrices.len());
    }
    let rd = get_of(&router, "/v1/tile-matrix-sets/NetherlandsRDNewQuad").json();
    assert_eq!(rd["tileMatrices"][0]["pointOfOrigin"], serde_json::json!([-285_401.92, 903_401.92]));
    assert_eq!(rd["tileMatrices"][3]["cellSize"], 430.08);
    let sets = get_of(&router, "/v1/collections/buurt-2025/tiles").json();
    assert_eq!(sets["tilesets"].as_array().unwrap().len(), 2);
}

#[test]
fn styles_name_only_what_there_is() {
    let styles = get("/v1/styles").json();
    let styles = styles["styles"].as_array().unwrap();
    assert_eq!(styles.len(), 6, "classes and rates of three collections");
    for listed in styles {
        let answer = get(&link(listed, "stylesheet").unwrap());
        assert_eq!(answer.header("content-type"), "application/vnd.mapbox.style+json");
        let style = answer.json();
        assert_eq!(style["version"], 8);
        let tilejson = get(style["sources"]["areas"]["url"].as_str().unwrap()).json();
        for layer in style["layers"].as_array().unwrap() {
            assert_eq!(layer["source-layer"], tilejson["vector_layers"][0]["id"]);
        }
        let sprite = style["sprite"].as_str().unwrap();
        for (ending, start) in
            [(".png", &b"\x89PNG"[..]), ("@2x.png", b"\x89PNG"), (".json", b"{"), ("@2x.json", b"{")]
        {
            assert!(get(&format!("{sprite}{ending}")).body.starts_with(start), "{ending}");
        }
    }
    get("/v1/styles/nonsense").problem(404);
    get("/v1/sprites/nonsense").problem(404);
}

#[test]
fn only_pages_of_allowed_origins_may_read() {
    let allowed = "https://portaal.example.nl".to_owned();
    let settings = Settings { allowed_origins: vec![allowed.clone()], ..Settings::default() };
    let router = Made::new(Town::default()).router(&settings);
    let ask = |origin: &str, method: Method| {
        let request =
            axum::http::Request::builder().method(method).uri("/v1/collections").header("origin", origin);
        let request = request.header("access-control-request-method", "GET");
        crate::send(&router, request.body(axum::body::Body::empty()).unwrap())
    };
    let own = ask(&allowed, Method::GET);
    assert_eq!(own.header("access-control-allow-origin"), allowed);
    assert!(own.header("access-control-expose-headers").contains("content-crs"));
    assert_eq!(ask("https://evil.example", Method::GET).header("access-control-allow-origin"), "");
    let before = ask(&allowed, Method::OPTIONS);
    assert_eq!(before.header("access-control-allow-origin"), allowed);
    assert_eq!(before.header("x-content-type-options"), "nosniff");
}
