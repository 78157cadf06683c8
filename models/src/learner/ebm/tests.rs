//! The boosting machine as a whole, on made-up rows.

use proptest::prelude::*;

use super::{Auto, Ebm, EbmLoss, EbmSettings, Pairs};
use crate::additive::{AdditiveModel, Bins, Link, Shape};
use crate::learner::conformance::check_learner;
use crate::learner::{FitError, Learner, Monitor, Silent, Step, TrainingData};
use crate::matrix::Matrix;
use crate::schema::{FeatureKind, Schema, Sign};
use crate::testing::{Stream, feature, made_up_rows, schema, text};

/// Made-up rows: two of a unit, with what was found.
struct World {
    matrix: Matrix,
    outcome: Vec<f64>,
    exposure: Vec<f64>,
    weight: Vec<f64>,
    group: Vec<u32>,
}

impl World {
    fn of(matrix: Matrix, seed: u64, chance: impl Fn(&[f32]) -> f64) -> Self {
        let mut stream = Stream(seed ^ 0xEB);
        let rows = matrix.rows();
        let outcome =
            (0..rows).map(|i| f64::from(u8::from(stream.next() < chance(&matrix.row(i))))).collect();
        let group = (0..rows as u32).map(|i| 7 + i / 2).collect();
        Self { matrix, outcome, exposure: vec![1.0; rows], weight: vec![1.0; rows], group }
    }

    /// Rows of every kind of column, with counts over uneven exposure if `counted`.
    fn usual(rows: usize, seed: u64, counted: bool) -> Self {
        let mut world = Self::of(made_up_rows(&schema(), rows, seed), seed, usual);
        if counted {
            let mut stream = Stream(seed);
            for (y, e) in world.outcome.iter_mut().zip(&mut world.exposure) {
                *e = 0.5 + (4.0 * stream.next()).floor();
                *y *= (3.0 * stream.next()).ceil();
            }
        }
        world
    }

    fn data(&self) -> TrainingData<'_> {
        TrainingData::new(&self.matrix, &self.outcome, &self.exposure, &self.weight, &self.group).unwrap()
    }

    fn fit(&self, settings: &EbmSettings) -> AdditiveModel {
        Ebm::new("ebm", text("ebm"), settings.clone()).fit(&self.data(), &Silent).unwrap()
    }
}

/// Rises with the area from 150 on, and is high where a building is empty and industrial.
fn usual(row: &[f32]) -> f64 {
    let area: f64 = if row[0] >= 150.0 { 1.2 } else { 0.0 };
    let corner = if row[2] == 1.0 && row[3] == 2.0 { 1.5 } else { 0.0 };
    1.0 / (1.0 + (1.8 - area - corner).exp())
}

fn quick() -> EbmSettings {
    EbmSettings {
        bags: 4,
        rounds: 40,
        steps: 4,
        learning_rate: 0.03,
        smoothing_rounds: 6,
        patience: 6,
        pairs: Pairs::Most(2),
        ..EbmSettings::default()
    }
}

#[test]
fn it_keeps_the_promises_of_every_learner() {
    for (loss, counted) in [(EbmLoss::Binomial, false), (EbmLoss::Poisson, true)] {
        let world = World::usual(700, 3, counted);
        let learner = Ebm::new("ebm", text("ebm"), EbmSettings { loss: Some(loss), ..quick() });
        assert_eq!(check_learner(&learner, &world.data()), Ok(()), "{loss:?}");
    }
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let world = World::usual(600, 5, true);
    let told = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| world.fit(&quick())).to_json().unwrap()
    };
    let one = told(1);
    assert_eq!(told(2), one);
    assert_eq!(told(4), one);
}

#[test]
fn twice_the_exposure_is_half_the_rate() {
    let mut world = World::usual(600, 8, true);
    let before = world.fit(&quick());
    world.exposure.iter_mut().for_each(|e| *e *= 2.0);
    let after = world.fit(&quick());
    assert_eq!(before.link, Link::Log);
    assert_eq!(before.terms, after.terms);
    assert!((before.intercept - after.intercept - 2f64.ln()).abs() < 1e-9);
    let expected: f64 = after.predict(&world.matrix).iter().zip(&world.exposure).map(|(r, e)| r * e).sum();
    assert!((expected - after.finds).abs() < 1e-6 * after.finds, "{expected} for {}", after.finds);
}

