//! Every rate of 20 groups from 1,000 bootstrap draws of 1,000,000 rows: run by `group_bootstrap.sh` beside fairlearn.
//!
//! `group_bootstrap write FOLDER ROWS` makes the rows up; `group_bootstrap run FOLDER DRAWS [areas]` reads and counts them, and prints
//! seconds, peak memory and the intervals of two groups.
#![allow(missing_docs, reason = "an example on made-up data")]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use evaluation::fairness::{ClusterCounts, GroupMetric};
use models::Outcome;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const GROUPS: u8 = 20;
const AREAS: u32 = 14_600;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["write", folder, rows] => write(Path::new(folder), rows.parse()?),
        ["run", folder, draws] => run(Path::new(folder), draws.parse()?, false),
        ["run", folder, draws, "areas"] => run(Path::new(folder), draws.parse()?, true),
        _ => Err("write FOLDER ROWS, or run FOLDER DRAWS [areas]".into()),
    }
}

/// One byte per row and column: found, listed, group; four for the area.
fn write(folder: &Path, rows: usize) -> Result<(), Box<dyn std::error::Error>> {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let (mut found, mut listed, mut group, mut area) = (vec![], vec![], vec![], vec![]);
    for _ in 0..rows {
        let place = rng.random_range(0..AREAS);
        let kind = (place % u32::from(GROUPS)) as u8;
        found.push(u8::from(rng.random::<f64>() < 0.1 + 0.01 * f64::from(kind)));
        listed.push(u8::from(rng.random::<f64>() < 0.2 + 0.3 * f64::from(found[found.len() - 1])));
        group.push(kind);
        area.extend(place.to_le_bytes());
    }
    for (name, bytes) in [("found", found), ("listed", listed), ("group", group), ("area", area)] {
        fs::write(folder.join(name), bytes)?;
    }
    Ok(())
}

fn run(folder: &Path, draws: usize, areas: bool) -> Result<(), Box<dyn std::error::Error>> {
    let bytes = |name: &str| fs::read(folder.join(name));
    let outcome: Vec<Outcome> = bytes("found")?
        .iter()
        .map(|&f| if f == 1 { Outcome::Found(1) } else { Outcome::NothingFound })
        .collect();
    let listed: Vec<f64> = bytes("listed")?.iter().map(|&l| f64::from(l)).collect();
    let group: Vec<Option<u32>> = bytes("group")?.iter().map(|&g| Some(u32::from(g))).collect();
    let area: Vec<u32> =
        bytes("area")?.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    let start = Instant::now();
    let counts = ClusterCounts::of_rows(
        &outcome,
        &listed,
        &group,
        usize::from(GROUPS),
        areas.then_some(area.as_slice()),
    );
    let rates = counts.rates(1, draws);
    let seconds = start.elapsed().as_secs_f64();
    let memory = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = memory.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or("unknown").trim();
    let mut out = std::io::stdout().lock();
    let kind = if areas { "areas" } else { "rows" };
    writeln!(
        out,
        "ours, {kind} drawn: {} rows, {draws} draws, {} rates: {seconds:.3} s, peak {peak}",
        outcome.len(),
        rates.len()
    )?;
    for group in [0, 19] {
        let rate = rates.iter().find(|r| r.metric == GroupMetric::TruePositiveRate && r.group == Some(group));
        if let Some(e) = rate.map(|r| &r.rate) {
            writeln!(
                out,
                "  TPR of group {group}: {:.4} ({:.4} to {:.4})",
                e.value.unwrap_or(f64::NAN),
                e.low.unwrap_or(f64::NAN),
                e.high.unwrap_or(f64::NAN)
            )?;
        }
    }
    Ok(())
}
