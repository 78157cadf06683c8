//! The same town through every format, preset and form of table.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::panic_in_result_fn,
    reason = "a test that cannot go on has failed"
)]
#![allow(missing_docs, dead_code, reason = "a test")]

mod source_town;

use std::io::Write;

use features::source::Severity;
use features::spec::{Plane, UnitOfStudy};
use features::tables::{Column, Day, VisitReason};
use geo::{Area, MultiPolygon, Polygon, polygon};
use geozero::{CoordDimensions, ToWkb};
use models::Outcome;
use proptest::prelude::*;
use rusqlite::Connection;
use serde_json::json;
use source_town::{BUURTEN, PANDEN, Town, counted};

fn day(year: i32, month: u32, day: u32) -> Day {
    Day::from_ymd(year, month, day).unwrap()
}

fn column<'c>(columns: &'c [Column], name: &str) -> &'c Column {
    columns.iter().find(|column| column.name == name).unwrap()
}

#[test]
fn the_town_as_tables() {
    let loaded = Town::new().loaded();
    let (areas, units) = (&loaded.tables.areas, &loaded.tables.units);
    assert_eq!(areas.levels, ["buurt", "wijk"]);
    assert_eq!(areas.code, ["BU00010001", "BU00010002", "WK000100"]);
    assert_eq!(areas.parent, [Some(2), Some(2), None], "by the structure of CBS codes");
    assert_eq!((areas.x[1], areas.y[1]), (101_500.0, 400_500.0));
    assert_eq!(areas.shape[0].as_ref().unwrap().unsigned_area(), 1e6);
    let corner = areas.shape_wgs84[0].as_ref().unwrap().0[0].exterior().0[0];
    assert!((corner.x - 4.59).abs() < 0.02 && (corner.y - 51.58).abs() < 0.02, "{corner:?}");

    assert_eq!(units.id.len(), 4);
    assert_eq!(units.unit, [0, 1, 1, 2, 3]);
    assert_eq!(units.valid_to[1], day(2015, 6, 1));
    assert_eq!(units.valid_to[2], Day::MAX);
    assert_eq!(units.known_from, units.valid_from);
    assert_eq!(units.exists, [true, true, true, true, false]);
    assert_eq!(units.area, [Some(0), Some(0), Some(0), Some(1), Some(1)]);
    let built = column(&units.columns, "bouwjaar");
    assert!(built.values[1].is_nan(), "9999 is missing");
    assert_eq!((built.values[0], built.values[2]), (1930.0, 1975.0));
    let purpose = column(&units.columns, "gebruiksdoel");
    assert_eq!(purpose.categories, ["industriefunctie", "winkelfunctie", "woonfunctie"]);
    assert_eq!(purpose.values, [2.0, 2.0, 1.0, 0.0, 2.0]);

    let finds = &loaded.tables.events[0];
    assert_eq!(finds.date, [day(2019, 2, 1), day(2020, 3, 14)]);
    assert_eq!(
        (finds.unit[1], finds.area[1], finds.x[1], finds.count[1]),
        (Some(2), Some(1), 101_100.5, 1.0)
    );

    let visits = &loaded.tables.visits[0];
    assert_eq!(visits.outcome, [Outcome::Found(1), Outcome::NothingFound, Outcome::NoAccess]);
    assert_eq!(visits.reason, [VisitReason::Tip, VisitReason::List, VisitReason::Random]);
    assert_eq!(visits.list_position, [None, Some(12), None]);

    let figures = &loaded.tables.figures[0];
    assert_eq!(figures.area, [0, 1, 2]);
    assert_eq!(figures.published, [day(2019, 7, 1); 3]);
    let rented = figures.columns.iter().position(|column| column.name == "pct_huur").unwrap();
    assert_eq!(figures.columns[rented].values[0], 55.5);
    assert!(figures.columns[rented].values[1].is_nan());
    assert_eq!(figures.secret[rented], [false, true, false]);
    assert_eq!(figures.secret[0], [false, true, false], "a dot is secret, not zero");

    let report = &loaded.report;
    assert!(report.findings.iter().all(|finding| finding.severity == Severity::Warning));
    assert_eq!(counted(report, "secret_value"), 2);
    assert_eq!(counted(report, "unknown_area"), 1);
    let count = report.files.iter().find(|file| file.source == "kerncijfers").unwrap();
    assert_eq!(count.dropped.get("area_not_in_study"), Some(&1));
    assert_eq!(loaded.inputs.len(), 6);
    assert_eq!(loaded.inputs["panden/panden.csv"].len(), 64);
}

