//! What a more even list would cost: alternatives to the chosen model's list, weighed per audit attribute.

use evaluation::mitigation::{Alternative, Change, Weighing, weigh};
use evaluation::{GroupAttribute, Rule, Settings, TestRows};
use models::{Link, Text};

use super::PipelineError;
use super::backtest::{Backtest, LearnerScores};
use super::history::History;
use crate::progress::Stage;

/// Caps on the burden of a group, in times its share of the rows.
const CAPS: [f64; 3] = [1.0, 1.25, 1.5];
/// Parts of the list drawn by lot.
const LOTS: [f64; 2] = [0.1, 0.2];
/// Terms that are flattened: those that put most difference between the groups.
const TERMS: usize = 3;

/// One weighing per audit attribute. The flattened terms are those of the models that scored each split, before calibration.
pub(super) fn run(
    history: &History<'_>,
    backtest: &Backtest,
    chosen: &LearnerScores,
    attributes: &[GroupAttribute],
    rows: &TestRows<'_>,
    (rule, settings): (&Rule, Settings),
) -> Result<Vec<Weighing>, PipelineError> {
    if attributes.is_empty() {
        return Ok(vec![]);
    }
    let stage = Stage::new("alternatives", attributes.len() as u64);
    let terms = Terms::of(history, backtest, chosen);
    let mut weighings = Vec::with_capacity(attributes.len());
    for attribute in attributes {
        let flattened: Vec<(Text, Vec<f64>)> = terms
            .that_divide(attribute)
            .into_iter()
            .map(|term| (terms.words(term), terms.without(backtest, chosen, term)))
            .collect();
        let score = chosen.expected.as_slice();
        let mut all = vec![alternative(words("zoals hij is", "as it is"), score, Change::None)];
        all.extend(CAPS.map(|at_most| alternative(cap_words(at_most), score, Change::BurdenCap { at_most })));
        all.extend(LOTS.map(|share| alternative(lot_words(share), score, Change::RandomArm { share })));
        all.extend(flattened.iter().map(|(name, score)| alternative(name.clone(), score, Change::None)));
        weighings.push(weigh(rows, attribute, &all, rule.capacity, settings)?);
        stage.step();
    }
    Ok(weighings)
}

fn alternative(name: Text, score: &[f64], change: Change) -> Alternative<'_> {
    Alternative { name, score, change }
}

fn words(nl: &str, en: &str) -> Text {
    Text { nl: nl.to_owned(), en: en.to_owned() }
}

fn cap_words(at_most: f64) -> Text {
    match at_most {
        1.0 => words("elke groep naar haar aandeel", "every group in proportion"),
        _ => Text {
            nl: format!("hoogstens {} keer het aandeel van een groep", at_most.to_string().replace('.', ",")),
            en: format!("at most {at_most} times the share of a group"),
        },
    }
}

fn lot_words(share: f64) -> Text {
    let percent = (share * 100.0).round();
    Text { nl: format!("{percent} % geloot"), en: format!("{percent} % by lot") }
}

/// Contributions of the chosen learner's terms to the test rows, by the name of the term: a split's model may have other terms.
struct Terms {
    /// What readers see, per term.
    label: Vec<Text>,
    /// Per term, per test row; 0 where the row's model has no such term.
    contribution: Vec<Vec<f64>>,
}

impl Terms {
    fn of(history: &History<'_>, backtest: &Backtest, chosen: &LearnerScores) -> Self {
        let rows = backtest.outcome.len();
        let mut names: Vec<String> = Vec::new();
        let mut terms = Self { label: vec![], contribution: vec![] };
        let mut first = 0;
        for (number, split) in backtest.splits.iter().enumerate() {
            let test = &history.rows[split.test];
            if let Some(model) = chosen.models.get(number) {
                for (term, column) in model.terms.iter().zip(model.contributions(&test.matrix)) {
                    let at = names.iter().position(|name| *name == term.name).unwrap_or_else(|| {
                        names.push(term.name.clone());
                        terms.label.push(term.label.clone());
                        terms.contribution.push(vec![0.0; rows]);
                        names.len() - 1
                    });
                    terms.contribution[at][first..first + column.len()].copy_from_slice(&column);
                }
            }
            first += test.unit.len();
        }
        terms
    }

    /// The terms whose mean contribution differs most between the groups, the largest first; none that differs not at all.
    fn that_divide(&self, attribute: &GroupAttribute) -> Vec<usize> {
        let mut apart: Vec<(f64, usize)> = self
            .contribution
            .iter()
            .map(|column| spread(column, attribute))
            .enumerate()
            .filter(|(_, spread)| *spread > 0.0)
            .map(|(term, spread)| (spread, term))
            .collect();
        apart.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        apart.truncate(TERMS);
        apart.into_iter().map(|(_, term)| term).collect()
    }

    fn words(&self, term: usize) -> Text {
        let label = &self.label[term];
        Text { nl: format!("zonder ‘{}’", label.nl), en: format!("without ‘{}’", label.en) }
    }

    /// The score of every row with this term flat: its contribution taken away, which shifts all rows of a split alike.
    fn without(&self, backtest: &Backtest, chosen: &LearnerScores, term: usize) -> Vec<f64> {
        let row = |(row, sum): (usize, &f64)| {
            let link =
                chosen.models.get(backtest.period[row] as usize).map_or(Link::Identity, |model| model.link);
            link.expected(sum - self.contribution[term][row]) * backtest.exposure[row]
        };
        chosen.sums.iter().enumerate().map(row).collect()
    }
}

/// Largest minus smallest mean over the groups.
fn spread(column: &[f64], attribute: &GroupAttribute) -> f64 {
    let mut sums = vec![(0.0, 0.0); attribute.groups.len()];
    for (value, group) in column.iter().zip(&attribute.of_row) {
        if let Some(group) = group {
            let own = &mut sums[*group as usize];
            *own = (own.0 + value, own.1 + 1.0);
        }
    }
    let means = || sums.iter().filter(|(_, rows)| *rows > 0.0).map(|(sum, rows)| sum / rows);
    means().fold(f64::NEG_INFINITY, f64::max) - means().fold(f64::INFINITY, f64::min)
}
