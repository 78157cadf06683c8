//! An attacker who asks everything and adds and subtracts: nothing withheld may be bounded too tightly.
//!
//! The attacker knows that a wijk is the sum of its buurten and a gemeente that of its wijken, knows the rule
//! (areas with fewer units than the minimum show no figures) and knows each reason for withholding; of two releases also which
//! areas did not change. Written apart from the code that protects, over the answers alone: lists, features, tiles, filters and
//! their counts, tables, plans, explanations.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use models::Text;
use models::bundle::{AreaScore, Class, Figures, Reason, Scores};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::Value;
use serving::access::Tier;
use serving::made_up::Town;
use serving::{Disclosure, Service, Settings, load, load_after, router};

use crate::{Made, get_of};

const MINIMUM: u32 = 10;

/// A gemeente of wijken of buurten with these numbers of units, and figures that add up.
pub(crate) fn tree(units: &[Vec<u32>]) -> Scores {
    let mut areas: Vec<AreaScore> = Vec::new();
    let area = |code: String, level: &str, parent: Option<String>, units: u32| AreaScore {
        name: code.clone(),
        code,
        level: level.to_owned(),
        parent,
        figures: Some(figures(units)),
        // An explanation that gives the number away.
        reasons: vec![Reason {
            term: "units".to_owned(),
            contribution: f64::from(units),
            text: Text { nl: format!("{units} panden"), en: format!("{units} buildings") },
        }],
        suppressed: None,
    };
    for (w, wijk) in units.iter().enumerate() {
        let code = format!("WK9999{w:04}");
        for (b, &n) in wijk.iter().enumerate() {
            areas.push(area(format!("BU9999{w:02}{b:03}"), "buurt", Some(code.clone()), n));
        }
        areas.push(area(code, "wijk", Some("GM9999".to_owned()), wijk.iter().sum()));
    }
    areas.push(area("GM9999".to_owned(), "gemeente", None, units.iter().flatten().sum()));
    for level in ["buurt", "wijk", "gemeente"] {
        let mut own: Vec<&mut AreaScore> = areas.iter_mut().filter(|area| area.level == level).collect();
        own.sort_by_key(|area| std::cmp::Reverse(area.figures.as_ref().map(|f| f.units)));
        for (area, rank) in own.into_iter().zip(1..) {
            let figures = area.figures.as_mut().unwrap();
            (figures.rank, figures.rank_low, figures.rank_high) = (rank, 1, rank + 3);
        }
    }
    areas.sort_by(|a, b| (&a.level, &a.code).cmp(&(&b.level, &b.code)));
    Scores { as_of: "2025-01-01".to_owned(), top_k: BTreeMap::new(), areas }
}

fn figures(units: u32) -> Figures {
    let expected = f64::from(units) / 8.0;
    Figures {
        units,
        exposure: f64::from(units),
        expected,
        low: 0.0,
        high: expected + 3.0,
        rate_per_1000: 125.0,
        rank: 1,
        rank_low: 1,
        rank_high: 1,
        chance_top_k: 0.5,
        class: Class::Middle,
    }
}

/// A square for each area, side by side.
pub(crate) fn outlines(scores: &Scores) -> Value {
    let square = |i: usize| {
        let (x, y) = (5.29 + 0.002 * i as f64, 52.1);
        serde_json::json!([[[x, y], [x + 0.001, y], [x + 0.001, y + 0.001], [x, y + 0.001], [x, y]]])
    };
    let feature = |(i, area): (usize, &AreaScore)| {
        serde_json::json!({
            "type": "Feature", "properties": { "code": area.code, "name": area.name, "level": area.level, "parent": area.parent },
            "geometry": { "type": "Polygon", "coordinates": square(i) },
        })
    };
    let features: Vec<Value> = scores.areas.iter().enumerate().map(feature).collect();
    serde_json::json!({ "type": "FeatureCollection", "features": features })
}

/// What is known of the units of each area, from all answers together.
#[derive(Clone, Default)]
struct Known {
    bounds: BTreeMap<String, (f64, f64)>,
    reason: BTreeMap<String, String>,
}

