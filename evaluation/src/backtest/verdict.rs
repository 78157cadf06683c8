//! The verdict by the locked rule.

use models::Text;
use serde::{Deserialize, Serialize};

use crate::backtest::results::{CandidateResult, Evaluation, Paired};
use crate::backtest::rule::{Metric, Rule};
use crate::estimate::Estimate;

/// Which model is chosen, and whether it may be released.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// Name of the best learner by the rule's metric; the best baseline where there is no learner.
    pub chosen: String,
    /// Name of the baseline that it is measured against.
    pub baseline: String,
    /// True when the difference exceeds the margin with the stated confidence.
    pub released: bool,
    /// Why, in words.
    pub reason: Text,
    /// Every candidate by the rule's metric, in the order of the evaluation.
    pub table: Vec<VerdictRow>,
}

/// A candidate by the rule's metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerdictRow {
    /// Name of the candidate.
    pub candidate: String,
    /// What readers see.
    pub label: Text,
    /// Whether it is a baseline.
    pub is_baseline: bool,
    /// The rule's metric.
    pub value: Estimate,
    /// Candidate minus baseline with its 95 % interval; absent for baselines.
    pub difference: Option<Estimate>,
    /// How much better it is at least, at the rule's one-sided confidence.
    pub gain_at_least: Option<f64>,
    /// Whether that exceeds the margin.
    pub passes: bool,
}

/// Applies the rule: the best learner is chosen; it is released when its paired gain over the baseline
/// exceeds the margin with the stated one-sided confidence. A gain that cannot be computed does not pass.
///
/// With several learners the best is chosen on the same test rows that judge it, which flatters it a
/// little; a correction for that choice belongs here.
#[must_use]
pub fn decide(evaluation: &Evaluation, rule: &Rule) -> Verdict {
    decide_beside(evaluation, rule, None)
}

/// As [`decide`], with one candidate that is measured beside the others and held against the rule, but cannot be
/// chosen.
#[must_use]
pub fn decide_beside(evaluation: &Evaluation, rule: &Rule, beside: Option<&str>) -> Verdict {
    let baseline = if rule.baseline == "best" {
        best_of(baselines(evaluation), rule.metric).map_or_else(String::new, |c| c.name.clone())
    } else {
        rule.baseline.clone()
    };
    let table: Vec<VerdictRow> = evaluation
        .candidates
        .iter()
        .map(|c| {
            let pair = pair(evaluation, &c.name, &baseline, rule.metric);
            let gain_at_least = pair.and_then(|p| p.gain_at_least);
            VerdictRow {
                candidate: c.name.clone(),
                label: c.label.clone(),
                is_baseline: c.is_baseline,
                value: value(c, rule.metric),
                difference: pair.map(|p| p.difference.clone()),
                gain_at_least,
                passes: gain_at_least.is_some_and(|gain| gain > rule.margin),
            }
        })
        .collect();
    let learner = best_of(learners(evaluation, beside), rule.metric);
    let chosen = learner
        .or_else(|| best_of(baselines(evaluation), rule.metric))
        .map_or_else(String::new, |c| c.name.clone());
    let row = table.iter().find(|r| r.candidate == chosen);
    let released = row.is_some_and(|r| r.passes);
    let reason = match (learner, row) {
        (Some(learner), Some(row)) => explain(evaluation, rule, learner, &baseline, row),
        _ => Text {
            nl: "Er is geen model getoetst, alleen vergelijkingsmethoden. Er is dus niets om vrij te geven."
                .to_owned(),
            en: "No model was tested, only baselines. There is nothing to release.".to_owned(),
        },
    };
    Verdict { chosen, baseline, released, reason, table }
}

fn value(candidate: &CandidateResult, metric: Metric) -> Estimate {
    candidate
        .pooled
        .get(metric)
        .map_or_else(|| Estimate::new(None, None, 0, crate::estimate::method::NONE), |m| m.value.clone())
}

fn pair<'a>(evaluation: &'a Evaluation, learner: &str, baseline: &str, metric: Metric) -> Option<&'a Paired> {
    evaluation.paired.iter().find(|p| p.candidate == learner && p.baseline == baseline && p.metric == metric)
}

fn baselines(evaluation: &Evaluation) -> impl Iterator<Item = &CandidateResult> {
    evaluation.candidates.iter().filter(|c| c.is_baseline)
}

fn learners<'a>(
    evaluation: &'a Evaluation,
    beside: Option<&'a str>,
) -> impl Iterator<Item = &'a CandidateResult> {
    evaluation.candidates.iter().filter(move |c| !c.is_baseline && Some(c.name.as_str()) != beside)
}

/// The best of these; the first of equals, and the first of all when none has a value.
fn best_of<'a>(
    candidates: impl Iterator<Item = &'a CandidateResult>,
    metric: Metric,
) -> Option<&'a CandidateResult> {
    let mut best: Option<(&CandidateResult, Option<f64>)> = None;
    for candidate in candidates {
        let merit = value(candidate, metric).value.map(|v| metric.direction() * v);
        let better = match (&best, merit) {
            (None, _) | (Some((_, None)), Some(_)) => true,
            (Some((_, Some(old))), Some(new)) => new > *old,
            (Some(_), None) => false,
        };
        if better {
            best = Some((candidate, merit));
        }
    }
    best.map(|(candidate, _)| candidate)
}

fn explain(
    evaluation: &Evaluation,
    rule: &Rule,
    learner: &CandidateResult,
    baseline: &str,
    row: &VerdictRow,
) -> Text {
    let against = evaluation.candidate(baseline).map_or_else(Text::default, |c| c.label.clone());
    let percent = format!("{:.0}", rule.confidence * 100.0);
    let Some(gain) = row.gain_at_least else {
        return Text {
            nl: format!(
                "Het verschil tussen “{}” en “{}” is niet te berekenen: er zijn te weinig gebieden of uitkomsten. \
                 Daarom wordt het model niet vrijgegeven.",
                learner.label.nl, against.nl
            ),
            en: format!(
                "The difference between “{}” and “{}” cannot be computed: too few areas or outcomes. \
                 The model is therefore not released.",
                learner.label.en, against.en
            ),
        };
    };
    let number = |x: f64| crate::number::significant(x, 3);
    let comma = |x: f64| number(x).replace('.', ",");
    let (nl, en) = if row.passes {
        (
            "De vooraf vastgelegde regel is gehaald; het model wordt vrijgegeven.",
            "The rule that was locked beforehand is met; the model is released.",
        )
    } else {
        (
            "De vooraf vastgelegde regel is niet gehaald: meerwaarde is niet aangetoond. Het model wordt niet vrijgegeven.",
            "The rule that was locked beforehand is not met: added value is not shown. The model is not released.",
        )
    };
    Text {
        nl: format!(
            "{nl} Met {percent} % zekerheid is de winst van “{}” op “{}” groter dan {}; de regel vraagt meer dan {}.",
            learner.label.nl,
            against.nl,
            comma(gain),
            comma(rule.margin)
        ),
        en: format!(
            "{en} With {percent} % confidence the gain of “{}” over “{}” is above {}; the rule asks for more than {}.",
            learner.label.en,
            against.en,
            number(gain),
            number(rule.margin)
        ),
    }
}
