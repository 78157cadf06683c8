//! The first page of an audit: what stands out, in sentences and five figures.

use maud::{Markup, html};

use crate::estimate::Estimate;
use crate::fairness::{FunnelFigures, FunnelStep};
use crate::report::audit::facts::{AuditReport, Funnel};
use crate::report::audit::words;
use crate::report::lang::{Lang, Pair, Style};
use crate::report::texts;

/// Most sentences of one funnel.
const SENTENCES: usize = 8;

/// A figure of the first page: name, value, what it says.
struct Key<'a> {
    name: Pair,
    estimate: &'a Estimate,
    style: Style,
    note: String,
}

pub(crate) fn section(report: &AuditReport, lang: Lang) -> Markup {
    let funnels = report.funnels();
    let selections = || funnels.iter().flat_map(|(_, f)| f.selections());
    let of = lang.count(selections().count() as u64);
    let over = selections().filter(|figures| figures.over).count();
    let rounded = report.routes.iter().any(|r| r.rounding > 0.0);
    let note = if over > 0 {
        let rounding = if rounded { lang.of(words::ROUNDING_TOO) } else { "" };
        let n = lang.count(over as u64);
        lang.fill(words::CLEAR_NOTE, &[("n", &n), ("of", &of), ("rounding", rounding)])
    } else {
        lang.fill(words::UNCLEAR_NOTE, &[("of", &of)])
    };
    html! {
        section.summary aria-labelledby="samenvatting" {
            h2 #samenvatting { (lang.of(texts::SUMMARY)) }
            div class=(if over > 0 { "verdict no" } else { "verdict" }) {
                strong { (lang.of(if over > 0 { words::CLEAR } else { words::UNCLEAR })) }
                p { (note) }
            }
            dl.keys {
                @for key in keys(&funnels, lang) {
                    div {
                        dt { (lang.of(key.name)) }
                        dd { (lang.cell(key.estimate, key.style)) }
                        dd.note { (key.note) }
                    }
                }
            }
            p.small { (lang.of(texts::READ_FIGURES)) }
            @for (name, funnel) in &funnels {
                @if funnels.len() > 1 { h3 { (name) } }
                ul { @for sentence in sentences(*funnel, lang) { li { (sentence) } } }
            }
            @for warning in warnings(report, lang) { p { strong { (lang.of(words::WARNING)) } " " (warning) } }
        }
    }
}

/// Every warning once.
fn warnings<'a>(report: &'a AuditReport, lang: Lang) -> Vec<&'a str> {
    let of_steps = |steps: &'a [FunnelStep]| steps.iter().filter_map(|s| s.warning.as_ref());
    let of_rows =
        report.attributes.iter().flat_map(|a| a.audit.warnings.iter().chain(of_steps(&a.audit.steps)));
    let of_counts = report.routes.iter().flat_map(|r| of_steps(&r.steps));
    let mut warnings = Vec::new();
    for warning in of_rows.chain(of_counts).map(|w| lang.text(w)) {
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }
    warnings
}

/// The group that differs most at each step; the whole route; and the share at its end.
fn keys<'a>(funnels: &[(String, Funnel<'a>)], lang: Lang) -> Vec<Key<'a>> {
    let Some(funnel) = funnels.first().map(|f| f.1) else { return Vec::new() };
    let most = |step: &'a FunnelStep, of: fn(&FunnelFigures) -> &Estimate| {
        // Half as often is as far off as twice as often.
        let far = |g: &FunnelFigures| of(g).value.map_or(0.0, |ratio| ratio.max(1e-9).ln().abs());
        let clear = |g: &FunnelFigures| g.over || g.under;
        let others = step.groups.iter().filter(|g| g.group != funnel.reference && of(g).value.is_some());
        others.max_by(|a, b| {
            clear(a).cmp(&clear(b)).then(far(a).total_cmp(&far(b))).then(b.group.cmp(&a.group))
        })
    };
    let name = |group: usize| funnel.groups.get(group).map_or("", |g| lang.text(g));
    let reference = name(funnel.reference);
    let mut keys = Vec::new();
    for step in funnel.steps.iter().take(4) {
        if let Some(figures) = most(step, |g| &g.step_ratio) {
            keys.push(Key {
                name: words::STEP_RATIO,
                estimate: &figures.step_ratio,
                style: Style::Plain,
                note: lang.fill(
                    Pair(
                        "“{step}”: zo veel keer zo vaak komt “{group}” door deze stap als “{reference}”.",
                        "“{step}”: “{group}” passes this step this many times as often as “{reference}”.",
                    ),
                    &[
                        ("step", lang.text(&step.name)),
                        ("group", name(figures.group)),
                        ("reference", reference),
                    ],
                ),
            });
        }
    }
    // The outcome is no doing of whoever selects: the route ends before it.
    let last = funnel.steps.iter().zip(funnel.stages.iter().skip(1)).rfind(|(_, stage)| !stage.is_outcome);
    let last = last.map(|(step, _)| step);
    if let Some((step, figures)) = last.and_then(|s| most(s, |g| &g.route_ratio).map(|f| (s, f))) {
        keys.push(Key {
            name: words::ROUTE_RATIO,
            estimate: &figures.route_ratio,
            style: Style::Plain,
            note: lang.fill(
                Pair(
                    "Van iedereen tot en met “{step}”: “{group}” tegenover “{reference}”.",
                    "From everyone to “{step}”: “{group}” beside “{reference}”.",
                ),
                &[("step", lang.text(&step.name)), ("group", name(figures.group)), ("reference", reference)],
            ),
        });
    }
    keys
}

/// One sentence per clear difference.
fn sentences(funnel: Funnel<'_>, lang: Lang) -> Vec<String> {
    let clear = funnel.compared().filter(|(_, g)| g.over || g.under);
    let mut sentences: Vec<String> = clear.map(|(step, g)| sentence(funnel, step, g, lang)).collect();
    let more = sentences.len().saturating_sub(SENTENCES);
    sentences.truncate(SENTENCES);
    if more > 0 {
        let pair = Pair("En nog {n} in de tabellen hieronder.", "And {n} more in the tables below.");
        sentences.push(lang.fill(pair, &[("n", &lang.count(more as u64))]));
    }
    if sentences.is_empty() {
        let pair = Pair(
            "Bij geen stap ligt het hele interval van een groep boven of onder 1.",
            "At no step does the whole interval of a group lie above or below 1.",
        );
        sentences.push(lang.of(pair).to_owned());
    }
    sentences
}

fn sentence(funnel: Funnel<'_>, step: &FunnelStep, g: &FunnelFigures, lang: Lang) -> String {
    let name = |group: usize| funnel.groups.get(group).map_or("", |n| lang.text(n));
    let ratio = lang.value(&g.step_ratio, Style::Plain);
    let interval = lang.interval(&g.step_ratio, Style::Plain).unwrap_or_default();
    let n = lang.count(g.step_ratio.n);
    lang.fill(
        Pair(
            "“{step}”: “{group}” komt {ratio} keer zo vaak door als “{reference}” ({interval}; n = {n}).",
            "“{step}”: “{group}” passes {ratio} times as often as “{reference}” ({interval}; n = {n}).",
        ),
        &[
            ("step", lang.text(&step.name)),
            ("group", name(g.group)),
            ("reference", name(funnel.reference)),
            ("ratio", &ratio),
            ("interval", &interval),
            ("n", &n),
        ],
    )
}