impl Known {
    /// Takes in every object with a code, wherever it stands in an answer.
    fn read(&mut self, value: &Value, tier: Tier) {
        match value {
            Value::Array(members) => members.iter().for_each(|member| self.read(member, tier)),
            Value::Object(object) => {
                if let Some(code) = object.get("code").and_then(Value::as_str) {
                    let figures = object.get("figures").unwrap_or(value);
                    self.learn(code, figures, tier);
                    if let Some(units) = value["reasons"][0]["contribution"].as_f64() {
                        self.narrow(code, units, units);
                    }
                    if let Some(reason) = object.get("suppressed").and_then(Value::as_str) {
                        self.reason.insert(code.to_owned(), reason.to_owned());
                    }
                }
                object.values().for_each(|member| self.read(member, tier));
            }
            _ => {}
        }
    }

    /// Units, exposure, expected and its rate all tell the number of units here.
    fn learn(&mut self, code: &str, figures: &Value, tier: Tier) {
        let slack = |rounded: f64| if tier >= Tier::Tactisch { 0.0 } else { rounded };
        for (name, per_unit, slack) in
            [("units", 1.0, slack(4.999)), ("exposure", 1.0, slack(4.999)), ("expected", 0.125, slack(0.05))]
        {
            if let Some(value) = figures[name].as_f64() {
                self.narrow(code, (value - slack) / per_unit, (value + slack) / per_unit);
            }
        }
    }

    fn narrow(&mut self, code: &str, low: f64, high: f64) -> bool {
        let own = self.bounds.entry(code.to_owned()).or_insert((0.0, f64::INFINITY));
        let tighter = (own.0.max(low), own.1.min(high));
        let moved = tighter.0 > own.0 + 1e-9 || tighter.1 < own.1 - 1e-9;
        *own = tighter;
        moved
    }

    /// Interval arithmetic until nothing moves.
    fn work_out(&mut self, scores: &Scores) {
        let mut families: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for area in &scores.areas {
            self.bounds.entry(area.code.clone()).or_insert((0.0, f64::INFINITY));
            families.entry(area.parent.as_deref().unwrap_or_default()).or_default().push(&area.code);
        }
        families.remove("");
        for (code, reason) in self.reason.clone() {
            match reason.as_str() {
                "too_few_units" => self.narrow(&code, 0.0, f64::from(MINIMUM) - 1.0),
                _ => self.narrow(&code, f64::from(MINIMUM), f64::INFINITY),
            };
        }
        let mut moved = true;
        while moved {
            moved = false;
            for (parent, children) in &families {
                let of = |known: &Self, code: &str| known.bounds[code];
                let sum = |known: &Self, but: &str, high: bool| -> f64 {
                    let others = children.iter().filter(|c| **c != but);
                    others.map(|c| if high { of(known, c).1 } else { of(known, c).0 }).sum()
                };
                let (low, high) = (sum(self, "", false), sum(self, "", true));
                moved |= self.narrow(parent, low, high);
                for child in children {
                    let total = of(self, parent);
                    let (low, high) = (total.0 - sum(self, child, true), total.1 - sum(self, child, false));
                    moved |= self.narrow(
                        child,
                        if low.is_nan() { 0.0 } else { low },
                        if high.is_nan() { f64::INFINITY } else { high },
                    );
                }
            }
        }
    }
}

fn everything(router: &Router, scores: &Scores, tier: Tier) -> Known {
    let mut known = Known::default();
    for address in crate::tiers::addresses(scores) {
        let answer = get_of(router, &address);
        if answer.header("content-type").contains("json") {
            known.read(&answer.json(), tier);
        } else if answer.header("content-type").starts_with("text/csv") {
            known.read(&csv(&answer.text()), tier);
        } else if answer.header("content-type").contains("mapbox-vector") {
            known.read(&crate::tiles::said(&answer.body), tier);
        }
    }
    let body =
        serde_json::json!({ "purpose": "Alles weten", "capacity": 1000, "level": "buurt" }).to_string();
    let plan = crate::send(router, Request::post("/v1/plans").body(Body::from(body)).unwrap());
    known.read(&plan.json(), tier);
    known
}

