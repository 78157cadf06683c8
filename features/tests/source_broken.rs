//! Broken sources: each is refused with one message that names the file, the place and what to do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::panic_in_result_fn,
    reason = "a test that cannot go on has failed"
)]
#![allow(missing_docs, dead_code, reason = "a test")]

mod source_town;

use serde_json::json;
use source_town::Town;

/// Name, what is done to the town, id of the first error, words of its message.
type Case = (&'static str, fn(&mut Town), &'static str, &'static [&'static str]);

const CASES: &[Case] = &[
    (
        "missing column",
        |town| town.set_in("panden", "columns", "id", json!("pandid")),
        "missing_column",
        &["panden.csv", "pandid", "Did you mean `pand_id`"],
    ),
    (
        "missing value column",
        |town| town.set_in("kerncijfers", "values", "pct_huur", json!("p_huurwo")),
        "missing_column",
        &["kerncijfers.csv", "Did you mean `p_huurw`"],
    ),
    (
        "needed field not mapped",
        |town| town.without("panden", "columns", "id"),
        "missing_column",
        &["panden.csv", "`id`", "Give it in `columns`"],
    ),
    (
        "wrong separator",
        |town| town.set("panden", "separator", json!(";")),
        "separator",
        &["panden.csv", "line 1", "separator = \",\""],
    ),
    ("empty file", |town| town.write("panden.csv", b""), "empty_file", &["panden.csv", "empty", "again"]),
    (
        "header only",
        |town| town.write("vondsten.csv", b"vondst_id,pand_id,datum,geregistreerd\n"),
        "no_rows",
        &["vondsten.csv", "no rows", "export"],
    ),
    (
        "missing header",
        |town| town.write("vondsten.csv", b"1,17,2020-03-14,2020-03-20\n2,18,2019-02-01,2019-02-01\n"),
        "missing_header",
        &["vondsten.csv", "line 1", "column names at the top"],
    ),
    (
        "duplicate column",
        |town| town.change("panden.csv", "woz,", "bouwjaar,"),
        "missing_column",
        &["panden.csv", "woz"],
    ),
    (
        "duplicate needed column",
        |town| town.change("panden.csv", "gebruiksdoel\n", "gebruiksdoel,woz\n"),
        "duplicate_column",
        &["panden.csv", "line 1", "woz", "a name of its own"],
    ),
    (
        "ragged row",
        |town| town.change("panden.csv", "1990,300000", "1990,300,000"),
        "ragged_row",
        &["panden.csv", "line 5", "10 fields", "double quotes"],
    ),
    (
        "NUL bytes",
        |town| town.change("vondsten.csv", "V2", "V\0"),
        "nul_byte",
        &["vondsten.csv", "line 3", "UTF-8"],
    ),
    (
        "endless line",
        |town| {
            town.write(
                "vondsten.csv",
                &[b"pand_id,datum,geregistreerd\n".as_slice(), &vec![b'x'; 40 << 20]].concat(),
            )
        },
        "line_too_long",
        &["vondsten.csv", "line 2", "16 MiB", "line ends"],
    ),
    (
        "endless first line",
        |town| town.write("vondsten.csv", &vec![b'x'; 40 << 20]),
        "line_too_long",
        &["vondsten.csv", "line 1", "line ends"],
    ),
    (
        "quote never closed",
        |town| {
            let mut text = b"pand_id,datum,geregistreerd\n1,\"2020-01-01,2020-01-01\n".to_vec();
            text.extend(b"2,2020-01-01,2020-01-01\n".repeat(1 << 20));
            town.write("vondsten.csv", &text);
        },
        "line_too_long",
        &["vondsten.csv", "line 2", "quote"],
    ),
    (
        "Windows text",
        |town| {
            town.write(
                "panden.csv",
                &source_town::PANDEN
                    .replace("winkelfunctie", "caf\u{e9}")
                    .chars()
                    .map(|c| c as u8)
                    .collect::<Vec<_>>(),
            )
        },
        "encoding",
        &["panden.csv", "line 4", "gebruiksdoel", "windows-1252"],
    ),
    (
        "UTF-16",
        |town| town.write("panden.csv", b"\xFF\xFEp\0a\0n\0d\0"),
        "encoding",
        &["panden.csv", "UTF-16", "CSV UTF-8"],
    ),
    (
        "Excel file",
        |town| town.write("panden.csv", b"PK\x03\x04xxxx"),
        "format",
        &["panden.csv", "Excel", "CSV UTF-8"],
    ),
    (
        "mixed dates",
        |town| town.change("vondsten.csv", "2019-02-01,", "01-02-2019,"),
        "mixed_dates",
        &["vondsten.csv", "line 3", "line 2", "01-02-2019", "%d-%m-%Y", "one form"],
    ),
    (
        "other date format",
        |town| town.set("vondsten", "date_format", json!("%d-%m-%Y")),
        "date_format",
        &["vondsten.csv", "line 2", "datum", "date_format = \"%Y-%m-%d\""],
    ),
    (
        "no date",
        |town| town.change("vondsten.csv", "2019-02-01,", "2019-02-31,"),
        "bad_date",
        &["vondsten.csv", "line 3", "datum", "2019-02-31", "Correct it"],
    ),
    (
        "date in the future",
        |town| town.change("vondsten.csv", "2020-03-14,2020-03-20", "2025-03-14,2025-03-20"),
        "date_in_future",
        &["vondsten.csv", "line 2", "datum", "2025-03-14", "data_until"],
    ),
    (
        "known before it happened",
        |town| town.change("vondsten.csv", "2020-03-20", "2018-03-20"),
        "known_before_event",
        &["vondsten.csv", "line 2", "geregistreerd", "swapped"],
    ),
    (
        "duplicate ids",
        |town| {
            town.without("panden", "columns", "valid_from");
            town.without("panden", "columns", "valid_to");
        },
        "duplicate_unit",
        &["panden.csv", "0001100000000002", "line 3", "one row per unit"],
    ),
    (
        "NaN coordinate",
        |town| town.change("panden.csv", "100100.5", "NaN"),
        "coordinate_not_finite",
        &["panden.csv", "line 2", "x_rd", "empty"],
    ),
    (
        "coordinate that is a text",
        |town| town.change("panden.csv", "100100.5", "\"100100,5\""),
        "not_a_number",
        &["panden.csv", "line 2", "x_rd", "100100,5", "decimal_comma"],
    ),
    (
        "swapped x and y",
        |town| {
            town.set_in("panden", "columns", "x", json!("y_rd"));
            town.set_in("panden", "columns", "y", json!("x_rd"));
        },
        "coordinates_swapped",
        &["panden.csv", "line 2", "swapped", "x = \"x_rd\""],
    ),
    (
        "degrees as RD",
        |town| {
            town.write("panden.csv", b"pand_id,geldig_vanaf,geldig_tot,status,x_rd,y_rd,bouwjaar,woz,gebruiksdoel\n1,,,Pand in gebruik,4.6,51.6,1,2,w\n")
        },
        "wrong_crs",
        &["panden.csv", "line 2", "WGS84", "crs = \"wgs84\""],
    ),
    (
        "RD as degrees",
        |town| town.set("panden", "crs", json!("wgs84")),
        "wrong_crs",
        &["panden.csv", "line 2", "RD metres", "crs = \"rd\""],
    ),
    (
        "units in another town",
        |town| {
            town.change("panden.csv", ",40", ",48");
        },
        "unit_outside_areas",
        &["panden.csv", "x_rd, y_rd", "none of the areas", "same place"],
    ),
    (
        "decimal comma",
        |town| town.set("kerncijfers", "decimal_comma", json!(false)),
        "not_a_number",
        &["kerncijfers.csv", "line 2", "p_huurw", "55,5", "decimal_comma = true"],
    ),
    (
        "infinite figure",
        |town| town.change("kerncijfers.csv", "620", "inf"),
        "not_finite",
        &["kerncijfers.csv", "line 4", "a_hh", "`missing`"],
    ),
    (
        "truncated GeoJSON",
        |town| {
            let whole = source_town::BUURTEN;
            town.write("buurten.geojson", &whole.as_bytes()[..whole.len() - 40]);
        },
        "unreadable",
        &["buurten.geojson", "line ", "ends too early", "again"],
    ),
    (
        "GeoJSON in another system",
        |town| town.change("buurten.geojson", "EPSG::28992", "EPSG::25832"),
        "crs",
        &["buurten.geojson", "25832", "WGS84 (CRS84) or RD"],
    ),
    (
        "one feature",
        |town| town.write("buurten.geojson", br#"{"type":"Topology","objects":{}}"#),
        "format",
        &["buurten.geojson", "Topology", "FeatureCollection"],
    ),
    (
        "lines as areas",
        |town| {
            town.write("buurten.geojson", br#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"BU1","naam":"x"},"geometry":{"type":"LineString","coordinates":[[5,52],[6,52]]}}]}"#)
        },
        "geometry",
        &["buurten.geojson", "LineString", "polygons"],
    ),
    (
        "area twice",
        |town| town.change("buurten.geojson", "BU00010002", "BU00010001"),
        "duplicate_area",
        &["buurten.geojson", "row 2", "code", "BU00010001", "one row per area"],
    ),
    (
        "unknown parent",
        |town| {
            town.set_in("gebieden", "columns", "parent", json!("wijk"));
            town.change("wijken.geojson", "\"naam\"", "\"wijk\":\"GM0001\",\"naam\"");
            town.change("buurten.geojson", "\"wijk\":\"WK000100\"", "\"wijk\":\"WK000199\"");
        },
        "unknown_parent",
        &["buurten.geojson", "row 1", "wijk", "WK000199", "higher level"],
    ),
    (
        "areas that do not nest",
        |town| {
            town.set_in("gebieden", "columns", "parent", json!("wijk"));
            town.change("wijken.geojson", "\"naam\"", "\"wijk\":\"GM0001\",\"naam\"");
            town.change("wijken.geojson", "40", "43");
        },
        "area_outside_parent",
        &["buurten.geojson", "row 1", "do not nest", "same year"],
    ),
    (
        "unknown outcome",
        |town| town.change("controles.csv", "geen toegang", "niet thuis"),
        "unknown_outcome",
        &["controles.csv", "line 4", "uitkomst", "niet thuis", "no_access"],
    ),
    (
        "status that no pand has",
        |town| town.set("panden", "existing_status", json!(["In gebruik"])),
        "no_unit_exists",
        &["panden.csv", "status", "`Pand in gebruik`"],
    ),
    (
        "figures without a date of publication",
        |town| town.without("kerncijfers", "columns", "published"),
        "no_publication_date",
        &["kerncijfers.csv", "published", "known_after"],
    ),
    (
        "figures without a year",
        |town| town.without("kerncijfers", "columns", "year"),
        "missing_column",
        &["kerncijfers.csv", "year", "file's name"],
    ),
    (
        "figures of other areas",
        |town| {
            town.change("kerncijfers.csv", "BU0001", "BU0002");
            town.change("kerncijfers.csv", "WK0001", "WK0002");
        },
        "unknown_area",
        &["kerncijfers.csv", "line 2", "gwb_code", "none of the codes", "division"],
    ),
    (
        "figures twice",
        |town| town.change("kerncijfers.csv", "BU00010002", "BU00010001"),
        "duplicate_figure",
        &["kerncijfers.csv", "line 3", "BU00010001 2018", "published"],
    ),
    (
        "ids without leading zeros",
        |town| {
            town.change("vondsten.csv", "00011", "11");
        },
        "unknown_unit",
        &["vondsten.csv", "line 2", "pand_id", "leading zero"],
    ),
    (
        "negative count",
        |town| {
            town.set_in("vondsten", "columns", "count", json!("vondst_id"));
            town.change("vondsten.csv", "V1", "-3");
            town.change("vondsten.csv", "V2", "1");
        },
        "negative_count",
        &["vondsten.csv", "line 2", "vondst_id", "-3", "Correct it"],
    ),
    (
        "unknown preset",
        |town| town.set("panden", "preset", json!("pdok_bag_pand")),
        "setting",
        &["panden", "preset", "Did you mean `pdok_bag_light_pand`", "cbs_kerncijfers"],
    ),
    (
        "preset of another kind",
        |town| town.set("panden", "preset", json!("cbs_kerncijfers")),
        "preset",
        &["panden", "figures", "kind = "],
    ),
    (
        "unknown field",
        |town| town.set_in("panden", "columns", "valid_form", json!("geldig_vanaf")),
        "setting",
        &["panden", "columns", "Did you mean `valid_from`"],
    ),
    (
        "unknown word in outcomes",
        |town| town.set_in("controles", "outcomes", "nothing", json!(["niets"])),
        "setting",
        &["controles", "outcomes", "nothing_found"],
    ),
    (
        "no length of time",
        |town| town.set("vondsten", "known_after", json!("soon")),
        "setting",
        &["vondsten", "known_after", "soon", "14 days"],
    ),
    (
        "no such file",
        |town| town.set("panden", "path", json!("pand.csv")),
        "unreadable_file",
        &["panden", "pand.csv", "Check `path`"],
    ),
    (
        "a folder as file",
        |town| town.set("panden", "path", json!(".")),
        "format",
        &["panden", "ending", "format = \"csv\""],
    ),
    (
        "unknown root",
        |town| town.set("panden", "path", json!("${BAG}/panden.csv")),
        "path",
        &["panden", "${BAG}", "--data BAG=DIR"],
    ),
    (
        "only leaves nothing",
        |town| town.set("vondsten", "only", json!({"vondst_id": ["W1"]})),
        "no_rows",
        &["vondsten.csv", "no rows", "`only`"],
    ),
    (
        "no areas at all",
        |town| {
            town.sources.remove("gebieden");
        },
        "setting",
        &["no areas", "kind = \"areas\"", "grid_metres"],
    ),
    (
        "packed under another name",
        |town| {
            use std::io::Write;
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packed.write_all(source_town::PANDEN.as_bytes()).unwrap();
            town.write("panden.csv", &packed.finish().unwrap());
        },
        "format",
        &["panden.csv", "gzip", ".gz"],
    ),
    (
        "gzip cut off",
        |town| {
            use std::io::Write;
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packed.write_all(source_town::PANDEN.as_bytes()).unwrap();
            let bytes = packed.finish().unwrap();
            town.write("panden.csv.gz", &bytes[..bytes.len() - 30]);
            town.set("panden", "path", json!("panden.csv.gz"));
        },
        "unreadable",
        &["panden.csv.gz", "cut off"],
    ),
    (
        "not Parquet",
        |town| {
            town.write("panden.parquet", b"pand_id,x\n");
            town.set("panden", "path", json!("panden.parquet"));
        },
        "format",
        &["panden.parquet", "not a Parquet", "Download"],
    ),
    (
        "truncated Parquet",
        |town| {
            let whole = parquet();
            town.write("panden.parquet", &whole[..whole.len() / 2]);
            town.set("panden", "path", json!("panden.parquet"));
        },
        "unreadable",
        &["panden.parquet", "Parquet", "cut off"],
    ),
    (
        "Parquet with rubbish inside",
        |town| {
            let mut bytes = parquet();
            let end = bytes.len() - 8;
            for byte in &mut bytes[4..end] {
                *byte = byte.wrapping_mul(31).wrapping_add(7);
            }
            town.write("panden.parquet", &bytes);
            town.set("panden", "path", json!("panden.parquet"));
        },
        "unreadable",
        &["panden.parquet", "Parquet", "again"],
    ),
    (
        "GeoPackage with two layers",
        |town| {
            geopackage(town);
            town.set("panden", "path", json!("bag.gpkg"));
        },
        "layer",
        &["bag.gpkg", "layer = ", "`pand`", "`verblijfsobject`"],
    ),
    (
        "GeoPackage without that layer",
        |town| {
            geopackage(town);
            town.set("panden", "path", json!("bag.gpkg"));
            town.set("panden", "layer", json!("panden"));
        },
        "layer",
        &["bag.gpkg", "no layer `panden`", "`pand`"],
    ),
    (
        "truncated GeoPackage",
        |town| {
            geopackage(town);
            let whole = std::fs::read(town.path().join("bag.gpkg")).unwrap();
            town.write("bag.gpkg", &whole[..whole.len() / 2]);
            town.set("panden", "path", json!("bag.gpkg"));
            town.set("panden", "layer", json!("pand"));
        },
        "unreadable",
        &["bag.gpkg", "GeoPackage", "again"],
    ),
];

fn parquet() -> Vec<u8> {
    use polars::prelude::{ParquetWriter, df};
    let mut frame = df!(
        "pand_id" => (0..1000).map(|at| format!("{at:016}")).collect::<Vec<_>>(),
        "x_rd" => (0..1000).map(|at| 100_000.0 + f64::from(at)).collect::<Vec<_>>(),
        "y_rd" => (0..1000).map(|at| 400_000.0 + f64::from(at)).collect::<Vec<_>>(),
    )
    .unwrap();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
    bytes
}

fn geopackage(town: &Town) {
    let database = rusqlite::Connection::open(town.path().join("bag.gpkg")).unwrap();
    database
        .execute_batch(
            "CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT, srs_id INTEGER);
             CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, srs_id INTEGER);
             CREATE TABLE pand (feature_id INTEGER PRIMARY KEY, identificatie TEXT, geom BLOB);
             CREATE TABLE verblijfsobject (feature_id INTEGER PRIMARY KEY, identificatie TEXT, geom BLOB);
             INSERT INTO gpkg_contents VALUES ('pand', 'features', 28992), ('verblijfsobject', 'features', 28992);
             INSERT INTO gpkg_geometry_columns VALUES ('pand', 'geom', 28992), ('verblijfsobject', 'geom', 28992);",
        )
        .unwrap();
}

#[test]
fn the_town_itself_is_in_order() {
    let loaded = Town::new().loaded();
    assert_eq!(loaded.tables.units.id.len(), 4);
}

#[test]
fn every_broken_source_is_refused_with_file_place_and_remedy() {
    let mut wrong = Vec::new();
    for (name, broken, check, words) in CASES {
        let mut town = Town::new();
        broken(&mut town);
        let (message, report) = town.refused();
        let first = report.errors().next().unwrap();
        if first.check != *check {
            wrong.push(format!("{name}: `{}` instead of `{check}`: {message}", first.check));
        }
        for word in *words {
            if !message.contains(word) {
                wrong.push(format!("{name}: no `{word}` in: {message}"));
            }
        }
        if first.remedy.is_empty() || first.message.is_empty() {
            wrong.push(format!("{name}: no remedy in {first:?}"));
        }
    }
    assert!(CASES.len() >= 25);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Prints every message, for who wants to read them: `cargo test ... -- --ignored --nocapture`.
#[test]
#[ignore = "for reading"]
fn show_the_messages() {
    for (name, broken, ..) in CASES {
        let mut town = Town::new();
        broken(&mut town);
        println!("{name}:\n  {}", town.refused().0);
    }
}
