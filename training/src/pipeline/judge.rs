//! What the back-test says: figures, verdict by the locked rule, and what stands beside them.

use evaluation::mitigation::Weighing;
use evaluation::report::Elsewhere;
use evaluation::{
    Candidate, Evaluation, GroupAttribute, Rule, Settings, Target, TestRows, Verdict, decide_beside, evaluate,
};
use features::spec::UnitOfStudy;

use super::backtest::{Backtest, LearnerScores};
use super::foreign::{self, Measured};
use super::history::History;
use super::load::Sources;
use super::{PipelineError, alternatives, elsewhere, groups};
use crate::progress::Stage;
use crate::study::Study;

/// Figures and verdict, with what else the chosen learner was held against.
pub(crate) struct Judged {
    pub(crate) evaluation: Evaluation,
    pub(crate) verdict: Verdict,
    /// The challengers against the chosen one, where the study names any.
    pub(crate) challenged: Option<Evaluation>,
    /// The chosen one in parts of town that it never saw, where the study asks for it.
    pub(crate) elsewhere: Option<Elsewhere>,
    /// Other lists than that of the chosen one, per audit attribute.
    pub(crate) alternatives: Vec<Weighing>,
}

/// Computes all figures, and applies the rule.
///
/// # Errors
/// When a figure cannot be computed, or a fit without a part of town fails.
pub(super) fn judge(
    study: &Study,
    sources: &Sources,
    history: &History<'_>,
    backtest: &Backtest,
    foreign: Option<&Measured>,
) -> Result<Judged, PipelineError> {
    let file = &study.file;
    let attributes = groups::attributes(history, &sources.calendar, &backtest.splits)?;
    // Rows outside all areas share one cluster of their own.
    let nowhere = u32::try_from(sources.loaded.tables.areas.code.len()).unwrap_or(u32::MAX);
    let cluster: Vec<u32> = backtest.area.iter().map(|a| a.unwrap_or(nowhere)).collect();
    let rows = TestRows {
        outcome: &backtest.outcome,
        exposure: &backtest.exposure,
        cluster: &cluster,
        period: &backtest.period,
        units: None,
        target: match file.study.unit {
            UnitOfStudy::Pand => Target::Bernoulli,
            UnitOfStudy::Area => Target::Count,
        },
    };
    let settings = Settings { seed: file.study.seed, unknown: study.reading(), ..Settings::default() };
    let stage = Stage::new("evaluate", 1);
    let mut learners: Vec<Candidate<'_>> = backtest.learners.iter().map(learner).collect();
    learners.extend(
        foreign.map(|own| candidate(&own.facts.name, &own.facts.label, foreign::KIND, false, &own.expected)),
    );
    let evaluation = evaluate(&rows, &learners, &file.rule, &attributes, settings)?;
    let verdict = decide_beside(&evaluation, &file.rule, foreign.map(|own| own.facts.name.as_str()));
    let challenged = challenged(backtest, &rows, learners, &verdict, (&file.rule, settings))?;
    drop(stage);
    let with = (&file.rule, settings);
    let (elsewhere, alternatives) = beside(study, history, backtest, &verdict, &attributes, &rows, with)?;
    Ok(Judged { evaluation, verdict, challenged, elsewhere, alternatives })
}

/// What the challengers would add to the chosen learner.
fn challenged(
    backtest: &Backtest,
    rows: &TestRows<'_>,
    learners: Vec<Candidate<'_>>,
    verdict: &Verdict,
    (rule, settings): (&Rule, Settings),
) -> Result<Option<Evaluation>, PipelineError> {
    if backtest.challengers.is_empty() {
        return Ok(None);
    }
    // The chosen model takes the place of the baseline, so that the differences are challenger minus chosen.
    let mut beside: Vec<Candidate<'_>> =
        learners.into_iter().filter(|learner| learner.name == verdict.chosen).collect();
    beside.iter_mut().for_each(|chosen| chosen.is_baseline = true);
    beside.extend(
        backtest
            .challengers
            .iter()
            .map(|own| candidate(&own.spec.name, &own.spec.label, &own.spec.kind, false, &own.expected)),
    );
    let rule = Rule { baseline: verdict.chosen.clone(), ..rule.clone() };
    Ok(Some(evaluate(rows, &beside, &rule, &[], settings)?))
}

/// The chosen learner in unseen parts of town, and other lists; neither for a baseline, which learns nothing.
fn beside(
    study: &Study,
    history: &History<'_>,
    backtest: &Backtest,
    verdict: &Verdict,
    attributes: &[GroupAttribute],
    rows: &TestRows<'_>,
    with: (&Rule, Settings),
) -> Result<(Option<Elsewhere>, Vec<Weighing>), PipelineError> {
    let is_chosen = |own: &&LearnerScores| own.spec.name == verdict.chosen && own.spec.kind != "baseline";
    let Some(chosen) = backtest.learners.iter().find(is_chosen) else { return Ok((None, vec![])) };
    let space = study.file.space.as_ref();
    let elsewhere =
        space.map(|space| elsewhere::run(history, backtest, chosen, space, rows, with)).transpose()?;
    let alternatives = alternatives::run(history, backtest, chosen, attributes, rows, with)?;
    Ok((elsewhere.flatten(), alternatives))
}

fn learner(own: &LearnerScores) -> Candidate<'_> {
    let LearnerScores { spec, expected, .. } = own;
    candidate(&spec.name, &spec.label, &spec.kind, spec.kind == "baseline", expected)
}

/// A candidate that is ranked by what it expects.
pub(super) fn candidate<'a>(
    name: &str,
    label: &models::Text,
    kind: &str,
    is_baseline: bool,
    expected: &'a [f64],
) -> Candidate<'a> {
    Candidate {
        name: name.to_owned(),
        label: label.clone(),
        kind: kind.to_owned(),
        is_baseline,
        score: expected,
        expected,
    }
}