fn csv(text: &str) -> Value {
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let row = |line: &str| -> Value {
        let cells = names.iter().zip(line.split(',')).filter(|(_, cell)| !cell.is_empty());
        cells
            .map(|(name, cell)| ((*name).to_owned(), cell.parse::<f64>().map_or(cell.into(), Value::from)))
            .collect()
    };
    lines.map(row).collect()
}

fn settings(tier: Tier) -> Settings {
    let disclosure = Disclosure { minimum_units: MINIMUM, rounding_secret: Some("geheim".to_owned()) };
    Settings { open_tier: tier, disclosure, ..Settings::default() }
}

/// Filters are answered from what is shown: no count of features may take in one that is withheld.
fn check_counts(router: &Router, known: &Known, scores: &Scores, tier: Tier) -> Result<(), TestCaseError> {
    if tier < Tier::Tactisch {
        return Ok(());
    }
    for level in ["buurt", "wijk"] {
        for least in [1_u32, 5, MINIMUM, 20] {
            let items = format!("/v1/collections/{level}-2025/items?limit=1&filter=");
            let counted = get_of(router, &format!("{items}units%3E%3D{least}")).json();
            let shown = scores.areas.iter().filter(|area| {
                let own = area.figures.as_ref().unwrap().units;
                area.level == level && own >= least && known.bounds.contains_key(&area.code)
            });
            prop_assert_eq!(counted["numberMatched"].as_u64().unwrap(), shown.count() as u64);
        }
    }
    Ok(())
}

fn check(units: &[Vec<u32>], tiers: &[Tier]) -> Result<usize, TestCaseError> {
    let scores = tree(units);
    let made = Made::with(Town::default(), &scores, &outlines(&scores));
    let mut protected = 0;
    for &tier in tiers {
        let router = made.router(&settings(tier));
        let known = everything(&router, &scores, tier);
        check_counts(&router, &known, &scores, tier)?;
        for area in &scores.areas {
            let own = area.figures.as_ref().unwrap().units;
            if own < MINIMUM {
                prop_assert!(
                    !known.bounds.contains_key(&area.code),
                    "{:?} shows figures of {}",
                    tier,
                    area.code
                );
            }
        }
        protected += check_widths(known, &scores, &format!("{tier:?} of {units:?}"))?;
    }
    Ok(protected)
}

/// Checks what the attacker makes of it; gives the number of areas that were to be protected.
fn check_widths(mut known: Known, scores: &Scores, what: &str) -> Result<usize, TestCaseError> {
    let mut protected = 0;
    known.work_out(scores);
    for area in &scores.areas {
        let own = f64::from(area.figures.as_ref().unwrap().units);
        let (low, high) = known.bounds[&area.code];
        prop_assert!(
            low - 1e-6 <= own && own <= high + 1e-6,
            "the attacker's arithmetic is sound: {} {low} {high}",
            own
        );
        if (1.0..f64::from(MINIMUM)).contains(&own) {
            protected += 1;
            let width = high - low;
            // Two below the minimum: where two small areas are all there is, even the reason why their sum is
            // withheld (it is no small area itself) says that neither of them is empty.
            prop_assert!(
                width >= f64::from(MINIMUM) - 2.0 - 1e-6,
                "{}: {} with {} units is known to lie in {} to {}",
                what,
                area.code,
                own,
                low,
                high
            );
        }
    }
    Ok(protected)
}

/// A service over these figures, after another.
fn served(scores: &Scores, tier: Tier, folder: &Path, earlier: &[Service]) -> Result<Service, String> {
    let bundle = folder.join(format!("bundle-{}", earlier.len()));
    Town::default().write_with(&bundle, scores, &outlines(scores)).unwrap();
    load_after(&bundle, &settings(tier), earlier).map_err(|error| error.to_string())
}

