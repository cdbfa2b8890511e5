//! Problems: what every refused or failed request is answered with (RFC 9457).
//!
//! It does not know why a command is refused: each API maps its own refusals.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, HeaderName, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::RequestId;

/// The media type of problems.
pub const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Why a request was refused or failed, as the client is told. Built step by step, then returned
/// from a handler.
#[derive(Debug, Clone)]
pub struct Problem(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    document: ProblemDocument,
    headers: HeaderMap,
}

/// The body of a problem.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Problem, example = json!({
    "type": "/problems/seats_taken",
    "title": "A seat is not free",
    "status": 409,
    "code": "seats_taken",
    "detail": "Seat A-1 is held by somebody else.",
    "trace_id": "0190f6b27c6a7d0c9a53a1f0c1f5c0de"
}))]
pub struct ProblemDocument {
    /// Names the kind of problem: the relative reference `/problems/<code>`. Relative, so that
    /// it leads to the documentation of the deployment that answered.
    #[serde(rename = "type")]
    pub type_uri: String,
    /// The kind of problem in words; the same for all problems of one `code`.
    pub title: Cow<'static, str>,
    /// The HTTP status.
    pub status: u16,
    /// What clients match on. Never changes its meaning.
    pub code: Cow<'static, str>,
    /// What is wrong with this very request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What the problem is about: the path of a resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// The request's id (`x-request-id`), by which the operator finds it in the logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// Members that only this kind of problem has.
    #[serde(flatten)]
    pub extensions: BTreeMap<String, Value>,
}

/// What is wrong with one field of a request.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldError {
    /// The field: a JSON Pointer (RFC 6901) into the body, such as `/seats/0`, or the bare name
    /// of a parameter of the path or the query.
    pub field: String,
    /// What was expected of it.
    pub detail: String,
    /// What clients match on, where there is more than one way to be wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Cow<'static, str>>,
}

impl Problem {
    /// A kind of problem: its status, its code, and its title, which is the same for all problems
    /// of that code.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        let document = ProblemDocument {
            type_uri: format!("/problems/{code}"),
            title: title.into(),
            status: status.as_u16(),
            code: code.into(),
            detail: None,
            instance: None,
            errors: Vec::new(),
            trace_id: RequestId::current().map(|id| id.to_string()),
            extensions: BTreeMap::new(),
        };
        Self(Box::new(Parts { document, headers: HeaderMap::new() }))
    }

    /// A fault of ours: logs the error with its sources, once, and tells the client nothing of it.
    #[must_use]
    pub fn internal(fault: &(dyn Error + 'static)) -> Self {
        let problem = Self::opaque();
        let trace_id = problem.trace_id();
        tracing::error!(error = %Chain(fault), trace_id, "a request failed");
        problem
    }

    /// Something that we depend on is away: logs like [`Problem::internal`], but tells the client
    /// to come again (503).
    #[must_use]
    pub fn unavailable(fault: &(dyn Error + 'static), retry_after: Duration) -> Self {
        let title = "Aisle cannot do that at the moment";
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", title);
        let trace_id = problem.trace_id();
        tracing::error!(error = %Chain(fault), trace_id, "a dependency is unavailable");
        problem.retry_after(retry_after)
    }

    /// The answer to a fault that was logged already.
    pub(super) fn opaque() -> Self {
        let title = "Something went wrong on our side";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", title)
    }

    /// Says what is wrong with this very request.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.document.detail = Some(detail.into());
        self
    }

    /// Names the resource that it is about.
    #[must_use]
    pub fn instance(mut self, path: impl Into<String>) -> Self {
        self.0.document.instance = Some(path.into());
        self
    }

    /// Adds a field that is wrong: where it is ([`FieldError::field`]) and what was expected.
    #[must_use]
    pub fn field(self, field: impl Into<String>, expected: impl Into<String>) -> Self {
        self.push(FieldError { field: field.into(), detail: expected.into(), code: None })
    }

    /// The same, with a code of its own.
    #[must_use]
    pub fn coded_field(
        self,
        field: impl Into<String>,
        code: &'static str,
        expected: impl Into<String>,
    ) -> Self {
        let code = Some(code.into());
        self.push(FieldError { field: field.into(), detail: expected.into(), code })
    }

    /// Adds a member that only this kind of problem has. The names of RFC 9457 and of
    /// [`ProblemDocument`] are taken: such a member is left out.
    #[must_use]
    pub fn with(mut self, member: &'static str, value: impl Into<Value>) -> Self {
        let taken = ["type", "title", "status", "code", "detail", "instance", "errors", "trace_id"];
        debug_assert!(!taken.contains(&member), "`{member}` is a member of every problem");
        if !taken.contains(&member) {
            self.0.document.extensions.insert(member.to_owned(), value.into());
        }
        self
    }

    /// Tells the client when to come again, in whole seconds, rounded up.
    #[must_use]
    pub fn retry_after(self, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.header(RETRY_AFTER, seconds.into())
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    /// The status that it is answered with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.document.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// What is sent as the body.
    #[must_use]
    pub fn document(&self) -> &ProblemDocument {
        &self.0.document
    }

    fn trace_id(&self) -> Option<&str> {
        self.0.document.trace_id.as_deref()
    }

    fn push(mut self, error: FieldError) -> Self {
        self.0.document.errors.push(error);
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, Parts { document, headers }) = (self.status(), *self.0);
        let mut response = (status, headers, axum::Json(document)).into_response();
        response.headers_mut().insert(CONTENT_TYPE, PROBLEM_JSON);
        response
    }
}

