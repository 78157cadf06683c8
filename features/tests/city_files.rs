//! The example city as its readers see it: files, bytes, rates, bias.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test, and one that shows a summary"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use features::city::{CityError, CitySpec, CitySummary, generate};

fn spec(panden: usize, years: u32, seed: u64) -> CitySpec {
    CitySpec { panden, years, seed, panden_from: None, areas_from: None }
}

fn make(spec: &CitySpec, out: &Path) -> CitySummary {
    generate(spec, out, &|_, _, _| {}).expect("a city")
}

/// Every file under a folder, by its path in it.
fn bytes(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for dir in [folder.to_path_buf(), folder.join("truth")] {
        for entry in fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                all.insert(path.strip_prefix(folder).unwrap().to_path_buf(), fs::read(&path).unwrap());
            }
        }
    }
    all
}

/// Rows of a CSV file by column name.
struct Sheet {
    columns: BTreeMap<String, usize>,
    rows: Vec<csv::StringRecord>,
}

impl Sheet {
    fn read(path: &Path, separator: u8) -> Self {
        let mut reader = csv::ReaderBuilder::new().delimiter(separator).from_path(path).unwrap();
        let columns = reader.headers().unwrap().iter().map(str::to_owned).zip(0..).collect();
        Self { columns, rows: reader.records().map(Result::unwrap).collect() }
    }

    fn column(&self, name: &str) -> Vec<&str> {
        let at = self.columns[name];
        self.rows.iter().map(|r| r.get(at).unwrap()).collect()
    }

    fn numbers(&self, name: &str) -> Vec<f64> {
        self.column(name).iter().map(|v| v.replace(',', ".").parse().unwrap_or(f64::NAN)).collect()
    }
}

fn tally<'a>(values: impl IntoIterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_insert(0) += 1;
    }
    counts
}

#[test]
fn same_seed_same_bytes_and_another_seed_another_town() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b, c) = (dir.path().join("a"), dir.path().join("b"), dir.path().join("c"));
    make(&spec(3_000, 4, 9), &a);
    make(&spec(3_000, 4, 9), &b);
    make(&spec(3_000, 4, 10), &c);
    assert!(bytes(&a) == bytes(&b));
    let differ: Vec<_> =
        bytes(&a).into_iter().filter(|(name, text)| bytes(&c)[name] != *text).map(|(name, _)| name).collect();
    assert_eq!(differ.len(), bytes(&a).len() - 1, "all but the README differ: {differ:?}");
    // Over an earlier city.
    make(&spec(3_000, 4, 10), &a);
    assert!(bytes(&a) == bytes(&c));
}

#[test]
fn a_town_is_what_its_registers_should_be() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path();
    let summary = make(&spec(60_000, 8, 42), out);
    println!("{summary}");
    assert_eq!((summary.panden, summary.truth_panden), (60_000, 60_000));
    panden(out);
    events(out);
    truth(out, summary.panden);
    figures(out);
    let mean = summary.finds_per_1000.iter().map(|r| r.1).sum::<f64>() / 10.0;
    println!("mean {mean:.3} finds per 1,000 panden and year");
    assert!((0.75..1.05).contains(&mean), "{mean}");
    assert!(summary.finds_per_1000.iter().all(|r| (0.5..1.3).contains(&r.1)), "{:?}", summary.finds_per_1000);
    bias(out);
}

