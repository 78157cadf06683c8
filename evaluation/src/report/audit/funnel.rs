//! The funnel of an audit: counts per stage, and per step a picture with its table.

use maud::{Markup, html};

use crate::fairness::{FEWEST_KNOWN, FunnelFigures, FunnelStep, count_band};
use crate::report::audit::facts::Funnel;
use crate::report::audit::words;
use crate::report::lang::{Lang, Style};
use crate::report::page::{figure, head, plain, table};
use crate::report::plot::{Frame, Point, dots};
use crate::report::texts;

pub(crate) fn section(name: &str, funnel: Funnel<'_>, number: usize, lang: Lang) -> Markup {
    let reference = funnel.groups.get(funnel.reference).map_or("", |g| lang.text(g));
    html! {
        p { (lang.fill(words::FUNNEL_NOTE, &[("reference", reference)])) }
        (counts(name, funnel, lang))
        @for (at, step) in funnel.steps.iter().enumerate() {
            (one_step(funnel, step, &format!("stap-{number}-{at}"), lang))
        }
    }
}

/// How many of each group reach each stage.
fn counts(name: &str, funnel: Funnel<'_>, lang: Lang) -> Markup {
    let mut names = vec![lang.of(words::STAGE).to_owned()];
    names.extend(funnel.groups.iter().map(|g| lang.text(g).to_owned()));
    let rows: Vec<Vec<Markup>> = funnel
        .stages
        .iter()
        .map(|stage| {
            let cells = stage.counts.iter().map(|&n| plain(shown(n, lang)));
            std::iter::once(plain(lang.text(&stage.name))).chain(cells).collect()
        })
        .collect();
    table(&lang.fill(words::COUNTS, &[("name", name)]), &names, &rows)
}

/// A count, in a band where it is too small to show.
fn shown(count: f64, lang: Lang) -> String {
    if count < FEWEST_KNOWN {
        count_band(crate::estimate::whole(count)).to_owned()
    } else {
        lang.figure(count, Style::Number)
    }
}

fn one_step(funnel: Funnel<'_>, step: &FunnelStep, id: &str, lang: Lang) -> Markup {
    let caption = lang.fill(words::STEP, &[("step", lang.text(&step.name))]);
    let figures = lang.fill(words::STEP_FIGURES, &[("step", lang.text(&step.name))]);
    let columns = [
        texts::GROUP,
        words::PASSES,
        words::STEP_RATIO,
        words::ROUTE_RATIO,
        words::REPRESENTATION,
        words::P,
        words::JUDGED,
    ];
    let rows: Vec<Vec<Markup>> = step.groups.iter().map(|g| row(funnel, g, lang)).collect();
    html! {
        h4 { (caption) }
        @if let Some(warning) = &step.warning { p { strong { (lang.of(words::WARNING)) } " " (lang.text(warning)) } }
        (chart(funnel, step, id, &caption, lang))
        (table(&figures, &head(lang, &columns), &rows))
    }
}

fn row(funnel: Funnel<'_>, g: &FunnelFigures, lang: Lang) -> Vec<Markup> {
    let is_reference = g.group == funnel.reference;
    let ratio = |e| if is_reference { plain("1") } else { lang.cell(e, Style::Plain) };
    let number = |x: Option<f64>| {
        plain(x.map_or_else(|| lang.of(texts::NO_VALUE).to_owned(), |x| lang.figure(x, Style::Plain)))
    };
    let rounded = g.step_ratio_rounded.filter(|_| !is_reference).map(|(low, high)| {
        let (low, high) = (lang.figure(low, Style::Plain), lang.figure(high, Style::Plain));
        lang.fill(words::ROUNDED, &[("low", &low), ("high", &high)])
    });
    let step_ratio = html! {
        (ratio(&g.step_ratio))
        @if let Some(rounded) = rounded { span.interval { (rounded) } }
    };
    let judged = match g {
        _ if is_reference => words::REFERENCE,
        _ if g.step_ratio.value.is_none() => texts::TOO_FEW,
        FunnelFigures { over: true, .. } => words::OVER,
        FunnelFigures { under: true, .. } => words::UNDER,
        _ => words::NEITHER,
    };
    vec![
        plain(funnel.groups.get(g.group).map_or("", |n| lang.text(n))),
        lang.cell(&g.rate, Style::Percent),
        step_ratio,
        ratio(&g.route_ratio),
        number(g.representation),
        g.p.map_or_else(|| plain("–"), |p| plain(chance(Some(p), lang))),
        plain(lang.of(judged)),
    ]
}

/// A chance with two digits; the smallest that the draws can tell stays what it is.
pub(crate) fn chance(p: Option<f64>, lang: Lang) -> String {
    p.map_or_else(
        || lang.of(texts::NO_VALUE).to_owned(),
        |p| lang.round((p * 1e4).ceil() / 1e4, Style::Plain),
    )
}

fn chart(funnel: Funnel<'_>, step: &FunnelStep, id: &str, caption: &str, lang: Lang) -> Markup {
    let rows: Vec<(String, Option<Point>)> = step
        .groups
        .iter()
        .filter(|g| g.group != funnel.reference)
        .map(|g| {
            let e = &g.step_ratio;
            let point = e.value.map(|x| Point { x, y: 0.0, low: e.low, high: e.high });
            (funnel.groups.get(g.group).map_or("", |n| lang.text(n)).to_owned(), point)
        })
        .collect();
    let frame = Frame {
        id,
        title: caption,
        description: lang.of(words::STEP_DESC),
        x_label: lang.of(words::STEP_RATIO),
        y_label: "",
        x_style: Style::Plain,
        y_style: Style::Plain,
    };
    figure(caption, &dots(lang, &frame, &rows, Some(1.0)))
}
