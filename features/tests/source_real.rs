//! Real public data, where they are at hand: `../shared/data` beside the project, or the folder in `ZICHTLIJN_DATA`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::panic_in_result_fn,
    reason = "a test that cannot go on has failed"
)]
#![allow(missing_docs, clippy::print_stderr, reason = "a test that says why it skips")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use features::source::{CheckReport, LoadOptions, Loaded, load};
use features::spec::{Plane, Source, UnitOfStudy};
use features::tables::Day;
use serde_json::{Value, json};

/// The folder with the data; `None`, with the reason on standard error, when it is not there.
fn data() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let given = std::env::var_os("ZICHTLIJN_DATA").map(PathBuf::from);
    let found = given.into_iter().chain([root.join("../shared/data")]).find(|folder| folder.is_dir());
    if found.is_none() {
        eprintln!("skipped: no ../shared/data and no ZICHTLIJN_DATA");
    }
    found
}

fn run(data: PathBuf, sources: Value, plane: Plane, unit: UnitOfStudy, until: &str) -> Loaded {
    let sources: BTreeMap<String, Source> = serde_json::from_value(sources).unwrap();
    let roots = BTreeMap::from([("DATA".to_owned(), data)]);
    let data_until = Day::from(until.parse::<chrono::NaiveDate>().unwrap());
    let options = LoadOptions { base: Path::new("."), roots: &roots, plane, data_until, unit };
    let start = std::time::Instant::now();
    let loaded = load(&sources, &options, &|_, _, _| {}).unwrap_or_else(|error| panic!("{error}"));
    eprintln!("{:.2?}\n{}", start.elapsed(), loaded.report.table());
    for file in &loaded.report.files {
        assert_eq!(file.rows_read, file.rows_kept + file.dropped.values().sum::<u64>(), "{file:?}");
    }
    loaded
}

fn count(report: &CheckReport, check: &str) -> u64 {
    report.findings.iter().filter(|finding| finding.check == check).map(|finding| finding.count).sum()
}

#[test]
fn doesburg_panden_with_their_history() {
    let Some(data) = data() else { return };
    let sources = json!({
        "buurten": {"kind": "areas", "path": "${DATA}/nl-buurten-2024/buurten_2024_approx.geojson.gz",
            "level": ["buurt", "gemeente"], "columns": {"code": "buurtcode", "name": "buurtnaam", "gemeente_code": "gemeentecode"},
            "only": {"gemeentecode": ["GM0221"]}},
        "panden": {"kind": "units", "path": "${DATA}/nl-bag-doesburg-2020/panden_voorkomens.csv",
            "preset": "bag_voorkomens"},
    });
    let loaded = run(data.clone(), sources, Plane::Rd, UnitOfStudy::Pand, "2020-09-15");
    let units = &loaded.tables.units;
    assert_eq!(loaded.tables.areas.levels, ["buurt", "gemeente"]);
    assert_eq!(loaded.tables.areas.code.len(), 12);
    assert_eq!(loaded.report.files.iter().find(|file| file.source == "panden").unwrap().rows_read, 13_098);
    assert!(units.id.len() > 7_790 && units.id.len() <= 7_797, "{}", units.id.len());
    // One occurrence at a time, and each unit's occurrences in order.
    for at in 1..units.unit.len() {
        if units.unit[at] == units.unit[at - 1] {
            assert!(units.valid_to[at - 1] <= units.valid_from[at]);
        }
    }
    let open = (0..units.unit.len()).filter(|&at| units.valid_to[at] == Day::MAX);
    assert!(open.filter(|&at| units.exists[at]).count() > 7_000);
    let placed = units.area.iter().filter(|area| area.is_some()).count();
    assert!(placed * 100 > units.area.len() * 95, "{placed} of {}", units.area.len());
    let built = units.columns.iter().find(|column| column.name == "bouwjaar").unwrap();
    assert!(built.values.iter().all(|year| year.is_nan() || (1286.0..=2030.0).contains(year)));

    // The same panden as polygons in degrees lie in the same place.
    let sources = json!({
        "buurten": {"kind": "areas", "path": "${DATA}/nl-buurten-2024/buurten_2024_approx.geojson.gz", "level": "buurt",
            "columns": {"code": "buurtcode"}, "only": {"gemeentecode": ["GM0221"]}},
        "panden": {"kind": "units", "path": "${DATA}/nl-bag-doesburg-2020/panden_actueel.geojson",
            "columns": {"id": "pand_id", "status": "status"}, "values": {"bouwjaar": "bouwjaar"}},
    });
    let shapes = run(data, sources, Plane::Rd, UnitOfStudy::Pand, "2020-09-15").tables.units;
    assert_eq!(shapes.id.len(), 7_395);
    let near = shapes.id.iter().enumerate().filter(|(at, id)| {
        let Ok(unit) = units.id.binary_search(id) else { return false };
        let last = units.unit.partition_point(|&other| other as usize <= unit) - 1;
        (units.x[last] - shapes.x[*at]).hypot(units.y[last] - shapes.y[*at]) < 25.0
    });
    let near = near.count();
    assert!(near * 100 > shapes.id.len() * 97, "{near}");
}

