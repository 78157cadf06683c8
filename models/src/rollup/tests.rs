//! Tests of the roll-up, against slow definitions.

mod history;

use proptest::prelude::*;

use super::*;
use crate::additive::{Bag, Link, Shape, Spread, Term, Transform};
use crate::bundle::{Class, Suppression};
use crate::schema::{FeatureKind, Schema};
use crate::testing::{Stream, every_shape, feature, made_up_rows, text};

/// One gemeente with wijken, each with buurten.
fn areas(wijken: usize, buurten: usize) -> Vec<Area> {
    let area = |code: String, level: &str, parent| Area {
        name: format!("naam {code}"),
        code,
        level: level.to_owned(),
        parent,
    };
    let mut all = vec![area("GM01".to_owned(), "gemeente", None)];
    for w in 0..wijken {
        let wijk = all.len() as u32;
        all.push(area(format!("WK01{w:02}"), "wijk", Some(0)));
        for b in 0..buurten {
            all.push(area(format!("BU01{w:02}{b:02}"), "buurt", Some(wijk)));
        }
    }
    all
}

fn rules(minimum_units: u32) -> Rules {
    Rules {
        levels: Vec::new(),
        top_k: BTreeMap::from([("buurt".to_owned(), 3)]),
        minimum_units,
        seed: 42,
        draws: 500,
        exposure_unit: text("panden"),
    }
}

/// Rows over the buurten, more in the later ones.
fn spread(areas: &[Area], rows: usize, seed: u64) -> Vec<Option<u32>> {
    let buurten: Vec<u32> = (0..areas.len() as u32).filter(|&i| areas[i as usize].level == "buurt").collect();
    let mut stream = Stream(seed);
    (0..rows).map(|_| Some(buurten[(stream.next().sqrt() * buurten.len() as f64) as usize])).collect()
}

fn with_covariance(link: Link, deviation: f64) -> AdditiveModel {
    let mut model = every_shape(link);
    let size = model.terms.len() + 1;
    model.covariance = vec![vec![0.0; size]; size];
    for (i, row) in model.covariance.iter_mut().enumerate() {
        row[i] = deviation * deviation * if i == 1 { 1e-6 } else { 1.0 };
    }
    model
}

fn score<'a>(rollup: &'a Rollup, code: &str) -> &'a AreaScore {
    rollup.areas.iter().find(|a| a.code == code).unwrap()
}

#[test]
fn totals_add_up_over_the_levels() {
    let (areas, model) = (areas(3, 4), with_covariance(Link::Log, 0.1));
    let matrix = made_up_rows(&model.schema, 3000, 1);
    let mut area = spread(&areas, 3000, 2);
    area[7] = None;
    let exposure: Vec<f64> = (0..3000).map(|i| 1.0 + f64::from(i % 3)).collect();
    let units = Units {
        model: &model,
        matrix: &matrix,
        exposure: &exposure,
        area: &area,
        areas: &areas,
        history: None,
    };
    let rollup = roll_up(&units, &rules(1)).unwrap();
    assert_eq!(rollup.unplaced, 1);
    let order: Vec<(&str, &str)> = rollup.areas.iter().map(|a| (a.level.as_str(), a.code.as_str())).collect();
    assert!(order.windows(2).all(|w| w[0] < w[1]));
    let expected = model.predict(&matrix);
    for (code, level) in [("BU010003", "buurt"), ("WK0101", "wijk"), ("GM01", "gemeente")] {
        let figures = score(&rollup, code).figures.as_ref().unwrap();
        let inside = |i: usize| {
            let mut at = area[i];
            while let Some(a) = at {
                if areas[a as usize].code == code {
                    return true;
                }
                at = areas[a as usize].parent;
            }
            false
        };
        let rows: Vec<usize> = (0..3000).filter(|&i| inside(i)).collect();
        let sum: f64 = rows.iter().map(|&i| expected[i] * exposure[i]).sum();
        assert_eq!(figures.units as usize, rows.len(), "{level}");
        assert!((figures.expected - sum).abs() < 1e-9 * sum);
        assert!((figures.rate_per_1000 / 1000.0 * figures.exposure - sum).abs() < 1e-9 * sum);
        assert!(figures.low < sum && sum < figures.high);
    }
    assert_eq!(score(&rollup, "WK0101").parent.as_deref(), Some("GM01"));
    assert_eq!(rollup.top_k["buurt"], 3);
    assert_eq!(rollup.top_k["wijk"], 1);
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let areas = areas(4, 5);
    for model in [with_covariance(Link::Logit, 0.2), every_shape(Link::Identity)] {
        let matrix = made_up_rows(&model.schema, 2000, 3);
        let (area, exposure) = (spread(&areas, 2000, 4), vec![1.0; 2000]);
        let units = Units {
            model: &model,
            matrix: &matrix,
            exposure: &exposure,
            area: &area,
            areas: &areas,
            history: None,
        };
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| roll_up(&units, &rules(5)).unwrap())
        };
        let one = on(1);
        assert_eq!(one, on(2));
        assert_eq!(one, on(3));
        let other = roll_up(&units, &Rules { seed: 43, ..rules(5) }).unwrap();
        assert_ne!(one, other);
    }
}

