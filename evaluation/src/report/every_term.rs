//! The page with every model in full: all terms, all bins, all pictures.

use maud::html;

use crate::report::facts::Report;
use crate::report::lang::{Lang, Pair};
use crate::report::page::sheet;
use crate::report::terms::ModelSummary;
use crate::report::{model_page, shapes};

/// Its file, without ending.
pub(crate) const FILE: &str = "models";
pub(crate) const TITLE: Pair =
    Pair("Alle modellen met al hun bijdragen", "All models with all their contributions");
const CHOSEN: Pair = Pair("{model}: gekozen (soort: {kind})", "{model}: chosen (kind: {kind})");
const OTHER: Pair = Pair("{model}: niet gekozen (soort: {kind})", "{model}: not chosen (kind: {kind})");
const NOTE: Pair = Pair(
    "Deze pagina hoort bij het rapport. Met deze tabellen is elke score met de hand na te rekenen.",
    "This page belongs to the report. With these tables every score can be checked by hand.",
);

/// The page as a self-contained file beside the report: `models.html` or `models.en.html`.
#[must_use]
pub fn models_page(report: &Report, lang: Lang) -> String {
    let all: Vec<(Pair, &ModelSummary)> = std::iter::once((CHOSEN, &report.model))
        .chain(report.others.iter().map(|other| (OTHER, other)))
        .collect();
    let head = |(pair, model): &(Pair, &ModelSummary)| {
        lang.fill(*pair, &[("model", lang.text(&model.label)), ("kind", &model.kind)])
    };
    let main = html! {
        p { (lang.of(NOTE)) }
        nav aria-labelledby="modellen" {
            h2 #modellen { (lang.of(Pair("Modellen", "Models"))) }
            ul { @for (i, entry) in all.iter().enumerate() { li { a href=(format!("#model-{i}")) { (head(entry)) } } } }
        }
        @for (i, entry) in all.iter().enumerate() {
            section aria-labelledby=(format!("model-{i}")) {
                h2 id=(format!("model-{i}")) { (head(entry)) }
                (model_page::terms(entry.1, lang, None))
                (model_page::card(entry.1, lang))
                (shapes::pictures(entry.1, lang))
                (shapes::of_pairs(entry.1, lang))
            }
        }
    };
    sheet(report, lang, FILE, lang.text(&report.title), lang.of(TITLE), &main)
}
