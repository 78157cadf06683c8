//! The part of the chapter on validation about space: does the model hold in a part of town that it never saw?

use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use crate::backtest::results::{Evaluation, Paired};
use crate::backtest::rule::Metric;
use crate::report::lang::{Lang, Pair, Style};
use crate::report::page::{head, plain, table};
use crate::report::texts;

/// The chosen learner on parts of town that it never saw, beside itself after seeing all of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elsewhere {
    /// Area level of a part.
    pub level: String,
    /// Times that parts were left out.
    pub folds: u32,
    /// Areas within so many metres of a tested one did not train either.
    pub border_metres: f64,
    /// Two candidates on the same rows: first the one that never saw the part, then, as the baseline, the one that saw all.
    pub evaluation: Evaluation,
}

const TITLE: Pair =
    Pair("In een deel van de stad dat het model nooit zag", "In a part of town that the model never saw");
const NOTE: Pair = Pair(
    "Een later jaar laat zien of de lijst standhoudt. Het laat niet zien of het model begrijpt waarom: wie plekken onthoudt, doet het op \
     dezelfde plekken ook goed. Daarom is het gekozen model {folds} keer opnieuw geleerd zonder een deel van de gebieden ({level}), en \
     daarna op dat deel getoetst, op dezelfde peildatums als hierboven. {border}Kenmerken die iets over de buurt zelf vertellen, zoals eerdere vondsten, \
     blijven bekend: alleen leren mocht niet. De cijfers zijn van vóór de kalibratie.",
    "A later year shows whether the list lasts. It does not show whether the model knows why: who remembers places does well in the same \
     places. So the chosen model was fitted {folds} times without a part of the areas ({level}), and then tested on that part, on the same as-of dates as \
     above. {border}Features that tell of the neighbourhood itself, such as earlier finds, stay known: only learning was not allowed. The \
     figures are from before calibration.",
);
const BORDER: Pair = Pair(
    "Gebieden binnen {metres} meter van een getoetst gebied leerden ook niet mee. ",
    "Areas within {metres} metres of a tested area did not train either. ",
);
const NEVER: Pair = Pair("Nooit gezien", "Never saw it");
const ALL: Pair = Pair("Alles gezien", "Saw everything");
const GAP: Pair = Pair("Verschil", "Difference");
const NOT_DONE: Pair = Pair(
    "Niet onderzocht of het model standhoudt in een deel van de stad dat het nooit zag: de studie vraagt er niet om (`[space]`), of het kon niet.",
    "Not examined whether the model holds in a part of town that it never saw: the study does not ask for it (`[space]`), or it could not be done.",
);
const SHOWN: [Metric; 5] = [
    Metric::FindsAtCapacity,
    Metric::PrecisionAtCapacity,
    Metric::RecallAtCapacity,
    Metric::Auc,
    Metric::PoissonDeviance,
];

/// The table of both, with their paired difference; says so where it was not done.
pub(crate) fn section(elsewhere: Option<&Elsewhere>, lang: Lang) -> Markup {
    let Some(elsewhere) = elsewhere else {
        return html! { h3 { (lang.of(TITLE)) } p { (lang.of(NOT_DONE)) } };
    };
    let metres = lang.round(elsewhere.border_metres, Style::Number);
    let border = match elsewhere.border_metres > 0.0 {
        true => lang.fill(BORDER, &[("metres", &metres)]),
        false => String::new(),
    };
    let folds = lang.count(u64::from(elsewhere.folds));
    let note = lang.fill(NOTE, &[("folds", &folds), ("level", &elsewhere.level), ("border", &border)]);
    let rows: Vec<Vec<Markup>> =
        SHOWN.iter().map(|metric| row(&elsewhere.evaluation, *metric, lang)).collect();
    html! {
        h3 { (lang.of(TITLE)) }
        p { (note) }
        (table(lang.of(TITLE), &head(lang, &[texts::METRIC, NEVER, ALL, GAP]), &rows))
    }
}

fn row(evaluation: &Evaluation, metric: Metric, lang: Lang) -> Vec<Markup> {
    let mut cells = vec![plain(lang.of(texts::metric(metric)))];
    for candidate in &evaluation.candidates {
        let measure = candidate.pooled.get(metric);
        cells.push(measure.map_or_else(|| plain("–"), |m| lang.cell(&m.value, texts::style(metric))));
    }
    let of_metric = |p: &&Paired| p.metric == metric;
    let paired = evaluation.paired.iter().find(of_metric);
    cells.push(paired.map_or_else(|| plain("–"), |p| lang.cell(&p.difference, texts::signed(metric))));
    cells
}