#[test]
fn haaglanden_counts_per_month() {
    let Some(data) = data() else { return };
    let folder = "${DATA}/nl-haaglanden-misdrijven-2011-2017";
    let sources = json!({
        "buurten": {"kind": "areas", "path": format!("{folder}/buurten.csv"), "level": ["buurt", "wijk", "gemeente"],
            "columns": {"code": "buurtcode", "name": "buurtnaam", "wijk_code": "wijkcode", "gemeente_code": "gemeentecode",
                "gemeente_name": "gemeentenaam", "lat": "lat", "lon": "lon"},
            "values": {"huishoudens": "huishoudens"}},
        "wijken": {"kind": "areas", "path": format!("{folder}/wijken.geojson"), "level": "wijk",
            "columns": {"code": "wijkcode", "name": "wijknaam"}, "only": {"in_misdrijven": ["true"]}},
        "inbraken": {"kind": "events", "path": format!("{folder}/misdrijven_buurt_maand.csv"),
            "columns": {"area": "buurtcode", "year": "jaar", "month": "maand", "count": "woninginbraak"}},
        "kerncijfers": {"kind": "figures", "path": format!("{folder}/wijken_kwb2017.csv"), "known_after": "1 year",
            "columns": {"area": "WK_CODE"}, "values": {"oad": "OAD"}},
    });
    let loaded = run(data, sources, Plane::Rd, UnitOfStudy::Area, "2018-01-01");
    let areas = &loaded.tables.areas;
    assert_eq!(areas.levels, ["buurt", "wijk", "gemeente"]);
    let at_level = |level| areas.level.iter().filter(|other| **other == level).count();
    assert_eq!((at_level(0), at_level(1), at_level(2)), (341, 102, 8));
    assert!((0..443).all(|at| areas.parent[at].is_some()));
    assert!(areas.x[..341].iter().all(|x| x.is_finite()));
    let burglaries = &loaded.tables.events[0];
    assert_eq!(burglaries.date.len(), 28_644);
    assert_eq!(burglaries.date[0], Day::from_ymd(2011, 1, 31).unwrap());
    assert!(burglaries.count.iter().sum::<f32>() > 10_000.0);
    assert_eq!(loaded.tables.figures[0].area.len(), 102);
}

#[test]
fn all_dutch_buurten() {
    let Some(data) = data() else { return };
    let folder = "${DATA}/nl-buurten-2024";
    let sources = json!({
        "buurten": {"kind": "areas", "path": format!("{folder}/buurten_2024_approx.geojson.gz"), "level": "buurt",
            "columns": {"code": "buurtcode", "name": "buurtnaam"}},
        "cijfers": {"kind": "areas", "path": format!("{folder}/buurten.csv"), "level": ["buurt", "wijk", "gemeente"],
            "columns": {"code": "buurtcode", "name": "buurtnaam", "wijk_code": "wijkcode", "gemeente_code": "gemeentecode",
                "gemeente_name": "gemeentenaam"},
            "values": {"inwoners": "inwoners", "huishoudens": "huishoudens", "pct_koop": "pct_koop"}},
        "misdrijven": {"kind": "events", "path": format!("{folder}/buurten.csv"), "columns": {"area": "buurtcode"},
            "periods": {"misdrijven_2021": "2021", "misdrijven_2022": "2022", "misdrijven_2023": "2023", "misdrijven_2024": "2024"}},
    });
    let loaded = run(data, sources, Plane::Rd, UnitOfStudy::Area, "2025-01-01");
    let areas = &loaded.tables.areas;
    let at_level = |level| areas.level.iter().filter(|other| **other == level).count();
    assert_eq!((at_level(0), at_level(1), at_level(2)), (14_574, 3_393, 342));
    assert!(areas.level.iter().zip(&areas.parent).all(|(level, parent)| *level == 2 || parent.is_some()));
    let shaped = areas.shape.iter().filter(|shape| shape.is_some()).count();
    assert_eq!(count(&loaded.report, "area_outside_parent"), 0, "parents are dissolved from their parts");
    assert!(shaped >= 14_566 + 3_390 + 342, "{shaped}");
    assert!(loaded.tables.events[0].date.len() > 57_000);
    assert!(count(&loaded.report, "no_count") > 100, "0.5 % is missing and is not zero");
}

