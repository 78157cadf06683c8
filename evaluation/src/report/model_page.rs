//! Chapter 8: the model, the backends, and the areas at the top.

use maud::{Markup, html};
use models::Link;
use models::additive::Transform;

use crate::report::facts::{Report, TopArea};
use crate::report::lang::{Lang, Pair, Style};
use crate::report::page::{head, plain, table};
use crate::report::terms::{Step, TermShape, TermSummary};
use crate::report::texts;

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
        (terms(report, lang))
        @if !report.parity.is_empty() { (parity(report, lang)) }
        @if !report.areas.areas.is_empty() { (top(report, lang)) }
    }
}

fn terms(report: &Report, lang: Lang) -> Markup {
    let intercept = &report.model.intercept;
    let mut rows =
        vec![vec![plain(lang.of(texts::INTERCEPT)), plain(""), lang.cell(intercept, Style::Signed)]];
    for term in &report.model.terms {
        rows.extend(term_rows(term, lang));
    }
    table(lang.of(texts::TERMS), &head(lang, &[texts::TERM, texts::VALUES, texts::EFFECT]), &rows)
}

fn term_rows(term: &TermSummary, lang: Lang) -> Vec<Vec<Markup>> {
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
        TermShape::Stored { .. } => vec![vec![name, plain("model.json"), plain("")]],
        TermShape::Steps { steps, missing: without } => steps
            .iter()
            .map(|step| {
                vec![
                    name.clone(),
                    plain(range(step, &term.unit, lang)),
                    lang.cell(&step.points, Style::Signed),
                ]
            })
            .chain([missing(*without)])
            .collect(),
    }
}

fn range(step: &Step, unit: &str, lang: Lang) -> String {
    let figure = |x: f64| lang.figure(x, Style::Plain);
    let text = match (step.from, step.below) {
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
