//! Spatial likeness and bootstrap intervals beside esda and scipy (`peers/spatial_and_bootstrap.py` made the numbers), and the
//! published figures of the two public audits.
#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs, reason = "tests")]

use evaluation::Estimate;
use evaluation::fairness::{ClusterCounts, GroupMetric as M, confusions};
use evaluation::spatial::{moran, within};
use models::Outcome;

/// The lattice of 8 by 8, 100 metres apart.
fn lattice(value: fn(u32, u32) -> u32) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let places: Vec<(u32, u32)> = (0..8).flat_map(|a| (0..8).map(move |b| (a, b))).collect();
    let of = |f: &dyn Fn(u32, u32) -> u32| places.iter().map(|&(a, b)| f64::from(f(a, b))).collect();
    (of(&value), of(&|a, _| 100 * a), of(&|_, b| 100 * b))
}

#[test]
fn likeness_of_neighbours_equals_esda() {
    let rough: fn(u32, u32) -> u32 = |a, b| (7 * a + 3 * b + a * b) % 11;
    let smooth: fn(u32, u32) -> u32 = |a, b| a + b + (5 * a + 3 * b) % 4;
    // Rook: 100 metres; queen: the diagonals too.
    for (value, metres, i, p) in [
        (rough, 100.0, 0.023_074_467_756_494_518, 0.333_64),
        (rough, 142.0, -0.003_298_313_775_694_071, 0.398_52),
        (smooth, 100.0, 0.744_680_851_063_829_8, 0.000_01),
        (smooth, 142.0, 0.705_369_807_497_467, 0.000_01),
    ] {
        let (values, x, y) = lattice(value);
        let ours = moran(&values, &within(&x, &y, metres), None, 1, 9999).unwrap();
        assert!((ours.i - i).abs() < 1e-12, "{} is not {i}", ours.i);
        assert!((ours.expected + 1.0 / 63.0).abs() < 1e-12);
        // Three standard errors of 9,999 draws.
        assert!((ours.p - p).abs() < 0.015, "{} is not {p}", ours.p);
    }
}

fn prevalence(counts: &ClusterCounts) -> Estimate {
    let rates = counts.rates(5, 20_000);
    rates.into_iter().find(|r| r.metric == M::Prevalence && r.group == Some(0)).unwrap().rate
}

fn outcome(found: bool) -> Outcome {
    if found { Outcome::Found(1) } else { Outcome::NothingFound }
}

#[test]
fn percentile_intervals_equal_scipy() {
    for (hits, rows, low, high) in [(60, 200, 0.24, 0.365), (15, 40, 0.225, 0.525)] {
        let found: Vec<Outcome> = (0..rows).map(|i| outcome(i < hits)).collect();
        let group = vec![Some(0); rows];
        let ours = prevalence(&ClusterCounts::of_rows(&found, &vec![1.0; rows], &group, 1, None));
        // One row is the finest step that a percentile can have.
        let step = 1.0 / rows as f64 + 1e-9;
        assert!(
            (ours.low.unwrap() - low).abs() <= step && (ours.high.unwrap() - high).abs() <= step,
            "{ours:?}"
        );
    }
}

#[test]
fn intervals_from_whole_clusters_equal_scipy() {
    let (mut found, mut cluster) = (Vec::new(), Vec::new());
    for c in 0..30u32 {
        let rows = 5 + c % 4;
        found.extend((0..rows).map(|i| outcome(i < 7 * c % (rows + 1))));
        cluster.extend((0..rows).map(|_| c));
    }
    let group = vec![Some(0); found.len()];
    let listed = vec![1.0; found.len()];
    let ours = prevalence(&ClusterCounts::of_rows(&found, &listed, &group, 1, Some(&cluster)));
    assert!((ours.value.unwrap() - 79.0 / 193.0).abs() < 1e-12);
    assert!(
        (ours.low.unwrap() - 0.275_13).abs() < 0.006 && (ours.high.unwrap() - 0.541_24).abs() < 0.006,
        "{ours:?}"
    );
    // Rows by themselves would claim to know more.
    let rows = prevalence(&ClusterCounts::of_rows(&found, &listed, &group, 1, None));
    assert!(rows.high.unwrap() - rows.low.unwrap() < 0.6 * (ours.high.unwrap() - ours.low.unwrap()));
}