fn panden(out: &Path) {
    let sheet = Sheet::read(&out.join("panden.csv"), b',');
    let ids: BTreeSet<&str> = sheet.column("pand_id").into_iter().collect();
    assert_eq!(ids.len(), 60_000);
    assert!(ids.iter().all(|id| id.len() == 16 && id.starts_with("9999100")));
    let per_pand = sheet.rows.len() as f64 / 60_000.0;
    println!("{per_pand:.2} voorkomens per pand");
    assert!(per_pand <= 1.6);
    let (from, to) = (sheet.column("geldig_vanaf"), sheet.column("geldig_tot"));
    let (known, id) = (sheet.column("geregistreerd"), sheet.column("pand_id"));
    for (at, begin) in from.iter().enumerate() {
        assert!(*begin <= known[at] && known[at] <= "2026-01-01");
        assert!(to[at].is_empty() || *begin < to[at]);
        if at > 0 && id[at] == id[at - 1] {
            assert_eq!(to[at - 1], *begin);
        } else if at > 0 {
            assert!(to[at - 1].is_empty() && id[at - 1] < id[at]);
        }
    }
    for column in ["status", "gebruiksdoel", "eigendom", "energielabel"] {
        println!("{column}: {:?}", tally(sheet.column(column)));
    }
    let year = tally(sheet.column("bouwjaar"));
    let odd = (year["1005"] + year["9999"]) as f64 / sheet.rows.len() as f64;
    println!("bouwjaar placeholders: {odd:.4}");
    assert!((0.008..0.025).contains(&odd));
    let missing = tally(sheet.column("energielabel"))[""] as f64 / sheet.rows.len() as f64;
    assert!((0.10..0.22).contains(&missing), "{missing}");
    for purpose in ["woonfunctie", "industriefunctie", "overige gebruiksfunctie"] {
        let (area, woz, uses) =
            (sheet.numbers("oppervlakte_m2"), sheet.numbers("woz_waarde"), sheet.column("gebruiksdoel"));
        for (name, values) in [("m2", area), ("woz", woz)] {
            let mut some: Vec<f64> = (0..values.len())
                .filter(|&i| uses[i] == purpose && !values[i].is_nan())
                .map(|i| values[i])
                .collect();
            some.sort_by(f64::total_cmp);
            let at = |q: f64| some[((some.len() - 1) as f64 * q) as usize];
            println!(
                "{purpose} {name}: 5 % {} 25 % {} 50 % {} 75 % {} 95 % {}",
                at(0.05),
                at(0.25),
                at(0.5),
                at(0.75),
                at(0.95)
            );
        }
    }
}

fn events(out: &Path) {
    let finds = Sheet::read(&out.join("vondsten.csv"), b',');
    let visits = Sheet::read(&out.join("controles.csv"), b',');
    let signals = Sheet::read(&out.join("meldingen.csv"), b',');
    for (sheet, date) in [(&finds, "datum_vondst"), (&visits, "datum"), (&signals, "datum")] {
        for (day, known) in sheet.column(date).iter().zip(sheet.column("datum_registratie")) {
            assert!(*day <= known && *day >= "2016-01-01" && known <= "2026-01-01");
        }
        assert!(sheet.column(date).is_sorted());
    }
    let found: BTreeSet<(&str, &str)> =
        finds.column("pand_id").into_iter().zip(finds.column("datum_vondst")).collect();
    let (pand, day) = (visits.column("pand_id"), visits.column("datum"));
    let (outcome, reason) = (visits.column("uitkomst"), visits.column("aanleiding"));
    let mut hits = BTreeMap::new();
    let position = visits.column("plaats_op_lijst");
    for (at, place) in position.iter().enumerate() {
        let hit = outcome[at] == "kwekerij aangetroffen";
        let row = hits.entry(reason[at]).or_insert((0, 0));
        *row = (row.0 + 1, row.1 + usize::from(hit));
        assert!(!hit || found.contains(&(pand[at], day[at])), "visit {at} found without a find");
        assert_eq!(reason[at] == "lijst", !place.is_empty());
    }
    println!("visits and hits by reason: {hits:?}; outcomes {:?}", tally(outcome.iter().copied()));
    println!("finds by lead: {:?}; {} signals", tally(finds.column("bron")), signals.rows.len());
    let by_control = finds.column("bron").iter().filter(|b| **b == "controle").count();
    assert_eq!(by_control, hits.values().map(|h| h.1).sum::<usize>());
    let random = hits["steekproef"].0 as f64 / pand.len() as f64;
    assert!((0.03..0.07).contains(&random), "{random}");
    let months = tally(finds.column("datum_vondst").iter().map(|d| &d[5..7]));
    println!("finds by month: {months:?}");
}

