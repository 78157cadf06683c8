//! Chapters 10 and 11: limits, and how to replay the run.

use maud::{Markup, html};

use crate::report::facts::Report;
use crate::report::lang::{Lang, Pair};
use crate::report::page::{head, page_file, plain, table};
use crate::report::{cards, every_term, methods, texts};

const CARDS: Pair = Pair("Bij dit rapport horen", "With this report belong");
const STEPS: Pair = Pair("De stappen", "The steps");

pub(crate) fn limits(report: &Report, lang: Lang) -> Markup {
    let rows: Vec<_> = methods::WORDS
        .iter()
        .map(|(_, name, words)| vec![plain(lang.of(*name)), plain(lang.of(*words))])
        .collect();
    html! {
        p { (lang.text(&report.limits)) }
        ul { @for limit in texts::LIMITS { li { (lang.of(limit)) } } }
        (table(lang.of(texts::METHODS), &head(lang, &[texts::METHOD, texts::MEANING]), &rows))
    }
}

/// Links to the cards, which lie beside the report.
fn links(report: &Report, lang: Lang) -> Markup {
    html! {
        h3 { (lang.of(CARDS)) }
        ul {
            li { a href=(page_file(every_term::FILE, lang)) { (lang.of(every_term::TITLE)) } }
            @for card in cards::cards(report) {
                li { a href=(page_file(card.file, lang)) { (lang.text(&card.title)) } }
            }
        }
        h3 { (lang.of(STEPS)) }
    }
}

pub(crate) fn replay(report: &Report, lang: Lang) -> Markup {
    let settings = report.evaluation.settings;
    let note = lang.fill(
        texts::REPLAY_NOTE,
        &[
            ("software", &report.software),
            ("seed", &report.study.seed.to_string()),
            ("draws", &settings.draws.to_string()),
        ],
    );
    html! {
        p { (note) }
        (links(report, lang))
        ol {
            @for step in &report.replay {
                li { (lang.text(&step.text)) pre { code { (step.command) } } }
            }
        }
    }
}
