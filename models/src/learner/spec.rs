//! A `[[learner]]` entry of the study file.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Baseline, FitError, Learner, Logistic, Poisson, Scorecard, ScorecardSettings, Settings};
use crate::schema::{Schema, Text};

/// The kinds of learner that a study can name.
pub const KINDS: [&str; 4] = ["baseline", "logistic", "poisson", "scorecard"];

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
            "scorecard" => {
                let settings: ScorecardSettings = self.settings()?;
                settings.check().map_err(|problem| self.setting(problem))?;
                self.known_features(settings.features.as_deref(), schema)?;
                Box::new(Scorecard::new(name, label, settings))
            }
            kind => {
                return Err(FitError::UnknownKind {
                    learner: self.name.clone(),
                    kind: kind.to_owned(),
                    suggestion: nearest(kind, KINDS.into_iter()),
                    known: KINDS.join(", "),
                });
            }
        })
    }

    /// The settings as a kind reads them.
    fn settings<T: DeserializeOwned>(&self) -> Result<T, FitError> {
        let told = |cause: toml::de::Error| self.setting(cause.message().trim().to_owned());
        self.settings.clone().try_into().map_err(told)
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
        FitError::Setting { learner: self.name.clone(), kind: self.kind.clone(), problem }
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
        assert!(told.contains("Did you mean \"logistic\"?") && told.contains("baseline, logistic, poisson"));
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
        assert!(refused("kind = \"logistic\"\nl2 = \"much\"").contains("expected f64"));
        assert!(refused("kind = \"logistic\"\nfeatures = []").contains("`features` is empty"));
        assert!(refused("kind = \"poisson\"\nmax_iterations = 0").contains("max_iterations is 0"));
    }
}
