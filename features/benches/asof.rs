//! The feature benchmark: 20 as-of dates of 30 features over 100,000 or 1,000,000 panden, from Parquet files.
//! `features/benches/run` makes the files, runs this program and DuckDB on them, and compares.
//!
//! ```text
//! asof generate DIR PANDEN    writes DIR/{panden,vondsten,meldingen,kerncijfers}.parquet
//! asof run DIR                computes; writes DIR/rust.json and DIR/rust_sample.csv
//! ```
#![expect(clippy::unwrap_used, reason = "a benchmark stops at the first thing that is wrong")]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "made-up numbers, far from any limit"
)]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use features::asof::{Calendar, Plan, Rows, Span};
use features::spec::{Aggregate, FeatureSpec, Over, Target, UnitOfStudy};
use features::tables::{AreaFigures, Areas, Column, Day, Events, Tables, Units};
use polars::prelude as pl;
use polars::prelude::SerReader;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// 1 January 2017, the first day on which something happens.
const START: i32 = 17_167;
const YEARS: i32 = 8;
const DAYS: i32 = YEARS * 365 + 2;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::stdout().lock();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["generate", dir, panden] => generate(Path::new(dir), panden.parse().unwrap()),
        ["run", dir] => writeln!(out, "{}", run(Path::new(dir))).unwrap(),
        // What `cargo bench` and `cargo test` call it with: there is nothing to do without files.
        _ => writeln!(out, "asof generate DIR PANDEN | asof run DIR; or use features/benches/run").unwrap(),
    }
}

// ---- The files ----

struct Pand {
    x: f64,
    y: f64,
    buurt: u32,
}

/// Towns of 50,000 panden (fewer when there are fewer), densest in the middle: about 2,000 panden per km²
/// around the average pand. Ids run by town, as BAG ids do.
fn panden(n: usize, rng: &mut ChaCha8Rng) -> Vec<Pand> {
    let towns = n.div_ceil(50_000);
    let side = (towns as f64).sqrt().ceil() as usize;
    let mut panden: Vec<(f64, f64, (usize, i64, i64))> = (0..n)
        .map(|i| {
            let town = i * towns / n;
            let (angle, away) =
                (rng.random::<f64>() * std::f64::consts::TAU, (-2.0 * rng.random::<f64>().ln()).sqrt());
            let spread = 1410.0 * (n as f64 / towns as f64 / 50_000.0).sqrt();
            let middle = |k: usize| 8_000.0 + 12_000.0 * k as f64;
            let decimetre = |v: f64| (v * 10.0).round() / 10.0;
            let x = decimetre(middle(town % side) + spread * away * angle.cos());
            let y = decimetre(middle(town / side) + spread * away * angle.sin());
            (x, y, (town, (x / 1000.0).floor() as i64, (y / 1000.0).floor() as i64))
        })
        .collect();
    let mut cells: Vec<_> = panden.iter().map(|p| p.2).collect();
    cells.sort_unstable();
    cells.dedup();
    let buurt = |cell| cells.binary_search(&cell).unwrap() as u32;
    panden.drain(..).map(|(x, y, cell)| Pand { x, y, buurt: buurt(cell) }).collect()
}

fn generate(dir: &Path, n: usize) {
    std::fs::create_dir_all(dir).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(42);
    let panden = panden(n, &mut rng);
    write_panden(&dir.join("panden.parquet"), &panden, &mut rng);
    let cell = |p: &Pand| ((p.x / 200.0).floor() as i64, (p.y / 200.0).floor() as i64);
    let mut by_cell: BTreeMap<(i64, i64), Vec<usize>> = BTreeMap::new();
    for (i, pand) in panden.iter().enumerate() {
        by_cell.entry(cell(pand)).or_default().push(i);
    }
    let hot: Vec<usize> = (0..n / 2500 + 1).map(|_| rng.random_range(0..n)).collect();
    let draw = |rng: &mut ChaCha8Rng| -> usize {
        if rng.random_bool(0.5) {
            return rng.random_range(0..n);
        }
        let near = &by_cell[&cell(&panden[hot[rng.random_range(0..hot.len())]])];
        near[rng.random_range(0..near.len())]
    };
    let finds = n * YEARS as usize / 1000;
    let drawn: Vec<usize> = (0..finds).map(|_| draw(&mut rng)).collect();
    write_events(&dir.join("vondsten.parquet"), &panden, &drawn, 0.0, &mut rng);
    let drawn: Vec<usize> = (0..5 * finds).map(|_| draw(&mut rng)).collect();
    write_events(&dir.join("meldingen.parquet"), &panden, &drawn, 40.0, &mut rng);
    let buurten = panden.iter().map(|p| p.buurt).max().unwrap() + 1;
    write_figures(&dir.join("kerncijfers.parquet"), buurten, &mut rng);
}