/// A file of the shared audits; `None` and a printed reason where it is absent.
fn shared(name: &str) -> Option<String> {
    let root = std::env::var("ZICHTLIJN_DATA").unwrap_or_else(|_| "../../shared/data".to_owned());
    let path = std::path::Path::new(&root).join("fairness-reference").join(name);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        eprintln!("skipped: {} is absent", path.display());
    }
    text
}

/// ProPublica's figures, on all rows and after its filters (6,172 rows).
#[test]
fn propublicas_figures_with_and_without_its_filters() {
    let Some(csv) = shared("compas_two_years.csv") else { return };
    let mut lines = csv.lines();
    let head: Vec<&str> = lines.next().unwrap().split(',').collect();
    let at = |name: &str| head.iter().position(|h| *h == name).unwrap();
    let (race, decile, recid) = (at("race"), at("decile_score"), at("two_year_recid"));
    let (days, is_recid) = (at("days_b_screening_arrest"), at("is_recid"));
    let (degree, text) = (at("c_charge_degree"), at("score_text"));
    let all: Vec<Vec<&str>> = lines.map(|l| l.split(',').collect()).collect();
    let near = |cell: &str| cell.parse::<f64>().is_ok_and(|d| (-30.0..=30.0).contains(&d));
    let kept = |r: &Vec<&str>| near(r[days]) && r[is_recid] != "-1" && r[degree] != "O" && r[text] != "N/A";
    let filtered: Vec<Vec<&str>> = all.iter().filter(|r| kept(r)).cloned().collect();
    for (rows, count, fpr, fnr) in
        [(&all, 7214, [0.448, 0.235], [0.280, 0.477]), (&filtered, 6172, [0.423, 0.220], [0.285, 0.496])]
    {
        assert_eq!(rows.len(), count);
        let found: Vec<Outcome> = rows.iter().map(|r| outcome(r[recid] == "1")).collect();
        let listed: Vec<f64> =
            rows.iter().map(|r| f64::from(u8::from(r[decile].parse::<u32>().unwrap() >= 5))).collect();
        let groups = ["African-American", "Caucasian"];
        let group: Vec<Option<u32>> =
            rows.iter().map(|r| groups.iter().position(|g| *g == r[race]).map(|g| g as u32)).collect();
        let counts = confusions(&found, &listed, &group, 2, None);
        for g in 0..2 {
            assert!((M::FalsePositiveRate.of(&counts[g]).unwrap() - fpr[g]).abs() < 0.0006, "{g}");
            assert!((M::FalseNegativeRate.of(&counts[g]).unwrap() - fnr[g]).abs() < 0.0006, "{g}");
        }
    }
}

/// The share with origin outside Europe along DUO's steps, and the random sample.
#[test]
fn duos_known_shares() {
    let Some(csv) = shared("duo_cub_counts.csv") else { return };
    let row = |table: &str, category: &str| -> Vec<f64> {
        let line = csv
            .lines()
            .map(|l| l.split(',').collect::<Vec<_>>())
            .find(|c| c[0] == table && c[2] == category)
            .unwrap();
        line[3..].iter().map(|c| c.parse().unwrap()).collect()
    };
    for (category, total, share) in [
        ("Total", 248_650.0, 22.0),
        ("Risk category 1", 16_740.0, 43.0),
        ("Selected for control: yes", 3180.0, 63.0),
        ("Outcome house visit: unduly", 1240.0, 86.0),
    ] {
        let counts = row("1", category);
        assert!((counts[0] - total).abs() < 1e-9, "{category}: {counts:?}");
        assert!((100.0 * counts[5] / counts[0] - share).abs() < 0.6, "{category}: {counts:?}");
    }
    assert!((row("3", "Total")[0] - 390.0).abs() < 1e-9);
    assert!((row("3", "Outcome house visit: unduly")[0] - 10.0).abs() < 1e-9);
}
