//! Chapters 10 and 11: limits, and how to replay the run.

use maud::{Markup, html};

use crate::report::facts::Report;
use crate::report::lang::Lang;
use crate::report::page::{head, plain, table};
use crate::report::{methods, texts};

pub(crate) fn limits(report: &Report, lang: Lang) -> Markup {
    let rows: Vec<_> = methods::WORDS
        .iter()
        .map(|(_, name, words)| vec![plain(lang.of(*name)), plain(lang.of(*words))])
        .collect();
    html! {
        p { (lang.text(&report.limits)) }
        ul { @for limit in texts::LIMITS { li { (lang.of(limit)) } } }
        (table(lang.of(texts::METHODS), &head(lang, &[texts::METHOD, texts::MEANING]), &rows))
    }
}

pub(crate) fn replay(report: &Report, lang: Lang) -> Markup {
    let settings = report.evaluation.settings;
    let note = lang.fill(
        texts::REPLAY_NOTE,
        &[
            ("software", &report.software),
            ("seed", &report.study.seed.to_string()),
            ("draws", &settings.draws.to_string()),
        ],
    );
    html! {
        p { (note) }
        ol {
            @for step in &report.replay {
                li { (lang.text(&step.text)) pre { code { (step.command) } } }
            }
        }
    }
}
