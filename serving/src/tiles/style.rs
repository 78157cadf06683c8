//! Styles for MapLibre and Mapbox: one map of classes per collection, and one of rates for those who see them.
//!
//! The colours are ColorBrewer's YlOrBr (Brewer 2003), which people with the common kinds of colour blindness can
//! tell apart and which also differ in lightness. What is withheld is hatched, what is too uncertain grey, so that neither looks like
//! a low score.

use axum::extract::Path;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde_json::{Value, json};

use crate::answer::{Document, Form, from_bundle, json as to_json};
use crate::api::Link;
use crate::language::Language;
use crate::ogc::{Collection, Media};
use crate::problem::{Problem, quoted, text};
use crate::projection::{Column, Value as ColumnValue, VisibleClass};
use crate::query::{Parameters, not_allowed};
use crate::view::{Seen, View};

/// The media type of styles.
pub(super) const MEDIA_TYPE: &str = "application/vnd.mapbox.style+json";
/// Name of the map of classes.
pub(super) const CLASS: &str = "class";
/// Name of the map of rates, and of the column it shows.
const RATE: &str = "rate_per_1000";

const COLOURS: [&str; 5] = ["#ffffd4", "#fed98e", "#fe9929", "#d95f0e", "#993404"];
const UNCERTAIN: &str = "#bdbdbd";
const OUTLINE: &str = "#5a5a5a";

/// The address of a style.
pub(super) fn path(collection: &str, what: &str) -> String {
    format!("/v1/styles/{}", id(collection, what))
}

fn id(collection: &str, what: &str) -> String {
    format!("{collection}-{}", if what == RATE { "rate" } else { what })
}

/// The styles of what a reader sees: collection and column.
fn all(view: &View) -> impl Iterator<Item = (Collection<'_>, &'static str)> {
    let with_rates = Column::named(RATE, view.projection().detail()).is_some();
    let whats = [Some(CLASS), with_rates.then_some(RATE)];
    Collection::all(view)
        .flat_map(move |collection| whats.into_iter().flatten().map(move |what| (collection.clone(), what)))
}

/// `GET /v1/styles`.
pub(super) async fn list(Seen(view): Seen, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let parameters = Parameters::read(&uri, &["f"])?;
    Media::asked(&parameters, &headers, &[Media::Json])?;
    let language = Language::asked(&uri, &headers);
    from_bundle(&headers, view.tag(), Form::Json(language), || {
        let style = |(collection, what): (Collection<'_>, &str)| {
            let path = path(&collection.id, what);
            json!({
                "id": id(&collection.id, what),
                "title": title(&view, &collection, what, language),
                "links": [Link::new("stylesheet", view.base(), &path, MEDIA_TYPE)],
            })
        };
        let styles: Vec<Value> = all(&view).map(style).collect();
        to_json(&json!({ "styles": styles, "links": [Link::json("self", view.base(), "/v1/styles")] }))
    })
}

/// `GET /v1/styles/{id}`.
pub(super) async fn one(
    Seen(view): Seen,
    Path(wanted): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let parameters = Parameters::read(&uri, &["f"])?;
    if let Some(f) = parameters.get("f").filter(|f| !["mapbox", "json"].contains(f)) {
        return Err(not_allowed("f", f, "mapbox"));
    }
    let found = all(&view).find(|(collection, what)| id(&collection.id, what) == wanted);
    let (collection, what) = found.ok_or_else(|| unknown("style", &wanted))?;
    let language = Language::asked(&uri, &headers);
    Document::new(to_json(&style(&view, &collection, what, language))?).answer(&headers, Form::Style)
}

fn title(view: &View, collection: &Collection<'_>, what: &str, language: Language) -> String {
    let column = Column::named(what, view.projection().detail()).map(Column::title);
    let column = column.map(|title| language.of(&title).to_owned()).unwrap_or_default();
    format!("{}: {}", language.of(&collection.title()), column.to_lowercase())
}

