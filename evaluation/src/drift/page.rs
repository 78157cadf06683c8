//! What monitoring found as one page: Dutch first, English below it.

use maud::{Markup, html};

use super::calibration::CalibrationDrift;
use super::shift::Shift;
use super::verdict::{Drift, Verdict};
use crate::bilingual;
use crate::report::lang::{Lang, Pair, Style};
use crate::report::page::{head, plain, table};

const TITLE: Pair = Pair("Past het model nog?", "Does the model still fit?");
const VERDICTS: [(Verdict, Pair); 3] = [
    (
        Verdict::GoOn,
        Pair("Doorgaan: geen reden om het model te vervangen", "Go on: no reason to replace the model"),
    ),
    (Verdict::Retrain, Pair("Opnieuw trainen voor de volgende lijst", "Retrain before the next list")),
    (
        Verdict::Stop,
        Pair(
            "Stoppen: gebruik de scores niet tot iemand heeft gekeken",
            "Stop: do not use the scores until somebody has looked",
        ),
    ),
];
const RULE: Pair = Pair("De regel", "The rule");
const CALIBRATION: Pair = Pair("Gevonden tegen verwacht", "Found against expected");
const NOTHING_CLOSED: Pair = Pair(
    "Van geen enkele datum na de bundel is de uitkomst al bekend: of de verwachting klopte, is nog niet te zeggen.",
    "Of no date after the bundle the outcome is known yet: whether the expectation was right cannot be told.",
);
const NO_NEW_DATE: Pair = Pair(
    "Er is nog geen nieuwe peildatum: kenmerken en scores zijn niet vergeleken.",
    "No new as-of date has come yet: inputs and scores were not compared.",
);
const NOT_VISITED: Pair = Pair(
    "{n} rijen van deze datums zijn niet gecontroleerd; zij tellen niet mee.",
    "{n} rows of these dates were not visited; they do not count.",
);
const SHIFTS: Pair = Pair("Verschuiving van scores en kenmerken", "Shift of scores and inputs");
const HEAD_SHIFT: [Pair; 6] = [
    Pair("wat", "what"),
    Pair("index (PSI)", "index (PSI)"),
    Pair("door toeval onder", "by chance below"),
    Pair("p", "p"),
    Pair("ontbreekt, toen en nu", "missing, then and now"),
    Pair("rijen toen en nu; gebieden", "rows then and now; areas"),
];
const HEAD_CALIBRATION: [Pair; 5] = [
    Pair("wat", "what"),
    Pair("gevonden", "found"),
    Pair("verwacht", "expected"),
    Pair("gevonden / verwacht", "found / expected"),
    Pair("p", "p"),
];
const NOT_YET: Pair = Pair("Nog niet bekend", "Not yet known");
const HEAD_NOT_YET: [Pair; 3] =
    [Pair("peildatum", "as-of date"), Pair("bekend vanaf", "known from"), Pair("rijen", "rows")];
const ALL: Pair = Pair("alles samen", "all together");
const SCORES: Pair = Pair("scores", "scores");
const UNUSED: Pair = Pair(" (niet in het model)", " (not in the model)");
const CANNOT_TELL: Pair = Pair("te weinig gebieden om te zeggen", "too few areas to tell");

/// A self-contained page.
#[must_use]
pub fn page(drift: &Drift) -> String {
    let foot = format!("model {} · manifest {}", drift.model, drift.bundle);
    bilingual::page(TITLE, &drift.title, |lang| body(drift, lang), &foot)
}

