//! `/v1/areas` and `/v1/areas/{code}`.

use axum::extract::Path;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::answer::{Form, from_bundle, json};
use crate::api::{Link, map, model, reports};
use crate::cursor::{self, Key, List};
use crate::facts::Context;
use crate::language::Language;
use crate::ogc::Media;
use crate::problem::{Problem, listed, quoted, text};
use crate::projection::{Area, Change, Level, Past, Projection, VisibleReason};
use crate::query::{Parameters, not_allowed};
use crate::view::{Seen, View};

const DEFAULT_LIMIT: usize = 100;
const LARGEST_LIMIT: usize = 1000;

#[derive(Serialize)]
struct Page<'a> {
    #[serde(flatten)]
    context: Context<'a>,
    level: &'a str,
    parent: Option<&'a str>,
    top_k: Option<usize>,
    number_matched: usize,
    number_returned: usize,
    areas: Vec<&'a RawValue>,
    links: Vec<Link>,
}

/// `GET /v1/areas?level=&parent=&limit=&cursor=`: the areas of a level by rank, a page at a time; with `f=geojson` all
/// of them as a map layer.
pub(crate) async fn list(Seen(view): Seen, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    if Parameters::read(&uri, &["level", "parent", "limit", "cursor", "f"])?.get("f") == Some("geojson") {
        return map::answer(&view, &Parameters::read(&uri, &["level", "f"])?, &headers);
    }
    let parameters = Parameters::read(&uri, &["level", "parent", "limit", "cursor", "f"])?;
    Media::asked(&parameters, &headers, &[Media::Json])?;
    let question = Question::read(&parameters, &view)?;
    let language = Language::asked(&uri, &headers);
    from_bundle(&headers, view.tag(), Form::Json(language), || json(&question.answer(&view, language)))
}

/// What a list request asks for.
struct Question<'a> {
    level: &'a Level,
    parent: Option<&'a str>,
    limit: usize,
    after: Option<Key>,
    list: List,
    cursor: Option<&'a str>,
}

impl<'a> Question<'a> {
    fn read(parameters: &'a Parameters, view: &'a View) -> Result<Self, Problem> {
        let projection = view.projection();
        let level = level(parameters, view)?;
        let parent = parameters.get("parent");
        if let Some(code) = parent
            && projection.area(code).is_none()
        {
            return Err(unknown_parent(code));
        }
        let list = List::new(&[view.tag(), "areas", &level.name, parent.unwrap_or_default()]);
        let cursor = parameters.get("cursor");
        let after = match cursor {
            None => None,
            Some(text) => Some(cursor::read(list, text)?),
        };
        Ok(Self { level, parent, limit: limit(parameters)?, after, list, cursor })
    }

    fn answer(&self, view: &'a View, language: Language) -> Page<'_> {
        let projection = view.projection();
        let mut rest = projection.ranked(self.level, self.parent, self.after.as_ref());
        let page: Vec<(usize, &Area)> = rest.by_ref().take(self.limit).collect();
        let more = rest.next().is_some();
        let base = view.base();
        let mut links = vec![
            Link::json("self", base, &self.address(self.cursor, language)),
            Link::json("first", base, &self.address(None, language)),
        ];
        if let (true, Some((_, last))) = (more, page.last()) {
            let cursor = cursor::write(self.list, &last.key());
            links.push(Link::json("next", base, &self.address(Some(&cursor), language)));
        }
        Page {
            context: view.facts().context(language),
            level: &self.level.name,
            parent: self.parent,
            top_k: self.level.top_k,
            number_matched: self.matched(projection),
            number_returned: page.len(),
            areas: page.into_iter().map(|(position, _)| view.item(position)).collect(),
            links,
        }
    }

    fn matched(&self, projection: &Projection) -> usize {
        match self.parent {
            None => self.level.len(),
            parent => projection.ranked(self.level, parent, None).count(),
        }
    }

    fn address(&self, cursor: Option<&str>, language: Language) -> String {
        let mut pairs = vec![("level", self.level.name.clone())];
        pairs.extend(self.parent.map(|parent| ("parent", parent.to_owned())));
        pairs.push(("limit", self.limit.to_string()));
        pairs.extend(cursor.map(|cursor| ("cursor", cursor.to_owned())));
        pairs.push(("lang", language.tag().to_owned()));
        let query = pairs.iter().map(|(name, value)| format!("{name}={}", escaped(value)));
        format!("/v1/areas?{}", query.collect::<Vec<_>>().join("&"))
    }
}

/// Percent-encodes everything but letters, digits, `-`, `.`, `_` and `~`.
pub(crate) fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The level that is asked for, or else the lowest that the reader may see.
pub(crate) fn level<'a>(parameters: &Parameters, view: &'a View) -> Result<&'a Level, Problem> {
    let projection = view.projection();
    let lowest = || {
        let published = projection.level(view.facts().level());
        published.or(projection.levels().last()).map(|level| level.name.as_str())
    };
    let name = parameters.get("level").or_else(lowest).unwrap_or_default();
    projection.level(name).ok_or_else(|| {
        not_allowed("level", name, &listed(projection.levels().iter().map(|level| &level.name)))
    })
}

