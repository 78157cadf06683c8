//! Chapter 9: the model, the backends, and the areas at the top.

use maud::{Markup, html};
use models::Link;
use models::additive::Transform;

use crate::report::facts::{Report, TopArea};
use crate::report::lang::{Lang, Pair, Style};
use crate::report::page::{head, page_file, plain, table};
use crate::report::terms::{Condition, ModelSummary, Step, TermShape, TermSummary};
use crate::report::texts;
use crate::report::{every_term, shapes};

const SHORT: Pair = Pair(
    "Van een bijdrage met veel vakken staan hier enkele vakken; van een bijdrage van twee kenmerken samen staat hier alleen de naam. Alle vakken en alle andere modellen staan op een eigen pagina:",
    "Of a contribution with many bins some bins are shown here; of one of two features together only the name. All bins and all other models are on a page of their own:",
);
/// Bins of a contribution that the chapter shows.
const FEW: usize = 12;
const CARD: Pair = Pair(
    "Dit is een puntenkaart: tel de punten van alle regels op. Eén punt telt {worth} op bij de som.",
    "This is a scorecard: add up the points of all lines. One point adds {worth} to the sum.",
);
const LINES: Pair = Pair("De kaart “{model}”", "The card “{model}”");
const POINTS: Pair = Pair("Punten", "Points");
const TOTALS: Pair =
    Pair("“{model}”: van totaal naar kans of aantal", "“{model}”: from total to chance or number");
const TOTAL: Pair = Pair("Totaal aan punten", "Total of points");
const RISK: Pair = Pair("Verwacht per eenheid", "Expected per unit");
const PRICE: Pair = Pair("De prijs van leesbaarheid", "The price of being readable");
const PRICE_NOTE: Pair = Pair(
    "Deze uitdagers zijn niet te lezen en worden nooit vrijgegeven. Ze zijn alleen gemeten om te weten wat het leesbare model laat liggen, op dezelfde rijen.",
    "These challengers cannot be read and are never released. They were measured only to know what the readable model leaves on the table, on the same rows.",
);
const CHALLENGER: Pair = Pair("Uitdager", "Challenger");
const AUC: Pair = Pair("AUC", "AUC");
const FINDS: Pair = Pair("Vondsten bij de capaciteit", "Finds at capacity");
const PAIR: Pair = Pair("“{own}” met “{other}”", "“{own}” with “{other}”");
const BELOW: Pair = Pair("zie de eigen tabel bij alle bijdragen", "see its own table with all contributions");
const MINUS: Pair = Pair("Min het gekozen model", "Minus the chosen model");

pub(crate) fn chapter(report: &Report, lang: Lang) -> Markup {
    let model = &report.model;
    let link = match model.link {
        Link::Identity => texts::LINK_IDENTITY,
        Link::Logit => texts::LINK_LOGIT,
        Link::Log => texts::LINK_LOG,
    };
    let note = lang.fill(
        texts::MODEL_NOTE,
        &[
            ("model", lang.text(&model.label)),
            ("kind", &model.kind),
            ("rows", &lang.count(model.rows)),
            ("link", lang.of(link)),
        ],
    );
    html! {
        p { (note) }
        p { (lang.of(SHORT)) " " a href=(page_file(every_term::FILE, lang)) { (lang.of(every_term::TITLE)) } "." }
        (terms(&report.model, lang, Some(FEW)))
        (card(&report.model, lang))
        (shapes::pictures(&report.model, lang))
        @if !report.price.is_empty() { (price(report, lang)) }
        @if !report.parity.is_empty() { (parity(report, lang)) }
        @if !report.areas.areas.is_empty() { (top(report, lang)) }
    }
}

/// The lines of a scorecard in whole points, and its totals: what is needed to add it up on paper.
pub(crate) fn card(model: &ModelSummary, lang: Lang) -> Markup {
    let Some(per_point) = model.per_point.filter(|_| !model.totals.is_empty()) else { return html! {} };
    let rows: Vec<_> = model
        .totals
        .iter()
        .map(|total| {
            vec![plain(total.points.to_string()), plain(lang.figure(total.expected, Style::Percent))]
        })
        .collect();
    html! {
        p { (lang.fill(CARD, &[("worth", &lang.figure(per_point, Style::Plain))])) }
        (table(&named(LINES, model, lang), &head(lang, &[texts::TERM, texts::VALUES, POINTS]), &card_lines(model, per_point, lang)))
        (table(&named(TOTALS, model, lang), &head(lang, &[TOTAL, RISK]), &rows))
    }
}

