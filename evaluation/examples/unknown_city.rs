//! What is said of unknown outcomes, held against the truth of example cities: `cargo run --release --example unknown_city -p
//! evaluation -- FOLDER...`, each folder made by `train generate --panden 20000 --seed N --out FOLDER`. Prints the tables
//! of docs/benchmarks.md.
//!
//! The cities' visits lean towards some buurten and towards panden that look risky; `truth/controles.csv` has the chance with
//! which each was chosen. Visits after a signal or next to a find are left out: nobody knows their chance.
#![allow(missing_docs, clippy::similar_names, reason = "an example on made-up data")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::Path;

use evaluation::unknown::{Learner, Observed, Policy, Visit, World, bounds, hajek, simulate};

fn main() -> Result<(), Box<dyn Error>> {
    let cities = std::env::args()
        .skip(1)
        .map(|folder| City::read(Path::new(&folder)))
        .collect::<Result<Vec<_>, _>>()?;
    let mut out = std::io::stdout().lock();
    estimates(&cities, &mut out)?;
    certain_bounds(&cities, &mut out)?;
    loops(&cities, &mut out)
}

struct City {
    /// Buurt of each pand, and the expected number of kwekerijen that start there in a year.
    buurt: Vec<u32>,
    risk: Vec<f64>,
    /// Per buurt: does selection lean towards it?
    leaned: Vec<bool>,
    /// Pand, first and last day of each kwekerij.
    grows: Vec<(usize, i32, i32)>,
    /// Visits by design with a known result: day, pand, found, chance.
    visits: Vec<(i32, usize, bool, f64)>,
    /// First day of the records, and the day after the last.
    days: (i32, i32),
}

impl City {
    fn read(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let panden = table(&folder.join("truth/panden.csv"))?;
        let areas = table(&folder.join("truth/gebieden.csv"))?;
        let buurt_of: BTreeMap<&str, u32> =
            (0u32..).zip(&areas.rows).map(|(i, r)| (r[0].as_str(), i)).collect();
        let pand_of: BTreeMap<&str, usize> =
            panden.rows.iter().enumerate().map(|(i, r)| (r[0].as_str(), i)).collect();
        let chances = table(&folder.join("truth/controles.csv"))?;
        let chance: BTreeMap<&str, f64> = chances
            .rows
            .iter()
            .filter(|r| r[2] == "in die maand")
            .map(|r| Ok((r[0].as_str(), r[1].parse()?)))
            .collect::<Result<_, Box<dyn Error>>>()?;
        let mut visits = Vec::new();
        for row in &table(&folder.join("controles.csv"))?.rows {
            if let Some(&chance) = chance.get(row[0].as_str()).filter(|_| row[6] != "geen toegang") {
                visits.push((
                    day(&row[2])?,
                    pand_of[row[1].as_str()],
                    row[6].starts_with("kwekerij"),
                    chance,
                ));
            }
        }
        let grows = table(&folder.join("truth/kwekerijen.csv"))?;
        let grows = grows
            .rows
            .iter()
            .map(|r| Ok((pand_of[r[0].as_str()], day(&r[1])?, day(&r[2])?)))
            .collect::<Result<_, Box<dyn Error>>>()?;
        let risk = panden.head.iter().position(|h| h.starts_with("risico_")).unwrap_or(6);
        let years = panden.head.len() - risk;
        let mean = |r: &Vec<String>| -> Result<f64, Box<dyn Error>> {
            let values = r[risk..].iter().filter(|x| !x.is_empty()).map(|x| x.parse::<f64>());
            Ok(values.sum::<Result<f64, _>>()? / years as f64)
        };
        let first = day(&format!("{}-01-01", panden.head[risk].trim_start_matches("risico_")))?;
        Ok(Self {
            buurt: panden.rows.iter().map(|r| buurt_of[r[1].as_str()]).collect(),
            risk: panden.rows.iter().map(mean).collect::<Result<_, _>>()?,
            leaned: areas
                .rows
                .iter()
                .map(|r| Ok(r[5].parse::<f64>()? > 0.0))
                .collect::<Result<_, Box<dyn Error>>>()?,
            grows,
            visits,
            days: (first, first + i32::try_from(years)? * 365),
        })
    }