fn style(view: &View, collection: &Collection<'_>, what: &str, language: Language) -> Value {
    let base = view.base();
    let layer = |id: &str, kind: &str, filter: Value, paint: Value| {
        json!({
            "id": id, "type": kind, "source": "areas", "source-layer": collection.level.name,
            "filter": filter, "paint": paint,
        })
    };
    let shown = json!(["has", "class"]);
    let fill = if what == RATE { rates(view, collection) } else { classes() };
    json!({
        "version": 8,
        "name": title(view, collection, what, language),
        "metadata": { "zichtlijn:legend": legend(view, collection, what, language) },
        "sprite": format!("{base}/v1/sprites/hatch"),
        "sources": { "areas": {
            "type": "vector",
            "url": format!("{base}{}/tilejson", collection.path()),
            "promoteId": "code",
        } },
        "layers": [
            layer("areas-fill", "fill", shown, json!({ "fill-color": fill, "fill-opacity": 0.8 })),
            layer("areas-withheld", "fill", json!(["!", ["has", "class"]]), json!({ "fill-pattern": "hatch" })),
            layer("areas-outline", "line", json!(true), json!({
                "line-color": OUTLINE,
                "line-width": ["interpolate", ["linear"], ["zoom"], 6, 0.2, 12, 1.2],
                // From afar the outlines of a town would hide its colours.
                "line-opacity": ["interpolate", ["linear"], ["zoom"], 7, 0.1, 11, 1],
            })),
        ],
    })
}

fn colour(class: VisibleClass) -> &'static str {
    match class {
        VisibleClass::Low => COLOURS[0],
        VisibleClass::Middle => COLOURS[1],
        VisibleClass::Raised => COLOURS[2],
        VisibleClass::High => COLOURS[4],
        VisibleClass::NotEnoughData => UNCERTAIN,
    }
}

fn classes() -> Value {
    let mut expression = vec![json!("match"), json!(["get", "class"])];
    for class in VisibleClass::ALL {
        expression.extend([json!(class.code()), json!(colour(class))]);
    }
    expression.push(json!(UNCERTAIN));
    expression.into()
}

/// Colours by fifths of the rates that the reader sees.
fn rates(view: &View, collection: &Collection<'_>) -> Value {
    let mut expression = vec![json!("step"), json!(["get", RATE]), json!(COLOURS[0])];
    for (limit, colour) in limits(view, collection).into_iter().zip(&COLOURS[1..]) {
        expression.extend([json!(limit), json!(colour)]);
    }
    // A step needs one limit at least; where all rates are equal, all areas are above it.
    if expression.len() == 3 {
        expression.extend([json!(f64::MAX), json!(COLOURS[4])]);
    }
    expression.into()
}

/// Lower limits of the second to fifth colour, rising.
fn limits(view: &View, collection: &Collection<'_>) -> Vec<f64> {
    let Some(column) = Column::named(RATE, view.projection().detail()) else { return Vec::new() };
    let areas = view.projection().ranked(collection.level, None, None);
    let rate = |value| if let ColumnValue::Number(rate) = value { Some(rate) } else { None };
    let mut rates: Vec<f64> = areas.filter_map(|(_, area)| rate(column.of(area))).collect();
    rates.sort_by(f64::total_cmp);
    let mut limits: Vec<f64> =
        (1..5).filter_map(|fifth| rates.get(rates.len() * fifth / 5).copied()).collect();
    limits.dedup();
    limits
}

fn legend(view: &View, collection: &Collection<'_>, what: &str, language: Language) -> Value {
    let mut entries: Vec<Value> = if what == RATE {
        let limits = limits(view, collection);
        let from = std::iter::once(None).chain(limits.into_iter().map(Some));
        from.zip(COLOURS).map(|(from, colour)| json!({ "colour": colour, "from": from })).collect()
    } else {
        VisibleClass::ALL
            .map(|class| json!({ "colour": colour(class), "label": language.of(&class.label()) }))
            .to_vec()
    };
    let withheld = text("geen cijfers gepubliceerd", "no figures published");
    entries.push(json!({ "pattern": "hatch", "label": language.of(&withheld) }));
    entries.into()
}

/// `GET /v1/sprites/{file}`: the hatch.
pub(super) async fn sprite(
    Path(file): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Parameters::read(&uri, &[])?;
    let (bytes, form): (&'static [u8], Form) = match file.as_str() {
        "hatch.png" => (include_bytes!("sprites/hatch.png"), Form::Png),
        "hatch@2x.png" => (include_bytes!("sprites/hatch@2x.png"), Form::Png),
        "hatch.json" => (include_bytes!("sprites/hatch.json"), Form::PlainJson),
        "hatch@2x.json" => (include_bytes!("sprites/hatch@2x.json"), Form::PlainJson),
        _ => return Err(unknown("file", &file)),
    };
    Document::new(bytes).answer(&headers, form)
}

fn unknown(parameter: &'static str, name: &str) -> Problem {
    let shown = quoted(name);
    Problem::not_found(
        parameter,
        "style.unknown",
        text(
            format!("Er is niets met de naam {shown}. De stijlen staan op /v1/styles."),
            format!("There is nothing called {shown}. The styles are at /v1/styles."),
        ),
    )
}
