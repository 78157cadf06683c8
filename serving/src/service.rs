//! What a running service holds.

use std::sync::Arc;

use models::Text;
use tokio::sync::Semaphore;

use crate::access::Tier;
use crate::inference::Scorer;
use crate::projection::Published;
use crate::settings::{PublicUrl, Settings};
use crate::snapshot::Snapshot;

/// Number of inference requests that are read and computed at the same time; it bounds the memory that
/// large bodies take.
const INFERENCES: usize = 4;

/// A loaded, verified and self-tested bundle, ready to answer. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Service(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    bundle_sha256: String,
    snapshot: Snapshot,
    scorer: Scorer,
    inferences: Semaphore,
    settings: Settings,
}

impl Service {
    pub(crate) fn new(bundle_sha256: &str, snapshot: Snapshot, scorer: Scorer, settings: Settings) -> Self {
        let bundle_sha256 = bundle_sha256.to_owned();
        let inferences = Semaphore::new(INFERENCES);
        Self(Arc::new(Inner { bundle_sha256, snapshot, scorer, inferences, settings }))
    }

    /// The warning for a bundle that is not released; `None` when it is.
    #[must_use]
    pub fn warning(&self) -> Option<Text> {
        self.0.snapshot.facts().warning()
    }

    /// Number of areas, over all levels.
    #[must_use]
    pub fn areas(&self) -> usize {
        self.0.snapshot.areas()
    }

    /// Name of the model and the period that it scores: as-of date and last day.
    #[must_use]
    pub fn model_and_period(&self) -> (&str, &str, &str) {
        let facts = self.0.snapshot.facts();
        let (as_of, until) = facts.period();
        (facts.model(), as_of, until)
    }

    /// SHA-256 of the bundle's manifest, which holds that of every file.
    pub(crate) fn bundle_sha256(&self) -> &str {
        &self.0.bundle_sha256
    }

    /// What is shown of it at most.
    pub(crate) fn published(&self) -> Published {
        self.0.snapshot.published(&self.0.bundle_sha256)
    }

    pub(crate) fn snapshot(&self) -> &Snapshot {
        &self.0.snapshot
    }

    pub(crate) fn scorer(&self) -> &Scorer {
        &self.0.scorer
    }

    pub(crate) fn inferences(&self) -> &Semaphore {
        &self.0.inferences
    }

    /// Origins of web pages that may read answers.
    pub(crate) fn allowed_origins(&self) -> &[String] {
        &self.0.settings.allowed_origins
    }

    /// Whether readers come over TLS.
    pub(crate) fn is_public_over_tls(&self) -> bool {
        self.0.settings.public_url.as_ref().is_some_and(PublicUrl::is_https)
    }

    /// The tier of everyone where no access is configured.
    pub(crate) fn open_tier(&self) -> Tier {
        self.0.settings.open_tier
    }
}
