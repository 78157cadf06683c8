//! What a back-test tells of areas, as it reaches the published figures.

use super::*;

/// A back-test that found more than expected in an area raises it, and what lies above it, and says so.
#[test]
fn what_the_features_do_not_tell_is_learned_from_the_back_test() {
    let areas = areas(2, 4);
    let model = with_covariance(Link::Log, 0.05);
    let matrix = made_up_rows(&model.schema, 800, 14);
    let buurten: Vec<usize> = (0..areas.len()).filter(|&i| areas[i].level == "buurt").collect();
    let area: Vec<Option<u32>> = (0..800).map(|i| Some(buurten[i % 8] as u32)).collect();
    let exposure = vec![1.0; 800];
    let (mut expected, mut found) = (vec![vec![0.0; areas.len()]; 4], vec![vec![0; areas.len()]; 4]);
    for (t, (expected, found)) in expected.iter_mut().zip(&mut found).enumerate() {
        for (i, &b) in buurten.iter().enumerate() {
            let chance = u32::try_from((t + i) % 3).unwrap();
            (expected[b], found[b]) = (20.0, chance + [50, 9, 31, 12, 33, 7, 18, 16][i]);
        }
    }
    let history = Some(History { expected: &expected, found: &found });
    let units =
        Units { model: &model, matrix: &matrix, exposure: &exposure, area: &area, areas: &areas, history };
    let without = roll_up(&Units { history: None, ..units }, &rules(1)).unwrap();
    let with = roll_up(&units, &rules(1)).unwrap();
    let of = |rollup: &Rollup, code: &str| score(rollup, code).figures.clone().unwrap();
    let times = of(&with, "BU010000").expected / of(&without, "BU010000").expected;
    assert!((1.5..2.4).contains(&times), "{times}: shrunk from some 51 / 22");
    assert!(of(&with, "BU010001").expected < of(&without, "BU010001").expected);
    let sum: f64 = ["WK0100", "WK0101"].iter().map(|code| of(&with, code).expected).sum();
    assert!((of(&with, "GM01").expected / sum - 1.0).abs() < 1e-9);
    let told = &score(&with, "BU010000").reasons;
    let reason = told.iter().find(|reason| reason.term == HISTORY).unwrap();
    assert!(reason.text.nl.starts_with("In eerdere perioden is hier meer gevonden"), "{}", reason.text.nl);
    let wide = |rollup: &Rollup| {
        let (low, high) =
            rollup.expectations[rollup.areas.iter().position(|a| a.code == "BU010003").unwrap()].unwrap();
        (high - low) / of(rollup, "BU010003").expected
    };
    assert!(wide(&with) > 1.5 * wide(&without), "areas that differ leave doubt about each");
    let wrong = History { expected: &[vec![0.0; 10]], found: &[vec![0; 11]] };
    let told = roll_up(&Units { history: Some(wrong), ..units }, &rules(1)).unwrap_err().to_string();
    assert!(told.contains("history.expected has 10 values for 11 areas"), "{told}");
}

/// Six wijken of five buurten, all alike but for what the back-test found there, of 10 expected per buurt and period.
fn town(found: impl Fn(usize, usize, usize) -> u32) -> Rollup {
    let areas = areas(6, 5);
    let model = with_covariance(Link::Log, 0.05);
    let matrix = made_up_rows(&model.schema, 3000, 15);
    let buurten: Vec<usize> = (0..areas.len()).filter(|&i| areas[i].level == "buurt").collect();
    let area: Vec<Option<u32>> = (0..3000).map(|i| Some(buurten[i % 30] as u32)).collect();
    let (mut expected, mut finds) = (vec![vec![0.0; areas.len()]; 4], vec![vec![0; areas.len()]; 4]);
    for (t, (expected, finds)) in expected.iter_mut().zip(&mut finds).enumerate() {
        for (i, &b) in buurten.iter().enumerate() {
            (expected[b], finds[b]) = (10.0, found(t, i / 5, i % 5));
        }
    }
    let history = Some(History { expected: &expected, found: &finds });
    let exposure = vec![1.0; 3000];
    let units =
        Units { model: &model, matrix: &matrix, exposure: &exposure, area: &area, areas: &areas, history };
    let rules = Rules { top_k: BTreeMap::from([("wijk".to_owned(), 2)]), ..rules(1) };
    roll_up(&units, &rules).unwrap()
}

fn of_level<'a>(rollup: &'a Rollup, level: &str) -> Vec<&'a crate::bundle::Figures> {
    let areas = rollup.areas.iter().filter(|area| area.level == level);
    areas.map(|area| area.figures.as_ref().unwrap()).collect()
}

/// Mean width of the intervals of the expectations of a level, relative to what is expected.
fn width(rollup: &Rollup, level: &str) -> f64 {
    let areas = rollup.areas.iter().zip(&rollup.expectations).filter(|(area, _)| area.level == level);
    let widths: Vec<f64> = areas
        .map(|(area, interval)| {
            let (low, high) = interval.unwrap();
            (high - low) / area.figures.as_ref().unwrap().expected
        })
        .collect();
    widths.iter().sum::<f64>() / widths.len() as f64
}

/// Whole wijken that differ from period to period make wijken unsure: intervals, ranks, the top and classes say so.
/// When only buurten differ, their wijken are surer than they are, and the gemeente as sure as ever.
#[test]
fn what_buurten_share_makes_their_wijk_unsure() {
    let chance = |t: usize, w: usize, b: usize| u32::try_from((7 * t + 5 * w + 3 * b) % 5).unwrap();
    let calm = town(|t, w, b| 8 + chance(t, w, b));
    let by_wijk = town(|t, w, b| if (t + w) % 2 == 0 { 0 } else { 16 } + chance(t, w, b));
    let by_buurt = town(|t, w, b| if (t + w + b) % 2 == 0 { 0 } else { 16 } + chance(t, w, b));
    assert!(width(&by_wijk, "wijk") > 2.5 * width(&calm, "wijk"));
    assert!(width(&by_wijk, "wijk") > 2.0 * width(&by_buurt, "wijk"));
    assert!(width(&by_buurt, "buurt") > 2.0 * width(&calm, "buurt"));
    assert!(width(&by_buurt, "buurt") > 1.5 * width(&by_buurt, "wijk"));
    let ratio = width(&by_wijk, "gemeente") / width(&by_buurt, "gemeente");
    assert!((0.8..1.25).contains(&ratio), "{ratio}");
    let ranks = |rollup: &Rollup| -> u32 {
        of_level(rollup, "wijk").iter().map(|figures| figures.rank_high - figures.rank_low).sum()
    };
    // Six alike wijken: each could be in any of the six places.
    assert_eq!(ranks(&by_wijk), 30);
    for rollup in [&calm, &by_wijk, &by_buurt] {
        let wijken = of_level(rollup, "wijk");
        assert!((wijken.iter().map(|wijk| wijk.chance_top_k).sum::<f64>() - 2.0).abs() < 1e-9);
        assert!(wijken.iter().all(|wijk| wijk.rank_low <= wijk.rank && wijk.rank <= wijk.rank_high));
    }
    let unsure = |rollup: &Rollup, level: &str| {
        of_level(rollup, level).iter().filter(|figures| figures.class == Class::NotEnoughData).count()
    };
    assert_eq!((unsure(&calm, "wijk"), unsure(&calm, "buurt")), (0, 0));
    assert!(unsure(&by_wijk, "wijk") > 2, "{}", unsure(&by_wijk, "wijk"));
    assert!(unsure(&by_buurt, "buurt") > 10 && unsure(&by_buurt, "wijk") == 0);
}
