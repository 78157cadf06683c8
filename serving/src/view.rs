//! What one kind of reader sees: a projection with everything that is made from it.
//!
//! Handlers take a [`Seen`]; there is no other way for them to reach figures. Views are made when first asked for
//! and kept with the snapshot, so that a new bundle starts with none of the old ones.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde_json::value::{RawValue, to_raw_value};

use crate::access::{Reader, Scope, Tier};
use crate::answer::{Document, tag};
use crate::api::{documents, map, reports};
use crate::facts::Facts;
use crate::kept::Kept as Made;
use crate::language::Language;
use crate::problem::Problem;
use crate::projection::{Area, Detail, Projection};
use crate::service::Service;
use crate::shapes::Shapes;
use crate::snapshot::{Bilingual, Documents, Reports};

/// Views that are kept; one more makes the one that was not asked for the longest go. Keys have few different
/// scopes, and tokens should not be able to fill the memory.
const KEPT: usize = 64;

/// What one kind of reader sees.
#[derive(Debug)]
pub(crate) struct View {
    facts: Arc<Facts>,
    projection: Projection,
    shapes: Arc<Shapes>,
    documents: Arc<Documents>,
    kept: Arc<Made>,
    base: String,
    tag: String,
    /// Each area as it stands in a list, at its position in the projection.
    items: Vec<Box<RawValue>>,
    /// The properties of each area as a map feature, written when first asked for.
    properties: Vec<OnceLock<Box<str>>>,
    landing: Bilingual,
    openapi: Document,
    maps: BTreeMap<String, OnceLock<Bytes>>,
}

impl View {
    /// Makes the view of a projection.
    ///
    /// # Errors
    /// When an area cannot be written as JSON.
    pub(crate) fn new(
        facts: Arc<Facts>,
        projection: Projection,
        shapes: Arc<Shapes>,
        documents: Arc<Documents>,
        kept: Arc<Made>,
        base: &str,
    ) -> Result<Self, serde_json::Error> {
        let items = projection.areas().iter().map(to_raw_value).collect::<Result<Vec<_>, _>>()?;
        let tag = contents(&facts, &projection, &shapes, base, &items)?;
        let landing =
            Bilingual::make(|language| documents::write_landing(&facts, &projection, base, language))?;
        let openapi = Document::new(documents::write_openapi(&projection, facts.period().0, base)?);
        let properties = items.iter().map(|_| OnceLock::new()).collect();
        let maps = projection.levels().iter().map(|level| (level.name.clone(), OnceLock::new())).collect();
        Ok(Self {
            facts,
            projection,
            shapes,
            documents,
            kept,
            base: base.to_owned(),
            tag,
            items,
            properties,
            landing,
            openapi,
            maps,
        })
    }

    /// Facts that go with every answer.
    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// What may be seen.
    pub(crate) fn projection(&self) -> &Projection {
        &self.projection
    }

    /// The outlines; ask only for those of areas of the projection.
    pub(crate) fn shapes(&self) -> &Shapes {
        &self.shapes
    }

    /// What was made before, of all views.
    pub(crate) fn kept(&self) -> &Made {
        &self.kept
    }

    /// What links start with.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Changes whenever anything that this reader sees of the areas changes, and only then.
    pub(crate) fn tag(&self) -> &str {
        &self.tag
    }

    /// The area at this position of the projection as it stands in a list.
    pub(crate) fn item(&self, position: usize) -> &RawValue {
        &self.items[position]
    }

    /// The properties of the area at this position, as in a map feature.
    ///
    /// # Errors
    /// When they cannot be written as JSON.
    pub(crate) fn properties(&self, position: usize) -> Result<&str, serde_json::Error> {
        let kept = &self.properties[position];
        if let Some(properties) = kept.get() {
            return Ok(properties);
        }
        let written = map::properties(&self.facts, &self.projection, &self.projection.areas()[position])?;
        Ok(kept.get_or_init(|| written.into_boxed_str()))
    }

    /// The visible area with this code, and its parent if that is visible too.
    pub(crate) fn area(&self, code: &str) -> Option<(&Area, Option<&Area>)> {
        let area = self.projection.area(code)?;
        Some((area, area.parent.as_deref().and_then(|parent| self.projection.area(parent))))
    }

