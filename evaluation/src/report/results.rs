//! Chapters 5 and 6: results against the locked rule, and calibration.

use maud::{Markup, html};

use crate::backtest::results::{CandidateResult, Measures};
use crate::backtest::rule::Metric;
use crate::estimate::{Estimate, TieBounds};
use crate::report::facts::Report;
use crate::report::foreign;
use crate::report::lang::{Lang, Style};
use crate::report::left_out;
use crate::report::page::{figure, head, plain, table, wide_table};
use crate::report::plot::{Frame, Point, Series, dots, lines};
use crate::report::summary::{chosen, label};
use crate::report::{elsewhere, residuals, texts};

pub(crate) fn chapter(report: &Report, lang: Lang) -> Markup {
    html! {
        p { (lang.text(&report.verdict.reason)) }
        (by_rule(report, lang))
        (foreign::section(report, lang))
        (left_out::section(report, lang))
        (per_split(report, lang))
        (pooled(report, lang))
        (gains(report, lang))
        (paired(report, lang))
        @if let Some(chosen) = chosen(report) { (bounds(chosen, lang)) (every_split(report, chosen, lang)) }
        (elsewhere::section(report.elsewhere.as_ref(), lang))
        (meanings(lang))
    }
}

pub(crate) fn point(estimate: &Estimate, x: f64) -> Option<Point> {
    estimate.value.map(|value| Point { x, y: value, low: estimate.low, high: estimate.high })
}

fn by_rule(report: &Report, lang: Lang) -> Markup {
    let metric = report.rule.rule.metric;
    let (style, signed) = (texts::style(metric), texts::signed(metric));
    let name = lang.of(texts::metric(metric));
    let caption = lang.fill(texts::BY_RULE, &[("metric", name)]);
    let confidence = lang.round(report.rule.rule.confidence, Style::Percent);
    let columns = vec![
        lang.of(texts::CANDIDATE).to_owned(),
        lang.of(texts::ROLE).to_owned(),
        name.to_owned(),
        lang.of(texts::DIFFERENCE).to_owned(),
        lang.fill(texts::GAIN_AT_LEAST, &[("confidence", &confidence)]),
        lang.of(texts::PASSES).to_owned(),
    ];
    let rows: Vec<_> = report
        .verdict
        .table
        .iter()
        .map(|row| {
            let role = match row.is_baseline {
                true => texts::BASELINE,
                false if row.candidate == report.verdict.chosen => texts::CHOSEN,
                false if foreign::is_foreign(report, &row.candidate) => foreign::ROLE,
                false => texts::LEARNER,
            };
            vec![
                plain(lang.text(&row.label)),
                plain(lang.of(role)),
                lang.cell(&row.value, style),
                row.difference.as_ref().map_or_else(|| plain("–"), |d| lang.cell(d, signed)),
                plain(row.gain_at_least.map_or_else(|| "–".to_owned(), |g| lang.figure(g, signed))),
                plain(if row.is_baseline {
                    "–"
                } else {
                    lang.of(if row.passes { texts::YES } else { texts::NO })
                }),
            ]
        })
        .collect();
    let marks: Vec<_> = report
        .verdict
        .table
        .iter()
        .map(|row| {
            let mark =
                row.value.value.map(|v| Point { x: v, y: 0.0, low: row.value.low, high: row.value.high });
            (lang.text(&row.label).to_owned(), mark)
        })
        .collect();
    let frame = Frame {
        id: "regel",
        title: &caption,
        description: lang.of(texts::DOTS_DESC),
        x_label: name,
        y_label: "",
        x_style: style,
        y_style: style,
    };
    let reference = report.verdict.table.iter().find(|r| r.candidate == report.verdict.baseline);
    html! {
        (figure(&caption, &dots(lang, &frame, &marks, reference.and_then(|r| r.value.value))))
        (table(&caption, &columns, &rows))
    }
}

