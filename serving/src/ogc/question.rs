//! What a request for features asks: which, how many, in which system, with which columns.

use axum::http::Uri;

use super::{Collection, Media};
use crate::api::areas::escaped;
use crate::cursor::{self, Key, List};
use crate::filter::{self, Comparison, Filter, Operand, Vocabulary};
use crate::language::Language;
use crate::moment::Interval;
use crate::problem::{Problem, listed, text};
use crate::projection::{Area, Column, Kind};
use crate::query::{Parameters, not_allowed};
use crate::shapes::{Bounds, Crs};
use crate::view::View;

/// Features on a page when nothing is asked.
pub(super) const DEFAULT_LIMIT: usize = 100;
/// Most features on a page; asking for more gives this many.
pub(super) const LARGEST_LIMIT: usize = 10_000;

/// Parameters beside the names of columns.
pub(super) const PARAMETERS: [&str; 12] = [
    "f",
    "limit",
    "cursor",
    "bbox",
    "bbox-crs",
    "crs",
    "datetime",
    "filter",
    "filter-lang",
    "filter-crs",
    "properties",
    "skipGeometry",
];

/// A question for features.
pub(super) struct Question<'a> {
    pub(super) collection: Collection<'a>,
    pub(super) crs: Crs,
    pub(super) limit: usize,
    pub(super) columns: Option<Vec<&'static Column>>,
    pub(super) geometry: bool,
    filters: Vec<Filter>,
    after: Option<Key>,
    list: List,
    parameters: &'a Parameters,
}

/// One page of an answer.
pub(super) struct Page<'a> {
    pub(super) matched: usize,
    /// Areas with their positions in the projection.
    pub(super) areas: Vec<(usize, &'a Area)>,
    /// Where the next page starts.
    pub(super) next: Option<String>,
}

/// Reads the parameters of a request for features, the names of columns among them.
pub(super) fn read_parameters(view: &View, uri: &Uri) -> Result<Parameters, Problem> {
    let columns = view.projection().columns().map(|column| column.name);
    Parameters::read(uri, &PARAMETERS.into_iter().chain(columns).collect::<Vec<_>>())
}

impl<'a> Question<'a> {
    /// Reads what is asked of a collection.
    ///
    /// # Errors
    /// 400 with the parameter that is not understood.
    pub(super) fn read(
        view: &View,
        collection: Collection<'a>,
        parameters: &'a Parameters,
    ) -> Result<Self, Problem> {
        let list = list(view, &collection, parameters);
        let after = match parameters.get("cursor") {
            None => None,
            Some(text) => Some(cursor::read(list, text)?),
        };
        Ok(Self {
            crs: crs(parameters, "crs")?,
            limit: limit(parameters)?,
            columns: columns(view, parameters)?,
            geometry: geometry(parameters)?,
            filters: filters(view, parameters)?,
            collection,
            after,
            list,
            parameters,
        })
    }

