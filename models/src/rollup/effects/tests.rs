//! Factors that were drawn are found again, and the next period is covered at every level.

use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, Poisson};

use super::*;

/// Spreads of the factors of wijken and buurten: what stays, and what is new in every period.
#[derive(Clone, Copy)]
struct Town {
    wijken: usize,
    wijk: (f64, f64),
    buurt: (f64, f64),
    /// Expected finds of a buurt in a period.
    expected: f64,
}

const BUURTEN: usize = 7;
const PERIODS: usize = 4;
const DRAWS: usize = 400;

/// One gemeente, with wijken, each with seven buurten; buurten first.
fn tree(wijken: usize) -> Tree {
    let buurten = wijken * BUURTEN;
    let areas = buurten + 1 + wijken;
    let parent: Vec<Option<usize>> = (0..areas)
        .map(|k| match k {
            _ if k < buurten => Some(buurten + 1 + k / BUURTEN),
            _ if k == buurten => None,
            _ => Some(buurten),
        })
        .collect();
    let mut children = vec![Vec::new(); areas];
    for (k, parent) in parent.iter().enumerate() {
        if let Some(parent) = parent {
            children[*parent].push(k);
        }
    }
    let levels = [("buurt", 0..buurten), ("gemeente", buurten..buurten + 1), ("wijk", buurten + 1..areas)];
    Tree {
        published: (0..areas).collect(),
        downwards: std::iter::once(buurten).chain(buurten + 1..areas).chain(0..buurten).collect(),
        levels: levels.map(|(name, range)| (name.to_owned(), range)).to_vec(),
        home: (0..areas).map(Some).collect(),
        rows: vec![Vec::new(); areas],
        unplaced: 0,
        parent,
        children,
    }
}

/// What is expected of every area, the true expectations of the next period, and what the back-test tells.
fn drawn(town: Town, seed: u64) -> (Vec<f64>, Vec<f64>, Effects) {
    let (tree, mut generator) = (tree(town.wijken), ChaCha8Rng::seed_from_u64(seed));
    let buurten = town.wijken * BUURTEN;
    let mut many = |n: usize, spread: f64| -> Vec<f64> {
        (0..n).map(|_| around_one(spread * spread, &mut generator)).collect()
    };
    let stays = (many(town.wijken, town.wijk.0), many(buurten, town.buurt.0));
    let periods: Vec<Vec<f64>> = (0..=PERIODS)
        .map(|_| {
            let new = (many(town.wijken, town.wijk.1), many(buurten, town.buurt.1));
            let of = |b: usize| stays.0[b / BUURTEN] * new.0[b / BUURTEN] * stays.1[b] * new.1[b];
            let means = (0..buurten).map(|b| town.expected * of(b));
            // The level is right on average: that is the calibration's work.
            let means: Vec<f64> = means.collect();
            let scale = town.expected * buurten as f64 / means.iter().sum::<f64>();
            means.into_iter().map(|mean| mean * scale).chain(vec![0.0; town.wijken + 1]).collect()
        })
        .collect();
    let mut found = |means: &Vec<f64>| -> Vec<u32> {
        let mut one = |mean: &f64| Poisson::new(*mean).map_or(0.0, |poisson| poisson.sample(&mut generator));
        means.iter().map(|mean| one(mean) as u32).collect()
    };
    let found: Vec<Vec<u32>> = periods[..PERIODS].iter().map(&mut found).collect();
    let own: Vec<f64> =
        (0..tree.published.len()).map(|k| if k < buurten { town.expected } else { 0.0 }).collect();
    let expected = vec![own.clone(); PERIODS];
    let history = History { expected: &expected, found: &found };
    let effects = Effects::of(Some(history), tree.published.len(), &tree).unwrap();
    (up(&tree, &own), up(&tree, &periods[PERIODS]), effects)
}