fn compared(report: &Report) -> Vec<&CandidateResult> {
    let mut names = vec![report.verdict.chosen.as_str()];
    if report.verdict.baseline != report.verdict.chosen {
        names.push(&report.verdict.baseline);
    }
    names.extend(report.foreign.iter().map(|own| own.name.as_str()));
    names.into_iter().filter_map(|name| report.evaluation.candidate(name)).collect()
}

fn split_names(report: &Report) -> Vec<String> {
    report
        .evaluation
        .rows_per_split
        .iter()
        .map(|counts| {
            let split = report.splits.iter().find(|s| Some(s.number) == counts.period);
            split.map_or_else(|| counts.period.unwrap_or(0).to_string(), |s| s.test_as_of.clone())
        })
        .collect()
}

fn per_split(report: &Report, lang: Lang) -> Markup {
    let metric = report.rule.rule.metric;
    let name = lang.of(texts::metric(metric));
    let caption = lang.fill(texts::PER_SPLIT, &[("metric", name)]);
    let names = split_names(report);
    let style = texts::style(metric);
    let value = |measures: &Measures| measures.get(metric).map(|m| m.value.clone());
    let series: Vec<Series> = compared(report)
        .into_iter()
        .map(|c| Series {
            label: lang.text(&c.label).to_owned(),
            points: (0u32..).zip(&c.per_split).filter_map(|(i, m)| point(&value(m)?, f64::from(i))).collect(),
        })
        .collect();
    let description = lang.fill(texts::PER_SPLIT_DESC, &[("metric", name)]);
    let frame = Frame {
        id: "per-toets",
        title: &caption,
        description: &description,
        x_label: lang.of(texts::SPLIT),
        y_label: name,
        x_style: Style::Number,
        y_style: style,
    };
    let mut columns = vec![lang.of(texts::SPLIT).to_owned()];
    columns.extend(report.evaluation.candidates.iter().map(|c| lang.text(&c.label).to_owned()));
    let rows: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let mut row = vec![html! { span.date { (name) } }];
            for candidate in &report.evaluation.candidates {
                let estimate = candidate.per_split.get(i).and_then(value);
                row.push(estimate.map_or_else(|| plain("–"), |e| lang.cell(&e, style)));
            }
            row
        })
        .collect();
    html! {
        (figure(&caption, &lines(lang, &frame, &series, None, Some(&names))))
        (wide_table(&caption, &columns, &rows))
    }
}

fn pooled(report: &Report, lang: Lang) -> Markup {
    let mut columns = vec![lang.of(texts::METRIC).to_owned()];
    columns.extend(report.evaluation.candidates.iter().map(|c| lang.text(&c.label).to_owned()));
    let rows: Vec<_> = Metric::ALL
        .iter()
        .map(|&metric| {
            let mut row = vec![plain(lang.of(texts::metric(metric)))];
            for candidate in &report.evaluation.candidates {
                let measure = candidate.pooled.get(metric);
                row.push(measure.map_or_else(|| plain("–"), |m| lang.cell(&m.value, texts::style(metric))));
            }
            row
        })
        .collect();
    wide_table(lang.of(texts::METRICS_POOLED), &columns, &rows)
}

fn gains(report: &Report, lang: Lang) -> Markup {
    let compared = compared(report);
    let caption = lang.of(texts::GAINS);
    // The chart shows the part of the list that can be visited; the table shows all of it.
    let series: Vec<Series> = compared
        .iter()
        .map(|c| {
            let points = c.gains.iter().filter(|g| g.share <= 0.3).filter_map(|g| point(&g.recall, g.share));
            Series { label: lang.text(&c.label).to_owned(), points: points.collect() }
        })
        .collect();
    let frame = Frame {
        id: "verzamelen",
        title: caption,
        description: lang.of(texts::GAINS_DESC),
        x_label: lang.of(texts::SHARE_OF_ROWS),
        y_label: lang.of(texts::SHARE_OF_FINDS),
        x_style: Style::Percent,
        y_style: Style::Percent,
    };
    let mut columns = vec![lang.of(texts::SHARE_OF_ROWS).to_owned()];
    for c in &compared {
        columns.push(format!("{}: {}", lang.text(&c.label), lang.of(texts::SHARE_OF_FINDS).to_lowercase()));
        columns.push(format!("{}: {}", lang.text(&c.label), lang.of(texts::PRECISION).to_lowercase()));
    }
    let shares = compared.first().map_or(0, |c| c.gains.len());
    let rows: Vec<_> = (0..shares)
        .map(|i| {
            let mut row = vec![plain(lang.round(compared[0].gains[i].share, Style::Percent))];
            for gain in compared.iter().filter_map(|c| c.gains.get(i)) {
                row.push(lang.cell(&gain.recall, Style::Percent));
                row.push(lang.cell(&gain.precision, Style::Percent));
            }
            row
        })
        .collect();
    html! {
        (figure(caption, &lines(lang, &frame, &series, Some(lang.of(texts::AT_RANDOM)), None)))
        (table(caption, &columns, &rows))
    }
}

