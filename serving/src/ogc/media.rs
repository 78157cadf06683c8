//! In which form an answer is wanted: `?f`, else `Accept`, else JSON.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

use crate::language::weighted;
use crate::problem::{Problem, listed};
use crate::query::{Parameters, not_allowed};

/// A form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    /// JSON, or GeoJSON for features.
    Json,
    /// A page for people.
    Html,
    /// A table for spreadsheets.
    Csv,
    /// An Excel workbook.
    Xlsx,
}

impl Media {
    /// The value of `f`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Html => "html",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    fn is(self, media_type: &str) -> bool {
        match self {
            Self::Json => {
                media_type == "application/json"
                    || media_type == "application/geo+json"
                    || (media_type.starts_with("application/") && media_type.ends_with("+json"))
            }
            Self::Html => ["text/html", "application/xhtml+xml"].contains(&media_type),
            Self::Csv => media_type == "text/csv",
            Self::Xlsx => media_type == super::items::XLSX,
        }
    }

    /// The form that is wanted among those offered, the first of which is the default. An `Accept` that fits none
    /// gets the default, which is worth more to a map program than a refusal.
    ///
    /// # Errors
    /// 400 for an `f` that is not offered.
    pub(crate) fn asked(
        parameters: &Parameters,
        headers: &HeaderMap,
        offered: &[Self],
    ) -> Result<Self, Problem> {
        if let Some(f) = parameters.get("f") {
            let found = offered.iter().find(|media| media.name() == f);
            return found
                .copied()
                .ok_or_else(|| not_allowed("f", f, &listed(offered.iter().map(|media| media.name()))));
        }
        let default = offered.first().copied().unwrap_or(Self::Json);
        let mut best = (0.0, default);
        for range in headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()) {
            for range in range.split(',') {
                let (media_type, weight) = weighted(range);
                let media_type = media_type.to_ascii_lowercase();
                let fits =
                    |media: &&Self| media.is(&media_type) || (media_type == "*/*" && **media == default);
                if let Some(media) = offered.iter().find(fits)
                    && weight > best.0
                {
                    best = (weight, *media);
                }
            }
        }
        Ok(best.1)
    }
}
