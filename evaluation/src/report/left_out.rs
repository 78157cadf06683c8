//! Learners and challengers that are not in the choice, because the rows at hand could not carry them.

use maud::{Markup, html};
use models::Text;
use serde::{Deserialize, Serialize};

use crate::report::facts::Report;
use crate::report::lang::{Lang, Pair};
use crate::report::page::{head, plain, table};
use crate::report::texts;

const CAPTION: Pair = Pair("Niet meegedaan", "Left out");
const NOTE: Pair = Pair(
    "Deze methoden konden niet in elke toetsperiode leren. Daarom doen ze in geen enkele periode mee: anders zou een methode beter kunnen lijken doordat zij moeilijke perioden overslaat.",
    "These methods could not learn in every test period. So they take part in none of them: a method could otherwise seem better by skipping hard periods.",
);
const WHERE: Pair = Pair("Liep vast bij", "Failed at");
const WHY: Pair = Pair("Reden", "Reason");
const SPLIT: Pair = Pair("toetsperiode vanaf {date}", "test period from {date}");
const FINAL: Pair = Pair("het eindmodel, op alle bekende gegevens", "the final model, on all known data");
const CHALLENGER: Pair = Pair("uitdager", "challenger");

/// A learner or challenger of the study that is in none of the figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Name of the learner entry.
    pub name: String,
    /// What readers see.
    pub label: Text,
    /// Kind of learner.
    pub kind: String,
    /// Whether it is a challenger.
    pub challenger: bool,
    /// As-of date of the first split whose training rows it refused, `YYYY-MM-DD`; absent when it refused the rows of
    /// the final model.
    pub test_as_of: Option<String>,
    /// Why.
    pub reason: Text,
}

/// The table, where there is anything to tell.
pub(crate) fn section(report: &Report, lang: Lang) -> Markup {
    if report.left_out.is_empty() {
        return html! {};
    }
    let row = |own: &LeftOut| {
        let role = if own.challenger { CHALLENGER } else { texts::LEARNER };
        let place = match &own.test_as_of {
            Some(date) => lang.fill(SPLIT, &[("date", date)]),
            None => lang.of(FINAL).to_owned(),
        };
        vec![plain(lang.text(&own.label)), plain(lang.of(role)), plain(place), plain(lang.text(&own.reason))]
    };
    let rows: Vec<_> = report.left_out.iter().map(row).collect();
    html! {
        p { (lang.of(NOTE)) }
        (table(lang.of(CAPTION), &head(lang, &[texts::CANDIDATE, texts::ROLE, WHERE, WHY]), &rows))
    }
}
