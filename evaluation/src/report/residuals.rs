//! The part of the chapter on calibration about place: are neighbours wrong in the same way?

use maud::{Markup, html};

use crate::report::facts::{Report, ResidualLikeness};
use crate::report::lang::{Lang, Pair, Style};
use crate::report::page::{head, plain, table};
use crate::report::texts;

const HEAD: Pair = Pair(
    "Zit het model bij buren op dezelfde manier fout?",
    "Is the model wrong in the same way for neighbours?",
);
const NOTE: Pair = Pair(
    "Per gebied is gevonden min verwacht genomen, gedeeld door de wortel van verwacht. Moran's I zegt of dat bij gebieden die dicht bij elkaar liggen op elkaar \
     lijkt: 1 is gelijk, rond {none} is er geen samenhang. De kans komt van {draws} keer husselen van de gebieden. Is de kans klein, dan mist het model \
     iets dat plaatsgebonden is, en tellen buren niet als losse waarnemingen: de intervallen per gebied zijn dan te smal.",
    "Per area found minus expected is taken, divided by the root of expected. Moran's I says whether that is alike for areas near each other: \
     1 is equal, about {none} is no likeness. The chance comes from shuffling the areas {draws} times. When the chance is small, the model misses \
     something that belongs to the place, and neighbours are no independent observations: the intervals by area are then too narrow.",
);
const ALIKE: Pair = Pair(
    "Hier is die kans klein: wat overblijft hangt samen met de plaats.",
    "Here that chance is small: what is left over goes with the place.",
);
const NOT_ALIKE: Pair = Pair("Hier is geen samenhang aangetoond.", "Here no likeness is shown.");
const TABLE: Pair = Pair("Samenhang van wat overblijft", "Likeness of what is left over");
const WITHIN: Pair = Pair("Buren binnen (m)", "Neighbours within (m)");
const PAIRS: Pair = Pair("Paren van buren", "Pairs of neighbours");
const AREAS: Pair = Pair("Gebieden", "Areas");
const MORAN: Pair = Pair("Moran's I", "Moran's I");
const NONE: Pair = Pair("Zonder samenhang", "Without likeness");
const CHANCE: Pair = Pair("Kans als er geen samenhang is", "Chance when there is no likeness");

/// The table over distances; empty where areas have no place.
pub(crate) fn section(report: &Report, lang: Lang) -> Markup {
    let Some(first) = report.residuals.first() else { return html! {} };
    let note = [("none", lang.figure(first.expected, Style::Plain)), ("draws", lang.count(first.draws))];
    let note: Vec<(&str, &str)> = note.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let row = |at: &ResidualLikeness| {
        vec![
            plain(lang.figure(at.distance, Style::Number)),
            plain(lang.count(at.pairs)),
            plain(lang.count(at.areas)),
            plain(lang.figure(at.i, Style::Plain)),
            plain(lang.figure(at.expected, Style::Plain)),
            plain(lang.figure(at.p, Style::Plain)),
        ]
    };
    let rows: Vec<_> = report.residuals.iter().map(row).collect();
    html! {
        h3 { (lang.of(HEAD)) }
        p { (lang.fill(NOTE, &note)) }
        p { b { (lang.of(if report.residuals.iter().any(|at| at.p < 0.05) { ALIKE } else { NOT_ALIKE })) } }
        (table(lang.of(TABLE), &head(lang, &[WITHIN, PAIRS, AREAS, MORAN, NONE, CHANCE]), &rows))
        @if report.study.unseen_is_unknown { p { (lang.of(texts::LIMITS[0])) } }
    }
}
