//! Chapter 8: unknown outcomes. What nobody looked at, what it could still hold, and which conclusions that could turn around.

use maud::{Markup, html};

use crate::backtest::{EffortChange, Looked, LookedPart, Part};
use crate::estimate::Estimate;
use crate::report::facts::Report;
use crate::report::gaps;
use crate::report::lang::{Lang, Pair, Style};
use crate::report::page::{figure, head, plain, table};
use crate::report::plot::{Frame, Point, dots};
use crate::report::texts;

const ALL_KNOWN: Pair = Pair(
    "In deze studie is van elke rij de uitkomst bekend: er is niets onbekend dat een conclusie kan omdraaien.",
    "In this study the outcome of every row is known: nothing unknown could turn a conclusion around.",
);
const NOTE: Pair = Pair(
    "Waar niemand keek, is niet bekend of er iets was. Van {unknown} van de {rows} rijen is de uitkomst onbekend; bij {no_access} bezoeken kwam men niet binnen. \
     De trefkans hieronder geldt dus alleen voor de rijen die bekeken zijn, en die zijn niet geloot: er is gekeken waar men iets verwachtte. De \
     uiterste waarden zeggen wat het deel met een vondst van álle rijen kan zijn: als geen enkele onbekende rij iets bevat, en als ze het alle doen. \
     Alleen bezoeken op basis van loting maken die afstand kleiner.",
    "Where nobody looked, it is not known whether there was anything. Of {unknown} of the {rows} rows the outcome is unknown; {no_access} visits did not get in. \
     The hit rate below thus holds only for rows that were looked at, and these were not drawn by lot: people looked where they expected something. The \
     extremes say what the share with a find can be among all rows: when no unknown row holds anything, and when all do. \
     Only visits by lot bring these closer together.",
);
const LOOKED: Pair = Pair("Wat is bekeken: {model}", "What was looked at: {model}");
const PART: Pair = Pair("Deel", "Part");
const HITS: Pair = Pair("Rijen met een vondst", "Rows with a find");
const SHARE_KNOWN: Pair = Pair("Deel met bekende uitkomst", "Share with a known outcome");
const HIT_RATE: Pair = Pair("Raak, van de bekende", "Hits among the known");
const EXTREMES: Pair =
    Pair("Deel met een vondst van alle rijen: kan zijn", "Share with a find among all rows: can be");
const EFFORT: Pair = Pair(
    "Meer vondsten door meer kijken, of door vaker raak: van toets tot toets",
    "More finds by more looking, or by hitting more often: from test to test",
);
const EFFORT_NOTE: Pair = Pair(
    "Het aantal vondsten verandert als er meer gekeken wordt, ook als er niet meer te vinden is. De tabel splitst elke verandering in twee delen die \
     samen de hele verandering zijn: het deel door meer of minder bekeken rijen, en het deel door een hogere of lagere trefkans (op de lijst en \
     daarbuiten apart geteld).",
    "The number of finds changes when more is looked at, also when there is no more to find. The table splits each change into two parts that \
     together are the whole change: that of more or fewer rows looked at, and that of a higher or lower hit rate (counted apart for rows on the list \
     and outside it).",
);
const FROM_TO: Pair = Pair("Van – naar", "From – to");
const VISITS: Pair = Pair("Bekeken rijen, van – naar", "Rows looked at, from – to");
const HITS_FROM_TO: Pair = Pair("Rijen met een vondst, van – naar", "Rows with a find, from – to");
const BY_EFFORT: Pair = Pair("Door meer of minder kijken", "By more or less looking");
const BY_YIELD: Pair = Pair("Door hogere of lagere trefkans", "By a higher or lower hit rate");
const FLIPS: Pair = Pair("Welke conclusies kunnen omslaan", "Which conclusions could turn around");
const FLIPS_NOTE: Pair = Pair(
    "Hier staat elk verschil tussen groepen uit het hoofdstuk over eerlijkheid dat afhangt van uitkomsten. Kan het omslaan, dan is met deze gegevens niet te zeggen welke \
     groep hoger uitkomt.",
    "Here stands each difference between groups of the chapter on fairness that depends on outcomes. Where it could turn around, these data cannot say which \
     group comes out higher.",
);
const CONCLUSION: Pair = Pair("Conclusie", "Conclusion");
const HIGHER: Pair = Pair("{high} hoger dan {low}", "{high} above {low}");
const ATTRIBUTE: Pair = Pair("Indeling", "Division");
const COULD_FLIP: Pair = Pair("Kan omslaan", "Could turn around");

