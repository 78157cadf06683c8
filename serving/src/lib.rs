//! The `serve` program: publishes a bundle's area scores over HTTP.
//!
//! # The big picture
//!
//! [`load`] verifies every file of a bundle, loads its ONNX model, replays the self-test and makes an
//! immutable snapshot; [`router`] answers from it. Between the bundle's figures and every answer stands
//! a projection that holds only what a reader may see; handlers have no way to the raw figures.
//!
//! A request goes through [`Front`]: the envelope (headers, trace, problems, limits on time), the guard (who is it, is
//! there room, are answers stopped, what is written down), then the routes of the release that answers.
//!
//! | address | answer |
//! |---|---|
//! | `/health/live`, `/health/ready` | health checks |
//! | `/v1` | where everything is |
//! | `/v1/areas`, `/v1/areas/{code}`, `/v1/areas.geojson` | scores: list, one area, map layer |
//! | `/v1/collections…`, `/v1/conformance` | OGC API Features: collections, items, filters, tables |
//! | `/v1/collections/{id}/tiles…`, `/v1/styles…` | OGC API Tiles, TileJSON, styles: and the grids they lie in |
//! | `/v1/plans` | which areas to visit, partly at random |
//! | `/v1/models/…`, `/v1/reports/…` | the model's terms; evaluation report, model card, record for the Algoritmeregister |
//! | `/v1/openapi.json` | the description of all this |
//! | `/v1/releases`, `/v1/stop` | which bundle answers, renewing it, stopping all answers |
//! | `/v2…` | Open Inference Protocol: score rows through the model |
//!
//! ```
//! use axum::body::Body;
//! use axum::http::{Request, StatusCode};
//! use serving::{Settings, load, made_up::Town, router};
//! use tower::ServiceExt as _;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let bundle = folder.path().join("bundle");
//! Town::default().write(&bundle)?;
//!
//! let service = load(&bundle, &Settings::default())?;
//! let request = Request::get("/v1/areas?level=wijk&limit=3").body(Body::empty())?;
//! let answer = router(service).oneshot(request).await?;
//! assert_eq!(answer.status(), StatusCode::OK);
//! # Ok(())
//! # }
//! ```
//!
//! Errors are RFC 9457 problem details in Dutch or English. Answers from the bundle carry an ETag and
//! `Cache-Control: no-cache`; everything else carries `no-store`.

pub mod access;
mod answer;
mod api;
mod clock;
pub mod command;
mod configuration;
mod cursor;
mod delivery;
mod envelope;
mod facts;
mod file;
mod filter;
mod front;
mod geometry;
mod geopackage;
mod inference;
mod kept;
mod language;
mod ledger;
mod load;
mod log;
#[doc(hidden)]
pub mod made_up;
mod metrics;
mod moment;
mod ogc;
mod packed;
mod plans;
mod problem;
pub mod program;
mod projection;
mod query;
mod releases;
mod router;
pub mod server;
mod service;
mod settings;
mod shapes;
mod snapshot;
mod table;
mod tiles;
mod trace;
mod view;

pub use access::Door;
pub use configuration::{ConfigurationError, RoundingKeyError};
pub use front::Front;
pub use geometry::UnfitGeometry;
pub use ledger::{LedgerError, NoteError, ProofError, SigningKeyError, VerifyError};
pub use load::{LoadError, load, load_after};
pub use log::{LogFormat, start as start_log};
pub use projection::{Disclosure, UnfitFigures};
pub use releases::{NoRelease, RegisterError};
pub use router::router;
pub use service::Service;
pub use settings::{Limits, PublicUrl, Settings, UnfitPublicUrl};