/// What the tables of two loads have in common when they hold the same panden.
fn same_units(town: &Town, other: &Town) {
    let (one, two) = (town.loaded().tables.units, other.loaded().tables.units);
    assert_eq!(format!("{one:?}"), format!("{two:?}"));
}

#[test]
fn csv_in_every_dress() {
    let plain = Town::new();
    let mut dressed = Town::new();
    // As Excel in Dutch writes it: byte order mark, semicolons, decimal commas, CRLF.
    let text = PANDEN.replace(',', ";").replace(".5;", ",5;").replace('\n', "\r\n");
    dressed.write("panden.csv", format!("\u{feff}{text}").as_bytes());
    dressed.set("panden", "decimal_comma", json!(true));
    same_units(&plain, &dressed);

    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.replace(';', "\t").as_bytes()).unwrap();
    dressed.write("panden.csv.gz", &packed.finish().unwrap());
    dressed.set("panden", "path", json!("panden.csv.gz"));
    same_units(&plain, &dressed);

    let mut windows = Town::new();
    windows.set("panden", "encoding", json!("windows-1252"));
    let text = PANDEN.replace("winkelfunctie", "\u{e9}\u{e9}n €");
    let bytes: Vec<u8> = text.chars().map(|c| if c == '€' { 0x80 } else { c as u8 }).collect();
    windows.write("panden.csv", &bytes);
    let units = windows.loaded().tables.units;
    assert!(column(&units.columns, "gebruiksdoel").categories.contains(&"één €".to_owned()));
}

#[test]
fn lines_are_counted_through_quoted_line_ends() {
    let town = Town::new();
    let text = PANDEN.replace("woonfunctie\n", "\"woon\nfunctie\"\n").replace("1890", "189o");
    town.write("panden.csv", text.as_bytes());
    let (message, _) = town.refused();
    // Five rows, three of them on two lines.
    assert!(message.contains("line 8, column `bouwjaar`"), "{message}");
}

#[test]
fn parquet_with_its_own_types() {
    use polars::prelude::{DataType, IntoColumn, NamedFrom, ParquetWriter, Series, TimeUnit, df};
    let plain = Town::new();
    let mut typed = Town::new();
    let rows: Vec<Vec<&str>> = PANDEN.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let texts = |at: usize| rows.iter().map(|row| row[at]).collect::<Vec<_>>();
    let numbers = |at: usize| rows.iter().map(|row| row[at].parse::<f64>().ok()).collect::<Vec<_>>();
    let days = |at: usize| {
        let date = |text: &str| text.parse::<chrono::NaiveDate>().ok().map(|date| Day::from(date).0);
        rows.iter().map(|row| date(row[at])).collect::<Vec<_>>()
    };
    let from = Series::new("geldig_vanaf".into(), days(1)).cast(&DataType::Date).unwrap();
    let moments: Vec<Option<i64>> =
        days(2).iter().map(|day| day.map(|day| i64::from(day) * 86_400_000_000 + 5)).collect();
    let to = Series::new("geldig_tot".into(), moments)
        .cast(&DataType::Datetime(TimeUnit::Microseconds, None))
        .unwrap();
    let mut frame = df!(
        "pand_id" => texts(0), "status" => texts(3), "x_rd" => numbers(4), "y_rd" => numbers(5),
        "bouwjaar" => rows.iter().map(|row| row[6].parse::<i32>().unwrap()).collect::<Vec<_>>(),
        "woz" => numbers(7), "gebruiksdoel" => texts(8),
    )
    .unwrap();
    frame.with_column(from.into_column()).unwrap();
    frame.with_column(to.into_column()).unwrap();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
    typed.write("panden.parquet", &bytes);
    typed.set("panden", "path", json!("panden.parquet"));
    // Typed columns do not follow the settings for texts.
    typed.set("panden", "decimal_comma", json!(true));
    typed.set("panden", "date_format", json!("%d-%m-%Y"));
    same_units(&plain, &typed);
}

