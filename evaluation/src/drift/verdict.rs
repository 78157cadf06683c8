//! Stop, retrain or go on: all tests together, by a rule that is printed.

use models::Text;
use serde::{Deserialize, Serialize};

use super::calibration::CalibrationDrift;
use super::shift::Shift;
use super::summary::Revision;

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The model still fits.
    GoOn,
    /// Train again before the next list.
    Retrain,
    /// Do not use the scores until somebody has looked.
    Stop,
}

/// How far is too far. An alarm alone says that a change is no chance; these say that it matters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Chance of any false alarm in all tests together.
    pub level: f64,
    /// A shift of a column or the scores matters from this stability index on.
    pub psi: f64,
    /// Found over expected matters when it is above this, or below one over this.
    pub ratio: f64,
    /// It is past use when its whole interval is above this, or below one over this.
    pub ratio_to_stop: f64,
    /// An input that is missing in this share more of the rows than before is no input any more.
    pub missing_to_stop: f64,
}

impl Default for Rule {
    fn default() -> Self {
        Self { level: 0.05, psi: 0.1, ratio: 1.25, ratio_to_stop: 2.0, missing_to_stop: 0.5 }
    }
}

impl Rule {
    /// The rule in words.
    #[must_use]
    pub fn text(&self) -> Text {
        let (level, psi, ratio, stop) = (100.0 * self.level, self.psi, self.ratio, self.ratio_to_stop);
        let missing = 100.0 * self.missing_to_stop;
        Text {
            nl: format!(
                "Stoppen: een kenmerk van het model ontbreekt nu in {missing} %-punt meer rijen, of gevonden gedeeld door \
                 verwacht ligt zeker (hele interval) boven {stop} of onder 1/{stop}. Opnieuw trainen: een kenmerk van het model of de scores \
                 zijn aantoonbaar verschoven (boven de eigen grens) met een index van {psi} of meer, of een kenmerk verschilt zoveel op de peildatum van de bundel \
                 zelf, of gevonden gedeeld door verwacht wijkt \
                 aantoonbaar af van 1 en ligt boven {ratio} of onder 1/{ratio}, in het geheel of in een groep. Anders doorgaan. \
                 De kans op ook maar één vals alarm in alle toetsen samen is ten hoogste {level} %."
            ),
            en: format!(
                "Stop: an input of the model is missing in {missing} points more of the rows, or found over expected is surely (its whole \
                 interval) above {stop} or below 1/{stop}. Retrain: an input of the model or the scores have demonstrably shifted (above their own \
                 limit) by an index of {psi} or more, or an input differs by as much at the bundle's own date, or found over expected demonstrably differs from 1 and is above {ratio} or below 1/{ratio}, \
                 over all or in a group. Else go on. The chance of even one false alarm in all tests together is at most {level} %."
            ),
        }
    }
}

/// An input column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputDrift {
    /// What readers see.
    pub label: Text,
    /// Whether the model reads it.
    pub used: bool,
    /// How far it has shifted.
    pub shift: Shift,
}

/// An input column at the bundle's own date, in the new data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputRevision {
    /// What readers see.
    pub label: Text,
    /// Whether the model reads it.
    pub used: bool,
    /// How far the new data differ from what the bundle was made of.
    pub revision: Revision,
}

/// One group of an audit attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupDrift {
    /// What readers see of the attribute.
    pub attribute: Text,
    /// Name of the group.
    pub group: Text,
    /// How far its scores have shifted; absent without rows.
    pub scores: Option<Shift>,
    /// Its calibration; absent where no outcome is known.
    pub calibration: Option<CalibrationDrift>,
}

/// Rows whose outcome cannot be known yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotYetKnown {
    /// As-of date of the rows.
    pub as_of: String,
    /// First day on which their outcome counts as known.
    pub known_on: String,
    /// Rows.
    pub rows: u64,
}

/// Everything that monitoring finds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drift {
    /// Title of the study.
    pub title: Text,
    /// Name of the model.
    pub model: String,
    /// SHA-256 of the bundle's manifest.
    pub bundle: String,
    /// As-of date of the bundle.
    pub before: String,
    /// New as-of date; absent when none has come.
    pub after: Option<String>,
    /// Day of extraction of the new data.
    pub data_until: String,
    /// The inputs at the bundle's own date as the new data have them; empty for a bundle that kept nothing of them.
    pub revised: Vec<InputRevision>,
    /// The inputs.
    pub inputs: Vec<InputDrift>,
    /// The scores; absent when no new as-of date has come.
    pub scores: Option<Shift>,
    /// As-of dates whose outcome became known since the bundle was made.
    pub closed: Vec<String>,
    /// Calibration over them; absent where there are none.
    pub calibration: Option<CalibrationDrift>,
    /// Rows of these dates that nobody looked at, and that do not count.
    pub not_visited: u64,
    /// Dates whose outcome is not known yet.
    pub not_yet_known: Vec<NotYetKnown>,
    /// Per group of each audit attribute.
    pub groups: Vec<GroupDrift>,
    /// Number of tests that share the level.
    pub tests: u64,
    /// The rule.
    pub rule: Rule,
    /// What it says.
    pub verdict: Verdict,
    /// Why, one reason each; empty for going on.
    pub reasons: Vec<Text>,
}

