//! The pages of a made-up town: whole, self-contained, accessible, and the same facts in every form.
#![allow(clippy::unwrap_used, clippy::cast_precision_loss, missing_docs, reason = "tests")]

use evaluation::report::{Lang, Report, algorithm_register, html, model_card};

#[path = "../examples/made_up/mod.rs"]
mod made_up;

#[test]
fn the_report_survives_json_byte_for_byte() {
    let report = made_up::report();
    let json = serde_json::to_string(&report).unwrap();
    let back: Report = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), json);
    assert_eq!(html(&back, Lang::Nl), html(&report, Lang::Nl));
    assert_eq!(made_up::report(), report, "the same input gives the same report");
}

#[test]
fn pages_hold_nothing_from_elsewhere() {
    let report = made_up::report();
    for lang in [Lang::Nl, Lang::En] {
        let page = html(&report, lang);
        assert!(!page.contains("<script"));
        for link in page.split("href=\"").chain(page.split("src=\"")).skip(1) {
            let target = link.split('"').next().unwrap();
            assert!(!target.contains("://"), "{target}");
        }
        assert!(!page.contains("@import") && !page.contains("url("));
        assert!(!page.contains("NaN") && !page.contains("inf "));
    }
}

#[test]
fn pages_are_accessible() {
    let report = made_up::report();
    let page = html(&report, Lang::Nl);
    assert!(page.contains("<html lang=\"nl\">") && html(&report, Lang::En).contains("<html lang=\"en\">"));
    assert_eq!(page.matches("<h1").count(), 1);
    // No level of heading is skipped.
    let mut level = 1;
    for (at, _) in page.match_indices("<h") {
        let Some(next) = page[at + 2..].chars().next().and_then(|c| c.to_digit(10)) else { continue };
        assert!(next <= level + 1, "h{next} after h{level}");
        level = next;
    }
    assert_eq!(page.matches("<table").count(), page.matches("<caption").count());
    assert_eq!(page.matches("<th ").count(), page.matches("<th scope=").count());
    assert_eq!(page.matches("<svg").count(), page.matches("role=\"img\"").count());
    assert_eq!(page.matches("<svg").count(), page.matches("<desc id=").count());
    // Each id is there once and each reference has its target.
    let ids: Vec<&str> = page.split(" id=\"").skip(1).map(|s| s.split('"').next().unwrap()).collect();
    let mut distinct = ids.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), ids.len());
    for link in page.split("href=\"#").skip(1) {
        assert!(ids.contains(&link.split('"').next().unwrap()));
    }
    for labels in page.split("aria-labelledby=\"").skip(1) {
        assert!(labels.split('"').next().unwrap().split(' ').all(|id| ids.contains(&id)));
    }
}

#[test]
fn the_pages_agree_on_their_figures() {
    let report = made_up::report();
    let (nl, en) = (html(&report, Lang::Nl), html(&report, Lang::En));
    assert_eq!(nl.matches("<tr>").count(), en.matches("<tr>").count());
    assert_eq!(nl.matches("<svg").count(), en.matches("<svg").count());
    let values = |page: &str| -> Vec<String> {
        page.split("class=\"value\">")
            .skip(1)
            .map(|s| s.split('<').next().unwrap().chars().filter(char::is_ascii_digit).collect())
            .collect()
    };
    assert_eq!(values(&nl), values(&en));
    assert!(nl.contains(&report.rule.sha256) && nl.contains(&report.verdict.reason.nl));
}

#[test]
fn texts_of_the_study_cannot_become_markup() {
    let mut report = made_up::report();
    report.title.nl = "<img src=x onerror=alert(1)> & \"meer\"".to_owned();
    report.inputs[0].name = "</table><b>".to_owned();
    let page = html(&report, Lang::Nl);
    assert!(!page.contains("<img") && !page.contains("</table><b>"));
    assert!(page.contains("&lt;img src=x"));
}

#[test]
fn the_model_card_gives_both_languages() {
    let card = model_card(&made_up::report());
    assert!(card.starts_with("# Modelkaart: ") && card.contains("\n# Model card: "));
    let columns: Vec<usize> = card
        .lines()
        .filter(|l| l.starts_with('|'))
        .map(|l| l.replace("\\|", "").matches('|').count())
        .collect();
    assert!(columns.iter().all(|c| *c == 4 || *c == 5));
}

/// The standard's own file, where it is at hand, judges names, lengths, choices and required fields.
#[test]
fn the_register_record_keeps_the_standard() {
    let record = algorithm_register(&made_up::report());
    let record = record.as_object().unwrap();
    assert_eq!(record["standard_version"], "1.0");
    assert!(record["organization"].as_str().unwrap().starts_with("INVULLEN"));
    let path = "../../shared/reference/schemas/algoritmeregister-v1_0.json";
    let Ok(standard) = std::fs::read_to_string(path) else {
        eprintln!("skipped: {path} is absent");
        return;
    };
    let standard: serde_json::Value = serde_json::from_str(&standard).unwrap();
    let fields = standard["properties"].as_object().unwrap();
    for (name, value) in record {
        let field = fields.get(name).unwrap_or_else(|| panic!("{name} is not in the standard"));
        if let (Some(text), Some(limit)) = (value.as_str(), field["max_length"].as_u64()) {
            assert!(text.chars().count() as u64 <= limit, "{name}");
        }
        if let (Some(text), Some(allowed)) = (value.as_str(), field["permitted_values"].as_array()) {
            assert!(allowed.iter().any(|a| a == text), "{name} = {text}");
        }
        for chosen in value.as_array().into_iter().flatten() {
            if let Some(allowed) = field["permitted_values"].as_array() {
                assert!(allowed.contains(chosen), "{name} = {chosen}");
            }
        }
    }
    for (name, field) in fields {
        if field["required"] == true {
            assert!(record.get(name).is_some_and(|v| v.is_string()), "{name} is required");
        }
    }
}

#[test]
fn who_is_left_out_is_told_in_both_languages() {
    let mut report = made_up::report();
    let page = html(&report, Lang::Nl);
    assert!(page.contains("Beslisboom") && page.contains("toetsperiode vanaf 2023-01-01"));
    assert!(html(&report, Lang::En).contains("test period from 2023-01-01"));
    report.left_out[0].test_as_of = None;
    assert!(html(&report, Lang::Nl).contains("het eindmodel"));
    report.left_out.clear();
    assert!(!html(&report, Lang::Nl).contains("Niet meegedaan"));
    assert!(!serde_json::to_string(&report).unwrap().contains("left_out"));
}
