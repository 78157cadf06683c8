//! The rates of each group of a list, the base rate always beside them, and what could still turn around.

use maud::{Markup, html};

use crate::fairness::{AuditedGroup, AuditedRate, GroupMetric, ListAudit, TESTED};
use crate::report::audit::facts::AuditedAttribute;
use crate::report::audit::funnel::chance;
use crate::report::audit::words;
use crate::report::lang::{Lang, Pair, Style};
use crate::report::page::{figure, head, plain, table};
use crate::report::plot::{Frame, Point, dots};
use crate::report::texts;

pub(crate) fn section(attribute: &AuditedAttribute, number: usize, lang: Lang) -> Markup {
    let audit = &attribute.audit;
    let name = attribute.name.as_str();
    html! {
        @if audit.without_group > 0 {
            p { (lang.fill(words::WITHOUT_GROUP, &[("n", &lang.count(audit.without_group))])) }
        }
        @for metric in TESTED { (one_rate(audit, metric, name, &format!("maat-{number}"), lang)) }
        (gaps(audit, name, lang))
        (bounds(audit, name, lang))
        (all(audit, name, lang))
    }
}

fn of(group: &AuditedGroup, metric: GroupMetric) -> Option<&AuditedRate> {
    group.rates.iter().find(|r| r.metric == metric)
}

fn one_rate(audit: &ListAudit, metric: GroupMetric, name: &str, id: &str, lang: Lang) -> Markup {
    let title = lang.of(words::rate(metric));
    let caption = lang.fill(words::RATE_TABLE, &[("metric", title), ("name", name)]);
    let columns = [
        texts::GROUP,
        if metric == GroupMetric::SelectionRate { texts::ROWS } else { words::KNOWN },
        words::rate(metric),
        words::DIFFERENCE,
        words::RATIO,
        words::P,
        words::rate(GroupMetric::Prevalence),
    ];
    let groups = || audit.groups.iter().enumerate();
    let mut rows: Vec<Vec<Markup>> =
        groups().map(|(at, group)| row(group, metric, Some(at == audit.reference as usize), lang)).collect();
    rows.push(row(&audit.whole, metric, None, lang));
    let points: Vec<(String, Option<Point>)> = groups()
        .map(|(_, group)| {
            let e = of(group, metric).map(|r| &r.labelled);
            let point = e.and_then(|e| e.value.map(|x| Point { x, y: 0.0, low: e.low, high: e.high }));
            (lang.text(&group.name).to_owned(), point)
        })
        .collect();
    let frame = Frame {
        id: &format!("{id}-{}", title.len()),
        title: &caption,
        description: lang.of(texts::DOTS_DESC),
        x_label: title,
        y_label: "",
        x_style: Style::Percent,
        y_style: Style::Percent,
    };
    let whole = of(&audit.whole, metric).and_then(|r| r.labelled.value);
    html! {
        h4 { (title) }
        (figure(&caption, &dots(lang, &frame, &points, whole)))
        (table(&caption, &head(lang, &columns), &rows))
    }
}

fn row(group: &AuditedGroup, metric: GroupMetric, is_reference: Option<bool>, lang: Lang) -> Vec<Markup> {
    let rate = of(group, metric);
    let base = of(group, GroupMetric::Prevalence).map(|r| &r.labelled);
    let none = || plain(if is_reference == Some(true) { lang.of(words::REFERENCE) } else { "–" });
    let rows = if metric == GroupMetric::SelectionRate { &group.rows } else { &group.known };
    let figure = |e: Option<&crate::estimate::Estimate>, style| e.map_or_else(none, |e| lang.cell(e, style));
    vec![
        plain(lang.text(&group.name)),
        plain(count(rows, lang)),
        figure(rate.map(|r| &r.labelled), Style::Percent),
        figure(rate.and_then(|r| r.difference.as_ref()), Style::SignedPercent),
        figure(rate.and_then(|r| r.ratio.as_ref()), Style::Plain),
        rate.and_then(|r| r.p).map_or_else(|| plain("–"), |p| plain(chance(Some(p), lang))),
        figure(base, Style::Percent),
    ]
}