/// A GeoPackage with the tables that the standard asks for.
/// Name, column of the code, and the areas.
type Layer<'a> = (&'a str, &'a str, Vec<(String, Polygon<f64>)>);

fn geopackage(town: &Town, name: &str, layers: &[Layer<'_>]) {
    let database = Connection::open(town.path().join(name)).unwrap();
    database
        .execute_batch(
            "CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, srs_id INTEGER);
             CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT, srs_id INTEGER, z TINYINT, m TINYINT);",
        )
        .unwrap();
    for (layer, columns, rows) in layers {
        database
            .execute_batch(&format!(
                "CREATE TABLE {layer} (fid INTEGER PRIMARY KEY, {columns}, geom BLOB);
                 INSERT INTO gpkg_contents VALUES ('{layer}', 'features', 28992);
                 INSERT INTO gpkg_geometry_columns VALUES ('{layer}', 'geom', 'POLYGON', 28992, 0, 0);"
            ))
            .unwrap();
        for (values, shape) in rows {
            let shape = geo::Geometry::from(shape.clone());
            let blob = shape.to_gpkg_wkb(CoordDimensions::xy(), Some(28_992), Vec::new()).unwrap();
            database.execute(&format!("INSERT INTO {layer} VALUES (NULL, {values}, ?1)"), [blob]).unwrap();
        }
    }
}

fn square(x: f64, y: f64, side: f64) -> Polygon<f64> {
    polygon![(x: x, y: y), (x: x + side, y: y), (x: x + side, y: y + side), (x: x, y: y + side)]
}

#[test]
fn bag_light_as_pdok_gives_it() {
    let mut town = Town::new();
    let row = |id: &str, built: i32, status: &str, x: f64| {
        (
            format!("'{id}', {built}, '{status}', 'woonfunctie,winkelfunctie', 80, 120, 2"),
            square(x, 400_100.0, 10.0),
        )
    };
    let columns = "identificatie TEXT, bouwjaar INTEGER, status TEXT, gebruiksdoel TEXT, oppervlakte_min INTEGER, \
        oppervlakte_max INTEGER, aantal_verblijfsobjecten INTEGER";
    let panden = vec![
        row("0001100000000003", 1990, "Pand in gebruik", 101_100.0),
        row("0001100000000001", 9999, "Bouwvergunning verleend", 100_100.0),
        row("0001100000000002", 1930, "Sloopvergunning verleend", 100_300.0),
    ];
    let homes =
        "identificatie TEXT, oppervlakte INTEGER, status TEXT, gebruiksdoel TEXT, pand_identificatie TEXT";
    let home = "'0001010000000001', 75, 'Verblijfsobject in gebruik', 'woonfunctie', '0001100000000001'";
    let homes_rows = vec![(home.to_owned(), square(100_100.0, 400_100.0, 2.0))];
    geopackage(&town, "bag light.gpkg", &[("pand", columns, panden), ("verblijfsobject", homes, homes_rows)]);
    let source = json!({"kind": "units", "path": "bag light.gpkg", "preset": "pdok_bag_light_pand"});
    town.sources.insert("panden".to_owned(), source);
    let loaded = town.loaded();
    let units = &loaded.tables.units;
    assert_eq!(units.id, ["0001100000000001", "0001100000000002", "0001100000000003"]);
    assert_eq!(units.exists, [false, true, true]);
    assert_eq!(units.area, [Some(0), Some(0), Some(1)]);
    assert_eq!((units.x[0], units.y[0]), (100_105.0, 400_105.0));
    assert!(column(&units.columns, "bouwjaar").values[0].is_nan());
    assert_eq!(column(&units.columns, "aantal_verblijfsobjecten").values, [2.0; 3]);
    assert!(loaded.report.files.iter().any(|file| file.file == "bag light.gpkg (pand)"));

    town.set("panden", "preset", json!("pdok_bag_light_verblijfsobject"));
    town.sources.retain(|name, _| ["gebieden", "panden"].contains(&name.as_str()));
    assert_eq!(town.loaded().tables.units.id, ["0001010000000001"]);
}

