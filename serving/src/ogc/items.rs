//! `…/items` and `…/items/{code}`: areas as features.

use std::fmt::Write as _;

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::header::CONTENT_DISPOSITION;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use axum::response::Response;

use super::collection::item_path;
use super::packed_page::{self, Written};
use super::question::{Page, Question, crs, read_parameters};
use super::{Collection, Media, pages};
use crate::answer::{Form, from_bundle, json as to_json};
use crate::api::Link;
use crate::api::areas::{escaped, unknown_area};
use crate::clock;
use crate::geopackage;
use crate::language::Language;
use crate::problem::Problem;
use crate::projection::Column;
use crate::query::Parameters;
use crate::shapes::Crs;
use crate::table;
use crate::view::{Seen, View};

/// The media type of Excel workbooks.
pub(crate) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

const CONTENT_CRS: HeaderName = HeaderName::from_static("content-crs");
const NUMBER_MATCHED: HeaderName = HeaderName::from_static("ogc-numbermatched");
const NUMBER_RETURNED: HeaderName = HeaderName::from_static("ogc-numberreturned");

/// `GET …/items`.
pub(crate) async fn list(
    Seen(view): Seen,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let collection = Collection::named(&view, &id)?;
    let parameters = read_parameters(&view, &uri)?;
    let language = Language::asked(&uri, &headers);
    let media = Media::asked(&parameters, &headers, &[Media::Json, Media::Html, Media::Csv, Media::Xlsx])?;
    let crs = crs(&parameters, "crs")?;
    if media == Media::Json {
        let write = || {
            let question = Question::read(&view, collection, &parameters)?;
            features(&view, &question, &question.answer(&view), language)
        };
        let end = || Ok(format!("],\"timeStamp\":\"{}\"}}", clock::written(clock::now())).into());
        let (mut response, counts) = packed_page::answer(&view, (&uri, &headers), language, end, write)?;
        put_facts(&mut response, crs, counts);
        return Ok(response);
    }
    let question = Question::read(&view, collection, &parameters)?;
    let page = question.answer(&view);
    let (matched, returned) = (page.matched, page.areas.len());
    let columns = |_: ()| question.columns.clone().unwrap_or_else(|| view.projection().columns().collect());
    let mut response = match media {
        Media::Html => from_bundle(&headers, view.tag(), Form::Html(language), || {
            let next = page.next.as_deref().map(|next| question.address(Some(next), Media::Html, language));
            let areas: Vec<_> = page.areas.iter().map(|(_, area)| *area).collect();
            Ok(pages::items(&view, &question.collection, &areas, page.matched, next.as_deref(), language))
        }),
        Media::Csv => from_bundle(&headers, view.tag(), Form::Csv, || {
            Ok(table::csv(&view, page.areas.iter().map(|(_, area)| *area), &columns(())))
        }),
        _ => from_bundle(&headers, view.tag(), Form::Xlsx(language), || {
            table::xlsx(&view, page.areas.iter().map(|(_, area)| *area), &columns(()), language)
        }),
    }?;
    put_facts(&mut response, question.crs, [matched, returned]);
    Ok(response)
}

/// `GET …/table`: all areas without geometry, to join on code and year.
pub(crate) async fn table(
    Seen(view): Seen,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let parameters = Parameters::read(&uri, &["f"])?;
    let collection = Collection::named(&view, &id)?;
    let language = Language::asked(&uri, &headers);
    let media = Media::asked(&parameters, &headers, &[Media::Csv, Media::Xlsx, Media::Json])?;
    let areas = view.projection().ranked(collection.level, None, None).map(|(_, area)| area);
    let columns: Vec<&'static Column> = view.projection().columns().collect();
    match media {
        Media::Xlsx => from_bundle(&headers, view.tag(), Form::Xlsx(language), || {
            table::xlsx(&view, areas, &columns, language)
        }),
        Media::Json => from_bundle(&headers, view.tag(), Form::JsonOrHtml(language), || {
            table::json(&view, areas, &columns)
        }),
        _ => from_bundle(&headers, view.tag(), Form::Csv, || Ok(table::csv(&view, areas, &columns))),
    }
}

/// `GET …/geopackage`: all areas with their outlines, as one file.
pub(crate) async fn geopackage(
    Seen(view): Seen,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Parameters::read(&uri, &[])?;
    let collection = Collection::named(&view, &id)?;
    let name = format!("attachment; filename=\"{}.gpkg\"", collection.id);
    let mut response =
        from_bundle(&headers, view.tag(), Form::GeoPackage, || geopackage::write(&view, &collection))?;
    put_crs(&mut response, Crs::STORAGE);
    let name = HeaderValue::try_from(name).map_err(|cause| Problem::internal(&cause))?;
    response.headers_mut().insert(CONTENT_DISPOSITION, name);
    Ok(response)
}

