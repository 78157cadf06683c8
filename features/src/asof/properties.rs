//! The real computation against the slow definition, and what must hold of it whatever the tables are.

use proptest::prelude::*;

use super::proof::first_difference;
use super::reference::Reference;
use super::towns::{START, Town, all_features, calendar, feature, pand_features, target};
use super::{Calendar, Difference, Plan, Rows, Span, scramble, scramble_proof};
use crate::spec::{Aggregate, FeatureSpec, Over, Target, UnitOfStudy, Unseen};
use crate::tables::{Day, Tables};

struct Study {
    unit: UnitOfStudy,
    features: Vec<FeatureSpec>,
    target: Target,
    calendar: Calendar,
}

impl Study {
    fn new(unit: UnitOfStudy, with_exposure: bool) -> Self {
        let exposure = match (unit, with_exposure) {
            (_, false) => "one",
            (UnitOfStudy::Pand, true) => "woningen",
            (UnitOfStudy::Area, true) => "huishoudens",
        };
        let (mut features, unseen) = (all_features(), Unseen::NothingFound);
        if unit == UnitOfStudy::Pand {
            features.extend(pand_features());
        }
        Self {
            unit,
            features,
            target: target(Some("vondsten"), Some("controles"), exposure, unseen),
            calendar: calendar(Span::months(3), Span::days(20), Day(START + 480)),
        }
    }

    fn plan(&self, tables: &Tables) -> Plan {
        Plan::new(self.unit, &self.features, &self.target, &self.calendar, tables).unwrap()
    }

    fn reference<'a>(&'a self, tables: &'a Tables) -> Reference<'a> {
        Reference { study: self.unit, tables, target: &self.target, calendar: &self.calendar }
    }
}

fn study_of(area: bool, exposure: bool) -> Study {
    Study::new(if area { UnitOfStudy::Area } else { UnitOfStudy::Pand }, exposure)
}

