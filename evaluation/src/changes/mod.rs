//! Two releases side by side: what changed in data, features, model, figures, lists and groups.
//!
//! # The big picture
//!
//! [`changes`] takes two [`Side`]s, a release and a later one, and gives [`Changes`]. Two figures are called *apart*
//! when their intervals do not overlap: less often said than a test would, and never by noise alone. Only where both
//! releases tested the same areas in the same periods there is a paired difference ([`paired`]). [`page()`] is the same as
//! a page, Dutch first.

mod figures;
mod lists;
mod page;
mod paired;

use models::Schema;
use models::bundle::Scores;
use serde::{Deserialize, Serialize};

pub use figures::{FigureChange, GroupChange};
pub use lists::{ListChange, Move};
pub use page::page;
pub use paired::{AreaPeriods, PairedChange, paired};

use crate::report::Report;

/// A release, as its bundle tells it.
#[derive(Clone, Debug)]
pub struct Side<'a> {
    /// The report.
    pub report: &'a Report,
    /// The scores.
    pub scores: &'a Scores,
    /// The columns of the model.
    pub schema: &'a Schema,
    /// Expected and found per published area and test period.
    pub history: Vec<AreaPeriods<'a>>,
    /// SHA-256 of the manifest.
    pub manifest: &'a str,
}

/// What a release is called.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Title of the study.
    pub title: models::Text,
    /// As-of date of the scores.
    pub as_of: String,
    /// Day of extraction of the data.
    pub data_until: String,
    /// Name of the chosen model.
    pub model: String,
    /// Whether the success rule was met.
    pub released: bool,
    /// As-of dates of the test periods.
    pub tested: Vec<String>,
    /// SHA-256 of the manifest.
    pub manifest: String,
}

/// Rows of a source, before and after; absent where a release does not have the source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceChange {
    /// Name of the source.
    pub name: String,
    /// Rows kept.
    pub rows: (Option<u64>, Option<u64>),
    /// Whether the files are the same, byte for byte.
    pub same_files: bool,
}

/// Features that came, went or changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureChanges {
    /// Columns of the new release only.
    pub added: Vec<String>,
    /// Columns of the old release only.
    pub removed: Vec<String>,
    /// Columns of both whose label, unit, kind or passport differs.
    pub changed: Vec<String>,
}

/// Everything that changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Changes {
    /// The old and the new release.
    pub releases: (Release, Release),
    /// Rows per source.
    pub sources: Vec<SourceChange>,
    /// Settings of the study that differ, in words (English, as the study file's keys are).
    pub settings: Vec<String>,
    /// The features.
    pub features: FeatureChanges,
    /// Learners that were tried, old and new.
    pub learners: (Vec<String>, Vec<String>),
    /// Figures of the chosen models over all test rows.
    pub metrics: Vec<FigureChange>,
    /// New minus old on the same areas and periods; absent where there are none.
    pub paired: Option<PairedChange>,
    /// The lists per level.
    pub lists: Vec<ListChange>,
    /// Areas whose rank moved beyond the noise, largest move first.
    pub moves: Vec<Move>,
    /// Areas that both releases rank.
    pub ranked_in_both: u64,
    /// Areas whose drawn borders differ.
    pub borders: u64,
    /// Figures per group.
    pub groups: Vec<GroupChange>,
}

/// Compares an old release with a new one. `settings` and `borders` are what the caller found in study and map.
#[must_use]
pub fn changes(old: &Side<'_>, new: &Side<'_>, settings: Vec<String>, borders: u64) -> Changes {
    let (moves, ranked_in_both) = lists::moves(old.scores, new.scores);
    Changes {
        releases: (release(old), release(new)),
        sources: sources(old.report, new.report),
        settings,
        features: features(old.schema, new.schema),
        learners: (learners(old.report), learners(new.report)),
        metrics: figures::metrics(old.report, new.report),
        paired: paired(&old.history, &new.history, new.report.study.seed),
        lists: lists::lists(old.scores, new.scores),
        moves,
        ranked_in_both,
        borders,
        groups: figures::groups(old.report, new.report),
    }
}

fn release(side: &Side<'_>) -> Release {
    let report = side.report;
    Release {
        title: report.title.clone(),
        as_of: side.scores.as_of.clone(),
        data_until: report.study.data_until.clone(),
        model: report.model.name.clone(),
        released: report.verdict.released,
        tested: report.splits.iter().map(|split| split.test_as_of.clone()).collect(),
        manifest: side.manifest.to_owned(),
    }
}

fn learners(report: &Report) -> Vec<String> {
    report.evaluation.candidates.iter().map(|candidate| candidate.name.clone()).collect()
}

fn sources(old: &Report, new: &Report) -> Vec<SourceChange> {
    let of = |report: &Report, name: &str| {
        let input = report.inputs.iter().find(|input| input.kind != "study" && input.name == name)?;
        let hashes: Vec<String> = input.files.iter().map(|file| file.sha256.clone()).collect();
        Some((input.rows_kept, hashes))
    };
    let names = |report: &Report| -> Vec<String> {
        report.inputs.iter().filter(|input| input.kind != "study").map(|input| input.name.clone()).collect()
    };
    let mut all = names(old);
    all.extend(names(new));
    all.sort();
    all.dedup();
    let change = |name: String| {
        let (then, now) = (of(old, &name), of(new, &name));
        let rows = (then.as_ref().map(|own| own.0), now.as_ref().map(|own| own.0));
        SourceChange { rows, same_files: then.map(|own| own.1) == now.map(|own| own.1), name }
    };
    all.into_iter().map(change).collect()
}

fn features(old: &Schema, new: &Schema) -> FeatureChanges {
    let of = |schema: &Schema, name: &str| schema.features.iter().find(|f| f.name == name).cloned();
    let only = |here: &Schema, there: &Schema| -> Vec<String> {
        here.features.iter().map(|f| f.name.clone()).filter(|name| of(there, name).is_none()).collect()
    };
    let changed = old.features.iter().filter(|f| of(new, &f.name).is_some_and(|other| other != **f));
    FeatureChanges {
        added: only(new, old),
        removed: only(old, new),
        changed: changed.map(|f| f.name.clone()).collect(),
    }
}