fn paired(report: &Report, lang: Lang) -> Markup {
    if report.evaluation.paired.is_empty() {
        return html! {};
    }
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for p in &report.evaluation.paired {
        if !pairs.contains(&(&p.candidate, &p.baseline)) {
            pairs.push((&p.candidate, &p.baseline));
        }
    }
    let shown = [
        Metric::FindsAtCapacity,
        Metric::PrecisionAtCapacity,
        Metric::RecallAtCapacity,
        Metric::Auc,
        Metric::AveragePrecision,
        Metric::Brier,
        Metric::PoissonDeviance,
    ];
    let mut columns = vec![lang.of(texts::PAIRED).to_owned()];
    columns.extend(shown.iter().map(|m| lang.of(texts::metric(*m)).to_owned()));
    let rows: Vec<_> = pairs
        .iter()
        .map(|(learner, baseline)| {
            let mut row =
                vec![html! { (label(report, lang, learner)) " − " (label(report, lang, baseline)) }];
            for metric in shown {
                let pair = report
                    .evaluation
                    .paired
                    .iter()
                    .find(|p| p.candidate == *learner && p.baseline == *baseline && p.metric == metric);
                row.push(
                    pair.map_or_else(|| plain("–"), |p| lang.cell(&p.difference, texts::signed(metric))),
                );
            }
            row
        })
        .collect();
    html! {
        h3 { (lang.of(texts::PAIRED)) }
        p { (lang.of(texts::PAIRED_NOTE)) }
        (table(lang.of(texts::PAIRED), &columns, &rows))
    }
}

fn bounds(chosen: &CandidateResult, lang: Lang) -> Markup {
    let caption = lang.fill(texts::BOUNDS, &[("model", lang.text(&chosen.label))]);
    let columns =
        [texts::METRIC, texts::KNOWN, texts::IF_EMPTY, texts::IF_FOUND, texts::TIES, texts::KNOWN_ONLY];
    let shown = [Metric::FindsAtCapacity, Metric::PrecisionAtCapacity, Metric::RecallAtCapacity, Metric::Auc];
    let rows: Vec<_> = shown
        .iter()
        .filter_map(|&metric| {
            let measure = chosen.pooled.get(metric)?;
            let style = texts::style(metric);
            let bare = |x: Option<f64>| plain(x.map_or_else(|| "–".to_owned(), |x| lang.figure(x, style)));
            let known = measure.known_rows_only.as_ref();
            Some(vec![
                plain(lang.of(texts::metric(metric))),
                lang.cell(&measure.value, style),
                bare(measure.if_unknown_empty),
                bare(measure.if_unknown_found),
                plain(measure.ties.map_or_else(|| "–".to_owned(), |t| tie_text(t, lang, style))),
                known.map_or_else(|| plain("–"), |k| lang.cell(k, style)),
            ])
        })
        .collect();
    table(&caption, &head(lang, &columns), &rows)
}

fn tie_text(ties: TieBounds, lang: Lang, style: Style) -> String {
    lang.range(ties.worst, ties.best, style)
}