pub(crate) fn chapter(report: &Report, lang: Lang) -> Markup {
    let rows = &report.evaluation.rows;
    if rows.known == rows.rows {
        return html! { p { (lang.of(ALL_KNOWN)) } };
    }
    let note = lang.fill(
        NOTE,
        &[
            ("unknown", &lang.count(rows.unknown)),
            ("rows", &lang.count(rows.rows)),
            ("no_access", &lang.count(rows.no_access)),
        ],
    );
    let looked = report.evaluation.looked.iter().find(|l| l.candidate == report.verdict.chosen);
    html! {
        p { (note) }
        @if let Some(looked) = looked { (parts(report, looked, lang)) (effort(report, looked, lang)) }
        (flips(report, lang))
    }
}

fn parts(report: &Report, looked: &Looked, lang: Lang) -> Markup {
    let model = crate::report::summary::label(report, lang, &looked.candidate);
    let caption = lang.fill(LOOKED, &[("model", model)]);
    let columns = [PART, texts::ROWS, texts::KNOWN, HITS, SHARE_KNOWN, HIT_RATE, EXTREMES];
    let rows: Vec<_> = looked
        .parts
        .iter()
        .map(|part| {
            let extremes = part.lowest.zip(part.highest).map_or_else(
                || lang.of(texts::NO_VALUE).to_owned(),
                |(low, high)| lang.range(low, high, Style::Percent),
            );
            vec![
                plain(lang.of(name(part.part))),
                lang.cell(&part.rows, Style::Number),
                lang.cell(&part.known, Style::Number),
                lang.cell(&part.hits, Style::Number),
                lang.cell(&part.share_known, Style::Percent),
                lang.cell(&part.hit_rate, Style::Percent),
                plain(extremes),
            ]
        })
        .collect();
    let mark = |part: &LookedPart| {
        let Estimate { value, low, high, .. } = part.hit_rate;
        (lang.of(name(part.part)).to_owned(), value.map(|x| Point { x, y: 0.0, low, high }))
    };
    let marks: Vec<_> = looked.parts.iter().map(mark).collect();
    let frame = Frame {
        id: "trefkans",
        title: lang.of(HIT_RATE),
        description: lang.of(texts::DOTS_DESC),
        x_label: lang.of(HIT_RATE),
        y_label: "",
        x_style: Style::Percent,
        y_style: Style::Percent,
    };
    html! {
        (figure(lang.of(HIT_RATE), &dots(lang, &frame, &marks, None)))
        (table(&caption, &head(lang, &columns), &rows))
    }
}

fn name(part: Part) -> Pair {
    match part {
        Part::Listed => Pair("op de lijst", "on the list"),
        Part::Unlisted => Pair("niet op de lijst", "not on the list"),
        Part::Whole => Pair("alle rijen", "all rows"),
    }
}

fn effort(report: &Report, looked: &Looked, lang: Lang) -> Markup {
    if looked.changes.is_empty() {
        return html! {};
    }
    let date = |number: u32| {
        let split = report.splits.iter().find(|s| s.number == number);
        split.map_or_else(|| number.to_string(), |s| s.test_as_of.clone())
    };
    let two = |(a, b): (u64, u64)| plain(format!("{} – {}", lang.count(a), lang.count(b)));
    let row = |change: &EffortChange| {
        vec![
            html! { span.date { (date(change.from)) } " – " span.date { (date(change.to)) } },
            two(change.visits),
            two(change.hits),
            lang.cell(&change.effort, Style::SignedNumber),
            lang.cell(&change.yields, Style::SignedNumber),
        ]
    };
    let rows: Vec<_> = looked.changes.iter().map(row).collect();
    html! {
        h3 { (lang.of(EFFORT)) }
        p { (lang.of(EFFORT_NOTE)) }
        (table(lang.of(EFFORT), &head(lang, &[FROM_TO, VISITS, HITS_FROM_TO, BY_EFFORT, BY_YIELD]), &rows))
    }
}

fn flips(report: &Report, lang: Lang) -> Markup {
    let mut rows = Vec::new();
    for t in report.evaluation.fairness.iter().filter(|t| t.candidate == report.verdict.chosen) {
        for gap in t.gaps.iter().filter(|g| g.metric != crate::fairness::GroupMetric::SelectionRate) {
            let Some((high, low)) = gap.highest.as_ref().zip(gap.lowest.as_ref()) else { continue };
            let conclusion = lang.fill(HIGHER, &[("high", lang.text(high)), ("low", lang.text(low))]);
            let flip = if gap.could_flip { texts::YES } else { texts::NO };
            rows.push(vec![
                plain(lang.text(&t.label)),
                plain(lang.of(gaps::rate(gap.metric))),
                plain(conclusion),
                lang.cell(&gap.gap, Style::Percent),
                plain(lang.of(flip)),
            ]);
        }
    }
    if rows.is_empty() {
        return html! {};
    }
    html! {
        h3 { (lang.of(FLIPS)) }
        p { (lang.of(FLIPS_NOTE)) }
        (table(lang.of(FLIPS), &head(lang, &[ATTRIBUTE, texts::METRIC, CONCLUSION, texts::DIFFERENCE_WORD, COULD_FLIP]), &rows))
    }
}
