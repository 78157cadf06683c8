//! Every figure in the tables of the pages is in `report.json`, at the precision in which it is shown.
#![allow(clippy::unwrap_used, clippy::cast_precision_loss, missing_docs, reason = "tests")]

use evaluation::report::{Lang, html, models_page};
use serde_json::Value;

#[path = "../examples/made_up/mod.rs"]
mod made_up;

/// Tables of words only, where a number is part of the explanation.
const OF_WORDS: [&str; 4] = [
    "Hoe de intervallen zijn gemaakt",
    "How the intervals were made",
    "Wat de maten betekenen",
    "What the metrics mean",
];

/// A number as a page shows it: its value, and half of its last digit.
struct Shown {
    value: f64,
    within: f64,
}

#[test]
fn every_figure_of_the_tables_is_in_the_json() {
    let report = made_up::report();
    let value = serde_json::to_value(&report).unwrap();
    let (mut numbers, mut words) = (Vec::new(), String::new());
    gather(&value, &mut numbers, &mut words);
    let per_point: Vec<f64> = report.others.iter().filter_map(|m| m.per_point).collect();
    for lang in [Lang::Nl, Lang::En] {
        let cells: Vec<String> =
            [html(&report, lang), models_page(&report, lang)].iter().flat_map(|page| cells(page)).collect();
        assert!(cells.len() > 1000, "{}", cells.len());
        let mut missing = Vec::new();
        let mut checked = 0;
        for cell in &cells {
            for token in tokens(cell) {
                checked += 1;
                let Some(shown) = read(&token, lang) else { panic!("{token} in {cell}") };
                if !known(&shown, &numbers, &per_point) && !words.contains(&token) {
                    missing.push(format!("{token} in {cell}"));
                }
            }
        }
        assert_eq!(missing, Vec::<String>::new(), "shown, but not in report.json");
        assert!(checked > 1500, "{checked}");
    }
}

#[test]
fn a_figure_that_is_not_in_the_json_is_found() {
    let shown = read("12,35", Lang::Nl).unwrap();
    assert!(known(&shown, &[12.349], &[]) && known(&shown, &[0.123_46], &[]));
    assert!(!known(&shown, &[12.36, 12.34, 0.1236], &[]));
    assert_eq!(read("1.234.567", Lang::Nl).unwrap().value, 1_234_567.0);
    assert_eq!(tokens("−0,5 %-punt tot +1.200 n = 3"), ["0,5", "1.200", "3"]);
}

/// In the JSON as it is, as a share, or (a line of a scorecard) as so many points.
fn known(shown: &Shown, numbers: &[f64], per_point: &[f64]) -> bool {
    let near = |x: f64| (x.abs() - shown.value).abs() <= shown.within * 1.000_001 + 1e-12;
    numbers.iter().any(|&x| near(x) || near(100.0 * x) || per_point.iter().any(|p| near(x / p)))
}

/// All numbers, and all texts one after another.
fn gather(value: &Value, numbers: &mut Vec<f64>, words: &mut String) {
    match value {
        Value::Number(number) => numbers.push(number.as_f64().unwrap()),
        Value::String(text) => {
            words.push(' ');
            words.push_str(text);
        }
        Value::Array(all) => all.iter().for_each(|v| gather(v, numbers, words)),
        Value::Object(all) => all.values().for_each(|v| gather(v, numbers, words)),
        _ => {}
    }
}

/// The text of each cell; codes, dates and column heads are no figures.
fn cells(page: &str) -> Vec<String> {
    let mut cells = Vec::new();
    for table in page.split("<table>").skip(1) {
        let table = table.split("</table>").next().unwrap();
        let caption = table.split("<caption>").nth(1).unwrap().split("</caption>").next().unwrap();
        if OF_WORDS.contains(&caption) {
            continue;
        }
        let body = table.split("<tbody>").nth(1).unwrap();
        for cell in body.split("<td>").chain(body.split("<th scope=\"row\">")).skip(1) {
            let cell = cell.split("</td>").next().unwrap().split("</th>").next().unwrap();
            cells.push(plain(&without(
                &without(cell, "<code>", "</code>"),
                "<span class=\"date\">",
                "</span>",
            )));
        }
    }
    cells
}

fn without(text: &str, from: &str, to: &str) -> String {
    let mut parts = text.split(from);
    let mut kept = parts.next().unwrap().to_owned();
    for part in parts {
        kept.push(' ');
        kept.push_str(part.split_once(to).map_or("", |p| p.1));
    }
    kept
}

fn plain(markup: &str) -> String {
    let mut inside = false;
    markup
        .chars()
        .filter_map(|c| {
            let was = inside;
            inside = c == '<' || inside && c != '>';
            if inside || was { (c == '>').then_some(' ') } else { Some(c) }
        })
        .collect()
}

/// Runs of digits with their points and commas.
fn tokens(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','))
        .map(|t| t.trim_matches(['.', ',']).to_owned())
        .filter(|t| !t.is_empty())
        .collect()
}

fn read(token: &str, lang: Lang) -> Option<Shown> {
    let (thousands, decimal) = if lang == Lang::Nl { ('.', ',') } else { (',', '.') };
    let text = token.replace(thousands, "").replace(decimal, ".");
    let decimals = text.split_once('.').map_or(0, |p| p.1.len());
    let within = 0.5 * 10f64.powi(-i32::try_from(decimals).ok()?);
    Some(Shown { value: text.parse().ok()?, within })
}
