//! Pages of features in compressed form, kept for whoever asks the same next.

use axum::body::Bytes;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use crate::answer::{Form, from_bundle};
use crate::language::Language;
use crate::packed::{Encoding, Start};
use crate::problem::Problem;
use crate::view::View;

/// Tells pages apart: what is seen, what is asked, and how it is compressed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PageKey {
    view: String,
    address: String,
    language: &'static str,
    encoding: Encoding,
}

/// A page without the end of its text, which differs per answer.
#[derive(Clone, Debug)]
pub(crate) struct PackedPage {
    start: Start,
    /// How many features there are, and how many are on the page.
    pub(super) counts: [usize; 2],
}

/// The text of a page without its end, and its counts.
pub(super) struct Written {
    pub(super) start: String,
    pub(super) counts: [usize; 2],
}

/// Answers with the page that is kept for this address, or with one that is made now, compressed the way the reader
/// likes best; gives its counts too.
pub(super) fn answer(
    view: &View,
    (uri, headers): (&Uri, &HeaderMap),
    language: Language,
    end: impl FnOnce() -> Result<Bytes, Problem>,
    write: impl FnOnce() -> Result<Written, Problem>,
) -> Result<(Response, [usize; 2]), Problem> {
    let Some(encoding) = Encoding::accepted(headers) else {
        let Written { start, counts } = write()?;
        let body = || Ok([start.as_bytes(), &end()?].concat().into());
        return Ok((from_bundle(headers, view.tag(), Form::Features, body)?, counts));
    };
    let page = find(view, uri, language, encoding, write)?;
    let mut response = from_bundle(headers, view.tag(), Form::Features, || {
        page.start.with_end(&end()?).map_err(|cause| Problem::internal(&cause))
    })?;
    encoding.put(&mut response);
    Ok((response, page.counts))
}

fn find(
    view: &View,
    uri: &Uri,
    language: Language,
    encoding: Encoding,
    write: impl FnOnce() -> Result<Written, Problem>,
) -> Result<PackedPage, Problem> {
    let address = uri.path_and_query().map_or("", |address| address.as_str()).to_owned();
    let key = PageKey { view: view.tag().to_owned(), address, language: language.tag(), encoding };
    let pages = &view.kept().pages;
    if let Some(page) = pages.get(&key) {
        return Ok(page);
    }
    let Written { start, counts } = write()?;
    let start = Start::new(encoding, start.as_bytes()).map_err(|cause| Problem::internal(&cause))?;
    let page = PackedPage { start, counts };
    let bytes = key.view.len() + key.address.len() + page.start.len();
    pages.keep(key, page.clone(), bytes);
    Ok(page)
}