    /// Finds the page that is asked for. The number of matches is that of the whole list on every page.
    pub(super) fn answer(&self, view: &'a View) -> Page<'a> {
        let (projection, shapes) = (view.projection(), view.shapes());
        let level = projection.level(&self.collection.level.name);
        let all = |after| level.map(|level| projection.ranked(level, None, after)).into_iter().flatten();
        let holds = |area: &Area| self.filters.iter().all(|filter| filter.holds(area, shapes));
        let matched = match self.filters.as_slice() {
            [] => self.collection.level.len(),
            _ => all(None).filter(|(_, area)| holds(area)).count(),
        };
        let mut rest = all(self.after.as_ref()).filter(|(_, area)| holds(area));
        let areas: Vec<(usize, &Area)> = rest.by_ref().take(self.limit).collect();
        let more = rest.next().is_some();
        let next = areas.last().filter(|_| more).map(|(_, last)| cursor::write(self.list, &last.key()));
        Page { matched, areas, next }
    }

    /// The address of this question in another form, or at another page.
    pub(super) fn address(&self, cursor: Option<&str>, media: Media, language: Language) -> String {
        let kept = self.parameters.pairs().filter(|(name, _)| !["cursor", "f", "lang"].contains(name));
        let mut pairs: Vec<(&str, &str)> = kept.collect();
        pairs.extend(cursor.map(|cursor| ("cursor", cursor)));
        pairs.push(("f", media.name()));
        pairs.push(("lang", language.tag()));
        let query = pairs.iter().map(|(name, value)| format!("{name}={}", escaped(value)));
        format!("{}/items?{}", self.collection.path(), query.collect::<Vec<_>>().join("&"))
    }

    /// The cursor of this page, as it was given.
    pub(super) fn cursor(&self) -> Option<&str> {
        self.parameters.get("cursor")
    }
}

/// A cursor continues the list of the same reader, bundle, collection and filters.
fn list(view: &View, collection: &Collection<'_>, parameters: &Parameters) -> List {
    let chosen = parameters.pairs().filter(|(name, _)| {
        !["cursor", "f", "lang", "limit", "crs", "properties", "skipGeometry"].contains(name)
    });
    let mut chosen: Vec<String> = chosen.map(|(name, value)| format!("{name}={value}")).collect();
    chosen.sort();
    let mut parts = vec![view.tag(), "items", collection.id.as_str()];
    parts.extend(chosen.iter().map(String::as_str));
    List::new(&parts)
}

fn limit(parameters: &Parameters) -> Result<usize, Problem> {
    let Some(given) = parameters.get("limit") else { return Ok(DEFAULT_LIMIT) };
    let digits = !given.is_empty() && given.bytes().all(|b| b.is_ascii_digit());
    let limit = given.parse::<u64>().ok().filter(|&limit| digits && limit > 0);
    let limit = limit.ok_or_else(|| not_allowed("limit", given, &format!("1–{LARGEST_LIMIT}")))?;
    Ok(usize::try_from(limit).unwrap_or(LARGEST_LIMIT).min(LARGEST_LIMIT))
}

/// The reference system that a parameter names, or the default.
pub(super) fn crs(parameters: &Parameters, name: &str) -> Result<Crs, Problem> {
    let Some(given) = parameters.get(name) else { return Ok(Crs::Crs84) };
    Crs::named(given).ok_or_else(|| not_allowed(name, given, &listed(Crs::ALL.map(Crs::uri))))
}

fn columns(view: &View, parameters: &Parameters) -> Result<Option<Vec<&'static Column>>, Problem> {
    let Some(given) = parameters.get("properties") else { return Ok(None) };
    let detail = view.projection().detail();
    let column = |name: &str| {
        Column::named(name.trim(), detail).ok_or_else(|| {
            not_allowed("properties", name, &listed(view.projection().columns().map(|column| column.name)))
        })
    };
    given.split(',').filter(|name| !name.trim().is_empty()).map(column).collect::<Result<_, _>>().map(Some)
}

fn geometry(parameters: &Parameters) -> Result<bool, Problem> {
    match parameters.get("skipGeometry") {
        None | Some("false") => Ok(true),
        Some("true") => Ok(false),
        Some(other) => Err(not_allowed("skipGeometry", other, "true, false")),
    }
}

fn filters(view: &View, parameters: &Parameters) -> Result<Vec<Filter>, Problem> {
    let mut filters = Vec::new();
    let bbox_crs = crs(parameters, "bbox-crs")?;
    if let Some(given) = parameters.get("bbox") {
        filters.push(Filter::Meets(bbox(given, bbox_crs)?));
    }
    if let Some(given) = parameters.get("datetime") {
        let (as_of, until) = view.facts().period();
        let interval = Interval::parse(given).ok_or_else(|| {
            not_allowed(
                "datetime",
                given,
                "2025-01-01, 2025-01-01T00:00:00Z, 2025-01-01/2025-06-30, ../2025-06-30",
            )
        })?;
        if !interval.meets(as_of, until) {
            filters.push(Filter::Always(false));
        }
    }
    for column in view.projection().columns() {
        if let Some(given) = parameters.get(column.name) {
            let value = value(column, given)?;
            filters.push(Filter::Compare(Operand::Column(column), Comparison::Equal, value));
        }
    }
    filters.extend(written(view, parameters)?);
    Ok(filters)
}

