//! The GeoPackage, read as any program reads one: as SQLite.

use rusqlite::Connection;
use serde_json::Value;
use serving::made_up::Town;
use serving::{Settings, access::Tier};

use crate::{Answer, Made, get, get_of, link};

const ADDRESS: &str = "/v1/collections/buurt-2025/geopackage";

fn opened(answer: &Answer) -> (tempfile::TempDir, Connection) {
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("buurt.gpkg");
    std::fs::write(&path, &answer.body).unwrap();
    (folder, Connection::open(&path).unwrap())
}

fn texts(file: &Connection, query: &str) -> Vec<String> {
    let mut statement = file.prepare(query).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

fn number(file: &Connection, query: &str) -> f64 {
    file.query_row(query, [], |row| row.get(0)).unwrap()
}

#[test]
fn it_holds_every_area_with_the_figures_of_its_feature() {
    let answer = get(ADDRESS);
    assert_eq!(answer.header("content-type"), "application/geopackage+sqlite3");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"buurt-2025.gpkg\"");
    let (_folder, file) = opened(&answer);
    assert_eq!(texts(&file, "PRAGMA integrity_check"), ["ok"]);
    assert_eq!(
        number(&file, "SELECT CAST(application_id AS REAL) FROM pragma_application_id"),
        1_196_444_487.0
    );
    let features = get("/v1/collections/buurt-2025/items?limit=1000").json()["features"].clone();
    let features = features.as_array().unwrap();
    assert_eq!(features.len(), 53);
    for feature in features {
        let code = feature["id"].as_str().unwrap();
        for (name, wanted) in feature["properties"].as_object().unwrap() {
            let query = format!("SELECT \"{name}\" FROM buurt_2025 WHERE code = ?");
            let found: rusqlite::types::Value = file.query_row(&query, [code], |row| row.get(0)).unwrap();
            let found = match found {
                rusqlite::types::Value::Null => Value::Null,
                rusqlite::types::Value::Integer(number) => number.into(),
                rusqlite::types::Value::Real(number) => number.into(),
                // `released` and the year are text in tables.
                rusqlite::types::Value::Text(text) if wanted.is_boolean() => (text == "true").into(),
                rusqlite::types::Value::Text(text) => text.into(),
                other => panic!("{other:?}"),
            };
            let equal = match (found.as_f64(), wanted.as_f64()) {
                (Some(a), Some(b)) => a == b,
                _ => found == *wanted,
            };
            assert!(equal, "{code} {name}: {found} {wanted}");
        }
    }
    assert_eq!(number(&file, "SELECT CAST(count(*) AS REAL) FROM buurt_2025"), 53.0);
}

#[test]
fn outlines_are_those_of_the_features_in_rd() {
    let (_folder, file) = opened(&get(ADDRESS));
    let rd = "http://www.opengis.net/def/crs/EPSG/0/28992";
    let feature = get(&format!("/v1/collections/buurt-2025/items/BU999900000?crs={rd}")).json();
    let ring = feature["geometry"]["coordinates"][0].as_array().unwrap();
    let blob: Vec<u8> = file
        .query_row("SELECT geom FROM buurt_2025 WHERE code = 'BU999900000'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(&blob[..8], &[b'G', b'P', 0, 3, 0x40, 0x71, 0, 0], "version 1, bounds, EPSG:28992");
    let double = |at: usize| f64::from_le_bytes(blob[at..at + 8].try_into().unwrap());
    // Header with bounds, multipolygon of one, polygon of one ring, number of corners.
    let first = 8 + 32 + 9 + 9 + 4;
    assert_eq!(blob.len(), first + 16 * ring.len());
    for (i, position) in ring.iter().enumerate() {
        for axis in 0..2 {
            let wanted = position[axis].as_f64().unwrap();
            let found = double(first + 16 * i + 8 * axis);
            assert!((found - wanted).abs() <= 0.000_5, "{found} {wanted}");
            assert!((double(8 + 16 * axis)..=double(16 + 16 * axis)).contains(&found), "within the bounds");
        }
    }
    let around = "SELECT min_x FROM gpkg_contents WHERE srs_id = 28992 AND table_name = 'buurt_2025'";
    assert!((100_000.0..200_000.0).contains(&number(&file, around)));
}

#[test]
fn it_is_linked_and_the_same_every_time_and_holds_what_the_tier_sees() {
    let collection = get("/v1/collections/buurt-2025").json();
    assert_eq!(get(&link(&collection, "enclosure").unwrap()).body, get(ADDRESS).body);
    let settings = Settings { open_tier: Tier::Publiek, ..Settings::default() };
    let router = Made::new(Town::default()).router(&settings);
    get_of(&router, ADDRESS).problem(404);
    let (_folder, file) = opened(&get_of(&router, "/v1/collections/wijk-2025/geopackage"));
    let columns = texts(&file, "SELECT name FROM pragma_table_info('wijk_2025')");
    assert!(columns.contains(&"class".to_owned()));
    for hidden in ["expected", "rank", "units"] {
        assert!(!columns.contains(&hidden.to_owned()), "{columns:?}");
    }
}