#[test]
fn the_map_of_wijken_and_buurten() {
    let mut town = Town::new();
    let buurt = |code: &str, water: &str, x: f64| {
        let values = format!("'{code}', 'Naam van {code}', 'WK000100', 'GM0001', '{water}', 120");
        (values, square(x, 400_000.0, 1000.0))
    };
    let columns = "buurtcode TEXT, buurtnaam TEXT, wijkcode TEXT, gemeentecode TEXT, water TEXT, aantal_huishoudens INTEGER";
    let buurten = vec![
        buurt("BU00010001", "NEE", 100_000.0),
        buurt("BU00010002", "NEE", 101_000.0),
        buurt("BU00010002", "JA", 102_000.0),
    ];
    let wide = |x: f64| polygon![(x: x, y: 400_000.0), (x: x + 2000.0, y: 400_000.0), (x: x + 2000.0, y: 401_000.0), (x: x, y: 401_000.0)];
    let wijken = vec![("'WK000100', 'Wijk 00', 'GM0001', 'NEE'".to_owned(), wide(100_000.0))];
    let gemeenten = vec![("'GM0001', 'Voorbeeldstad', 'NEE'".to_owned(), wide(100_000.0))];
    geopackage(
        &town,
        "wijkenbuurten_2024_v1.gpkg",
        &[
            ("buurten", columns, buurten),
            ("wijken", "wijkcode TEXT, wijknaam TEXT, gemeentecode TEXT, water TEXT", wijken),
            ("gemeenten", "gemeentecode TEXT, gemeentenaam TEXT, water TEXT", gemeenten),
        ],
    );
    let source = json!({"kind": "areas", "path": "wijkenbuurten_2024_v1.gpkg", "preset": "cbs_wijk_buurt_kaart",
        "values": {"huishoudens": "aantal_huishoudens"}});
    town.sources.insert("gebieden".to_owned(), source);
    let loaded = town.loaded();
    let areas = &loaded.tables.areas;
    assert_eq!(areas.levels, ["buurt", "wijk", "gemeente"]);
    assert_eq!(areas.parent, [Some(2), Some(2), Some(3), None]);
    assert_eq!(areas.name[3], "Voorbeeldstad");
    let households = &column(&areas.columns, "huishoudens").values;
    assert!(households[0] == 120.0 && households[2].is_nan());
    let water = loaded.report.files.iter().find(|file| file.file.ends_with("(buurten)")).unwrap();
    assert_eq!(water.dropped.get("only `water`"), Some(&1));
}

#[test]
fn key_figures_of_years_with_other_names() {
    let mut town = Town::new();
    town.write(
        "kwb-2013.csv",
        b"gwb_code;recs;a_inw;a_hh;g_woz;p_geb\nBU00010001;Buurt;1000;500;180;1\nBU00010002;Buurt;10;.;.;.\n",
    );
    town.write("kwb-2024.csv", b"gwb_code_10;recs;a_inw;a_hh;g_wozbag\nBU00010001;Buurt;1100;540;320\n");
    let source = json!({"kind": "figures", "path": ["kwb-2013.csv", "kwb-2024.csv"], "preset": "cbs_kerncijfers",
        "values": {"waarde": "g_wozbag"}, "decimal_comma": true});
    town.sources.insert("kerncijfers".to_owned(), source);
    let loaded = town.loaded();
    let figures = &loaded.tables.figures[0];
    assert_eq!(figures.year, [2013, 2024, 2013]);
    assert_eq!(figures.published[0], day(2015, 12, 31), "two years after the end of the year");
    assert_eq!(column(&figures.columns, "huishoudens").values[..2], [500.0, 540.0]);
    assert_eq!(column(&figures.columns, "waarde").values[..2], [180.0, 320.0], "renamed by the publisher");
    assert!(figures.columns.iter().all(|column| column.name != "pct_huur"), "no file has it");
    assert_eq!(counted(&loaded.report, "area_codes_of_other_year"), 1, "2024 lacks a buurt");
}