/// Draws in blocks give what scoring every row with each drawn model gives.
#[test]
fn drawn_models_are_scored_as_models() {
    let areas = areas(2, 2);
    for link in [Link::Identity, Link::Logit, Link::Log] {
        let model = with_covariance(link, 0.3);
        let matrix = made_up_rows(&model.schema, 700, 5);
        let (area, exposure) = (spread(&areas, 700, 6), vec![2.0; 700]);
        let units = Units {
            model: &model,
            matrix: &matrix,
            exposure: &exposure,
            area: &area,
            areas: &areas,
            history: None,
        };
        let rules = Rules { draws: 20, ..rules(1) };
        let tree = tree::Tree::new(&units, &rules).unwrap();
        let effects = effects::Effects::of(None, areas.len(), &tree).unwrap();
        let totals = totals::Totals::of(&units, &tree, &effects).unwrap();
        let draws = draws::expectations(&units, &rules, &tree, &effects, &totals).unwrap();
        let gemeente = tree.published.iter().position(|&i| i == 0).unwrap();
        let children: f64 = tree.children[gemeente].iter().map(|&c| draws.of(c)[3]).sum();
        assert!((children - draws.of(gemeente)[3]).abs() < 1e-9);
        let mean = draws.of(gemeente).iter().sum::<f64>() / 20.0;
        assert!((mean / totals.expected[gemeente] - 1.0).abs() < 0.4);
        // The covariance is diagonal: with one coefficient uncertain, a draw is a shift of that one.
        let mut single = model.clone();
        for (i, row) in single.covariance.iter_mut().enumerate() {
            row[i] = if i == 3 { 0.04 } else { 0.0 };
        }
        let units = Units { model: &single, ..units };
        let draws = draws::expectations(&units, &rules, &tree, &effects, &totals).unwrap();
        let shifted = |shift: f64| {
            let mut moved = single.clone();
            if let Shape::Linear { coefficient, .. } = &mut moved.terms[2].shape {
                *coefficient += shift;
            }
            2.0 * moved.predict(&matrix).iter().sum::<f64>()
        };
        let target = draws.of(gemeente)[0];
        let (mut low, mut high) = (-2.0, 2.0);
        let rising = shifted(high) > shifted(low);
        for _ in 0..80 {
            let middle = f64::midpoint(low, high);
            if (shifted(middle) < target) == rising { low = middle } else { high = middle }
        }
        let shift = low;
        for &buurt in &tree.children[tree.children[gemeente][1]] {
            let rows: Vec<usize> = tree.rows[buurt].clone();
            let mut moved = single.clone();
            if let Shape::Linear { coefficient, .. } = &mut moved.terms[2].shape {
                *coefficient += shift;
            }
            let part = 2.0 * moved.predict(&matrix.select(&rows)).iter().sum::<f64>();
            assert!((part - draws.of(buurt)[0]).abs() < 1e-6 * part.max(1.0), "{link:?}");
        }
    }
}

/// A model with one coefficient per unit: the rate itself.
fn rate_model(finds: f64) -> AdditiveModel {
    let shape = Shape::Linear { coefficient: 1.0, center: 0.0, transform: Transform::Identity, missing: 0.0 };
    let term = Term { name: "rate".to_owned(), label: text("rate"), feature: 0, shape };
    AdditiveModel {
        link: Link::Identity,
        intercept: 0.0,
        terms: vec![term],
        calibration: None,
        finds,
        schema: Schema { features: vec![feature("rate", FeatureKind::Continuous)] },
        ..every_shape(Link::Identity)
    }
}