/// Four numbers, or six with heights that are ignored.
fn bbox(given: &str, crs: Crs) -> Result<Bounds, Problem> {
    let refused = || not_allowed("bbox", given, "west,south,east,north");
    let numbers: Option<Vec<f64>> = given.split(',').map(|number| number.trim().parse().ok()).collect();
    let (low, high) = match numbers.as_deref() {
        Some(&[west, south, east, north]) => ([west, south], [east, north]),
        Some(&[west, south, _, east, north, _]) => ([west, south], [east, north]),
        _ => return Err(refused()),
    };
    let ordered = low[1] <= high[1] && low[0] <= high[0];
    let finite = low.iter().chain(&high).all(|number| number.is_finite());
    let bounds = (ordered && finite).then(|| crs.bounds_to_degrees(Bounds { low, high })).flatten();
    bounds.ok_or_else(refused)
}

fn value(column: &'static Column, given: &str) -> Result<Operand, Problem> {
    match column.kind {
        Kind::Text => Ok(Operand::Text(given.to_owned())),
        Kind::Integer | Kind::Number => {
            let number = given.parse().ok().filter(|number: &f64| number.is_finite());
            number.map(Operand::Number).ok_or_else(|| not_allowed(column.name, given, "1, 2.5"))
        }
    }
}

fn written(view: &View, parameters: &Parameters) -> Result<Option<Filter>, Problem> {
    let vocabulary = Vocabulary { detail: view.projection().detail(), crs: crs(parameters, "filter-crs")? };
    let is_json = match parameters.get("filter-lang") {
        None => parameters.get("filter").is_some_and(|filter| filter.trim_start().starts_with('{')),
        Some("cql2-text") => false,
        Some("cql2-json") => true,
        Some(other) => return Err(not_allowed("filter-lang", other, "cql2-text, cql2-json")),
    };
    let Some(given) = parameters.get("filter") else { return Ok(None) };
    let parsed =
        if is_json { filter::parse_json(given, vocabulary) } else { filter::parse_text(given, vocabulary) };
    parsed.map(Some).map_err(|fault| refused(view, &fault))
}

fn refused(view: &View, fault: &filter::Fault) -> Problem {
    let names = || listed(view.projection().columns().map(|column| column.name).chain([filter::GEOMETRY]));
    let shown = crate::problem::quoted;
    let detail = match fault {
        filter::Fault::Expected(what, place) => text(
            format!("Het filter wordt niet begrepen bij {place}: verwacht werd {what}."),
            format!("The filter is not understood at {place}: expected {what}."),
        ),
        filter::Fault::UnknownName(name) => text(
            format!(
                "Het filter noemt {}, wat hier niet bestaat. Wel: {}. Teksten staan tussen enkele aanhalingstekens.",
                shown(name),
                names()
            ),
            format!(
                "The filter names {}, which does not exist here. These do: {}. Texts stand between single quotes.",
                shown(name),
                names()
            ),
        ),
        filter::Fault::KindMismatch(what) => text(
            format!("Het filter vergelijkt bij {} een tekst met een getal.", shown(what)),
            format!("The filter compares a text with a number at {}.", shown(what)),
        ),
        filter::Fault::TooLarge => text(
            "Het filter is te lang of te diep genest: ten hoogste 64 voorwaarden en waarden, 16 diep.",
            "The filter is too long or nested too deeply: at most 64 conditions and values, 16 deep.",
        ),
        filter::Fault::Coordinates => text(
            "Het filter noemt coördinaten die niet kunnen. Geef eerst de kleinste, dan de grootste, in het stelsel van filter-crs.",
            "The filter names impossible coordinates. Give the least first, then the greatest, in the system of filter-crs.",
        ),
    };
    Problem::parameter("filter", "filter.invalid", detail)
}
