//! A card as a page.

use maud::{Markup, html};

use crate::report::cards::{Answer, Card};
use crate::report::facts::Report;
use crate::report::lang::{Lang, Pair};
use crate::report::page::sheet;

const TO_WRITE: Pair = Pair("Nog te schrijven", "Still to be written");
const NOTHING: Pair =
    Pair("Hier kan de berekening niets over zeggen.", "The computation can say nothing about this.");
const WHOLE: Pair = Pair("ingevuld", "filled in");
const COUNT: Pair = Pair(
    "Van {all} vragen zijn er {whole} ingevuld met feiten; bij {part} moet een mens nog iets schrijven.",
    "Of {all} questions {whole} are filled in with facts; for {part} a person must still write something.",
);

/// The card as one self-contained page, in the same style as the report, which it links as `index.html` or `index.en.html`.
#[must_use]
pub fn card_page(card: &Card, report: &Report, lang: Lang) -> String {
    let main = html! {
        p { (lang.text(&card.about)) }
        p { (count(card, lang)) }
        @for (number, answer) in card.answers.iter().enumerate() { (one(answer, number, lang)) }
    };
    sheet(report, lang, card.file, lang.text(&report.title), lang.text(&card.title), &main)
}

fn count(card: &Card, lang: Lang) -> String {
    let part = card.answers.iter().filter(|a| a.to_write.is_some()).count();
    let number = |n: usize| lang.count(n as u64);
    let all = card.answers.len();
    let values = [("all", number(all)), ("whole", number(all - part)), ("part", number(part))];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    lang.fill(COUNT, &values)
}

fn one(answer: &Answer, number: usize, lang: Lang) -> Markup {
    let id = format!("vraag-{number}");
    html! {
        div.question id=(id) {
            h2 { (lang.text(&answer.question)) }
            p.small { code { (answer.key) } @if answer.to_write.is_none() { " · " (lang.of(WHOLE)) } }
            @match &answer.known {
                Some(known) => { p { (lang.text(known)) } }
                None => { p.small { (lang.of(NOTHING)) } }
            }
            @if let Some(write) = &answer.to_write {
                p.write { b { (lang.of(TO_WRITE)) ": " } (lang.text(write)) }
            }
        }
    }
}
