//! OGC API Tiles: the areas as vector tiles, TileJSON for MapLibre, and styles.
//!
//! | address | answer |
//! |---|---|
//! | `/v1/tile-matrix-sets[/{id}]` | the grids: `WebMercatorQuad` and `NetherlandsRDNewQuad` |
//! | `/v1/collections/{id}/tiles[/{grid}]` | what tiles there are |
//! | `…/tiles/{grid}/{matrix}/{row}/{column}` | a tile (Mapbox Vector Tile 2.1); 204 where there is nothing |
//! | `/v1/collections/{id}/tilejson` | the Web Mercator tiles as TileJSON 3 |
//! | `/v1/styles[/{id}]` | styles for MapLibre and Mapbox |
//!
//! Tiles are made from the snapshot when first asked for, and kept up to a number of bytes.

mod clip;
mod cut;
mod grid;
mod mesh;
mod mvt;
mod style;
#[cfg(test)]
mod tests;
mod tileset;

use axum::Router;
use axum::routing::get;

pub(crate) use self::grid::Grid;
pub(crate) use self::mesh::Mesh;
pub(crate) use self::tileset::{TileKey, describe, links};
use crate::service::Service;

/// The media type of tiles.
pub(crate) const MVT: &str = "application/vnd.mapbox-vector-tile";

/// The routes of OGC API Tiles and Styles.
pub(crate) fn routes() -> Router<Service> {
    Router::new()
        .route("/v1/tile-matrix-sets", get(tileset::grids))
        .route("/v1/tile-matrix-sets/{grid}", get(tileset::grid))
        .route("/v1/tileMatrixSets", get(tileset::grids))
        .route("/v1/tileMatrixSets/{grid}", get(tileset::grid))
        .route("/v1/collections/{collection}/tiles", get(tileset::list))
        .route("/v1/collections/{collection}/tiles/{grid}", get(tileset::one))
        .route("/v1/collections/{collection}/tiles/{grid}/{matrix}/{row}/{column}", get(tileset::tile))
        .route("/v1/collections/{collection}/tilejson", get(tileset::tilejson))
        .route("/v1/styles", get(style::list))
        .route("/v1/styles/{style}", get(style::one))
        .route("/v1/sprites/{file}", get(style::sprite))
}