fn study(rates: &[f32], exposure: f64, finds: f64) -> Rollup {
    let areas: Vec<Area> = (0..rates.len())
        .map(|i| Area {
            code: format!("BU{i:04}"),
            name: String::new(),
            level: "buurt".to_owned(),
            parent: None,
        })
        .collect();
    let model = rate_model(finds);
    let matrix = Matrix::new(model.schema.clone(), vec![rates.to_vec()], rates.len()).unwrap();
    let exposure = vec![exposure; rates.len()];
    let area: Vec<Option<u32>> = (0..rates.len() as u32).map(Some).collect();
    let units = Units {
        model: &model,
        matrix: &matrix,
        exposure: &exposure,
        area: &area,
        areas: &areas,
        history: None,
    };
    roll_up(&units, &rules(0)).unwrap()
}

#[test]
fn counts_make_intervals_and_ranks_of_a_model_without_covariance() {
    let rates = [1.0, 0.1, 0.2, 0.1, 0.1, 0.1];
    let sure = study(&rates, 1000.0, 100_000.0);
    let unsure = study(&rates, 1000.0, 16.0);
    let figures = |rollup: &Rollup, code: &str| score(rollup, code).figures.clone().unwrap();
    let top = figures(&sure, "BU0000");
    assert_eq!((top.rank, top.rank_low, top.rank_high), (1, 1, 1));
    assert_eq!(top.class, Class::High);
    assert_eq!(figures(&sure, "BU0001").class, Class::Low);
    // Poisson(1000) has a standard deviation of 32.
    assert!((top.high - top.low - 2.0 * 1.645 * 31.6).abs() < 15.0, "{top:?}");
    let doubtful = figures(&unsure, "BU0002");
    assert!(doubtful.rank_high > doubtful.rank_low + 2, "{doubtful:?}");
    assert_eq!(figures(&sure, "BU0001").rank, 3, "of equals, the first code");
    assert_eq!(figures(&sure, "BU0005").rank, 6);
    let chances: f64 = unsure.areas.iter().map(|a| a.figures.as_ref().unwrap().chance_top_k).sum();
    assert!((chances - 3.0).abs() < 1e-9, "the top has three places in every draw");
    let vague = study(&[0.5, 0.4, 0.5], 10.0, 1.5);
    assert_eq!(figures(&vague, "BU0000").class, Class::NotEnoughData);
}

#[test]
fn a_zero_baseline_is_not_certainty() {
    let rollup = study(&[0.0, 0.5, 0.5], 10.0, 10.0);
    let zero = score(&rollup, "BU0000").figures.clone().unwrap();
    assert_eq!(zero.expected, 0.0);
    assert!(zero.high >= 1.0, "{zero:?}");
}

#[test]
fn reasons_are_differences_from_the_mean_over_all_units() {
    let areas = areas(1, 2);
    let model = with_covariance(Link::Log, 0.1);
    let matrix = made_up_rows(&model.schema, 200, 8);
    let area: Vec<Option<u32>> = (0..200).map(|i| Some(2 + u32::from(i % 4 == 0))).collect();
    let exposure = vec![1.0; 200];
    let units = Units {
        model: &model,
        matrix: &matrix,
        exposure: &exposure,
        area: &area,
        areas: &areas,
        history: None,
    };
    let rollup = roll_up(&units, &rules(1)).unwrap();
    let columns = model.contributions(&matrix);
    let buurt = score(&rollup, "BU010001");
    assert_eq!(buurt.reasons.len(), 4);
    assert_eq!(score(&rollup, "BU010000").reasons[0].term, SIZE, "three in four panden lie here");
    assert!(buurt.reasons.windows(2).all(|w| w[0].contribution.abs() >= w[1].contribution.abs()));
    for reason in &buurt.reasons {
        let t = model.terms.iter().position(|term| term.name == reason.term).unwrap();
        let all = columns[t].iter().sum::<f64>() / 200.0;
        let own: f64 = (0..200).step_by(4).map(|i| columns[t][i]).sum::<f64>() / 50.0;
        assert!((own - all - reason.contribution).abs() < 1e-12);
    }
    assert!(score(&rollup, "GM01").reasons.is_empty(), "everything is the mean");
}