fn same(real: f32, slow: f64, exact: bool) -> bool {
    let slow32 = slow as f32;
    let near = || (f64::from(real) - slow).abs() <= 1e-6 * slow.abs().max(1e-6);
    (real.is_nan() && slow.is_nan()) || real == slow32 || (!exact && near())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_feature_is_what_its_definition_says(seed: u64, area: bool, exposure: bool, day in 0..600_i32) {
        let study = study_of(area, exposure);
        let tables = Town::small(seed);
        let t = Day(START + day);
        let plan = study.plan(&tables);
        let rows = plan.rows(&tables, t).unwrap();
        let reference = study.reference(&tables);
        let expected = reference.rows(t);
        prop_assert_eq!(&rows.unit, &expected.iter().map(|r| r.subject as u32).collect::<Vec<_>>());
        prop_assert_eq!(&rows.exposure, &expected.iter().map(|r| r.exposure).collect::<Vec<_>>());
        let areas: Vec<Option<u32>> = expected.iter().map(|r| r.area.map(|a| a as u32)).collect();
        prop_assert_eq!(&rows.area, &areas);
        let mut j = 0;
        for spec in &study.features {
            let exact = spec.decay_metres.is_none() && spec.from != Aggregate::ShrunkenRate;
            for column in reference.columns(spec, t) {
                let real = rows.matrix.column(j);
                for (row, (&real, &slow)) in real.iter().zip(&column).enumerate() {
                    let name = &plan.schema().features[j].name;
                    prop_assert!(same(real, slow, exact), "{name} {spec:?} row {row}: {real}, should be {slow}");
                }
                j += 1;
            }
        }
        prop_assert_eq!(j, plan.schema().features.len());
    }

    #[test]
    fn every_outcome_is_what_its_definition_says(
        seed: u64, area: bool, sources in 0..3, unknown: bool, day in 0..500_i32, later in 0..300_i32,
    ) {
        let tables = Town::small(seed);
        let mut study = study_of(area, false);
        study.features.clear();
        let (events, visits) = [(true, true), (true, false), (false, true)][sources as usize];
        let unseen = if unknown { Unseen::Unknown } else { Unseen::NothingFound };
        study.target =
            target(events.then_some("vondsten"), visits.then_some("controles"), "one", unseen);
        let (plan, t) = (study.plan(&tables), Day(START + day));
        let rows = plan.rows(&tables, t).unwrap();
        prop_assert_eq!(&rows.outcome, &study.reference(&tables).outcomes(t, None));
        let known_by = t.plus_days(later);
        let expected = study.reference(&tables).outcomes(t, Some(known_by));
        let known = plan.rows_known_at(&tables, t, known_by).unwrap();
        prop_assert_eq!(&known.outcome, &expected);
        prop_assert_eq!(&plan.outcomes(&tables, &rows, Some(known_by)).unwrap().outcome, &expected);
    }

    #[test]
    fn a_scrambled_future_changes_nothing(seed: u64, area: bool, exposure: bool, day in 0..600_i32) {
        let study = study_of(area, exposure);
        let tables = Town::small(seed);
        let date = Day(START + day);
        let report = scramble_proof(
            study.unit, &study.features, &study.target, &study.calendar, &tables, &[date], seed ^ 7,
        ).unwrap();
        prop_assert!(report.holds(), "{}", report.dates[0].difference.as_ref().unwrap());
    }

    #[test]
    fn a_plan_may_be_used_for_other_rows(seed: u64, day in 0..600_i32) {
        let (tables, study) = (Town::small(seed), Study::new(UnitOfStudy::Pand, true));
        let t = Day(START + day);
        let plan = study.plan(&tables);
        plan.rows(&tables, t).unwrap();
        let noisy = scramble(&tables, Day(START), seed);
        let (reused, fresh) = (plan.rows(&noisy, t).unwrap(), study.plan(&noisy).rows(&noisy, t).unwrap());
        prop_assert_eq!(first_difference(study.unit, &noisy, &reused, &fresh), None);
        prop_assert_eq!(reused.outcome, fresh.outcome);
    }
}

/// The proof would notice: one day later, the same noise does change features, through every kind of source.
#[test]
fn noise_is_seen_the_day_after() {
    let study = Study::new(UnitOfStudy::Pand, false);
    let mut changed = std::collections::BTreeSet::new();
    let mut cohorts = 0;
    for seed in 0..40 {
        let (tables, t) = (Town::small(seed), Day(START + 300));
        let noisy = scramble(&tables, t, seed);
        let next = t.plus_days(1);
        let [a, b] = [&tables, &noisy].map(|tables| study.plan(tables).rows(tables, next).unwrap());
        match first_difference(study.unit, &tables, &a, &b) {
            Some(Difference::Feature { .. }) => {}
            Some(_) => {
                cohorts += 1;
                continue;
            }
            None => continue,
        }
        for (j, feature) in a.matrix.schema().features.iter().enumerate() {
            let bits = |rows: &Rows| rows.matrix.column(j).iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            if bits(&a) != bits(&b) {
                changed.insert(feature.name.clone());
            }
        }
    }
    assert!(cohorts > 0, "the cohort never changed");
    for kind in ["f0", "controles_found", "omvang_gebied"] {
        assert!(changed.contains(kind), "{kind} never changed: {changed:?}");
    }
}

fn bits(rows: &Rows) -> Vec<Vec<u32>> {
    (0..rows.matrix.schema().features.len())
        .map(|j| rows.matrix.column(j).iter().map(|v| v.to_bits()).collect())
        .collect()
}

#[test]
fn the_same_bits_on_any_number_of_threads() {
    let tables = Town::large(11);
    let mut study = Study::new(UnitOfStudy::Pand, true);
    study.features.retain(|f| f.over != Over::Unit || f.from == Aggregate::ShrunkenRate);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| study.plan(&tables).rows(&tables, Day(START + 400)).unwrap())
    };
    let (one, three) = (with(1), with(3));
    assert!(one.unit.len() > 1000 && bits(&one) == bits(&three));
}