#[test]
fn levels_nested_in_one_file_are_dissolved() {
    let mut town = Town::new();
    town.write(
        "buurten.geojson",
        BUURTEN
            .replace("\"wijk\":\"WK000100\"", "\"wijk\":\"WK000100\",\"gm\":\"GM0001\",\"gmnaam\":\"Stad\"")
            .as_bytes(),
    );
    let source = json!({"kind": "areas", "path": "buurten.geojson", "level": ["buurt", "wijk", "gemeente"],
        "columns": {"code": "code", "name": "naam", "wijk_code": "wijk", "gemeente_code": "gm", "gemeente_name": "gmnaam"}});
    town.sources.insert("gebieden".to_owned(), source);
    let areas = town.loaded().tables.areas;
    assert_eq!(areas.code, ["BU00010001", "BU00010002", "WK000100", "GM0001"]);
    assert_eq!(areas.parent, [Some(2), Some(2), Some(3), None]);
    assert_eq!((areas.name[2].as_str(), areas.name[3].as_str()), ("WK000100", "Stad"));
    let whole: &MultiPolygon<f64> = areas.shape[3].as_ref().unwrap();
    assert!((whole.unsigned_area() - 2e6).abs() < 1e-3 && whole.0.len() == 1);
    assert!(areas.shape_wgs84[3].is_some());

    let text = BUURTEN.replacen("\"wijk\":\"WK000100\"", "\"wijk\":\"WK000100\",\"gm\":\"GM0001\"", 1);
    town.write(
        "buurten.geojson",
        text.replacen("\"wijk\":\"WK000100\"}", "\"wijk\":\"WK000100\",\"gm\":\"GM0002\"}", 1).as_bytes(),
    );
    town.without("gebieden", "columns", "gemeente_name");
    assert_eq!(town.refused().1.findings[0].check, "areas_do_not_nest");
}

#[test]
fn an_area_study_with_counts_per_month_and_per_column() {
    let mut town = Town::new();
    town.unit = UnitOfStudy::Area;
    town.sources.retain(|name, _| name == "gebieden");
    town.write("maanden.csv", b"buurt,jaar,maand,inbraak\nBU00010001,2023,2,3\nBU00010002,2023,2,0\nBU00010001,2023,12,\nBU99990000,2023,1,5\n");
    let monthly = json!({"kind": "events", "path": "maanden.csv", "known_after": "14 days",
        "columns": {"area": "buurt", "year": "jaar", "month": "maand", "count": "inbraak"}});
    town.sources.insert("maanden".to_owned(), monthly);
    town.write("jaren.csv", b"buurt,n2021,n2022\nBU00010001,7,.\nBU00010002,.,.\n");
    let yearly = json!({"kind": "events", "path": "jaren.csv", "columns": {"area": "buurt"},
        "periods": {"n2021": "2021", "n2022": "2022-12-31"}});
    town.sources.insert("jaren".to_owned(), yearly);
    let loaded = town.loaded();
    let (yearly, monthly) = (&loaded.tables.events[0], &loaded.tables.events[1]);
    assert_eq!(
        (yearly.date.as_slice(), yearly.count.as_slice()),
        ([day(2021, 12, 31)].as_slice(), [7.0].as_slice())
    );
    assert_eq!(monthly.date, [day(2023, 2, 28), day(2023, 2, 28)]);
    assert_eq!(monthly.known_from[0], day(2023, 3, 14));
    assert_eq!(monthly.count, [3.0, 0.0]);
    let months = loaded.report.files.iter().find(|file| file.source == "maanden").unwrap();
    assert_eq!(months.dropped.get("no_count"), Some(&1));
    assert_eq!(months.dropped.get("unknown_area"), Some(&1));
    let years = loaded.report.files.iter().find(|file| file.source == "jaren").unwrap();
    assert_eq!(years.dropped.get("no_count"), Some(&1), "withheld everywhere");
}