/// `GET …/items/{code}`.
pub(crate) async fn one(
    Seen(view): Seen,
    Path((id, code)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let collection = Collection::named(&view, &id)?;
    let parameters = Parameters::read(&uri, &["f", "crs"])?;
    let crs = crs(&parameters, "crs")?;
    let found = view.projection().position(&code).map(|i| (i, &view.projection().areas()[i]));
    let (position, area) =
        found.filter(|(_, area)| area.level == collection.level.name).ok_or_else(|| unknown_area(&code))?;
    let language = Language::asked(&uri, &headers);
    let mut response = match Media::asked(&parameters, &headers, &[Media::Json, Media::Html])? {
        Media::Html => from_bundle(&headers, view.tag(), Form::Html(language), || {
            Ok(pages::item(&view, &collection, area, language))
        }),
        _ => {
            let write = || Ok(Written { start: alone(&view, &collection, position, crs)?, counts: [1, 1] });
            packed_page::answer(&view, (&uri, &headers), language, || Ok(Bytes::new()), write)
                .map(|(response, _)| response)
        }
    }?;
    put_crs(&mut response, crs);
    Ok(response)
}

/// A feature by itself, with its links.
fn alone(view: &View, collection: &Collection<'_>, position: usize, crs: Crs) -> Result<String, Problem> {
    let code = &view.projection().areas()[position].code;
    let (path, base) = (item_path(collection, code), view.base());
    let crs_query = if crs == Crs::Crs84 { String::new() } else { format!("?crs={}", escaped(crs.uri())) };
    let links = [
        Link::new("self", base, &format!("{path}{crs_query}"), "application/geo+json"),
        Link::new("alternate", base, &format!("{path}?f=html"), "text/html"),
        Link::json("collection", base, &collection.path()),
        Link::json("related", base, &format!("/v1/areas/{}", escaped(code))),
    ];
    let mut out = String::new();
    feature(&mut out, view, position, None, true, crs)?;
    out.pop();
    append(&mut out, ",\"links\":", &links)?;
    out.push('}');
    Ok(out)
}

/// The reference system, and how many features there are and are on the page.
fn put_facts(response: &mut Response, crs: Crs, [matched, returned]: [usize; 2]) {
    put_crs(response, crs);
    for (name, number) in [(NUMBER_MATCHED, matched), (NUMBER_RETURNED, returned)] {
        response.headers_mut().insert(name, HeaderValue::from(number));
    }
}

fn put_crs(response: &mut Response, crs: Crs) {
    if let Ok(value) = HeaderValue::try_from(format!("<{}>", crs.uri())) {
        response.headers_mut().insert(CONTENT_CRS, value);
    }
}

/// A page but for its end: the time of the answer stands there, so that the rest can be kept.
fn features(
    view: &View,
    question: &Question<'_>,
    page: &Page<'_>,
    language: Language,
) -> Result<Written, Problem> {
    let mut out = String::with_capacity(512 * page.areas.len() + 1024);
    out.push_str("{\"type\":\"FeatureCollection\"");
    append(&mut out, ",\"numberMatched\":", &page.matched)?;
    append(&mut out, ",\"numberReturned\":", &page.areas.len())?;
    append(&mut out, ",\"links\":", &links(view, question, page, language))?;
    out.push_str(",\"features\":[");
    for (i, &(position, _)) in page.areas.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        feature(&mut out, view, position, question.columns.as_deref(), question.geometry, question.crs)?;
    }
    Ok(Written { start: out, counts: [page.matched, page.areas.len()] })
}

fn links(view: &View, question: &Question<'_>, page: &Page<'_>, language: Language) -> Vec<Link> {
    let base = view.base();
    let cursor = question.cursor();
    let at = |cursor, media| question.address(cursor, media, language);
    let mut links = vec![
        Link::new("self", base, &at(cursor, Media::Json), "application/geo+json"),
        Link::new("alternate", base, &at(cursor, Media::Html), "text/html"),
        Link::new("alternate", base, &at(cursor, Media::Csv), "text/csv"),
        Link::json("collection", base, &question.collection.path()),
    ];
    if let Some(next) = &page.next {
        links.push(Link::new("next", base, &at(Some(next), Media::Json), "application/geo+json"));
    }
    links
}

fn feature(
    out: &mut String,
    view: &View,
    position: usize,
    columns: Option<&[&'static Column]>,
    geometry: bool,
    crs: Crs,
) -> Result<(), Problem> {
    let area = &view.projection().areas()[position];
    append(out, "{\"type\":\"Feature\",\"id\":", &area.code)?;
    out.push_str(",\"properties\":");
    match columns {
        None => out.push_str(view.properties(position).map_err(|cause| Problem::internal(&cause))?),
        Some(columns) => {
            for (i, column) in columns.iter().enumerate() {
                out.push(if i == 0 { '{' } else { ',' });
                append(out, "", &column.name)?;
                append(out, ":", &column.of(area))?;
            }
            out.push_str(if columns.is_empty() { "{}" } else { "}" });
        }
    }
    let shape = view.shapes().get(&area.code).filter(|_| geometry);
    // Writing to a String cannot fail.
    let _ = write!(out, ",\"geometry\":{}}}", shape.map_or("null", |shape| shape.text(crs)));
    Ok(())
}

fn append<T: serde::Serialize>(out: &mut String, before: &str, value: &T) -> Result<(), Problem> {
    out.push_str(before);
    let value = to_json(value)?;
    out.push_str(std::str::from_utf8(&value).map_err(|cause| Problem::internal(&cause))?);
    Ok(())
}
