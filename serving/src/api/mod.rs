//! The resources under `/v1`, and the health checks.

pub(crate) mod areas;
pub(crate) mod documents;
pub(crate) mod health;
pub(crate) mod map;
pub(crate) mod model;
pub(crate) mod reports;

use serde::Serialize;

/// A link to another resource.
#[derive(Debug, Serialize)]
pub(crate) struct Link {
    rel: &'static str,
    href: String,
    #[serde(rename = "type")]
    media_type: &'static str,
}

impl Link {
    /// A link to JSON.
    pub(crate) fn json(rel: &'static str, base: &str, path: &str) -> Self {
        Self::new(rel, base, path, "application/json")
    }

    /// A link to any media type.
    pub(crate) fn new(rel: &'static str, base: &str, path: &str, media_type: &'static str) -> Self {
        Self { rel, href: format!("{base}{path}"), media_type }
    }
}
