//! `[access]`: the file of keys and the issuers of tokens.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use axum::http::Uri;
use serde::Deserialize;

use crate::access::{IssuerRules, Origin, Scope, ScopeRule, SigningAlgorithm, Tier, fits_gemeente};
use crate::configuration::fault::Fault;

/// How far an issuer's clock may be off, in seconds, unless the file says otherwise; at most
/// [`LARGEST_LEEWAY`].
const LEEWAY: u64 = 30;
const LARGEST_LEEWAY: u64 = 60;

/// `[access]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AccessPart {
    /// The file of keys that `serve key` writes.
    pub(crate) keys: Option<PathBuf>,
    /// Issuers of access tokens.
    #[serde(rename = "issuer")]
    issuers: Vec<IssuerPart>,
}

/// `[[access.issuer]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct IssuerPart {
    issuer: String,
    audience: String,
    /// An https address or a file.
    jwks: String,
    /// Certificates to trust for `jwks` instead of the usual ones.
    jwks_certificates: Option<PathBuf>,
    #[serde(default = "algorithms")]
    algorithms: Vec<SigningAlgorithm>,
    #[serde(default = "leeway")]
    leeway_seconds: u64,
    tier_claim: String,
    tiers: BTreeMap<String, Tier>,
    /// The claim with GM codes.
    scope_claim: Option<String>,
    /// GM codes that hold for everyone, or `["*"]` for all areas.
    scope: Option<Vec<String>>,
}

fn algorithms() -> Vec<SigningAlgorithm> {
    vec![SigningAlgorithm::Rs256, SigningAlgorithm::Es256, SigningAlgorithm::EdDsa]
}

fn leeway() -> u64 {
    LEEWAY
}

impl AccessPart {
    /// Whether anything is configured.
    pub(crate) fn is_configured(&self) -> bool {
        self.keys.is_some() || !self.issuers.is_empty()
    }

    /// The issuers' rules.
    pub(crate) fn issuers(&self) -> impl Iterator<Item = IssuerRules> {
        self.issuers.iter().map(IssuerPart::rules)
    }

    pub(super) fn check(&self) -> Result<(), Fault> {
        for (i, part) in self.issuers.iter().enumerate() {
            part.check()?;
            if self.issuers[..i].iter().any(|earlier| earlier.issuer == part.issuer) {
                return Err(Fault::new(&part.issuer, format!("the issuer {:?} comes twice", part.issuer)));
            }
        }
        Ok(())
    }

    pub(super) fn resolve(&mut self, folder: &Path) {
        if let Some(path) = &mut self.keys {
            *path = folder.join(&*path);
        }
        for part in &mut self.issuers {
            if !is_address(&part.jwks) {
                part.jwks = folder.join(&part.jwks).display().to_string();
            }
            if let Some(path) = &mut part.jwks_certificates {
                *path = folder.join(&*path);
            }
        }
    }
}

impl IssuerPart {
    fn check(&self) -> Result<(), Fault> {
        let name = &self.issuer;
        for (key, value) in [("issuer", name), ("audience", &self.audience), ("tier_claim", &self.tier_claim)]
        {
            if value.is_empty() {
                return Err(Fault::new("[[access.issuer]]", format!("`{key}` is empty")));
            }
        }
        if is_address(&self.jwks) && !is_safe(&self.jwks) {
            let message = format!("`jwks` of {name:?} is {:?}; keys are fetched over https only", self.jwks);
            return Err(Fault::new(&self.jwks, message));
        }
        if self.algorithms.is_empty() || self.tiers.is_empty() {
            return Err(Fault::new(name, format!("`algorithms` and `tiers` of {name:?} may not be empty")));
        }
        if self.leeway_seconds > LARGEST_LEEWAY {
            let message =
                format!("`leeway_seconds` of {name:?} is {}, at most {LARGEST_LEEWAY}", self.leeway_seconds);
            return Err(Fault::new("leeway_seconds", message));
        }
        self.check_scope()
    }

