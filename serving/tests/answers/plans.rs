//! `/v1/plans`.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};
use serving::Settings;
use serving::access::Tier;
use serving::made_up::Town;

use crate::{Made, request};

fn plan(body: &Value) -> Value {
    let answer = request(Method::POST, "/v1/plans", &[], body.to_string());
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.json()
}

fn codes(plan: &Value, why: &str) -> Vec<String> {
    let areas = plan["areas"].as_array().unwrap().iter().filter(|area| area["chosen"] == why);
    areas.map(|area| area["code"].as_str().unwrap().to_owned()).collect()
}

const PURPOSE: &str = "Weekplan toezicht, week 12";

#[test]
fn a_plan_holds_the_highest_ranks_and_a_sample_of_the_rest() {
    let made = plan(&json!({ "purpose": PURPOSE, "capacity": 10, "random_share": 0.3, "seed": 7 }));
    assert_eq!((made["eligible"].as_u64(), made["level"].as_str()), (Some(50), Some("buurt")));
    assert_eq!(codes(&made, "rank").len(), 7);
    let random = codes(&made, "random");
    assert_eq!(random.len(), 3);
    let areas = made["areas"].as_array().unwrap();
    let ranks: Vec<u64> = areas[..7].iter().map(|area| area["rank"].as_u64().unwrap()).collect();
    assert!(ranks.windows(2).all(|pair| pair[0] < pair[1]) && ranks[0] == 1, "{ranks:?}");
    for area in &areas[7..] {
        assert!(area["rank"].as_u64().unwrap() > ranks[6]);
        assert!((area["selection_probability"].as_f64().unwrap() - 3.0 / 43.0).abs() < 1e-12);
    }
    let sum: f64 = areas.iter().map(|area| area["expected"].as_f64().unwrap()).sum();
    assert!((made["expected_finds"].as_f64().unwrap() - sum).abs() < 1e-9);
    assert!(made["notice"].as_str().unwrap().contains("geen bewijs") && made["advice"].is_null());
    let again = plan(&json!({ "purpose": PURPOSE, "capacity": 10, "random_share": 0.3, "seed": 7 }));
    assert_eq!(made, again, "the same question, the same plan");
}

#[test]
fn a_plan_says_how_it_is_spread() {
    let made = plan(&json!({ "purpose": PURPOSE, "capacity": 10, "random_share": 0.3, "seed": 7 }));
    let impact = made["impact"].as_array().unwrap();
    assert_eq!(impact.len(), 6, "six wijken");
    let sum = |name: &str| -> f64 { impact.iter().map(|group| group[name].as_f64().unwrap()).sum() };
    assert_eq!((sum("areas"), sum("visits"), sum("visits_at_random")), (50.0, 10.0, 3.0));
    for share in ["share_of_areas", "share_of_visits"] {
        assert!((sum(share) - 1.0).abs() < 1e-12, "{share}");
    }
    assert!((sum("expected_finds") - made["expected_finds"].as_f64().unwrap()).abs() < 1e-9);
    let last = &impact[5];
    assert_eq!((last["code"].as_str(), last["visits"].as_u64()), (Some("WK99990005"), Some(2)), "{last}");
}

#[test]
fn every_area_is_drawn_as_often_as_any_other() {
    let mut drawn: BTreeMap<String, u32> = BTreeMap::new();
    for seed in 0..1000 {
        let made = plan(&json!({ "purpose": PURPOSE, "capacity": 5, "random_share": 1.0, "seed": seed }));
        for code in codes(&made, "random") {
            *drawn.entry(code).or_default() += 1;
        }
    }
    // 100 on average with a standard deviation of 9.5; the seeds are fixed, so this never fails by chance.
    assert_eq!(drawn.len(), 50);
    assert!(drawn.values().all(|n| (65..=135).contains(n)), "{drawn:?}");
}

#[test]
fn exclusions_and_cool_down_are_left_out() {
    let first = codes(&plan(&json!({ "purpose": PURPOSE, "capacity": 3, "random_share": 0.0 })), "rank");
    let made = plan(&json!({
        "purpose": PURPOSE, "capacity": 3, "random_share": 0, "exclude": [first[0]],
        "cool_down": { "days": 90, "from": "2025-03-01", "visits": [
            { "code": first[1], "date": "2025-02-01" }, { "code": first[2], "date": "2024-11-01" },
        ] },
    }));
    let now = codes(&made, "rank");
    assert!(!now.contains(&first[0]) && !now.contains(&first[1]) && now[0] == first[2], "{now:?}");
    assert_eq!((made["excluded"].as_u64(), made["cooling_down"].as_u64()), (Some(1), Some(1)));
    assert!(made["advice"].as_str().unwrap().contains("geen willekeurige bezoeken"));
    let all = plan(&json!({ "purpose": PURPOSE, "capacity": 1000, "within": "WK99990001" }));
    assert!(all["areas"].as_array().unwrap().len() <= 10);
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    let refused = |body: Value| request(Method::POST, "/v1/plans", &[], body.to_string()).problem(400);
    for (change, member) in [
        (json!({ "capacity": 0 }), "capacity"),
        (json!({ "capacity": 1001 }), "capacity"),
        (json!({ "random_share": 1.1 }), "random_share"),
        (json!({ "purpose": "  te kort  " }), "purpose"),
        (json!({ "level": "straat" }), "level"),
        (json!({ "within": "WK00000000" }), "within"),
        (json!({ "exclude": ["BU0"] }), "exclude"),
    ] {
        let mut body = json!({ "purpose": PURPOSE, "capacity": 5 });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        assert_eq!(refused(body)["errors"][0]["location"]["name"], member);
    }
    assert!(refused(json!({ "capacity": 5 }))["detail"].as_str().unwrap().contains("purpose"));
    assert!(
        refused(json!({ "purpose": PURPOSE, "capacity": 5, "adres": "x" }))["detail"]
            .as_str()
            .unwrap()
            .contains("adres")
    );
    request(Method::GET, "/v1/plans", &[], "").problem(405);
}

#[test]
fn plans_are_for_planners() {
    for tier in [Tier::Publiek, Tier::Gemeente] {
        let settings = Settings { open_tier: tier, ..Settings::default() };
        let router = Made::new(Town { buurten: 12, ..Town::default() }).router(&settings);
        let body = json!({ "purpose": PURPOSE, "capacity": 5 }).to_string();
        crate::send(&router, Request::post("/v1/plans").body(Body::from(body)).unwrap()).problem(403);
    }
}
