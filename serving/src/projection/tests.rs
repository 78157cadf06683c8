use models::Text;
use models::bundle::{AreaScore, Class, Figures, Reason, Scores, Suppression};

use super::*;
use crate::access::{Scope, Tier};

fn area(code: &str, parent: Option<&str>, rank: Option<u32>) -> AreaScore {
    AreaScore {
        code: code.to_owned(),
        name: code.to_owned(),
        level: code[..2].to_lowercase(),
        parent: parent.map(str::to_owned),
        figures: rank.map(|rank| Figures {
            units: 10,
            exposure: 10.0,
            expected: 1.0,
            low: 0.5,
            high: 2.0,
            rate_per_1000: 100.0,
            rank,
            rank_low: 1,
            rank_high: rank,
            chance_top_k: 0.5,
            class: Class::Middle,
        }),
        reasons: Vec::new(),
        suppressed: rank.is_none().then_some(Suppression::TooFewUnits),
    }
}

fn source(areas: Vec<AreaScore>, rules: &Disclosure) -> Result<Source, UnfitFigures> {
    let top_k = BTreeMap::from([("bu".to_owned(), 2)]);
    Source::new(&Scores { as_of: "2025-01-01".to_owned(), top_k, areas }, rules, "salt", &[])
}

fn project(areas: Vec<AreaScore>) -> Result<Projection, UnfitFigures> {
    Ok(source(areas, &Disclosure::default())?.project(Tier::Tactisch, &Scope::Everywhere))
}

fn town() -> Vec<AreaScore> {
    vec![
        area("BU1", Some("WK1"), Some(3)),
        area("BU2", Some("WK1"), None),
        area("BU3", Some("WK2"), Some(1)),
        area("BU4", Some("WK2"), Some(2)),
        area("GM1", None, Some(1)),
        area("WK1", Some("GM1"), Some(2)),
        area("WK2", Some("GM1"), Some(1)),
    ]
}

fn codes(p: &Projection, parent: Option<&str>, after: Option<&Key>) -> Vec<String> {
    let level = p.level("bu").unwrap();
    p.ranked(level, parent, after).map(|(_, area)| area.code.clone()).collect()
}

#[test]
fn areas_come_by_rank_and_those_without_figures_last() {
    let p = project(town()).unwrap();
    assert_eq!(codes(&p, None, None), ["BU3", "BU4", "BU1", "BU2"]);
    assert_eq!(codes(&p, Some("WK1"), None), ["BU1", "BU2"]);
    assert_eq!(codes(&p, Some("GM1"), None).len(), 4);
    assert!(codes(&p, Some("WK9"), None).is_empty());
    let after = p.area("BU4").unwrap().key();
    assert_eq!(codes(&p, None, Some(&after)), ["BU1", "BU2"]);
    let names: Vec<_> = p.levels().iter().map(|level| level.name.as_str()).collect();
    assert_eq!(names, ["gm", "wk", "bu"]);
}

#[test]
fn contradictions_are_refused_by_area() {
    let refuse = |change: &dyn Fn(&mut Vec<AreaScore>), words: &str| {
        let mut areas = town();
        change(&mut areas);
        let message = project(areas).unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
    };
    refuse(&|a| a[0].suppressed = Some(Suppression::Complementary), "area BU1: has figures although");
    refuse(&|a| a[0].figures = None, "area BU1: has neither");
    refuse(&|a| a[1].code = "BU1".to_owned(), "area BU1: comes twice");
    refuse(&|a| a[4].parent = Some("BU1".to_owned()), "lies in itself");
    refuse(&|a| a[2].figures.as_mut().unwrap().low = 3.0, "area BU3: low 3 is above high 2");
    refuse(&|a| a[2].figures.as_mut().unwrap().expected = f64::NAN, "area BU3: expected is NaN");
    refuse(&|a| a[2].figures.as_mut().unwrap().rank = 0, "area BU3: rank 0");
    refuse(&|a| a[2].figures.as_mut().unwrap().chance_top_k = 1.5, "area BU3: chance_top_k");
    let reason = Reason { term: "t".to_owned(), contribution: 1.0, text: Text::default() };
    refuse(&|a| a[1].reasons.push(reason.clone()), "area BU2: has reasons although");
}

