//! `/v1/collections` and `/v1/collections/{id}`: one collection per level and year.

use axum::extract::Path;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use models::Text;
use serde_json::{Value, json};

use super::{Media, SCHEMA, pages};
use crate::answer::{Form, from_bundle, json as to_json};
use crate::api::Link;
use crate::api::areas::escaped;
use crate::geopackage::GEOPACKAGE;
use crate::language::Language;
use crate::problem::{Problem, quoted, text};
use crate::projection::Level;
use crate::query::Parameters;
use crate::shapes::{Bounds, Crs};
use crate::tiles;
use crate::view::{Seen, View};

/// A level of areas as a collection of features.
#[derive(Clone, Debug)]
pub(crate) struct Collection<'a> {
    /// Identifier: level and year, such as `buurt-2025`; lower case without dots, as map programs ask for.
    pub(crate) id: String,
    /// The level.
    pub(crate) level: &'a Level,
    /// Year of the as-of date. Area codes are used again with other borders, so years never share a collection.
    pub(crate) year: &'a str,
}

impl<'a> Collection<'a> {
    /// All collections that a reader sees, coarsest first.
    pub(crate) fn all(view: &'a View) -> impl Iterator<Item = Self> {
        Self::of(view.projection().levels(), view.facts().period().0)
    }

    /// The collections of these levels at this date.
    pub(crate) fn of(levels: &'a [Level], as_of: &'a str) -> impl Iterator<Item = Self> {
        let year = as_of.get(..4).unwrap_or(as_of);
        levels.iter().map(move |level| Self { id: id(&level.name, year), level, year })
    }

    /// The collection with this identifier.
    ///
    /// # Errors
    /// 404 when the reader sees none.
    pub(crate) fn named(view: &'a View, id: &str) -> Result<Self, Problem> {
        Self::all(view).find(|collection| collection.id == id).ok_or_else(|| unknown(id))
    }

    /// The address, without what links start with.
    pub(crate) fn path(&self) -> String {
        format!("/v1/collections/{}", self.id)
    }

    /// Title for people.
    pub(crate) fn title(&self) -> Text {
        let name = &self.level.name;
        let plural = match name.as_str() {
            "buurt" => "Buurten",
            "wijk" => "Wijken",
            "gemeente" => "Gemeenten",
            _ => "",
        };
        let both = if plural.is_empty() { name.clone() } else { plural.to_owned() };
        text(format!("{both} {}", self.year), format!("{both} {}", self.year))
    }

    /// Bounds of all areas in degrees, if any has an outline.
    pub(crate) fn bounds(&self, view: &View) -> Option<Bounds> {
        let areas = view.projection().ranked(self.level, None, None);
        let bounds = areas.filter_map(|(_, area)| Some(view.shapes().get(&area.code)?.bounds()));
        bounds.reduce(Bounds::with)
    }

    /// The description that stands in `/collections` and at the collection itself.
    pub(crate) fn describe(&self, view: &View, language: Language) -> Value {
        let (as_of, until) = view.facts().period();
        let mut document = json!({
            "id": self.id,
            "title": language.of(&self.title()),
            "description": language.of(&description(view)),
            "keywords": ["hennep", "ondermijning", "risicokaart", self.level.name],
            "itemType": "feature",
            "extent": {
                "temporal": { "interval": [[format!("{as_of}T00:00:00Z"), format!("{until}T23:59:59Z")]] },
            },
            "crs": Crs::ALL.map(Crs::uri),
            "storageCrs": Crs::STORAGE.uri(),
            "itemCount": self.level.len(),
            "links": self.links(view.base()),
        });
        if let Some(Bounds { low, high }) = self.bounds(view) {
            document["extent"]["spatial"] =
                json!({ "bbox": [[low[0], low[1], high[0], high[1]]], "crs": Crs::Crs84.uri() });
        }
        document
    }

    fn links(&self, base: &str) -> Vec<Link> {
        let path = self.path();
        let at = |rest: &str| format!("{path}{rest}");
        let mut links = vec![
            Link::json("self", base, &path),
            Link::new("alternate", base, &at("?f=html"), "text/html"),
            Link::new("items", base, &at("/items"), "application/geo+json"),
            Link::new("items", base, &at("/items?f=html"), "text/html"),
            Link::new("items", base, &at("/items?f=csv"), "text/csv"),
            Link::new("enclosure", base, &at("/geopackage"), GEOPACKAGE),
            Link::new("describedby", base, &at("/feature-schema"), SCHEMA),
            Link::new("http://www.opengis.net/def/rel/ogc/1.0/schema", base, &at("/schema"), SCHEMA),
            Link::new("http://www.opengis.net/def/rel/ogc/1.0/queryables", base, &at("/queryables"), SCHEMA),
        ];
        links.extend(tiles::links(base, &path, &self.id));
        links
    }
}

fn id(level: &str, year: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    format!("{}-{year}", level.chars().map(plain).collect::<String>())
}

fn description(view: &View) -> Text {
    let notice = crate::facts::notice();
    match view.facts().warning() {
        Some(warning) => {
            text(format!("{} {}", warning.nl, notice.nl), format!("{} {}", warning.en, notice.en))
        }
        None => notice,
    }
}

/// `GET /v1/collections`.
pub(crate) async fn list(Seen(view): Seen, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let parameters = Parameters::read(&uri, &["f"])?;
    let language = Language::asked(&uri, &headers);
    match Media::asked(&parameters, &headers, &[Media::Json, Media::Html])? {
        Media::Html => from_bundle(&headers, view.tag(), Form::Html(language), || {
            Ok(pages::collections(&view, language))
        }),
        _ => from_bundle(&headers, view.tag(), Form::JsonOrHtml(language), || {
            let base = view.base();
            to_json(&json!({
                "links": [
                    Link::json("self", base, "/v1/collections"),
                    Link::new("alternate", base, "/v1/collections?f=html", "text/html"),
                ],
                "crs": Crs::ALL.map(Crs::uri),
                "collections": Collection::all(&view).map(|c| c.describe(&view, language)).collect::<Vec<_>>(),
            }))
        }),
    }
}

/// `GET /v1/collections/{id}`.
pub(crate) async fn one(
    Seen(view): Seen,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let parameters = Parameters::read(&uri, &["f"])?;
    let collection = Collection::named(&view, &id)?;
    let language = Language::asked(&uri, &headers);
    match Media::asked(&parameters, &headers, &[Media::Json, Media::Html])? {
        Media::Html => from_bundle(&headers, view.tag(), Form::Html(language), || {
            Ok(pages::collection(&view, &collection, language))
        }),
        _ => from_bundle(&headers, view.tag(), Form::JsonOrHtml(language), || {
            to_json(&collection.describe(&view, language))
        }),
    }
}

fn unknown(id: &str) -> Problem {
    let shown = quoted(id);
    Problem::not_found(
        "collection",
        "collection.unknown",
        text(
            format!("Er is geen verzameling {shown}. De lijst staat op /v1/collections."),
            format!("There is no collection {shown}. The list is at /v1/collections."),
        ),
    )
}

/// The address of an area's feature.
pub(crate) fn item_path(collection: &Collection<'_>, code: &str) -> String {
    format!("{}/items/{}", collection.path(), escaped(code))
}
