//! Collections, features, filters, schemas, tables: what is not in the ported suites.

use std::collections::BTreeSet;

use axum::http::Method;
use proptest::prelude::*;
use serde_json::{Value, json};
use serving::Settings;
use serving::made_up::Town;

use crate::{Made, get, get_of, get_with, request};

const ITEMS: &str = "/v1/collections/buurt-2025/items";

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// Codes of the features that a query gives, all pages.
fn codes(query: &str) -> Vec<String> {
    let mut codes = Vec::new();
    let mut next = Some(format!("{ITEMS}?{query}"));
    while let Some(address) = next {
        let answer = get(&address);
        assert_eq!(answer.status, 200, "{address}: {}", answer.text());
        let page = answer.json();
        let features = page["features"].as_array().unwrap();
        codes.extend(features.iter().map(|feature| feature["id"].as_str().unwrap().to_owned()));
        next = crate::link(&page, "next");
    }
    codes
}

fn filtered(filter: &str) -> Vec<String> {
    codes(&format!("limit=20&filter={}", escaped(filter)))
}

/// Codes of the buurten of which the listed figures fulfil a condition.
fn expected(condition: impl Fn(&Value) -> bool) -> BTreeSet<String> {
    let page = get("/v1/areas?level=buurt&limit=1000").json();
    let areas = page["areas"].as_array().unwrap().iter().filter(|area| condition(area));
    areas.map(|area| area["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn filters_in_text_and_json_select_what_they_say() {
    let rank = |area: &Value| area["figures"]["rank"].as_u64();
    let class = |area: &Value, is: &str| area["figures"]["class"] == is;
    type Condition<'a> = Box<dyn Fn(&Value) -> bool + 'a>;
    let cases: Vec<(&str, Value, Condition<'_>)> = vec![
        (
            "rank <= 10",
            json!({"op": "<=", "args": [{"property": "rank"}, 10]}),
            Box::new(|a| rank(a).is_some_and(|r| r <= 10)),
        ),
        (
            "NOT rank <= 10",
            json!({"op": "not", "args": [{"op": "<=", "args": [{"property": "rank"}, 10]}]}),
            Box::new(|a| rank(a).is_some_and(|r| r > 10)),
        ),
        (
            "class = 'high' AND rank < 20",
            json!({"op": "and", "args": [{"op": "=", "args": [{"property": "class"}, "high"]}, {"op": "<", "args": [{"property": "rank"}, 20]}]}),
            Box::new(|a| class(a, "high") && rank(a).is_some_and(|r| r < 20)),
        ),
        (
            "class IN ('high', 'low') OR suppressed IS NOT NULL",
            json!({"op": "or", "args": [{"op": "in", "args": [{"property": "class"}, ["high", "low"]]}, {"op": "not", "args": [{"op": "isNull", "args": [{"property": "suppressed"}]}]}]}),
            Box::new(|a| class(a, "high") || class(a, "low") || !a["suppressed"].is_null()),
        ),
        (
            "class NOT IN ('high')",
            json!({"op": "not", "args": [{"op": "in", "args": [{"property": "class"}, ["high"]]}]}),
            Box::new(|a| !a["figures"].is_null() && !class(a, "high")),
        ),
        (
            "rank BETWEEN 5 AND 7.5",
            json!({"op": "between", "args": [{"property": "rank"}, 5, 7.5]}),
            Box::new(|a| rank(a).is_some_and(|r| (5..=7).contains(&r))),
        ),
        (
            "\"name\" LIKE 'buurt 1_'",
            json!({"op": "like", "args": [{"property": "name"}, "buurt 1_"]}),
            Box::new(|a| {
                let n = a["name"].as_str().unwrap();
                n.starts_with("buurt 1") && n.len() == 8
            }),
        ),
        (
            "CASEI(name) = CASEI('BUURT 3')",
            json!({"op": "=", "args": [{"op": "casei", "args": [{"property": "name"}]}, {"op": "casei", "args": ["BUURT 3"]}]}),
            Box::new(|a| a["name"] == "buurt 3"),
        ),
        (
            "(rank = 1 OR rank = 2) AND TRUE",
            json!({"op": "and", "args": [{"op": "or", "args": [{"op": "=", "args": [{"property": "rank"}, 1]}, {"op": "=", "args": [{"property": "rank"}, 2]}]}, true]}),
            Box::new(|a| rank(a).is_some_and(|r| r <= 2)),
        ),
    ];
    for (text, as_json, condition) in cases {
        let wanted = expected(condition);
        assert!(!wanted.is_empty(), "{text}");
        for found in [filtered(text), filtered(&as_json.to_string())] {
            let set: BTreeSet<String> = found.iter().cloned().collect();
            assert_eq!(set.len(), found.len(), "no area comes twice");
            assert_eq!(set, wanted, "{text}");
        }
    }
    assert_eq!(codes("class=high"), filtered("class = 'high'"), "a column as a parameter");
    assert_eq!(codes("rank=4").len(), 1);
}

#[test]
fn what_is_withheld_is_neither_in_nor_out_of_a_comparison() {
    let (below, above) = (filtered("rank < 20"), filtered("rank >= 20"));
    assert_eq!(below.len() + above.len(), 50, "the three withheld are in neither");
    assert_eq!(filtered("rank IS NULL").len(), 3);
    assert_eq!(filtered("NOT (rank < 20 OR rank >= 20)").len(), 0);
}

#[test]
fn places_are_selected_in_every_system() {
    // The first three buurten of the grid; outlines reach 0.0008 degrees from their centres.
    let wgs84 = codes("bbox=5.2999,52.0999,5.3041,52.1001");
    assert_eq!(wgs84.iter().collect::<BTreeSet<_>>().len(), 3, "{wgs84:?}");
    assert_eq!(filtered("S_INTERSECTS(geometry, BBOX(5.2999,52.0999,5.3041,52.1001))"), wgs84);
    let as_json = json!({"op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": [5.2999, 52.0999, 5.3041, 52.1001]}]});
    assert_eq!(filtered(&as_json.to_string()), wgs84);
    assert_eq!(filtered("S_INTERSECTS(geometry, POINT(5.3 52.1))"), ["BU999900000"]);
    let etrs = "http://www.opengis.net/def/crs/EPSG/0/4258";
    assert_eq!(codes(&format!("bbox=52.0999,5.2999,52.1001,5.3041&bbox-crs={}", escaped(etrs))), wgs84);
    let item = get(&format!("{ITEMS}/BU999900000?crs={}", escaped("[EPSG:28992]"))).json();
    let corner = &item["geometry"]["coordinates"][0][0];
    let (x, y) = (corner[0].as_f64().unwrap(), corner[1].as_f64().unwrap());
    let rd = "http://www.opengis.net/def/crs/EPSG/0/28992";
    let bbox = format!("bbox={},{},{},{}&bbox-crs={}", x - 0.01, y - 0.01, x + 0.01, y + 0.01, escaped(rd));
    assert_eq!(codes(&bbox), ["BU999900000"]);
}

