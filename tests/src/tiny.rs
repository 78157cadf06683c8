//! A small, sound study: four square buurten, forty panden, two years of finds and visits.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The study file.
pub const STUDY: &str = r#"[study]
name = "klein"
title = { nl = "Kleine proef", en = "Small trial" }
purpose = { nl = "proef", en = "trial" }
limits = { nl = "verzonnen", en = "made up" }
unit = "pand"
level = "buurt"
seed = 1

[time]
first_as_of = "2020-01-01"
last_as_of = "2022-01-01"
step = "3 months"
horizon = "3 months"
reporting_delay = "10 days"
data_until = "2022-01-01"
test_from = "2021-04-01"

[target]
events = "vondsten"
visits = "controles"
unknown_in_training = "as_nothing_found"
exposure_unit = { nl = "panden", en = "buildings" }
finds = { nl = "vondsten", en = "finds" }

[sources.gebieden]
kind = "areas"
path = ["gemeente.geojson", "buurten.geojson"]
level = ["gemeente", "buurt"]
columns = { code = "code", name = "naam", parent = "ligt_in" }
crs = "rd"

[sources.panden]
kind = "units"
path = "panden.csv"
columns = { id = "pand_id", valid_from = "van", valid_to = "tot", x = "x", y = "y" }
values = { bouwjaar = "bouwjaar", oppervlakte = "oppervlakte" }
categories = { gebruik = "gebruik" }
crs = "rd"

[sources.vondsten]
kind = "events"
path = "vondsten.csv"
columns = { date = "datum", known_from = "bekend", unit = "pand_id" }

[sources.controles]
kind = "visits"
path = "controles.csv"
columns = { date = "datum", known_from = "bekend", unit = "pand_id", outcome = "uitkomst" }
outcomes = { found = ["ja"], nothing_found = ["nee"], no_access = ["dicht"] }

[sources.cijfers]
kind = "figures"
path = "cijfers.csv"
separator = ";"
decimal_comma = true
columns = { area = "code", year = "jaar", published = "gepubliceerd" }
values = { huur = "p_huurw", herkomst = "p_geb_buiten_europa" }

[[feature]]
name = "nabij"
label = { nl = "vondsten in de omgeving", en = "finds near by" }
unit = "finds"
from = "count"
source = "vondsten"
over = "radius"
radii = [500]
windows = ["1 year"]
passport = { purpose = "proef", source = "proef", legal_basis = "proef" }

[[feature]]
name = "oppervlakte"
label = { nl = "oppervlakte", en = "floor area" }
unit = "m²"
from = "column"
column = "oppervlakte"
passport = { purpose = "proef", source = "proef", legal_basis = "proef" }

[[feature]]
name = "huur"
label = { nl = "huurwoningen", en = "rented homes" }
unit = "%"
from = "published"
source = "cijfers"
column = "huur"
passport = { purpose = "proef", source = "proef", legal_basis = "proef" }

[[audit]]
name = "herkomst"
label = { nl = "herkomst", en = "origin" }
source = "cijfers"
column = "herkomst"
groups = 2

[[learner]]
name = "nabij"
kind = "baseline"
feature = "nabij_500m_1y"
label = { nl = "vondsten in de omgeving", en = "finds near by" }

[[learner]]
name = "poisson"
kind = "poisson"
l2 = 10.0
label = { nl = "Poisson-regressie", en = "Poisson regression" }

[rule]
metric = "finds_at_capacity"
capacity = { units = 8 }
baseline = "nabij"
margin = 0.0
confidence = 0.90

[disclosure]
minimum_units = 5
top_k = { buurt = 2 }
"#;

