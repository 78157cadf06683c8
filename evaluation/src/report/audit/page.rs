//! The page of an audit: self-contained, no scripts, as the report's.

use maud::{Markup, html};

use crate::fairness::Stage;
use crate::report::audit::facts::{AuditReport, Funnel};
use crate::report::audit::{conclusions, funnel, groups, words};
use crate::report::lang::{Lang, Style};
use crate::report::page::{Frame, Twin, head, in_chapters, plain, table};

impl AuditReport {
    /// Every funnel with its name: of each attribute, and of each route through counts.
    pub(crate) fn funnels(&self) -> Vec<(String, Funnel<'_>)> {
        let of_counts = (1..).zip(&self.routes).map(|(number, r): (u32, _)| {
            let end = |stage: Option<&Stage>| stage.map_or_else(String::new, |s| s.name.nl.clone());
            let name = format!("Route {number}: {} → {}", end(r.stages.first()), end(r.stages.last()));
            (name, r.funnel())
        });
        let of_rows = self.attributes.iter().map(|a| (a.name.clone(), a.funnel()));
        of_rows.chain(of_counts).collect()
    }
}

/// The page in one language; the other is linked as `index.html` (Dutch) and `index.en.html` (English).
#[must_use]
pub fn audit_html(report: &AuditReport, lang: Lang) -> String {
    let chapters = [
        source(report, lang),
        funnels(report, lang),
        rates(report, lang),
        reading(lang),
        replay(report, lang),
    ];
    let main = in_chapters(&conclusions::section(report, lang), &words::CHAPTERS, &chapters, lang);
    let foot = format!("{} · {}", report.software, report.format);
    let twin = Twin { name: "index", invitation: lang.of(words::OTHER_LANGUAGE), software: &report.software };
    let (kind, title) = (lang.of(words::KIND), lang.text(&report.title));
    Frame { lang, kind, title, twin: Some(twin), links: &html! {}, foot: &foot }.around(&main)
}

fn source(report: &AuditReport, lang: Lang) -> Markup {
    let file = &report.source;
    let note = lang.fill(
        words::FILE_NOTE,
        &[
            ("file", &file.name),
            ("bytes", &lang.count(file.bytes)),
            ("rows", &lang.count(file.rows)),
            ("left", &lang.count(file.left_out)),
        ],
    );
    let columns: Vec<Vec<Markup>> = file
        .columns
        .iter()
        .map(|(role, column)| vec![plain(lang.of(words::role(role))), plain(column)])
        .collect();
    html! {
        p { (note) " " code { (file.sha256) } }
        (list(report, lang))
        @if let Some(route) = report.routes.first() {
            @let rounding = lang.figure(route.rounding, Style::Number);
            p {
                @if route.rounding > 0.0 { (lang.fill(words::COUNTS_NOTE, &[("rounding", &rounding)])) }
                @else { (lang.of(words::COUNTS_EXACT)) }
            }
        }
        (table(lang.of(words::COLUMNS), &head(lang, &[words::ROLE, words::COLUMN]), &columns))
    }
}

fn list(report: &AuditReport, lang: Lang) -> Markup {
    let Some(list) = &report.list else { return html! {} };
    let rows = report.source.rows;
    let note = lang.fill(
        words::LIST_NOTE,
        &[
            ("listed", &lang.figure(list.listed, Style::Number)),
            ("known", &lang.count(list.known)),
            ("rows", &lang.count(rows)),
            ("unknown", &lang.count(rows.saturating_sub(list.known))),
        ],
    );
    let ties = list.tied.map(|(n, share)| {
        lang.fill(words::TIES, &[("n", &lang.count(n)), ("share", &lang.figure(share, Style::Percent))])
    });
    let clusters = list.clusters.map_or_else(
        || lang.of(words::NO_CLUSTERS).to_owned(),
        |n| lang.fill(words::CLUSTERS, &[("n", &lang.count(n))]),
    );
    html! {
        p { (lang.text(&list.rule)) " " (note) @if let Some(ties) = ties { " " (ties) } }
        p { (clusters) }
    }
}

fn funnels(report: &AuditReport, lang: Lang) -> Markup {
    html! {
        @for (number, (name, one)) in report.funnels().iter().enumerate() {
            h3 { (name) }
            (funnel::section(name, *one, number, lang))
        }
    }
}

fn rates(report: &AuditReport, lang: Lang) -> Markup {
    if report.attributes.is_empty() {
        return html! { p { (lang.of(words::NO_ROWS)) } };
    }
    html! {
        @for (number, attribute) in report.attributes.iter().enumerate() {
            h3 { (attribute.name) }
            (groups::section(attribute, number, lang))
        }
    }
}

fn reading(lang: Lang) -> Markup {
    let rows: Vec<Vec<Markup>> = words::ANSWERS
        .iter()
        .map(|(question, metric, caveat)| [question, metric, caveat].map(|t| plain(lang.of(*t))).to_vec())
        .collect();
    let columns = [words::QUESTION, words::METRIC, words::CAVEAT];
    html! {
        p { (lang.of(words::READING)) }
        (table(lang.of(words::QUESTIONS), &head(lang, &columns), &rows))
    }
}

fn replay(report: &AuditReport, lang: Lang) -> Markup {
    html! {
        p { (lang.of(words::METHOD)) }
        p { (lang.of(words::LIMITS)) }
        h3 { (lang.of(words::AGAIN)) }
        pre { code { (report.command) } }
    }
}
