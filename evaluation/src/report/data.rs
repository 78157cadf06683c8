//! Chapters 1 to 3: purpose, data and their origin, features with passports.

use maud::{Markup, html};

use crate::report::facts::{InputFile, Report, Severity};
use crate::report::lang::{Lang, Pair, Style};
use crate::report::page::{head, plain, table};
use crate::report::texts;

pub(crate) fn purpose(report: &Report, lang: Lang) -> Markup {
    html! {
        p { (lang.text(&report.purpose)) }
        p { (lang.fill(texts::AREAS_ONLY, &[("level", &report.study.level)])) }
        p { (lang.of(texts::ADVICE)) }
        p { (lang.of(texts::PEOPLE_NOT_USED)) }
        h3 { (lang.of(texts::AUDIT_ONLY)) }
        @if report.audit_attributes.is_empty() {
            p { (lang.of(texts::NONE_DECLARED)) }
        } @else {
            ul { @for attribute in &report.audit_attributes { li { (lang.text(attribute)) } } }
        }
        @if !report.protected.is_empty() {
            h3 { (lang.of(texts::PROTECTED_LIST)) }
            ul.words { @for word in &report.protected { li { (word) } } }
        }
    }
}

pub(crate) fn origin(report: &Report, lang: Lang) -> Markup {
    let columns = [texts::SOURCE, texts::KIND, texts::READ, texts::KEPT, texts::LEFT_OUT, texts::FINDINGS];
    let rows: Vec<_> = report.inputs.iter().map(|input| input_row(input, lang)).collect();
    let files: Vec<_> = report
        .inputs
        .iter()
        .flat_map(|input| &input.files)
        .map(|file| {
            vec![
                html! { code { (file.path) } },
                plain(lang.count(file.bytes)),
                html! { code { (file.sha256) } },
            ]
        })
        .collect();
    html! {
        (table(lang.of(texts::SOURCES), &head(lang, &columns), &rows))
        p { (lang.of(texts::HASH_NOTE)) }
        (table(lang.of(texts::FILES), &head(lang, &[texts::FILE, texts::SIZE, Pair("SHA-256", "SHA-256")]), &files))
    }
}

fn input_row(input: &InputFile, lang: Lang) -> Vec<Markup> {
    let nothing = lang.of(texts::NOTHING);
    let rows = lang.of(texts::ROWS_WORD);
    let dropped = html! {
        @if input.dropped.is_empty() { (nothing) } @else {
            ul { @for d in &input.dropped { li { (lang.text(&d.reason)) ": " (lang.count(d.rows)) } } }
        }
    };
    let findings = html! {
        @if input.findings.is_empty() { (nothing) } @else {
            ul {
                @for f in &input.findings {
                    li {
                        @if f.severity == Severity::Warning { b { (lang.of(Pair("let op: ", "warning: "))) } }
                        (lang.text(&f.message)) " (" (lang.count(f.rows)) " " (rows) ")"
                    }
                }
            }
        }
    };
    vec![
        plain(&input.name),
        plain(kind(&input.kind, lang)),
        plain(lang.count(input.rows_read)),
        plain(lang.count(input.rows_kept)),
        dropped,
        findings,
    ]
}

/// What a kind of source is called.
fn kind(kind: &str, lang: Lang) -> &str {
    lang.of(match kind {
        "areas" => Pair("gebieden", "areas"),
        "units" => Pair("panden", "units"),
        "events" => Pair("gebeurtenissen", "events"),
        "visits" => Pair("controles", "visits"),
        "figures" => Pair("cijfers over gebieden", "area figures"),
        "study" => Pair("studiebestand", "study file"),
        _ => return kind,
    })
}

pub(crate) fn features(report: &Report, lang: Lang) -> Markup {
    let columns = [
        texts::FEATURE,
        texts::UNIT,
        texts::PURPOSE,
        texts::SOURCE,
        texts::LEGAL,
        texts::KNOWN_FROM,
        texts::DEFINITION,
        texts::MISSING,
    ];
    let rows: Vec<_> = report
        .features
        .iter()
        .map(|f| {
            let passport = &f.feature.passport;
            vec![
                html! { (lang.text(&f.feature.label)) br; code { (f.feature.name) } },
                plain(&f.feature.unit),
                plain(&passport.purpose),
                plain(&passport.source),
                plain(&passport.legal_basis),
                plain(lang.text(&passport.known_from)),
                plain(lang.text(&passport.definition)),
                lang.cell(&f.share_missing, Style::Percent),
            ]
        })
        .collect();
    html! {
        p { (lang.of(texts::PASSPORT_NOTE)) }
        (table(lang.of(texts::PASSPORTS), &head(lang, &columns), &rows))
    }
}