#[test]
fn filters_that_are_not_understood_are_told_where() {
    for (filter, words) in [
        ("rank <", "7"),
        ("rank < 'a'", "tekst met een getal"),
        ("secret = 1", "secret"),
        ("class = raised", "aanhalingstekens"),
        ("class = 'high", "closing quote"),
        ("rank = 1 rank = 2", "10"),
        ("", "name or a value"),
        ("rank = 1e999", "number"),
        ("S_INTERSECTS(geometry, BBOX(9,9,1,1))", "kleinste"),
        ("S_TOUCHES(geometry, POINT(1 2))", "S_TOUCHES"),
        ("rank NOT = 1", "BETWEEN, LIKE or IN"),
        ("{\"op\": \"nonsense\", \"args\": []}", "/op"),
        ("{\"op\": \"and\", \"args\": [true, {\"op\": \"=\"}]}", "/args/1/args"),
        ("{", "1:1"),
    ] {
        let problem = get(&format!("{ITEMS}?filter={}", escaped(filter))).problem(400);
        assert!(problem["detail"].as_str().unwrap().contains(words), "{filter}: {problem}");
        assert_eq!(problem["errors"][0]["location"]["name"], "filter");
    }
    let deep = format!("{}rank = 1{}", "(".repeat(500), ")".repeat(500));
    get(&format!("{ITEMS}?filter={}", escaped(&deep))).problem(400);
    let long = vec!["rank = 1"; 65].join(" OR ");
    get(&format!("{ITEMS}?filter={}", escaped(&long))).problem(400);
    get(&format!("{ITEMS}?filter=rank%3D1&filter-lang=sql")).problem(400);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Whatever is sent as a filter, box, moment or cursor is answered or refused, never an error of the service.
    #[test]
    fn rubbish_is_refused_quietly(
        rubbish in "([a-z_]{1,8}|[0-9.eE+-]{1,6}|[ ()',\"=<>%{}:\\[\\]]|AND|OR|NOT|BBOX|IN|LIKE|IS|NULL|rank|class|é){0,14}",
        name in prop::sample::select(vec!["filter", "bbox", "datetime", "cursor", "crs", "limit", "properties"]),
    ) {
        let answer = get(&format!("{ITEMS}?{name}={}", escaped(&rubbish)));
        prop_assert!([200, 400].contains(&answer.status.as_u16()), "{} {}", answer.status, answer.text());
    }
}

#[test]
fn columns_and_geometry_can_be_left_out() {
    let feature = |query: &str| get(&format!("{ITEMS}?limit=1&{query}")).json()["features"][0].clone();
    assert_eq!(feature("properties=class,code")["properties"].as_object().unwrap().len(), 2);
    assert!(feature("skipGeometry=true")["geometry"].is_null());
    assert!(feature("")["geometry"].is_object());
    get(&format!("{ITEMS}?properties=secret")).problem(400);
    get(&format!("{ITEMS}?skipGeometry=1")).problem(400);
}

