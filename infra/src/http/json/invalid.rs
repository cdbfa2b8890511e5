//! From the errors of the parsers to problems that name the field.
//!
//! The words about what was expected are serde's own.

use std::error::Error;
use std::fmt::Write as _;

use axum::http::StatusCode;
use serde_path_to_error::Segment;

use super::super::problem::Problem;

/// The longest detail that repeats what the client sent, in characters: serde quotes a wrong
/// string whole, be it a megabyte.
const MAX_DETAIL: usize = 300;

/// What axum's extractor of queries fails with.
type UrlencodedError = serde_path_to_error::Error<serde::de::value::Error>;

/// A JSON body that could not be read.
pub(super) fn json(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let inner = error.inner();
    if !inner.is_data() {
        return malformed_json(inner);
    }
    let place = format!(" at line {} column {}", inner.line(), inner.column());
    let message = inner.to_string();
    let message = message.strip_suffix(&place).unwrap_or(&message);
    invalid_body().field(pointer(error.path(), message), shortened(&without_value(message)))
}

/// A JSON body that is an array or a single value.
pub(super) fn no_object() -> Problem {
    invalid_body().field("", "expected an object")
}

/// A JSON body that is no JSON.
pub(super) fn malformed_json(error: &serde_json::Error) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "malformed_json", "The body is not JSON")
        .detail(shortened(&error.to_string()))
        .with("line", error.line())
        .with("column", error.column())
}

/// A query that could not be read.
pub(super) fn query(rejection: &(dyn Error + 'static)) -> Problem {
    let problem = Problem::new(StatusCode::BAD_REQUEST, "invalid_query", "The query is not valid");
    match urlencoded_error(rejection) {
        Some(error) => {
            let message = error.inner().to_string();
            let pointer = pointer(error.path(), &message);
            problem.field(pointer.trim_start_matches('/'), shortened(&message))
        }
        None => problem.detail(shortened(&rejection.to_string())),
    }
}

/// What serde says without the value that it quotes: what was sent to the wrong type of field may
/// be a card number, and answers are logged by many.
fn without_value(message: &str) -> String {
    let quotes = message.starts_with("invalid type: ") || message.starts_with("invalid value: ");
    match (quotes, message.find(['`', '"']), message.rfind(", expected")) {
        (true, Some(value), Some(expected)) if value < expected => {
            format!("{}{}", message[..value].trim_end(), &message[expected..])
        }
        _ => message.to_owned(),
    }
}

/// A text that may hold what the client sent, at most [`MAX_DETAIL`] characters of it.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_DETAIL) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn invalid_body() -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_body", "The body is not valid")
}

fn urlencoded_error<'a>(rejection: &'a (dyn Error + 'static)) -> Option<&'a UrlencodedError> {
    let mut chain = std::iter::successors(Some(rejection), |&error| error.source());
    chain.find_map(|error| error.downcast_ref())
}

/// The JSON Pointer (RFC 6901) to what is wrong. A field that is missing is pointed to where it
/// should be, not to what lacks it; one that is there twice itself, not to what has it.
fn pointer(path: &serde_path_to_error::Path, message: &str) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => push(&mut pointer, &index.to_string()),
            Segment::Map { key } => push(&mut pointer, key),
            Segment::Enum { variant } => push(&mut pointer, variant),
            Segment::Unknown => {}
        }
    }
    let of_the_whole = ["missing field `", "duplicate field `"];
    if let Some(field) = of_the_whole.iter().find_map(|said| message.strip_prefix(said)) {
        push(&mut pointer, field.trim_end_matches('`'));
    }
    shortened(&pointer)
}

fn push(pointer: &mut String, name: &str) {
    // Writing to a string does not fail.
    let _ = write!(pointer, "/{}", name.replace('~', "~0").replace('/', "~1"));
}

#[cfg(test)]
mod tests {
    use super::without_value;

    #[test]
    fn a_value_of_the_wrong_type_is_not_repeated() {
        let said = |message| without_value(message);
        assert_eq!(
            said("invalid type: integer `4242424242424242`, expected a string"),
            "invalid type: integer, expected a string"
        );
        assert_eq!(
            said("invalid value: string \"a, expected b\", expected a currency"),
            "invalid value: string, expected a currency"
        );
        let field = "unknown field `discount`, expected `seats` or `area`";
        assert_eq!(said(field), field);
    }
}