    fn check_scope(&self) -> Result<(), Fault> {
        let name = &self.issuer;
        match (&self.scope_claim, &self.scope) {
            (Some(_), None) => Ok(()),
            (None, Some(codes)) if codes.iter().map(String::as_str).eq(["*"]) => Ok(()),
            (None, Some(codes)) if !codes.is_empty() => {
                codes.iter().find(|code| !fits_gemeente(code)).map_or(Ok(()), |code| {
                    Err(Fault::new(code, format!("{code:?} is no code of a gemeente (GM0000)")))
                })
            }
            _ => Err(Fault::new(
                name,
                format!(
                    "{name:?} needs either `scope_claim`, the claim with GM codes, or `scope`, a list of GM codes or [\"*\"]"
                ),
            )),
        }
    }

    fn rules(&self) -> IssuerRules {
        let keys = if is_address(&self.jwks) {
            Origin::Url(self.jwks.clone(), self.jwks_certificates.clone())
        } else {
            Origin::File(PathBuf::from(&self.jwks))
        };
        let scope = match (&self.scope_claim, &self.scope) {
            (Some(claim), _) => ScopeRule::Claim(claim.clone()),
            (None, Some(codes)) if !codes.iter().any(|code| code == "*") => {
                ScopeRule::Fixed(Scope::Within(codes.iter().cloned().collect()))
            }
            _ => ScopeRule::Fixed(Scope::Everywhere),
        };
        IssuerRules {
            issuer: self.issuer.clone(),
            audience: self.audience.clone(),
            keys,
            algorithms: self.algorithms.clone(),
            leeway: self.leeway_seconds,
            tier_claim: self.tier_claim.clone(),
            tiers: self.tiers.clone(),
            scope,
        }
    }
}

fn is_address(jwks: &str) -> bool {
    jwks.contains("://")
}

/// https, or http on this very machine.
fn is_safe(address: &str) -> bool {
    let Ok(uri) = address.parse::<Uri>() else { return false };
    match uri.scheme_str() {
        Some("https") => true,
        Some("http") => uri.host().is_some_and(|host| ["127.0.0.1", "localhost", "[::1]"].contains(&host)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "[[issuer]]\nissuer = \"https://login.nl\"\naudience = \"zichtlijn\"\njwks = \"https://login.nl/keys\"\n\
                          tier_claim = \"roles\"\ntiers = { planner = \"tactisch\" }\nscope_claim = \"gemeenten\"\n";

    fn check(text: &str) -> Result<(), String> {
        toml::from_str::<AccessPart>(text).unwrap().check().map_err(|fault| fault.message)
    }

    #[test]
    fn what_cannot_work_is_refused() {
        assert_eq!(check(ISSUER), Ok(()));
        for (from, to, words) in [
            ("https://login.nl/keys", "http://login.nl/keys", "https only"),
            ("https://login.nl/keys", "ftp://login.nl/keys", "https only"),
            ("\"zichtlijn\"", "\"\"", "`audience` is empty"),
            ("{ planner = \"tactisch\" }", "{}", "may not be empty"),
            ("scope_claim = \"gemeenten\"", "", "needs either"),
            ("scope_claim = \"gemeenten\"", "scope = [\"0344\"]", "no code of a gemeente"),
            ("scope_claim = \"gemeenten\"", "scope = []", "needs either"),
            ("scope_claim", "leeway_seconds = 600\nscope_claim", "at most 60"),
        ] {
            let told = check(&ISSUER.replace(from, to)).unwrap_err();
            assert!(told.contains(words), "{told}");
        }
        assert!(check(&format!("{ISSUER}{ISSUER}")).unwrap_err().contains("twice"));
        assert_eq!(check(&ISSUER.replace("scope_claim = \"gemeenten\"", "scope = [\"*\"]")), Ok(()));
        assert_eq!(check(&ISSUER.replace("https://login.nl/keys", "http://127.0.0.1:9/keys")), Ok(()));
    }
}
