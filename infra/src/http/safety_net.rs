//! Turns what is refused outside of our handlers (by the router, by an extractor of axum's own, by
//! a panic) into problems, so that a client never meets a second format of errors.
//!
//! Answers that have a format of their own, such as an HTML page, are left alone.

use std::any::Any;

use axum::body::to_bytes;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};

use super::problem::Problem;

/// As much of a plain text as becomes the detail of a problem, in bytes. axum's own are one line.
const MAX_DETAIL: usize = 2048;

/// Replaces an error without a format by a problem of the same status and headers.
pub(super) async fn problems_only(response: Response) -> Response {
    let status = response.status();
    let failed = status.is_client_error() || status.is_server_error();
    if !failed || has_format(response.headers()) {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let text = to_bytes(body, MAX_DETAIL).await.unwrap_or_default();
    let problem = problem_of(status, String::from_utf8_lossy(&text).trim());
    head.headers.remove(CONTENT_TYPE);
    head.headers.remove(CONTENT_LENGTH);
    let mut answer = problem.into_response();
    // Such as `Allow` of a 405.
    answer.headers_mut().extend(head.headers);
    answer
}

/// The answer to a panic of a handler. The panic hook has logged where it was.
pub(super) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let message = match panic.downcast_ref::<String>() {
        Some(message) => message.as_str(),
        None => panic.downcast_ref::<&str>().copied().unwrap_or("of no known type"),
    };
    tracing::error!(message, "a handler panicked");
    Problem::opaque().into_response()
}

fn has_format(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| !kind.as_bytes().starts_with(b"text/plain"))
}

fn problem_of(status: StatusCode, text: &str) -> Problem {
    let (code, title) = kind_of(status);
    let problem = Problem::new(status, code, title);
    match text {
        "" => problem,
        text if status.is_server_error() => {
            tracing::error!(%status, text, "a request failed");
            problem
        }
        text => problem.detail(text),
    }
}

fn kind_of(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::NOT_FOUND => ("not_found", "There is nothing here"),
        StatusCode::METHOD_NOT_ALLOWED => {
            ("method_not_allowed", "The resource does not have this method")
        }
        StatusCode::REQUEST_TIMEOUT => ("request_timeout", "The request came too slowly"),
        StatusCode::PAYLOAD_TOO_LARGE => ("body_too_large", "The request's body is too large"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            ("unsupported_media_type", "The request's body has a type that is not read here")
        }
        StatusCode::UNPROCESSABLE_ENTITY => ("invalid_body", "The request's body is not valid"),
        StatusCode::SERVICE_UNAVAILABLE => ("unavailable", "Aisle cannot do that at the moment"),
        status if status.is_server_error() => ("internal", "Something went wrong on our side"),
        _ => ("bad_request", "The request is not valid"),
    }
}
