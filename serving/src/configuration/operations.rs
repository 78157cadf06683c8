//! `[releases]`, `[limits]` and `[metrics]`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::configuration::fault::Fault;
use crate::settings::Limits;

/// `[releases]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ReleasesPart {
    /// Time between two looks at the bundle, in seconds; 0 does not look.
    pub(crate) watch_seconds: u64,
    /// Number of earlier releases to keep for those who are in the middle of a list.
    pub(crate) keep: usize,
    /// Folder of what each release showed, against which new ones are checked.
    pub(crate) register: Option<PathBuf>,
    /// A file that stops all answers for as long as it is there.
    pub(crate) stop_file: Option<PathBuf>,
}

impl Default for ReleasesPart {
    fn default() -> Self {
        Self { watch_seconds: 5, keep: 1, register: None, stop_file: None }
    }
}

/// `[limits]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LimitsPart {
    connections: Option<usize>,
    requests_at_once: Option<usize>,
    requests_per_minute: Option<u32>,
    header_seconds: Option<u64>,
    answer_seconds: Option<u64>,
}

/// `[metrics]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetricsPart {
    /// Address and port of the listener for figures.
    pub(crate) bind: SocketAddr,
}

impl ReleasesPart {
    pub(super) fn check(&self) -> Result<(), Fault> {
        if self.keep > 10 {
            return Err(Fault::new("keep", "`keep` of [releases] is at most 10: each release takes memory"));
        }
        Ok(())
    }

    pub(super) fn resolve(&mut self, folder: &Path) {
        for path in [&mut self.register, &mut self.stop_file].into_iter().flatten() {
            *path = folder.join(&*path);
        }
    }
}

impl LimitsPart {
    /// The limits, the usual ones where the file is silent.
    pub(crate) fn limits(&self) -> Limits {
        let usual = Limits::default();
        Limits {
            connections: self.connections.unwrap_or(usual.connections),
            requests_at_once: self.requests_at_once.unwrap_or(usual.requests_at_once),
            requests_per_minute: self.requests_per_minute,
            header_time: self.header_seconds.map_or(usual.header_time, Duration::from_secs),
            answer_time: self.answer_seconds.map_or(usual.answer_time, Duration::from_secs),
        }
    }

    pub(super) fn check(&self) -> Result<(), Fault> {
        let counts = [("connections", self.connections), ("requests_at_once", self.requests_at_once)];
        let times = [("header_seconds", self.header_seconds), ("answer_seconds", self.answer_seconds)];
        for (name, value) in counts {
            if value.is_some_and(|value| !(1..=100_000).contains(&value)) {
                return Err(Fault::new(name, format!("`{name}` must lie between 1 and 100000")));
            }
        }
        if self.requests_per_minute.is_some_and(|value| !(1..=1_000_000).contains(&value)) {
            let fault = "`requests_per_minute` must lie between 1 and 1000000";
            return Err(Fault::new("requests_per_minute", fault));
        }
        for (name, value) in times {
            if value.is_some_and(|value| !(1..=600).contains(&value)) {
                return Err(Fault::new(name, format!("`{name}` must lie between 1 and 600")));
            }
        }
        Ok(())
    }
}
