//! Tests of the scorecard on made-up rows, and against slow definitions.

use std::collections::BTreeMap;

use crate::additive::{AdditiveModel, Link};
use crate::learner::conformance::check_learner;
use crate::learner::{FitError, Learner, Monitor, Silent, Step, TrainingData};
use crate::matrix::Matrix;
use crate::schema::{FeatureKind, Schema, Sign};
use crate::testing::{Stream, feature, made_up_rows, schema, text};

use super::{Card, Scorecard, ScorecardSettings, Told};

struct World {
    matrix: Matrix,
    outcome: Vec<f64>,
    exposure: Vec<f64>,
    group: Vec<u32>,
}

impl World {
    fn new(schema: &Schema, rows: usize, seed: u64, exposed: bool) -> Self {
        let matrix = made_up_rows(schema, rows, seed);
        let mut stream = Stream(seed ^ 99);
        let mut exposure = vec![1.0; rows];
        let mut outcome = vec![0.0; rows];
        for i in 0..rows {
            let row = matrix.row(i);
            let sum = -2.0
                + 0.9 * f64::from(u8::from(row[0] >= 150.0))
                + 0.8 * f64::from(u8::from(row[1] >= 2.0))
                + 0.4 * f64::from(u8::from(row[2] == 1.0))
                + 0.6 * f64::from(u8::from(row[3] == 2.0));
            if exposed {
                exposure[i] = 0.5 + 2.0 * stream.next();
            }
            let expected = exposure[i] * sum.exp();
            let chance = if exposed { 1.0 - (-expected).exp() } else { 1.0 / (1.0 + (-sum).exp()) };
            outcome[i] = f64::from(u8::from(stream.next() < chance));
            if exposed && outcome[i] > 0.0 && stream.next() < 0.2 {
                outcome[i] = 2.0;
            }
        }
        Self { matrix, outcome, exposure, group: (0..rows as u32).map(|i| i / 3).collect() }
    }

    fn data<'a>(&'a self, weight: &'a [f64]) -> TrainingData<'a> {
        TrainingData::new(&self.matrix, &self.outcome, &self.exposure, weight, &self.group).unwrap()
    }
}

fn quick() -> ScorecardSettings {
    ScorecardSettings { bags: 4, thresholds: 8, ..ScorecardSettings::default() }
}

fn scorecard(settings: ScorecardSettings) -> Scorecard {
    Scorecard::new("kaart", text("kaart"), settings)
}

#[test]
fn every_promise_is_kept() {
    let one = vec![1.0; 2000];
    check_learner(&scorecard(quick()), &World::new(&schema(), 2000, 1, false).data(&one)).unwrap();
    let counts = scorecard(ScorecardSettings { outcome: Told::Count, ..quick() });
    check_learner(&counts, &World::new(&schema(), 2000, 2, true).data(&one)).unwrap();
}

/// The card adds up on paper to what the model says, for every row.
#[test]
fn the_printed_card_says_what_the_model_says() {
    for (seed, told) in [(3, Told::Chance), (4, Told::Count)] {
        let world = World::new(&schema(), 1500, seed, told == Told::Count);
        let one = vec![1.0; 1500];
        let settings = ScorecardSettings { outcome: told, terms: 8, minimum_rows: 5.0, ..quick() };
        let model = scorecard(settings).fit(&world.data(&one), &Silent).unwrap();
        let per_point = model.per_point.unwrap();
        for values in model.contributions(&world.matrix) {
            for value in values {
                let points = value / per_point;
                assert!((points - points.round()).abs() < 1e-9, "{value} is {points} points");
            }
        }
        let card = Card::of(&model).unwrap();
        for (i, expected) in model.predict(&world.matrix).into_iter().enumerate() {
            let points = card.points(&world.matrix.row(i));
            let told = card.expected(points).unwrap();
            assert!(
                (told - expected).abs() < 1e-12 * (1.0 + expected),
                "row {i}: {points}, {told}, {expected}"
            );
        }
        let printed = card.text();
        assert!(printed.nl.contains("punten") && printed.en.contains("points"));
        assert_eq!(printed.en.lines().count(), card.lines.len() + card.totals.len() + 3);
        assert_eq!(model.spread.unwrap().bags.len(), 4);
    }
}

#[test]
fn a_card_reads_like_a_card() {
    // So many rows that 150 is in the gap of the middle quantile.
    let world = World::new(&schema(), 20_000, 5, false);
    let one = vec![1.0; 20_000];
    let settings = ScorecardSettings { terms: 3, per_feature: 1, thresholds: 15, ..quick() };
    let model = scorecard(settings).fit(&world.data(&one), &Silent).unwrap();
    let printed = Card::of(&model).unwrap().text();
    assert!(printed.nl.contains("oppervlakte (nl): 150 of meer"), "{}", printed.nl);
    assert!(printed.nl.contains("vondsten (nl): 2 of meer"), "{}", printed.nl);
    assert!(printed.en.contains("gebruik (en): industrie") && printed.en.contains(" %"), "{}", printed.en);
}

