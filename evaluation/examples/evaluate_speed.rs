//! How long a large evaluation takes: `cargo run --release --example evaluate_speed -- 1000000 6 500`
//! (rows, candidates, draws). Rows lie in 14,600 areas and 10 periods; one in a thousand holds a find.
#![allow(clippy::cast_precision_loss, missing_docs, reason = "an example on made-up data")]

use std::io::Write;
use std::time::Instant;

use evaluation::{
    Candidate, Capacity, GroupAttribute, Metric, Rule, Settings, Target, TestRows, UnknownReading, decide,
    evaluate,
};
use models::{Outcome, Text};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let argument = |i: usize, default: usize| std::env::args().nth(i).map_or(Ok(default), |a| a.parse());
    let (n, candidates, draws) = (argument(1, 1_000_000)?, argument(2, 6)?, argument(3, 500)?);
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let cluster: Vec<u32> = (0..n).map(|_| rng.random_range(0..14_600)).collect();
    let period: Vec<u32> = (0..n).map(|_| rng.random_range(0..10)).collect();
    let risk: Vec<f64> = (0..n).map(|_| 0.003 * rng.random::<f64>().powi(2)).collect();
    let outcome: Vec<Outcome> = risk
        .iter()
        .map(|r| if rng.random::<f64>() < *r { Outcome::Found(1) } else { Outcome::NothingFound })
        .collect();
    let scores: Vec<Vec<f64>> =
        (0..candidates).map(|_| risk.iter().map(|r| r * rng.random::<f64>()).collect()).collect();
    let share: Vec<f64> = cluster.iter().map(|&c| f64::from(c % 90)).collect();
    let label = Text::default();
    let listed: Vec<Candidate<'_>> = scores
        .iter()
        .enumerate()
        .map(|(i, score)| Candidate {
            name: i.to_string(),
            label: label.clone(),
            kind: "made up".to_owned(),
            is_baseline: i % 2 == 0,
            score,
            expected: score,
        })
        .collect();
    let rule = Rule {
        metric: Metric::FindsAtCapacity,
        capacity: Capacity::Share(0.01),
        baseline: "best".to_owned(),
        margin: 0.0,
        confidence: 0.9,
    };
    let exposure = vec![1.0; n];
    let rows = TestRows {
        outcome: &outcome,
        exposure: &exposure,
        cluster: &cluster,
        period: &period,
        units: None,
        target: Target::Bernoulli,
    };
    let groups = [GroupAttribute::quantiles("share", label, 4, &share)];
    let settings = Settings { seed: 1, draws, unknown: UnknownReading::LeftOut };
    let start = Instant::now();
    let evaluation = evaluate(&rows, &listed, &rule, &groups, settings)?;
    let verdict = decide(&evaluation, &rule);
    let seconds = start.elapsed().as_secs_f64();
    writeln!(
        std::io::stdout().lock(),
        "{n} rows, {candidates} candidates, {draws} draws, {} finds: {seconds:.1} s (released: {})",
        evaluation.rows.finds,
        verdict.released
    )?;
    Ok(())
}
