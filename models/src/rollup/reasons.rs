//! Why an area scores as it does, in words.

use rayon::prelude::*;

use super::shares::{Part, parts};
use super::totals::Totals;
use super::tree::Tree;
use super::{HISTORY, Rules, SIZE, Units, words};
use crate::additive::{Shape, Term};
use crate::bundle::Reason;
use crate::schema::{Schema, Text};

/// Most terms among the reasons of an area; its size and its history come on top.
const MOST: usize = 4;
/// A smaller difference from the mean is no reason.
const SMALLEST: f64 = 1e-6;
/// A smaller factor of the area's own, or of its size, is not worth a sentence (on the logarithmic scale).
const WORTH_TELLING: f64 = 0.1;

/// What all areas need for their reasons, worked out once.
pub(crate) struct Reasons<'a> {
    units: &'a Units<'a>,
    rules: &'a Rules,
    tree: &'a Tree,
    totals: &'a Totals,
    /// Per term, then per published area.
    parts: Vec<Vec<Option<Part>>>,
}

impl<'a> Reasons<'a> {
    pub(crate) fn new(units: &'a Units<'a>, rules: &'a Rules, tree: &'a Tree, totals: &'a Totals) -> Self {
        let parts = units.model.terms.par_iter().map(|term| parts(units, tree, term)).collect();
        Self { units, rules, tree, totals, parts }
    }

    /// The reasons of a published area, strongest first; its size comes before all others where it carries the
    /// rank.
    pub(crate) fn of(&self, area: usize) -> Vec<Reason> {
        let mut reasons = self.terms(area);
        reasons.extend(self.history(area));
        reasons.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
        self.size(area).into_iter().chain(reasons).collect()
    }

    /// The strongest terms: mean contribution over the area's units minus the mean over all units.
    fn terms(&self, area: usize) -> Vec<Reason> {
        let (totals, model) = (self.totals, self.units.model);
        let units = f64::from(totals.units[area].max(1));
        let own = totals.contributions.iter().zip(&totals.mean);
        let differences: Vec<f64> = own.map(|(per_area, mean)| per_area[area] / units - mean).collect();
        let mut order: Vec<usize> =
            (0..differences.len()).filter(|&t| differences[t].abs() > SMALLEST).collect();
        order.sort_by(|&a, &b| differences[b].abs().total_cmp(&differences[a].abs()));
        order.truncate(MOST);
        let reason = |t: usize| Reason {
            term: model.terms[t].name.clone(),
            contribution: differences[t],
            text: sentence(&model.schema, &model.terms[t], self.parts[t][area].as_ref(), differences[t]),
        };
        order.into_iter().map(reason).collect()
    }

    /// The area's own factor.
    fn history(&self, area: usize) -> Option<Reason> {
        let factor = (self.totals.expected[area] / self.totals.modelled[area]).ln();
        let told = factor.is_finite() && factor.abs() > WORTH_TELLING;
        let (nl, en) = if factor > 0.0 { ("meer", "more") } else { ("minder", "fewer") };
        told.then(|| Reason {
            term: HISTORY.to_owned(),
            contribution: factor,
            text: Text {
                nl: format!(
                    "In eerdere perioden is hier {nl} gevonden dan het model verwachtte. {}",
                    effect(factor).nl
                ),
                en: format!(
                    "In earlier periods {en} were found here than the model expected. {}",
                    effect(factor).en
                ),
            },
        })
    }

    /// The size, where an area expects more than the mean of its level because it is large rather than because its
    /// rate is high.
    fn size(&self, area: usize) -> Option<Reason> {
        let (_, level) = self.tree.levels.iter().find(|(_, range)| range.contains(&area))?;
        let mean = |values: &[f64]| values[level.clone()].iter().sum::<f64>() / level.len() as f64;
        let times = self.totals.exposure[area] / mean(&self.totals.exposure);
        let expected = (self.totals.expected[area] / mean(&self.totals.expected)).ln();
        let size = times.ln();
        let carries = size > WORTH_TELLING && expected > 0.0 && size > expected - size;
        let (unit, times) = (&self.rules.exposure_unit, words::number((10.0 * times).round() / 10.0));
        carries.then(|| Reason {
            term: SIZE.to_owned(),
            contribution: size,
            text: Text {
                nl: format!(
                    "Veel {}: {} keer het gemiddelde. Dat verhoogt het aantal, niet het aantal per 1.000.",
                    unit.nl, times.nl
                ),
                en: format!(
                    "Many {}: {} times the average. That raises the number, not the number per 1,000.",
                    unit.en, times.en
                ),
            },
        })
    }
}

