//! What the documents say of all routes alike, so that no route needs to say it of itself: which
//! problems any of them may answer with, and in which format.
//!
//! What a route says of itself is left as it is.

use axum::http::StatusCode;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response};

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";
const SCHEMA: &str = "Problem";

/// A document with what all routes have in common.
#[must_use]
pub fn documented(mut document: OpenApi) -> OpenApi {
    for (path, item) in &mut document.paths.paths {
        for (changes, operation) in operations(item) {
            for (status, description) in common(path, changes, operation) {
                let responses = &mut operation.responses.responses;
                responses.entry(status.as_str().to_owned()).or_insert_with(|| problem(description));
            }
            for (status, response) in &mut operation.responses.responses {
                if let RefOr::T(response) = response {
                    complete(status, response);
                }
            }
        }
    }
    document
}

/// The operations of a path, and whether they change anything.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (bool, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    let changing = [put, post, delete, patch].map(|operation| (true, operation));
    let all = [(false, get)].into_iter().chain(changing);
    all.filter_map(|(changes, operation)| Some((changes, operation.as_mut()?)))
}

/// The problems that an operation may answer with because of what it is.
fn common(
    path: &str,
    changes: bool,
    operation: &Operation,
) -> impl Iterator<Item = (StatusCode, &'static str)> + use<> {
    let (names, reads) = (path.contains('{'), operation.request_body.is_some());
    let asks = operation.security.is_some();
    [
        (names || reads, StatusCode::BAD_REQUEST, "The path, a header or the body is malformed"),
        (asks, StatusCode::UNAUTHORIZED, "There is no token, or it is not valid"),
        (asks && changes, StatusCode::FORBIDDEN, "Not for whoever asks, or asked by another site"),
        (names, StatusCode::NOT_FOUND, "There is no such thing"),
        (reads, StatusCode::REQUEST_TIMEOUT, "The body came too slowly; nothing was done"),
        (reads, StatusCode::PAYLOAD_TOO_LARGE, "The body is too large"),
        (reads, StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is of a kind that is not read here"),
        (reads, StatusCode::UNPROCESSABLE_ENTITY, "Part of the body makes no sense: see `errors`"),
        (
            changes,
            StatusCode::SERVICE_UNAVAILABLE,
            "Not at the moment: repeat it after `Retry-After`, under the same key if it has one",
        ),
    ]
    .into_iter()
    .filter_map(|(applies, status, description)| applies.then_some((status, description)))
}

fn problem(description: &str) -> RefOr<Response> {
    let mut response = Response::new(description);
    let schema = Some(Ref::from_schema_name(SCHEMA));
    response.content.insert(PROBLEM.to_owned(), RefOr::T(Content::new(schema)));
    response.into()
}

/// Every response needs a description (OpenAPI 3.1, 4.8.17), and problems have a format of their own.
fn complete(status: &str, response: &mut Response) {
    if response.description.is_empty() {
        let known = status.parse().ok().and_then(|code: StatusCode| code.canonical_reason());
        known.unwrap_or(status).clone_into(&mut response.description);
    }
    if response.content.get(JSON).is_some_and(is_problem)
        && let Some(content) = response.content.shift_remove(JSON)
    {
        response.content.insert(PROBLEM.to_owned(), content);
    }
}

fn is_problem(content: &RefOr<Content>) -> bool {
    let RefOr::T(Content { schema: Some(RefOr::Ref(schema)), .. }) = content else { return false };
    *schema == Ref::from_schema_name(SCHEMA)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn of(path: &str, method: &str, operation: &Value) -> Value {
        let document = json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"},
            "paths": {path: {method: operation}}});
        let document = documented(serde_json::from_value(document).unwrap());
        let document = serde_json::to_value(document).unwrap();
        document["paths"][path][method]["responses"].clone()
    }

    fn statuses(responses: &Value) -> Vec<&str> {
        responses.as_object().unwrap().keys().map(String::as_str).collect()
    }

    #[test]
    fn a_change_by_somebody_may_be_answered_with_what_any_such_change_may() {
        let operation = json!({"responses": {"200": {}}, "security": [{"bearer": []}],
            "requestBody": {"content": {}}});
        let responses = of("/things/{id}", "post", &operation);
        assert_eq!(
            statuses(&responses),
            ["200", "400", "401", "403", "404", "408", "413", "415", "422", "503"]
        );
        assert_eq!(responses["200"]["description"], "OK");
        let schema = json!({"schema": {"$ref": "#/components/schemas/Problem"}});
        assert_eq!(responses["401"]["content"], json!({"application/problem+json": schema}));
    }

    #[test]
    fn what_a_route_says_of_itself_is_left_but_for_the_format_of_problems() {
        let schema = json!({"schema": {"$ref": "#/components/schemas/Problem"}});
        let other = json!({"schema": {"$ref": "#/components/schemas/Other"}});
        let operation = json!({"responses": {
            "200": {"description": "Ready", "content": {"application/json": other}},
            "503": {"description": "Full", "content": {"application/json": schema}}}});
        let responses = of("/things", "post", &operation);
        assert_eq!(responses["200"], operation["responses"]["200"]);
        let content = json!({"application/problem+json": schema});
        assert_eq!(responses["503"], json!({"description": "Full", "content": content}));
        assert_eq!(statuses(&of("/things", "get", &json!({"responses": {}}))), [""; 0]);
    }
}