fn write_panden(path: &Path, panden: &[Pand], rng: &mut ChaCha8Rng) {
    let n = panden.len();
    let valid_from: Vec<i32> = (0..n)
        .map(|_| if rng.random_bool(0.06) { START + rng.random_range(0..DAYS) } else { START - 1 })
        .collect();
    let valid_to: Vec<i32> = valid_from
        .iter()
        .map(|from| if rng.random_bool(0.03) { from + rng.random_range(1..DAYS) } else { i32::MAX })
        .collect();
    let known: Vec<i32> = valid_from
        .iter()
        .map(|from| if *from < START { *from } else { from + rng.random_range(0..60) })
        .collect();
    let missing = |p: f64, v: f32, rng: &mut ChaCha8Rng| if rng.random_bool(p) { f32::NAN } else { v };
    let mut values = |p: f64, low: i32, high: i32| -> Vec<f32> {
        (0..n)
            .map(|_| {
                let v = rng.random_range(low..high) as f32;
                missing(p, v, rng)
            })
            .collect()
    };
    write(
        path,
        vec![
            pl::Column::new("unit".into(), (0..n as u32).collect::<Vec<_>>()),
            pl::Column::new("x".into(), panden.iter().map(|p| p.x).collect::<Vec<_>>()),
            pl::Column::new("y".into(), panden.iter().map(|p| p.y).collect::<Vec<_>>()),
            pl::Column::new("buurt".into(), panden.iter().map(|p| p.buurt).collect::<Vec<_>>()),
            pl::Column::new("valid_from".into(), valid_from),
            pl::Column::new("valid_to".into(), valid_to),
            pl::Column::new("known_from".into(), known),
            pl::Column::new("bouwjaar".into(), values(0.02, 1880, 2024)),
            pl::Column::new("oppervlakte".into(), values(0.05, 20, 4000)),
            pl::Column::new("woz".into(), values(0.05, 80, 2000)),
            pl::Column::new("gebruiksdoel".into(), values(0.01, 0, 6)),
        ],
    );
}

fn write_events(path: &Path, panden: &[Pand], drawn: &[usize], off: f64, rng: &mut ChaCha8Rng) {
    let mut dates: Vec<(i32, i32)> = drawn
        .iter()
        .map(|_| {
            let date = START + rng.random_range(0..DAYS);
            (date, date + rng.random_range(0..60))
        })
        .collect();
    dates.sort_unstable();
    let mut near = |v: f64| (10.0 * (v + off * (rng.random::<f64>() - 0.5))).round() / 10.0;
    write(
        path,
        vec![
            pl::Column::new("date".into(), dates.iter().map(|d| d.0).collect::<Vec<_>>()),
            pl::Column::new("known_from".into(), dates.iter().map(|d| d.1).collect::<Vec<_>>()),
            pl::Column::new("unit".into(), drawn.iter().map(|&p| p as u32).collect::<Vec<_>>()),
            pl::Column::new("buurt".into(), drawn.iter().map(|&p| panden[p].buurt).collect::<Vec<_>>()),
            pl::Column::new("x".into(), drawn.iter().map(|&p| near(panden[p].x)).collect::<Vec<_>>()),
            pl::Column::new("y".into(), drawn.iter().map(|&p| near(panden[p].y)).collect::<Vec<_>>()),
        ],
    );
}