    /// The start page of the API.
    pub(crate) fn landing(&self, language: Language) -> &Document {
        self.landing.get(language)
    }

    /// The model, as much of it as is seen.
    pub(crate) fn model(&self, language: Language) -> &Document {
        let documents = &self.documents;
        let model = if self.projection.has_workings() { &documents.model } else { &documents.public_model };
        model.get(language)
    }

    /// The reports, if this one may be seen.
    pub(crate) fn reports(&self, name: reports::Name) -> Option<&Reports> {
        let mut visible = reports::visible(self.projection.shows_all());
        visible.any(|one| one == name).then_some(&self.documents.reports)
    }

    /// The OpenAPI document.
    pub(crate) fn openapi(&self) -> &Document {
        &self.openapi
    }

    /// The map layer of a level; made once.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub(crate) fn map(&self, level: &str) -> Result<Option<Bytes>, serde_json::Error> {
        let (Some(level), Some(kept)) = (self.projection.level(level), self.maps.get(level)) else {
            return Ok(None);
        };
        if let Some(map) = kept.get() {
            return Ok(Some(map.clone()));
        }
        let map = map::write(&self.facts, &self.projection, level, &self.shapes)?;
        Ok(Some(kept.get_or_init(|| map).clone()))
    }
}

/// A tag over everything that a reader can see of the areas. What is not in the projection does not move it, so
/// that it tells nothing about that either.
fn contents(
    facts: &Facts,
    projection: &Projection,
    shapes: &Shapes,
    base: &str,
    items: &[Box<RawValue>],
) -> Result<String, serde_json::Error> {
    let context = serde_json::to_vec(&facts.context(Language::Dutch))?;
    let top_k: Vec<_> =
        projection.levels().iter().map(|level| (level.top_k, level.areas_in_bundle)).collect();
    let top_k = serde_json::to_vec(&top_k)?;
    let detail: &Detail = &projection.detail();
    let mut details = Vec::new();
    for reason in projection.areas().iter().flat_map(|area| &area.reasons) {
        let own = (&reason.term, reason.contribution, &reason.text.nl, &reason.text.en);
        serde_json::to_writer(&mut details, &own)?;
    }
    for area in projection.areas() {
        serde_json::to_writer(&mut details, &(&area.history, &area.change))?;
    }
    let mut parts: Vec<&[u8]> =
        vec![env!("CARGO_PKG_VERSION").as_bytes(), base.as_bytes(), detail.name().as_bytes()];
    parts.extend([context.as_slice(), &top_k, &details]);
    parts.extend(items.iter().map(|item| item.get().as_bytes()));
    parts.extend(projection.areas().iter().filter_map(|area| Some(shapes.get(&area.code)?.digest())));
    Ok(tag(&parts))
}

/// The views of a snapshot, the last one asked for first.
#[derive(Debug, Default)]
pub(crate) struct Views(Mutex<Vec<Kept>>);

#[derive(Debug)]
struct Kept {
    tier: Tier,
    scope: Scope,
    view: Arc<View>,
}

impl Views {
    /// The view of this tier and scope, made when it is not there yet.
    ///
    /// # Errors
    /// Whatever `make` gives.
    pub(crate) fn get<E>(
        &self,
        tier: Tier,
        scope: &Scope,
        make: impl FnOnce() -> Result<View, E>,
    ) -> Result<Arc<View>, E> {
        // A reader that panicked while it held the lock left a whole list behind.
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = kept.iter().position(|kept| kept.tier == tier && &kept.scope == scope) {
            kept[..=place].rotate_right(1);
            return Ok(Arc::clone(&kept[0].view));
        }
        let view = Arc::new(make()?);
        kept.truncate(KEPT - 1);
        kept.insert(0, Kept { tier, scope: scope.clone(), view: Arc::clone(&view) });
        Ok(view)
    }
}

/// What the reader of this request sees. The reader is the [`Reader`] that stands in the request's extensions;
/// without one it is someone without a key.
#[derive(Debug)]
pub(crate) struct Seen(pub(crate) Arc<View>);

impl FromRequestParts<Service> for Seen {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Problem> {
        let view = service.snapshot().view(parts.extensions.get::<Reader>());
        view.map(Self).map_err(|cause| Problem::internal(&cause))
    }
}
