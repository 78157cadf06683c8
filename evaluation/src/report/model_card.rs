//! The model card: the report in short, as Markdown, in Dutch with English beside it.

use std::fmt::Write as _;

use crate::backtest::rule::Metric;
use crate::report::facts::Report;
use crate::report::lang::{Lang, Pair, Style};
use crate::report::summary::{chosen, label};
use crate::report::testing::capacity;
use crate::report::texts;

/// The model card as Markdown: first Dutch, then English.
#[must_use]
pub fn model_card(report: &Report) -> String {
    let mut out = String::new();
    for lang in [Lang::Nl, Lang::En] {
        if lang == Lang::En {
            out.push_str("\n---\n\n");
        }
        for block in [
            heading(report, lang),
            use_of(report, lang),
            figures(report, lang),
            groups(report, lang),
            end(report, lang),
        ] {
            out.push_str(&block);
        }
    }
    out
}

fn heading(report: &Report, lang: Lang) -> String {
    let word = lang.of(if report.verdict.released { texts::RELEASED } else { texts::NOT_RELEASED });
    format!(
        "# {}: {}\n\n**{word}.** {}\n\n",
        lang.of(Pair("Modelkaart", "Model card")),
        line(lang.text(&report.title)),
        line(lang.text(&report.verdict.reason))
    )
}

fn use_of(report: &Report, lang: Lang) -> String {
    let mut out = format!("## {}\n\n", lang.of(texts::CHAPTERS[0].1));
    let level = lang.fill(texts::AREAS_ONLY, &[("level", &report.study.level)]);
    for text in [lang.text(&report.purpose), &level, lang.of(texts::ADVICE), lang.of(texts::PEOPLE_NOT_USED)]
    {
        let _ = write!(out, "{}\n\n", line(text));
    }
    let _ = write!(
        out,
        "- {}: {} (`{}`, {})\n- {}: {}\n- {}: {}\n\n",
        lang.of(texts::LEARNER),
        line(lang.text(&report.model.label)),
        report.model.name,
        report.model.kind,
        lang.of(texts::CHAPTERS[2].1),
        report.features.len(),
        lang.of(Pair("bijdragen", "terms")),
        report.model.terms.len()
    );
    out
}

fn figures(report: &Report, lang: Lang) -> String {
    let baseline = report.evaluation.candidate(&report.verdict.baseline);
    let mut out = format!(
        "## {}\n\n{}: {}. {}\n\n| {} | {} | {} |\n|---|---|---|\n",
        lang.of(texts::CHAPTERS[4].1),
        lang.of(texts::ON_LIST),
        capacity(report, lang),
        lang.of(texts::READ_FIGURES),
        lang.of(texts::METRIC),
        cell(label(report, lang, &report.verdict.chosen)),
        cell(label(report, lang, &report.verdict.baseline)),
    );
    for metric in Metric::ALL {
        let figure = |candidate: Option<&crate::backtest::results::CandidateResult>| {
            candidate
                .and_then(|c| c.pooled.get(metric))
                .map_or_else(|| "–".to_owned(), |m| lang.sentence(&m.value, texts::style(metric)))
        };
        let name = lang.of(texts::metric(metric));
        let _ = writeln!(out, "| {name} | {} | {} |", figure(chosen(report)), figure(baseline));
    }
    out.push('\n');
    out
}

fn groups(report: &Report, lang: Lang) -> String {
    let mut out = format!("## {}\n\n", lang.of(texts::CHAPTERS[6].1));
    let tables: Vec<_> =
        report.evaluation.fairness.iter().filter(|t| t.candidate == report.verdict.chosen).collect();
    if tables.is_empty() {
        let _ = write!(out, "{}\n\n", lang.of(texts::NO_AUDIT));
    }
    let fruitless = lang.fill(texts::FRUITLESS, &[("burden", lang.text(&report.study.burden_unit))]);
    for table in tables {
        let _ = write!(
            out,
            "| {} | {} | {} | {} |\n|---|---|---|---|\n",
            cell(lang.text(&table.label)),
            lang.of(texts::SELECTION_RATE),
            lang.of(texts::PRECISION),
            cell(&fruitless)
        );
        for group in table.groups.iter().chain([&table.whole]) {
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} |",
                cell(lang.text(&group.group)),
                lang.sentence(&group.selection_rate, Style::Percent),
                lang.sentence(&group.precision, Style::Percent),
                lang.sentence(&group.fruitless_per_1000, Style::Plain)
            );
        }
        out.push('\n');
    }
    out
}

fn end(report: &Report, lang: Lang) -> String {
    let mut out = format!("## {}\n\n- {}\n", lang.of(texts::CHAPTERS[9].1), line(lang.text(&report.limits)));
    for limit in texts::LIMITS {
        let _ = writeln!(out, "- {}", lang.of(limit));
    }
    let _ = write!(out, "\n## {}\n\n", lang.of(texts::CHAPTERS[10].1));
    for step in &report.replay {
        let _ = write!(out, "{}\n\n```sh\n{}\n```\n\n", line(lang.text(&step.text)), step.command);
    }
    let _ = writeln!(out, "{}", report.software);
    out
}

/// One line: a text of the study cannot start a heading or a list.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One line that does not break a table.
fn cell(text: &str) -> String {
    line(text).replace('|', "\\|")
}