/// Whole and half numbers, so that sums over all panden are exact whatever their order.
fn write_figures(path: &Path, buurten: u32, rng: &mut ChaCha8Rng) {
    let rows: Vec<(u32, i32)> = (2015..2024).flat_map(|year| (0..buurten).map(move |b| (b, year))).collect();
    let published = |year: i32| Day::from_ymd(year + 1, 9, 1).unwrap().0;
    let mut values = |high: i32| -> Vec<f32> {
        rows.iter()
            .map(|_| if rng.random_bool(0.05) { f32::NAN } else { rng.random_range(0..high) as f32 / 2.0 })
            .collect()
    };
    write(
        path,
        vec![
            pl::Column::new("pct_huur".into(), values(200)),
            pl::Column::new("huishoudens".into(), values(4000)),
            pl::Column::new("area".into(), rows.iter().map(|r| r.0).collect::<Vec<_>>()),
            pl::Column::new("year".into(), rows.iter().map(|r| r.1).collect::<Vec<_>>()),
            pl::Column::new("published".into(), rows.iter().map(|r| published(r.1)).collect::<Vec<_>>()),
        ],
    );
}

fn write(path: &Path, columns: Vec<pl::Column>) {
    let mut frame = pl::DataFrame::new_infer_height(columns).unwrap();
    let writer = pl::ParquetWriter::new(File::create(path).unwrap());
    writer.with_compression(pl::ParquetCompression::Uncompressed).finish(&mut frame).unwrap();
}

// ---- Files to tables ----

struct Frame(pl::DataFrame);

impl Frame {
    fn read(path: &Path) -> Self {
        let mut frame = pl::ParquetReader::new(File::open(path).unwrap()).finish().unwrap();
        frame.rechunk_mut();
        Self(frame)
    }

    fn whole(&self, name: &str) -> Vec<i32> {
        self.0.column(name).unwrap().i32().unwrap().cont_slice().unwrap().to_vec()
    }

    fn positions(&self, name: &str) -> Vec<u32> {
        self.0.column(name).unwrap().u32().unwrap().cont_slice().unwrap().to_vec()
    }

    fn coordinates(&self, name: &str) -> Vec<f64> {
        self.0.column(name).unwrap().f64().unwrap().cont_slice().unwrap().to_vec()
    }

    fn column(&self, name: &str, categories: &[&str]) -> Column {
        Column {
            name: name.to_owned(),
            values: self.0.column(name).unwrap().f32().unwrap().cont_slice().unwrap().to_vec(),
            categories: categories.iter().map(|c| (*c).to_owned()).collect(),
        }
    }

    fn days(&self, name: &str) -> Vec<Day> {
        self.whole(name).into_iter().map(Day).collect()
    }
}

fn tables(dir: &Path) -> Tables {
    let panden = Frame::read(&dir.join("panden.parquet"));
    let unit = panden.positions("unit");
    let n = unit.len();
    let purposes = ["bijeenkomst", "gezondheidszorg", "industrie", "kantoor", "winkel", "wonen"];
    let units = Units {
        id: (0..n).map(|i| format!("{i:016}")).collect(),
        unit,
        valid_from: panden.days("valid_from"),
        valid_to: panden.days("valid_to"),
        known_from: panden.days("known_from"),
        exists: vec![true; n],
        x: panden.coordinates("x"),
        y: panden.coordinates("y"),
        area: panden.positions("buurt").into_iter().map(Some).collect(),
        columns: vec![
            panden.column("bouwjaar", &[]),
            panden.column("oppervlakte", &[]),
            panden.column("woz", &[]),
            panden.column("gebruiksdoel", &purposes),
        ],
    };
    let figures = Frame::read(&dir.join("kerncijfers.parquet"));
    let area = figures.positions("area");
    let buurten = area.iter().max().unwrap() + 1;
    Tables {
        areas: areas(buurten),
        units,
        events: vec![events(dir, "vondsten", true), events(dir, "meldingen", false)],
        visits: vec![],
        figures: vec![AreaFigures {
            source: "kerncijfers".to_owned(),
            year: figures.whole("year"),
            published: figures.days("published"),
            columns: vec![figures.column("pct_huur", &[]), figures.column("huishoudens", &[])],
            secret: vec![],
            area,
        }],
    }
}

