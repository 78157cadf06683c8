//! Cards: the questions that Dutch and European frameworks ask of an algorithm, answered as far as the facts of a run go.
//!
//! A [`Card`] is a list of questions. What the run knows is the answer; what only the organisation can say is marked as still to be
//! written, in its own words `INVULLEN:` where a form has room for one text only. Each card becomes a page in both languages and,
//! in Dutch, the file format that its framework asks for. The questions are said in our own short words; the key or URN leads to the official text.

mod annex;
mod known;
mod model;
mod norms;
mod page;
mod rights;
mod system;

use models::Text;
use serde_json::{Value, json};

use crate::report::facts::Report;
use crate::report::lang::Pair;

pub use page::card_page;

/// A framework's questions with the answers that a run can give.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// Name of its files, without ending.
    pub file: &'static str,
    /// Its title.
    pub title: Text,
    /// What the framework is, and what this card does not do.
    pub about: Text,
    /// The answers, in the framework's order.
    pub answers: Vec<Answer>,
}

/// One question.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Number, URN or field in the framework.
    pub key: &'static str,
    /// The question in short.
    pub question: Text,
    /// What the run knows; absent when it knows nothing about it.
    pub known: Option<Text>,
    /// What a person must still write; absent when the facts are the whole answer.
    pub to_write: Option<Text>,
}

impl Answer {
    fn new(key: &'static str, question: Pair) -> Self {
        Self { key, question: text(question), known: None, to_write: None }
    }

    fn known(mut self, known: Text) -> Self {
        self.known = Some(known);
        self
    }

    fn write(mut self, what: Pair) -> Self {
        self.to_write = Some(text(what));
        self
    }

    /// Both parts in Dutch, as a form with one field takes them.
    fn dutch(&self) -> String {
        let known = self.known.as_ref().map(|t| t.nl.clone());
        let write = self.to_write.as_ref().map(|t| format!("INVULLEN: {}", t.nl));
        known.into_iter().chain(write).collect::<Vec<_>>().join(" ")
    }
}

fn text(Pair(nl, en): Pair) -> Text {
    Text { nl: nl.to_owned(), en: en.to_owned() }
}

/// Every card of a report: Annex IV of the AI Act, IAMA 2.0, the norms of the Algemene Rekenkamer, and the system card.
#[must_use]
pub fn cards(report: &Report) -> Vec<Card> {
    vec![annex::card(report), rights::card(report), norms::card(report), system::card(report)]
}

/// File name and content of each card in the format of its framework: the assessment, system and model card of the Algorithm
/// Reporting Standard, and the answer file of IAMA 2.0.
#[must_use]
pub fn card_files(report: &Report) -> Vec<(String, Value)> {
    let [annex, norms] = [annex::card(report), norms::card(report)];
    vec![
        ("model-card.json".to_owned(), model::model_card_json(report)),
        ("system-card.json".to_owned(), system::json(report)),
        ("iama.json".to_owned(), rights::json(report)),
        ("annex-iv.json".to_owned(), assessment(report, &annex, Some("urn:nl:aivt:tr:td:1.0"))),
        ("rekenkamer.json".to_owned(), assessment(report, &norms, None)),
    ]
}

/// A card as an assessment card. Its date is the day up to which the data run: a report knows no other clock.
fn assessment(report: &Report, card: &Card, urn: Option<&str>) -> Value {
    let contents: Vec<Value> = card
        .answers
        .iter()
        .map(|answer| {
            let mut content = json!({ "question": answer.question.nl, "answer": answer.dutch() });
            let key = if urn.is_some() { "urn" } else { "remarks" };
            content[key] = json!(answer.key);
            content
        })
        .collect();
    let mut value = json!({ "name": card.title.nl, "date": report.study.data_until, "contents": contents });
    if let Some(urn) = urn {
        value["urn"] = json!(urn);
    }
    value
}
