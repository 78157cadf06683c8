//! The study file: one TOML file that says what is predicted, from which sources, with which features,
//! by which learners, and by which rule success is measured.

mod validate;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use evaluation::{Rule, UnknownReading};
use features::spec::{FeatureSpec, Plane, Source, Target, Time, UnitOfStudy, UnknownInTraining};
use models::learner::{ChallengerSpec, LearnerSpec};
use models::{Outcome, Text};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::place::Place;

/// A study, read from its file and checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StudyFile {
    /// Names, texts and the unit.
    pub(crate) study: About,
    /// The as-of dates.
    pub(crate) time: Time,
    /// What counts as a find.
    pub(crate) target: Target,
    /// The sources by name.
    pub(crate) sources: BTreeMap<String, Source>,
    /// The features.
    pub(crate) feature: Vec<FeatureSpec>,
    /// Attributes that only measure fairness.
    #[serde(default)]
    pub(crate) audit: Vec<Audit>,
    /// The learners to try.
    pub(crate) learner: Vec<LearnerSpec>,
    /// Models without readable form, measured beside the learners and never released.
    #[serde(default)]
    pub(crate) challenger: Vec<ChallengerSpec>,
    /// The success rule, locked before the test.
    pub(crate) rule: Rule,
    /// Whether the chosen learner is tried in parts of town that it never saw.
    pub(crate) space: Option<Space>,
    /// What may be published.
    #[serde(default)]
    pub(crate) disclosure: Disclosure,
}

/// `[study]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct About {
    /// Short name: lower case, digits, `-` and `_`.
    pub(crate) name: String,
    /// Title for readers.
    pub(crate) title: Text,
    /// What the study is for.
    pub(crate) purpose: Text,
    /// What it can and cannot show.
    pub(crate) limits: Text,
    /// What a row is about.
    pub(crate) unit: UnitOfStudy,
    /// Lowest published area level.
    pub(crate) level: String,
    /// Seed of everything that is drawn.
    pub(crate) seed: u64,
    /// The plane in which distances are measured.
    #[serde(default)]
    pub(crate) plane: Plane,
}

/// `[[audit]]`: an attribute of areas or units by which fairness is measured, never a model input.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Audit {
    /// Short name.
    pub(crate) name: String,
    /// What readers see.
    pub(crate) label: Text,
    /// A `figures` source; left out when `column` is a plain column of the areas or units.
    pub(crate) source: Option<String>,
    /// The figure or column.
    pub(crate) column: String,
    /// Level of the areas that the figures are about; the most detailed one when left out.
    pub(crate) level: Option<String>,
    /// Number of equally large groups; a category column makes one group per category.
    #[serde(default = "four")]
    pub(crate) groups: usize,
}

fn four() -> usize {
    4
}

/// `[space]`: parts of town that are left out of training whole, and then tested.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Space {
    /// Area level of a part, for instance `wijk`.
    pub(crate) level: String,
    /// Parts are left out one by one, or, when there are more, dealt over this many folds.
    #[serde(default = "five")]
    pub(crate) folds: u32,
    /// Areas whose middle lies within so many metres of a tested area's middle do not train either.
    #[serde(default)]
    pub(crate) border_metres: f64,
}

fn five() -> u32 {
    5
}

/// `[disclosure]`: what may be published.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Disclosure {
    /// Areas with fewer units than this are withheld; see [`StudyFile::minimum_units`] for when it is left out.
    pub(crate) minimum_units: Option<u32>,
    /// Number of areas that "top k" speaks of, per level.
    #[serde(default)]
    pub(crate) top_k: BTreeMap<String, usize>,
}

/// Panden that an area must have, where the study does not say.
const MINIMUM_PANDEN: u32 = 50;

impl StudyFile {
    /// Whether a row with this outcome says something: it is known, or the study reads unknown as nothing found.
    pub(crate) fn counts(&self, outcome: Outcome) -> bool {
        outcome.known().is_some() || self.target.unknown_in_training == UnknownInTraining::AsNothingFound
    }

    /// Areas with fewer units than this are withheld: 50 panden where the study does not say. In a study of areas an
    /// area is one unit, and 1 withholds only what does not exist.
    pub(crate) fn minimum_units(&self) -> u32 {
        self.disclosure.minimum_units.unwrap_or(match self.study.unit {
            UnitOfStudy::Pand => MINIMUM_PANDEN,
            UnitOfStudy::Area => 1,
        })
    }
}

/// A study with where it came from.
#[derive(Clone, Debug)]
pub(crate) struct Study {
    /// The contents.
    pub(crate) file: StudyFile,
    /// Path of the study file.
    pub(crate) path: PathBuf,
    /// The text itself, for the bundle.
    pub(crate) text: String,
    /// SHA-256 of the text.
    pub(crate) sha256: String,
    /// SHA-256 of the `[rule]` part as written: what was locked.
    pub(crate) rule_sha256: String,
}

/// What is wrong with a study file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StudyError {
    /// The file cannot be read.
    #[error(
        "cannot read the study file {path}: {cause}. Give the path of a study file, for instance training/studies/haaglanden.toml"
    )]
    Unreadable { path: PathBuf, cause: std::io::Error },
    /// The file is not UTF-8.
    #[error("{path} is not UTF-8 text at byte {at}. Save the study file as UTF-8")]
    NotUtf8 { path: PathBuf, at: usize },
    /// The file is not a study.
    #[error("{place}: {message}{remedy}")]
    Invalid { place: Place, message: String, remedy: String },
}