fn areas(n: u32) -> Areas {
    let count = n as usize;
    Areas {
        levels: vec!["buurt".to_owned()],
        code: (0..n).map(|b| format!("BU{b:08}")).collect(),
        name: (0..n).map(|b| format!("Buurt {b}")).collect(),
        level: vec![0; count],
        parent: vec![None; count],
        shape: vec![None; count],
        shape_wgs84: vec![None; count],
        x: vec![f64::NAN; count],
        y: vec![f64::NAN; count],
        columns: vec![],
    }
}

fn events(dir: &Path, source: &str, with_unit: bool) -> Events {
    let frame = Frame::read(&dir.join(format!("{source}.parquet")));
    let date = frame.days("date");
    let n = date.len();
    let unit = frame.positions("unit").into_iter().map(|u| with_unit.then_some(u)).collect();
    Events {
        source: source.to_owned(),
        date,
        known_from: frame.days("known_from"),
        unit,
        area: frame.positions("buurt").into_iter().map(Some).collect(),
        x: frame.coordinates("x"),
        y: frame.coordinates("y"),
        count: vec![1.0; n],
        columns: vec![],
    }
}

// ---- The study ----

fn feature(name: &str, from: Aggregate, source: Option<&str>, column: Option<&str>) -> FeatureSpec {
    let text = models::Text { nl: name.to_owned(), en: name.to_owned() };
    FeatureSpec {
        name: name.to_owned(),
        label: text,
        unit: String::new(),
        from,
        source: source.map(str::to_owned),
        column: column.map(str::to_owned),
        over: Over::Unit,
        level: None,
        windows: vec![],
        radii: vec![],
        decay_metres: None,
        per_exposure: false,
        missing_flag: false,
        sign: None,
        passport: models::Passport::default(),
    }
}

/// 30 columns; `asof_duckdb.py` has the same in SQL, in the same order.
fn study() -> Vec<FeatureSpec> {
    let windows = |w: &[&str]| w.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    let finds = |name, from| feature(name, from, Some("vondsten"), None);
    let near = FeatureSpec {
        over: Over::Radius,
        radii: vec![100.0, 250.0, 500.0],
        windows: windows(&["90 days", "1 year", "3 years"]),
        ..finds("vondsten", Aggregate::Count)
    };
    let signals = FeatureSpec {
        over: Over::Radius,
        radii: vec![100.0, 250.0, 500.0],
        windows: windows(&["6 months", "1 year"]),
        ..feature("meldingen", Aggregate::Count, Some("meldingen"), None)
    };
    let own = FeatureSpec { windows: windows(&["1 year", "3 years"]), ..finds("eigen", Aggregate::Count) };
    let ever = finds("eigen_ooit", Aggregate::Count);
    let buurt = FeatureSpec {
        over: Over::Area,
        windows: windows(&["6 months", "1 year", "3 years"]),
        ..finds("buurt", Aggregate::Count)
    };
    let since = finds("dagen_eigen", Aggregate::DaysSince);
    let since_buurt = FeatureSpec { over: Over::Area, ..finds("dagen_buurt", Aggregate::DaysSince) };
    let since_near =
        FeatureSpec { over: Over::Radius, radii: vec![250.0], ..finds("dagen_nabij", Aggregate::DaysSince) };
    let plain = |name, from, column| feature(name, from, None, Some(column));
    vec![
        near,
        signals,
        own,
        ever,
        buurt,
        since,
        since_buurt,
        since_near,
        plain("leeftijd", Aggregate::YearsSince, "bouwjaar"),
        plain("oppervlakte", Aggregate::Column, "oppervlakte"),
        plain("woz", Aggregate::Column, "woz"),
        plain("gebruiksdoel", Aggregate::Column, "gebruiksdoel"),
        feature("pct_huur", Aggregate::Published, Some("kerncijfers"), Some("pct_huur")),
        feature("huishoudens", Aggregate::Published, Some("kerncijfers"), Some("huishoudens")),
    ]
}

