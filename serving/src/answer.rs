//! Answers made from the bundle: media type, language, ETag and 304.

use axum::body::Bytes;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::language::Language;
use crate::problem::Problem;

/// In what form a resource is answered.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// JSON with texts in one language.
    Json(Language),
    /// JSON that is the same in every language.
    PlainJson,
    /// GeoJSON; the same in every language.
    GeoJson,
    /// A report page.
    Html(Language),
    /// A report's figures.
    ReportJson,
}

impl Form {
    fn media_type(self) -> &'static str {
        match self {
            Self::Json(_) | Self::PlainJson | Self::ReportJson => "application/json",
            Self::GeoJson => "application/geo+json",
            Self::Html(_) => "text/html; charset=utf-8",
        }
    }

    fn language(self) -> Option<Language> {
        match self {
            Self::Json(language) | Self::Html(language) => Some(language),
            Self::PlainJson | Self::GeoJson | Self::ReportJson => None,
        }
    }

    fn vary(self) -> Option<&'static str> {
        match self {
            Self::Json(_) => Some("Accept-Language"),
            Self::Html(_) | Self::ReportJson => Some("Accept, Accept-Language"),
            Self::PlainJson | Self::GeoJson => None,
        }
    }

    /// A strong tag: the generation covers the contents, the rest tells the forms of one address apart.
    fn etag(self, generation: &str) -> String {
        let variant = match self {
            Self::Json(language) => language.tag(),
            Self::PlainJson => "json",
            Self::GeoJson => "geo",
            Self::Html(Language::Dutch) => "html-nl",
            Self::Html(Language::English) => "html-en",
            Self::ReportJson => "report",
        };
        format!("\"{generation}-{variant}\"")
    }
}

/// Answers with a body, or with 304 when the reader has it already.
///
/// `Cache-Control` is `no-cache`: caches may keep it, but ask each time. (The API Design Rules' `no-store`
/// stands on everything else; with it an ETag would be of no use.)
pub(crate) fn from_bundle(
    headers: &HeaderMap,
    generation: &str,
    form: Form,
    body: impl FnOnce() -> Result<Bytes, Problem>,
) -> Result<Response, Problem> {
    let etag = form.etag(generation);
    let mut response = if matches(headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = body()?.into_response();
        put(&mut response, CONTENT_TYPE, form.media_type());
        if let Some(language) = form.language() {
            put(&mut response, CONTENT_LANGUAGE, language.tag());
        }
        if matches!(form, Form::Html(_)) {
            put(&mut response, CONTENT_SECURITY_POLICY, REPORT_POLICY);
        }
        response
    };
    put(&mut response, CACHE_CONTROL, "no-cache");
    if let Some(vary) = form.vary() {
        put(&mut response, VARY, vary);
    }
    let etag = HeaderValue::try_from(etag).map_err(|cause| Problem::internal(&cause))?;
    response.headers_mut().insert(ETAG, etag);
    Ok(response)
}

/// The report is one file with its style and drawings inside; it runs no scripts and fetches nothing.
const REPORT_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; \
                             base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Sets a header to a fixed value.
pub(crate) fn put(response: &mut Response, name: HeaderName, value: &'static str) {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
}

/// Writes JSON.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<Bytes, Problem> {
    serde_json::to_vec(value).map(Bytes::from).map_err(|cause| Problem::internal(&cause))
}

/// Whether `If-None-Match` names this tag; weak tags count, as RFC 9110 says for GET.
fn matches(headers: &HeaderMap, etag: &str) -> bool {
    let values = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_of_the_named_tags_will_do() {
        let matches_one = |value: &'static str| {
            let headers = HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_static(value))]);
            matches(&headers, "\"a-nl\"")
        };
        for value in ["\"a-nl\"", "W/\"a-nl\"", "\"x\", \"a-nl\"", "*"] {
            assert!(matches_one(value), "{value}");
        }
        for value in ["", "a-nl", "\"a-en\"", "\"x\", \"y\""] {
            assert!(!matches_one(value), "{value}");
        }
        assert!(!matches(&HeaderMap::new(), "\"a-nl\""));
    }
}