#[test]
fn dates_may_be_computed_side_by_side() {
    use rayon::prelude::*;
    let (tables, mut study) = (Town::large(5), Study::new(UnitOfStudy::Pand, false));
    study.features.truncate(24);
    let (plan, other) = (study.plan(&tables), study.plan(&tables));
    let days: Vec<Day> = (0..4).map(|i| Day(START + 100 + 50 * i)).collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    let side: Vec<Rows> = pool.install(|| days.par_iter().map(|&t| plan.rows(&tables, t).unwrap()).collect());
    for (rows, &t) in side.iter().zip(&days) {
        assert!(bits(rows) == bits(&other.rows(&tables, t).unwrap()));
    }
}

/// A find on day 10, registered on day 15, at 0 m and exactly 50 m from two panden.
fn two_panden() -> Tables {
    let mut tables = Town::small(0);
    tables.units = crate::tables::Units {
        id: vec!["a".to_owned(), "b".to_owned()],
        unit: vec![0, 1],
        valid_from: vec![Day::MIN; 2],
        valid_to: vec![Day::MAX; 2],
        known_from: vec![Day::MIN; 2],
        exists: vec![true; 2],
        x: vec![0.0, 30.0],
        y: vec![0.0, 40.0],
        area: vec![Some(0), Some(1)],
        columns: vec![],
    };
    tables.events = vec![crate::tables::Events {
        source: "vondsten".to_owned(),
        date: vec![Day(START + 10)],
        known_from: vec![Day(START + 15)],
        unit: vec![Some(0)],
        area: vec![Some(0)],
        x: vec![0.0],
        y: vec![0.0],
        count: vec![1.0],
        columns: vec![],
    }];
    (tables.visits, tables.figures) = (vec![], vec![]);
    tables
}

fn counts(windows: &[&str]) -> Study {
    let mut near = feature("nabij", Aggregate::Count);
    (near.source, near.over, near.radii) = (Some("vondsten".to_owned()), Over::Radius, vec![49.999, 50.0]);
    near.windows = windows.iter().map(|w| (*w).to_owned()).collect();
    let mut own = feature("eigen", Aggregate::Count);
    (own.source, own.windows) = (near.source.clone(), near.windows.clone());
    let mut study = Study::new(UnitOfStudy::Pand, false);
    (study.features, study.target) =
        (vec![near, own], target(Some("vondsten"), None, "one", Unseen::Unknown));
    study
}

#[test]
fn strictly_before_and_within_and_after() {
    let tables = two_panden();
    let at = |study: &Study, tables: &Tables, day: i32| {
        let rows = study.plan(tables).rows(tables, Day(START + day)).unwrap();
        (0..3).map(|j| rows.matrix.column(j).to_vec()).collect::<Vec<_>>()
    };
    let all = counts(&[]);
    assert_eq!(at(&all, &tables, 15), [[0.0, 0.0]; 3], "known on the day itself is not known before it");
    assert_eq!(at(&all, &tables, 16), [[1.0, 0.0], [1.0, 1.0], [1.0, 0.0]], "50 m is within 50 m");
    let mut early = tables.clone();
    early.events[0].known_from = vec![Day(START + 2)];
    assert_eq!(at(&all, &early, 10), [[0.0, 0.0]; 3], "known, but it happens today");
    assert_eq!(at(&all, &early, 11)[2], [1.0, 0.0]);
    let window = counts(&["20 days"]);
    assert_eq!(at(&window, &tables, 30)[2], [1.0, 0.0], "the first day of a window is in it");
    assert_eq!(at(&window, &tables, 31)[2], [0.0, 0.0]);
}