/// The verdict by the rule, with its reasons, gravest first. `drift`'s own verdict and reasons are not read.
#[must_use]
pub fn judge(drift: &Drift) -> (Verdict, Vec<Text>) {
    let mut found: Vec<(Verdict, Text)> = Vec::new();
    for input in drift.revised.iter().filter(|input| input.used) {
        found.extend(of_past(input, &drift.rule));
    }
    for input in drift.inputs.iter().filter(|input| input.used) {
        found.extend(of_input(input, &drift.rule));
    }
    found.extend(drift.scores.as_ref().and_then(|shift| of_scores(shift, None, &drift.rule)));
    found.extend(drift.calibration.as_ref().and_then(|c| of_calibration(c, None, &drift.rule)));
    for group in &drift.groups {
        let name = Text {
            nl: format!("{} – {}", group.attribute.nl, group.group.nl),
            en: format!("{} – {}", group.attribute.en, group.group.en),
        };
        found.extend(group.scores.as_ref().and_then(|shift| of_scores(shift, Some(&name), &drift.rule)));
        found.extend(group.calibration.as_ref().and_then(|c| of_calibration(c, Some(&name), &drift.rule)));
    }
    found.sort_by_key(|(verdict, _)| std::cmp::Reverse(*verdict));
    let verdict = found.first().map_or(Verdict::GoOn, |(verdict, _)| *verdict);
    (verdict, found.into_iter().map(|(_, reason)| reason).collect())
}

/// An input of which much more is missing.
fn of_missing(label: &Text, missing: (f64, f64), rule: &Rule) -> Option<(Verdict, Text)> {
    (missing.1 - missing.0 >= rule.missing_to_stop).then(|| {
        let [then, now] = [missing.0, missing.1].map(|share| 100.0 * share);
        let text = Text {
            nl: format!("kenmerk “{}” ontbreekt nu in {now:.0} % van de rijen (was {then:.0} %)", label.nl),
            en: format!("input “{}” is now missing in {now:.0} % of the rows (was {then:.0} %)", label.en),
        };
        (Verdict::Stop, text)
    })
}

/// At the same date nothing should differ, so there is no chance to allow for.
fn of_past(input: &InputRevision, rule: &Rule) -> Option<(Verdict, Text)> {
    let revision = &input.revision;
    let rewritten = || {
        let (label, psi) = (&input.label, revision.psi);
        let text = Text {
            nl: format!(
                "kenmerk “{}” heeft op de peildatum van de bundel in de nieuwe gegevens andere waarden: index {psi:.3}",
                label.nl
            ),
            en: format!(
                "input “{}” has other values at the bundle's own date in the new data: index {psi:.3}",
                label.en
            ),
        };
        (Verdict::Retrain, text)
    };
    of_missing(&input.label, revision.missing, rule).or_else(|| (revision.psi >= rule.psi).then(rewritten))
}

fn of_input(input: &InputDrift, rule: &Rule) -> Option<(Verdict, Text)> {
    let shift = &input.shift;
    let shifted = || {
        let (label, psi, limit) = (&input.label, shift.psi, shift.limit.unwrap_or(f64::NAN));
        let text = Text {
            nl: format!("kenmerk “{}” is verschoven: index {psi:.3}, door toeval onder {limit:.3}", label.nl),
            en: format!("input “{}” has shifted: index {psi:.3}, by chance below {limit:.3}", label.en),
        };
        (Verdict::Retrain, text)
    };
    let missing = of_missing(&input.label, shift.missing, rule);
    missing.or_else(|| (shift.alarm && shift.psi >= rule.psi).then(shifted))
}

fn of_scores(shift: &Shift, group: Option<&Text>, rule: &Rule) -> Option<(Verdict, Text)> {
    (shift.alarm && shift.psi >= rule.psi).then(|| {
        let limit = shift.limit.unwrap_or(f64::NAN);
        let (nl, en) = of_group(group);
        let text = Text {
            nl: format!(
                "de scores{nl} zijn verschoven: index {:.3}, door toeval onder {limit:.3}",
                shift.psi
            ),
            en: format!("the scores{en} have shifted: index {:.3}, by chance below {limit:.3}", shift.psi),
        };
        (Verdict::Retrain, text)
    })
}

fn of_calibration(drift: &CalibrationDrift, group: Option<&Text>, rule: &Rule) -> Option<(Verdict, Text)> {
    let ratio = drift.ratio.value?;
    let (low, high) = drift.ratio.low.zip(drift.ratio.high)?;
    let verdict = if low > rule.ratio_to_stop || high < 1.0 / rule.ratio_to_stop {
        Verdict::Stop
    } else if ratio > rule.ratio || ratio < 1.0 / rule.ratio {
        Verdict::Retrain
    } else {
        return None;
    };
    drift.alarm.then(|| {
        let (nl, en) = of_group(group);
        let numbers = (drift.found, drift.expected);
        let text = Text {
            nl: format!(
                "gevonden{nl} {} tegen verwacht {:.1}: {ratio:.2} keer (interval {low:.2} tot {high:.2})",
                numbers.0, numbers.1
            ),
            en: format!(
                "found{en} {} against expected {:.1}: {ratio:.2} times (interval {low:.2} to {high:.2})",
                numbers.0, numbers.1
            ),
        };
        (verdict, text)
    })
}

fn of_group(group: Option<&Text>) -> (String, String) {
    group.map_or_else(Default::default, |name| (format!(" van {}", name.nl), format!(" of {}", name.en)))
}
