//! The model card of the Algorithm Reporting Standard (0.1a14): figures by metric and by group, and the shape of every term.

use serde_json::{Value, json};

use crate::backtest::rule::Metric;
use crate::estimate::Estimate;
use crate::report::cards::known::tables;
use crate::report::facts::Report;
use crate::report::summary::chosen;
use crate::report::terms::{TermShape, TermSummary};

pub(super) fn model_card_json(report: &Report) -> Value {
    let features: Vec<&str> = report.features.iter().map(|f| f.feature.name.as_str()).collect();
    let datasets: Vec<Value> = report
        .splits
        .iter()
        .map(|split| {
            json!({
                "type": "tabular",
                "name": report.study.name,
                "split": format!("test {}, from {} until {}", split.number, split.test_as_of, split.test_until),
                "features": features,
                "revision": report.study.data_until,
            })
        })
        .collect();
    json!({
        "name": report.title.nl,
        "language": ["nl", "en"],
        "license": { "license_name": "INVULLEN: de licentie waaronder het model openbaar wordt, als dat gebeurt" },
        "owners": [{ "organization": "INVULLEN: de organisatie die verantwoordelijk is" }],
        "model_index": [{
            "name": report.model.name,
            "model": "model.json",
            "artifacts": [{ "uri": "model.onnx", "content-type": "application/onnx" }],
            "parameters": [
                { "name": "kind", "dtype": "string", "value": report.model.kind },
                { "name": "rows", "dtype": "integer", "value": report.model.rows.to_string() },
                { "name": "terms", "dtype": "integer", "value": report.model.terms.len().to_string() },
            ],
            "results": [{
                "task": [{ "type": "tabular-regression", "name": report.study.finds.nl }],
                "datasets": datasets,
                "metrics": metrics(report),
                "measurements": { "bar_plots": [], "graph_plots": graphs(report) },
            }],
        }],
    })
}

/// Every metric over all tests, then every gap and rate per group.
fn metrics(report: &Report) -> Vec<Value> {
    let mut all = Vec::new();
    if let Some(chosen) = chosen(report) {
        for metric in Metric::ALL {
            all.extend(chosen.pooled.get(metric).and_then(|m| figure(metric.name(), &m.value, &[])));
        }
    }
    for t in tables(report) {
        for g in &t.groups {
            let labels = [(t.attribute.as_str(), g.group.nl.as_str())];
            let rates = [
                ("selection_rate", &g.selection_rate),
                ("precision", &g.precision),
                ("recall", &g.recall),
                ("false_positive_rate", &g.false_positive_rate),
                ("fruitless_per_1000", &g.fruitless_per_1000),
            ];
            all.extend(rates.iter().filter_map(|(name, rate)| figure(name, rate, &labels)));
        }
    }
    all
}

/// A figure with its interval and number of observations as labels; absent where there is no value. Values go as text: the standard's
/// schema takes a whole number for two kinds at once, and refuses it.
fn figure(name: &str, estimate: &Estimate, labels: &[(&str, &str)]) -> Option<Value> {
    let label = |name: &str, kind: &str, value: String| {
        let dtype = if kind == "group" { "string" } else { "float" };
        json!({ "name": name, "type": kind, "dtype": dtype, "value": value })
    };
    let mut all: Vec<Value> =
        labels.iter().map(|(name, value)| label(name, "group", (*value).to_owned())).collect();
    let ends = [("low", estimate.low), ("high", estimate.high)];
    all.extend(ends.iter().filter_map(|(name, end)| Some(label(name, "interval", (*end)?.to_string()))));
    all.push(label("n", "count", estimate.n.to_string()));
    let value = estimate.value?;
    Some(json!({ "type": name, "name": name, "dtype": "float", "value": value.to_string(), "labels": all }))
}

/// The shape of each term over its column, as points: the start of each step, the ends of a category.
fn graphs(report: &Report) -> Vec<Value> {
    let plot = |term: &TermSummary| {
        let points: Vec<(f64, f64)> = match &term.shape {
            TermShape::Steps { steps, .. } => {
                steps.iter().filter_map(|s| Some((s.from.or(s.below)?, s.points.value?))).collect()
            }
            TermShape::Categories { categories } => {
                (0u32..).zip(categories).filter_map(|(i, c)| Some((f64::from(i), c.points.value?))).collect()
            }
            _ => return None,
        };
        let data: Vec<Value> = points.iter().map(|(x, y)| json!({ "x_value": x, "y_value": y })).collect();
        let results = [json!({ "feature": term.name, "data": data })];
        Some(json!({ "type": "shape_function", "name": term.label.nl, "results": results }))
    };
    report.model.terms.iter().filter_map(plot).collect()
}
