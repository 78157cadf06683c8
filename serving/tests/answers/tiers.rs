//! What each tier sees, and that it sees nothing else.

use axum::Router;
use models::bundle::{Class, Scores};
use proptest::prelude::*;
use serde_json::Value;
use serving::access::Tier;
use serving::made_up::Town;
use serving::{Disclosure, Settings};

use crate::{Answer, Made, get_of};

const TOWN: Town = Town { buurten: 23, corners: 5, released: true, withheld: false };

fn settings(tier: Tier) -> Settings {
    let disclosure = Disclosure { rounding_secret: Some("geheim".to_owned()), ..Disclosure::default() };
    Settings { open_tier: tier, disclosure, ..Settings::default() }
}

fn router(tier: Tier, scores: &Scores, outlines: &Value) -> Router {
    Made::with(TOWN, scores, outlines).router(&settings(tier))
}

/// Everything that can be asked about areas.
pub(crate) fn addresses(scores: &Scores) -> Vec<String> {
    let mut addresses: Vec<String> = [
        "/v1",
        "/v1?f=html",
        "/v1/openapi.json",
        "/v1/collections",
        "/v1/areas",
        "/v1/areas.geojson",
        "/v1/model",
        "/v2/models/logistisch",
    ]
    .map(str::to_owned)
    .to_vec();
    for level in ["gemeente", "wijk", "buurt"] {
        addresses.push(format!("/v1/areas?level={level}&limit=7"));
        addresses.push(format!("/v1/areas.geojson?level={level}"));
        addresses.push(format!("/v1/styles/{level}-2025-class"));
        addresses.push(format!("/v1/styles/{level}-2025-rate"));
        let collection = format!("/v1/collections/{level}-2025");
        for rest in [
            "",
            "/items?limit=1000",
            "/items?limit=4&crs=http%3A%2F%2Fwww.opengis.net%2Fdef%2Fcrs%2FEPSG%2F0%2F28992",
            "/items?f=csv",
            "/items?f=xlsx",
            "/items?f=html",
            "/items?filter=rank%3C5",
            "/items?filter=expected%3E1.5",
            "/items?filter=class%3D%27high%27",
            "/items?expected=1",
            "/items?bbox=5.2,52,5.31,52.11",
            "/table",
            "/table?f=json",
            "/queryables",
            "/schema",
            "/feature-schema",
            "/tiles/WebMercatorQuad",
            "/tiles/WebMercatorQuad/0/0/0",
            "/tiles/WebMercatorQuad/10/337/527",
            "/tiles/NetherlandsRDNewQuad/0/0/0",
            "/tilejson",
        ] {
            addresses.push(format!("{collection}{rest}"));
        }
    }
    for area in &scores.areas {
        addresses.push(format!("/v1/areas/{}", area.code));
        addresses.push(format!("/v1/collections/{}-2025/items/{}", area.level, area.code));
    }
    addresses
}

/// What can be told apart in an answer: status, headers and contents, but for the moment and the trace.
fn seen(answer: &Answer) -> String {
    // The trace is of the request, not of the bundle.
    let headers: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| *name != "traceparent")
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    let mut body = answer.text();
    for member in ["\"timeStamp\":\"", "\"instance\":\""] {
        if let Some(start) = body.find(member) {
            let from = start + member.len();
            let until = from + body[from..].find('"').unwrap();
            body.replace_range(from..until, "");
        }
    }
    format!("{}\n{}\n{body}", answer.status, headers.join("\n"))
}