#[test]
fn toronto_inspections() {
    let Some(data) = data() else { return };
    let path = "${DATA}/ca-toronto-rentsafe/evaluations_2017_2023.csv";
    let place = json!({"lat": "latitude", "lon": "longitude"});
    let with = |mut fields: Value| {
        for (key, value) in place.as_object().unwrap() {
            fields[key] = value.clone();
        }
        fields
    };
    let results: Vec<&str> =
        vec!["Evaluation needs to be conducted in 2 years", "Evaluation needs to be conducted in 3 years"];
    let sources = json!({
        "wards": {"kind": "areas", "path": path, "level": "ward", "columns": {"code": "ward", "name": "wardname"}},
        "buildings": {"kind": "units", "path": path,
            "columns": with(json!({"id": "rsn", "valid_from": "evaluation_completed_on", "area": "ward"})),
            "values": {"year_built": "year_built", "storeys": "confirmed_storeys"}, "categories": {"property_type": "property_type"}},
        "evaluations": {"kind": "visits", "path": path,
            "columns": with(json!({"date": "evaluation_completed_on", "unit": "rsn", "outcome": "results_of_score"})),
            "outcomes": {"found": ["Evaluation needs to be conducted in 1 year", "Building Audit"], "nothing_found": results},
            "values": {"score": "score"}},
    });
    let loaded = run(data, sources, Plane::Local, UnitOfStudy::Pand, "2023-06-01");
    let tables = &loaded.tables;
    assert_eq!(tables.areas.code.len(), 25);
    assert_eq!(tables.units.id.len(), 3_513);
    let visits = &tables.visits[0];
    let found = visits.outcome.iter().filter(|outcome| outcome.finds() > 0).count();
    assert!((2_725..=2_736).contains(&found), "{found}");
    assert!(visits.unit.iter().all(Option::is_some));
    assert!(tables.units.x.iter().filter(|x| !x.is_nan()).all(|x| x.abs() < 60_000.0));
}

#[test]
fn indiana_finds_on_a_grid() {
    let Some(data) = data() else { return };
    let sources = json!({
        "cells": {"kind": "areas", "level": "cell", "grid_metres": 20_000.0, "grid_from": "finds"},
        "finds": {"kind": "events", "path": "${DATA}/us-drug-labs/indiana_2007_2014.csv",
            "columns": {"date": "date", "lat": "lat", "lon": "lon"}, "values": {"residence": "residence"}},
    });
    let loaded = run(data, sources, Plane::Local, UnitOfStudy::Area, "2014-09-01");
    let finds = &loaded.tables.events[0];
    assert!(finds.date.len() > 9_200);
    assert!(finds.area.iter().all(Option::is_some));
    let missing = loaded.report.files[0].dropped.values().sum::<u64>();
    assert_eq!(finds.date.len() as u64 + missing, 9_381);
    assert!((100..400).contains(&loaded.tables.areas.code.len()), "{}", loaded.tables.areas.code.len());
}

/// How fast a large register is read: `cargo test ... -- --ignored --nocapture a_million_panden`.
#[test]
#[ignore = "a measurement"]
fn a_million_panden() {
    use std::io::Write;
    let Some(data) = data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut file = std::io::BufWriter::new(std::fs::File::create(folder.path().join("panden.csv")).unwrap());
    writeln!(file, "pand_id,geldig_vanaf,status,x_rd,y_rd,bouwjaar,oppervlakte,gebruiksdoel").unwrap();
    for at in 0u64..1_000_000 {
        // Scattered over the middle of the country.
        let (x, y) = (100_000 + at * 7_919 % 100_000, 400_000 + at * 104_729 % 100_000);
        writeln!(
            file,
            "{at:016},2000-01-01,Pand in gebruik,{x}.5,{y}.5,{},{},woonfunctie",
            1900 + at % 120,
            at % 400
        )
        .unwrap();
    }
    file.flush().unwrap();
    let sources = json!({
        "buurten": {"kind": "areas", "path": "${DATA}/nl-buurten-2024/buurten_2024_approx.geojson.gz", "level": "buurt",
            "columns": {"code": "buurtcode", "name": "buurtnaam"}},
        "panden": {"kind": "units", "path": folder.path().join("panden.csv"), "crs": "rd",
            "columns": {"id": "pand_id", "valid_from": "geldig_vanaf", "status": "status", "x": "x_rd", "y": "y_rd"},
            "values": {"bouwjaar": "bouwjaar", "oppervlakte": "oppervlakte"}, "categories": {"gebruiksdoel": "gebruiksdoel"}},
    });
    let loaded = run(data, sources, Plane::Rd, UnitOfStudy::Pand, "2025-01-01");
    assert_eq!(loaded.tables.units.id.len(), 1_000_000);
}
