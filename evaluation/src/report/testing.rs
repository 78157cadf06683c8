//! Chapter 4: how it was tested.

use maud::{Markup, html};

use crate::backtest::input::UnknownReading;
use crate::backtest::results::RowCounts;
use crate::backtest::rule::Capacity;
use crate::report::facts::{Report, RowUnit};
use crate::report::lang::{Lang, Pair, Style};
use crate::report::page::{head, plain, wide_table};
use crate::report::summary::label;
use crate::report::texts;

pub(crate) fn chapter(report: &Report, lang: Lang) -> Markup {
    let study = &report.study;
    html! {
        p { (test_note(report, lang)) " " (lang.of(if study.refit { texts::REFIT_YES } else { texts::REFIT_NO })) }
        (splits(report, lang))
        (unknown(report, lang))
        (rule(report, lang))
    }
}

/// How it was tested, in a few sentences.
pub(crate) fn test_note(report: &Report, lang: Lang) -> String {
    let study = &report.study;
    let duration = |text: &str| duration(text, lang);
    let embargo = match lang {
        Lang::Nl => format!("{} + {}", duration(&study.horizon), duration(&study.reporting_delay)),
        Lang::En => format!("{} + {}", study.horizon, study.reporting_delay),
    };
    lang.fill(
        texts::TEST_NOTE,
        &[
            ("first", &study.first_as_of),
            ("last", &study.last_as_of),
            ("step", &duration(&study.step)),
            ("horizon", &duration(&study.horizon)),
            ("embargo", &embargo),
            ("test", &study.test_from),
            ("until", &study.data_until),
        ],
    )
}

fn splits(report: &Report, lang: Lang) -> Markup {
    let columns = [
        texts::SPLIT,
        texts::TRAIN_PERIOD,
        texts::TRAIN_ROWS,
        texts::TRAIN_FINDS,
        texts::KNOWN_BY,
        texts::TESTED_PERIOD,
        texts::TEST_ROWS,
        texts::KNOWN,
        texts::NO_ACCESS,
        texts::FINDS_FOUND,
        texts::ON_LIST,
    ];
    let of_test = |counts: Option<&RowCounts>| match counts {
        Some(c) => vec![
            plain(lang.count(c.rows)),
            plain(lang.count(c.known)),
            plain(lang.count(c.no_access)),
            plain(lang.count(c.finds)),
            lang.cell(&c.listed, Style::Number),
        ],
        None => vec![plain(""); 5],
    };
    let mut rows = Vec::new();
    for split in &report.splits {
        let counts = report.evaluation.rows_per_split.iter().find(|c| c.period == Some(split.number));
        let mut row = vec![
            plain(split.number.to_string()),
            period(&split.train_from, &split.train_until),
            plain(lang.count(split.train_rows)),
            plain(lang.count(split.train_finds)),
            html! { span.date { (split.known_by) } },
            period(&split.test_as_of, &split.test_until),
        ];
        row.extend(of_test(counts));
        rows.push(row);
    }
    let mut last = vec![plain(lang.of(texts::ALL_TESTS))];
    last.extend(vec![plain(""); 5]);
    last.extend(of_test(Some(&report.evaluation.rows)));
    rows.push(last);
    wide_table(lang.of(texts::SPLITS), &head(lang, &columns), &rows)
}

/// Two dates that do not break inside.
fn period(from: &str, until: &str) -> Markup {
    html! { span.date { (from) " –" } br; span.date { (until) } }
}

fn unknown(report: &Report, lang: Lang) -> Markup {
    let row = lang.of(match report.study.unit {
        RowUnit::Pand => Pair("pand", "building"),
        RowUnit::Area => Pair("gebied", "area"),
    });
    html! {
        h3 { (lang.of(texts::UNKNOWN_HEAD)) }
        @if report.study.unseen_is_unknown {
            p { (lang.fill(texts::UNKNOWN_IS_UNKNOWN, &[("row", row)])) }
            p {
                (lang.of(match report.study.unknown_in_training {
                    UnknownReading::LeftOut => texts::TRAIN_LEFT_OUT,
                    UnknownReading::AsNothingFound => texts::TRAIN_AS_NOTHING,
                }))
            }
        } @else {
            p { (lang.of(texts::SEES_ALL)) }
        }
    }
}

fn rule(report: &Report, lang: Lang) -> Markup {
    html! {
        h3 { (lang.of(texts::RULE_HEAD)) }
        p { (rule_note(report, lang)) }
        p.small { (lang.of(texts::RULE_HASH)) ": " code { (report.rule.sha256) } }
    }
}

/// The locked rule in words.
pub(crate) fn rule_note(report: &Report, lang: Lang) -> String {
    let rule = &report.rule.rule;
    let baseline = if rule.baseline == "best" {
        lang.of(texts::BEST_BASELINE)
    } else {
        label(report, lang, &rule.baseline)
    };
    lang.fill(
        texts::RULE_NOTE,
        &[
            ("metric", lang.of(texts::metric(rule.metric))),
            ("capacity", &capacity(report, lang)),
            ("margin", &lang.round(rule.margin, texts::style(rule.metric))),
            ("baseline", baseline),
            ("confidence", &lang.round(rule.confidence, Style::Percent)),
        ],
    )
}

/// The capacity in words.
pub(crate) fn capacity(report: &Report, lang: Lang) -> String {
    let rows = match report.study.unit {
        RowUnit::Pand => Pair("panden", "buildings"),
        RowUnit::Area => Pair("gebieden", "areas"),
    };
    let rows = lang.of(rows);
    match report.rule.rule.capacity {
        Capacity::Units(k) => lang.fill(
            Pair("{k} {rows} per toets", "{k} {rows} per test"),
            &[("k", &lang.count(k)), ("rows", rows)],
        ),
        Capacity::Areas(k) => {
            lang.fill(Pair("{k} gebieden per toets", "{k} areas per test"), &[("k", &lang.count(k))])
        }
        Capacity::Share(share) => lang.fill(
            Pair("{share} van de {rows} per toets", "{share} of the {rows} per test"),
            &[("share", &lang.round(share, Style::Percent)), ("rows", rows)],
        ),
        Capacity::ExposureShare(share) => lang.fill(
            Pair("{share} van alle {unit} per toets", "{share} of all {unit} per test"),
            &[
                ("share", &lang.round(share, Style::Percent)),
                ("unit", lang.text(&report.study.exposure_unit)),
            ],
        ),
    }
}

/// A length such as `6 months` in this language.
pub(crate) fn duration(text: &str, lang: Lang) -> String {
    if lang == Lang::En {
        return text.to_owned();
    }
    let mut words: Vec<&str> = text.split_whitespace().collect();
    for word in &mut words {
        *word = match *word {
            "day" => "dag",
            "days" => "dagen",
            "week" => "week",
            "weeks" => "weken",
            "month" => "maand",
            "months" => "maanden",
            "year" | "years" => "jaar",
            other => other,
        };
    }
    words.join(" ")
}
