//! The first page: the verdict and five key figures.

use maud::{Markup, html};

use crate::backtest::results::CandidateResult;
use crate::backtest::rule::Metric;
use crate::estimate::Estimate;
use crate::fairness::groups::{GroupFigures, GroupTable};
use crate::report::facts::Report;
use crate::report::lang::{Lang, Style};
use crate::report::texts;

/// A key figure: name, value, what it says.
struct Key {
    name: String,
    estimate: Estimate,
    style: Style,
    note: String,
}

pub(crate) fn section(report: &Report, lang: Lang) -> Markup {
    let released = report.verdict.released;
    let word = lang.of(if released { texts::RELEASED } else { texts::NOT_RELEASED });
    html! {
        section.summary aria-labelledby="samenvatting" {
            h2 #samenvatting { (lang.of(texts::SUMMARY)) }
            p { (lang.text(&report.purpose)) }
            div class=(if released { "verdict yes" } else { "verdict no" }) {
                strong { (word) }
                p { (lang.text(&report.verdict.reason)) }
            }
            dl.keys {
                @for key in keys(report, lang) {
                    div {
                        dt { (key.name) }
                        dd { (lang.cell(&key.estimate, key.style)) }
                        dd.note { (key.note) }
                    }
                }
            }
            p.small { (lang.of(texts::READ_FIGURES)) }
            p { (lang.of(texts::ADVICE)) }
            p { (lang.text(&report.limits)) }
        }
    }
}

/// The chosen candidate's results.
pub(crate) fn chosen(report: &Report) -> Option<&CandidateResult> {
    report.evaluation.candidate(&report.verdict.chosen)
}

/// What readers see for the candidate with this name.
pub(crate) fn label<'a>(report: &'a Report, lang: Lang, name: &'a str) -> &'a str {
    report.evaluation.candidate(name).map_or(name, |c| lang.text(&c.label))
}

fn keys(report: &Report, lang: Lang) -> Vec<Key> {
    let metric = report.rule.rule.metric;
    let mut keys = Vec::new();
    let row = report.verdict.table.iter().find(|r| r.candidate == report.verdict.chosen);
    if let Some(difference) = row.and_then(|r| r.difference.clone()) {
        keys.push(Key {
            name: lang.of(texts::KEY_RULE).to_owned(),
            estimate: difference,
            style: texts::signed(metric),
            note: lang.fill(
                texts::KEY_RULE_NOTE,
                &[
                    ("metric", lang.of(texts::metric(metric))),
                    ("model", label(report, lang, &report.verdict.chosen)),
                    ("baseline", label(report, lang, &report.verdict.baseline)),
                ],
            ),
        });
    }
    if let Some(chosen) = chosen(report) {
        for metric in [Metric::PrecisionAtCapacity, Metric::RecallAtCapacity, Metric::CalibrationInTheLarge] {
            if let Some(measure) = chosen.pooled.get(metric) {
                keys.push(Key {
                    name: lang.of(texts::metric(metric)).to_owned(),
                    estimate: measure.value.clone(),
                    style: texts::style(metric),
                    note: lang.of(texts::meaning(metric)).to_owned(),
                });
            }
        }
    }
    keys.push(fairest_key(report, lang));
    keys
}

/// The group that is on the list most often, measured against the average.
fn fairest_key(report: &Report, lang: Lang) -> Key {
    let mut most: Option<(&GroupTable, &GroupFigures, f64)> = None;
    for table in report.evaluation.fairness.iter().filter(|t| t.candidate == report.verdict.chosen) {
        for group in &table.groups {
            if let Some(ratio) = group.selection_ratio.value
                && most.is_none_or(|(_, _, old)| ratio > old)
            {
                most = Some((table, group, ratio));
            }
        }
    }
    let name = lang.of(texts::KEY_FAIR).to_owned();
    match most {
        Some((table, group, _)) => Key {
            name,
            estimate: group.selection_ratio.clone(),
            style: Style::Plain,
            note: lang.fill(
                texts::KEY_FAIR_NOTE,
                &[("group", lang.text(&group.group)), ("attribute", lang.text(&table.label))],
            ),
        },
        None => Key {
            name,
            estimate: Estimate::new(None, None, 0, crate::estimate::method::NONE),
            style: Style::Plain,
            note: lang.of(texts::KEY_FAIR_NONE).to_owned(),
        },
    }
}
