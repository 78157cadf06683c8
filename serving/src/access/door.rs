//! The door: from the headers of a request to a reader, or to a refusal.

use axum::extract::Query;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Uri};
use ring::hmac;
use ring::rand::SystemRandom;

use crate::access::keys::PREFIX;
use crate::access::refusal::Refusal;
use crate::access::{Issuer, KeyFile, Reader, Scope, Tier, token};
use crate::clock;

/// Query parameters by which clients are known to send credentials.
const CREDENTIAL_NAMES: [&str; 5] = ["access_token", "api_key", "apikey", "token", "id_token"];

/// Decides who comes in as what. Credentials are taken from the `Authorization` header only (RFC 6750 and the
/// Dutch OAuth profile), and wrong ones never fall back to what everyone may see.
#[derive(Debug)]
pub struct Door {
    way: Way,
    pseudonyms: Pseudonyms,
}

#[derive(Debug)]
enum Way {
    /// No access is configured: everyone has this tier.
    Open(Tier),
    /// Keys and tokens.
    Guarded { keys: Option<KeyFile>, issuers: Vec<Issuer> },
}

/// What was decided about a request.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    /// How the asker made themselves known: `none`, `key`, `token`.
    pub(crate) means: &'static str,
    /// The reader, or why there is none.
    pub(crate) outcome: Result<Reader, Refusal>,
}

impl Door {
    /// A door without a lock: for one machine, or where all is public.
    #[must_use]
    pub fn open(tier: Tier) -> Self {
        Self { way: Way::Open(tier), pseudonyms: Pseudonyms::passing() }
    }

    /// Whether no keys or tokens are configured.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.way, Way::Open(_))
    }

    /// A door with keys, tokens, or both.
    pub(crate) fn guarded(keys: Option<KeyFile>, issuers: Vec<Issuer>, pseudonyms: Pseudonyms) -> Self {
        Self { way: Way::Guarded { keys, issuers }, pseudonyms }
    }

    /// Whether keys or tokens are configured.
    #[must_use]
    pub fn is_guarded(&self) -> bool {
        matches!(self.way, Way::Guarded { .. })
    }

    /// Decides about a request.
    pub(crate) async fn decide(&self, uri: &Uri, headers: &HeaderMap) -> Decision {
        if has_credentials(uri) {
            return Decision { means: "address", outcome: Err(Refusal::InAddress) };
        }
        match bearer(headers) {
            Ok(None) => Decision { means: "none", outcome: Ok(self.anyone()) },
            Ok(Some(sent)) if sent.starts_with(PREFIX) => {
                Decision { means: "key", outcome: self.by_key(sent) }
            }
            Ok(Some(sent)) => Decision { means: "token", outcome: self.by_token(sent).await },
            Err(refusal) => Decision { means: "header", outcome: Err(refusal) },
        }
    }

    fn anyone(&self) -> Reader {
        match self.way {
            Way::Open(tier) => Reader { tier, scope: Scope::Everywhere, subject: None },
            Way::Guarded { .. } => Reader::public(),
        }
    }

    fn by_key(&self, sent: &str) -> Result<Reader, Refusal> {
        let Way::Guarded { keys, .. } = &self.way else { return Err(Refusal::NotConfigured) };
        let key = keys.as_ref().ok_or(Refusal::UnknownKey)?.find(sent, clock::now())?;
        Ok(Reader { tier: key.tier, scope: key.scope, subject: Some(format!("key:{}", key.id)) })
    }

    async fn by_token(&self, sent: &str) -> Result<Reader, Refusal> {
        let Way::Guarded { issuers, .. } = &self.way else { return Err(Refusal::NotConfigured) };
        let bearer = token::check(issuers, sent).await?;
        let subject = Some(self.pseudonyms.of(&bearer.person));
        Ok(Reader { tier: bearer.tier, scope: bearer.scope, subject })
    }
}

/// Whether the address carries a key or token, by the name of a parameter or by its value.
fn has_credentials(uri: &Uri) -> bool {
    let Ok(Query(pairs)) = Query::<Vec<(String, String)>>::try_from_uri(uri) else { return false };
    pairs.iter().any(|(name, value)| {
        CREDENTIAL_NAMES.contains(&name.to_ascii_lowercase().as_str()) || value.starts_with(PREFIX)
    })
}

