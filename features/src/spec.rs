//! What a study asks of this crate: the sources with their column mapping, the time frame, the target and
//! the feature language. These types are the `[sources]`, `[time]`, `[target]` and `[[feature]]` parts of
//! the study file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use models::schema::{Passport, Sign, Text};
use serde::{Deserialize, Serialize};

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitOfStudy {
    /// Each row is a unit (pand) at an as-of date.
    Pand,
    /// Each row is an area of the most detailed level at an as-of date.
    Area,
}

/// Coordinate system in which the study computes distances.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plane {
    /// RD New, EPSG:28992. WGS84 sources are converted.
    #[default]
    Rd,
    /// Metres east and north of the middle of the data (studies outside the Netherlands, WGS84 sources).
    Local,
}

/// `[time]`: the as-of dates, what is predicted, and what is known when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Time {
    /// First as-of date, `YYYY-MM-DD`.
    pub first_as_of: String,
    /// Last as-of date; the scores that are published are of this date.
    pub last_as_of: String,
    /// Distance between as-of dates, such as `"6 months"`, `"28 days"`, `"1 year"`.
    pub step: String,
    /// The outcome is what happens in (as-of, as-of + horizon].
    pub horizon: String,
    /// How long it takes until (nearly) all of that is registered; part of the embargo.
    #[serde(default = "no_delay")]
    pub reporting_delay: String,
    /// Day of extraction: nothing after it can be in the sources.
    pub data_until: String,
    /// First as-of date whose outcome is used for testing only.
    pub test_from: String,
    /// Refit before each test date (`rolling`) or fit once before `test_from` (`single`).
    #[serde(default)]
    pub refit: Refit,
}

fn no_delay() -> String {
    "0 days".to_owned()
}

/// How often a model is fitted again during the test period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refit {
    /// Before each test date, on everything known by then.
    #[default]
    Rolling,
    /// Once, on everything known at `test_from`.
    Single,
}

/// `[target]`: what counts as a find and what is known of units without one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Event source whose counts in the horizon are the finds; may be left out when `visits` tells all.
    pub events: Option<String>,
    /// Value column of that event source to sum instead of its row count.
    pub value: Option<String>,
    /// Visit source that tells found, nothing found and no access.
    pub visits: Option<String>,
    /// What a unit without find and without visit is: `unknown` (a find list or visits), or
    /// `nothing_found` where the events source observes everything (a police count).
    #[serde(default)]
    pub unseen: Unseen,
    /// How rows with an unknown outcome enter training.
    #[serde(default)]
    pub unknown_in_training: UnknownInTraining,
    /// Exposure per row: `one`, or a plain column of the units or areas (for instance `huishoudens`).
    #[serde(default = "one")]
    pub exposure: String,
    /// What exposure is called, for instance nl `panden`, en `buildings`.
    pub exposure_unit: Text,
    /// What a find is called, plural, for instance nl `hennepkwekerijen`, en `cannabis grow sites`.
    pub finds: Text,
}

fn one() -> String {
    "one".to_owned()
}

/// See [`Target::unseen`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unseen {
    /// Nobody looked.
    #[default]
    Unknown,
    /// The source sees everything; no event means nothing found.
    NothingFound,
}

/// See [`Target::unknown_in_training`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownInTraining {
    /// Rows with unknown outcome are left out.
    #[default]
    LeaveOut,
    /// Rows with unknown outcome count as nothing found; the report says so.
    AsNothingFound,
}

