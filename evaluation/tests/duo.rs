//! The audit of a ready-made list from counts alone: DUO's inspections of 2014 (CBS, rounded to tens).
#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs, reason = "tests")]

use evaluation::fairness::{FunnelStep, Stage, funnel};
use models::Text;

/// Origin Netherlands, Europe, outside Europe, per category of the population of 2014; `None` where data are absent.
fn stage(csv: &str, category: &str, is_outcome: bool) -> Stage {
    let line = csv.lines().find(|l| l.starts_with("1,") && l.split(',').nth(2) == Some(category)).unwrap();
    let counts = line.split(',').skip(6).take(3).map(|c| c.parse().unwrap()).collect();
    Stage { name: Text { nl: category.to_owned(), en: category.to_owned() }, counts, is_outcome }
}

fn route(categories: &[&str]) -> Option<Vec<FunnelStep>> {
    let root = std::env::var("ZICHTLIJN_DATA").unwrap_or_else(|_| "../../shared/data".to_owned());
    let path = std::path::Path::new(&root).join("fairness-reference/duo_cub_counts.csv");
    let Ok(csv) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: {} is absent", path.display());
        return None;
    };
    let stages: Vec<Stage> = categories.iter().map(|c| stage(&csv, c, c.contains("unduly"))).collect();
    Some(funnel(&stages, 0, 10.0).unwrap())
}

#[test]
fn students_from_outside_europe_are_over_selected_at_every_stage() {
    let Some(steps) = route(&[
        "Total",
        "Risk category 1",
        "Risk category 1 & Selected for control: yes",
        "Risk category 1 & Outcome house visit: unduly",
    ]) else {
        return;
    };
    let outside: Vec<_> = steps.iter().map(|s| &s.groups[2]).collect();
    for (figures, known) in outside.iter().zip([2.73, 4.46]) {
        assert!((figures.step_ratio.value.unwrap() - known).abs() < 0.005);
    }
    assert!((outside[1].route_ratio.value.unwrap() - 12.17).abs() < 0.005);
    assert!(outside.iter().all(|f| f.over), "score, staff and outcome");
    let warning = steps[2].warning.as_ref().unwrap();
    assert!(warning.en.contains("not the share in the whole group"));
    assert!(steps[0].warning.is_none() && steps[1].warning.is_none());
}

#[test]
fn all_routes_together() {
    let Some(steps) = route(&["Total", "Selected for control: yes", "Outcome house visit: unduly"]) else {
        return;
    };
    let outside = &steps[0].groups[2];
    assert!((outside.route_ratio.value.unwrap() - 6.22).abs() < 0.005);
    assert!((outside.rate.value.unwrap() - 0.03667).abs() < 1e-5);
    assert!(
        (outside.rate.low.unwrap() - 0.0351).abs() < 1e-4
            && (outside.rate.high.unwrap() - 0.0383).abs() < 1e-4
    );
    assert!((outside.representation.unwrap() - 2.87).abs() < 0.005);
    assert!(outside.over && steps[1].groups[2].over && steps[1].warning.is_some());
}
