//! The bundle on disk: file names, their contents as types, hashes, and writing that loses nothing.
//!
//! [`Writer`] makes a bundle aside and swaps it into place in one step, so that a run killed at any moment
//! leaves the old bundle or the new one, whole. [`Bundle::open`] reads one and believes nothing: every file
//! must be in the manifest with its SHA-256, and no other file may be there.

mod error;
mod files;
mod inspect;
mod reader;
mod selftest;
#[cfg(test)]
mod tests;
mod writer;

pub use error::BundleError;
pub use inspect::Inspection;
pub use reader::Bundle;
pub use writer::Writer;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::schema::Text;

/// What [`Manifest::format`] says.
pub const FORMAT: &str = "zichtlijn-bundle/1";
/// The file with the hashes of all others.
pub const MANIFEST: &str = "manifest.json";
/// The readable model.
pub const MODEL: &str = "model.json";
/// The same model as ONNX.
pub const ONNX: &str = "model.onnx";
/// Input columns, units, kinds, passports.
pub const SCHEMA: &str = "schema.json";
/// Published areas as GeoJSON in CRS84.
pub const AREAS: &str = "areas.geojson";
/// Figures per area.
pub const SCORES: &str = "scores.json";
/// Made-up rows with expected outputs.
pub const SELFTEST: &str = "selftest.json";
/// What every bundle holds beside the manifest.
pub const REQUIRED: [&str; 6] = [MODEL, ONNX, SCHEMA, AREAS, SCORES, SELFTEST];

/// `manifest.json`: what the bundle is, from what it was made, and the SHA-256 of every other file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// `zichtlijn-bundle/1`.
    pub format: String,
    /// Name of the study.
    pub study: String,
    /// Title of the study.
    pub title: Text,
    /// As-of date of the scores, `YYYY-MM-DD`.
    pub as_of: String,
    /// First day after the scored period's start and its last day, `YYYY-MM-DD`: the scores expect finds in `(as_of, until]`.
    pub until: String,
    /// Lowest published area level: `buurt`, `wijk` or `gemeente`.
    pub level: String,
    /// Name of the chosen model.
    pub model: String,
    /// What one find is called, singular and plural are up to the text.
    pub finds: Text,
    /// Unit of exposure, for instance `panden` or `huishoudens`.
    pub exposure_unit: Text,
    /// Areas with fewer units than this show no figures, whoever serves the bundle. 0 in bundles of before this key.
    #[serde(default)]
    pub minimum_units: u32,
    /// Whether the locked success rule was met.
    pub release: Release,
    /// Version of this software.
    pub software: String,
    /// SHA-256 of the study file and of each input file, by the name used in the study.
    pub inputs: BTreeMap<String, String>,
    /// SHA-256 of each file of the bundle, by path inside it with `/`.
    pub files: BTreeMap<String, String>,
}

/// The decision about release, with its reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// True when the success rule, locked beforehand, was met.
    pub released: bool,
    /// Why, in words.
    pub reason: Text,
}

/// `scores.json`: the published figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scores {
    /// As-of date, `YYYY-MM-DD`.
    pub as_of: String,
    /// Number of areas that "top k" speaks of, per level.
    pub top_k: BTreeMap<String, usize>,
    /// All areas of all published levels, sorted by level, then code.
    pub areas: Vec<AreaScore>,
}

/// The figures of one area. Where `suppressed` is set, `figures` and `reasons` are absent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AreaScore {
    /// CBS code, such as `BU99990101`.
    pub code: String,
    /// Name of the area.
    pub name: String,
    /// `buurt`, `wijk` or `gemeente` (or a study's own level name).
    pub level: String,
    /// Code of the area it lies in, if any.
    pub parent: Option<String>,
    /// The figures, unless suppressed.
    pub figures: Option<Figures>,
    /// The strongest reasons, strongest first; empty when suppressed.
    pub reasons: Vec<Reason>,
    /// Why there are no figures.
    pub suppressed: Option<Suppression>,
}

/// Why an area has no figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Suppression {
    /// Fewer units than the study's disclosure rule asks for.
    TooFewUnits,
    /// Withheld because another area could be worked out from it.
    Complementary,
}

/// What is published about an area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// Number of units (panden, or 1 for an area study).
    pub units: u32,
    /// Exposure (panden, households) at the as-of date.
    pub exposure: f64,
    /// Expected number of finds in the scored period.
    pub expected: f64,
    /// 90 % interval of the number of finds: model uncertainty and count noise together.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Expected finds per 1,000 units of exposure.
    pub rate_per_1000: f64,
    /// Rank within the level, 1 = highest expected number.
    pub rank: u32,
    /// 90 % interval of the rank: best.
    pub rank_low: u32,
    /// 90 % interval of the rank: worst.
    pub rank_high: u32,
    /// Chance (0 to 1) that the area belongs in the top k of its level.
    pub chance_top_k: f64,
    /// Class of the area.
    pub class: Class,
}

/// Class of an area for maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Well below the mean.
    Low,
    /// About the mean.
    Middle,
    /// Above the mean.
    Raised,
    /// Among the highest.
    High,
    /// The interval is too wide to say.
    NotEnoughData,
}

/// One reason for an area's score: the mean contribution of a term over the area's units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Name of the term.
    pub term: String,
    /// Mean contribution on the model's own scale, relative to the mean over all areas.
    pub contribution: f64,
    /// The reason in words.
    pub text: Text,
}

/// `selftest.json`: made-up rows with the outputs they must give.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SelfTest {
    /// Feature rows in schema order; `null` for missing.
    pub rows: Vec<Vec<Option<f32>>>,
    /// Expected `score` per row.
    pub scores: Vec<f64>,
    /// Expected `contributions` per row, one per term.
    pub contributions: Vec<Vec<f64>>,
}
