//! Everything that is answered from the bundle, made once at load and never changed.

use std::sync::Arc;

use crate::access::{Reader, Scope, Tier};
use crate::answer::Document;
use crate::facts::Facts;
use crate::kept::Kept;
use crate::language::Language;
use crate::projection::{Published, Source};
use crate::shapes::Shapes;
use crate::view::{View, Views};

/// A document in both languages.
#[derive(Clone, Debug)]
pub(crate) struct Bilingual {
    nl: Document,
    en: Document,
}

impl Bilingual {
    /// Makes the document in each language.
    ///
    /// # Errors
    /// Whatever `make` gives.
    pub(crate) fn make<E>(make: impl Fn(Language) -> Result<Vec<u8>, E>) -> Result<Self, E> {
        Ok(Self { nl: Document::new(make(Language::Dutch)?), en: Document::new(make(Language::English)?) })
    }

    /// The document in this language.
    pub(crate) fn get(&self, language: Language) -> &Document {
        match language {
            Language::Dutch => &self.nl,
            Language::English => &self.en,
        }
    }
}

/// What the bundle says about itself; any part may be absent from it.
#[derive(Debug, Default)]
pub(crate) struct Reports {
    /// The evaluation as a page in Dutch.
    pub(crate) page_nl: Option<Document>,
    /// The evaluation as a page in English.
    pub(crate) page_en: Option<Document>,
    /// The evaluation in figures.
    pub(crate) figures: Option<Document>,
    /// The model card.
    pub(crate) model_card: Option<Document>,
    /// The record for the Algoritmeregister.
    pub(crate) algorithm_register: Option<Document>,
}

/// Documents that are made once; a [`View`] says which of them a reader sees.
#[derive(Debug)]
pub(crate) struct Documents {
    /// The model with the shapes of its terms.
    pub(crate) model: Bilingual,
    /// The model without those.
    pub(crate) public_model: Bilingual,
    /// The reports.
    pub(crate) reports: Reports,
}

/// The immutable snapshot of a bundle. What a reader may see of it comes as a [`View`]; the raw figures stay
/// inside.
#[derive(Debug)]
pub(crate) struct Snapshot {
    facts: Arc<Facts>,
    source: Source,
    shapes: Arc<Shapes>,
    documents: Arc<Documents>,
    base: String,
    open_tier: Tier,
    views: Views,
    kept: Arc<Kept>,
}

impl Snapshot {
    /// Puts a snapshot together, with the view of readers without a key ready.
    ///
    /// # Errors
    /// When an area cannot be written as JSON.
    pub(crate) fn new(
        facts: Facts,
        source: Source,
        shapes: Shapes,
        documents: Documents,
        base: &str,
        open_tier: Tier,
    ) -> Result<Self, serde_json::Error> {
        let snapshot = Self {
            facts: Arc::new(facts),
            source,
            shapes: Arc::new(shapes),
            documents: Arc::new(documents),
            base: base.to_owned(),
            open_tier,
            views: Views::default(),
            kept: Arc::default(),
        };
        snapshot.view(None)?;
        Ok(snapshot)
    }

    /// What this reader sees; without a reader, what everyone sees. Made once per tier and scope.
    ///
    /// # Errors
    /// When an area cannot be written as JSON.
    pub(crate) fn view(&self, reader: Option<&Reader>) -> Result<Arc<View>, serde_json::Error> {
        let everywhere = Scope::Everywhere;
        let (tier, scope) =
            reader.map_or((self.open_tier, &everywhere), |reader| (reader.tier, &reader.scope));
        self.views.get(tier, scope, || {
            let projection = self.source.project(tier, scope);
            let (facts, shapes) = (Arc::clone(&self.facts), Arc::clone(&self.shapes));
            let (documents, kept) = (Arc::clone(&self.documents), Arc::clone(&self.kept));
            View::new(facts, projection, shapes, documents, kept, &self.base)
        })
    }

    /// Facts that go with every answer.
    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// What is shown of it at most, under the SHA-256 of the bundle's manifest.
    pub(crate) fn published(&self, sha256: &str) -> Published {
        self.source.published(sha256)
    }

    /// Number of areas in the bundle.
    pub(crate) fn areas(&self) -> usize {
        self.source.len()
    }
}
