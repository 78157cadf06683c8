//! A `[[learner]]` entry of the study file.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{
    Baseline, Ebm, EbmSettings, FitError, Learner, Logistic, Poisson, Scorecard, ScorecardSettings, Settings,
    Tree, TreeSettings,
};
use crate::schema::{Schema, Text};

/// The kinds of learner that a study can name.
pub const KINDS: [&str; 6] = ["baseline", "logistic", "poisson", "ebm", "scorecard", "tree"];

/// A `[[learner]]` entry of the study file. What the settings are, the kind decides; settings that it does not
/// know are errors of [`LearnerSpec::build`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LearnerSpec {
    /// Name, unique in the study.
    pub name: String,
    /// One of [`KINDS`].
    pub kind: String,
    /// What readers see.
    pub label: Text,
    /// All other keys.
    #[serde(flatten)]
    pub settings: toml::Table,
}

/// Settings of a baseline.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ranks {
    feature: String,
}

impl LearnerSpec {
    /// The learner that the entry describes, for data with this schema.
    ///
    /// # Errors
    /// An unknown kind or feature (with the nearest known one), and settings that are missing, out of range or
    /// of no use to the kind.
    pub fn build(&self, schema: &Schema) -> Result<Box<dyn Learner>, FitError> {
        let (name, label) = (self.name.as_str(), self.label.clone());
        Ok(match self.kind.as_str() {
            "baseline" => {
                let Ranks { feature } = self.settings()?;
                self.known(&feature, schema)?;
                Box::new(Baseline::new(name, label, &feature))
            }
            "logistic" => Box::new(Logistic::new(name, label, self.linear(schema)?)),
            "poisson" => Box::new(Poisson::new(name, label, self.linear(schema)?)),
            "ebm" => {
                let settings: EbmSettings = self.settings()?;
                settings.check().map_err(|problem| self.setting(problem))?;
                self.known_features(settings.features.as_deref(), schema)?;
                Box::new(Ebm::new(name, label, settings))
            }
            "scorecard" => {
                let settings: ScorecardSettings = self.settings()?;
                settings.check().map_err(|problem| self.setting(problem))?;
                self.known_features(settings.features.as_deref(), schema)?;
                Box::new(Scorecard::new(name, label, settings))
            }
            "tree" => {
                let settings: TreeSettings = self.settings()?;
                settings.check().map_err(|problem| self.setting(problem))?;
                self.known_features(settings.features.as_deref(), schema)?;
                Box::new(Tree::new(name, label, settings))
            }
            kind => return Err(unknown_kind(&self.name, kind, &KINDS)),
        })
    }

    /// The settings as a kind reads them.
    fn settings<T: DeserializeOwned>(&self) -> Result<T, FitError> {
        settings(&self.name, &self.kind, &self.settings)
    }

    fn linear(&self, schema: &Schema) -> Result<Settings, FitError> {
        let settings: Settings = self.settings()?;
        settings.check().map_err(|problem| self.setting(problem))?;
        self.known_features(settings.features.as_deref(), schema)?;
        Ok(settings)
    }

    /// Refuses an empty choice of features, and features that the schema lacks.
    fn known_features(&self, features: Option<&[String]>, schema: &Schema) -> Result<(), FitError> {
        let Some(features) = features else { return Ok(()) };
        if features.is_empty() {
            let problem = "`features` is empty. Name at least one feature, or leave the key out for all";
            return Err(self.setting(problem.to_owned()));
        }
        features.iter().try_for_each(|feature| self.known(feature, schema))
    }

    fn known(&self, feature: &str, schema: &Schema) -> Result<(), FitError> {
        if names(schema).any(|name| name == feature) {
            return Ok(());
        }
        Err(unknown_feature(&self.name, feature, schema))
    }

    fn setting(&self, problem: String) -> FitError {
        wrong_setting(&self.name, &self.kind, problem)
    }
}

/// The settings of an entry as its kind reads them.
pub(super) fn settings<T: DeserializeOwned>(
    learner: &str,
    kind: &str,
    table: &toml::Table,
) -> Result<T, FitError> {
    let told = |cause: toml::de::Error| wrong_setting(learner, kind, cause.message().trim().to_owned());
    table.clone().try_into().map_err(told)
}