    /// Share of the panden with a kwekerij, on average over the days of the records.
    fn prevalence(&self) -> f64 {
        let (from, to) = self.days;
        let days: i32 = self.grows.iter().map(|&(_, a, b)| (b.min(to) - a.max(from)).max(0)).sum();
        f64::from(days) / f64::from(to - from) / self.buurt.len() as f64
    }
}

/// Hájek's estimate and the plain hit rate beside the truth.
fn estimates(cities: &[City], out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let (mut truth, mut weighed, mut plain, mut covered, mut visits) = (0.0, Vec::new(), 0.0, 0.0, 0);
    for city in cities {
        let rows: Vec<Observed> = city
            .visits
            .iter()
            .map(|&(_, pand, found, chance)| Observed {
                value: f64::from(u8::from(found)),
                chance,
                cluster: city.buurt[pand],
            })
            .collect();
        let estimate = hajek(&rows);
        let known = city.prevalence();
        truth += known;
        weighed.push(estimate.value.unwrap_or(f64::NAN) / known);
        plain += rows.iter().map(|r| r.value).sum::<f64>() / rows.len() as f64;
        let inside = |(low, high)| low <= known && known <= high;
        covered += f64::from(u8::from(estimate.low.zip(estimate.high).is_some_and(inside)));
        visits += rows.len();
    }
    let n = cities.len() as f64;
    let mean = weighed.iter().sum::<f64>() / n;
    let error = (weighed.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / (n - 1.0) / n).sqrt();
    writeln!(
        out,
        "{} cities, {visits} visits; a kwekerij in {:.3} % of the panden\n",
        cities.len(),
        100.0 * truth / n
    )?;
    writeln!(out, "| estimate of the share of panden with a kwekerij | over the truth |\n|---|---|")?;
    writeln!(out, "| plain hit rate of the visits | {:.2} |", plain / truth)?;
    writeln!(out, "| Hájek with the chances of selection | {mean:.2} (standard error {error:.2}) |")?;
    writeln!(out, "\nHájek's 95 % interval holds the truth in {:.0} % of the cities\n", 100.0 * covered / n)?;
    Ok(())
}

/// Per buurt and year: is the share of panden with a kwekerij between "none of the rest" and "all of the rest"?
fn certain_bounds(cities: &[City], out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let (mut cells, mut inside, mut width) = (0.0, 0.0, 0.0);
    for city in cities {
        for start in (city.days.0..city.days.1).step_by(365) {
            // The day that counts: of the visit, or the middle of the year where nobody came.
            let mut when: Vec<(i32, Option<bool>)> = vec![(start + 182, None); city.buurt.len()];
            for &(day, pand, found, _) in city.visits.iter().filter(|v| (start..start + 365).contains(&v.0)) {
                when[pand] = (day, Some(found));
            }
            let mut there = vec![false; city.buurt.len()];
            for &(pand, from, to) in &city.grows {
                there[pand] |= (from..=to).contains(&when[pand].0);
            }
            let mut sums = vec![[0.0; 4]; city.leaned.len()];
            for (pand, &(_, visit)) in when.iter().enumerate() {
                let sum = &mut sums[city.buurt[pand] as usize];
                sum[0] += f64::from(u8::from(visit == Some(true)));
                sum[1] += f64::from(u8::from(visit.is_some()));
                sum[2] += 1.0;
                sum[3] += f64::from(u8::from(there[pand]));
            }
            for [hits, known, rows, truth] in sums {
                if let Some((low, high)) = bounds(hits, known, rows) {
                    cells += 1.0;
                    inside += f64::from(u8::from(low <= truth / rows && truth / rows <= high));
                    width += high - low;
                }
            }
        }
    }
    writeln!(
        out,
        "Bounds per buurt and year: {inside} of {cells} hold the truth; {:.1} points wide on average\n",
        100.0 * width / cells
    )?;
    Ok(())
}

/// The city as the simulator's world: the chance that a kwekerij is there when somebody comes, at 0.575 years each.
impl World for City {
    fn rows(&self) -> usize {
        self.buurt.len()
    }

