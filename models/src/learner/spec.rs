//! A `[[learner]]` entry of the study file.

use serde::{Deserialize, Serialize};

use super::{Baseline, FitError, Learner, Logistic, Poisson, Settings};
use crate::schema::{Schema, Text};

/// The kinds of learner that a study can name.
pub const KINDS: [&str; 3] = ["baseline", "logistic", "poisson"];

/// A `[[learner]]` entry of the study file. Settings that a kind does not know are errors of
/// [`LearnerSpec::build`]; keys that no kind knows are errors of reading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LearnerSpec {
    /// Name, unique in the study.
    pub name: String,
    /// One of [`KINDS`].
    pub kind: String,
    /// What readers see.
    pub label: Text,
    /// The feature that a baseline ranks by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feature: Option<String>,
    /// The features that may enter; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<Vec<String>>,
    /// Penalty on standardised coefficients, 0 or more; 1 when absent. See [`Settings::l2`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub l2: Option<f64>,
    /// Most steps of a search, 1 or more; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_iterations: Option<u32>,
}

impl LearnerSpec {
    /// The learner that the entry describes, for data with this schema.
    ///
    /// # Errors
    /// An unknown kind or feature (with the nearest known one), and settings that are missing, out of range or
    /// of no use to the kind.
    pub fn build(&self, schema: &Schema) -> Result<Box<dyn Learner>, FitError> {
        match self.kind.as_str() {
            "baseline" => self.baseline(schema),
            "logistic" => {
                let settings = self.linear(KINDS[1], schema)?;
                Ok(Box::new(Logistic::new(&self.name, self.label.clone(), settings)))
            }
            "poisson" => {
                let settings = self.linear(KINDS[2], schema)?;
                Ok(Box::new(Poisson::new(&self.name, self.label.clone(), settings)))
            }
            kind => Err(FitError::UnknownKind {
                learner: self.name.clone(),
                kind: kind.to_owned(),
                suggestion: nearest(kind, KINDS.into_iter()),
                known: KINDS.join(", "),
            }),
        }
    }

    fn baseline(&self, schema: &Schema) -> Result<Box<dyn Learner>, FitError> {
        let kind = KINDS[0];
        let of_no_use = [
            ("features", self.features.is_some()),
            ("l2", self.l2.is_some()),
            ("max_iterations", self.max_iterations.is_some()),
        ];
        if let Some((key, _)) = of_no_use.iter().find(|(_, set)| *set) {
            return Err(self.setting(kind, format!("a baseline does not use `{key}`. Remove it")));
        }
        let Some(feature) = &self.feature else {
            let known = names(schema).collect::<Vec<_>>().join(", ");
            let problem =
                format!("`feature` is missing: a baseline ranks by one feature. Choose one of: {known}");
            return Err(self.setting(kind, problem));
        };
        self.known(feature, schema)?;
        Ok(Box::new(Baseline::new(&self.name, self.label.clone(), feature)))
    }

    fn linear(&self, kind: &'static str, schema: &Schema) -> Result<Settings, FitError> {
        if self.feature.is_some() {
            let problem = "`feature` is for baselines. Use `features = [...]` to restrict the features";
            return Err(self.setting(kind, problem.to_owned()));
        }
        for feature in self.features.iter().flatten() {
            self.known(feature, schema)?;
        }
        if self.features.as_ref().is_some_and(Vec::is_empty) {
            let problem = "`features` is empty. Name at least one feature, or leave the key out for all";
            return Err(self.setting(kind, problem.to_owned()));
        }
        let standard = Settings::default();
        let l2 = self.l2.unwrap_or(standard.l2);
        if !(l2.is_finite() && l2 >= 0.0) {
            return Err(self.setting(kind, format!("l2 is {l2}; it must be 0 or more")));
        }
        let max_iterations = self.max_iterations.unwrap_or(standard.max_iterations);
        if max_iterations == 0 {
            return Err(self.setting(kind, "max_iterations is 0; it must be 1 or more".to_owned()));
        }
        Ok(Settings { l2, features: self.features.clone(), max_iterations })
    }

    fn known(&self, feature: &str, schema: &Schema) -> Result<(), FitError> {
        if names(schema).any(|name| name == feature) {
            return Ok(());
        }
        Err(unknown_feature(&self.name, feature, schema))
    }

    fn setting(&self, kind: &'static str, problem: String) -> FitError {
        FitError::Setting { learner: self.name.clone(), kind, problem }
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
        assert!(refused("kind = \"baseline\"").contains("`feature` is missing"));
        assert!(refused("kind = \"baseline\"\nfeature = \"leeg\"\nl2 = 1.0").contains("does not use `l2`"));
        assert!(refused("kind = \"logistic\"\nfeature = \"leeg\"").contains("is for baselines"));
        assert!(refused("kind = \"logistic\"\nl2 = -1.0").contains("l2 is -1"));
        assert!(refused("kind = \"logistic\"\nl2 = nan").contains("l2 is NaN"));
        assert!(refused("kind = \"logistic\"\nfeatures = []").contains("`features` is empty"));
        assert!(refused("kind = \"poisson\"\nmax_iterations = 0").contains("max_iterations is 0"));
        let unknown = "name = \"a\"\nkind = \"poisson\"\nlabel = { nl = \"x\", en = \"x\" }\nl3 = 1.0";
        assert!(toml::from_str::<LearnerSpec>(unknown).is_err());
    }
}
