//! The first pages for people: start, collections, a table of areas, one area. Plain HTML with a table first, no
//! scripts, nothing fetched from elsewhere.

use axum::body::Bytes;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::Collection;
use super::collection::item_path;
use super::conformance::CLASSES;
use crate::api::{model, reports};
use crate::facts::notice;
use crate::language::{Language, said};
use crate::projection::{Area, Column, Kind, Value};
use crate::view::View;

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;margin:0 auto;max-width:75rem;padding:1rem;color:#1b1b1b;background:#fff}\
a{color:#154273}a:focus-visible{outline:3px solid #154273;outline-offset:2px}table{border-collapse:collapse;width:100%}\
caption{text-align:left;font-weight:600;padding:.5rem 0}th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #767676}\
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.note{border-left:.4rem solid #154273;padding:.5rem 1rem;background:#eef3f8}\
.warn{border-left:.4rem solid #a3290f;padding:.5rem 1rem;background:#fbeeea}.scroll{overflow-x:auto}";

/// A page around its contents, with the way back and what always must be said.
fn page(view: &View, title: &str, trail: &[(&str, &str)], language: Language, body: &Markup) -> Bytes {
    let base = view.base();
    let facts = view.facts();
    let (as_of, until) = facts.period();
    let page = html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                title { (title) " – Zichtlijn" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                nav aria-label=(said(language, "Kruimelpad", "Breadcrumbs")) {
                    a href=(format!("{base}/v1?f=html&lang={}", language.tag())) { "Zichtlijn" }
                    @for (name, path) in trail { " › " a href=(format!("{base}{path}")) { (name) } }
                }
                main {
                    h1 { (title) }
                    @if let Some(warning) = facts.warning() { p.warn role="note" { (language.of(&warning)) } }
                    p.note { (language.of(&notice())) }
                    p { (said(language, "Periode: ", "Period: ")) (as_of) " – " (until) ". "
                        ("Model: ") (facts.model()) "." }
                    (body)
                }
            }
        }
    };
    page.into_string().into()
}

fn collections_trail(language: Language) -> (&'static str, String) {
    (
        said(language, "Verzamelingen", "Collections"),
        format!("/v1/collections?f=html&lang={}", language.tag()),
    )
}

/// The start page.
pub(crate) fn landing(view: &View, language: Language) -> Bytes {
    let base = view.base();
    let lang = language.tag();
    let entries = [
        (
            said(language, "Gebieden als kaartlaag en tabel", "Areas as map layer and table"),
            format!("/v1/collections?f=html&lang={lang}"),
        ),
        (said(language, "Rapporten", "Reports"), format!("{}?lang={lang}", reports::LIST)),
        (said(language, "Het model", "The model"), format!("{}?lang={lang}", model::address(view.facts()))),
        (
            said(language, "Gevolgde standaarden", "Standards that are followed"),
            format!("/v1/conformance?f=html&lang={lang}"),
        ),
        (
            said(language, "Beschrijving voor programma's (OpenAPI)", "Description for programs (OpenAPI)"),
            "/v1/openapi.json".to_owned(),
        ),
    ];
    let body = html! {
        ul { @for (name, path) in &entries { li { a href=(format!("{base}{path}")) { (name) } } } }
    };
    page(view, "Zichtlijn", &[], language, &body)
}

/// The standards that are followed.
pub(crate) fn conformance(view: &View, language: Language) -> Bytes {
    let body = html! { ul { @for class in CLASSES { li { a href=(class) { (class) } } } } };
    page(view, said(language, "Gevolgde standaarden", "Standards that are followed"), &[], language, &body)
}

/// All collections.
pub(super) fn collections(view: &View, language: Language) -> Bytes {
    let base = view.base();
    let body = html! {
        div.scroll { table {
            caption { (said(language, "Verzamelingen van gebieden", "Collections of areas")) }
            thead { tr {
                th scope="col" { (said(language, "Verzameling", "Collection")) }
                th.n scope="col" { (said(language, "Aantal gebieden", "Number of areas")) }
                th scope="col" { (said(language, "Meenemen", "Take along")) }
            } }
            tbody { @for collection in Collection::all(view) { tr {
                th scope="row" { a href=(format!("{base}{}?f=html&lang={}", collection.path(), language.tag())) {
                    (language.of(&collection.title())) } }
                td.n { (collection.level.len()) }
                td { (downloads(view, &collection)) }
            } } }
        } }
    };
    page(view, said(language, "Verzamelingen", "Collections"), &[], language, &body)
}

fn downloads(view: &View, collection: &Collection<'_>) -> Markup {
    let base = view.base();
    html! {
        @for (name, query) in [("CSV", "csv"), ("Excel", "xlsx"), ("GeoJSON", "json")] {
            a href=(format!("{base}{}/items?f={query}&limit=10000", collection.path())) { (name) } " "
        }
    }
}

/// One collection: what columns it has, and the way to its areas.
pub(super) fn collection(view: &View, collection: &Collection<'_>, language: Language) -> Bytes {
    let base = view.base();
    let (name, path) = collections_trail(language);
    let body = html! {
        p { a href=(format!("{base}{}/items?f=html&lang={}", collection.path(), language.tag())) {
            (said(language, "Bekijk de gebieden in een tabel", "See the areas in a table")) } ". "
            (said(language, "Meenemen: ", "Take along: ")) (downloads(view, collection)) }
        div.scroll { table {
            caption { (said(language, "Kolommen", "Columns")) }
            thead { tr { th scope="col" { (said(language, "Naam", "Name")) } th scope="col" { (said(language, "Betekenis", "Meaning")) } } }
            tbody { @for column in view.projection().columns() {
                tr { th scope="row" { code { (column.name) } } td { (language.of(&column.title())) } }
            } }
        } }
    };
    page(view, language.of(&collection.title()), &[(name, &path)], language, &body)
}

/// A table of areas.
pub(super) fn items(
    view: &View,
    collection: &Collection<'_>,
    areas: &[&Area],
    matched: usize,
    next: Option<&str>,
    language: Language,
) -> Bytes {
    let base = view.base();
    let (name, path) = collections_trail(language);
    let own = format!("{}?f=html&lang={}", collection.path(), language.tag());
    let title = collection.title();
    let columns: Vec<&Column> =
        view.projection().columns().filter(|c| !["level"].contains(&c.name)).collect();
    let body = html! {
        p { (matched) " " (said(language, "gebieden", "areas")) ". "
            (said(language, "Meenemen: ", "Take along: ")) (downloads(view, collection)) }
        div.scroll tabindex="0" role="region" aria-label=(language.of(&title)) { table {
            caption { (language.of(&title)) }
            thead { tr { @for column in &columns {
                th scope="col" class=[number_class(column)] { (language.of(&column.title())) }
            } } }
            tbody { @for area in areas { tr { @for column in &columns {
                @if column.name == "code" {
                    th scope="row" { a href=(format!("{base}{}?f=html&lang={}", item_path(collection, &area.code), language.tag())) { (area.code) } }
                } @else {
                    td class=[number_class(column)] { (shown(column, area, language)) }
                }
            } } } }
        } }
        @if let Some(next) = next {
            p { a rel="next" href=(format!("{base}{next}")) { (said(language, "Volgende bladzijde", "Next page")) } }
        }
    };
    page(view, language.of(&title), &[(name, &path), (language.of(&title), &own)], language, &body)
}

/// One area with its figures and, for those who see them, its reasons.
pub(super) fn item(view: &View, collection: &Collection<'_>, area: &Area, language: Language) -> Bytes {
    let (name, path) = collections_trail(language);
    let own = format!("{}/items?f=html&lang={}", collection.path(), language.tag());
    let title = collection.title();
    let body = html! {
        @if let Some(why) = area.suppressed { p { (language.of(&why.label())) } }
        div.scroll { table {
            caption { (said(language, "Cijfers", "Figures")) }
            tbody { @for column in view.projection().columns() {
                tr { th scope="row" { (language.of(&column.title())) } td class=[number_class(column)] { (shown(column, area, language)) } }
            } }
        } }
        @if !area.reasons.is_empty() {
            h2 { (said(language, "Waarom", "Why")) }
            ol { @for reason in &area.reasons { li { (language.of(&reason.text)) } } }
        }
    };
    let heading = format!("{} ({})", area.name, area.code);
    page(view, &heading, &[(name, &path), (language.of(&title), &own)], language, &body)
}

fn number_class(column: &Column) -> Option<&'static str> {
    (column.kind != Kind::Text).then_some("n")
}

/// A value as people read it; Dutch numbers have a comma.
fn shown(column: &Column, area: &Area, language: Language) -> String {
    if let (Some(figures), "class") = (&area.figures, column.name) {
        return language.of(&figures.class.label()).to_owned();
    }
    match column.of(area) {
        Value::Null => "–".to_owned(),
        Value::Text(text) => text.to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Number(number) => {
            let digits = if number.fract() == 0.0 { 0 } else { 2 };
            let written = format!("{number:.digits$}");
            if language == Language::Dutch { written.replace('.', ",") } else { written }
        }
    }
}
