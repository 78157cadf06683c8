//! What every answer says about the bundle: whose figures, of when, released or not, and that a score is
//! advice.

use models::Text;
use models::bundle::Manifest;
use serde::Serialize;

use crate::language::Language;
use crate::problem::text;

/// The facts of a bundle that go with every answer.
#[derive(Debug)]
pub(crate) struct Facts {
    study: String,
    title: Text,
    model: String,
    as_of: String,
    until: String,
    released: bool,
    release_reason: Text,
    finds: Text,
    exposure_unit: Text,
    level: String,
}

/// The facts in one language, as they stand in an answer.
#[derive(Debug, Serialize)]
pub(crate) struct Context<'a> {
    study: &'a str,
    title: &'a str,
    model: &'a str,
    as_of: &'a str,
    until: &'a str,
    finds: &'a str,
    exposure_unit: &'a str,
    released: bool,
    release_reason: &'a str,
    warning: Option<String>,
    notice: String,
}

impl Facts {
    /// The facts of a manifest.
    pub(crate) fn new(manifest: &Manifest) -> Self {
        Self {
            study: manifest.study.clone(),
            title: manifest.title.clone(),
            model: manifest.model.clone(),
            as_of: manifest.as_of.clone(),
            until: manifest.until.clone(),
            released: manifest.release.released,
            release_reason: manifest.release.reason.clone(),
            finds: manifest.finds.clone(),
            exposure_unit: manifest.exposure_unit.clone(),
            level: manifest.level.clone(),
        }
    }

    /// Lowest published level.
    pub(crate) fn level(&self) -> &str {
        &self.level
    }

    /// Name of the model.
    pub(crate) fn model(&self) -> &str {
        &self.model
    }

    /// As-of date and last day of the scored period.
    pub(crate) fn period(&self) -> (&str, &str) {
        (&self.as_of, &self.until)
    }

    /// Whether the locked success rule was met.
    pub(crate) fn is_released(&self) -> bool {
        self.released
    }

    /// The facts in one language.
    pub(crate) fn context(&self, language: Language) -> Context<'_> {
        Context {
            study: &self.study,
            title: language.of(&self.title),
            model: &self.model,
            as_of: &self.as_of,
            until: &self.until,
            finds: language.of(&self.finds),
            exposure_unit: language.of(&self.exposure_unit),
            released: self.released,
            release_reason: language.of(&self.release_reason),
            warning: self.warning().map(|warning| language.of(&warning).to_owned()),
            notice: language.of(&notice()).to_owned(),
        }
    }

    /// The warning for a bundle that is not released.
    pub(crate) fn warning(&self) -> Option<Text> {
        (!self.released).then(|| {
            let Text { nl, en } = &self.release_reason;
            text(
                format!("Niet vrijgegeven: gebruik deze cijfers niet om controles te kiezen. Reden: {nl}"),
                format!("Not released: do not use these figures to choose inspections. Reason: {en}"),
            )
        })
    }
}

/// A score is advice, not proof.
pub(crate) fn notice() -> Text {
    text(
        "Een score is een advies, geen bewijs. Een hoge score zegt niets over een adres of een persoon, en een \
         lage score sluit niets uit. Kies controles ook op grond van vakkennis, en voor een deel willekeurig.",
        "A score is advice, not proof. A high score says nothing about an address or a person, and a low score \
         rules nothing out. Choose inspections on professional judgement too, and in part at random.",
    )
}
