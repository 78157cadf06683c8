//! Everything that is answered from the bundle, made once at load and never changed.

use std::sync::Arc;

use crate::access::{Reader, Scope, Tier};
use crate::answer::Document;
use crate::facts::Facts;
use crate::kept::Kept;
use crate::language::Language;
use crate::projection::Source;
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

/// The evaluation report; any part may be absent from a bundle.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// The page in Dutch.
    pub(crate) nl: Option<Document>,
    /// The page in English.
    pub(crate) en: Option<Document>,
    /// The figures.
    pub(crate) json: Option<Document>,
}

/// Documents that are the same for every reader.
#[derive(Debug)]
pub(crate) struct Documents {
    /// The model in words and figures.
    pub(crate) model: Bilingual,
    /// The report.
    pub(crate) report: Report,
}

/// The immutable snapshot of a bundle. What a reader may see of it comes as a [`View`]; the raw figures stay
/// inside.
#[derive(Debug)]
pub(crate) struct Snapshot {
    facts: Arc<Facts>,
    source: Source,
    shapes: Arc<Shapes>,
    documents: Documents,
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
            documents,
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
            View::new(facts, projection, shapes, Arc::clone(&self.kept), &self.base)
        })
    }

    /// Facts that go with every answer.
    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Number of areas in the bundle.
    pub(crate) fn areas(&self) -> usize {
        self.source.len()
    }

    /// Documents that are the same for every reader.
    pub(crate) fn documents(&self) -> &Documents {
        &self.documents
    }
}