#[test]
fn known_shapes_come_back() {
    let world = World::of(made_up_rows(&schema(), 6000, 11), 11, usual);
    let model = world.fit(&EbmSettings { pairs: Pairs::Most(3), ..EbmSettings::default() });
    let at = |row: [f32; 4]| model.explain(&row).sum;
    // The step of 1.2 at 150, and nothing on either side of it.
    assert!((at([250.0, 1.0, 0.0, 0.0]) - at([50.0, 1.0, 0.0, 0.0]) - 1.2).abs() < 0.25);
    assert!((at([290.0, 1.0, 0.0, 0.0]) - at([170.0, 1.0, 0.0, 0.0])).abs() < 0.35);
    // The corner of 1.5, and not its sides.
    let corner = |empty: f32, r#use: f32| at([50.0, 1.0, empty, r#use]);
    let rise = (corner(1.0, 2.0) - corner(0.0, 2.0)) - (corner(1.0, 0.0) - corner(0.0, 0.0));
    // The price of the rule that pairs must be sure: it stops before the last third of the corner (1.00 of 1.5), which the
    // round of least loss would still learn (above 1.1).
    assert!((0.9..1.9).contains(&rise), "{rise}");
    let pairs: Vec<&str> = model.terms.iter().map(|t| t.name.as_str()).filter(|n| n.contains('&')).collect();
    assert!(pairs.contains(&"leeg & gebruik"), "{pairs:?}");
    let errors = model.spread.as_ref().unwrap().standard_errors().unwrap();
    assert!(errors.iter().flatten().any(|e| *e > 0.01) && errors.iter().flatten().all(|e| *e < 2.0));
}

#[test]
fn pairs_say_nothing_of_one_feature_alone() {
    let world = World::of(made_up_rows(&schema(), 3000, 4), 4, usual);
    let model = world.fit(&quick());
    let grids: Vec<_> = model.terms.iter().filter(|t| matches!(t.shape, Shape::Grid { .. })).collect();
    assert!(!grids.is_empty());
    for term in grids {
        let Shape::Grid { bins, other, other_bins, scores } = &term.shape else { unreachable!() };
        let mut rows = vec![0.0; bins.count()];
        let mut columns = vec![0.0; other_bins.count()];
        for i in 0..world.matrix.rows() {
            let row = bins.of(world.matrix.column(term.feature)[i]);
            let column = other_bins.of(world.matrix.column(*other)[i]);
            rows[row] += scores[row][column];
            columns[column] += scores[row][column];
        }
        assert!(rows.iter().chain(&columns).all(|margin| margin.abs() < 1e-6), "{}", term.name);
    }
}

#[test]
fn pairs_of_noise_are_left_out_and_features_with_a_sign_stay_out_of_pairs() {
    let additive = |row: &[f32]| if row[0] >= 150.0 { 0.5 } else { 0.15 };
    let world = World::of(made_up_rows(&schema(), 2000, 21), 21, additive);
    let model = world.fit(&EbmSettings { pairs: Pairs::Most(6), ..quick() });
    assert!(model.terms.iter().all(|t| !t.name.contains('&')), "pairs without interaction");
    let mut world = World::of(made_up_rows(&schema(), 3000, 4), 4, usual);
    let mut signed = schema();
    signed.features[2].passport.sign = Some(Sign::Rising);
    let columns = (0..4).map(|j| world.matrix.column(j).to_vec()).collect();
    world.matrix = Matrix::new(signed, columns, 3000).unwrap();
    let model = world.fit(&EbmSettings { pairs: Pairs::Most(6), ..quick() });
    assert!(model.terms.iter().all(|t| !t.name.contains("leeg &") && !t.name.contains("& leeg")));
}