/// All cards of three lines with points up to 3, each with its best intercept and contribution of a point: once
/// where the search tries all points of a set, once where it rounds and goes down from there.
#[test]
fn the_search_finds_the_best_of_all_small_cards() {
    let schema =
        Schema { features: (0..6).map(|j| feature(&format!("vlag_{j}"), FeatureKind::Flag)).collect() };
    for seed in 0..10 {
        let rows = 150;
        let gaps = made_up_rows(&schema, rows, seed);
        let known = |j: usize| gaps.column(j).iter().map(|x| if x.is_nan() { 0.0 } else { *x }).collect();
        let matrix = Matrix::new(schema.clone(), (0..6).map(known).collect(), rows).unwrap();
        let mut stream = Stream(seed + 500);
        let chance = |row: &[f32]| 0.15 + 0.3 * f64::from(row[0] * row[1]) + 0.2 * f64::from(row[3]);
        let outcome: Vec<f64> =
            (0..rows).map(|i| f64::from(u8::from(stream.next() < chance(&matrix.row(i))))).collect();
        let (one, group) = (vec![1.0; rows], vec![0; rows]);
        let data = TrainingData::new(&matrix, &outcome, &one, &one, &group).unwrap();
        let best = best_of_all(&matrix, &outcome);
        for all in [400, 0] {
            let settings = ScorecardSettings {
                terms: 3,
                points: 3,
                minimum_rows: 0.0,
                l2: 0.0,
                bags: 0,
                pool: 50,
                ..quick()
            };
            let model = Scorecard { all, ..scorecard(settings) }.fit(&data, &Silent).unwrap();
            let found = log_loss(&model.predict(&matrix), &outcome);
            assert!(found <= best + 1e-6, "seed {seed}, {all}: {found} instead of {best}");
            assert!(
                found >= best - 1e-6,
                "seed {seed}, {all}: {found} is below what any card can reach, {best}"
            );
        }
    }
}

fn best_of_all(matrix: &Matrix, outcome: &[f64]) -> f64 {
    let mut best = f64::INFINITY;
    for (a, b, c) in (0..6).flat_map(|a| (a + 1..6).flat_map(move |b| (b + 1..6).map(move |c| (a, b, c)))) {
        for points in (0..343).map(|n| [n % 7 - 3, n / 7 % 7 - 3, n / 49 - 3]) {
            let mut totals = BTreeMap::<i32, [f64; 2]>::new();
            for (i, find) in outcome.iter().enumerate() {
                let worth = |j: usize, w: i32| if matrix.column(j)[i] == 1.0 { w } else { 0 };
                let counted = totals.entry(worth(a, points[0]) + worth(b, points[1]) + worth(c, points[2]));
                let [rows, finds] = counted.or_default();
                *rows += 1.0;
                *finds += find;
            }
            best = best.min(best_loss(&totals));
        }
    }
    best
}

fn log_loss(chances: &[f64], outcome: &[f64]) -> f64 {
    chances.iter().zip(outcome).map(|(p, y)| -if *y > 0.0 { p.ln() } else { (1.0 - p).ln() }).sum()
}

/// Least loss over intercept and contribution of a point, by plain steps with halving; rows and finds by total.
fn best_loss(totals: &BTreeMap<i32, [f64; 2]>) -> f64 {
    let loss = |a: f64, t: f64| -> f64 {
        let of = |(total, [rows, finds]): (&i32, &[f64; 2])| {
            let chance = 1.0 / (1.0 + (-(a + t * f64::from(*total))).exp());
            -finds * chance.ln() - (rows - finds) * (1.0 - chance).ln()
        };
        totals.iter().map(of).sum()
    };
    let (mut a, mut t, mut length) = (0.0, 0.0, 1.0);
    let mut now = loss(a, t);
    while length > 1e-7 {
        let tries = [
            (length, 0.0),
            (-length, 0.0),
            (0.0, length),
            (0.0, -length),
            (length, -length),
            (-length, length),
        ];
        let next =
            tries.iter().map(|(x, y)| (loss(a + x, t + y), a + x, t + y)).min_by(|x, y| x.0.total_cmp(&y.0));
        match next {
            Some((lower, x, y)) if lower < now => (now, a, t) = (lower, x, y),
            _ => length /= 2.0,
        }
    }
    now
}