fn truth(out: &Path, panden: usize) {
    let sheet = Sheet::read(&out.join("truth/panden.csv"), b',');
    let register = Sheet::read(&out.join("panden.csv"), b',');
    let ids: BTreeSet<&str> = sheet.column("pand_id").into_iter().collect();
    assert_eq!((sheet.rows.len(), ids.len()), (panden, panden));
    assert_eq!(ids, register.column("pand_id").into_iter().collect());
    for year in 2016..2026 {
        let risk = sheet.numbers(&format!("risico_{year}"));
        assert!(risk.iter().all(|r| (0.0..1.0).contains(r)));
    }
    let mut risk = sheet.numbers("risico_2024");
    let sum: f64 = risk.iter().sum();
    risk.sort_by(|a, b| b.total_cmp(a));
    let top: f64 = risk[..600].iter().sum();
    println!("true risk 2024: {sum:.1} starts; the 600 riskiest panden hold {:.1} %", 100.0 * top / sum);
    let grows = Sheet::read(&out.join("truth/kwekerijen.csv"), b',');
    let begun = grows.column("begin").iter().filter(|d| d.starts_with("202") && **d < "2026").count() as f64;
    let expected: f64 = (2020..2026).flat_map(|y| sheet.numbers(&format!("risico_{y}"))).sum();
    println!("2020-2025: {begun} kwekerijen started, {expected:.1} expected");
    assert!((begun - expected).abs() < 4.0 * expected.sqrt());
    let visits = Sheet::read(&out.join("controles.csv"), b',');
    let chance = Sheet::read(&out.join("truth/controles.csv"), b',');
    assert_eq!(visits.column("controle_id"), chance.column("controle_id"));
    assert!(chance.numbers("kans").iter().all(|p| *p > 0.0 && *p < 1.0));
    chances_are_chances(&visits, &chance, &register);
}

/// If the chances are right, the visits of an arm weighed by 1 / chance stand for all panden, each month.
fn chances_are_chances(visits: &Sheet, chance: &Sheet, register: &Sheet) {
    let (reason, chance) = (visits.column("aanleiding"), chance.numbers("kans"));
    let (from, to, status) =
        (register.column("geldig_vanaf"), register.column("geldig_tot"), register.column("status"));
    let standing = (0..from.len()).filter(|&i| {
        let exists = status[i].starts_with("Pand in gebruik") || status[i] == "Verbouwing pand";
        exists && from[i] <= "2021-01-01" && (to[i].is_empty() || to[i] > "2021-01-01")
    });
    // Rounds are made every 30 days.
    let all = standing.count() as f64 * 3653.0 / 30.0;
    for arm in ["routine", "steekproef"] {
        let weights: Vec<f64> =
            (0..reason.len()).filter(|&i| reason[i] == arm).map(|i| 1.0 / chance[i]).collect();
        let (sum, squares) = (weights.iter().sum::<f64>(), weights.iter().map(|w| w * w).sum::<f64>());
        println!(
            "{arm}: stands for {:.3} of the panden, standard error {:.3}",
            sum / all,
            squares.sqrt() / all
        );
        assert!((sum - all).abs() < 4.0 * squares.sqrt(), "{arm}: {sum} against {all}");
    }
}