#[test]
fn published_levels_can_be_chosen() {
    let areas = areas(2, 2);
    let model = with_covariance(Link::Log, 0.1);
    let matrix = made_up_rows(&model.schema, 100, 9);
    let (area, exposure) = (spread(&areas, 100, 10), vec![1.0; 100]);
    let units = Units {
        model: &model,
        matrix: &matrix,
        exposure: &exposure,
        area: &area,
        areas: &areas,
        history: None,
    };
    let chosen = Rules { levels: vec!["wijk".to_owned()], ..rules(1) };
    let rollup = roll_up(&units, &chosen).unwrap();
    let codes: Vec<&str> = rollup.areas.iter().map(|a| a.code.as_str()).collect();
    assert_eq!(codes, ["WK0100", "WK0101"]);
    assert_eq!(rollup.areas.iter().map(|a| a.figures.as_ref().unwrap().units).sum::<u32>(), 100);
    let none = Rules { levels: vec!["straat".to_owned()], ..rules(1) };
    assert_eq!(roll_up(&units, &none).unwrap().unplaced, 100);
}

#[test]
fn input_that_does_not_fit_is_told() {
    let mut areas = areas(1, 2);
    let model = with_covariance(Link::Log, 0.1);
    let matrix = made_up_rows(&model.schema, 3, 11);
    let (area, exposure) = (vec![Some(2); 3], vec![1.0; 3]);
    let told = |areas: &[Area], area: &[Option<u32>], exposure: &[f64], model: &AdditiveModel| {
        let units = Units { model, matrix: &matrix, exposure, area, areas, history: None };
        roll_up(&units, &rules(1)).unwrap_err().to_string()
    };
    assert!(told(&areas, &area[1..], &exposure, &model).contains("area has 2 values for 3 rows"));
    assert!(told(&areas, &[Some(99); 3], &exposure, &model).contains("area number 99"));
    assert!(told(&areas, &area, &[1.0, -1.0, 1.0], &model).contains("exposure of row 1 is -1"));
    let unsure = AdditiveModel { finds: 0.0, ..every_shape(Link::Log) };
    assert!(told(&areas, &area, &exposure, &unsure).contains("neither bags, a covariance"));
    let wild = AdditiveModel { intercept: 1e4, ..model.clone() };
    assert!(told(&areas, &area, &exposure, &wild).contains("is scored inf"));
    areas[0].parent = Some(2);
    assert!(told(&areas, &area, &exposure, &model).contains("in itself"));
    areas[0].parent = None;
    areas[1].code = "GM01".to_owned();
    assert!(told(&areas, &area, &exposure, &model).contains("two areas have this code"));
}

/// Withheld areas whose figure follows from the published ones: every area is the sum of the areas in it, which
/// makes one equation per family; Gauss-Jordan elimination tells which unknowns have one solution.
fn worked_out(tree: &tree::Tree, units: &[u32], hidden: &[Option<Suppression>]) -> Vec<usize> {
    let unknown: Vec<usize> = (0..units.len()).filter(|&k| hidden[k].is_some() && units[k] > 0).collect();
    let coefficient = |parent: usize, k: usize| {
        f64::from(u8::from(k == parent)) - f64::from(u8::from(tree.children[parent].contains(&k)))
    };
    let mut rows: Vec<Vec<f64>> = (0..units.len())
        .filter(|&p| !tree.children[p].is_empty())
        .map(|p| unknown.iter().map(|&k| coefficient(p, k)).collect())
        .collect();
    let mut done = 0;
    for j in 0..unknown.len() {
        let Some(pivot) = (done..rows.len()).find(|&r| rows[r][j].abs() > 1e-9) else { continue };
        rows.swap(done, pivot);
        let lead = rows[done].iter().map(|v| v / rows[done][j]).collect::<Vec<f64>>();
        for (r, row) in rows.iter_mut().enumerate() {
            let factor = row[j];
            for (entry, l) in row.iter_mut().zip(&lead) {
                *entry = if r == done { *l } else { *entry - factor * l };
            }
        }
        done += 1;
    }
    let alone = |row: &Vec<f64>| {
        let left: Vec<usize> = (0..unknown.len()).filter(|&j| row[j].abs() > 1e-9).collect();
        (left.len() == 1).then(|| unknown[left[0]])
    };
    rows.iter().filter_map(alone).collect()
}