#[test]
fn sign_rules_make_monotone_effects() {
    for seed in 0..20 {
        let mut schema = schema();
        schema.features[0].passport.sign = Some(Sign::Falling);
        schema.features[1].passport.sign = Some(Sign::Rising);
        let world = World::new(&schema, 600, seed, false);
        let one = vec![1.0; 600];
        let settings = ScorecardSettings { terms: 8, minimum_rows: 3.0, ..quick() };
        let model = scorecard(settings).fit(&world.data(&one), &Silent).unwrap();
        let at = |j: usize, x: f32| -> f64 {
            let mut row = [f32::NAN; 4];
            row[j] = x;
            model.explain(&row).sum
        };
        for x in 0..300 {
            let (x, next) = (x as f32, x as f32 + 1.0);
            assert!(at(0, x) >= at(0, next) - 1e-12, "seed {seed}: area at {x}");
            assert!(at(1, x) <= at(1, next) + 1e-12, "seed {seed}: finds at {x}");
        }
    }
}

#[test]
fn twice_the_exposure_is_half_the_rate() {
    let mut world = World::new(&schema(), 1500, 7, true);
    let one = vec![1.0; 1500];
    let learner = scorecard(ScorecardSettings { outcome: Told::Count, ..quick() });
    let model = learner.fit(&world.data(&one), &Silent).unwrap();
    for exposure in &mut world.exposure {
        *exposure *= 2.0;
    }
    let halved = learner.fit(&world.data(&one), &Silent).unwrap();
    assert_eq!(model.link, Link::Log);
    for (rate, half) in model.predict(&world.matrix).iter().zip(halved.predict(&world.matrix)) {
        assert!((rate - 2.0 * half).abs() < 1e-6 * rate, "{rate} {half}");
    }
}

#[test]
fn the_pool_is_in_order_and_a_study_can_choose_from_it() {
    let world = World::new(&schema(), 1500, 8, false);
    let one = vec![1.0; 1500];
    let settings = ScorecardSettings { gap: 0.05, ..quick() };
    let cards = scorecard(settings.clone()).cards(&world.data(&one), &Silent).unwrap();
    assert!(cards.len() > 3);
    assert!(cards.windows(2).all(|c| c[0].loss <= c[1].loss + 1e-6));
    assert!(cards.iter().all(|c| c.loss <= 1.05 * cards[0].loss));
    let second = scorecard(ScorecardSettings { choice: 2, ..settings.clone() });
    let chosen = second.fit(&world.data(&one), &Silent).unwrap();
    assert_eq!(AdditiveModel { spread: None, ..chosen }, cards[1].model);
    let last = ScorecardSettings { choice: 20, gap: 0.0, ..settings };
    let told = scorecard(last).fit(&world.data(&one), &Silent).unwrap_err().to_string();
    assert!(told.contains("choice is 20, but the pool has"), "{told}");
}

#[test]
fn rows_that_cannot_carry_a_card_are_told() {
    let refused = |world: &World, settings: ScorecardSettings| {
        let one = vec![1.0; world.outcome.len()];
        scorecard(settings).fit(&world.data(&one), &Silent).unwrap_err()
    };
    let mut world = World::new(&schema(), 300, 9, false);
    let many = ScorecardSettings { minimum_rows: 1e6, ..quick() };
    assert!(refused(&world, many).to_string().contains("minimum_rows"));
    assert!(matches!(
        refused(&World::new(&schema(), 300, 9, true), quick()),
        FitError::ExposureNotOne { .. }
    ));
    world.outcome.fill(1.0);
    assert!(matches!(refused(&world, quick()), FitError::NoNegatives { .. }));
    let told = refused(&world, ScorecardSettings { terms: 0, ..quick() }).to_string();
    assert!(told.contains("terms is 0"), "{told}");
    world = World::new(&schema(), 300, 9, false);
    let columns = vec![vec![1.0; 300]; 4];
    world.matrix = Matrix::new(schema(), columns, 300).unwrap();
    assert!(matches!(refused(&world, quick()), FitError::NothingToFit { .. }));
}

struct Stops(bool);

impl Monitor for Stops {
    fn step(&self, _: &Step) {}

    fn cancelled(&self) -> bool {
        self.0
    }
}

#[test]
fn a_fit_can_be_stopped() {
    let world = World::new(&schema(), 300, 9, false);
    let one = vec![1.0; 300];
    let told = scorecard(quick()).fit(&world.data(&one), &Stops(true)).unwrap_err();
    assert!(matches!(told, FitError::Cancelled { .. }));
    scorecard(quick()).fit(&world.data(&one), &Stops(false)).unwrap();
}