#[test]
fn a_cursor_belongs_to_its_own_question() {
    let page = get(&format!("{ITEMS}?limit=5&filter=rank%3E3")).json();
    let next = crate::link(&page, "next").unwrap();
    assert!(next.contains("filter=rank%3E3"));
    assert_eq!(get(&next).status, 200);
    get(&next.replace("rank%3E3", "rank%3E4")).problem(410);
    get(&next.replace("buurt-2025", "wijk-2025")).problem(410);
}

#[test]
fn the_three_schemas_have_the_columns_in_their_own_form() {
    let path = |name: &str| format!("/v1/collections/buurt-2025/{name}");
    let answer = get(&path("schema"));
    assert_eq!(answer.header("content-type"), "application/schema+json");
    let schema = answer.json();
    assert_eq!(schema["properties"]["geometry"]["x-ogc-role"], "primary-geometry");
    assert_eq!(schema["properties"]["code"]["x-ogc-role"], "id");
    assert_eq!(schema["properties"]["rank"]["type"], "integer");
    let queryables = get(&path("queryables")).json();
    assert_eq!(queryables["additionalProperties"], false);
    let whole = get(&path("feature-schema")).json();
    let properties = &whole["properties"]["properties"]["properties"];
    assert_eq!(
        (properties["expected"]["type"].as_str(), properties["rank"]["type"].as_str()),
        (Some("number"), Some("integer"))
    );
    let feature = get(&format!("{ITEMS}?limit=1")).json()["features"][0].clone();
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(properties), names(&feature["properties"]));
    for name in queryables["properties"].as_object().unwrap().keys().filter(|name| *name != "geometry") {
        assert_eq!(filtered(&format!("{name} IS NULL OR {name} IS NOT NULL")).len(), 53, "{name}");
    }
}

#[test]
fn tables_have_the_same_areas_as_the_features() {
    let answer = get(&format!("{ITEMS}?f=csv&limit=1000"));
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    let text = answer.text();
    let lines: Vec<&str> = text.trim_end().split("\r\n").collect();
    let names: Vec<&str> = lines[0].split(',').collect();
    assert!(names.starts_with(&["code", "name", "level", "parent", "class", "suppressed", "units"]));
    let features = get(&format!("{ITEMS}?limit=1000")).json();
    let features = features["features"].as_array().unwrap();
    assert_eq!(lines.len() - 1, features.len());
    for (line, feature) in lines[1..].iter().zip(features) {
        for (name, cell) in names.iter().zip(line.split(',')) {
            match &feature["properties"][*name] {
                Value::Null if *name == "year" => assert_eq!(cell, "2025"),
                Value::Null => assert_eq!(cell, "", "{name}"),
                Value::String(text) => assert_eq!(cell, text),
                Value::Bool(flag) => assert_eq!(cell, flag.to_string()),
                number => assert_eq!(cell.parse::<f64>().unwrap(), number.as_f64().unwrap(), "{name}"),
            }
        }
    }
    let table = get("/v1/collections/buurt-2025/table");
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(table.text(), text, "the same table, to join on code and year");
    let rows = get("/v1/collections/buurt-2025/table?f=json").json();
    assert_eq!(
        (rows["rows"].as_array().unwrap().len(), rows["rows"][0]["year"].as_str()),
        (53, Some("2025"))
    );
    let (one, other) = (get(&format!("{ITEMS}?f=xlsx")), get(&format!("{ITEMS}?f=xlsx")));
    assert!(one.body.starts_with(b"PK"), "a workbook is a zip file");
    assert_eq!(one.body, other.body, "the same areas, the same bytes");
}

#[test]
fn pages_are_readable_without_scripts() {
    for path in [
        "/v1",
        "/v1/conformance",
        "/v1/collections",
        "/v1/collections/buurt-2025",
        ITEMS,
        &format!("{ITEMS}/BU999900052"),
    ] {
        for (lang, word) in [("nl", "geen bewijs"), ("en", "not proof")] {
            let page = get_with(
                &format!("{path}?lang={lang}"),
                &[("accept", "text/html,application/xhtml+xml,*/*;q=0.8")],
            );
            assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{path}");
            let text = page.text();
            assert!(text.contains(&format!("<html lang=\"{lang}\">")) && text.contains(word), "{path}");
            assert!(!text.contains("<script") && text.contains("<h1>"), "{path}");
            assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
        }
    }
    let page = get(&format!("{ITEMS}?f=html&limit=20")).text();
    assert!(page.contains("<caption>") && page.contains("rel=\"next\"") && page.contains("scope=\"col\""));
}

#[test]
fn names_are_escaped_in_pages() {
    let town = Town { buurten: 3, ..Town::default() };
    let mut scores = town.scores();
    scores.areas[0].name = "<script>alert(1)</script>".to_owned();
    let router = Made::with(town, &scores, &town.outlines()).router(&Settings::default());
    assert!(!get_of(&router, &format!("{ITEMS}?f=html")).text().contains("<script>"));
}

#[test]
fn other_methods_are_refused_and_named() {
    let answer = request(Method::POST, ITEMS, &[], "{}");
    answer.problem(405);
    assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS");
    let head = request(Method::HEAD, ITEMS, &[], "");
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
}