/// Two releases after each other, each attacked with the other's figures of areas that did not change. Gives whether the
/// second was let in.
fn check_two(before: &[Vec<u32>], after: &[Vec<u32>], tier: Tier) -> Result<bool, TestCaseError> {
    let both = [tree(before), Scores { as_of: "2025-03-01".to_owned(), ..tree(after) }];
    let folder = tempfile::tempdir().unwrap();
    let first = served(&both[0], tier, folder.path(), &[]).unwrap();
    let second = match served(&both[1], tier, folder.path(), std::slice::from_ref(&first)) {
        Ok(second) => second,
        Err(why) => {
            prop_assert!(
                why.contains("can be worked out from this release and that of 2025-01-01"),
                "{}",
                why
            );
            return Ok(false);
        }
    };
    let known: Vec<Known> = [first, second]
        .into_iter()
        .zip(&both)
        .map(|(service, scores)| everything(&router(service), scores, tier))
        .collect();
    for (i, scores) in both.iter().enumerate() {
        let (mut all, other) = (known[i].clone(), &known[1 - i]);
        for (one, same) in scores.areas.iter().zip(&both[1 - i].areas) {
            prop_assert_eq!(&one.code, &same.code);
            let unchanged = one.figures.as_ref().unwrap().units == same.figures.as_ref().unwrap().units;
            if let Some((low, high)) = other.bounds.get(&one.code).filter(|_| unchanged) {
                all.narrow(&one.code, *low, *high);
            }
        }
        check_widths(all, scores, &format!("{tier:?}, release {i} of {before:?} then {after:?}"))?;
    }
    Ok(true)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn nothing_withheld_can_be_worked_out(
        units in prop::collection::vec(prop::collection::vec(prop_oneof![2 => 0_u32..12, 3 => 8_u32..60], 1..5), 1..4)
    ) {
        check(&units, &[Tier::Publiek, Tier::Gemeente, Tier::Tactisch, Tier::Audit, Tier::Beheer])?;
    }
}

#[test]
fn nothing_withheld_can_be_worked_out_from_two_releases() {
    let units = prop_oneof![2 => 0_u32..12, 3 => 8_u32..60];
    let change = prop_oneof![3 => Just(0_i32), 1 => -8_i32..8];
    let cells = prop::collection::vec(prop::collection::vec((units, change), 1..5), 1..4);
    let tiers = prop_oneof![Just(Tier::Tactisch), Just(Tier::Gemeente)];
    let let_in = Cell::new(0);
    let config = ProptestConfig { cases: 200, source_file: Some(file!()), ..ProptestConfig::default() };
    let outcome = TestRunner::new(config).run(&(cells, tiers), |(cells, tier)| {
        let of = |change: bool| -> Vec<Vec<u32>> {
            let moved =
                |&(units, by): &(u32, i32)| if change { units.saturating_add_signed(by) } else { units };
            cells.iter().map(|wijk| wijk.iter().map(moved).collect()).collect()
        };
        let_in.set(let_in.get() + usize::from(check_two(&of(false), &of(true), tier)?));
        Ok(())
    });
    outcome.unwrap();
    // Refusing every release would leak nothing too.
    assert!(let_in.get() >= 150, "{} of 200 were let in", let_in.get());
}

#[test]
fn an_area_that_was_withheld_to_protect_another_stays_so_where_showing_it_would_betray() {
    let (before, after) = ([vec![4, 30, 50]], [vec![4, 60, 50]]);
    let folder = tempfile::tempdir().unwrap();
    let first = served(&tree(&before), Tier::Tactisch, folder.path(), &[]).unwrap();
    let withheld = |service: Service| -> Vec<String> {
        let areas = get_of(&router(service), "/v1/areas?level=buurt").json()["areas"].clone();
        let withheld = areas.as_array().unwrap().iter().filter(|area| area["suppressed"].is_string());
        let mut codes: Vec<String> = withheld.map(|area| area["code"].as_str().unwrap().to_owned()).collect();
        codes.sort();
        codes
    };
    let alone = load(&folder.path().join("bundle-0"), &settings(Tier::Tactisch)).unwrap();
    assert_eq!(withheld(alone), ["BU999900000", "BU999900001"]);
    // On its own the second would withhold 50 instead of 60, and 4 = 114 - 60 - 50 with the 50 of the first.
    let second = served(&tree(&after), Tier::Tactisch, folder.path(), &[first]).unwrap();
    assert_eq!(withheld(second), ["BU999900000", "BU999900001", "BU999900002"]);
    assert!(check_two(&before, &after, Tier::Tactisch).unwrap());
}

#[test]
fn the_attacker_has_something_to_attack() {
    assert!(check(&[vec![4, 30, 50], vec![9, 9, 40], vec![70]], &[Tier::Tactisch]).unwrap() >= 3);
}