/// Per area, then per draw: the drawn factors.
fn factors(effects: &Effects, tree: &Tree, modelled: &[f64], seed: u64) -> Vec<Vec<f64>> {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    let variances = effects.variances(&mut generator, DRAWS);
    let mut factors: Vec<Vec<f64>> =
        (0..modelled.len()).map(|k| effects.drawn(k, &variances, &mut generator)).collect();
    effects.divide(tree, modelled, &mut factors);
    factors
}

/// How many truths of the next period lie in the drawn 90 % interval, in this level.
fn covered(effects: &Effects, town: Town, modelled: &[f64], truth: &[f64], level: usize) -> f64 {
    let tree = tree(town.wijken);
    let factors = factors(effects, &tree, modelled, 3);
    let range = tree.levels[level].1.clone();
    let inside = range.clone().filter(|&k| {
        let mut drawn: Vec<f64> = (0..DRAWS)
            .map(|s| match level {
                0 => modelled[k] * factors[k][s],
                _ => tree.children[k].iter().map(|&c| modelled[c] * factors[c][s]).sum(),
            })
            .collect();
        drawn.sort_by(f64::total_cmp);
        drawn[DRAWS / 20] <= truth[k] && truth[k] <= drawn[DRAWS - DRAWS / 20 - 1]
    });
    inside.count() as f64 / range.len() as f64
}

#[test]
fn spreads_of_every_level_and_what_lasts_of_them_are_found_again() {
    for (wijk, buurt) in [((0.0, 0.0), (0.0, 0.0)), ((0.5, 0.0), (0.0, 0.5)), ((0.0, 0.4), (0.4, 0.0))] {
        let (.., effects) = drawn(Town { wijken: 120, wijk, buurt, expected: 3.0 }, 1);
        for (level, (stays, goes)) in [(0, buurt), (2, wijk)] {
            let own = &effects.levels[level];
            let variance = own.spread.mean(|variance| variance);
            let all = stays * stays + goes * goes;
            assert!((variance - all).abs() < 0.03 + 0.25 * all, "level {level}: {variance} for {all}");
            let lasting = own.lasting * variance;
            assert!(lasting >= 0.6 * stays * stays && lasting < stays * stays + 0.03, "{level}: {lasting}");
        }
    }
}

#[test]
fn the_next_period_is_covered_at_every_level_and_told_better_than_without() {
    for (wijk, buurt) in [((0.4, 0.0), (0.4, 0.0)), ((0.0, 0.4), (0.0, 0.4)), ((0.0, 0.0), (0.5, 0.0))] {
        let town = Town { wijken: 60, wijk, buurt, expected: 3.0 };
        let (modelled, truth, effects) = drawn(town, 2);
        for level in [0, 2] {
            let share = covered(&effects, town, &modelled, &truth, level);
            // What lasts is only believed beyond its standard error, so that the interval is too wide where all of it does.
            let most = if wijk.0 > 0.0 || buurt.0 > 0.0 { 1.0 } else { 0.97 };
            assert!((0.83..=most).contains(&share), "{wijk:?} {buurt:?} level {level}: {share}");
        }
        let tree = tree(town.wijken);
        let own: Vec<f64> = modelled[..60 * BUURTEN].to_vec();
        let means = effects.means(&tree, &modelled);
        let error = |factor: &dyn Fn(usize) -> f64| -> f64 {
            own.iter().enumerate().map(|(b, e)| (e * factor(b) - truth[b]).powi(2)).sum()
        };
        let (with, without) = (error(&|b| means[b]), error(&|_| 1.0));
        assert!(with < 1.03 * without, "{wijk:?} {buurt:?}: {with} {without}");
        assert!(buurt.0 == 0.0 || with < 0.75 * without, "{wijk:?} {buurt:?}: {with} {without}");
    }
}