/// A caption with the model's name.
fn named(caption: Pair, model: &ModelSummary, lang: Lang) -> String {
    lang.fill(caption, &[("model", lang.text(&model.label))])
}

/// What gives points: a line per range, category or rule that does not give 0.
fn card_lines(model: &ModelSummary, per_point: f64, lang: Lang) -> Vec<Vec<Markup>> {
    let mut lines = Vec::new();
    for term in &model.terms {
        let mut line = |at: String, worth: Option<f64>| {
            let points = worth.map_or(0.0, |worth| (worth / per_point).round());
            if points != 0.0 {
                let points = format!("{points:+}").replace('-', "\u{2212}");
                lines.push(vec![plain(lang.text(&term.label)), plain(at), plain(points)]);
            }
        };
        let missing = || lang.of(texts::MISSING).to_lowercase();
        match &term.shape {
            TermShape::Steps { steps, missing: without } => {
                for step in steps {
                    line(range(step, &term.unit, lang), step.points.value);
                }
                line(missing(), without.value);
            }
            TermShape::Categories { categories } => {
                for category in categories {
                    line(category.name.clone().unwrap_or_else(missing), category.points.value);
                }
            }
            TermShape::Holds { coefficient } | TermShape::Rule { coefficient, .. } => {
                line(lang.of(texts::WHERE_HOLDS).to_owned(), coefficient.value);
            }
            // A card of values times points has no lines that hold or not, and so no totals either.
            TermShape::Slope { .. } | TermShape::Pairs { .. } => {}
        }
    }
    lines
}

/// What challengers without readable form add.
fn price(report: &Report, lang: Lang) -> Markup {
    let rows: Vec<_> = report
        .price
        .iter()
        .map(|price| {
            vec![
                plain(lang.text(&price.label)),
                lang.cell(&price.auc, Style::Plain),
                lang.cell(&price.auc_difference, Style::Signed),
                lang.cell(&price.finds, Style::Number),
                lang.cell(&price.finds_difference, Style::SignedNumber),
            ]
        })
        .collect();
    html! {
        h3 { (lang.of(PRICE)) }
        p { (lang.of(PRICE_NOTE)) }
        (table(lang.of(PRICE), &head(lang, &[CHALLENGER, AUC, MINUS, FINDS, MINUS]), &rows))
    }
}

/// What must be known of the fit, then the terms; of each at most so many bins.
pub(crate) fn terms(model: &ModelSummary, lang: Lang, most: Option<usize>) -> Markup {
    let intercept = &model.intercept;
    let mut rows =
        vec![vec![plain(lang.of(texts::INTERCEPT)), plain(""), lang.cell(intercept, Style::Signed)]];
    for term in &model.terms {
        rows.extend(term_rows(term, lang, most));
    }
    html! {
        @if !model.notes.is_empty() {
            ul { @for note in &model.notes { li { (lang.text(note)) } } }
        }
        (table(&named(texts::TERMS, model, lang), &head(lang, &[texts::TERM, texts::VALUES, texts::EFFECT]), &rows))
    }
}

fn term_rows(term: &TermSummary, lang: Lang, most: Option<usize>) -> Vec<Vec<Markup>> {
    let name = html! { (lang.text(&term.label)) br; code { (term.name) } };
    let missing = |value: f64| {
        vec![
            name.clone(),
            plain(lang.of(texts::MISSING).to_lowercase()),
            plain(lang.figure(value, Style::Signed)),
        ]
    };
    match &term.shape {
        TermShape::Slope { coefficient, transform, center, missing: without } => {
            let unit = if term.unit.is_empty() { "1" } else { &term.unit };
            let words = match transform {
                Transform::Identity => texts::PER_ONE,
                Transform::Log1p => texts::PER_LOG,
                Transform::LogRate => texts::PER_LOG_RATE,
            };
            let center = lang.figure(*center, Style::Plain);
            let at = lang.fill(words, &[("unit", unit), ("center", &center)]);
            vec![vec![name.clone(), plain(at), lang.cell(coefficient, Style::Signed)], missing(*without)]
        }
        TermShape::Holds { coefficient } => {
            vec![vec![
                name.clone(),
                plain(lang.of(texts::WHERE_HOLDS)),
                lang.cell(coefficient, Style::Signed),
            ]]
        }
        TermShape::Categories { categories } => categories
            .iter()
            .map(|category| {
                let at = category.name.clone().unwrap_or_else(|| lang.of(texts::MISSING).to_lowercase());
                vec![name.clone(), plain(at), lang.cell(&category.points, Style::Signed)]
            })
            .collect(),
        TermShape::Rule { coefficient, conditions } => {
            let words: Vec<String> = conditions.iter().map(|c| condition(c, lang)).collect();
            let at = words.join(lang.of(Pair(" en ", " and ")));
            vec![vec![name, plain(at), lang.cell(coefficient, Style::Signed)]]
        }
        TermShape::Pairs { own, other, .. } => {
            let at = lang.fill(PAIR, &[("own", lang.text(&own.label)), ("other", lang.text(&other.label))]);
            vec![vec![name, plain(at), plain(lang.of(BELOW))]]
        }
        TermShape::Steps { steps, missing: without } => some_of(steps, most)
            .into_iter()
            .map(|step| {
                vec![
                    name.clone(),
                    plain(range(step, &term.unit, lang)),
                    lang.cell(&step.points, Style::Signed),
                ]
            })
            .chain([vec![
                name.clone(),
                plain(lang.of(texts::MISSING).to_lowercase()),
                lang.cell(without, Style::Signed),
            ]])
            .collect(),
    }
}