/// In API documents a problem is its body.
impl PartialSchema for Problem {
    fn schema() -> RefOr<Schema> {
        ProblemDocument::schema()
    }
}

impl ToSchema for Problem {
    fn name() -> Cow<'static, str> {
        ProblemDocument::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        ProblemDocument::schemas(schemas);
    }
}

/// An error with its sources, on one line: for logs.
pub struct Chain<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let sources = std::iter::successors(self.0.source(), |&error| error.source());
        for source in sources {
            write!(f, ": {source}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the journal is away")]
    struct Away(#[source] std::io::Error);

    fn away() -> Away {
        Away(std::io::Error::other("secret host refused"))
    }

    #[test]
    fn a_problem_has_the_members_that_were_set_and_no_others() {
        let problem = Problem::new(StatusCode::CONFLICT, "seats_taken", "A seat is not free")
            .detail("Seat A-1 is held.")
            .field("/seats/0", "a free seat")
            .coded_field("/seats/1", "no_such_seat", "a seat of the plan")
            .with("seats", json!(["A-1"]));
        let expected = json!({
            "type": "/problems/seats_taken", "title": "A seat is not free", "status": 409,
            "code": "seats_taken", "detail": "Seat A-1 is held.",
            "errors": [
                {"field": "/seats/0", "detail": "a free seat"},
                {"field": "/seats/1", "detail": "a seat of the plan", "code": "no_such_seat"},
            ],
            "seats": ["A-1"],
        });
        assert_eq!(serde_json::to_value(problem.document()).unwrap(), expected);
    }

    #[test]
    fn it_is_answered_with_its_status_type_and_headers() {
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "slow_down", "Too fast");
        let response = problem.retry_after(Duration::from_millis(1200)).into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[CONTENT_TYPE], PROBLEM_JSON);
        assert_eq!(response.headers()[RETRY_AFTER], "2");
    }

    #[test]
    fn a_fault_of_ours_is_opaque_but_its_chain_is_written_for_the_log() {
        for problem in
            [Problem::internal(&away()), Problem::unavailable(&away(), Duration::from_secs(1))]
        {
            let body = serde_json::to_string(problem.document()).unwrap();
            assert!(!body.contains("secret") && !body.contains("journal"), "{body}");
        }
        assert_eq!(Chain(&away()).to_string(), "the journal is away: secret host refused");
    }

    #[test]
    fn in_api_documents_it_is_called_problem_and_may_have_more_members() {
        assert_eq!(Problem::name(), "Problem");
        let schema = serde_json::to_value(Problem::schema()).unwrap();
        let text = schema.to_string();
        assert!(text.contains("trace_id") && text.contains("additionalProperties"), "{text}");
    }
}
