//! How a command is answered: its JSON with the position put in, and headers that say where the
//! result can be read.

use aisle_domain::id::Subject;
use aisle_infra::http::idempotency::Idempotent;
use aisle_infra::http::problem::Problem;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::answer::with_position;
use crate::box_office::{Done, Effect, ExecuteError, Key};
use crate::refusal::problem;

/// The journal position of the command: what a read names as `min-position`.
const POSITION: HeaderName = HeaderName::from_static("aisle-position");
/// Says that a command was carried out before, and this is its first answer.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Answers a command that changes what exists.
pub(super) fn changed(done: Result<Done, ExecuteError>) -> Result<Response, Problem> {
    respond(done, StatusCode::OK)
}

/// Answers a command that sets something in motion.
pub(super) fn accepted(done: Result<Done, ExecuteError>) -> Result<Response, Problem> {
    respond(done, StatusCode::ACCEPTED)
}

/// Answers a command that makes something new. `location` is made from the answer's id.
pub(super) fn created(
    done: Result<Done, ExecuteError>,
    id_field: &str,
    collection: &str,
) -> Result<Response, Problem> {
    let id = done.as_ref().ok().and_then(|done| {
        let answer: serde_json::Value = serde_json::from_str(&done.answer).ok()?;
        answer.get(id_field)?.as_str().map(ToOwned::to_owned)
    });
    let mut response = respond(done, StatusCode::CREATED)?;
    if let Some(location) = id.and_then(|id| format!("{collection}/{id}").try_into().ok()) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

fn respond(done: Result<Done, ExecuteError>, status: StatusCode) -> Result<Response, Problem> {
    let done = done.map_err(problem)?;
    let body = with_position(&done.answer, done.position);
    let json = HeaderValue::from_static("application/json");
    let mut response = (status, [(header::CONTENT_TYPE, json)], body).into_response();
    response.headers_mut().insert(POSITION, done.position.into());
    if done.effect == Effect::AlreadyApplied {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// The key of a request and what the request says.
pub(super) fn keyed<T>(request: Idempotent<T>, actor: Subject) -> (Key, T) {
    (Key { key: request.key, actor, digest: request.digest }, request.body.value)
}