fn named(areas: Vec<AreaScore>) -> Vec<AreaScore> {
    let level = |code: &str| match &code[..2] {
        "BU" => "buurt",
        "WK" => "wijk",
        _ => "gemeente",
    };
    areas.into_iter().map(|area| AreaScore { level: level(&area.code).to_owned(), ..area }).collect()
}

#[test]
fn everyone_sees_classes_of_gemeente_and_wijk_only() {
    let p = source(named(town()), &Disclosure::default()).unwrap().project(Tier::Publiek, &Scope::Everywhere);
    let names: Vec<_> = p.levels().iter().map(|level| level.name.as_str()).collect();
    assert_eq!(names, ["gemeente", "wijk"]);
    assert!(p.area("BU1").is_none());
    let figures = p.area("WK1").unwrap().figures.clone().unwrap();
    assert_eq!(serde_json::to_value(figures).unwrap(), serde_json::json!({ "class": "middle" }));
    let by_code: Vec<_> = p.ranked(p.level("wijk").unwrap(), None, None).map(|(_, a)| &a.code).collect();
    assert_eq!(by_code, ["WK1", "WK2"], "the order does not tell the rank");
    assert!(p.columns().all(|column| column.is_in(Detail::Classes)));
}

#[test]
fn a_gemeente_sees_rounded_figures_and_fifths() {
    let p =
        source(named(town()), &Disclosure::default()).unwrap().project(Tier::Gemeente, &Scope::Everywhere);
    let figures = p.area("BU3").unwrap().figures.clone().unwrap();
    assert_eq!((figures.rank, figures.chance_top_k, figures.rank_band), (None, None, Some(2)));
    assert_eq!((figures.units, figures.expected, figures.low), (Some(10), Some(1.0), Some(1.0)));
    assert!(p.areas().iter().all(|area| area.reasons.is_empty()));
}

#[test]
fn outside_the_scope_there_is_nothing() {
    let mut areas = named(town());
    areas.push(AreaScore { level: "gemeente".to_owned(), ..area("GM2", None, Some(2)) });
    areas.push(AreaScore { level: "wijk".to_owned(), ..area("WK9", Some("GM2"), Some(3)) });
    let source = source(areas, &Disclosure::default()).unwrap();
    let within = |code: &str| Scope::Within([code.to_owned()].into());
    let p = source.project(Tier::Tactisch, &within("GM2"));
    let codes: Vec<_> = p.areas().iter().map(|area| area.code.as_str()).collect();
    assert_eq!(codes, ["GM2", "WK9"]);
    assert_eq!(p.level("wijk").unwrap().areas_in_bundle, 3, "ranks count all areas of the bundle");
    assert!(source.project(Tier::Beheer, &within("GM3")).areas().is_empty());
}

#[test]
fn what_sums_betray_is_hidden_too_and_ranks_close_up() {
    let sized = |code: &str, parent: Option<&str>, rank: u32, units: u32| {
        let mut area = area(code, parent, Some(rank));
        area.figures.as_mut().unwrap().units = units;
        area
    };
    let areas = vec![
        sized("BU1", Some("WK1"), 3, 4),
        sized("BU2", Some("WK1"), 1, 30),
        sized("BU3", Some("WK1"), 2, 50),
        sized("WK1", None, 1, 84),
    ];
    let rules = Disclosure { minimum_units: 10, ..Disclosure::default() };
    let p = source(areas.clone(), &rules).unwrap().project(Tier::Tactisch, &Scope::Everywhere);
    assert_eq!(p.area("BU1").unwrap().suppressed, Some(Withheld::TooFewUnits));
    assert_eq!(p.area("BU2").unwrap().suppressed, Some(Withheld::Complementary), "the smallest that helps");
    assert_eq!(p.area("BU3").unwrap().figures.as_ref().unwrap().rank, Some(1), "no gap where BU2 stood");
    let p = source(areas, &Disclosure::default()).unwrap().project(Tier::Tactisch, &Scope::Everywhere);
    assert!(p.areas().iter().all(|area| area.figures.is_some()), "without a rule the bundle's own stands");
}

#[test]
fn a_bundle_that_withholds_one_area_only_is_corrected() {
    let mut areas = town();
    areas[5].figures.as_mut().unwrap().units = 17;
    areas[0].figures.as_mut().unwrap().units = 9;
    let p = project(areas).unwrap();
    assert_eq!(p.area("BU2").unwrap().suppressed, Some(Withheld::TooFewUnits));
    assert_eq!(p.area("BU1").unwrap().suppressed, Some(Withheld::Complementary));
}