#[test]
fn the_horizon_is_open_at_the_start_and_closed_at_the_end() {
    use models::Outcome::{Found, Unknown};
    let (tables, mut study) = (two_panden(), counts(&[]));
    study.calendar = calendar(Span::days(30), Span::days(5), Day(START + 100));
    let at = |day: i32| study.plan(&tables).rows(&tables, Day(START + day)).unwrap();
    assert_eq!(at(10).outcome, [Unknown, Unknown], "what happens on the as-of date is not in its future");
    assert_eq!(at(9).outcome, [Found(1), Unknown]);
    assert_eq!(at(-20).outcome, [Found(1), Unknown]);
    assert_eq!(at(-21).outcome, [Unknown, Unknown]);
    let known = |by: i32| study.plan(&tables).rows_known_at(&tables, Day(START), Day(START + by)).unwrap();
    assert_eq!((known(15).outcome[0], known(16).outcome[0]), (Unknown, Found(1)));
    assert_eq!((known(34).complete, known(35).complete), (false, true));
}

#[test]
fn finds_without_a_row_are_counted() {
    let (mut tables, study) = (two_panden(), counts(&[]));
    tables.events[0].unit = vec![None];
    assert_eq!(study.plan(&tables).rows(&tables, Day(START)).unwrap().finds_outside, 1);
    tables.events[0].unit = vec![Some(1)];
    tables.units.exists[1] = false;
    assert_eq!(study.plan(&tables).rows(&tables, Day(START)).unwrap().finds_outside, 1);
}

#[test]
fn features_without_meaning_are_refused_with_a_remedy() {
    let tables = Town::small(1);
    let base = |from| {
        let mut spec = feature("f", from);
        spec.source = Some("vondsten".to_owned());
        spec
    };
    let with = |from, change: &dyn Fn(&mut FeatureSpec)| {
        let mut spec = base(from);
        change(&mut spec);
        spec
    };
    let text = |s: &str| Some(s.to_owned());
    let refused: Vec<(FeatureSpec, &str)> = vec![
        (with(Aggregate::Count, &|f| f.source = None), "needs `source`"),
        (with(Aggregate::Count, &|f| f.source = text("vondst")), "did you mean `vondsten`"),
        (
            with(Aggregate::Count, &|f| f.source = text("kerncijfers")),
            "there are: vondsten, meldingen, controles",
        ),
        (with(Aggregate::Count, &|f| f.column = text("omvang")), "reads no column"),
        (with(Aggregate::Sum, &|_| {}), "needs `column`"),
        (with(Aggregate::Sum, &|f| f.column = text("soort")), "cannot be added up"),
        (with(Aggregate::Sum, &|f| f.column = text("found")), "there is no column `found`"),
        (with(Aggregate::Count, &|f| f.over = Over::Radius), "go together"),
        (with(Aggregate::Count, &|f| f.radii = vec![10.0]), "go together"),
        (with(Aggregate::Count, &|f| (f.over, f.radii) = (Over::Radius, vec![-1.0])), "above 0"),
        (with(Aggregate::Count, &|f| f.decay_metres = Some(5.0)), "needs `over = \"radius\"`"),
        (with(Aggregate::Count, &|f| f.level = text("buurt")), "goes with `over = \"area\"`"),
        (
            with(Aggregate::Count, &|f| (f.over, f.level) = (Over::Area, text("wijken"))),
            "did you mean `wijk`",
        ),
        (with(Aggregate::Count, &|f| f.windows = vec!["a year".to_owned()]), "not a length of time"),
        (with(Aggregate::Count, &|f| f.windows = vec!["0 days".to_owned()]), "no time at all"),
        (
            with(Aggregate::Count, &|f| f.windows = vec!["7 days".to_owned(), "1 week".to_owned()]),
            "two columns",
        ),
        (with(Aggregate::Any, &|f| f.per_exposure = true), "count and sum only"),
        (with(Aggregate::Column, &|f| f.column = text("land")), "has no source"),
        (
            with(Aggregate::Column, &|f| (f.source, f.column) = (None, text("bouwjar"))),
            "did you mean `bouwjaar`",
        ),
        (with(Aggregate::YearsSince, &|f| (f.source, f.column) = (None, text("soort"))), "not years"),
        (with(Aggregate::Published, &|f| f.column = text("omvang")), "figures source `vondsten`"),
        (with(Aggregate::Count, &|f| f.name = "Vondsten!".to_owned()), "lower case"),
    ];
    let study = Study::new(UnitOfStudy::Pand, false);
    for (spec, part) in refused {
        let message =
            Plan::new(study.unit, &[spec], &study.target, &study.calendar, &tables).unwrap_err().to_string();
        assert!(message.contains(part), "`{message}` should say `{part}`");
    }
}