/// A number of rows, or its band as it is.
fn count(text: &str, lang: Lang) -> String {
    text.parse().map_or_else(|_| text.to_owned(), |n| lang.count(n))
}

fn gaps(audit: &ListAudit, name: &str, lang: Lang) -> Markup {
    let columns = [
        words::METRIC,
        Pair("Verschil", "Difference"),
        Pair("Hoogste", "Highest"),
        Pair("Laagste", "Lowest"),
        Pair("Kans op zo'n verschil als er geen is", "Chance of such a difference when there is none"),
        Pair("Kan omslaan door onbekende uitkomsten", "Could turn around by unknown outcomes"),
    ];
    let group = |number: u32| plain(audit.groups.get(number as usize).map_or("", |g| lang.text(&g.name)));
    let shown =
        audit.gaps.iter().filter(|g| g.metric == GroupMetric::Prevalence || TESTED.contains(&g.metric));
    let rows: Vec<Vec<Markup>> = shown
        .map(|gap| {
            vec![
                plain(lang.of(words::rate(gap.metric))),
                lang.cell(&gap.gap, Style::Percent),
                group(gap.highest),
                group(gap.lowest),
                plain(chance(Some(gap.p), lang)),
                plain(lang.of(if gap.could_flip { texts::YES } else { texts::NO })),
            ]
        })
        .collect();
    html! {
        p { (lang.of(words::GAPS_NOTE)) }
        (table(&lang.fill(words::GAPS, &[("name", name)]), &head(lang, &columns), &rows))
    }
}

fn bounds(audit: &ListAudit, name: &str, lang: Lang) -> Markup {
    if audit.groups.iter().all(|g| g.bounds.is_empty()) {
        return html! { p { (lang.of(words::ALL_KNOWN)) } };
    }
    let shown = [
        GroupMetric::Prevalence,
        GroupMetric::Precision,
        GroupMetric::TruePositiveRate,
        GroupMetric::FalsePositiveRate,
    ];
    let cell = |group: &AuditedGroup, metric| {
        let found = group.bounds.iter().find(|b| b.metric == metric);
        plain(found.map_or_else(
            || lang.of(if group.bounds.is_empty() { texts::TOO_FEW } else { texts::NO_VALUE }).to_owned(),
            |b| {
                let (low, high) = (lang.figure(b.low, Style::Percent), lang.figure(b.high, Style::Percent));
                format!("{low} {} {high}", lang.of(Pair("tot", "to")))
            },
        ))
    };
    let rows: Vec<Vec<Markup>> = audit
        .groups
        .iter()
        .map(|group| {
            let cells = shown.map(|metric| cell(group, metric));
            std::iter::once(plain(lang.text(&group.name))).chain(cells).collect()
        })
        .collect();
    let mut names = vec![lang.of(texts::GROUP).to_owned()];
    names.extend(shown.map(|m| lang.of(words::rate(m)).to_owned()));
    table(&lang.fill(words::BOUNDS, &[("name", name)]), &names, &rows)
}

/// Every rate of every group: one line per rate, one column per group.
fn all(audit: &ListAudit, name: &str, lang: Lang) -> Markup {
    let groups = || audit.groups.iter().chain([&audit.whole]);
    let mut names = vec![lang.of(words::METRIC).to_owned()];
    names.extend(groups().map(|g| lang.text(&g.name).to_owned()));
    let rows: Vec<Vec<Markup>> = GroupMetric::ALL
        .into_iter()
        .map(|metric| {
            let cells = groups().map(|g| {
                of(g, metric).map_or_else(|| plain("–"), |r| lang.cell(&r.labelled, Style::Percent))
            });
            std::iter::once(plain(lang.of(words::rate(metric)))).chain(cells).collect()
        })
        .collect();
    table(&lang.fill(words::ALL_METRICS, &[("name", name)]), &names, &rows)
}
