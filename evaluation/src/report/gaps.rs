//! The part of the chapter on fairness that lays groups beside each other: gaps, tests, and what the unknown could change.

use maud::{Markup, html};

use crate::fairness::{GroupFigures, GroupGap, GroupMetric, GroupTable};
use crate::report::lang::{Lang, Pair, Style};
use crate::report::page::{head, plain, table};
use crate::report::texts;

const GAPS: Pair = Pair(
    "Verschil tussen de hoogste en de laagste groep",
    "Difference between the highest and the lowest group",
);
const GAPS_NOTE: Pair = Pair(
    "Elke maat beantwoordt een andere vraag, en ze kunnen niet allemaal tegelijk gelijk zijn zolang er niet in elke groep even vaak iets \
     gevonden wordt. Het deel op de lijst zegt wie bezoek krijgt. De precisie zegt of een bezoek in de ene groep vaker raak is. Het deel \
     van de vondsten op de lijst zegt wie gemist wordt. Het deel van de rijen zonder vondst zegt wie voor niets bezoek krijgt. Groepen met te weinig \
     bekende uitkomsten tellen hier wel mee: door hun brede marge bepalen zij de uitkomst niet.",
    "Each metric answers another question, and they cannot all be equal at once unless equally much is found in every group. The share on \
     the list says who is visited. Precision says whether a visit more often hits in one group. The share of the finds on the list says who is \
     missed. The share of the rows without a find says who is visited in vain. Groups with too few known outcomes do count here: their wide \
     margin keeps them from deciding.",
);
const RATE: Pair = Pair("Maat", "Metric");
const HIGHEST: Pair = Pair("Hoogste", "Highest");
const LOWEST: Pair = Pair("Laagste", "Lowest");
const CHANCE: Pair =
    Pair("Kans op zo'n verschil als er geen is", "Chance of such a difference when there is none");
const FLIP: Pair = Pair("Kan omslaan door onbekende uitkomsten", "Could turn around by unknown outcomes");
const APART: Pair = Pair(
    "Wijkt het deel op de lijst af van de andere groepen?",
    "Does the share on the list differ from the other groups?",
);
const APART_P: Pair = Pair(
    "Kans op zo'n afwijking door toeval, gecorrigeerd voor het aantal groepen",
    "Chance of such a deviation by luck, corrected for the number of groups",
);
const BAND: Pair = Pair("Rijen met bekende uitkomst", "Rows with a known outcome");
const BOUNDS: Pair = Pair(
    "Wat het nog kan worden als alle uitkomsten bekend zijn",
    "What it can still become once all outcomes are known",
);

/// Gaps, the corrected test per group, and the bounds under unknown outcomes.
pub(crate) fn section(t: &GroupTable, lang: Lang) -> Markup {
    let gaps: Vec<Vec<Markup>> = t.gaps.iter().map(|g| gap(g, lang)).collect();
    let apart: Vec<Vec<Markup>> = t.groups.iter().map(|g| group(g, lang)).collect();
    let bounded = t.groups.iter().any(|g| !g.if_unknown.is_empty());
    html! {
        @if !gaps.is_empty() {
            p { (lang.of(GAPS_NOTE)) }
            (table(&named(GAPS, t, lang), &head(lang, &[RATE, texts::DIFFERENCE_WORD, HIGHEST, LOWEST, CHANCE, FLIP]), &gaps))
            (table(&named(APART, t, lang), &head(lang, &[texts::GROUP, APART_P, BAND]), &apart))
        }
        @if bounded { (bounds(t, lang)) }
    }
}

fn gap(gap: &GroupGap, lang: Lang) -> Vec<Markup> {
    let name = |group: &Option<models::Text>| plain(group.as_ref().map_or("", |g| lang.text(g)));
    vec![
        plain(lang.of(rate(gap.metric))),
        lang.cell(&gap.gap, Style::Percent),
        name(&gap.highest),
        name(&gap.lowest),
        plain(chance(gap.p, lang)),
        plain(lang.of(if gap.could_flip { texts::YES } else { texts::NO })),
    ]
}

fn group(g: &GroupFigures, lang: Lang) -> Vec<Markup> {
    vec![plain(lang.text(&g.group)), plain(chance(g.selection_p, lang)), plain(&g.known_band)]
}

fn bounds(t: &GroupTable, lang: Lang) -> Markup {
    let shown = [GroupMetric::Precision, GroupMetric::TruePositiveRate, GroupMetric::FalsePositiveRate];
    let mut names = vec![lang.of(texts::GROUP).to_owned()];
    names.extend(shown.map(|m| lang.of(rate(m)).to_owned()));
    let rows: Vec<Vec<Markup>> = t
        .groups
        .iter()
        .map(|g| {
            let cell = |metric| {
                let found = g.if_unknown.iter().find(|b| b.metric == metric);
                plain(found.map_or_else(
                    || lang.of(texts::NO_VALUE).to_owned(),
                    |b| lang.range(b.low, b.high, Style::Percent),
                ))
            };
            std::iter::once(plain(lang.text(&g.group))).chain(shown.map(cell)).collect()
        })
        .collect();
    table(&named(BOUNDS, t, lang), &names, &rows)
}

/// A caption that says of which attribute, since every attribute has such a table.
fn named(caption: Pair, t: &GroupTable, lang: Lang) -> String {
    format!("{} ({})", lang.of(caption), lang.text(&t.label))
}

pub(crate) fn rate(metric: GroupMetric) -> Pair {
    match metric {
        GroupMetric::SelectionRate => texts::SELECTION_RATE,
        GroupMetric::Precision => texts::PRECISION,
        GroupMetric::TruePositiveRate => texts::RECALL,
        GroupMetric::FalsePositiveRate => texts::FALSE_POSITIVE,
        _ => texts::BASE_RATE,
    }
}

/// A chance with two digits; the smallest that 999 draws can tell is 0.001.
fn chance(p: Option<f64>, lang: Lang) -> String {
    p.map_or_else(
        || lang.of(texts::NO_VALUE).to_owned(),
        |p| lang.round((p * 1000.0).ceil() / 1000.0, Style::Plain),
    )
}