fn effect(difference: f64) -> Text {
    let (nl, en) = if difference > 0.0 {
        ("Dat verhoogt het aantal per 1.000.", "That raises the number per 1,000.")
    } else {
        ("Dat verlaagt het aantal per 1.000.", "That lowers the number per 1,000.")
    };
    Text { nl: nl.to_owned(), en: en.to_owned() }
}

/// For instance: "Eerdere vondsten in de omgeving: hoger dan gemiddeld. Dat verhoogt het aantal per 1.000."
fn sentence(schema: &Schema, term: &Term, part: Option<&Part>, difference: f64) -> Text {
    let effect = effect(difference);
    // What the area has more of: the contribution divided by the effect of having more of it.
    let more = term.shape.coefficient().map(|coefficient| (difference > 0.0) == (coefficient > 0.0));
    let (is_nl, is_en) = match (&term.shape, more.or(part.map(|part| part.more))) {
        (Shape::Linear { .. }, Some(true)) => ("hoger dan gemiddeld", "higher than average"),
        (Shape::Linear { .. }, Some(false)) => ("lager dan gemiddeld", "lower than average"),
        (_, Some(true)) => ("vaker dan gemiddeld", "more often than average"),
        (_, Some(false)) => ("minder vaak dan gemiddeld", "less often than average"),
        (_, None) => ("anders dan gemiddeld", "different from average"),
    };
    let what = what(schema, term, part);
    Text {
        nl: format!("{}: {is_nl}. {}", capital(&what.nl), effect.nl),
        en: format!("{}: {is_en}. {}", capital(&what.en), effect.en),
    }
}

/// What the sentence is about: the term, or the values of its columns that the area has more or less of.
fn what(schema: &Schema, term: &Term, part: Option<&Part>) -> Text {
    match (&term.shape, part) {
        (Shape::Rule { conditions, .. }, _) => {
            words::and(&conditions.iter().map(|c| words::condition(schema, c)).collect::<Vec<_>>())
        }
        (_, Some(part)) => {
            words::and(&part.values.iter().map(|v| words::values(schema, v)).collect::<Vec<_>>())
        }
        _ => term.label.clone(),
    }
}

fn capital(label: &str) -> String {
    let mut letters = label.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::additive::Transform;
    use crate::testing::{schema, text};

    #[test]
    fn a_reason_says_what_there_is_more_of() {
        let line = |coefficient| Term {
            name: "x".to_owned(),
            label: text("leeftijd"),
            feature: 0,
            shape: Shape::Linear { coefficient, center: 0.0, transform: Transform::Identity, missing: 0.0 },
        };
        assert_eq!(
            sentence(&schema(), &line(2.0), None, 0.5).nl,
            "Leeftijd (nl): hoger dan gemiddeld. Dat verhoogt het aantal per 1.000."
        );
        assert_eq!(
            sentence(&schema(), &line(-2.0), None, 0.5).en,
            "Leeftijd (en): lower than average. That raises the number per 1,000."
        );
        assert_eq!(
            sentence(&schema(), &line(-2.0), None, -0.5).nl,
            "Leeftijd (nl): hoger dan gemiddeld. Dat verlaagt het aantal per 1.000."
        );
        let flag = Term { shape: Shape::Equals { coefficient: 1.0, value: 1.0 }, ..line(0.0) };
        assert_eq!(
            sentence(&schema(), &flag, None, -0.1).nl,
            "Leeftijd (nl): minder vaak dan gemiddeld. Dat verlaagt het aantal per 1.000."
        );
    }
}