#[test]
fn a_grid_over_points_elsewhere() {
    let mut town = Town::new();
    town.unit = UnitOfStudy::Area;
    town.plane = Plane::Local;
    town.sources.clear();
    town.write("labs.csv", b"date,lat,lon\n2023-01-01,39.80,-86.10\n2023-01-02,39.801,-86.101\n2023-01-03,39.90,-86.00\n2023-01-04,,\n");
    let labs = json!({"kind": "events", "path": "labs.csv", "columns": {"date": "date", "lat": "lat", "lon": "lon"}});
    town.sources.insert("labs".to_owned(), labs);
    let cells = json!({"kind": "areas", "grid_metres": 1000.0, "grid_from": "labs"});
    town.sources.insert("cells".to_owned(), cells);
    let loaded = town.loaded();
    let areas = &loaded.tables.areas;
    assert!(areas.code.iter().all(|code| code.starts_with("GRID_")) && (2..=3).contains(&areas.code.len()));
    let labs = &loaded.tables.events[0];
    assert!(labs.area.iter().all(Option::is_some));
    let area = labs.area[0].unwrap() as usize;
    assert!((areas.x[area] - labs.x[0]).abs() <= 500.0 && (areas.y[area] - labs.y[0]).abs() <= 500.0);
    assert_eq!(areas.shape[area].as_ref().unwrap().unsigned_area(), 1e6);
    assert_eq!(counted(&loaded.report, "no_place"), 1);
}

#[test]
fn two_sources_of_one_level_complete_each_other() {
    let mut town = Town::new();
    town.write("namen.csv", b"code,huishoudens\nBU00010001,500\nBU00010002,40\n");
    let source = json!({"kind": "areas", "path": "namen.csv", "level": "buurt", "columns": {"code": "code"},
        "values": {"huishoudens": "huishoudens"}});
    town.sources.insert("cijfers".to_owned(), source);
    let areas = town.loaded().tables.areas;
    assert_eq!(areas.code.len(), 3);
    assert!(areas.shape[0].is_some() && areas.name[0] == "Noord");
    assert_eq!(areas.columns[0].values[..2], [500.0, 40.0]);
}

#[test]
fn histories_are_untangled() {
    let town = Town::new();
    let head = PANDEN.lines().next().unwrap();
    let row = |id: u32, from: &str, to: &str, woz: u32| {
        format!("000110000000000{id},{from},{to},Pand in gebruik,100100.5,400100.5,1930,{woz},woonfunctie\n")
    };
    let text = [
        format!("{head}\n"),
        row(1, "2000-01-01", "", 1),
        row(1, "2010-01-01", "", 2),
        row(1, "2010-01-01", "", 3),
        row(2, "2012-01-01", "2012-01-01", 4),
        row(2, "2012-01-01", "", 5),
        row(3, "2015-01-01", "2014-01-01", 6),
        row(3, "2000-01-01", "9999-12-31", 7),
        row(4, "2030-01-01", "", 8),
    ]
    .concat();
    town.write("panden.csv", text.as_bytes());
    let loaded = town.loaded();
    let units = &loaded.tables.units;
    assert_eq!(units.id.len(), 3);
    assert_eq!(column(&units.columns, "woz").values, [1.0, 3.0, 5.0, 7.0]);
    assert_eq!(units.valid_to, [day(2010, 1, 1), Day::MAX, Day::MAX, Day::MAX]);
    for (check, count) in [
        ("overlapping_validity", 1),
        ("same_beginning", 1),
        ("empty_validity", 1),
        ("ends_before_it_begins", 1),
        ("starts_in_future", 1),
    ] {
        assert_eq!(counted(&loaded.report, check), count, "{check}");
    }
    assert!(loaded.report.table().contains("starts_in_future"));
}