/// Writes the study and its sources into a folder and gives the path of the study file.
///
/// # Panics
/// When the folder cannot be written.
#[must_use]
#[expect(clippy::expect_used, reason = "a test without its input cannot go on")]
pub fn write(folder: &Path) -> PathBuf {
    let put =
        |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("the folder can be written");
    std::fs::create_dir_all(folder).expect("the folder can be made");
    put("gemeente.geojson", &areas(&[("GM9998", "Klein", None, 0.0, 0.0, 2000.0)]));
    let squares: Vec<(String, f64, f64)> = (0..4_u8)
        .map(|i| (format!("BU9998000{i}"), f64::from(i % 2) * 1000.0, f64::from(i / 2) * 1000.0))
        .collect();
    let buurten: Vec<_> = squares
        .iter()
        .map(|(code, x, y)| (code.as_str(), code.as_str(), Some("GM9998"), *x, *y, 1000.0))
        .collect();
    put("buurten.geojson", &areas(&buurten));
    put("panden.csv", &panden());
    let (finds, visits) = finds_and_visits();
    put("vondsten.csv", &finds);
    put("controles.csv", &visits);
    put("cijfers.csv", &figures());
    put("study.toml", STUDY);
    folder.join("study.toml")
}

type Square<'a> = (&'a str, &'a str, Option<&'a str>, f64, f64, f64);

fn areas(squares: &[Square<'_>]) -> String {
    let features: Vec<serde_json::Value> = squares
        .iter()
        .map(|(code, name, parent, x, y, size)| {
            let (x, y) = (100_000.0 + x, 400_000.0 + y);
            serde_json::json!({
                "type": "Feature",
                "properties": {"code": code, "naam": name, "ligt_in": parent},
                "geometry": {"type": "Polygon", "coordinates": [[
                    [x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]]},
            })
        })
        .collect();
    let crs = serde_json::json!({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::28992"}});
    serde_json::json!({"type": "FeatureCollection", "crs": crs, "features": features}).to_string()
}

/// Identifier of pand `i`.
#[must_use]
pub fn pand(i: usize) -> String {
    format!("99981000000{i:05}")
}

fn panden() -> String {
    let mut text = "pand_id,van,tot,x,y,bouwjaar,oppervlakte,gebruik\n".to_owned();
    for i in 0..40_usize {
        let (x, y) = (100_100 + (i % 8) * 240, 400_100 + (i / 8) * 400);
        let (year, area) = (1900 + i * 3, 60 + (i * 37) % 300);
        writeln!(text, "{},2000-01-01,,{x},{y},{year},{area},wonen", pand(i)).unwrap_or(());
    }
    text
}

fn finds_and_visits() -> (String, String) {
    let mut finds = "datum,bekend,pand_id\n".to_owned();
    let mut visits = "datum,bekend,pand_id,uitkomst\n".to_owned();
    for month in 0..36_usize {
        let (year, of_year) = (2019 + month / 12, month % 12 + 1);
        for (k, found) in [(0, month % 2 == 0), (1, month % 5 == 0), (2, false)] {
            let unit = pand((month * 7 + k * 13 + month * month) % if found { 12 } else { 40 });
            let (date, known) = (format!("{year}-{of_year:02}-1{k}"), format!("{year}-{of_year:02}-15"));
            let outcome = if found {
                "ja"
            } else if month % 7 == 0 {
                "dicht"
            } else {
                "nee"
            };
            writeln!(visits, "{date},{known},{unit},{outcome}").unwrap_or(());
            if found {
                writeln!(finds, "{date},{known},{unit}").unwrap_or(());
            }
        }
    }
    (finds, visits)
}

fn figures() -> String {
    let mut text = "code;jaar;gepubliceerd;p_huurw;p_geb_buiten_europa\n".to_owned();
    for year in 2017..2021 {
        for i in 0..4 {
            writeln!(
                text,
                "BU9998000{i};{year};{}-03-01;{},5;{}",
                year + 1,
                20 + i * 10,
                if i == 3 { ".".to_owned() } else { format!("{}", 10 * i) }
            )
            .unwrap_or(());
        }
    }
    text
}
