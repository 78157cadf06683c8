//! `/v1/areas`, `/v1/areas/{code}`, `/v1/areas.geojson`.

use std::collections::BTreeSet;

use models::bundle::Scores;
use serde_json::{Value, json};
use serving::access::Tier;
use serving::made_up::Town;
use serving::{Settings, load, load_after, router};

use crate::{get, get_of, get_with, link};

fn walk(start: &str) -> Vec<Value> {
    let mut areas = Vec::new();
    let mut next = Some(start.to_owned());
    while let Some(address) = next {
        let answer = get(&address);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let page = answer.json();
        let on_page = page["areas"].as_array().unwrap();
        assert_eq!(page["number_returned"], on_page.len());
        areas.extend(on_page.iter().cloned());
        next = link(&page, "next");
    }
    areas
}

fn scores() -> Scores {
    Town::default().scores()
}

#[test]
fn paging_gives_every_area_once_by_rank_and_those_without_figures_last() {
    let whole = get("/v1/areas?level=buurt&limit=1000").json();
    assert_eq!(whole["number_matched"], 53);
    assert!(link(&whole, "next").is_none());
    for limit in [1, 7, 50, 53] {
        let walked = walk(&format!("/v1/areas?level=buurt&limit={limit}"));
        assert_eq!(&walked, whole["areas"].as_array().unwrap(), "limit {limit}");
    }
    let areas = whole["areas"].as_array().unwrap();
    let ranks: Vec<Option<u64>> = areas.iter().map(|area| area["figures"]["rank"].as_u64()).collect();
    assert!(ranks[..50].windows(2).all(|pair| pair[0] < pair[1]), "{ranks:?}");
    assert!(ranks[..50].iter().all(Option::is_some) && ranks[50..].iter().all(Option::is_none), "{ranks:?}");
    let codes: BTreeSet<&str> = areas.iter().map(|area| area["code"].as_str().unwrap()).collect();
    assert_eq!(codes.len(), 53);
}

#[test]
fn a_list_gives_the_figures_of_the_bundle_and_nothing_of_suppressed_areas() {
    let areas = walk("/v1/areas?level=buurt&limit=20");
    let scores = scores();
    for area in &areas {
        let own = scores.areas.iter().find(|own| area["code"] == own.code.as_str()).unwrap();
        match &own.figures {
            Some(figures) => {
                assert_eq!(area["figures"], serde_json::to_value(figures).unwrap());
                assert!(area["suppressed"].is_null());
            }
            None => {
                assert!(area["figures"].is_null());
                assert_eq!(area["suppressed"], serde_json::to_value(own.suppressed).unwrap());
            }
        }
    }
}

#[test]
fn a_parent_limits_the_list_at_any_height() {
    let in_wijk = walk("/v1/areas?level=buurt&parent=WK99990001&limit=3");
    assert_eq!(in_wijk.len(), 10);
    assert!(in_wijk.iter().all(|area| area["parent"] == "WK99990001"));
    assert_eq!(walk("/v1/areas?level=buurt&parent=GM9999&limit=10").len(), 53);
    assert_eq!(get("/v1/areas?level=wijk&parent=GM9999").json()["number_matched"], 6);
    assert_eq!(get("/v1/areas?level=gemeente&parent=WK99990001").json()["number_matched"], 0);
}

#[test]
fn the_lowest_level_and_a_hundred_areas_are_the_default() {
    let page = get("/v1/areas").json();
    assert_eq!((page["level"].as_str(), page["number_returned"].as_u64()), (Some("buurt"), Some(53)));
    assert!(link(&page, "self").unwrap().contains("limit=100"));
}