fn body(drift: &Drift, lang: Lang) -> Markup {
    let verdict = VERDICTS.iter().find(|(verdict, _)| *verdict == drift.verdict);
    let class = if drift.verdict == Verdict::GoOn { "verdict yes" } else { "verdict no" };
    let dates = match &drift.after {
        Some(after) => format!("{} → {after}", drift.before),
        None => drift.before.clone(),
    };
    html! {
        div class=(class) {
            strong { (verdict.map_or("", |(_, words)| lang.of(*words))) }
            @for reason in &drift.reasons { p { (lang.text(reason)) } }
        }
        p { (dates) " · " (lang.of(Pair("gegevens tot en met", "data until"))) " " (drift.data_until) }
        h3 { (lang.of(RULE)) }
        p { (lang.text(&drift.rule.text())) " " (lang.fill(Pair("Aantal toetsen: {n}.", "Number of tests: {n}."), &[("n", &lang.count(drift.tests))])) }
        h3 { (lang.of(CALIBRATION)) }
        (calibration(drift, lang))
        h3 { (lang.of(SHIFTS)) }
        (shifts(drift, lang))
        @if !drift.not_yet_known.is_empty() {
            h3 { (lang.of(NOT_YET)) }
            (table(lang.of(NOT_YET), &head(lang, &HEAD_NOT_YET), &drift.not_yet_known.iter().map(|date| {
                vec![plain(&date.as_of), plain(&date.known_on), plain(lang.count(date.rows))]
            }).collect::<Vec<_>>()))
        }
    }
}

fn calibration(drift: &Drift, lang: Lang) -> Markup {
    let mut rows: Vec<Vec<Markup>> = Vec::new();
    rows.extend(drift.calibration.as_ref().map(|all| calibration_row(lang.of(ALL), all, lang)));
    rows.extend(drift.groups.iter().filter_map(|group| {
        let name = format!("{} – {}", lang.text(&group.attribute), lang.text(&group.group));
        Some(calibration_row(&name, group.calibration.as_ref()?, lang))
    }));
    html! {
        @if rows.is_empty() { p { (lang.of(NOTHING_CLOSED)) } }
        @else {
            p { (drift.closed.join(", ")) ". " (lang.fill(NOT_VISITED, &[("n", &lang.count(drift.not_visited))])) }
            (table(lang.of(CALIBRATION), &head(lang, &HEAD_CALIBRATION), &rows))
        }
    }
}

fn calibration_row(name: &str, drift: &CalibrationDrift, lang: Lang) -> Vec<Markup> {
    vec![
        plain(name),
        plain(lang.count(drift.found)),
        plain(lang.figure(drift.expected, Style::Number)),
        plain(lang.sentence(&drift.ratio, Style::Plain)),
        chance(drift.p, drift.alarm, lang),
    ]
}

fn shifts(drift: &Drift, lang: Lang) -> Markup {
    let mut rows: Vec<Vec<Markup>> = Vec::new();
    rows.extend(drift.scores.as_ref().map(|shift| shift_row(lang.of(SCORES), shift, lang)));
    rows.extend(drift.groups.iter().filter_map(|group| {
        let (scores, attribute) = (lang.of(SCORES), lang.text(&group.attribute));
        let name = format!("{scores}, {attribute} – {}", lang.text(&group.group));
        Some(shift_row(&name, group.scores.as_ref()?, lang))
    }));
    rows.extend(drift.inputs.iter().map(|input| {
        let unused = if input.used { "" } else { lang.of(UNUSED) };
        shift_row(&format!("{}{unused}", lang.text(&input.label)), &input.shift, lang)
    }));
    html! {
        @if drift.after.is_none() { p { (lang.of(NO_NEW_DATE)) } }
        @else { (table(lang.of(SHIFTS), &head(lang, &HEAD_SHIFT), &rows)) }
    }
}

fn shift_row(name: &str, shift: &Shift, lang: Lang) -> Vec<Markup> {
    let share = |share: f64| lang.figure(share, Style::Percent);
    let limit = shift.limit.map_or_else(|| lang.of(CANNOT_TELL).to_owned(), |x| lang.figure(x, Style::Plain));
    vec![
        plain(name),
        plain(lang.figure(shift.psi, Style::Plain)),
        plain(limit),
        chance(shift.p, shift.alarm, lang),
        plain(format!("{} → {}", share(shift.missing.0), share(shift.missing.1))),
        plain(format!(
            "{} → {}; {}",
            lang.count(shift.rows.0),
            lang.count(shift.rows.1),
            lang.count(shift.areas)
        )),
    ]
}

fn chance(p: Option<f64>, alarm: bool, lang: Lang) -> Markup {
    let text = p.map_or_else(|| "–".to_owned(), |p| lang.figure(p, Style::Plain));
    html! { (text) @if alarm { strong { " " (lang.of(Pair("alarm", "alarm"))) } } }
}
