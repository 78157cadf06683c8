//! OGC API Features: the areas as collections of map features, one per level and year.
//!
//! | address | answer |
//! |---|---|
//! | `/v1/conformance` | the standards that are followed |
//! | `/v1/collections`, `/v1/collections/{id}` | the collections |
//! | `…/items`, `…/items/{code}` | features as GeoJSON, page or table |
//! | `…/table` | all areas without geometry, to join on code and year |
//! | `…/geopackage` | all areas with outlines in RD, as one file |
//! | `…/queryables`, `…/schema`, `…/feature-schema` | columns, for filters, for programs, and in the form that GDAL reads |

mod collection;
mod conformance;
mod description;
mod items;
mod media;
mod packed_page;
pub(crate) mod pages;
mod question;
mod schemas;

use axum::Router;
use axum::routing::get;

pub(crate) use self::collection::Collection;
pub(crate) use self::description::{answers, describe, get as operation};
pub(crate) use self::media::Media;
pub(crate) use self::packed_page::{PackedPage, PageKey};
use crate::service::Service;

/// The media type of a filtered or described schema.
pub(crate) const SCHEMA: &str = "application/schema+json";

/// The routes of OGC API Features.
pub(crate) fn routes() -> Router<Service> {
    Router::new()
        .route("/v1/conformance", get(conformance::conformance))
        .route("/v1/collections", get(collection::list))
        .route("/v1/collections/{collection}", get(collection::one))
        .route("/v1/collections/{collection}/items", get(items::list))
        .route("/v1/collections/{collection}/items/{code}", get(items::one))
        .route("/v1/collections/{collection}/table", get(items::table))
        .route("/v1/collections/{collection}/geopackage", get(items::geopackage))
        .route("/v1/collections/{collection}/queryables", get(schemas::queryables))
        .route("/v1/collections/{collection}/schema", get(schemas::schema))
        .route("/v1/collections/{collection}/feature-schema", get(schemas::feature_schema))
}