#[test]
fn bad_questions_are_refused_with_what_is_allowed() {
    for (query, name, words) in [
        ("level=straat", "level", "gemeente, wijk, buurt"),
        ("level=", "level", "gemeente, wijk, buurt"),
        ("lavel=buurt", "lavel", "level, parent, limit, cursor, f, lang"),
        ("limit=0", "limit", "1–1000"),
        ("limit=1001", "limit", "1–1000"),
        ("limit=99999999999999999999999", "limit", "1–1000"),
        ("limit=-1", "limit", "1–1000"),
        ("limit=%2B5", "limit", "1–1000"),
        ("limit=ten", "limit", "1–1000"),
        ("limit=5&limit=6", "limit", "meer dan één keer"),
        ("lang=fr", "lang", "nl, en"),
        ("parent=WK00000000", "parent", "geen gebied"),
        ("cursor=rubbish", "cursor", "geen cursor"),
        ("cursor=", "cursor", "geen cursor"),
    ] {
        let problem = get(&format!("/v1/areas?{query}")).problem(400);
        assert!(problem["detail"].as_str().unwrap().contains(words), "{query}: {problem}");
        assert_eq!(problem["errors"][0]["in"], "query", "{query}");
        assert_eq!(problem["errors"][0]["location"]["name"], name, "{query}");
    }
}

#[test]
fn a_cursor_only_continues_its_own_list() {
    let page = get("/v1/areas?level=buurt&limit=5").json();
    let next = link(&page, "next").unwrap();
    assert_eq!(get(&next).status, 200);
    for other in [next.replace("level=buurt", "level=wijk"), format!("{next}&parent=GM9999")] {
        get(&other).problem(410);
    }
}

#[test]
fn an_area_tells_what_earlier_releases_said_and_a_change_only_beyond_noise() {
    let folder = tempfile::tempdir().unwrap();
    let town = Town::default();
    let before = Scores { as_of: "2024-07-01".to_owned(), ..town.scores() };
    let mut now = town.scores();
    for area in &mut now.areas {
        // The first rises above what was thought possible, the second stays within.
        let Some(figures) =
            area.figures.as_mut().filter(|_| ["WK99990000", "WK99990001"].contains(&area.code.as_str()))
        else {
            continue;
        };
        let by = if area.code == "WK99990000" { 10.0 } else { 1.0 };
        (figures.expected, figures.low, figures.high) =
            (figures.expected + by, figures.low + by, figures.high + by);
    }
    let served = |tier: Tier| {
        let settings = Settings { open_tier: tier, ..Settings::default() };
        let made = |name: &str, scores: &Scores| {
            let path = folder.path().join(format!("{name}-{}", tier.name()));
            town.write_with(&path, scores, &town.outlines()).unwrap();
            path
        };
        let first = load(&made("before", &before), &settings).unwrap();
        router(load_after(&made("now", &now), &settings, &[first]).unwrap())
    };
    let full = served(Tier::Tactisch);
    let higher = get_of(&full, "/v1/areas/WK99990000").json();
    assert_eq!(higher["change"], json!({ "since": "2024-07-01", "direction": "higher" }));
    let own = before.areas.iter().find(|area| area.code == "WK99990000").unwrap();
    assert_eq!(higher["history"][0]["as_of"], "2024-07-01");
    assert_eq!(higher["history"][0]["figures"], serde_json::to_value(&own.figures).unwrap());
    assert_eq!(get_of(&full, "/v1/areas/WK99990001").json()["change"]["direction"], "within_noise");
    let withheld = get_of(&full, "/v1/areas/BU999900016").json();
    assert_eq!((&withheld["history"], &withheld["change"]), (&json!([]), &Value::Null));
    let public = get_of(&served(Tier::Publiek), "/v1/areas/WK99990000").json();
    assert_eq!(public["change"], Value::Null);
    let figures = public["history"][0]["figures"].as_object().unwrap();
    assert_eq!(figures.keys().collect::<Vec<_>>(), ["class"]);
}

#[test]
fn one_area_has_figures_reasons_notice_and_period_in_both_languages() {
    let dutch = get("/v1/areas/BU999900052").json();
    let own = scores().areas.into_iter().find(|own| own.code == "BU999900052").unwrap();
    assert_eq!(dutch["figures"], serde_json::to_value(own.figures).unwrap());
    assert_eq!(dutch["reasons"][0]["text"], "Er waren meer meldingen dan elders.");
    assert_eq!(dutch["class_label"], "bij de hoogste");
    assert!(dutch["notice"].as_str().unwrap().contains("geen bewijs"));
    assert_eq!(dutch["as_of"], "2025-01-01");
    assert_eq!(dutch["until"], "2025-06-30");
    assert_eq!(dutch["model"], "logistisch");
    assert_eq!((dutch["released"].as_bool(), dutch["warning"].is_null()), (Some(true), true));
    assert_eq!((dutch["top_k"].as_u64(), dutch["areas_in_level"].as_u64()), (Some(10), Some(53)));
    assert_eq!(link(&dutch, "up").unwrap(), "/v1/areas/WK99990005");

    let english = get_with("/v1/areas/BU999900052", &[("accept-language", "en-US,en;q=0.9")]);
    assert_eq!(english.header("content-language"), "en");
    assert!(english.header("vary").starts_with("Accept-Language"));
    let english = english.json();
    assert_eq!(english["reasons"][0]["text"], "There were more signals than elsewhere.");
    assert!(english["notice"].as_str().unwrap().contains("not proof"));
    assert_eq!(english, get("/v1/areas/BU999900052?lang=en").json());
}