impl Study {
    /// How the figures read rows with an unknown outcome: as the learners did.
    pub(crate) fn reading(&self) -> UnknownReading {
        match self.file.target.unknown_in_training {
            UnknownInTraining::LeaveOut => UnknownReading::LeftOut,
            UnknownInTraining::AsNothingFound => UnknownReading::AsNothingFound,
        }
    }

    /// Reads and checks a study file.
    ///
    /// # Errors
    /// When it cannot be read, is no TOML, has unknown or missing keys, or refers to names that it does not define.
    pub(crate) fn read(path: &Path) -> Result<Self, StudyError> {
        let bytes =
            std::fs::read(path).map_err(|cause| StudyError::Unreadable { path: path.to_owned(), cause })?;
        let text = String::from_utf8(bytes)
            .map_err(|e| StudyError::NotUtf8 { path: path.to_owned(), at: e.utf8_error().valid_up_to() })?;
        Self::parse(path, text)
    }

    /// Checks the text of a study whose paths count from where `path` lies; no file need be there.
    ///
    /// # Errors
    /// As [`Study::read`].
    pub(crate) fn parse(path: &Path, text: String) -> Result<Self, StudyError> {
        let file: StudyFile = toml::from_str(&text).map_err(|e| invalid_toml(path, &text, &e))?;
        validate::validate(&file).map_err(|fault| StudyError::Invalid {
            place: Place::of_text(path, &text, fault.find(&text)),
            message: fault.message,
            remedy: fault.remedy,
        })?;
        let sha256 = hex(&Sha256::digest(text.as_bytes()));
        let rule_sha256 = hex(&Sha256::digest(rule_part(&text).as_bytes()));
        Ok(Self { file, path: path.to_owned(), text, sha256, rule_sha256 })
    }

    /// The folder from which the study's paths are meant.
    pub(crate) fn base(&self) -> &Path {
        match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        }
    }
}

/// The `[rule]` table as written, to the next table.
fn rule_part(text: &str) -> String {
    text.lines()
        .skip_while(|line| line.trim() != "[rule]")
        .enumerate()
        .take_while(|(i, line)| *i == 0 || !line.starts_with('['))
        .map(|(_, line)| format!("{}\n", line.trim_end()))
        .collect()
}

/// Bytes as lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn invalid_toml(path: &Path, text: &str, error: &toml::de::Error) -> StudyError {
    let span: Option<Range<usize>> = error.span();
    let line =
        span.as_ref().and_then(|s| line_at(text, s.start)).map_or(String::new(), |l| format!(" in `{l}`"));
    let message = error.message().lines().collect::<Vec<_>>().join("; ") + &line;
    let remedy = suggestion(&message).map_or(String::new(), |s| format!(". Did you mean `{s}`?"));
    StudyError::Invalid { place: Place::of_text(path, text, span.map(|s| s.start)), message, remedy }
}

/// The line around this byte, cut where it gets long.
fn line_at(text: &str, at: usize) -> Option<String> {
    let start = text.get(..at)?.rfind('\n').map_or(0, |i| i + 1);
    let line = text[start..].lines().next()?.trim();
    (!line.is_empty()).then(|| line.chars().take(60).collect())
}

/// For "unknown field `x`, expected one of `a`, `b`": the nearest of the expected names.
fn suggestion(message: &str) -> Option<String> {
    let rest =
        message.strip_prefix("unknown field `").or_else(|| message.strip_prefix("unknown variant `"))?;
    let (unknown, expected) = rest.split_once('`')?;
    let names: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    nearest(unknown, &names).map(str::to_owned)
}

/// The name most like this one, if any is alike.
pub(crate) fn nearest<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    names
        .iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), *candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../studies/voorbeeldstad.toml");

    #[test]
    fn the_example_study_is_valid() {
        let study = Study::parse(Path::new("voorbeeldstad.toml"), EXAMPLE.to_owned()).unwrap();
        assert_eq!(study.file.study.name, "voorbeeldstad");
        assert!(rule_part(EXAMPLE).starts_with("[rule]\nmetric"));
        assert!(!rule_part(EXAMPLE).contains("disclosure"));
    }

    #[test]
    fn an_unknown_key_is_placed_and_gets_a_suggestion() {
        let text = EXAMPLE.replace("horizon = ", "horizn = ");
        let error = Study::parse(Path::new("s.toml"), text).unwrap_err().to_string();
        assert!(
            error.contains("s.toml, line") && error.contains("horizn") && error.contains("`horizon`"),
            "{error}"
        );
    }

    #[test]
    fn without_a_minimum_an_area_needs_fifty_panden() {
        let minimum = |text: String| Study::parse(Path::new("s.toml"), text).unwrap().file.minimum_units();
        assert_eq!(minimum(EXAMPLE.to_owned()), 20);
        assert_eq!(
            minimum(EXAMPLE.replace("minimum_units = 20\n", "")),
            50,
            "with other keys of [disclosure]"
        );
        let without = EXAMPLE.split("[disclosure]").next().unwrap().to_owned();
        assert_eq!(minimum(without), 50, "and without the table");
    }

    #[test]
    fn a_protected_column_is_refused() {
        let text = EXAMPLE.replace("column = \"pct_huur\"", "column = \"pct_herkomst_buiten_europa\"");
        let error = Study::parse(Path::new("s.toml"), text).unwrap_err().to_string();
        assert!(error.contains("pct_herkomst_buiten_europa") && error.contains("line"), "{error}");
    }
}
