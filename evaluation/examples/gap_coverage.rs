//! How often the 95 % interval of a gap contains the true gap: `cargo run --release --example gap_coverage -p evaluation
//! -- SIMULATIONS DRAWS` (1000 and 999). Prints a table for docs/benchmarks.md.
//!
//! Groups of 30 to 3,000 rows, a true gap of 0 or 0.1 between the first group and the others, rows on their own or in
//! clusters whose rates vary as a Beta distribution with the given intraclass correlation.
#![allow(missing_docs, reason = "an example on made-up data")]

use std::io::Write;

use evaluation::interval::{Cell, GroupRates, gap};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use statrs::distribution::{Beta, ContinuousCDF};

struct Scenario {
    name: &'static str,
    sizes: &'static [u32],
    base: f64,
    likeness: f64,
}

const SCENARIOS: [Scenario; 12] = [
    Scenario { name: "two of 30", sizes: &[30, 30], base: 0.2, likeness: 0.0 },
    Scenario { name: "30 and 3,000", sizes: &[30, 3000], base: 0.2, likeness: 0.0 },
    Scenario { name: "two of 400", sizes: &[400, 400], base: 0.1, likeness: 0.0 },
    Scenario { name: "two of 3,000", sizes: &[3000, 3000], base: 0.05, likeness: 0.0 },
    Scenario { name: "five of 400", sizes: &[400; 5], base: 0.2, likeness: 0.0 },
    Scenario { name: "ten of 1,000", sizes: &[1000; 10], base: 0.1, likeness: 0.0 },
    Scenario {
        name: "30, 100, 300, 1,000, 3,000",
        sizes: &[30, 100, 300, 1000, 3000],
        base: 0.2,
        likeness: 0.0,
    },
    Scenario {
        name: "3,000, 1,000, 300, 100, 30",
        sizes: &[3000, 1000, 300, 100, 30],
        base: 0.1,
        likeness: 0.0,
    },
    Scenario { name: "two of 400, clusters", sizes: &[400, 400], base: 0.2, likeness: 0.1 },
    Scenario { name: "five of 1,000, clusters", sizes: &[1000; 5], base: 0.2, likeness: 0.05 },
    Scenario { name: "two of 3,000, clusters", sizes: &[3000, 3000], base: 0.3, likeness: 0.2 },
    Scenario {
        name: "30, 100, 300, 1,000, 3,000, clusters",
        sizes: &[30, 100, 300, 1000, 3000],
        base: 0.2,
        likeness: 0.1,
    },
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let argument = |i: usize, default: usize| std::env::args().nth(i).map_or(Ok(default), |a| a.parse());
    let (simulations, draws) = (argument(1, 1000)?, argument(2, 999)?);
    let mut out = std::io::stdout().lock();
    writeln!(out, "| groups | base rate | ICC | covers gap 0 | covers gap 0.1 | mean width |")?;
    writeln!(out, "|---|---|---|---|---|---|")?;
    for scenario in &SCENARIOS {
        let of = |true_gap: f64| -> (f64, f64) {
            let runs: Vec<(bool, f64)> =
                (0..simulations).into_par_iter().map(|s| run(scenario, true_gap, s as u64, draws)).collect();
            let covered = runs.iter().filter(|r| r.0).count() as f64 / simulations as f64;
            (covered, runs.iter().map(|r| r.1).sum::<f64>() / simulations as f64)
        };
        let (none, some) = (of(0.0), of(0.1));
        writeln!(
            out,
            "| {} | {} | {} | {:.1} % | {:.1} % | {:.3} |",
            scenario.name,
            scenario.base,
            scenario.likeness,
            100.0 * none.0,
            100.0 * some.0,
            some.1
        )?;
        out.flush()?;
    }
    Ok(())
}

/// Whether the interval contains the true gap, and its width.
fn run(scenario: &Scenario, true_gap: f64, seed: u64, draws: usize) -> (bool, f64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(u64::from(true_gap > 0.0));
    let (mut cells, mut cluster) = (Vec::new(), 0);
    for (group, &size) in (0u32..).zip(scenario.sizes) {
        let rate = scenario.base + if group == 0 { true_gap } else { 0.0 };
        let each = if scenario.likeness > 0.0 { (size / 6).clamp(1, 20) } else { 1 };
        let mut left = size;
        while left > 0 {
            let rows = each.min(left);
            let own = cluster_rate(rate, scenario.likeness, &mut rng);
            let hits = (0..rows).filter(|_| rng.random::<f64>() < own).count();
            cells.push(Cell { group, cluster, above: hits as f64, below: f64::from(rows) });
            cluster += 1;
            left -= rows;
        }
    }
    let rates = GroupRates::new(&cells, scenario.sizes.len());
    let interval = gap(&rates, seed, draws).and_then(|g| g.estimate.low.zip(g.estimate.high));
    interval.map_or((false, f64::NAN), |(low, high)| {
        (low <= true_gap + 1e-9 && true_gap <= high + 1e-9, high - low)
    })
}

/// A Beta distribution with this mean and intraclass correlation `1 / (a + b + 1)`.
fn cluster_rate(mean: f64, likeness: f64, rng: &mut ChaCha8Rng) -> f64 {
    if likeness == 0.0 {
        return mean;
    }
    let sum = 1.0 / likeness - 1.0;
    Beta::new(mean * sum, (1.0 - mean) * sum).map_or(mean, |b| b.inverse_cdf(rng.random()))
}