    fn chance(&self, row: usize, _: usize) -> f64 {
        (0.96 * 0.575 * self.risk[row]).min(1.0)
    }
}

/// Hot spots: a pand scores what was found in its buurt, from the city's own (leaning) visits on. Panden that were visited
/// less often come first within a buurt.
struct HotSpots<'a> {
    city: &'a City,
    per_visit: bool,
}

impl Learner for HotSpots<'_> {
    fn scores(&mut self, rows: usize, ledger: &[Visit]) -> Vec<f64> {
        let city = self.city;
        let (mut finds, mut visits) = (vec![0.0; city.leaned.len()], vec![0.0; city.leaned.len()]);
        let mut times = vec![0.0; rows];
        let before = city.visits.iter().map(|&(_, pand, found, _)| (pand, found));
        for (pand, found) in before.chain(ledger.iter().map(|v| (v.row as usize, v.found))) {
            finds[city.buurt[pand] as usize] += f64::from(u8::from(found));
            visits[city.buurt[pand] as usize] += 1.0;
            times[pand] += 1.0;
        }
        let mean = finds.iter().sum::<f64>() / visits.iter().sum::<f64>().max(1.0);
        let score = |pand: usize| {
            let at = city.buurt[pand] as usize;
            let yields =
                if self.per_visit { (finds[at] + 50.0 * mean) / (visits[at] + 50.0) } else { finds[at] };
            yields - 1e-6 * times[pand]
        };
        (0..rows).map(score).collect()
    }
}

const YEARS: usize = 20;

/// Who bears the visits after twenty years, without and with a random arm.
fn loops(cities: &[City], out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    writeln!(
        out,
        "| learner | random arm | visits to the buurten that visits lean to | their share of the risk | quality of the list | evenness (Gini) | finds per year |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|")?;
    for (name, per_visit) in [("counts finds", false), ("finds per visit", true)] {
        for random_share in [0.0, 0.1, 0.2, 0.4] {
            let (mut share, mut risk, mut quality, mut gini, mut finds) = (0.0, 0.0, 0.0, 0.0, 0.0);
            for (seed, city) in (0u64..).zip(cities) {
                let group: Vec<u32> =
                    city.buurt.iter().map(|&b| u32::from(city.leaned[b as usize])).collect();
                let visits = (city.buurt.len() * 67).div_ceil(10_000);
                let policy = Policy { visits, random_share, rounds: YEARS, seed };
                let rounds = simulate(city, &mut HotSpots { city, per_visit }, policy, &group, 2);
                let last = &rounds[YEARS / 2..];
                let of = |f: &dyn Fn(&evaluation::unknown::Round) -> f64| {
                    last.iter().map(f).sum::<f64>() / last.len() as f64
                };
                share += of(&|r| r.visits[1] / (r.visits[0] + r.visits[1]));
                quality += of(&|r| r.quality);
                finds += of(&|r| r.finds);
                gini += last.last().map_or(0.0, |r| r.gini);
                let all: f64 = city.risk.iter().sum();
                risk += city.risk.iter().zip(&group).map(|(r, &g)| r * f64::from(g)).sum::<f64>() / all;
            }
            let n = cities.len() as f64;
            writeln!(
                out,
                "| {name} | {:.0} % | {:.0} % | {:.0} % | {:.2} | {:.2} | {:.2} |",
                100.0 * random_share,
                100.0 * share / n,
                100.0 * risk / n,
                quality / n,
                gini / n,
                finds / n
            )?;
        }
    }
    Ok(())
}

struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// The city's own files: no quotes, no separators within a cell.
fn table(path: &Path) -> Result<Table, Box<dyn Error>> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let cells = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
    let mut lines = text.lines().map(cells);
    Ok(Table { head: lines.next().unwrap_or_default(), rows: lines.collect() })
}

/// Days since 1 March of the year 0 of an ISO date.
fn day(text: &str) -> Result<i32, Box<dyn Error>> {
    let parts = text.split('-').map(str::parse::<i32>).collect::<Result<Vec<_>, _>>()?;
    let [year, month, day] = parts[..] else { return Err(format!("no date: {text}").into()) };
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    Ok(365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day)
}
