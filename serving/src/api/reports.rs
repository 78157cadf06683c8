//! `/v1/reports` and `/v1/reports/{name}`: what the bundle says about itself.
//!
//! | name | what | who |
//! |---|---|---|
//! | `algorithm-register` | the record for the Algoritmeregister | everyone |
//! | `model-card` | the model card | everyone |
//! | `evaluation` | the evaluation report, with figures of single areas | who sees all figures of all areas |

use axum::extract::Path;
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use serde::Serialize;

use crate::answer::{Document, Form, json as to_json};
use crate::api::Link;
use crate::facts::Context;
use crate::language::{Language, weighted};
use crate::problem::{Problem, listed, quoted, text};
use crate::query::Parameters;
use crate::snapshot::Reports;
use crate::view::{Seen, View};

/// The address of the list of reports.
pub(crate) const LIST: &str = "/v1/reports";

/// One report of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    /// The record for the Algoritmeregister.
    AlgorithmRegister,
    /// The model card.
    ModelCard,
    /// The evaluation.
    Evaluation,
}

impl Name {
    const ALL: [Self; 3] = [Self::AlgorithmRegister, Self::ModelCard, Self::Evaluation];

    /// The name in the address.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::AlgorithmRegister => "algorithm-register",
            Self::ModelCard => "model-card",
            Self::Evaluation => "evaluation",
        }
    }

    /// Media type of the first form.
    fn media_type(self) -> &'static str {
        match self {
            Self::AlgorithmRegister => "application/json",
            Self::ModelCard => "text/markdown",
            Self::Evaluation => "text/html",
        }
    }

    /// Whether it tells of single areas what only who sees all figures of all areas may know.
    fn is_about_areas(self) -> bool {
        self == Self::Evaluation
    }
}

/// The reports that this reader may see.
pub(crate) fn visible(shows_all: bool) -> impl Iterator<Item = Name> {
    Name::ALL.into_iter().filter(move |name| shows_all || !name.is_about_areas())
}

#[derive(Serialize)]
struct List<'a> {
    #[serde(flatten)]
    context: Context<'a>,
    reports: Vec<Entry>,
    links: Vec<Link>,
}

#[derive(Serialize)]
struct Entry {
    name: &'static str,
    links: Vec<Link>,
}

/// `GET /v1/reports`.
pub(crate) async fn list(Seen(view): Seen, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    Parameters::read(&uri, &[])?;
    let language = Language::asked(&uri, &headers);
    let base = view.base();
    let entry = |name: Name| {
        let address = format!("{LIST}/{}", name.code());
        Entry { name: name.code(), links: vec![Link::new("item", base, &address, name.media_type())] }
    };
    let list = List {
        context: view.facts().context(language),
        reports: visible(view.projection().shows_all()).map(entry).collect(),
        links: vec![Link::json("self", base, LIST)],
    };
    Document::new(to_json(&list)?).answer(&headers, Form::Json(language))
}

/// `GET /v1/reports/{name}`; the evaluation as a page or as figures.
pub(crate) async fn one(
    Seen(view): Seen,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Parameters::read(&uri, &[])?;
    let mut known = Name::ALL.into_iter();
    let name = known.find(|known| known.code() == name).ok_or_else(|| unknown(&view, &name))?;
    let reports = view.reports(name).ok_or_else(not_for_this_reader)?;
    let (form, part) = chosen(reports, name, &uri, &headers);
    part.ok_or_else(absent)?.answer(&headers, form)
}

fn chosen<'a>(
    reports: &'a Reports,
    name: Name,
    uri: &Uri,
    headers: &HeaderMap,
) -> (Form, Option<&'a Document>) {
    let language = Language::asked(uri, headers);
    let Reports { page_nl, page_en, figures, model_card, algorithm_register } = reports;
    let (form, part) = match (name, language) {
        (Name::AlgorithmRegister, _) => (Form::PlainJson, algorithm_register),
        (Name::ModelCard, _) => (Form::Markdown, model_card),
        (Name::Evaluation, _) if prefers_json(headers) => (Form::ReportJson, figures),
        (Name::Evaluation, Language::Dutch) => (Form::Html(language), page_nl),
        (Name::Evaluation, Language::English) => (Form::Html(language), page_en),
    };
    (form, part.as_ref())
}

fn absent() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        text(
            "Deze bundel heeft geen rapport in deze vorm en taal.",
            "This bundle has no report in this form and language.",
        ),
    )
}

fn not_for_this_reader() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        text(
            "Dit rapport noemt cijfers van losse gebieden. Het is er voor wie alle cijfers van alle gebieden mag zien \
             (toegang 'tactisch', 'audit' of 'beheer', zonder beperking tot gemeenten). De modelkaart en het \
             algoritmeregister zijn er voor iedereen.",
            "This report holds figures of single areas. It is for those who may see all figures of all areas (tier \
             'tactisch', 'audit' or 'beheer', not limited to some gemeenten). The model card and the algorithm register \
             are for everyone.",
        ),
    )
}

fn unknown(view: &View, name: &str) -> Problem {
    let shown = quoted(name);
    let names = listed(visible(view.projection().shows_all()).map(Name::code));
    Problem::not_found(
        "name",
        "report.unknown",
        text(
            format!("Er is geen rapport {shown}. Wel: {names}."),
            format!("There is no report {shown}. There are: {names}."),
        ),
    )
}

/// Whether `Accept` gives JSON more weight than HTML; a page is the default.
fn prefers_json(headers: &HeaderMap) -> bool {
    let (mut json, mut html) = (0.0_f32, 0.0_f32);
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    for range in values.flat_map(|value| value.split(',')) {
        let (media_type, weight) = weighted(range);
        match media_type.to_ascii_lowercase().as_str() {
            "application/json" => json = json.max(weight),
            "text/html" | "application/xhtml+xml" => html = html.max(weight),
            _ => {}
        }
    }
    json > html
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_page_unless_json_is_preferred() {
        let asked = |accept: &'static str| {
            prefers_json(&HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]))
        };
        assert!(asked("application/json"));
        assert!(asked("text/html;q=0.5, application/json"));
        assert!(!asked("*/*"));
        assert!(!asked("text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8"));
        assert!(!prefers_json(&HeaderMap::new()));
    }
}
