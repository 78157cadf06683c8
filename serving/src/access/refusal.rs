//! Why someone is not let in, as it is answered and as it is logged.

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use models::Text;

use crate::problem::{Problem, text};

/// Why a request with credentials is refused. It never falls back to what everyone may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// A key or token stands in the address.
    InAddress,
    /// More than one `Authorization` header, or one that is no text.
    Header,
    /// Another scheme than `Bearer`.
    Scheme,
    /// No access is configured, so no key or token can be right.
    NotConfigured,
    /// No such key.
    UnknownKey,
    /// The key was revoked.
    RevokedKey,
    /// The key's last day has passed.
    ExpiredKey,
    /// Not a signed token in compact form.
    Malformed,
    /// An algorithm that is not allowed for the issuer, `none` among them.
    Algorithm,
    /// Not one of the issuers.
    Issuer,
    /// Meant for another service.
    Audience,
    /// The token is past its time.
    Expired,
    /// The token is before its time.
    NotYetValid,
    /// The issuer has no such key.
    UnknownKeyId,
    /// The signature does not hold.
    Signature,
    /// A claim that is needed is absent or of another form.
    Claims,
    /// The token is right, but names no tier that is known here.
    NoTier,
    /// The issuer's keys cannot be had at the moment.
    NoKeySet,
}

impl Refusal {
    /// The word for it in the log and in the answer.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::InAddress => "credentials_in_address",
            Self::Header => "header_unreadable",
            Self::Scheme => "scheme_not_bearer",
            Self::NotConfigured => "access_not_configured",
            Self::UnknownKey => "key_unknown",
            Self::RevokedKey => "key_revoked",
            Self::ExpiredKey => "key_expired",
            Self::Malformed => "token_malformed",
            Self::Algorithm => "token_algorithm",
            Self::Issuer => "token_issuer",
            Self::Audience => "token_audience",
            Self::Expired => "token_expired",
            Self::NotYetValid => "token_not_yet_valid",
            Self::UnknownKeyId => "token_key_unknown",
            Self::Signature => "token_signature",
            Self::Claims => "token_claims",
            Self::NoTier => "token_without_tier",
            Self::NoKeySet => "issuer_unreachable",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::InAddress | Self::Header => StatusCode::BAD_REQUEST,
            Self::NoTier => StatusCode::FORBIDDEN,
            Self::NoKeySet => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNAUTHORIZED,
        }
    }

    /// `error` of RFC 6750, section 3.1.
    fn bearer_error(self) -> Option<&'static str> {
        match self {
            Self::InAddress | Self::Header => Some("invalid_request"),
            Self::NoTier => Some("insufficient_scope"),
            // The client sent no bearer token, so section 3 asks for the bare challenge.
            Self::Scheme | Self::NoKeySet => None,
            _ => Some("invalid_token"),
        }
    }

    fn detail(self) -> Text {
        let (nl, en) = match self {
            Self::InAddress => (
                "Een sleutel of token hoort niet in het adres: daar komt hij in logboeken terecht. Zet hem in de header \
                 Authorization, en trek deze sleutel in.",
                "A key or token does not belong in the address, where it ends up in logs. Put it in the Authorization \
                 header, and revoke this one.",
            ),
            Self::Header => (
                "De header Authorization staat er meer dan één keer of is niet leesbaar. Stuur hem één keer.",
                "The Authorization header is there more than once or cannot be read. Send it once.",
            ),
            Self::Scheme => (
                "Deze dienst kent alleen 'Authorization: Bearer SLEUTEL_OF_TOKEN'.",
                "This service only knows 'Authorization: Bearer KEY_OR_TOKEN'.",
            ),
            Self::NotConfigured => (
                "Bij deze dienst is geen toegang met sleutels of tokens ingesteld. Vraag zonder header Authorization.",
                "This service has no access with keys or tokens configured. Ask without an Authorization header.",
            ),
            Self::UnknownKey => (
                "Deze sleutel is hier niet bekend. Vraag de beheerder om een nieuwe.",
                "This key is not known here. Ask the operator for a new one.",
            ),
            Self::RevokedKey => (
                "Deze sleutel is ingetrokken. Vraag de beheerder om een nieuwe.",
                "This key was revoked. Ask the operator for a new one.",
            ),
            Self::ExpiredKey => (
                "Deze sleutel is verlopen. Vraag de beheerder om een nieuwe.",
                "This key has expired. Ask the operator for a new one.",
            ),
            Self::Malformed | Self::Claims => (
                "Dit token is niet te lezen, of mist iets dat nodig is. Haal een nieuw token op.",
                "This token cannot be read, or lacks something that is needed. Fetch a new token.",
            ),
            Self::Algorithm => (
                "Dit token is ondertekend op een manier die hier niet is toegestaan.",
                "This token is signed in a way that is not allowed here.",
            ),
            Self::Issuer => (
                "Dit token komt van een uitgever die hier niet bekend is.",
                "This token is from an issuer that is not known here.",
            ),
            Self::Audience => (
                "Dit token is voor een andere dienst bedoeld (aud). Vraag een token voor deze dienst.",
                "This token is meant for another service (aud). Ask for a token for this one.",
            ),
            Self::Expired => (
                "Dit token is verlopen. Haal een nieuw token op.",
                "This token has expired. Fetch a new token.",
            ),
            Self::NotYetValid => (
                "Dit token is nog niet geldig. Probeer het later, en controleer de klok van de uitgever.",
                "This token is not valid yet. Try later, and check the issuer's clock.",
            ),
            Self::UnknownKeyId | Self::Signature => (
                "De handtekening van dit token klopt niet of is van een onbekende sleutel. Haal een nieuw token op.",
                "This token's signature does not hold or is by an unknown key. Fetch a new token.",
            ),
            Self::NoTier => (
                "Dit token is geldig, maar geeft geen toegang tot deze dienst. Vraag de beheerder om een rol.",
                "This token is valid, but gives no access to this service. Ask the operator for a role.",
            ),
            Self::NoKeySet => (
                "Dit token kan nu niet worden gecontroleerd: de sleutels van de uitgever zijn niet te krijgen. Probeer \
                 het straks opnieuw.",
                "This token cannot be checked now: the issuer's keys cannot be had. Please try again later.",
            ),
        };
        text(nl, en)
    }

    /// The answer: a problem, with the challenge of RFC 6750.
    pub(crate) fn answer(self) -> Response {
        let mut response =
            Problem::header("Authorization", self.status(), self.code(), self.detail()).into_response();
        if self == Self::NoKeySet {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("30"));
        } else {
            let error = self.bearer_error().map_or(String::new(), |error| format!(", error=\"{error}\""));
            if let Ok(challenge) = HeaderValue::try_from(format!("Bearer realm=\"zichtlijn\"{error}")) {
                response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
            }
        }
        response
    }
}
