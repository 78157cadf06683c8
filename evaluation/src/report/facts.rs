//! What the report holds: `report.json`.

use models::bundle::AreaScore;
use models::{Feature, Text};
use serde::{Deserialize, Serialize};

use crate::backtest::input::UnknownReading;
use crate::backtest::results::Evaluation;
use crate::backtest::rule::Rule;
use crate::backtest::verdict::Verdict;
use crate::estimate::{Estimate, method};
use crate::mitigation::Weighing;
use crate::report::elsewhere::Elsewhere;
use crate::report::foreign::ForeignModel;
use crate::report::left_out::LeftOut;
use crate::report::price::Price;
use crate::report::terms::ModelSummary;

/// Format of `report.json`.
pub const FORMAT: &str = "zichtlijn-report/3";

/// JSON Schema (2020-12) of `report.json`, which goes into every bundle.
pub const SCHEMA: &str = include_str!("../../schema/report-3.schema.json");

/// Everything that the report says; both pages, the model card and the register record follow from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// [`FORMAT`].
    pub format: String,
    /// Title of the study.
    pub title: Text,
    /// What the model is for.
    pub purpose: Text,
    /// What it cannot show.
    pub limits: Text,
    /// Time frame, unit and target.
    pub study: StudyFacts,
    /// Files, with hashes and what became of their rows.
    pub inputs: Vec<InputFile>,
    /// The columns that the models may read, with their papers.
    pub features: Vec<FeaturePassport>,
    /// Words that the guard refuses in a model input.
    pub protected: Vec<String>,
    /// Attributes that were used only to measure fairness.
    pub audit_attributes: Vec<Text>,
    /// The success rule and the hash of its text.
    pub rule: LockedRule,
    /// What the rule says.
    pub verdict: Verdict,
    /// The temporal splits.
    pub splits: Vec<SplitFacts>,
    /// All figures.
    pub evaluation: Evaluation,
    /// Whether neighbours are wrong in the same way, at rising distances; empty where areas have no place.
    #[serde(default)]
    pub residuals: Vec<ResidualLikeness>,
    /// The chosen model, fitted again on all that is known.
    pub model: ModelSummary,
    /// The other learners, fitted likewise.
    #[serde(default)]
    pub others: Vec<ModelSummary>,
    /// What the challengers add to the chosen model: the price of being readable.
    #[serde(default)]
    pub price: Vec<Price>,
    /// Learners and challengers that the rows could not carry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// A model of others that was measured beside the learners.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign: Option<ForeignModel>,
    /// The chosen model in parts of town that it never saw, where the study asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<Elsewhere>,
    /// Other lists than the chosen model's, per audit attribute, with their price.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Weighing>,
    /// How far the backends differ.
    pub parity: Vec<ParityCheck>,
    /// The areas at the top.
    pub areas: TopAreas,
    /// The commands that replay the run.
    pub replay: Vec<ReplayStep>,
    /// Name and version of this software.
    pub software: String,
}

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowUnit {
    /// A pand at an as-of date.
    Pand,
    /// An area at an as-of date.
    Area,
}

/// The study in facts. Dates are `YYYY-MM-DD`, lengths as the study writes them (`6 months`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudyFacts {
    /// Name of the study.
    pub name: String,
    /// What a row is about.
    pub unit: RowUnit,
    /// Lowest level that is published.
    pub level: String,
    /// First as-of date.
    pub first_as_of: String,
    /// Last as-of date.
    pub last_as_of: String,
    /// Distance between as-of dates.
    pub step: String,
    /// Length of the period that is predicted.
    pub horizon: String,
    /// How long registration takes; horizon and delay together are the embargo.
    pub reporting_delay: String,
    /// First as-of date that is used for testing only.
    pub test_from: String,
    /// Day of extraction.
    pub data_until: String,
    /// Whether the model is fitted again before each test date.
    pub refit: bool,
    /// What finds are called, plural.
    pub finds: Text,
    /// Unit of exposure.
    pub exposure_unit: Text,
    /// What fruitless visits are counted per 1,000 of.
    pub burden_unit: Text,
    /// Whether a row without a find and without a visit is unknown (else the source sees everything).
    pub unseen_is_unknown: bool,
    /// How rows with an unknown outcome entered training.
    pub unknown_in_training: UnknownReading,
    /// Seed of the run.
    pub seed: u64,
}