#[test]
fn a_broken_target_is_refused_with_a_remedy() {
    let mut tables = Town::small(1);
    let study = Study::new(UnitOfStudy::Pand, false);
    let refuse = |tables: &Tables, target: &Target, part: &str| {
        let message = Plan::new(study.unit, &[], target, &study.calendar, tables).unwrap_err().to_string();
        assert!(message.contains(part), "`{message}` should say `{part}`");
    };
    let one = |events, visits| target(events, visits, "one", Unseen::Unknown);
    refuse(&tables, &one(None, None), "name at least one");
    refuse(&tables, &one(Some("vondstn"), None), "did you mean `vondsten`");
    refuse(&tables, &one(None, Some("vondsten")), "visits source `vondsten`");
    refuse(&tables, &target(Some("vondsten"), None, "huizen", Unseen::Unknown), "no column `huizen`");
    refuse(&tables, &target(Some("vondsten"), None, "soort", Unseen::Unknown), "holds categories");
    tables.events[0].count[3] = 0.5;
    refuse(&tables, &one(Some("vondsten"), None), "row 4");
    tables.events[0].count[3] = -1.0;
    refuse(&tables, &one(Some("vondsten"), None), "0 or more");
}

#[test]
fn other_tables_are_noticed() {
    let mut tables = Town::small(1);
    let study = Study::new(UnitOfStudy::Pand, false);
    let plan = study.plan(&tables);
    tables.units.columns.swap(0, 1);
    let message = plan.rows(&tables, Day(START)).unwrap_err().to_string();
    assert!(message.contains("units.omvang"), "{message}");
}

#[test]
fn schemas_say_what_columns_are() {
    use models::FeatureKind;
    let tables = Town::small(1);
    let mut study = Study::new(UnitOfStudy::Pand, false);
    let schema = study.plan(&tables).schema().clone();
    let kind = |name: &str| &schema.features.iter().find(|f| f.name == name).unwrap().kind;
    assert_eq!(*kind("f0"), FeatureKind::Count);
    assert_eq!(*kind("leeftijd_missing"), FeatureKind::Flag);
    assert_eq!(*kind("leeftijd"), FeatureKind::Continuous);
    assert!(matches!(kind("soort"), FeatureKind::Nominal { categories } if categories.len() == 3));
    assert!(matches!(kind("soort_gemeente"), FeatureKind::Nominal { .. }));
    for feature in &schema.features {
        assert!(!feature.passport.known_from.nl.is_empty() && !feature.passport.definition.en.is_empty());
    }
    study.features = counts(&["1 year", "90 days"]).features;
    let schema = study.plan(&tables).schema().clone();
    let names: Vec<&str> = schema.features.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(
        names,
        ["nabij_49_999m_1y", "nabij_49_999m_90d", "nabij_50m_1y", "nabij_50m_90d", "eigen_1y", "eigen_90d"]
    );
    let label = &schema.features[3].label;
    assert_eq!(
        (label.nl.as_str(), label.en.as_str()),
        ("nabij, binnen 50 m, afgelopen 90 dagen", "nabij, within 50 m, past 90 days")
    );
}