/// The first, the last, and evenly between: at most so many.
fn some_of(steps: &[Step], most: Option<usize>) -> Vec<&Step> {
    match most {
        Some(most) if steps.len() > most => {
            (0..most).map(|i| &steps[i * (steps.len() - 1) / (most - 1)]).collect()
        }
        _ => steps.iter().collect(),
    }
}

fn condition(condition: &Condition, lang: Lang) -> String {
    let range = between(condition.from, condition.below, "", lang);
    let missing = match (condition.missing, range.is_empty()) {
        (false, _) => String::new(),
        (true, true) => lang.of(texts::MISSING).to_lowercase(),
        (true, false) => format!(" {} {}", lang.of(Pair("of", "or")), lang.of(texts::MISSING).to_lowercase()),
    };
    format!("{} {range}{missing}", lang.text(&condition.label))
}

fn range(step: &Step, unit: &str, lang: Lang) -> String {
    between(step.from, step.below, unit, lang)
}

pub(crate) fn between(from: Option<f64>, below: Option<f64>, unit: &str, lang: Lang) -> String {
    let figure = |x: f64| lang.figure(x, Style::Plain);
    let text = match (from, below) {
        (None, None) => String::new(),
        (None, Some(b)) => lang.fill(texts::BELOW, &[("b", &figure(b))]),
        (Some(a), None) => lang.fill(texts::FROM, &[("a", &figure(a))]),
        (Some(a), Some(b)) => lang.fill(texts::FROM_BELOW, &[("a", &figure(a)), ("b", &figure(b))]),
    };
    format!("{text} {unit}").trim().to_owned()
}

fn parity(report: &Report, lang: Lang) -> Markup {
    let columns = [texts::BACKEND, texts::COMPARED, texts::LARGEST, texts::ALLOWED];
    let power = |x: f64| format!("{x:.1e}").replace('.', lang.of(Pair(",", ".")));
    let rows: Vec<_> = report
        .parity
        .iter()
        .map(|check| {
            vec![
                plain(&check.backend),
                plain(lang.count(check.rows)),
                plain(power(check.largest_difference)),
                plain(power(check.tolerance)),
            ]
        })
        .collect();
    table(lang.of(texts::PARITY), &head(lang, &columns), &rows)
}

fn top(report: &Report, lang: Lang) -> Markup {
    let areas = &report.areas;
    let caption = lang.fill(texts::TOP, &[("from", &areas.as_of), ("until", &areas.until)]);
    let note = lang.fill(
        texts::TOP_NOTE,
        &[("published", &lang.count(areas.published)), ("suppressed", &lang.count(areas.suppressed))],
    );
    let finds = lang.fill(texts::EXPECTED_FINDS, &[("finds", lang.text(&report.study.finds))]);
    let mut columns = head(lang, &[texts::RANK, texts::CODE, texts::AREA]);
    columns.push(finds);
    columns.push(lang.of(texts::RANK_INTERVAL).to_owned());
    let row = |area: &TopArea| {
        let (best, worst) = area.rank_interval;
        vec![
            plain(area.rank.to_string()),
            html! { code { (area.code) } },
            plain(&area.name),
            lang.cell(&area.expected, Style::Plain),
            html! { (best) " " (lang.of(Pair("tot", "to"))) " " (worst) },
        ]
    };
    let rows: Vec<_> = areas.areas.iter().map(row).collect();
    html! {
        h3 { (caption) }
        p { (note) }
        (table(&caption, &columns, &rows))
    }
}