/// What stands behind `Bearer`; `None` without the header.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Refusal::Header);
    }
    let value = value.to_str().ok().ok_or(Refusal::Header)?;
    let (scheme, sent) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refusal::Scheme);
    }
    Ok(Some(sent.trim()))
}

/// Names for persons that only the holder of a secret can lead back to them (HMAC-SHA-256).
#[derive(Debug)]
pub(crate) struct Pseudonyms(hmac::Key);

impl Pseudonyms {
    /// The same person has the same name as long as the secret is the same.
    pub(crate) fn lasting(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// Names that mean nothing after this process: where nothing is written down they need not.
    pub(crate) fn passing() -> Self {
        let secret = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new());
        // Without random numbers all pseudonyms are one, which gives nobody away.
        Self(secret.unwrap_or_else(|_| hmac::Key::new(hmac::HMAC_SHA256, &[])))
    }

    fn of(&self, person: &str) -> String {
        let tag = hmac::sign(&self.0, person.as_bytes());
        let digits: String = tag.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("person:{digits}")
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(values: &[&'static str]) -> HeaderMap {
        values.iter().map(|value| (AUTHORIZATION, HeaderValue::from_static(value))).collect()
    }

    async fn outcome(door: &Door, uri: &'static str, values: &[&'static str]) -> Result<Reader, Refusal> {
        let mut map = HeaderMap::new();
        for value in values {
            map.append(AUTHORIZATION, HeaderValue::from_static(value));
        }
        door.decide(&Uri::from_static(uri), &map).await.outcome
    }

    #[tokio::test]
    async fn an_open_door_takes_no_credentials_and_a_guarded_one_knows_everyone_as_public() {
        let open = Door::open(Tier::Tactisch);
        assert_eq!(outcome(&open, "/v1", &[]).await.unwrap().tier, Tier::Tactisch);
        assert_eq!(outcome(&open, "/v1", &["Bearer zl_1_2"]).await, Err(Refusal::NotConfigured));
        let guarded = Door::guarded(None, Vec::new(), Pseudonyms::passing());
        assert_eq!(outcome(&guarded, "/v1", &[]).await, Ok(Reader::public()));
        assert_eq!(outcome(&guarded, "/v1", &["bearer zl_1_2"]).await, Err(Refusal::UnknownKey));
        assert_eq!(outcome(&guarded, "/v1", &["Bearer x"]).await, Err(Refusal::Malformed));
        assert_eq!(outcome(&guarded, "/v1", &["Bearer"]).await, Err(Refusal::Malformed));
        assert_eq!(outcome(&guarded, "/v1", &["Basic eDp5"]).await, Err(Refusal::Scheme));
        assert_eq!(outcome(&guarded, "/v1", &["Bearer a", "Bearer b"]).await, Err(Refusal::Header));
    }

    #[tokio::test]
    async fn credentials_in_the_address_are_refused_even_where_all_is_open() {
        let open = Door::open(Tier::Tactisch);
        for uri in ["/v1?access_token=x", "/v1?lang=nl&API_KEY=x", "/v1?limit=zl_12345678_0", "/v1?%74oken=x"]
        {
            assert_eq!(outcome(&open, uri, &[]).await, Err(Refusal::InAddress), "{uri}");
        }
        assert!(outcome(&open, "/v1?lang=nl", &[]).await.is_ok());
    }

    #[test]
    fn the_header_is_read_by_the_standard() {
        assert_eq!(bearer(&headers(&["bEaReR  abc "])), Ok(Some("abc")));
        assert_eq!(bearer(&headers(&[])), Ok(None));
    }

    #[test]
    fn a_pseudonym_is_stable_with_the_secret_and_says_nothing_without() {
        let (one, other) = (Pseudonyms::lasting(b"one"), Pseudonyms::lasting(b"other"));
        assert_eq!(one.of("i\njansen"), one.of("i\njansen"));
        assert_ne!(one.of("i\njansen"), other.of("i\njansen"));
        assert_ne!(one.of("i\njansen"), one.of("i\nde vries"));
    }
}
