//! Challengers: models without additive form, fitted only to know what the readable ones leave on the table.
//!
//! They are measured beside the learners and never released: there is no way from a [`Scorer`] to a model file, so
//! that they need no JSON, ONNX or uncertainty. A study names them in `[[challenger]]` entries ([`ChallengerSpec`]).

mod boosted;
mod forest;

use serde::{Deserialize, Serialize};

pub use boosted::{BoostedSettings, BoostedTrees};
pub use forest::{ForestSettings, RandomForest};

use super::{FitError, Monitor, TrainingData, spec};
use crate::matrix::Matrix;
use crate::schema::{Schema, Text};

/// The kinds of challenger that a study can name.
pub const CHALLENGERS: [&str; 2] = ["random_forest", "boosted_trees"];

/// A way to find a model to be measured against.
pub trait Challenger: Send + Sync {
    /// Name of the challenger in the study.
    fn name(&self) -> &str;

    /// Kind of challenger, one of [`CHALLENGERS`].
    fn kind(&self) -> &'static str;

    /// What readers see.
    fn label(&self) -> &Text;

    /// Fits it. The same rows give the same predictions, on any number of threads.
    ///
    /// # Errors
    /// When the rows cannot carry it, or the monitor says stop.
    fn fit(&self, data: &TrainingData<'_>, monitor: &dyn Monitor) -> Result<Box<dyn Scorer>, FitError>;
}

/// Something that scores rows, additive or not.
pub trait Scorer: Send + Sync {
    /// Name of the challenger.
    fn name(&self) -> &str;

    /// What readers see.
    fn label(&self) -> &Text;

    /// Expected value per unit of exposure of every row.
    ///
    /// # Errors
    /// When the rows do not have the columns that the challenger was fitted with.
    fn predict(&self, matrix: &Matrix) -> Result<Vec<f64>, FitError>;
}

/// A `[[challenger]]` entry of the study file. What the settings are, the kind decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChallengerSpec {
    /// Name, unique in the study.
    pub name: String,
    /// One of [`CHALLENGERS`].
    pub kind: String,
    /// What readers see.
    pub label: Text,
    /// All other keys.
    #[serde(flatten)]
    pub settings: toml::Table,
}

impl ChallengerSpec {
    /// The challenger that the entry describes. The schema is there for kinds that name features; neither of today
    /// does.
    ///
    /// # Errors
    /// An unknown kind (with the nearest known one), and settings that are unknown or out of range.
    pub fn build(&self, _schema: &Schema) -> Result<Box<dyn Challenger>, FitError> {
        let (name, label) = (self.name.as_str(), self.label.clone());
        let wrong = |problem: String| spec::wrong_setting(&self.name, &self.kind, problem);
        Ok(match self.kind.as_str() {
            "random_forest" => {
                let settings: ForestSettings = spec::settings(&self.name, &self.kind, &self.settings)?;
                settings.check().map_err(wrong)?;
                Box::new(RandomForest::new(name, label, settings))
            }
            "boosted_trees" => {
                let settings: BoostedSettings = spec::settings(&self.name, &self.kind, &self.settings)?;
                settings.check().map_err(wrong)?;
                Box::new(BoostedTrees::new(name, label, settings))
            }
            kind => return Err(spec::unknown_kind(&self.name, kind, &CHALLENGERS)),
        })
    }
}

/// Refuses rows with other columns than the challenger was fitted with.
fn same_columns(name: &str, wanted: usize, matrix: &Matrix) -> Result<(), FitError> {
    let columns = matrix.schema().features.len();
    if columns == wanted {
        return Ok(());
    }
    Err(FitError::Challenger {
        learner: name.to_owned(),
        cause: format!("{columns} columns instead of {wanted}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::schema;

    fn built(entry: &str) -> Result<Box<dyn Challenger>, String> {
        let entry = format!("name = \"proef\"\nlabel = {{ nl = \"x\", en = \"x\" }}\n{entry}");
        toml::from_str::<ChallengerSpec>(&entry).unwrap().build(&schema()).map_err(|told| told.to_string())
    }

    fn refused(entry: &str) -> String {
        built(entry).err().unwrap()
    }

    #[test]
    fn every_kind_can_be_named_and_settings_are_checked() {
        for kind in CHALLENGERS {
            assert_eq!(built(&format!("kind = \"{kind}\"\ntrees = 5")).ok().map(|c| c.kind()), Some(kind));
            assert!(refused(&format!("kind = \"{kind}\"\ntrees = 0")).contains("trees is 0"));
            assert!(refused(&format!("kind = \"{kind}\"\ntreees = 5")).contains("unknown field `treees`"));
        }
        let told = refused("kind = \"boosted\"");
        assert!(told.contains("Did you mean \"boosted_trees\"?") && told.contains("random_forest"), "{told}");
        assert!(refused("kind = \"boosted_trees\"\nlearning_rate = 2.0").contains("learning_rate is 2"));
    }
}