#[test]
fn a_suppressed_area_says_why_and_nothing_else() {
    let area = get("/v1/areas/BU999900016").json();
    assert!(area["figures"].is_null());
    assert_eq!(area["suppressed"], "too_few_units");
    assert!(area["suppressed_label"].as_str().unwrap().contains("te klein"));
    assert_eq!(area["reasons"].as_array().map(Vec::len), Some(0));
    assert!(area["class_label"].is_null());
}

#[test]
fn an_unknown_area_is_not_found() {
    for path in ["/v1/areas/BU00000000", "/v1/areas/bu999900052", "/v1/areas/%00", "/v1/areas/BU999900052%20"]
    {
        let problem = get(path).problem(404);
        assert_eq!(problem["errors"][0]["location"]["name"], "code");
    }
    get("/v1/areas/BU999900052?level=buurt").problem(400);
}

#[test]
fn a_layer_has_all_areas_of_a_level_with_flat_figures_or_null() {
    let answer = get("/v1/areas.geojson?level=buurt");
    assert_eq!(answer.header("content-type"), "application/geo+json");
    let layer = answer.json();
    assert_eq!((layer["type"].as_str(), layer["name"].as_str()), (Some("FeatureCollection"), Some("buurt")));
    assert!(layer["notice"].as_str().unwrap().contains("geen bewijs"));
    assert!(layer["notice_en"].as_str().unwrap().contains("not proof"));
    let outlines = Town::default().outlines();
    let listed = walk("/v1/areas?level=buurt");
    let features = layer["features"].as_array().unwrap();
    assert_eq!(features.len(), listed.len());
    for (feature, listed) in features.iter().zip(&listed) {
        let properties = feature["properties"].as_object().unwrap();
        assert_eq!(feature["id"], listed["code"], "the layer is in the order of the list");
        assert_eq!(properties["code"], listed["code"]);
        assert_eq!((&properties["released"], &properties["until"]), (&true.into(), &"2025-06-30".into()));
        let names: Vec<&str> = properties.keys().map(String::as_str).collect();
        for name in [
            "units",
            "exposure",
            "expected",
            "low",
            "high",
            "rate_per_1000",
            "rank",
            "rank_low",
            "rank_high",
            "chance_top_k",
            "class",
        ] {
            assert!(names.contains(&name), "{name} is always there");
            assert_eq!(properties[name], listed["figures"][name], "{name}");
        }
        assert!(properties.values().all(|value| !value.is_object() && !value.is_array()), "flat");
        let own = outlines["features"].as_array().unwrap();
        let own = own.iter().find(|own| own["properties"]["code"] == listed["code"]).unwrap();
        assert!(is_same_place(&feature["geometry"]["coordinates"], &own["geometry"]["coordinates"]));
        assert!(feature.get("bbox").is_none());
    }
    assert_eq!(get("/v1/areas.geojson?level=wijk").json()["features"].as_array().unwrap().len(), 6);
    assert_eq!(get("/v1/areas?f=geojson&level=buurt").body, answer.body, "the same at both addresses");
    get("/v1/areas?f=geojson&limit=3").problem(400);
    get("/v1/areas.geojson?level=straat").problem(400);
    get("/v1/areas.geojson?bbox=1,2,3,4").problem(400);
}

/// Whether two geometries have the same coordinates to seven decimals, about a centimetre.
fn is_same_place(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same_place(a, b))
        }
        _ => (a.as_f64().unwrap() - b.as_f64().unwrap()).abs() <= 0.51e-7,
    }
}