pub(super) fn wrong_setting(learner: &str, kind: &str, problem: String) -> FitError {
    FitError::Setting { learner: learner.to_owned(), kind: kind.to_owned(), problem }
}

pub(super) fn unknown_kind(learner: &str, kind: &str, known: &[&str]) -> FitError {
    FitError::UnknownKind {
        learner: learner.to_owned(),
        kind: kind.to_owned(),
        suggestion: nearest(kind, known.iter().copied()),
        known: known.join(", "),
    }
}

pub(crate) fn unknown_feature(learner: &str, feature: &str, schema: &Schema) -> FitError {
    FitError::UnknownFeature {
        learner: learner.to_owned(),
        feature: feature.to_owned(),
        suggestion: nearest(feature, names(schema)),
        known: names(schema).collect::<Vec<_>>().join(", "),
    }
}

fn names(schema: &Schema) -> impl Iterator<Item = &str> {
    schema.features.iter().map(|f| f.name.as_str())
}

/// A sentence with the nearest known word, or nothing when none is near.
fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    known
        .map(|name| (strsim::jaro_winkler(word, name), name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map_or_else(String::new, |(_, name)| format!(" Did you mean {name:?}?"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::schema;

    fn read(entry: &str) -> LearnerSpec {
        toml::from_str(entry).unwrap()
    }

    fn refused(entry: &str) -> String {
        let entry = format!("label = {{ nl = \"x\", en = \"x\" }}\nname = \"proef\"\n{entry}");
        match read(&entry).build(&schema()) {
            Ok(learner) => panic!("built a {}", learner.kind()),
            Err(told) => told.to_string(),
        }
    }

    #[test]
    fn the_entries_of_the_example_study_can_be_read() {
        let text = include_str!("../../../training/studies/voorbeeldstad.toml");
        let study: toml::Table = toml::from_str(text).unwrap();
        let entries = study["learner"].as_array().unwrap();
        let specs: Vec<LearnerSpec> = entries.iter().map(|e| e.clone().try_into().unwrap()).collect();
        assert_eq!(specs.len(), entries.len());
        assert!(specs.iter().all(|s| KINDS.contains(&s.kind.as_str())));
    }

    #[test]
    fn unknown_kinds_and_features_are_told_with_the_nearest() {
        let told = refused("kind = \"logistics\"");
        assert!(
            told.contains("Did you mean \"logistic\"?") && told.contains("baseline, logistic, poisson, ebm")
        );
        let told = refused("kind = \"baseline\"\nfeature = \"vondst\"");
        assert!(told.contains("Did you mean \"vondsten\"?") && told.contains("oppervlakte"), "{told}");
        let told = refused("kind = \"poisson\"\nfeatures = [\"vondsten\", \"qqq\"]");
        assert!(told.contains("no feature \"qqq\"") && !told.contains("Did you mean"), "{told}");
    }

    #[test]
    fn settings_out_of_place_are_refused() {
        assert!(refused("kind = \"baseline\"").contains("missing field `feature`"));
        let told = refused("kind = \"baseline\"\nfeature = \"leeg\"\nl2 = 1.0");
        assert!(told.contains("unknown field `l2`"), "{told}");
        let told = refused("kind = \"logistic\"\nfeature = \"leeg\"");
        assert!(told.contains("unknown field `feature`") && told.contains("`features`"), "{told}");
        assert!(refused("kind = \"logistic\"\nl2 = -1.0").contains("l2 is -1"));
        assert!(refused("kind = \"logistic\"\nl2 = nan").contains("l2 is NaN"));
        assert!(refused("kind = \"poisson\"\nl1 = -2.0").contains("l1 is -2"));
        assert!(refused("kind = \"logistic\"\nl2 = \"much\"").contains("expected f64"));
        assert!(refused("kind = \"logistic\"\nfeatures = []").contains("`features` is empty"));
        assert!(refused("kind = \"tree\"\ndepth = 0").contains("depth is 0"));
        assert!(refused("kind = \"tree\"\nprior_finds = 0.0").contains("prior_finds is 0"));
        assert!(refused("kind = \"poisson\"\nmax_iterations = 0").contains("max_iterations is 0"));
    }
}