/// Every three months from 1 March 2020.
fn calendar() -> Calendar {
    let (first, step) = (Day::from_ymd(2020, 3, 1).unwrap(), Span::months(3));
    let dates: Vec<Day> = (0..20).map(|i| step.times(i).after(first)).collect();
    Calendar {
        step,
        horizon: Span::months(6),
        reporting_delay: Span::days(60),
        data_until: Day(START + DAYS),
        test_from: dates[12],
        dates,
    }
}

fn run(dir: &Path) -> String {
    let start = Instant::now();
    let tables = tables(dir);
    let read = start.elapsed().as_secs_f64();
    let target: Target = serde_json::from_str(
        r#"{"events": "vondsten", "exposure_unit": {"nl": "panden", "en": "buildings"}, "finds": {"nl": "v", "en": "f"}}"#,
    )
    .unwrap();
    let calendar = calendar();
    let plan = Plan::new(UnitOfStudy::Pand, &study(), &target, &calendar, &tables).unwrap();
    assert_eq!(plan.schema().features.len(), 30);
    let mut sample = std::io::BufWriter::new(File::create(dir.join("rust_sample.csv")).unwrap());
    let mut sums = BTreeMap::new();
    let mut seconds = Vec::new();
    for &t in &calendar.dates {
        let rows = plan.rows(&tables, t).unwrap();
        sums.insert(t.to_string(), checks(&rows));
        write_sample(&mut sample, &rows, tables.units.id.len());
        seconds.push((start.elapsed().as_secs_f64() * 1000.0).round() / 1000.0);
    }
    sample.flush().unwrap();
    let result = serde_json::json!({
        "panden": tables.units.id.len(),
        "seconds": start.elapsed().as_secs_f64(),
        "reading": read,
        "after_each_date": seconds,
        "peak_mib": peak_mib(),
        "cpu_seconds": cpu_seconds(),
        "columns": plan.schema().features.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(),
        "checks": sums,
    });
    std::fs::write(dir.join("rust.json"), result.to_string()).unwrap();
    format!(
        "{:.2} s ({:.1} s of processor), {} MiB",
        start.elapsed().as_secs_f64(),
        cpu_seconds(),
        peak_mib()
    )
}

/// Per column: number of values, their sum, and their sum weighed by unit. All exact in 64 bits.
fn checks(rows: &Rows) -> Vec<(u64, f64, f64)> {
    use rayon::prelude::*;
    (0..rows.matrix.schema().features.len())
        .into_par_iter()
        .map(|j| {
            rows.matrix.column(j).iter().zip(&rows.unit).fold(
                (0, 0.0, 0.0),
                |(n, sum, weighed), (&v, &unit)| {
                    if v.is_nan() {
                        return (n, sum, weighed);
                    }
                    let v = f64::from(v);
                    (n + 1, sum + v, weighed + v * f64::from(unit % 1009))
                },
            )
        })
        .collect()
}

/// All values of some 1,000 panden.
fn write_sample(out: &mut impl Write, rows: &Rows, panden: usize) {
    let every = (panden / 1000).max(1) as u32;
    for (row, &unit) in rows.unit.iter().enumerate().filter(|(_, unit)| **unit % every == 7 % every) {
        let value = |v: f32| if v.is_nan() { String::new() } else { f64::from(v).to_string() };
        let values: Vec<String> = rows.matrix.row(row).into_iter().map(value).collect();
        writeln!(out, "{},{unit},{}", rows.as_of, values.join(",")).unwrap();
    }
}

/// Largest resident memory of this process so far.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM:"));
    line.and_then(|l| l.split_whitespace().nth(1)).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// Processor time of this process so far, all threads: on a busy machine steadier than the clock on the wall.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    // User and system time are fields 14 and 15, in hundredths of a second; the name is field 2.
    after_name.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() / 100.0
}