/// Units that are left of a published area when every published area within it is taken off.
fn left_over(tree: &tree::Tree, units: &[u32], hidden: &[Option<Suppression>], area: usize) -> u32 {
    let mut left = units[area];
    let mut within = tree.children[area].clone();
    while let Some(k) = within.pop() {
        if hidden[k].is_none() {
            left -= units[k];
        } else {
            within.extend(&tree.children[k]);
        }
    }
    left
}

proptest! {
    /// Nothing that is withheld can be worked out, nor a sum of withheld areas with too few units.
    #[test]
    fn nothing_withheld_can_be_worked_out(
        sizes in proptest::collection::vec(0u32..60, 12),
        minimum in 0u32..30,
    ) {
        let areas = areas(3, 4);
        let buurten: Vec<usize> = (0..areas.len()).filter(|&i| areas[i].level == "buurt").collect();
        let mut area = Vec::new();
        for (&b, &n) in buurten.iter().zip(&sizes) {
            area.extend((0..n).map(|_| Some(b as u32)));
        }
        let model = with_covariance(Link::Log, 0.1);
        let matrix = made_up_rows(&model.schema, area.len(), 1);
        let exposure = vec![1.0; area.len()];
        let units =
            Units { model: &model, matrix: &matrix, exposure: &exposure, area: &area, areas: &areas, history: None };
        let tree = tree::Tree::new(&units, &rules(minimum)).unwrap();
        let effects = effects::Effects::of(None, areas.len(), &tree).unwrap();
        let totals = totals::Totals::of(&units, &tree, &effects).unwrap();
        let hidden = suppress::suppress(&tree, &totals.units, minimum);
        prop_assert_eq!(worked_out(&tree, &totals.units, &hidden), Vec::<usize>::new());
        for (k, reason) in hidden.iter().enumerate() {
            let small = totals.units[k] < minimum.max(1);
            prop_assert_eq!(small, *reason == Some(Suppression::TooFewUnits));
            if reason.is_none() && !tree.children[k].is_empty() {
                let left = left_over(&tree, &totals.units, &hidden, k);
                prop_assert!(left == 0 || left >= minimum, "{left} units left of area {k}");
            }
        }
        if sizes.iter().all(|&n| n >= minimum.max(1)) {
            prop_assert!(hidden.iter().all(Option::is_none));
        }
    }
}

#[test]
fn the_smallest_sibling_goes_with_a_single_small_area() {
    let areas = areas(1, 4);
    let tree_of = |sizes: [u32; 4]| {
        let mut area = Vec::new();
        for (b, n) in sizes.iter().enumerate() {
            area.extend((0..*n).map(|_| Some(2 + b as u32)));
        }
        let model = with_covariance(Link::Log, 0.1);
        let matrix = made_up_rows(&model.schema, area.len(), 1);
        let exposure = vec![1.0; area.len()];
        let units = Units {
            model: &model,
            matrix: &matrix,
            exposure: &exposure,
            area: &area,
            areas: &areas,
            history: None,
        };
        let rollup = roll_up(&units, &rules(20)).unwrap();
        ["BU010000", "BU010001", "BU010002", "BU010003"].map(|code| {
            let area = score(&rollup, code);
            assert_eq!(area.figures.is_none(), area.suppressed.is_some());
            assert!(area.figures.is_some() || area.reasons.is_empty());
            area.suppressed
        })
    };
    let (few, also) = (Some(Suppression::TooFewUnits), Some(Suppression::Complementary));
    assert_eq!(tree_of([5, 40, 30, 50]), [few, None, also, None]);
    assert_eq!(tree_of([5, 6, 30, 50]), [few, few, also, None], "11 units together are too few");
    assert_eq!(tree_of([15, 16, 30, 50]), [few, few, None, None]);
    assert_eq!(tree_of([0, 40, 30, 50]), [few, None, None, None], "an empty area needs no company");
    assert_eq!(tree_of([25, 40, 30, 50]), [None; 4]);
}