fn limit(parameters: &Parameters) -> Result<usize, Problem> {
    let Some(given) = parameters.get("limit") else { return Ok(DEFAULT_LIMIT) };
    let digits = !given.is_empty() && given.bytes().all(|b| b.is_ascii_digit());
    given
        .parse()
        .ok()
        .filter(|limit| digits && (1..=LARGEST_LIMIT).contains(limit))
        .ok_or_else(|| not_allowed("limit", given, &format!("1–{LARGEST_LIMIT}")))
}

fn unknown_parent(code: &str) -> Problem {
    let shown = quoted(code);
    Problem::parameter(
        "parent",
        "area.unknown",
        text(
            format!("Er is geen gebied {shown}. Geef de code van een gepubliceerd gebied, zie /v1/areas."),
            format!("There is no area {shown}. Give the code of a published area, see /v1/areas."),
        ),
    )
}

#[derive(Serialize)]
struct One<'a> {
    #[serde(flatten)]
    area: &'a Area,
    class_label: Option<String>,
    suppressed_label: Option<String>,
    top_k: Option<usize>,
    areas_in_level: usize,
    reasons: Vec<Reason<'a>>,
    /// What earlier releases said, the newest first.
    history: &'a [Past],
    /// Since the newest of them.
    change: Option<&'a Change>,
    #[serde(flatten)]
    context: Context<'a>,
    links: Vec<Link>,
}

#[derive(Serialize)]
struct Reason<'a> {
    term: &'a str,
    contribution: f64,
    text: &'a str,
}

/// `GET /v1/areas/{code}`: everything that is published about one area.
pub(crate) async fn one(
    Seen(view): Seen,
    Path(code): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Parameters::read(&uri, &[])?;
    let language = Language::asked(&uri, &headers);
    let (area, parent) = view.area(&code).ok_or_else(|| unknown_area(&code))?;
    from_bundle(&headers, view.tag(), Form::Json(language), || json(&describe(&view, area, parent, language)))
}

fn describe<'a>(view: &'a View, area: &'a Area, parent: Option<&'a Area>, language: Language) -> One<'a> {
    let base = view.base();
    let level = view.projection().level(&area.level);
    let mut links = vec![
        Link::json("self", base, &format!("/v1/areas/{}", escaped(&area.code))),
        Link::json("collection", base, &format!("/v1/areas?level={}", escaped(&area.level))),
        Link::json("model", base, &model::address(view.facts())),
        Link::json("report", base, reports::LIST),
    ];
    links
        .extend(parent.map(|parent| Link::json("up", base, &format!("/v1/areas/{}", escaped(&parent.code)))));
    One {
        area,
        class_label: area.figures.as_ref().map(|figures| language.of(&figures.class.label()).to_owned()),
        suppressed_label: area.suppressed.map(|why| language.of(&why.label()).to_owned()),
        top_k: level.and_then(|level| level.top_k),
        areas_in_level: level.map_or(0, |level| level.areas_in_bundle),
        reasons: area.reasons.iter().map(|reason| worded(reason, language)).collect(),
        history: &area.history,
        change: area.change.as_ref(),
        context: view.facts().context(language),
        links,
    }
}

fn worded(reason: &VisibleReason, language: Language) -> Reason<'_> {
    let VisibleReason { term, contribution, text } = reason;
    Reason { term, contribution: *contribution, text: language.of(text) }
}

/// 404 for an area that is not there, or that the reader may not see.
pub(crate) fn unknown_area(code: &str) -> Problem {
    let shown = quoted(code);
    Problem::not_found(
        "code",
        "area.unknown",
        text(
            format!("Er is geen gepubliceerd gebied met code {shown}. De lijst staat op /v1/areas."),
            format!("There is no published area with code {shown}. The list is at /v1/areas."),
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_escaped() {
        assert_eq!(escaped("BU9999-0101"), "BU9999-0101");
        assert_eq!(escaped("a b&c=é"), "a%20b%26c%3D%C3%A9");
    }
}
