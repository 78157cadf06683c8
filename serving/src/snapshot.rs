//! Everything that is answered from the bundle, made once at load and never changed.

use std::collections::BTreeMap;

use axum::body::Bytes;
use serde_json::value::{RawValue, to_raw_value};

use crate::facts::Facts;
use crate::language::Language;
use crate::projection::{Area, Projection};

/// A document in both languages.
#[derive(Clone, Debug)]
pub(crate) struct Bilingual {
    nl: Bytes,
    en: Bytes,
}

impl Bilingual {
    /// Makes the document in each language.
    ///
    /// # Errors
    /// Whatever `make` gives.
    pub(crate) fn make<E>(make: impl Fn(Language) -> Result<Vec<u8>, E>) -> Result<Self, E> {
        Ok(Self { nl: make(Language::Dutch)?.into(), en: make(Language::English)?.into() })
    }

    /// The document in this language.
    pub(crate) fn get(&self, language: Language) -> Bytes {
        match language {
            Language::Dutch => self.nl.clone(),
            Language::English => self.en.clone(),
        }
    }
}

/// The evaluation report; any part may be absent from a bundle.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// The page in Dutch.
    pub(crate) nl: Option<Bytes>,
    /// The page in English.
    pub(crate) en: Option<Bytes>,
    /// The figures.
    pub(crate) json: Option<Bytes>,
}

/// The immutable snapshot that every handler reads. It holds no raw figures: only the projection and
/// documents made from it.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// Facts that go with every answer.
    facts: Facts,
    /// What may be seen.
    projection: Projection,
    /// Each area as it stands in a list, at its position in the projection.
    items: Vec<Box<RawValue>>,
    /// What links start with.
    base: String,
    /// Made documents.
    documents: Documents,
}

/// Documents that are the same for every request.
#[derive(Debug)]
pub(crate) struct Documents {
    /// GeoJSON by level.
    pub(crate) maps: BTreeMap<String, Bytes>,
    /// The start page of the API.
    pub(crate) landing: Bilingual,
    /// The model in words and figures.
    pub(crate) model: Bilingual,
    /// The OpenAPI document.
    pub(crate) openapi: Bytes,
    /// The report.
    pub(crate) report: Report,
}

impl Snapshot {
    /// Puts a snapshot together.
    ///
    /// # Errors
    /// When an area cannot be written as JSON.
    pub(crate) fn new(
        facts: Facts,
        projection: Projection,
        base: &str,
        documents: Documents,
    ) -> Result<Self, serde_json::Error> {
        let items = projection.areas().iter().map(to_raw_value).collect::<Result<_, _>>()?;
        Ok(Self { facts, projection, items, base: base.to_owned(), documents })
    }

    /// Facts that go with every answer.
    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// What may be seen.
    pub(crate) fn projection(&self) -> &Projection {
        &self.projection
    }

    /// The area at this position of the projection as it stands in a list.
    pub(crate) fn item(&self, position: usize) -> &RawValue {
        &self.items[position]
    }

    /// Made documents.
    pub(crate) fn documents(&self) -> &Documents {
        &self.documents
    }

    /// What links start with.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// The published area with this code, and its parent if that is published too.
    pub(crate) fn area(&self, code: &str) -> Option<(&Area, Option<&Area>)> {
        let area = self.projection.area(code)?;
        Some((area, area.parent.as_deref().and_then(|parent| self.projection.area(parent))))
    }
}