#[test]
fn unknown_units_are_kept_where_they_have_another_place() {
    let mut town = Town::new();
    town.write(
        "vondsten.csv",
        b"pand_id,datum,geregistreerd,buurt,x,y\n\
        0001100000000003,2020-03-14,2020-03-20,,,\n\
        0001100000000099,2020-04-14,2020-04-20,,100500,400500\n\
        ,2020-05-14,2020-05-20,BU00010002,,\n\
        0001100000000098,2020-06-14,2020-06-20,,,\n\
        ,2020-07-14,2020-07-20,,,\n\
        ,2020-08-14,2020-08-20,,200000,500000\n\
        0001100000000003,2020-03-14,2020-03-20,,,\n",
    );
    town.set_in("vondsten", "columns", "area", json!("buurt"));
    town.set_in("vondsten", "columns", "x", json!("x"));
    town.set_in("vondsten", "columns", "y", json!("y"));
    let loaded = town.loaded();
    let finds = &loaded.tables.events[0];
    assert_eq!(finds.unit, [Some(2), None, None, None]);
    assert_eq!(finds.area, [Some(1), Some(0), Some(1), None]);
    let file = loaded.report.files.iter().find(|file| file.source == "vondsten").unwrap();
    for reason in ["unknown_unit", "no_place", "double"] {
        assert_eq!(file.dropped.get(reason), Some(&1), "{reason}");
    }
    assert_eq!(counted(&loaded.report, "point_outside_areas"), 1);
}

#[test]
fn the_same_on_any_number_of_threads() {
    let town = Town::new();
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let loaded = pool.install(|| town.loaded());
        format!("{:?} {:?} {:?}", loaded.tables, loaded.report, loaded.inputs)
    };
    assert_eq!(on(1), on(2));
}

/// The panden of the town, as Parquet.
fn parquet() -> Vec<u8> {
    use polars::prelude::{ParquetWriter, df};
    let rows: Vec<Vec<&str>> = PANDEN.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let texts = |at: usize| rows.iter().map(|row| row[at]).collect::<Vec<_>>();
    let numbers = |at: usize| rows.iter().map(|row| row[at].parse::<f64>().ok()).collect::<Vec<_>>();
    let mut frame = df!(
        "pand_id" => texts(0), "geldig_vanaf" => texts(1), "geldig_tot" => texts(2), "status" => texts(3),
        "x_rd" => numbers(4), "y_rd" => numbers(5), "bouwjaar" => numbers(6), "woz" => numbers(7), "gebruiksdoel" => texts(8),
    )
    .unwrap();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
    bytes
}

/// The panden of the town, as a GeoPackage.
fn panden_geopackage(town: &Town) -> Vec<u8> {
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let values = format!("'{}', {}, '{}'", cells[0], cells[6], cells[3]);
        (values, square(cells[4].parse().unwrap(), cells[5].parse().unwrap(), 8.0))
    };
    let lines = PANDEN.lines().skip(1).filter(|line| !line.contains("2015-06-01,,"));
    let columns = "identificatie TEXT, bouwjaar INTEGER, status TEXT";
    geopackage(town, "bag.gpkg", &[("pand", columns, lines.map(row).collect())]);
    std::fs::read(town.path().join("bag.gpkg")).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        // Fixed: a page header of a Parquet file can be damaged so that polars asks for more memory than there is.
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    /// The same for the formats that libraries read: their panics must not be ours.
    #[test]
    fn no_damage_to_a_packed_format_panics(
        as_parquet: bool,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let mut town = Town::new();
        let (name, mut bytes) = if as_parquet {
            ("panden.parquet", parquet())
        } else {
            let source = json!({"kind": "units", "path": "bag.gpkg", "preset": "pdok_bag_light_pand"});
            town.sources.insert("panden".to_owned(), source);
            ("bag.gpkg", panden_geopackage(&town))
        };
        town.set("panden", "path", json!(name));
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        town.write(name, &bytes);
        if let Err(error) = town.load() {
            prop_assert!(error.to_string().contains('`'), "{}", error);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens to the bytes of a file: tables or a refusal, never a panic, and every row accounted for.
    #[test]
    fn no_damage_panics(
        file in prop::sample::select(vec!["panden.csv", "vondsten.csv", "controles.csv", "kerncijfers.csv", "buurten.geojson"]),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let town = Town::new();
        let mut bytes = std::fs::read(town.path().join(file)).unwrap();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        town.write(file, &bytes);
        match town.load() {
            Ok(loaded) => for count in &loaded.report.files {
                let dropped: u64 = count.dropped.values().sum();
                prop_assert_eq!(count.rows_read, count.rows_kept + dropped, "{:?}", count);
            },
            Err(error) => prop_assert!(error.to_string().contains('`'), "{}", error),
        }
    }
}
