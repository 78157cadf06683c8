//! `/v1` and `/v1/openapi.json`: where everything is, and what it does.

use axum::http::header::ACCESS_CONTROL_ALLOW_ORIGIN;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde::Serialize;
use serde_json::{Value, json};

use crate::answer::{Form, from_bundle, put};
use crate::api::areas::escaped;
use crate::api::{Link, model, reports};
use crate::facts::{Context, Facts, notice};
use crate::language::Language;
use crate::ogc::{self, Media};
use crate::problem::Problem;
use crate::projection::Projection;
use crate::query::Parameters;
use crate::releases;
use crate::view::Seen;

/// `GET /v1`: where everything is.
pub(crate) async fn landing(Seen(view): Seen, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let parameters = Parameters::read(&uri, &["f"])?;
    let language = Language::asked(&uri, &headers);
    if Media::asked(&parameters, &headers, &[Media::Json, Media::Html])? == Media::Html {
        let page = || Ok(ogc::pages::landing(&view, language));
        return from_bundle(&headers, view.tag(), Form::Html(language), page);
    }
    view.landing(language).answer(&headers, Form::JsonOrHtml(language))
}

/// `GET /v1/openapi.json`: what this API does; readable from any web page.
pub(crate) async fn openapi(Seen(view): Seen, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    Parameters::read(&uri, &[])?;
    let mut response = view.openapi().answer(&headers, Form::PlainJson)?;
    put(&mut response, ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    Ok(response)
}

#[derive(Serialize)]
struct Landing<'a> {
    description: String,
    #[serde(flatten)]
    context: Context<'a>,
    levels: Vec<LandingLevel<'a>>,
    links: Vec<Link>,
}

#[derive(Serialize)]
struct LandingLevel<'a> {
    name: &'a str,
    areas: usize,
    top_k: Option<usize>,
    links: Vec<Link>,
}

/// Makes the start page of the API.
///
/// # Errors
/// When it cannot be written as JSON.
pub(crate) fn write_landing(
    facts: &Facts,
    projection: &Projection,
    base: &str,
    language: Language,
) -> Result<Vec<u8>, serde_json::Error> {
    let levels = projection.levels().iter().map(|level| {
        let name = escaped(&level.name);
        let map = format!("/v1/areas.geojson?level={name}");
        LandingLevel {
            name: &level.name,
            areas: level.len(),
            top_k: level.top_k,
            links: vec![
                Link::json("items", base, &format!("/v1/areas?level={name}")),
                Link::new("alternate", base, &map, "application/geo+json"),
            ],
        }
    });
    let inference = format!("/v2/models/{}", escaped(facts.model()));
    serde_json::to_vec(&Landing {
        description: language.of(&notice()).to_owned(),
        context: facts.context(language),
        levels: levels.collect(),
        links: vec![
            Link::json("self", base, "/v1"),
            Link::new(
                "service-desc",
                base,
                "/v1/openapi.json",
                "application/vnd.oai.openapi+json;version=3.0",
            ),
            Link::new("alternate", base, "/v1?f=html", "text/html"),
            Link::new("service-doc", base, "/v1?f=html", "text/html"),
            Link::json("conformance", base, "/v1/conformance"),
            Link::json("http://www.opengis.net/def/rel/ogc/1.0/conformance", base, "/v1/conformance"),
            Link::json("data", base, "/v1/collections"),
            Link::json("http://www.opengis.net/def/rel/ogc/1.0/data", base, "/v1/collections"),
            Link::json("http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes", base, "/v1/tile-matrix-sets"),
            Link::json("http://www.opengis.net/def/rel/ogc/1.0/styles", base, "/v1/styles"),
            Link::json("areas", base, "/v1/areas"),
            Link::json("model", base, &model::address(facts)),
            Link::json("report", base, reports::LIST),
            Link::json("releases", base, "/v1/releases"),
            Link::json("inference", base, &inference),
        ],
    })
}

/// The OpenAPI document with the address under which it is served and the levels of the bundle.
///
/// # Errors
/// When an embedded document is not JSON.
pub(crate) fn write_openapi(
    projection: &Projection,
    as_of: &str,
    base: &str,
) -> Result<Vec<u8>, serde_json::Error> {
    let mut document: Value = serde_json::from_str(include_str!("../openapi.json"))?;
    document["servers"] = json!([{ "url": format!("{base}/v1") }]);
    document["info"]["version"] = crate::envelope::VERSION.into();
    let levels: Vec<&str> = projection.levels().iter().map(|level| level.name.as_str()).collect();
    document["components"]["parameters"]["Level"]["schema"]["enum"] = json!(levels);
    ogc::describe(&mut document, projection, as_of);
    // The addresses that all releases have in common.
    let common: serde_json::Map<String, Value> = serde_json::from_str(releases::OPENAPI)?;
    if let Some(paths) = document["paths"].as_object_mut() {
        paths.extend(common);
        if !projection.shows_all() {
            paths.remove("/reports/evaluation");
        }
    }
    common_answers(&mut document);
    serde_json::to_vec(&document)
}

/// What every address of an API may answer besides its own: to wrong keys and tokens, to too much at once, to
/// headers or an address that are too long, and when the service fails or is stopped.
pub(crate) fn common_answers(document: &mut Value) {
    let paths = document["paths"].as_object_mut().into_iter().flat_map(serde_json::Map::values_mut);
    let operations =
        paths.flat_map(|path| path.as_object_mut().into_iter().flat_map(serde_json::Map::values_mut));
    for operation in operations {
        for status in ["400", "401", "403", "414", "429", "431", "500", "503"] {
            let answer = &mut operation["responses"][status];
            if answer.is_null() {
                *answer = json!({ "$ref": "#/components/responses/Problem" });
            }
        }
    }
}
