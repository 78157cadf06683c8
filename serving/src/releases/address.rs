//! `/v1/releases` and `/v1/stop`.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Extension, Router};
use serde::{Deserialize, Serialize};

use crate::access::{Reader, Tier};
use crate::facts::Context;
use crate::front::Front;
use crate::language::Language;
use crate::problem::{Problem, text};
use crate::query::Parameters;
use crate::releases::{NoRelease, Outcome, Release, Stop};
use crate::{clock, inference};

/// The part of the OpenAPI document that describes these addresses: members of `paths`.
pub(crate) const OPENAPI: &str = include_str!("openapi.json");

/// Largest body, in bytes: a reason in two languages fits easily.
const LARGEST_BODY: usize = 16 << 10;

/// The addresses.
pub(crate) fn routes() -> Router<Front> {
    Router::new()
        .route("/v1/releases", get(list).post(renew))
        .route("/v1/stop", put(stop).delete(go_on))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
}

#[derive(Serialize)]
struct Shown<'a> {
    bundle_sha256: &'a str,
    since: String,
    #[serde(flatten)]
    context: Context<'a>,
}

#[derive(Serialize)]
struct All<'a> {
    current: Shown<'a>,
    earlier: Vec<Shown<'a>>,
    stopped: Option<&'a str>,
}

#[derive(Serialize)]
struct Renewed<'a> {
    changed: bool,
    current: Shown<'a>,
}

impl<'a> Shown<'a> {
    fn new(release: &'a Release, language: Language) -> Self {
        Self {
            bundle_sha256: &release.sha256,
            since: clock::written(release.since),
            context: release.service.snapshot().facts().context(language),
        }
    }
}

async fn list(State(front): State<Front>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    Parameters::read(&uri, &[])?;
    let language = Language::asked(&uri, &headers);
    let line = front.releases().line();
    let stopped = front.releases().switch.stopped();
    json(&All {
        current: Shown::new(&line.current, language),
        earlier: line.earlier.iter().map(|release| Shown::new(release, language)).collect(),
        stopped: stopped.as_deref().map(|stop| language.of(&stop.reason)),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    from: From,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum From {
    Disk,
    Earlier,
}

async fn renew(
    State(front): State<Front>,
    Extension(reader): Extension<Reader>,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Response> {
    let actor = operator(&reader)?;
    let language = Language::asked(&uri, &headers);
    let wish: Wish = read(&uri, &headers, body).map_err(Problem::into_response)?;
    let outcome = match wish.from {
        From::Disk => front.releases().renew().await,
        From::Earlier => front.releases().go_back().await,
    };
    front.tell_outcome(actor, &outcome);
    let (changed, release) = match outcome {
        Ok(Outcome::Activated(release)) => (true, release),
        Ok(Outcome::Unchanged(release)) => (false, release),
        Err(why) => return Err(refused(&why).into_response()),
    };
    json(&Renewed { changed, current: Shown::new(&release, language) }).map_err(Problem::into_response)
}

/// What is wrong with the bundle is in the log; it may hold paths, which are nobody's business outside.
fn refused(why: &NoRelease) -> Problem {
    let (nl, en) = match why {
        NoRelease::Load(_) | NoRelease::Register(_) | NoRelease::BrokenOff => (
            "De bundel op schijf is niet in orde; de vorige uitgave blijft in gebruik. Het logboek van de dienst zegt wat \
             er mis is.",
            "The bundle on disk is not in order; the release before it stays in use. The service's log says what is \
             wrong.",
        ),
        NoRelease::NoSource => (
            "Deze dienst is gestart zonder map om uit te laden.",
            "This service was started without a folder to load from.",
        ),
        NoRelease::NoEarlier => (
            "Er is geen eerdere uitgave om naar terug te gaan.",
            "There is no earlier release to go back to.",
        ),
    };
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, text(nl, en))
}

async fn stop(
    State(front): State<Front>,
    Extension(reader): Extension<Reader>,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Response> {
    let actor = operator(&reader)?;
    let wish: Stop = read(&uri, &headers, body).map_err(Problem::into_response)?;
    let done = front.releases().switch.stop(wish);
    front.tell_stop(actor);
    done.map_err(|cause| Problem::internal(&cause).into_response())?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn go_on(
    State(front): State<Front>,
    Extension(reader): Extension<Reader>,
    uri: Uri,
) -> Result<Response, Response> {
    let actor = operator(&reader)?;
    Parameters::read(&uri, &[]).map_err(Problem::into_response)?;
    let done = front.releases().switch.go_on();
    front.tell_stop(actor);
    done.map_err(|cause| Problem::internal(&cause).into_response())?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The name of an operator; 401 for everyone without a key or token, 403 for other tiers.
fn operator(reader: &Reader) -> Result<&str, Response> {
    let detail = text(
        "Dit kan alleen een beheerder. Op de machine zelf kan het ook: zie docs/operations.md.",
        "Only an operator can do this. It can be done on the machine too: see docs/operations.md.",
    );
    let refuse = |status, challenge| {
        let mut response = Problem::new(status, detail).into_response();
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        response
    };
    match &reader.subject {
        Some(subject) if reader.tier == Tier::Beheer => Ok(subject),
        None => Err(refuse(StatusCode::UNAUTHORIZED, "Bearer realm=\"zichtlijn\"")),
        Some(_) => {
            Err(refuse(StatusCode::FORBIDDEN, "Bearer realm=\"zichtlijn\", error=\"insufficient_scope\""))
        }
    }
}

fn read<T: for<'a> Deserialize<'a>>(
    uri: &Uri,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<T, Problem> {
    Parameters::read(uri, &[])?;
    inference::check_media_type(headers)?;
    let body = body.map_err(|rejection| Problem::of_status(rejection.status()))?;
    serde_json::from_slice(&body).map_err(|cause| {
        let detail = text(
            format!("De inhoud van het verzoek klopt niet: {cause}. Zie /v1/openapi.json."),
            format!("The body of the request is not right: {cause}. See /v1/openapi.json."),
        );
        Problem::new(StatusCode::BAD_REQUEST, detail)
    })
}

fn json(value: &impl Serialize) -> Result<Response, Problem> {
    let body = serde_json::to_vec(value).map_err(|cause| Problem::internal(&cause))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}
