//! OIDC access tokens: signed JWTs (RFC 7519) of the issuers in the configuration.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;
use serde_json::Value;

use crate::access::key_set::{KeySet, Origin};
use crate::access::refusal::Refusal;
use crate::access::signatures;
use crate::access::{Scope, Tier, fits_gemeente};

/// An issuer of tokens and what its claims mean here.
#[derive(Debug)]
pub(crate) struct Issuer {
    rules: IssuerRules,
    keys: Arc<KeySet>,
}

/// What the operator says about an issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IssuerRules {
    /// `iss`, to the letter.
    pub(crate) issuer: String,
    /// `aud`: this service.
    pub(crate) audience: String,
    /// Where its keys are.
    pub(crate) keys: Origin,
    /// How it may sign.
    pub(crate) algorithms: Vec<SigningAlgorithm>,
    /// How far its clock may be off, in seconds.
    pub(crate) leeway: u64,
    /// The claim that holds the roles: a list, or words with spaces between them.
    pub(crate) tier_claim: String,
    /// The tier that each role gives; the highest of a person's roles counts.
    pub(crate) tiers: BTreeMap<String, Tier>,
    /// Where a person may see.
    pub(crate) scope: ScopeRule,
}

/// Where the people of an issuer may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ScopeRule {
    /// The same for everyone.
    Fixed(Scope),
    /// The GM codes in this claim.
    Claim(String),
}

/// A way to sign that can be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum SigningAlgorithm {
    /// RSA PKCS #1 v1.5 with SHA-256, 2,048 bits or more.
    #[serde(rename = "RS256")]
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

/// What a token says, once it is found right.
#[derive(Debug)]
pub(super) struct Bearer {
    /// Issuer and subject: who it is, to be made a pseudonym at once.
    pub(super) person: String,
    pub(super) tier: Tier,
    pub(super) scope: Scope,
}

#[derive(Deserialize)]
struct Head {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Unproven {
    iss: Option<String>,
}

impl SigningAlgorithm {
    fn of_name(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            "EdDSA" => Some(Self::EdDsa),
            _ => None,
        }
    }

    fn algorithm(self) -> Algorithm {
        match self {
            Self::Rs256 => Algorithm::RS256,
            Self::Es256 => Algorithm::ES256,
            Self::EdDsa => Algorithm::EdDSA,
        }
    }
}

impl Issuer {
    /// An issuer whose keys are read when they are first needed.
    pub(crate) fn new(rules: IssuerRules) -> Self {
        signatures::install();
        let keys = Arc::new(KeySet::new(rules.keys.clone()));
        Self { rules, keys }
    }

    /// Its keys.
    pub(crate) fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// What the operator says about it.
    pub(crate) fn rules(&self) -> &IssuerRules {
        &self.rules
    }

    async fn check(&self, token: &str, head: &Head) -> Result<Bearer, Refusal> {
        let named =
            SigningAlgorithm::of_name(&head.alg).filter(|named| self.rules.algorithms.contains(named));
        let algorithm = named.ok_or(Refusal::Algorithm)?.algorithm();
        let key = self.keys.find(head.kid.as_deref().ok_or(Refusal::UnknownKeyId)?).await?;
        if key.algorithm != algorithm {
            return Err(Refusal::Algorithm);
        }
        let mut rules = Validation::new(algorithm);
        rules.set_issuer(&[&self.rules.issuer]);
        rules.set_audience(&[&self.rules.audience]);
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        rules.leeway = self.rules.leeway;
        rules.validate_nbf = true;
        let read =
            jsonwebtoken::decode::<Value>(token, &key.key, &rules).map_err(|error| refusal(error.kind()))?;
        self.read(&read.claims)
    }

    fn read(&self, claims: &Value) -> Result<Bearer, Refusal> {
        let subject = claims["sub"].as_str().filter(|subject| !subject.is_empty()).ok_or(Refusal::Claims)?;
        let roles = words(&claims[&self.rules.tier_claim]);
        let tier = roles.iter().filter_map(|role| self.rules.tiers.get(*role)).max();
        let scope = match &self.rules.scope {
            ScopeRule::Fixed(scope) => scope.clone(),
            ScopeRule::Claim(name) => {
                let codes = words(&claims[name]);
                if codes.is_empty() || !codes.iter().all(|code| fits_gemeente(code)) {
                    return Err(Refusal::Claims);
                }
                Scope::Within(codes.into_iter().map(str::to_owned).collect())
            }
        };
        let person = format!("{}\n{subject}", self.rules.issuer);
        Ok(Bearer { person, tier: *tier.ok_or(Refusal::NoTier)?, scope })
    }
}

/// Checks a token against the issuer that it names.
pub(super) async fn check(issuers: &[Issuer], token: &str) -> Result<Bearer, Refusal> {
    let mut parts = token.split('.');
    let (Some(head), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Refusal::Malformed);
    };
    let head: Head = decoded(head)?;
    // RFC 7515: who does not know what a token calls critical must refuse it. Nothing is known here.
    if head.crit.is_some() {
        return Err(Refusal::Malformed);
    }
    // Before the issuer is looked at: `none` and HMACs are never right, whoever signs.
    if SigningAlgorithm::of_name(&head.alg).is_none() {
        return Err(Refusal::Algorithm);
    }
    // Unproven so far: it only chooses whose keys and rules the token has to answer to.
    let named = decoded::<Unproven>(claims)?.iss.ok_or(Refusal::Issuer)?;
    let issuer = issuers.iter().find(|issuer| issuer.rules.issuer == named).ok_or(Refusal::Issuer)?;
    issuer.check(token, &head).await
}

fn decoded<T: for<'a> Deserialize<'a>>(part: &str) -> Result<T, Refusal> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok().ok_or(Refusal::Malformed)?;
    serde_json::from_slice(&bytes).ok().ok_or(Refusal::Malformed)
}

/// A claim as words: a list of texts, or one text with spaces between the words.
fn words(claim: &Value) -> Vec<&str> {
    match claim {
        Value::String(text) => text.split_whitespace().collect(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn refusal(kind: &ErrorKind) -> Refusal {
    match kind {
        ErrorKind::InvalidIssuer => Refusal::Issuer,
        ErrorKind::InvalidAudience => Refusal::Audience,
        ErrorKind::ExpiredSignature => Refusal::Expired,
        ErrorKind::ImmatureSignature => Refusal::NotYetValid,
        ErrorKind::InvalidSignature => Refusal::Signature,
        ErrorKind::InvalidAlgorithm | ErrorKind::UnsupportedAlgorithm => Refusal::Algorithm,
        ErrorKind::MissingRequiredClaim(name) if name == "aud" => Refusal::Audience,
        ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) => Refusal::Claims,
        _ => Refusal::Malformed,
    }
}
