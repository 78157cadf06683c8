//! Releases: the bundle that is answered from now, the ones before it, and the switch that stops them all.
//!
//! A release is a loaded bundle with its own routes. A new one is loaded, verified and self-tested beside the
//! running one, and put in its place in one step; requests that are under way finish on the one they started
//! with. A few earlier releases stay, so that someone who walks through pages ends on the figures on which
//! they began.

mod address;
mod register;
mod stop;
mod watch;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::Router;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::clock;
use crate::load::{LoadError, load_checked};
use crate::projection::Published;
use crate::router::routes;
use crate::service::Service;
use crate::settings::Settings;

pub(crate) use address::{OPENAPI, routes as addresses};
pub(crate) use register::Register;
pub use register::RegisterError;
pub(crate) use stop::{Stop, Switch};
pub(crate) use watch::watch;

/// A loaded bundle that answers.
#[derive(Debug)]
pub(crate) struct Release {
    /// SHA-256 of the manifest: stands for every file of the bundle.
    pub(crate) sha256: Arc<str>,
    pub(crate) service: Service,
    pub(crate) routes: Router,
    /// When it was put into place.
    pub(crate) since: DateTime<Utc>,
}

/// The release that answers, and earlier ones, newest first.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) current: Arc<Release>,
    pub(crate) earlier: VecDeque<Arc<Release>>,
}

/// Where new releases come from.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// The bundle's folder, which `train run` replaces in one step.
    pub(crate) bundle: PathBuf,
    pub(crate) settings: Settings,
    /// Number of earlier releases to keep.
    pub(crate) keep: usize,
    /// What earlier releases showed.
    pub(crate) register: Register,
}

/// All releases of a running service.
#[derive(Debug)]
pub(crate) struct Releases {
    line: ArcSwap<Line>,
    source: Option<Source>,
    /// Held while a release is being loaded, so that there is one at a time.
    turn: tokio::sync::Mutex<()>,
    pub(crate) switch: Switch,
}

/// What came of a wish for a new release.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It is in place.
    Activated(Arc<Release>),
    /// The bundle on disk is the one that answers already.
    Unchanged(Arc<Release>),
}

/// Why there is no new release; the one before stays in place.
#[derive(Debug, thiserror::Error)]
pub enum NoRelease {
    /// The bundle is refused.
    #[error("{0}")]
    Load(#[from] LoadError),
    /// The register of releases cannot be kept.
    #[error("{0}")]
    Register(#[from] RegisterError),
    /// There is nowhere to load from.
    #[error("this service was started without a folder to load from")]
    NoSource,
    /// No release is kept from before.
    #[error("there is no earlier release to go back to")]
    NoEarlier,
    /// It did not end.
    #[error("loading was broken off")]
    BrokenOff,
}

impl Release {
    fn new(service: Service) -> Arc<Self> {
        let sha256 = service.bundle_sha256().into();
        Arc::new(Self { sha256, routes: routes(service.clone()), service, since: clock::now() })
    }
}

impl Releases {
    /// A first release, and where new ones come from.
    pub(crate) fn new(service: Service, source: Option<Source>, switch: Switch) -> Self {
        let line = Line { current: Release::new(service), earlier: VecDeque::new() };
        Self { line: ArcSwap::from_pointee(line), source, turn: tokio::sync::Mutex::new(()), switch }
    }

    /// The releases as they are now; the answer keeps what it holds.
    pub(crate) fn line(&self) -> Arc<Line> {
        self.line.load_full()
    }

    /// Loads the bundle that is on disk, and puts it into place if it is another one and in order.
    pub(crate) async fn renew(&self) -> Result<Outcome, NoRelease> {
        let source = self.source.clone().ok_or(NoRelease::NoSource)?;
        let _turn = self.turn.lock().await;
        let line = self.line();
        if sha256_on_disk(&source.bundle).as_deref() == Some(&*line.current.sha256) {
            return Ok(Outcome::Unchanged(Arc::clone(&line.current)));
        }
        let keep = source.keep;
        // Loading ends with the self-test; whatever is wrong leaves the running release where it is.
        let running = std::iter::once(&line.current).chain(&line.earlier);
        let running: Vec<Published> = running.map(|release| release.service.published()).collect();
        let loading = tokio::task::spawn_blocking(move || source.load(running));
        let service = loading.await.map_err(|_broken| NoRelease::BrokenOff)??;
        let current = Release::new(service);
        let mut earlier = line.earlier.clone();
        earlier.push_front(Arc::clone(&line.current));
        earlier.truncate(keep);
        self.line.store(Arc::new(Line { current: Arc::clone(&current), earlier }));
        Ok(Outcome::Activated(current))
    }

    /// Goes back to the release before this one.
    pub(crate) async fn go_back(&self) -> Result<Outcome, NoRelease> {
        let _turn = self.turn.lock().await;
        let mut earlier = self.line().earlier.clone();
        let before = earlier.pop_front().ok_or(NoRelease::NoEarlier)?;
        let current = Release::new(before.service.clone());
        self.line.store(Arc::new(Line { current: Arc::clone(&current), earlier }));
        Ok(Outcome::Activated(current))
    }

    fn bundle(&self) -> Option<&Path> {
        self.source.as_ref().map(|source| source.bundle.as_path())
    }
}

impl Source {
    /// Loads the bundle, checked against the register and these releases, and notes it in the register.
    pub(crate) fn load(&self, running: Vec<Published>) -> Result<Service, NoRelease> {
        let service = load_checked(&self.bundle, &self.settings, |sha256| {
            let mut earlier = running;
            let known = self.register.others(sha256)?;
            let absent = |one: &Published| earlier.iter().all(|other| other.sha256 != one.sha256);
            let more: Vec<Published> = known.into_iter().filter(absent).collect();
            earlier.extend(more);
            earlier.retain(|release| release.sha256 != sha256);
            Ok(earlier)
        })?;
        self.register.add(&service.published())?;
        Ok(service)
    }
}

/// SHA-256 of the manifest that is on disk.
fn sha256_on_disk(bundle: &Path) -> Option<String> {
    let manifest = std::fs::read(bundle.join(models::bundle::MANIFEST)).ok()?;
    Some(Sha256::digest(manifest).iter().map(|byte| format!("{byte:02x}")).collect())
}