/// `[sources.NAME]`: a file (or several of one kind) and how to read it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// What the source holds.
    pub kind: SourceKind,
    /// Path from the study file's folder; several are stacked (one table, for instance one file per year).
    /// `${NAME}` is replaced from the command line's `--data NAME=DIR`.
    #[serde(default, deserialize_with = "one_or_many")]
    pub path: Vec<PathBuf>,
    /// File format; by the ending when left out.
    pub format: Option<Format>,
    /// Layer (table) of a GeoPackage; the only one when left out.
    pub layer: Option<String>,
    /// A ready-made mapping: `pdok_bag_light_pand`, `pdok_bag_light_verblijfsobject`, `cbs_wijk_buurt_kaart`, `cbs_kerncijfers`,
    /// `bag_voorkomens`. What the study gives itself wins over it.
    pub preset: Option<String>,
    /// CSV separator; found from the header when left out.
    pub separator: Option<char>,
    /// `utf-8` or `windows-1252`; UTF-8 unless the bytes are not, then an error that names this setting.
    pub encoding: Option<String>,
    /// Whether numbers have a decimal comma; default no.
    #[serde(default)]
    pub decimal_comma: bool,
    /// Date format (chrono), default `%Y-%m-%d`, also accepting a time behind it.
    pub date_format: Option<String>,
    /// `rd`, `wgs84`, or from the file when left out.
    pub crs: Option<String>,
    /// Column mapping: our field → column of the file. See [`SourceKind`] for the fields.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    /// Numeric value columns to keep: our name → column of the file.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// Category columns to keep: our name → column of the file.
    #[serde(default)]
    pub categories: BTreeMap<String, String>,
    /// Values that mean "withheld by the publisher", besides the CBS marks (`.`, -99997, -99999997 ...).
    #[serde(default)]
    pub secret: Vec<String>,
    /// Values that mean "missing", besides empty.
    #[serde(default)]
    pub missing: Vec<String>,
    /// For units: value of the `status` field that mean the unit exists; all when empty.
    #[serde(default)]
    pub existing_status: Vec<String>,
    /// For visits: our outcome (`found`, `nothing_found`, `no_access`) → values of the `outcome` field.
    #[serde(default)]
    pub outcomes: BTreeMap<String, Vec<String>>,
    /// For visits: our reason (`tip`, `list`, `routine`, `neighbour`, `random`) → values of the `reason` field.
    #[serde(default)]
    pub reasons: BTreeMap<String, Vec<String>>,
    /// For events without a known-from column: known this long after the event, such as `"14 days"`.
    pub known_after: Option<String>,
    /// For events in wide form: column of the file → date on which its count falls.
    #[serde(default)]
    pub periods: BTreeMap<String, String>,
    /// For areas: level of the rows (`buurt`), or the levels nested in one file, most detailed first.
    #[serde(default, deserialize_with = "one_or_many")]
    pub level: Vec<String>,
    /// For areas: cell size in metres of a square grid over the points of `grid_from`, instead of a file.
    pub grid_metres: Option<f64>,
    /// For areas: the source whose points span the grid.
    pub grid_from: Option<String>,
    /// Keep only rows where each of these columns of the file has one of these values; the rest is counted.
    #[serde(default)]
    pub only: BTreeMap<String, Vec<String>>,
}

impl Source {
    /// A source of this kind in which nothing is set yet.
    #[must_use]
    pub fn of_kind(kind: SourceKind) -> Self {
        Self {
            kind,
            path: Vec::new(),
            format: None,
            layer: None,
            preset: None,
            separator: None,
            encoding: None,
            decimal_comma: false,
            date_format: None,
            crs: None,
            columns: BTreeMap::new(),
            values: BTreeMap::new(),
            categories: BTreeMap::new(),
            secret: Vec::new(),
            missing: Vec::new(),
            existing_status: Vec::new(),
            outcomes: BTreeMap::new(),
            reasons: BTreeMap::new(),
            known_after: None,
            periods: BTreeMap::new(),
            level: Vec::new(),
            grid_metres: None,
            grid_from: None,
            only: BTreeMap::new(),
        }
    }
}