/// The variance of the drawn sums is that of the bags, inflated; areas that the bags agree on are certain.
#[test]
fn bags_are_drawn_with_their_own_spread() {
    let mut model = AdditiveModel { calibration: None, ..every_shape(Link::Log) };
    let bag = |shift: f64| Bag {
        intercept: model.intercept + shift,
        parameters: model.terms.iter().map(|term| term.shape.parameters()).collect(),
    };
    let shifts = [-0.02, 0.0, 0.005, 0.015];
    model.spread = Some(Spread { inflation: 4.0, bags: shifts.iter().map(|&s| bag(s)).collect() });
    let matrix = made_up_rows(&model.schema, 300, 12);
    let areas = areas(1, 2);
    let (area, exposure) = (spread(&areas, 300, 13), vec![1.0; 300]);
    let units = Units {
        model: &model,
        matrix: &matrix,
        exposure: &exposure,
        area: &area,
        areas: &areas,
        history: None,
    };
    let rules = Rules { draws: 4000, ..rules(1) };
    let tree = tree::Tree::new(&units, &rules).unwrap();
    let effects = effects::Effects::of(None, areas.len(), &tree).unwrap();
    let totals = totals::Totals::of(&units, &tree, &effects).unwrap();
    let draws = draws::expectations(&units, &rules, &tree, &effects, &totals).unwrap();
    let relative: Vec<f64> = draws.of(0).iter().map(|d| (d / totals.expected[0]).ln()).collect();
    let variance = relative.iter().map(|r| r * r).sum::<f64>() / 4000.0;
    let wanted = 4.0 * shifts.iter().map(|s| s * s).sum::<f64>() / 3.0;
    assert!((variance / wanted - 1.0).abs() < 0.1, "{variance} {wanted}");
    let same = Spread { inflation: 4.0, bags: vec![bag(0.0); 4] };
    let sure = AdditiveModel { spread: Some(same), ..model.clone() };
    let units = Units { model: &sure, ..units };
    let draws = draws::expectations(&units, &rules, &tree, &effects, &totals).unwrap();
    assert!(draws.of(0).iter().all(|d| (d / totals.expected[0] - 1.0).abs() < 1e-9));
}

/// Steps are told as the range that the area has more of, categories by name.
#[test]
fn reasons_name_the_values_that_an_area_has_more_of() {
    let areas = areas(1, 2);
    let schema = every_shape(Link::Log).schema;
    let steps = Shape::Steps {
        edges: (1..60).map(|i| 5.0 * i as f32).collect(),
        scores: (0..60).map(|i| if i < 24 { 0.0 } else { 0.9 }).collect(),
        missing: 0.1,
    };
    let purpose = Shape::Categories { scores: vec![0.0, 0.0, 0.8], missing: 0.0 };
    let term = |name: &str, feature, shape| Term { name: name.to_owned(), label: text(name), feature, shape };
    let terms = vec![term("oppervlakte", 0, steps), term("gebruik", 3, purpose)];
    let model = AdditiveModel { terms, ..every_shape(Link::Log) };
    // In the first buurt, panden below 120 m² and no industry; in the second, the others.
    let column = |of: &dyn Fn(usize) -> f32| (0..400).map(of).collect::<Vec<f32>>();
    let columns = vec![
        column(&|i| 120.0 * (i >= 200) as u8 as f32 + 0.6 * (i % 200) as f32),
        column(&|_| 0.0),
        column(&|_| 0.0),
        column(&|i| if i >= 200 { 2.0 } else { (i % 2) as f32 }),
    ];
    let matrix = Matrix::new(schema, columns, 400).unwrap();
    let area: Vec<Option<u32>> = (0..400).map(|i| Some(2 + u32::from(i >= 200))).collect();
    let exposure = vec![1.0; 400];
    let units = Units {
        model: &model,
        matrix: &matrix,
        exposure: &exposure,
        area: &area,
        areas: &areas,
        history: None,
    };
    let rollup = roll_up(&units, &rules(1)).unwrap();
    let texts = |code: &str| -> Vec<String> {
        score(&rollup, code).reasons.iter().map(|reason| reason.text.nl.clone()).collect()
    };
    assert_eq!(
        texts("BU010001"),
        [
            "Oppervlakte (nl) vanaf 120: vaker dan gemiddeld. Dat verhoogt het aantal per 1.000.",
            "Gebruik (nl) industrie: vaker dan gemiddeld. Dat verhoogt het aantal per 1.000.",
        ]
    );
    assert_eq!(
        texts("BU010000")[0],
        "Oppervlakte (nl) onder 120: vaker dan gemiddeld. Dat verlaagt het aantal per 1.000."
    );
}