/// Without a factor of the wijk, the sum of independent buurten would be far too sure.
#[test]
fn buurten_share_the_factor_of_their_wijk() {
    let town = Town { wijken: 60, wijk: (0.0, 0.4), buurt: (0.0, 0.0), expected: 3.0 };
    let (modelled, _, effects) = drawn(town, 4);
    let factors = factors(&effects, &tree(town.wijken), &modelled, 5);
    let correlation = |a: usize, b: usize| {
        let mean = |k: usize| factors[k].iter().sum::<f64>() / DRAWS as f64;
        let (p, q) = (mean(a), mean(b));
        let product = |a: usize, p: f64, b: usize, q: f64| -> f64 {
            factors[a].iter().zip(&factors[b]).map(|(x, y)| (x - p) * (y - q)).sum()
        };
        product(a, p, b, q) / (product(a, p, a, p) * product(b, q, b, q)).sqrt()
    };
    let within = (0..60).map(|w| correlation(w * BUURTEN, w * BUURTEN + 1)).sum::<f64>() / 60.0;
    let between = (0..59).map(|w| correlation(w * BUURTEN, w * BUURTEN + BUURTEN)).sum::<f64>() / 59.0;
    assert!(within > 0.5, "{within}");
    assert!(between.abs() < 0.1, "{between}");
}

#[test]
fn factors_divide_and_leave_the_whole_as_it_was() {
    let town = Town { wijken: 8, wijk: (0.4, 0.3), buurt: (0.5, 0.2), expected: 2.0 };
    let (modelled, _, effects) = drawn(town, 6);
    let tree = tree(town.wijken);
    let means = effects.means(&tree, &modelled);
    let buurten = town.wijken * BUURTEN;
    let whole: f64 = (0..buurten).map(|b| modelled[b] * means[b]).sum();
    assert!((whole / modelled[buurten] - 1.0).abs() < 1e-12);
    let factors = factors(&effects, &tree, &modelled, 7);
    let drawn =
        |s: usize, k: usize| -> f64 { tree.children[k].iter().map(|&c| modelled[c] * factors[c][s]).sum() };
    for s in 0..DRAWS {
        assert!((drawn(s, buurten) / modelled[buurten] - 1.0).abs() < 1e-9);
        for wijk in buurten + 1..tree.published.len() {
            assert!((drawn(s, wijk) / (modelled[wijk] * factors[wijk][s]) - 1.0).abs() < 1e-9);
        }
    }
}

#[test]
fn the_factor_of_a_period_is_the_error_of_the_level_and_what_differs_between_periods() {
    let spread_of = |totals: &[Cell]| {
        let families = vec![vec![vec![0]]];
        let cells: Vec<Vec<Cell>> = totals.iter().map(|cell| vec![*cell]).collect();
        let effects = Effects::from_cells(families, totals.to_vec(), &cells);
        let drawn = effects.periods(&mut ChaCha8Rng::seed_from_u64(1), 4000);
        let mean = drawn.iter().sum::<f64>() / 4000.0;
        assert!((mean - 1.0).abs() < 0.03, "{mean}");
        (drawn.iter().map(|f| (f - mean).powi(2)).sum::<f64>() / 4000.0).sqrt()
    };
    let steady = spread_of(&[(1e4, 1e4), (1e4, 1.01e4), (1e4, 0.99e4), (1e4, 1e4)]);
    assert!(steady < 0.06, "{steady}");
    let wild = spread_of(&[(1e4, 1.5e4), (1e4, 0.6e4), (1e4, 1.2e4), (1e4, 0.7e4)]);
    assert!(wild > 0.25, "{wild}");
    let few = spread_of(&[(10.0, 10.0), (10.0, 12.0), (10.0, 8.0)]);
    assert!((0.18..0.3).contains(&few), "the error of thirty finds and what is usual: {few}");
    let shifted = spread_of(&[(2e4, 1e4), (2e4, 1.01e4), (2e4, 0.99e4), (2e4, 1e4)]);
    assert!((shifted - steady).abs() < 0.01, "the level of all periods together is the calibration's");
}
