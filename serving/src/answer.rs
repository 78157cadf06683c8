//! Answers made from the bundle: media type, language, ETag and 304.

use axum::body::Bytes;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::language::Language;
use crate::problem::Problem;

/// A document that is made once, with the tag of its contents.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    bytes: Bytes,
    tag: String,
}

impl Document {
    /// Takes over the bytes.
    pub(crate) fn new(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let tag = tag(&[&bytes]);
        Self { bytes, tag }
    }

    /// The contents.
    pub(crate) fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }

    /// Answers with the document.
    ///
    /// # Errors
    /// When the tag is no header, which it always is.
    pub(crate) fn answer(&self, headers: &HeaderMap, form: Form) -> Result<Response, Problem> {
        from_bundle(headers, &self.tag, form, || Ok(self.bytes()))
    }
}

/// Sixteen hexadecimal digits that stand for these parts.
pub(crate) fn tag(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// In what form a resource is answered.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// JSON with texts in one language.
    Json(Language),
    /// JSON that is the same in every language.
    PlainJson,
    /// GeoJSON; the same in every language.
    GeoJson,
    /// JSON with texts in one language, at an address that has a page too.
    JsonOrHtml(Language),
    /// A JSON Schema with titles in one language.
    Schema(Language),
    /// Features, with the time of the answer in them: equal answers differ in that.
    Features,
    /// A vector tile.
    Tile,
    /// A style for MapLibre.
    Style,
    /// A picture.
    Png,
    /// A table.
    Csv,
    /// A workbook with titles in one language.
    Xlsx(Language),
    /// Text with Markdown.
    Markdown,
    /// A GeoPackage.
    GeoPackage,
    /// A report page.
    Html(Language),
    /// A report's figures.
    ReportJson,
}

impl Form {
    fn media_type(self) -> &'static str {
        match self {
            Self::Json(_) | Self::JsonOrHtml(_) | Self::PlainJson | Self::ReportJson => "application/json",
            Self::GeoJson | Self::Features => "application/geo+json",
            Self::Schema(_) => "application/schema+json",
            Self::Tile => crate::tiles::MVT,
            Self::Style => "application/vnd.mapbox.style+json",
            Self::Png => "image/png",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx(_) => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::GeoPackage => crate::geopackage::GEOPACKAGE,
            Self::Html(_) => "text/html; charset=utf-8",
        }
    }

    fn language(self) -> Option<Language> {
        match self {
            Self::Json(language)
            | Self::JsonOrHtml(language)
            | Self::Schema(language)
            | Self::Xlsx(language)
            | Self::Html(language) => Some(language),
            Self::PlainJson
            | Self::GeoJson
            | Self::Features
            | Self::Tile
            | Self::Style
            | Self::Png
            | Self::Csv
            | Self::Markdown
            | Self::GeoPackage
            | Self::ReportJson => None,
        }
    }

    fn vary(self) -> &'static str {
        match self {
            Self::Json(_) | Self::Schema(_) => "Accept-Language, Accept-Encoding, Authorization",
            Self::Html(_)
            | Self::JsonOrHtml(_)
            | Self::Features
            | Self::Csv
            | Self::Xlsx(_)
            | Self::ReportJson => "Accept, Accept-Language, Accept-Encoding, Authorization",
            Self::PlainJson
            | Self::GeoJson
            | Self::Tile
            | Self::Style
            | Self::Png
            | Self::GeoPackage
            | Self::Markdown => "Accept-Encoding, Authorization",
        }
    }

    /// The tag: the generation covers the contents, the rest tells the forms of one address apart. It is strong,
    /// except where the time of the answer stands in it.
    fn etag(self, generation: &str) -> String {
        let variant = match self {
            Self::Json(language) | Self::JsonOrHtml(language) | Self::Schema(language) => language.tag(),
            Self::PlainJson => "json",
            Self::GeoJson | Self::Features => "geo",
            Self::Tile => "mvt",
            Self::Style => "style",
            Self::Png => "png",
            Self::Csv => "csv",
            Self::Markdown => "md",
            Self::Xlsx(Language::Dutch) => "xlsx-nl",
            Self::Xlsx(Language::English) => "xlsx-en",
            Self::GeoPackage => "gpkg",
            Self::Html(Language::Dutch) => "html-nl",
            Self::Html(Language::English) => "html-en",
            Self::ReportJson => "report",
        };
        let weak = if matches!(self, Self::Features) { "W/" } else { "" };
        format!("{weak}\"{generation}-{variant}\"")
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
    put(&mut response, VARY, form.vary());
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
        .any(|tag| tag == "*" || opaque(tag) == opaque(etag))
}

fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
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