/// All metrics per split, in two tables that fit a page: those of the list, those of the scores.
fn every_split(report: &Report, chosen: &CandidateResult, lang: Lang) -> Markup {
    let (of_list, of_score) = Metric::ALL.split_at(5);
    let part = |caption, metrics: &[Metric]| {
        let mut columns = vec![lang.of(texts::SPLIT).to_owned()];
        columns.extend(metrics.iter().map(|m| lang.of(texts::metric(*m)).to_owned()));
        let rows: Vec<_> = split_names(report)
            .iter()
            .zip(&chosen.per_split)
            .map(|(name, measures)| {
                let mut row = vec![html! { span.date { (name) } }];
                row.extend(
                    metrics
                        .iter()
                        .filter_map(|m| measures.get(*m))
                        .map(|m| lang.cell(&m.value, texts::style(m.metric))),
                );
                row
            })
            .collect();
        table(&lang.fill(caption, &[("model", lang.text(&chosen.label))]), &columns, &rows)
    };
    html! { (part(texts::PER_SPLIT_LIST, of_list)) (part(texts::PER_SPLIT_SCORE, of_score)) }
}

fn meanings(lang: Lang) -> Markup {
    let rows: Vec<_> = Metric::ALL
        .iter()
        .map(|&metric| {
            let better = match metric.direction() {
                d if d > 0.0 => texts::MORE,
                d if d < 0.0 => texts::LESS,
                _ => texts::NEAR_ONE,
            };
            vec![
                plain(lang.of(texts::metric(metric))),
                plain(lang.of(texts::meaning(metric))),
                plain(lang.of(better)),
            ]
        })
        .collect();
    let columns = [texts::METRIC, texts::MEANING, texts::BETTER];
    table(lang.of(texts::METRICS_WORDS), &head(lang, &columns), &rows)
}

pub(crate) fn calibration(report: &Report, lang: Lang) -> Markup {
    let Some(chosen) = chosen(report) else { return html! {} };
    let exposure = lang.text(&report.study.exposure_unit);
    let fill = |pair| lang.fill(pair, &[("exposure", exposure), ("model", lang.text(&chosen.label))]);
    let (expected, found) = (fill(texts::EXPECTED_PER_1000), fill(texts::FOUND_PER_1000));
    let caption = fill(texts::CALIBRATION_TABLE);
    let points = chosen
        .calibration
        .iter()
        .filter_map(|bin| point(&bin.found_per_1000, bin.expected_per_1000.value?))
        .collect();
    let series = [Series { label: lang.text(&chosen.label).to_owned(), points }];
    let frame = Frame {
        id: "kalibratiegrafiek",
        title: &caption,
        description: lang.of(texts::CALIBRATION_DESC),
        x_label: &expected,
        y_label: &found,
        x_style: Style::Plain,
        y_style: Style::Plain,
    };
    let columns = vec![
        lang.of(texts::BIN).to_owned(),
        lang.of(texts::ROWS).to_owned(),
        lang.of(texts::EXPECTED).to_owned(),
        lang.of(texts::FOUND).to_owned(),
        expected.clone(),
        found.clone(),
    ];
    let rows: Vec<_> = chosen
        .calibration
        .iter()
        .map(|bin| {
            vec![
                plain(bin.bin.to_string()),
                plain(lang.count(bin.rows)),
                lang.cell(&bin.expected, Style::Number),
                lang.cell(&bin.found, Style::Number),
                lang.cell(&bin.expected_per_1000, Style::Plain),
                lang.cell(&bin.found_per_1000, Style::Plain),
            ]
        })
        .collect();
    html! {
        p { (fill(texts::CALIBRATION_NOTE)) }
        @if let Some(measure) = chosen.pooled.get(Metric::CalibrationInTheLarge) {
            p { (lang.of(texts::IN_THE_LARGE)) " " (lang.sentence(&measure.value, Style::Plain)) "." }
        }
        (figure(&caption, &lines(lang, &frame, &series, Some(lang.of(texts::EQUAL)), None)))
        (table(&caption, &columns, &rows))
        (residuals::section(report, lang))
    }
}
