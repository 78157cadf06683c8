//! What `serve` answers: the router in process, and the built program over a socket.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed step is a failed test")]

mod access;
mod areas;
mod attacker;
mod conformance;
mod conformance_tiles;
mod documents;
mod features;
mod geopackage;
mod inference;
mod ledger;
mod operations;
mod plans;
mod program;
mod protocol;
mod start;
mod tiers;
mod tiles;
mod tokens;

use std::sync::LazyLock;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use models::bundle::Scores;
use serde_json::Value;
use serving::made_up::Town;
use serving::{Settings, load, router};
use tempfile::TempDir;
use tower::ServiceExt as _;

/// A bundle in a folder of its own.
pub(crate) struct Made {
    pub(crate) folder: TempDir,
}

impl Made {
    fn new(town: Town) -> Self {
        let folder = tempfile::tempdir().unwrap();
        town.write(&folder.path().join("bundle")).unwrap();
        Self { folder }
    }

    fn with(town: Town, scores: &Scores, outlines: &Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        town.write_with(&folder.path().join("bundle"), scores, outlines).unwrap();
        Self { folder }
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("bundle")
    }

    fn router(&self, settings: &Settings) -> Router {
        router(load(&self.path(), settings).unwrap())
    }
}

/// The router over the default town: 53 buurten (3 without figures), 6 wijken, 1 gemeente.
static ROUTER: LazyLock<Router> = LazyLock::new(|| Made::new(Town::default()).router(&Settings::default()));

/// An answer, read to its end.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Checks that this is a problem of this status, and gives it.
    #[track_caller]
    fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], status);
        for member in ["type", "title", "detail", "instance"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {problem}");
        }
        problem
    }
}

fn send(router: &Router, request: Request<Body>) -> Answer {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let response = router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    })
}

fn request(method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
    let mut builder = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    send(&ROUTER, builder.body(body.into()).unwrap())
}

/// What this router answers to a GET.
fn get_of(router: &Router, path: &str) -> Answer {
    send(router, Request::get(path).body(Body::empty()).unwrap())
}

fn get(path: &str) -> Answer {
    request(Method::GET, path, &[], Body::empty())
}

fn get_with(path: &str, headers: &[(&str, &str)]) -> Answer {
    request(Method::GET, path, headers, Body::empty())
}

/// The address behind the link of this relation.
fn link(document: &Value, rel: &str) -> Option<String> {
    let links = document["links"].as_array().unwrap();
    links.iter().find(|link| link["rel"] == rel).map(|link| link["href"].as_str().unwrap().to_owned())
}