/// What a source holds, with the fields that its `columns` may map (those with * are needed).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// `code`*, `name`, `parent`, `x`, `y`; geometry comes from the file. Several levels: one source each, or
    /// `level = ["buurt", "wijk", "gemeente"]` with fields `code`, `wijk_code`, `wijk_name`, `gemeente_code` ...
    Areas,
    /// `id`*, `valid_from`, `valid_to`, `known_from`, `status`, `x`, `y`, `area`; or a point geometry or polygon.
    Units,
    /// `date`* (or `year` and `month`, then the last day of that period; or `periods`), `known_from`, `unit`, `area`, `x`, `y`, `count`.
    Events,
    /// As events, with `outcome`*, `reason`, `list_position`, `probability`.
    Visits,
    /// `area`*, `year`*, `published` (or `known_after` the end of the year).
    Figures,
}

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Comma or semicolon separated; `.csv`, `.csv.gz`.
    Csv,
    /// `.parquet`.
    Parquet,
    /// `.geojson`, `.json`, `.geojson.gz`.
    GeoJson,
    /// `.gpkg`.
    GeoPackage,
}

/// `[[feature]]`: one or more feature columns. A list of windows and of radii gives one column for each
/// combination, named `name_180d`, `name_500m_180d` and so on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureSpec {
    /// Base name: lower case, digits and underscores.
    pub name: String,
    /// What readers see.
    pub label: Text,
    /// Unit of the values.
    #[serde(default)]
    pub unit: String,
    /// How it is made.
    pub from: Aggregate,
    /// Source that it reads; for `column` left out.
    pub source: Option<String>,
    /// Column that it reads: a value column of the events, a plain column, or a published figure.
    pub column: Option<String>,
    /// Over what: the unit itself, its area (of the level in `level`), or everything within the radii.
    #[serde(default)]
    pub over: Over,
    /// Level of the area for `over = "area"`; the most detailed one when left out.
    pub level: Option<String>,
    /// Windows such as `["90 days", "1 year"]`; all of history when empty.
    #[serde(default)]
    pub windows: Vec<String>,
    /// Radii in metres, for `over = "radius"`.
    #[serde(default)]
    pub radii: Vec<f64>,
    /// Distance decay: each event weighs exp(-distance / this many metres).
    pub decay_metres: Option<f64>,
    /// Divide by exposure (and for `shrunken_rate` always).
    #[serde(default)]
    pub per_exposure: bool,
    /// Also give a 0/1 column `name_missing`.
    #[serde(default)]
    pub missing_flag: bool,
    /// Required direction, if any.
    pub sign: Option<Sign>,
    /// Papers; `known_from` and `definition` are filled in by the pipeline.
    pub passport: Passport,
}

/// How a feature is made from its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    /// Number of events (sum of their `count`).
    Count,
    /// 1 when there is any event, else 0.
    Any,
    /// Days from the last event to the as-of date; missing when there is none.
    DaysSince,
    /// Mean of `column` over the events; missing when there is none.
    Mean,
    /// Sum of `column` over the events.
    Sum,
    /// `column` of the last event; missing when there is none.
    Last,
    /// Events per unit of exposure and year over the window, shrunk to the overall rate by a
    /// gamma-Poisson prior that is fitted on what is known at the as-of date.
    ShrunkenRate,
    /// A plain column of the unit (or of the area) as it was at the as-of date.
    Column,
    /// As of the as-of date, years since the year in `column` (building age).
    YearsSince,
    /// The newest figure of `column` published before the as-of date for the unit's area.
    Published,
}

/// Over what events are gathered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Over {
    /// The unit itself (the area itself in an area study).
    #[default]
    Unit,
    /// All events in the area that the unit lies in.
    Area,
    /// All events within a radius of the unit (of the area's inner point in an area study); the unit's own too.
    Radius,
}

/// Reads a single value or a list of them.
fn one_or_many<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany<T> {
        One(T),
        Many(Vec<T>),
    }
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(one) => vec![one],
        OneOrMany::Many(many) => many,
    })
}
