//! The cards of a made-up town: each question answered or marked, nothing left unfilled, the same in every form.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::collections::BTreeSet;

use evaluation::report::{Lang, card_files, card_page, cards, html, models_page};

#[path = "../examples/made_up/mod.rs"]
mod made_up;

#[test]
fn every_question_has_facts_or_a_mark() {
    for card in cards(&made_up::report()) {
        let mut keys = BTreeSet::new();
        for answer in &card.answers {
            assert!(keys.insert(answer.key), "{}: {} is there twice", card.file, answer.key);
            let parts = [&answer.known, &answer.to_write].map(Option::as_ref);
            assert!(parts.iter().any(Option::is_some), "{}: {} says nothing", card.file, answer.key);
            for text in parts.into_iter().flatten().chain([&answer.question]) {
                assert!(!text.nl.trim().is_empty() && !text.en.trim().is_empty(), "{}", answer.key);
            }
        }
        assert!(card.answers.iter().any(|a| a.known.is_some()));
        assert!(card.answers.iter().any(|a| a.to_write.is_some()), "{} looks finished", card.file);
    }
}

#[test]
fn what_a_person_must_write_is_marked_in_every_file() {
    let report = made_up::report();
    let names: Vec<String> = card_files(&report).into_iter().map(|f| f.0).collect();
    assert_eq!(
        names,
        ["model-card.json", "system-card.json", "iama.json", "annex-iv.json", "rekenkamer.json"]
    );
    for (name, value) in card_files(&report) {
        let text = value.to_string();
        assert!(text.contains("INVULLEN: "), "{name}");
        assert!(!text.contains("NaN"), "{name}");
    }
    // What no person has decided is not decided here.
    let system = &card_files(&report)[1].1;
    assert_eq!(system["ai_act_profile"], serde_json::json!({}));
}

#[test]
fn no_page_holds_an_unfilled_place_or_something_from_elsewhere() {
    let report = made_up::report();
    for lang in [Lang::Nl, Lang::En] {
        let mut pages = vec![html(&report, lang), models_page(&report, lang)];
        pages.extend(cards(&report).iter().map(|card| card_page(card, &report, lang)));
        for page in &pages {
            let body = page.split("<body>").nth(1).unwrap();
            let at = body
                .find(['{', '}'])
                .map(|i| body[i.saturating_sub(80)..].chars().take(160).collect::<String>());
            assert_eq!(at, None, "a place that was not filled");
            assert!(
                !page.contains("<script") && !page.contains("href=\"http") && !page.contains("src=\"http")
            );
            assert!(!body.contains("NaN"));
        }
    }
}

#[test]
fn a_scorecard_and_a_pair_are_written_out() {
    let page = models_page(&made_up::report(), Lang::Nl);
    assert!(page.contains("De kaart “Puntenkaart”") && page.contains("“Puntenkaart”: van totaal"));
    // A row per bin of the first column and one for missing values, with its interval in each cell.
    let pair = page.split("naar rechts “gebruiksdoel”").nth(2).unwrap();
    let table = pair.split("</table>").next().unwrap();
    assert_eq!(table.matches("<tr>").count(), 1 + 4);
    assert_eq!(table.matches("class=\"interval\"").count(), 12);
}