#[test]
fn rare_finds_that_can_be_told_apart_do_not_run_away() {
    struct Count(std::sync::atomic::AtomicU32);
    impl Monitor for Count {
        fn step(&self, _: &Step) {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    }
    let features = (0..6).map(|j| feature(&format!("x{j}"), FeatureKind::Continuous)).collect();
    let matrix = made_up_rows(&Schema { features }, 3000, 9);
    let world = World::of(matrix, 9, |row| f64::from(u8::from(row[0] > 290.0 && row[1] > 150.0)));
    let settings =
        EbmSettings { pairs: Pairs::Most(15), rounds: 60, patience: 60, bags: 5, ..EbmSettings::default() };
    let count = Count(0.into());
    let model = Ebm::new("ebm", text("ebm"), settings).fit(&world.data(), &count).unwrap();
    assert!(count.0.into_inner() <= 2 * 60);
    let expected = model.predict(&world.matrix);
    let (mut found, mut not) = (Vec::new(), Vec::new());
    expected
        .iter()
        .zip(&world.outcome)
        .for_each(|(e, y)| if *y > 0.0 { found.push(*e) } else { not.push(*e) });
    assert!(found.iter().all(|f| f.is_finite()) && found.len() < 60);
    let highest = not.iter().copied().fold(0.0, f64::max);
    assert!(found.iter().filter(|f| **f > highest).count() * 10 >= found.len() * 7, "{found:?} {highest}");
}

#[test]
fn only_the_most_telling_features_stay_when_terms_are_few() {
    let world = World::usual(2000, 13, false);
    let model = world.fit(&EbmSettings { terms: Some(1), pairs: Pairs::Most(0), ..quick() });
    let names: Vec<&str> = model.terms.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(names, ["oppervlakte"]);
    assert!(model.notes.iter().any(|n| n.en.contains("room for fewer terms: vondsten, leeg, gebruik")));
}

#[test]
fn unseen_categories_and_values_count_as_the_mean() {
    let mut world = World::usual(800, 6, false);
    let mut columns: Vec<Vec<f32>> = (0..4).map(|j| world.matrix.column(j).to_vec()).collect();
    columns[3].iter_mut().for_each(|x| *x = if *x == 1.0 || x.is_nan() { 0.0 } else { *x });
    world.matrix = Matrix::new(schema(), columns, 800).unwrap();
    let model = world.fit(&EbmSettings { pairs: Pairs::Most(0), ..quick() });
    let term = model.terms.iter().find(|t| t.name == "gebruik").unwrap();
    let Shape::Categories { scores, missing } = &term.shape else { panic!("{:?}", term.shape) };
    assert_eq!((scores[1], *missing), (0.0, 0.0));
    assert!(scores[2] > scores[0]);
}

#[test]
fn it_can_be_followed_and_stopped() {
    struct Stop(std::sync::Mutex<Vec<Step>>);
    impl Monitor for Stop {
        fn step(&self, step: &Step) {
            self.0.lock().unwrap().push(step.clone());
        }
        fn cancelled(&self) -> bool {
            self.0.lock().unwrap().len() == 3
        }
    }
    let (world, stop) = (World::usual(400, 1, false), Stop(std::sync::Mutex::default()));
    let told = Ebm::new("ebm", text("ebm"), quick()).fit(&world.data(), &stop);
    assert!(matches!(told, Err(FitError::Cancelled { .. })));
    let steps = stop.0.into_inner().unwrap();
    assert!(steps.iter().zip(1..).all(|(s, n)| s.stage == "features" && s.number == n && s.of == 40));
    assert!(steps[2].loss < steps[0].loss);
}

#[test]
fn what_cannot_be_learned_from_is_told() {
    let told = |world: &World, settings: EbmSettings| {
        Ebm::new("ebm", text("ebm"), settings).fit(&world.data(), &Silent).unwrap_err().to_string()
    };
    let mut world = World::usual(60, 1, false);
    world.group = vec![4; 60];
    assert!(told(&world, quick()).contains("all training rows are of one unit"));
    let mut world = World::usual(60, 1, false);
    world.outcome = vec![1.0; 60];
    assert!(told(&world, quick()).contains("every one of the 60 training rows has a find"));
    world.exposure[3] = 2.0;
    let binomial = EbmSettings { loss: Some(EbmLoss::Binomial), ..quick() };
    assert!(told(&world, binomial).contains("row 3 has exposure 2"));
    let mut world = World::usual(60, 1, false);
    world.matrix = Matrix::new(schema(), vec![vec![1.0; 60]; 4], 60).unwrap();
    assert!(told(&world, quick()).contains("Every feature is constant"));
    let world = World::usual(60, 1, false);
    assert!(told(&world, EbmSettings { bags: 1, ..quick() }).contains("bags is 1; it must be 2 to 200"));
    let many = FeatureKind::Nominal { categories: (0..70_000).map(|i| i.to_string()).collect() };
    let schema = Schema { features: vec![feature("straat", many)] };
    let mut world = World::usual(60, 1, false);
    world.matrix = Matrix::new(schema, vec![(0..60).map(|i| i as f32).collect()], 60).unwrap();
    assert!(told(&world, quick()).contains("70000 categories"));
}

#[test]
fn a_study_file_gives_settings() {
    let read = |text: &str| toml::from_str::<EbmSettings>(text);
    assert_eq!(read("pairs = \"auto\"\nloss = \"poisson\"").unwrap().loss, Some(EbmLoss::Poisson));
    assert_eq!(read("pairs = 3").unwrap().pairs, Pairs::Most(3));
    assert_eq!(read("").unwrap().pairs, Pairs::Auto(Auto::Auto));
    assert!(read("pairs = \"all\"").is_err() && read("depth = 3").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Sign rules hold in the model and in every bag, whatever the rows say.
    #[test]
    fn sign_rules_hold(seed in 0u64..100_000, signs in prop::collection::vec(0u8..3, 3), leaves in 2u16..4) {
        let mut signed = schema();
        for (feature, sign) in signed.features.iter_mut().zip(&signs) {
            feature.passport.sign = [None, Some(Sign::Rising), Some(Sign::Falling)][usize::from(*sign)];
        }
        let mut stream = Stream(seed);
        let lean = 6.0 * stream.next() - 3.0;
        let chance = |row: &[f32]| 1.0 / (1.0 + (1.0 - lean * (f64::from(row[0]) / 20.0).sin()).exp());
        let mut world = World::of(made_up_rows(&signed, 160, seed), seed, chance);
        world.outcome[0] = 1.0;
        world.outcome[1] = 0.0;
        let settings = EbmSettings { bags: 3, rounds: 12, smoothing_rounds: 3, leaves, ..quick() };
        let learner = Ebm::new("ebm", text("ebm"), settings);
        let model = match learner.fit(&world.data(), &Silent) {
            Ok(model) => model,
            Err(FitError::NothingToFit { .. }) => return Ok(()),
            Err(told) => return Err(TestCaseError::fail(told.to_string())),
        };
        let spread = model.spread.as_ref().unwrap();
        for (t, term) in model.terms.iter().enumerate() {
            let Some(sign) = signed.features[term.feature].passport.sign else { continue };
            prop_assert!(!term.name.contains('&'));
            let of_bags = spread.bags.iter().map(|bag| bag.parameters[t].clone());
            for mut scores in of_bags.chain([term.shape.parameters()]) {
                scores.pop();
                let kept = scores.windows(2).all(|pair| match sign {
                    Sign::Rising => pair[1] >= pair[0] - 1e-12,
                    Sign::Falling => pair[1] <= pair[0] + 1e-12,
                });
                prop_assert!(kept, "{} {sign:?}: {scores:?}", term.name);
            }
        }
        prop_assert!(model.validate().is_ok());
    }
}

#[test]
fn edges_of_pairs_are_edges_of_their_features() {
    let world = World::of(made_up_rows(&schema(), 3000, 4), 4, usual);
    let model = world.fit(&EbmSettings { bins: 40, pair_bins: 6, pairs: Pairs::Most(6), ..quick() });
    for term in &model.terms {
        if let Shape::Grid { bins: Bins::Edges(edges), .. } = &term.shape {
            assert!(edges.len() <= 5);
        }
    }
}
