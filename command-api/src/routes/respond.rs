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

/// Answers a command that makes something new. `location` is made from the answer's id, which is
/// its first field.
pub(super) fn created(
    done: Result<Done, ExecuteError>,
    id_field: &str,
    collection: &str,
) -> Result<Response, Problem> {
    let location = done.as_ref().ok().and_then(|done| {
        let id = first_field(&done.answer, id_field)?;
        HeaderValue::from_str(&format!("{collection}/{id}")).ok()
    });
    let mut response = respond(done, StatusCode::CREATED)?;
    if let Some(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// The text of an answer's first field, if it has this name. Answers are ours, and ids have nothing
/// to be unescaped.
fn first_field<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let value = answer.strip_prefix("{\"")?.strip_prefix(name)?.strip_prefix("\":\"")?;
    value.split_once('"').map(|(value, _)| value)
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

#[cfg(test)]
mod tests {
    use super::first_field;

    #[test]
    fn the_id_is_the_first_field() {
        let answer = r#"{"booking_id":"b-1","event_id":"e-1"}"#;
        assert_eq!(first_field(answer, "booking_id"), Some("b-1"));
        for (answer, field) in [(answer, "event_id"), ("{}", "booking_id"), ("", "booking_id")] {
            assert_eq!(first_field(answer, field), None);
        }
    }
}
