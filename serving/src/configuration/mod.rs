//! The configuration file (TOML) of `serve --config`: every key that it may have, read strictly.
//!
//! An unknown key is an error with its line and the name that was probably meant; so is a value that cannot
//! work. Paths count from the file's own folder. What stands on the command line wins from the file.

mod access;
mod disclosure;
mod fault;
mod ledger;
mod operations;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::access::Tier;
use crate::settings::{Limits, PublicUrl, Settings};

pub(crate) use access::AccessPart;
pub(crate) use disclosure::DisclosurePart;
pub use disclosure::RoundingKeyError;
pub use fault::ConfigurationError;
use fault::Fault;
pub(crate) use ledger::LedgerPart;
pub(crate) use operations::{LimitsPart, MetricsPart, ReleasesPart};

/// A configuration file, read and checked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Configuration {
    /// The bundle's folder.
    pub(crate) bundle: Option<PathBuf>,
    /// Address and port to listen on.
    pub(crate) bind: Option<SocketAddr>,
    /// The address under which readers reach the service.
    pub(crate) public_url: Option<PublicUrl>,
    /// Microsoft's ONNX Runtime library.
    pub(crate) onnxruntime: Option<PathBuf>,
    /// Origins of web pages that may read answers; `*` for every page.
    pub(crate) allowed_origins: Vec<String>,
    /// The tier of everyone, where no access is configured.
    pub(crate) open_tier: Option<Tier>,
    /// Keys and tokens.
    pub(crate) access: AccessPart,
    /// The log for accountability.
    pub(crate) ledger: Option<LedgerPart>,
    /// New bundles, earlier ones, and the stop file.
    pub(crate) releases: ReleasesPart,
    /// What must hold of figures.
    pub(crate) disclosure: DisclosurePart,
    /// Limits on requests.
    pub(crate) limits: LimitsPart,
    /// The listener for figures.
    pub(crate) metrics: Option<MetricsPart>,
    /// SHA-256 of the file.
    #[serde(skip)]
    pub(crate) sha256: String,
}

impl Configuration {
    /// Reads and checks a configuration file.
    ///
    /// # Errors
    /// When it cannot be read, has a key that does not exist, or a value that cannot work.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigurationError> {
        let text = std::fs::read_to_string(path)
            .map_err(|cause| ConfigurationError::Unreadable { path: path.to_owned(), cause })?;
        Self::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, ConfigurationError> {
        let mut read: Self =
            toml::from_str(text).map_err(|error| ConfigurationError::of_toml(path, text, &error))?;
        read.check().map_err(|fault| ConfigurationError::of_fault(path, text, fault))?;
        read.sha256 = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        read.resolve(path.parent().unwrap_or(Path::new("")));
        Ok(read)
    }

    fn check(&self) -> Result<(), Fault> {
        self.access.check()?;
        self.releases.check()?;
        self.limits.check()?;
        self.ledger.as_ref().map_or(Ok(()), LedgerPart::check)
    }

    /// What it comes down to, for people.
    pub(crate) fn summary(&self) -> Vec<String> {
        let access = match (&self.access.keys, self.access.issuers().count()) {
            (None, 0) => {
                let tier = self.open_tier.unwrap_or(Settings::default().open_tier);
                format!("no keys or tokens: everyone has tier {}", tier.name())
            }
            (None, n) => format!("tokens of {n} issuers; without one: publiek"),
            (Some(path), n) => {
                format!("keys of {}, tokens of {n} issuers; without one: publiek", path.display())
            }
        };
        let ledger = self.ledger.as_ref().map_or("accountability is off".to_owned(), LedgerPart::summary);
        let Limits { connections, requests_at_once, requests_per_minute, header_time, answer_time } =
            self.limits.limits();
        let pace = requests_per_minute.map_or("any number".to_owned(), |pace| pace.to_string());
        let limits = format!(
            "limits: {connections} connections, {requests_at_once} requests at once, {pace} a minute of one asker, headers within {} s, answers within {} s",
            header_time.as_secs(),
            answer_time.as_secs()
        );
        vec![access, ledger, limits]
    }

    /// Makes paths count from a folder.
    fn resolve(&mut self, folder: &Path) {
        for path in [&mut self.bundle, &mut self.onnxruntime].into_iter().flatten() {
            *path = folder.join(&*path);
        }
        self.access.resolve(folder);
        self.disclosure.resolve(folder);
        self.releases.resolve(folder);
        if let Some(ledger) = &mut self.ledger {
            ledger.resolve(folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        Configuration::parse(Path::new("/etc/zichtlijn/serve.toml"), text).unwrap_err().to_string()
    }

    #[test]
    fn an_unknown_key_is_placed_and_gets_a_suggestion() {
        let told = told("bundle = \"b\"\npublik_url = \"https://x.nl\"\n");
        assert!(told.contains("serve.toml, line 2, column 1") && told.contains("`public_url`"), "{told}");
    }

    #[test]
    fn the_example_is_in_order() {
        let example = include_str!("../../deploy/serve.toml");
        let read = Configuration::parse(Path::new("/etc/zichtlijn/serve.toml"), example).unwrap();
        assert!(read.access.is_configured() && read.ledger.is_some());
        assert!(
            read.summary().iter().any(|line| line.contains("tokens of 1 issuers")),
            "{:?}",
            read.summary()
        );
    }

    #[test]
    fn a_value_that_cannot_work_is_placed() {
        for (text, words) in [
            ("bind = \"nonsense\"", "line 1"),
            ("open_tier = \"taktisch\"", "`tactisch`"),
            ("public_url = \"kaart.nl\"", "public URL"),
        ] {
            assert!(told(text).contains(words), "{text}: {}", told(text));
        }
    }

    #[test]
    fn paths_count_from_the_files_folder() {
        let text = "bundle = \"b\"\nonnxruntime = \"/lib/x.so\"\n[access]\nkeys = \"keys.json\"\n";
        let read = Configuration::parse(Path::new("/etc/zichtlijn/serve.toml"), text).unwrap();
        assert_eq!(read.bundle.unwrap(), Path::new("/etc/zichtlijn/b"));
        assert_eq!(read.onnxruntime.unwrap(), Path::new("/lib/x.so"));
        assert_eq!(read.access.keys.unwrap(), Path::new("/etc/zichtlijn/keys.json"));
    }
}
