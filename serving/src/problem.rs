//! Errors as RFC 9457 problem details, in Dutch and English.
//!
//! A handler answers with a [`Problem`]; it is written out by the envelope around every answer, which
//! knows the reader's language and the trace id.

use std::fmt::Display;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use models::Text;
use serde_json::{Value, json};

use crate::language::Language;

/// Media type of every error.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// What went wrong, for the reader.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    detail: Text,
    faults: Vec<Fault>,
    retry_after: Option<u32>,
}

/// One thing that is wrong with the request, and where.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    place: Place,
    code: &'static str,
    detail: Text,
}

/// Where in the request a fault is.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// The query parameter of this name.
    Query(String),
    /// The path parameter of this name.
    Path(&'static str),
    /// The header of this name.
    Header(&'static str),
    /// The member of the JSON body, such as `inputs[2].shape`.
    Member(String),
    /// The position in the body.
    Position {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
}

/// A text in both languages.
pub(crate) fn text(nl: impl Into<String>, en: impl Into<String>) -> Text {
    Text { nl: nl.into(), en: en.into() }
}

/// Quotes what a reader sent, cut off when it is long.
pub(crate) fn quoted(value: &str) -> String {
    const LONGEST: usize = 60;
    if value.chars().count() <= LONGEST {
        return format!("{value:?}");
    }
    let start: String = value.chars().take(LONGEST).collect();
    format!("{start:?}…")
}

/// Lists allowed values.
pub(crate) fn listed<T: Display>(values: impl IntoIterator<Item = T>) -> String {
    values.into_iter().map(|value| value.to_string()).collect::<Vec<_>>().join(", ")
}

impl Fault {
    /// A fault at a place.
    pub(crate) fn new(place: Place, code: &'static str, detail: Text) -> Self {
        Self { place, code, detail }
    }

    fn to_json(&self, language: Language) -> Value {
        let (within, location) = match &self.place {
            Place::Query(name) => ("query", json!({ "name": name })),
            Place::Path(name) => ("path", json!({ "name": name })),
            Place::Header(name) => ("header", json!({ "name": name })),
            Place::Member(member) => ("body", json!({ "name": member })),
            Place::Position { line, column } => ("body", json!({ "line": line, "column": column })),
        };
        json!({ "in": within, "location": location, "code": self.code, "detail": language.of(&self.detail) })
    }
}

impl Problem {
    /// A problem with one sentence or more about it.
    pub(crate) fn new(status: StatusCode, detail: Text) -> Self {
        Self { status, detail, faults: Vec::new(), retry_after: None }
    }

    /// 400 with the place of the fault.
    pub(crate) fn invalid(fault: Fault) -> Self {
        Self::new(StatusCode::BAD_REQUEST, fault.detail.clone()).with(fault)
    }

    /// 400 for a query parameter.
    pub(crate) fn parameter(name: &str, code: &'static str, detail: Text) -> Self {
        Self::invalid(Fault::new(Place::Query(name.to_owned()), code, detail))
    }

    /// 410 for a query parameter that was right once.
    pub(crate) fn gone(name: &str, code: &'static str, detail: Text) -> Self {
        Self { status: StatusCode::GONE, ..Self::parameter(name, code, detail) }
    }

    /// 404 for a name in the path that nothing goes by.
    pub(crate) fn not_found(parameter: &'static str, code: &'static str, detail: Text) -> Self {
        let fault = Fault::new(Place::Path(parameter), code, detail.clone());
        Self::new(StatusCode::NOT_FOUND, detail).with(fault)
    }

    /// A problem with a header.
    pub(crate) fn header(name: &'static str, status: StatusCode, code: &'static str, detail: Text) -> Self {
        let fault = Fault::new(Place::Header(name), code, detail.clone());
        Self::new(status, detail).with(fault)
    }

    /// Whether one of its faults has a code that starts so.
    pub(crate) fn is_about(&self, start: &str) -> bool {
        self.faults.iter().any(|fault| fault.code.starts_with(start))
    }

    /// 503 because there are too many requests.
    pub(crate) fn too_busy() -> Self {
        let detail = text(
            "Er zijn nu te veel verzoeken tegelijk. Probeer het zo opnieuw.",
            "There are too many requests at once. Please try again in a moment.",
        );
        Self { retry_after: Some(1), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, detail) }
    }

    /// 429 because this asker asks too fast.
    pub(crate) fn too_fast(seconds: u32) -> Self {
        let detail = text(
            format!("U vraagt te veel in korte tijd. Wacht {seconds} seconden."),
            format!("You ask too much in a short time. Please wait {seconds} seconds."),
        );
        Self { retry_after: Some(seconds), ..Self::new(StatusCode::TOO_MANY_REQUESTS, detail) }
    }

    /// 503 because an operator stopped the answers.
    pub(crate) fn stopped(reason: &Text) -> Self {
        let detail = text(
            format!("De dienst is stilgezet. Reden: {}", reason.nl),
            format!("The service has been stopped. Reason: {}", reason.en),
        );
        Self { retry_after: Some(300), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, detail) }
    }

    /// The same problem with a fault more.
    pub(crate) fn with(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// 500, with nothing about the inside; the cause goes to the log.
    pub(crate) fn internal(cause: &dyn Display) -> Self {
        tracing::error!(%cause, "internal error");
        Self::of_status(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// 503 because an answer took too long.
    pub(crate) fn too_slow() -> Self {
        Self { retry_after: Some(5), ..Self::of_status(StatusCode::SERVICE_UNAVAILABLE) }
    }

    /// The problem for a bare status, such as those that the web framework gives by itself.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        let detail = match status {
            StatusCode::NOT_FOUND => text(
                "Dit adres bestaat niet. Begin bij /v1; let op: een adres eindigt niet op een schuine streep.",
                "This address does not exist. Start at /v1; note that an address does not end with a slash.",
            ),
            StatusCode::METHOD_NOT_ALLOWED => text(
                "Deze methode kan hier niet. De header Allow noemt wat wel kan.",
                "This method is not possible here. The Allow header names those that are.",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => text(
                "De inhoud van het verzoek is groter dan 16 MiB. Verdeel de rijen over meer verzoeken.",
                "The body of the request is larger than 16 MiB. Divide the rows over more requests.",
            ),
            StatusCode::URI_TOO_LONG => text(
                "Het adres is langer dan 8 KiB. Vraag minder in één keer.",
                "The address is longer than 8 KiB. Ask for less at a time.",
            ),
            StatusCode::SERVICE_UNAVAILABLE => text(
                "Het antwoord kwam niet op tijd klaar. Probeer het straks opnieuw.",
                "The answer was not ready in time. Please try again later.",
            ),
            StatusCode::INTERNAL_SERVER_ERROR => text(
                "Er ging iets mis in de dienst. Meld het met het nummer bij 'instance'.",
                "Something went wrong in the service. Please report it with the number at 'instance'.",
            ),
            _ => text("Het verzoek kon niet worden verwerkt.", "The request could not be handled."),
        };
        Self::new(status, detail)
    }

    /// The media type and body for this reader. Under `/v2` the member `error` that the Open Inference
    /// Protocol asks for is added.
    pub(crate) fn write(&self, language: Language, trace: &str, inference: bool) -> Vec<u8> {
        let mut body = json!({
            "type": "about:blank",
            "title": language.of(&title(self.status)),
            "status": self.status.as_u16(),
            "detail": language.of(&self.detail),
            "instance": trace,
        });
        if !self.faults.is_empty() {
            body["errors"] = self.faults.iter().map(|fault| fault.to_json(language)).collect();
        }
        if inference {
            body["error"] = language.of(&self.detail).into();
        }
        body.to_string().into_bytes()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

fn title(status: StatusCode) -> Text {
    match status {
        StatusCode::BAD_REQUEST => text("Verzoek klopt niet", "Bad request"),
        StatusCode::UNAUTHORIZED => text("Toegang niet bewezen", "Access not proven"),
        StatusCode::FORBIDDEN => text("Geen toegang", "No access"),
        StatusCode::NOT_FOUND => text("Niet gevonden", "Not found"),
        StatusCode::GONE => text("Niet meer geldig", "No longer valid"),
        StatusCode::URI_TOO_LONG => text("Adres te lang", "Address too long"),
        StatusCode::METHOD_NOT_ALLOWED => text("Methode niet toegestaan", "Method not allowed"),
        StatusCode::PAYLOAD_TOO_LARGE => text("Verzoek te groot", "Content too large"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => text("Soort inhoud niet ondersteund", "Unsupported media type"),
        StatusCode::UNPROCESSABLE_ENTITY => text("Verzoek niet uitvoerbaar", "Unprocessable content"),
        StatusCode::TOO_MANY_REQUESTS => text("Te veel verzoeken", "Too many requests"),
        StatusCode::INTERNAL_SERVER_ERROR => text("Fout in de dienst", "Internal server error"),
        StatusCode::SERVICE_UNAVAILABLE => text("Dienst niet beschikbaar", "Service unavailable"),
        other => {
            let reason = other.canonical_reason().unwrap_or("Error");
            text(reason, reason)
        }
    }
}
