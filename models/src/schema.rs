//! The feature schema: what each input column is, in which unit, and why it may be used.

use serde::{Deserialize, Serialize};

/// A text that planners and auditors see: Dutch first, English second.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Plain Dutch (B1).
    pub nl: String,
    /// English.
    pub en: String,
}

/// The columns that a model reads, in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// One entry per input column; the position is the column number.
    pub features: Vec<Feature>,
}

/// One input column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// Column name: lower case, digits and underscores.
    pub name: String,
    /// What readers see.
    pub label: Text,
    /// Unit of the values (`m²`, `days`, `finds`, `%`; empty for a flag or a category).
    pub unit: String,
    /// How the values are to be read.
    pub kind: FeatureKind,
    /// Where the column comes from and why it may be used.
    pub passport: Passport,
}

/// How the values of a column are to be read. Missing is always NaN.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, tag = "type")]
pub enum FeatureKind {
    /// A number on a continuous scale.
    Continuous,
    /// A number of events or things, 0 or more; skewed, so linear learners read `ln(1 + x)`.
    Count,
    /// A number of events per unit of exposure, 0 or more; skewed, so linear learners read `ln(0.001 + x)`.
    Rate,
    /// 0 or 1.
    Flag,
    /// A category; the value is the position in `categories`, a value not in the list is missing.
    Nominal {
        /// Names of the categories, in a fixed order.
        categories: Vec<String>,
    },
}

/// Required direction of a feature's effect on the risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// More of it never lowers the score.
    Rising,
    /// More of it never raises the score.
    Falling,
}

/// The papers of a feature. Training refuses a feature without them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passport {
    /// Why the feature is in the model.
    pub purpose: String,
    /// The source (register, table, column) it is made from.
    pub source: String,
    /// The legal basis for using it.
    pub legal_basis: String,
    /// When a value counts as known; filled in by the pipeline from the study.
    #[serde(default)]
    pub known_from: Text,
    /// How it is computed, in words; filled in by the pipeline from the study.
    #[serde(default)]
    pub definition: Text,
    /// Required direction, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign: Option<Sign>,
}
