//! What the operator chooses.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use axum::http::Uri;
use serde::Deserialize;

use crate::access::Tier;
use crate::projection::Disclosure;

/// How to serve a bundle.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address under which readers reach the service; without it links are relative to the host.
    pub public_url: Option<PublicUrl>,
    /// Microsoft's ONNX Runtime library to run the model with; without it the built-in one.
    pub onnxruntime: Option<PathBuf>,
    /// The tier of readers without a key or token. `Tactisch` is for a service that only its own machine can
    /// reach, such as the demo.
    pub open_tier: Tier,
    /// What must hold of figures before they are shown.
    pub disclosure: Disclosure,
    /// Origins of web pages that may read answers, such as `https://kaart.example.nl`. `*` is every page.
    pub allowed_origins: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: None,
            onnxruntime: None,
            open_tier: Tier::Tactisch,
            disclosure: Disclosure::default(),
            allowed_origins: Vec::new(),
        }
    }
}

/// Limits on what clients may ask of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at the same time; more wait their turn.
    pub connections: usize,
    /// Requests at the same time; more are turned away with 503.
    pub requests_at_once: usize,
    /// Requests a minute of one key, token or network; more are turned away with 429. `None` counts nothing.
    pub requests_per_minute: Option<u32>,
    /// Longest time that a request's headers may take to arrive.
    pub header_time: Duration,
    /// Longest time that an answer may take to be made, its request's body included.
    pub answer_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            requests_at_once: 512,
            requests_per_minute: None,
            header_time: Duration::from_secs(10),
            answer_time: Duration::from_secs(30),
        }
    }
}

/// The address under which readers reach the service, from configuration: the `Host` header is never used.
///
/// ```
/// use serving::PublicUrl;
///
/// let url: PublicUrl = "https://kaart.voorbeeldstad.nl/zichtlijn/".parse()?;
/// assert_eq!(url.as_str(), "https://kaart.voorbeeldstad.nl/zichtlijn");
/// assert!("kaart.voorbeeldstad.nl".parse::<PublicUrl>().is_err());
/// # Ok::<(), serving::UnfitPublicUrl>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PublicUrl(String);

/// Not an address that links can start with.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is not a public URL; give http:// or https://, a host, and at most a path, without ? or #")]
pub struct UnfitPublicUrl(String);

impl PublicUrl {
    /// The address, without a slash at the end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether readers come over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = UnfitPublicUrl;

    fn try_from(text: String) -> Result<Self, UnfitPublicUrl> {
        text.parse()
    }
}

impl FromStr for PublicUrl {
    type Err = UnfitPublicUrl;

    fn from_str(text: &str) -> Result<Self, UnfitPublicUrl> {
        let unfit = || UnfitPublicUrl(text.to_owned());
        let uri: Uri = text.parse().ok().ok_or_else(unfit)?;
        let scheme = uri.scheme_str().ok_or_else(unfit)?;
        let authority = uri.authority().ok_or_else(unfit)?;
        let fits = ["http", "https"].contains(&scheme) && uri.query().is_none() && !text.contains('#');
        if !fits || authority.as_str().contains('@') {
            return Err(unfit());
        }
        let path = uri.path().trim_end_matches('/');
        Ok(Self(format!("{scheme}://{authority}{path}")))
    }
}

impl Settings {
    /// What links start with: the public URL, or nothing.
    pub(crate) fn base(&self) -> &str {
        self.public_url.as_ref().map_or("", PublicUrl::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_web_addresses_are_public_urls() {
        for text in
            ["", "/v1", "ftp://host", "https://", "https://host?x=1", "https://host#x", "https://me:pw@host"]
        {
            assert!(text.parse::<PublicUrl>().is_err(), "{text}");
        }
        assert_eq!("http://127.0.0.1:8080".parse::<PublicUrl>().unwrap().as_str(), "http://127.0.0.1:8080");
    }
}