/// A source of the study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputFile {
    /// Name in the study.
    pub name: String,
    /// What it holds: `areas`, `units`, `events`, `visits`, `figures` or `study`.
    pub kind: String,
    /// Its files.
    pub files: Vec<FileHash>,
    /// Rows read.
    pub rows_read: u64,
    /// Rows kept.
    pub rows_kept: u64,
    /// Rows left out, by reason; with `rows_kept` they add up to `rows_read`.
    pub dropped: Vec<Dropped>,
    /// What the checks found.
    pub findings: Vec<Finding>,
}

/// A file with its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileHash {
    /// File name, without the machine's folders.
    pub path: String,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// Size in bytes.
    pub bytes: u64,
}

/// Rows left out for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dropped {
    /// Why.
    pub reason: Text,
    /// How many.
    pub rows: u64,
}

/// Something that the checks found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What it is.
    pub message: Text,
    /// Rows concerned.
    pub rows: u64,
}

/// How bad a finding is. Errors stop a run, so a report holds none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Should be looked at.
    Warning,
}

/// A model input with its papers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeaturePassport {
    /// Name, label, unit, kind and passport.
    pub feature: Feature,
    /// Share of the training rows without a value.
    pub share_missing: Estimate,
}

/// The rule as it was locked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedRule {
    /// The rule.
    pub rule: Rule,
    /// SHA-256 of the rule's text, taken before any test figure was computed.
    pub sha256: String,
}

/// A temporal split.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitFacts {
    /// Number of the split, as in [`crate::RowCounts::period`].
    pub number: u32,
    /// First as-of date that trained.
    pub train_from: String,
    /// Last as-of date that trained.
    pub train_until: String,
    /// Rows that trained.
    pub train_rows: u64,
    /// Finds in them.
    pub train_finds: u64,
    /// Day by which a training outcome had to be known.
    pub known_by: String,
    /// As-of date of the test rows.
    pub test_as_of: String,
    /// Last day of the tested period.
    pub test_until: String,
}

/// Moran's I of what the chosen model leaves over per area, for neighbours within one distance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResidualLikeness {
    /// Areas nearer than this are neighbours, metres.
    pub distance: f64,
    /// Pairs of neighbours.
    pub pairs: u64,
    /// Areas with at least one find expected or found.
    pub areas: u64,
    /// Moran's I of (found - expected) / √expected.
    pub i: f64,
    /// What it is when neighbours have nothing in common.
    pub expected: f64,
    /// Chance of an I at least as large when areas change places.
    pub p: f64,
    /// Number of times that they changed places.
    pub draws: u64,
}

/// How far a backend is from the native computation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParityCheck {
    /// For instance `tract` or `onnxruntime`, with its version.
    pub backend: String,
    /// Rows compared.
    pub rows: u64,
    /// Largest absolute difference of score and contributions.
    pub largest_difference: f64,
    /// What is allowed.
    pub tolerance: f64,
}

/// The top of the published areas of the lowest level.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopAreas {
    /// As-of date of the scores.
    pub as_of: String,
    /// Last day of the scored period.
    pub until: String,
    /// The areas by rank.
    pub areas: Vec<TopArea>,
    /// Areas of the level with a published score.
    pub published: u64,
    /// Areas of the level whose score is suppressed.
    pub suppressed: u64,
}

/// An area at the top; suppressed areas are never here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopArea {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Rank, 1 is the highest expected number.
    pub rank: u32,
    /// Best and worst rank of the 90 % interval.
    pub rank_interval: (u32, u32),
    /// Expected finds with the 90 % interval of the number of finds; `n` is the number of units.
    pub expected: Estimate,
}

impl TopArea {
    /// From a published score; `None` when it is suppressed.
    #[must_use]
    pub fn of(score: &AreaScore) -> Option<Self> {
        let figures = score.figures.as_ref().filter(|_| score.suppressed.is_none())?;
        Some(Self {
            code: score.code.clone(),
            name: score.name.clone(),
            rank: figures.rank,
            rank_interval: (figures.rank_low, figures.rank_high),
            expected: Estimate::new(
                Some(figures.expected),
                Some((figures.low, figures.high)),
                figures.units.into(),
                method::SCORE_INTERVAL,
            ),
        })
    }
}

/// A step of the replay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplayStep {
    /// What it does.
    pub text: Text,
    /// What to type.
    pub command: String,
}
