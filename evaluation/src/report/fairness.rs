//! Chapter 7: fairness.

use maud::{Markup, html};

use crate::fairness::groups::{GroupFigures, GroupTable};
use crate::report::facts::{Report, RowUnit};
use crate::report::lang::{Lang, Pair, Style};
use crate::report::page::{figure, plain, table};
use crate::report::plot::{Frame, Point, dots};
use crate::report::{funnel, gaps, mitigation, texts};

pub(crate) fn chapter(report: &Report, lang: Lang) -> Markup {
    let tables: Vec<&GroupTable> =
        report.evaluation.fairness.iter().filter(|t| t.candidate == report.verdict.chosen).collect();
    if tables.is_empty() {
        return html! { p { (lang.of(texts::NO_AUDIT)) } };
    }
    let rows = lang.of(match report.study.unit {
        RowUnit::Pand => Pair("panden", "buildings"),
        RowUnit::Area => Pair("gebieden", "areas"),
    });
    let few = tables.iter().flat_map(|t| &t.groups).filter(|g| g.too_few).fold(0u64, |n, _| n + 1);
    html! {
        p { (lang.fill(texts::FAIR_NOTE, &[("rows", rows)])) }
        p { (lang.fill(texts::FAIR_CAUTION, &[("few", &lang.count(few))])) }
        @for (number, t) in tables.iter().enumerate() { (attribute(report, lang, t, number)) }
    }
}

type Cell<'a> = Box<dyn Fn(&GroupFigures) -> Markup + 'a>;

fn attribute(report: &Report, lang: Lang, t: &GroupTable, number: usize) -> Markup {
    let fill = |pair| {
        let burden = lang.text(&report.study.burden_unit);
        lang.fill(pair, &[("attribute", lang.text(&t.label)), ("burden", burden)])
    };
    let name = |pair: Pair| lang.of(pair).to_owned();
    let selection: Vec<(String, Cell<'_>)> = vec![
        (name(texts::ROWS), Box::new(|g| plain(lang.count(g.rows)))),
        (name(texts::SELECTION_RATE), Box::new(|g| lang.cell(&g.selection_rate, Style::Percent))),
        (name(texts::SELECTION_RATIO), Box::new(|g| lang.cell(&g.selection_ratio, Style::Plain))),
        (
            name(texts::SELECTION_DIFFERENCE),
            Box::new(|g| lang.cell(&g.selection_difference, Style::SignedPercent)),
        ),
        (name(texts::BASE_RATE), Box::new(|g| lang.cell(&g.base_rate, Style::Percent))),
    ];
    let outcome: Vec<(String, Cell<'_>)> = vec![
        (name(texts::KNOWN), Box::new(|g| plain(lang.count(g.known)))),
        (name(texts::PRECISION), Box::new(|g| lang.cell(&g.precision, Style::Percent))),
        (name(texts::RECALL), Box::new(|g| lang.cell(&g.recall, Style::Percent))),
        (name(texts::FALSE_POSITIVE), Box::new(|g| lang.cell(&g.false_positive_rate, Style::Percent))),
    ];
    let burden: Vec<(String, Cell<'_>)> = vec![
        (fill(texts::FRUITLESS), Box::new(|g| lang.cell(&g.fruitless_per_1000, Style::Plain))),
        (name(texts::EXPECTED), Box::new(|g| lang.cell(&g.expected, Style::Number))),
        (name(texts::FOUND), Box::new(|g| lang.cell(&g.found, Style::Number))),
        (name(texts::FOUND_PER_EXPECTED), Box::new(|g| lang.cell(&g.found_per_expected, Style::Plain))),
    ];
    let (selection_caption, burden_caption) = (fill(texts::SELECTION_TABLE), fill(texts::FRUITLESS));
    html! {
        h3 { (lang.text(&t.label)) }
        (chart(lang, t, &format!("selectie-{number}"), &selection_caption, lang.of(texts::SELECTION_RATE), Style::Percent,
            |g| &g.selection_rate))
        (groups(lang, t, &selection_caption, &selection))
        (groups(lang, t, &fill(texts::OUTCOME_TABLE), &outcome))
        (chart(lang, t, &format!("last-{number}"), &burden_caption, &burden_caption, Style::Plain, |g| &g.fruitless_per_1000))
        (groups(lang, t, &fill(texts::BURDEN_TABLE), &burden))
        (gaps::section(t, lang))
        (funnel::section(report, t, lang))
        @if let Some(weighing) = report.alternatives.iter().find(|w| w.attribute == t.attribute) {
            (mitigation::section(weighing, number, lang))
        }
    }
}

fn chart(
    lang: Lang,
    t: &GroupTable,
    id: &str,
    caption: &str,
    axis: &str,
    style: Style,
    estimate: impl Fn(&GroupFigures) -> &crate::estimate::Estimate,
) -> Markup {
    let rows: Vec<(String, Option<Point>)> = t
        .groups
        .iter()
        .map(|g| {
            let e = estimate(g);
            let point = e.value.map(|v| Point { x: v, y: 0.0, low: e.low, high: e.high });
            (lang.text(&g.group).to_owned(), point)
        })
        .collect();
    let frame = Frame {
        id,
        title: caption,
        description: lang.of(texts::DOTS_DESC),
        x_label: axis,
        y_label: "",
        x_style: style,
        y_style: style,
    };
    figure(caption, &dots(lang, &frame, &rows, estimate(&t.whole).value))
}

fn groups(lang: Lang, t: &GroupTable, caption: &str, columns: &[(String, Cell<'_>)]) -> Markup {
    let mut names = vec![lang.of(texts::GROUP).to_owned()];
    names.extend(columns.iter().map(|c| c.0.clone()));
    let rows: Vec<_> = t
        .groups
        .iter()
        .chain([&t.whole])
        .map(|g| {
            let mut row = vec![plain(lang.text(&g.group))];
            row.extend(columns.iter().map(|c| c.1(g)));
            row
        })
        .collect();
    table(caption, &names, &rows)
}
