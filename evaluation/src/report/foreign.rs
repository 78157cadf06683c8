//! A model of others, measured beside the learners of the study: what it is, and how its figures must be read.

use maud::{Markup, html};
use models::Text;
use serde::{Deserialize, Serialize};

use crate::report::facts::{FileHash, Report};
use crate::report::lang::{Lang, Pair};
use crate::report::page::{head, plain, table};

pub(crate) const ROLE: Pair = Pair("model van elders", "foreign model");
const CAPTION: Pair = Pair("Een model van elders", "A foreign model");
const NOTE: Pair = Pair(
    "“{model}” is door anderen gemaakt en is getoetst zoals het is, op dezelfde rijen als de andere methoden. Het is niet opnieuw geleerd, en het is niet bekend van welke gegevens het heeft geleerd. Als daar gegevens uit een toetsperiode bij waren, dan zijn de cijfers van die periode te gunstig. Eerlijk zijn alleen de perioden na de laatste gegevens waarvan het heeft geleerd.",
    "“{model}” was made by others and was tested as it is, on the same rows as the other methods. It was not fitted again, and it is not known from which data it learned. If these held data of a test period, then the figures of that period are too good. Only the periods after the last data from which it learned are a fair test.",
);
const PASSES: Pair = Pair(
    "Het zou de vooraf vastgelegde regel halen, als zijn cijfers eerlijk zijn.",
    "It would meet the rule that was locked beforehand, if its figures are fair.",
);
const FAILS: Pair = Pair(
    "Het haalt de vooraf vastgelegde regel niet.",
    "It does not meet the rule that was locked beforehand.",
);
const NEVER: Pair = Pair(
    "Het wordt niet gekozen en niet vrijgegeven: het kan zijn uitkomsten niet uitleggen. Er zijn dus geen grafieken van wat elk kenmerk doet. De scores van de gebieden komen van het gekozen model van de studie.",
    "It is not chosen and not released: it cannot explain its results. So there are no pictures of what each feature does. The scores of the areas come from the chosen model of the study.",
);
const WHAT: Pair = Pair("Wat", "What");
const VALUE: Pair = Pair("Gegeven", "Value");
const FILE: Pair = Pair("Bestand", "File");
const BACKEND: Pair = Pair("Gedraaid met", "Run with");
const INPUTS: Pair = Pair("Leest de kenmerken", "Reads the features");
const OUTPUT: Pair = Pair("Verwacht aantal uit de uitvoer", "Expected number from the output");

/// A model of others that was measured beside the learners.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignModel {
    /// Name of the candidate in the figures.
    pub name: String,
    /// What readers see.
    pub label: Text,
    /// The ONNX file.
    pub file: FileHash,
    /// What ran it.
    pub backend: String,
    /// Names of the features that it reads.
    pub inputs: Vec<String>,
    /// Name of the output that was taken for the expected number.
    pub output: String,
}

/// Whether this candidate is the foreign one.
pub(crate) fn is_foreign(report: &Report, candidate: &str) -> bool {
    report.foreign.as_ref().is_some_and(|own| own.name == candidate)
}

/// What it is and what must be known of it, where there is one.
pub(crate) fn section(report: &Report, lang: Lang) -> Markup {
    let Some(own) = &report.foreign else { return html! {} };
    let passes = report.verdict.table.iter().any(|row| row.candidate == own.name && row.passes);
    let line = |what: Pair, value: &str| vec![plain(lang.of(what)), plain(value)];
    let rows = [
        line(FILE, &own.file.path),
        vec![plain("SHA-256"), html! { code { (own.file.sha256) } }],
        line(BACKEND, &own.backend),
        line(INPUTS, &own.inputs.join(", ")),
        line(OUTPUT, &own.output),
    ];
    html! {
        h3 { (lang.of(CAPTION)) }
        p { (lang.fill(NOTE, &[("model", lang.text(&own.label))])) }
        p { (lang.of(if passes { PASSES } else { FAILS })) " " (lang.of(NEVER)) }
        (table(lang.of(CAPTION), &head(lang, &[WHAT, VALUE]), &rows))
    }
}
