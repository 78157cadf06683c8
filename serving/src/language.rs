//! Which of the two languages an answer is in: `?lang`, else `Accept-Language`, else Dutch.

use axum::extract::Query;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::{HeaderMap, Uri};
use models::Text;

/// A language that answers are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// Dutch, the default.
    Dutch,
    /// English.
    English,
}

impl Language {
    /// The values of the `lang` parameter.
    pub(crate) const TAGS: [&'static str; 2] = ["nl", "en"];

    /// The language tag, for `Content-Language` and `lang`.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::Dutch => "nl",
            Self::English => "en",
        }
    }

    /// The text in this language.
    pub(crate) fn of(self, text: &Text) -> &str {
        match self {
            Self::Dutch => &text.nl,
            Self::English => &text.en,
        }
    }

    /// The language that this request asks for.
    pub(crate) fn asked(uri: &Uri, headers: &HeaderMap) -> Self {
        from_query(uri).unwrap_or_else(|| {
            let accepted = headers.get_all(ACCEPT_LANGUAGE);
            from_ranges(accepted.iter().filter_map(|value| value.to_str().ok()))
        })
    }

    fn from_tag(tag: &str) -> Option<Self> {
        match tag {
            "nl" => Some(Self::Dutch),
            "en" => Some(Self::English),
            _ => None,
        }
    }
}

/// One of two fixed texts.
pub(crate) fn said(language: Language, nl: &'static str, en: &'static str) -> &'static str {
    match language {
        Language::Dutch => nl,
        Language::English => en,
    }
}

fn from_query(uri: &Uri) -> Option<Language> {
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri).ok()?;
    pairs.iter().find(|(name, _)| name == "lang").and_then(|(_, value)| Language::from_tag(value))
}

/// The language with the highest weight; the first of equals; Dutch when neither is acceptable, since an
/// answer in Dutch is worth more than none.
fn from_ranges<'a>(values: impl Iterator<Item = &'a str>) -> Language {
    let mut best = (0.0, Language::Dutch);
    for range in values.flat_map(|value| value.split(',')) {
        let (tag, weight) = weighted(range);
        let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let language = if primary == "*" { Some(Language::Dutch) } else { Language::from_tag(&primary) };
        if let Some(language) = language
            && weight > best.0
        {
            best = (weight, language);
        }
    }
    best.1
}

/// Splits `value;q=0.5` into the value and its weight; a weight that cannot be read counts as 0.
pub(crate) fn weighted(range: &str) -> (&str, f32) {
    let mut parts = range.split(';').map(str::trim);
    let value = parts.next().unwrap_or_default();
    let weight = parts
        .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
        .map_or(1.0, |q| q.parse::<f32>().ok().filter(|q| (0.0..=1.0).contains(q)).unwrap_or(0.0));
    (value, weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(uri: &'static str, accept: Option<&'static str>) -> Language {
        let mut headers = HeaderMap::new();
        if let Some(accept) = accept {
            headers.insert(ACCEPT_LANGUAGE, axum::http::HeaderValue::from_static(accept));
        }
        Language::asked(&Uri::from_static(uri), &headers)
    }

    #[test]
    fn dutch_unless_english_is_preferred() {
        assert_eq!(asked("/v1", None), Language::Dutch);
        assert_eq!(asked("/v1", Some("en-GB,en;q=0.9,nl;q=0.8")), Language::English);
        assert_eq!(asked("/v1", Some("de, nl;q=0.3, en;q=0.2")), Language::Dutch);
        assert_eq!(asked("/v1", Some("fr")), Language::Dutch);
        assert_eq!(asked("/v1", Some("en;q=0")), Language::Dutch);
        assert_eq!(asked("/v1", Some("en;q=rubbish, nl;q=0.1")), Language::Dutch);
        assert_eq!(asked("/v1", Some("*;q=0.1, en;q=0.5")), Language::English);
    }

    #[test]
    fn the_parameter_wins_from_the_header() {
        assert_eq!(asked("/v1?lang=en", Some("nl")), Language::English);
        assert_eq!(asked("/v1?lang=nl", Some("en")), Language::Dutch);
        assert_eq!(asked("/v1?lang=xx", Some("en")), Language::English);
    }
}
