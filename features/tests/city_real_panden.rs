//! Real panden with made-up finds.
#![expect(clippy::unwrap_used, reason = "a test, and one that shows a summary")]

use std::fs;
use std::path::{Path, PathBuf};

use features::city::{CityError, CitySpec, generate};

const HEADER: &str = "pand_id,bouwjaar,status,geconstateerd,documentdatum,voorkomen,beginGeldigheid,eindGeldigheid,actueel,opp_m2,x_rd,y_rd,\
                      lon,lat,buurtcode_2024_approx\n";
const AREAS: &str = r#"{"type":"FeatureCollection","features":[
    {"type":"Feature","properties":{"buurtcode":"BU88880100","buurtnaam":"Dorp"},"geometry":{"type":"Polygon",
     "coordinates":[[[6.12,52.00],[6.14,52.00],[6.14,52.01],[6.12,52.01],[6.12,52.00]]]}},
    {"type":"Feature","properties":{"buurtcode":"BU88880101","buurtnaam":"Veld"},"geometry":{"type":"Polygon",
     "coordinates":[[[6.12,52.01],[6.14,52.01],[6.14,52.02],[6.12,52.02],[6.12,52.01]]]}},
    {"type":"Feature","properties":{"buurtcode":"BU77770000","buurtnaam":"Elders"},"geometry":null}]}"#;

fn row(number: u32, status: &str, from: &str, to: &str, buurt: &str) -> String {
    let (x, y) = (206_000 + number % 100, 447_000 + number / 100);
    format!(
        "88881000000{number:05},1968,{status},N,{from},1,{from},{to},1,90.5,{x}.0,{y}.0,6.1,52.0,{buurt}\n"
    )
}

fn town(dir: &Path, extra: &str, areas: &str) -> CitySpec {
    let mut text = HEADER.to_owned();
    for number in 0..400 {
        let buurt = if number % 3 == 0 { "BU88880101" } else { "BU88880100" };
        text += &row(number, "Pand in gebruik", "2010-05-01", "", buurt);
    }
    text += extra;
    let (panden_from, areas_from) = (dir.join("voorkomens.csv"), dir.join("buurten.geojson"));
    fs::write(&panden_from, text).unwrap();
    fs::write(&areas_from, areas).unwrap();
    CitySpec { panden: 0, years: 4, seed: 1, panden_from: Some(panden_from), areas_from: Some(areas_from) }
}

#[test]
fn real_panden_keep_their_rows_and_areas() {
    let dir = tempfile::tempdir().unwrap();
    let newer = row(401, "Pand in gebruik", "2012-01-01", "2020-08-18", "BU88880100")
        + &row(401, "Pand gesloopt", "2020-08-18", "", "BU88880100");
    let spec = town(dir.path(), &newer, AREAS);
    let out = dir.path().join("out");
    let summary = generate(&spec, &out, &|_, _, _| {}).expect("a town");
    assert_eq!((summary.panden, summary.data_until.to_string().as_str()), (401, "2020-09-01"));
    let panden = fs::read_to_string(out.join("panden.csv")).unwrap();
    assert_eq!(panden.lines().count(), 403);
    assert!(panden.starts_with(
        "pand_id,geldig_vanaf,geldig_tot,geregistreerd,status,x_rd,y_rd,bouwjaar,oppervlakte_m2\n"
    ));
    assert!(panden.contains(
        "8888100000000401,2012-01-01,2020-08-18,2012-01-01,Pand in gebruik,206001.0,447004.0,1968,90.5\n"
    ));
    assert!(!out.join("kerncijfers.csv").exists());
    let wijken = fs::read_to_string(out.join("wijken.geojson")).unwrap();
    assert!(wijken.contains("WK888801") && wijken.contains("GM8888") && !wijken.contains("7777"));
    assert!(
        fs::read_to_string(out.join("buurten.geojson"))
            .unwrap()
            .contains("\"naam\":\"Veld\",\"ligt_in\":\"WK888801\"")
    );
}

#[test]
fn what_is_wrong_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let fails = |extra: &str, areas: &str| {
        let spec = town(dir.path(), extra, areas);
        generate(&spec, &dir.path().join("out"), &|_, _, _| {}).expect_err("no town")
    };
    let message = fails(&row(500, "Pand in dromen", "2012-01-01", "", "BU88880100"), AREAS).to_string();
    assert!(
        message.contains("line 402") && message.contains("status") && message.contains("Pand in dromen"),
        "{message}"
    );
    let message = fails(&row(500, "Pand in gebruik", "1-1-2012", "", "BU88880100"), AREAS).to_string();
    assert!(message.contains("beginGeldigheid") && message.contains("1-1-2012"), "{message}");
    let message = fails(&row(500, "Pand in gebruik", "2012-01-01", "", "BU88880199"), AREAS).to_string();
    assert!(message.contains("BU88880199"), "{message}");
    assert!(matches!(fails("", "{\"type\":\"Point\"}"), CityError::Areas { .. }));
    assert!(matches!(fails("1,2\n", AREAS), CityError::Csv { .. }));
}

/// Runs on the real register where it is at hand: `ZICHTLIJN_DATA=../shared/data`.
#[test]
#[ignore = "needs the folder with real data in ZICHTLIJN_DATA"]
fn doesburg() {
    let data = PathBuf::from(std::env::var("ZICHTLIJN_DATA").expect("ZICHTLIJN_DATA"));
    let dir = tempfile::tempdir().unwrap();
    let spec = CitySpec {
        panden: 0,
        years: 7,
        seed: 42,
        panden_from: Some(data.join("nl-bag-doesburg-2020/panden_voorkomens.csv")),
        areas_from: Some(data.join("nl-buurten-2024/buurten_2024_approx.geojson.gz")),
    };
    let summary = generate(&spec, dir.path(), &|_, _, _| {}).expect("Doesburg");
    println!("{summary}");
    println!("{}", fs::read_to_string(dir.path().join("truth/gebieden.csv")).unwrap());
    // The register gives both coordinates: an independent check of the plane in which its areas are placed.
    let rd = features::geometry::Projection::rd().unwrap();
    let mut reader = csv::Reader::from_path(spec.panden_from.unwrap()).unwrap();
    for record in reader.records() {
        let record = record.unwrap();
        let number = |at: usize| record[at].parse::<f64>().unwrap();
        let (x, y) = rd.from_wgs84(number(12), number(13)).unwrap();
        assert!((x - number(10)).hypot(y - number(11)) < 0.5, "{record:?} {x} {y}");
    }
    assert_eq!((summary.panden, summary.data_until.to_string().as_str()), (7_797, "2020-09-01"));
    let mean = summary.finds_per_1000.iter().map(|r| r.1).sum::<f64>() / summary.finds_per_1000.len() as f64;
    assert!((0.4..1.5).contains(&mean), "{mean}");
}