fn figures(out: &Path) {
    let sheet = Sheet::read(&out.join("kerncijfers.csv"), b';');
    let codes: BTreeSet<&str> = sheet.column("gwb_code").into_iter().collect();
    assert_eq!(codes.len(), 60 + 8 + 1);
    let keys: BTreeSet<_> = sheet.column("gwb_code").into_iter().zip(sheet.column("jaar")).collect();
    assert_eq!(keys.len(), sheet.rows.len());
    for at in 0..sheet.rows.len() {
        let residents = sheet.numbers("a_inw")[at];
        assert!(residents % 5.0 == 0.0);
        assert_eq!(residents < 50.0, sheet.column("p_huurw")[at] == ".", "{:?}", sheet.rows[at]);
        let (year, published) = (sheet.numbers("jaar")[at], sheet.column("gepubliceerd")[at]);
        let late = published[..4].parse::<f64>().unwrap() - year;
        assert!((1.0..=2.0).contains(&late) && published <= "2026-01-01");
    }
    assert!(sheet.column("inkomensdeciel").contains(&"-99997"));
    let (code, year) = (sheet.column("gwb_code"), sheet.column("jaar"));
    for at in (0..code.len()).filter(|&i| year[i] == "2023") {
        println!("{}", sheet.rows[at].iter().collect::<Vec<_>>().join(" | "));
    }
}

/// Visits and false alarms go to buurten with a high share of origin outside Europe beyond their risk.
fn bias(out: &Path) {
    let sheet = Sheet::read(&out.join("truth/gebieden.csv"), b',');
    let (lean, panden) = (sheet.numbers("neiging"), sheet.numbers("panden"));
    let (risk, visits) = (sheet.numbers("som_risico"), sheet.numbers("controles"));
    let mut order: Vec<usize> = (0..lean.len()).collect();
    order.sort_by(|&a, &b| lean[b].total_cmp(&lean[a]));
    let top = &order[..lean.len() / 4];
    let share = |of: &[f64]| top.iter().map(|&i| of[i]).sum::<f64>() / of.iter().sum::<f64>();
    let (p, r, v) = (share(&panden), share(&risk), share(&visits));
    println!("top quarter by origin: {:.3} of panden, {:.3} of true risk, {:.3} of visits", p, r, v);
    assert!(v > 1.25 * r, "share of visits {v} against share of risk {r}");
}

#[test]
fn other_towns_have_the_same_rate_and_lean() {
    let dir = tempfile::tempdir().unwrap();
    for seed in 1..=6 {
        let out = dir.path().join(format!("{seed}"));
        let summary = make(&spec(30_000, 8, seed), &out);
        let mean = summary.finds_per_1000.iter().map(|r| r.1).sum::<f64>() / 10.0;
        println!("seed {seed}: {mean:.3} finds per 1,000 panden and year");
        assert!((0.65..1.15).contains(&mean), "seed {seed}: {mean}");
        bias(&out);
    }
}

#[test]
fn the_road_to_a_city_is_guarded() {
    let dir = tempfile::tempdir().unwrap();
    let fails = |spec: &CitySpec| generate(spec, &dir.path().join("x"), &|_, _, _| {}).expect_err("no city");
    assert!(matches!(fails(&spec(99, 8, 1)), CityError::Panden(99)));
    assert!(matches!(fails(&spec(1_000, 31, 1)), CityError::Years(31)));
    let lost = CitySpec { panden_from: Some("nowhere.csv".into()), ..spec(1_000, 2, 1) };
    assert!(matches!(fails(&lost), CityError::AreasMissing { .. }));
    let lost = CitySpec { areas_from: Some("nowhere.json".into()), ..lost };
    assert!(fails(&lost).to_string().contains("nowhere.csv"));
    let other = dir.path().join("other");
    fs::create_dir_all(&other).unwrap();
    fs::write(other.join("jaarverslag.pdf"), "x").unwrap();
    let message = generate(&spec(100, 1, 1), &other, &|_, _, _| {}).expect_err("foreign").to_string();
    assert!(message.contains("jaarverslag.pdf"), "{message}");
    assert_eq!(fs::read_dir(&other).unwrap().count(), 1);
}

#[test]
fn the_smallest_and_the_longest() {
    let dir = tempfile::tempdir().unwrap();
    let small = make(&spec(100, 1, 3), &dir.path().join("small"));
    assert_eq!((small.panden, small.finds_per_1000.len()), (100, 3));
    let long = make(&spec(2_000, 30, 3), &dir.path().join("long"));
    assert_eq!((long.panden, long.finds_per_1000.len()), (2_000, 32));
}