/// Changes what a tier does not see, and nothing else.
fn change_hidden(tier: Tier, scores: &mut Scores, outlines: &mut Value, factor: f64) {
    let public = tier == Tier::Publiek;
    for area in &mut scores.areas {
        let below = public && area.level == "buurt";
        for reason in &mut area.reasons {
            reason.contribution *= factor;
            reason.text.nl.push('!');
        }
        if below {
            area.name.push('x');
        }
        let Some(figures) = area.figures.as_mut() else { continue };
        figures.chance_top_k *= factor;
        figures.rank_low = 1;
        if public {
            figures.expected *= factor;
            figures.high *= 1.0 + factor;
            figures.rate_per_1000 *= factor;
            figures.exposure *= factor;
            figures.rank = 1 + (figures.rank * 7) % 101;
        }
        if below {
            figures.class = Class::Low;
        }
    }
    if public {
        for feature in outlines["features"].as_array_mut().unwrap() {
            if feature["properties"]["level"] == "buurt" {
                feature["geometry"]["coordinates"][0][1][0] = (5.4 + factor / 100.0).into();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn two_bundles_that_differ_only_in_what_is_hidden_answer_the_same(factor in 0.1_f64..0.9) {
        let (scores, outlines) = (TOWN.scores(), TOWN.outlines());
        for tier in [Tier::Publiek, Tier::Gemeente] {
            let (mut other, mut moved) = (scores.clone(), outlines.clone());
            change_hidden(tier, &mut other, &mut moved, factor);
            let (one, two) = (router(tier, &scores, &outlines), router(tier, &other, &moved));
            for address in addresses(&scores) {
                prop_assert_eq!(seen(&get_of(&one, &address)), seen(&get_of(&two, &address)), "{:?} {}", tier, address);
            }
            // The test can fail: planners do see the difference.
            let full = [&scores, &other].map(|s| seen(&get_of(&router(Tier::Tactisch, s, &outlines), "/v1/areas/GM9999")));
            prop_assert_ne!(&full[0], &full[1]);
        }
    }
}

#[test]
fn everyone_gets_classes_of_gemeente_and_wijk() {
    let router = router(Tier::Publiek, &TOWN.scores(), &TOWN.outlines());
    let page = get_of(&router, "/v1/areas").json();
    assert_eq!(page["level"], "wijk");
    for area in page["areas"].as_array().unwrap() {
        let names: Vec<_> = area["figures"].as_object().unwrap().keys().collect();
        assert_eq!(names, ["class"]);
    }
    get_of(&router, "/v1/areas?level=buurt").problem(400);
    get_of(&router, "/v1/areas/BU999900003").problem(404);
    get_of(&router, "/v1/collections/buurt-2025").problem(404);
    get_of(&router, "/v1/collections/wijk-2025/items?filter=rank%3D1").problem(400);
    get_of(&router, "/v1/collections/wijk-2025/items?expected=1").problem(400);
    let queryables = get_of(&router, "/v1/collections/wijk-2025/queryables").json();
    let names: Vec<_> = queryables["properties"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["class", "code", "geometry", "level", "name", "parent", "suppressed"]);
    assert!(!get_of(&router, "/v1/openapi.json").text().contains("buurt-2025"));
}

#[test]
fn an_area_outside_the_scope_is_as_if_it_were_not_there() {
    use axum::body::Body;
    use axum::http::Request;
    use serving::access::{Reader, Scope};
    use std::collections::BTreeSet;

    let router = router(Tier::Tactisch, &TOWN.scores(), &TOWN.outlines());
    let ask = |path: &str| {
        let mut request = Request::get(path).body(Body::empty()).unwrap();
        let scope = Scope::Within(BTreeSet::from(["GM1234".to_owned()]));
        request.extensions_mut().insert(Reader { tier: Tier::Tactisch, scope, subject: None });
        crate::send(&router, request)
    };
    let (hidden, unknown) =
        (ask("/v1/areas/BU999900003").problem(404), ask("/v1/areas/BU999900999").problem(404));
    assert_eq!(
        hidden["detail"].as_str().unwrap().replace("00003", "00999"),
        unknown["detail"].as_str().unwrap()
    );
    assert_eq!(ask("/v1/collections").json()["collections"], serde_json::json!([]));
    ask("/v1/collections/buurt-2025/items").problem(404);
    assert_eq!(get_of(&router, "/v1/areas/BU999900003").status, 200, "others still see it");
}

#[test]
fn the_stricter_minimum_of_bundle_and_configuration_holds() {
    let made = Made::with(TOWN, &TOWN.scores(), &TOWN.outlines());
    let manifest = made.path().join("manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace("\"minimum_units\": 0", "\"minimum_units\": 1008")).unwrap();
    // Buurten of the made-up town have 1000 units and up.
    let fewest = |own: u32| {
        let disclosure = Disclosure { minimum_units: own, ..Disclosure::default() };
        let router = made.router(&Settings { disclosure, ..Settings::default() });
        let page = get_of(&router, "/v1/areas?level=buurt&limit=100").json();
        let areas = page["areas"].as_array().unwrap().clone();
        areas.iter().filter_map(|area| area["figures"]["units"].as_u64()).min().unwrap()
    };
    assert!((1008..1012).contains(&fewest(0)), "the bundle's");
    assert!((1008..1012).contains(&fewest(5)), "also where the configuration asks for less");
    assert!(fewest(1015) >= 1015, "the configuration's");
}
