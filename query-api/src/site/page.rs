//! Pages as they are answered: a template with the headers of a page, or a problem as a page.
//!
//! It decides nothing of what is shown.

use aisle_infra::http::problem::Problem;
use askama::Template;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, REFRESH, RETRY_AFTER,
    VARY,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::notice;
use super::shell::Shell;
use super::text;
use crate::web::CONTENT_POLICY;

/// A template as a page.
#[derive(Debug)]
pub(crate) struct Page<T>(pub(crate) T);

/// A problem as a page: for people, who do not read JSON.
#[derive(Debug)]
pub(crate) struct PageProblem(Problem);

/// What a page is answered with.
pub(crate) type Shown<T> = Result<Page<T>, PageProblem>;

/// What every page is sent with, beside [`KEPT_APART`]. Each shows who is signed in, so no cache
/// hands it to others, and going back asks again: nothing that is over is shown as if it were not.
const HEADERS: [(HeaderName, &str); 4] = [
    (CONTENT_TYPE, "text/html; charset=utf-8"),
    (CACHE_CONTROL, "private, no-store"),
    (VARY, "Accept, Cookie"),
    (CONTENT_SECURITY_POLICY, CONTENT_POLICY),
];

/// What keeps whatever browsers show apart from other sites, and from what it does not need.
pub(crate) const KEPT_APART: [(HeaderName, &str); 3] = [
    (REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// Something that went wrong, as a page tells it.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) code: String,
    /// What it is found by in the log.
    pub(crate) trace: Option<String>,
    pub(crate) occasion: Occasion,
}

/// What was wanted when something went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// To see a page, which can be asked for again.
    Page,
    /// To have something done, which is not for us to do again.
    Form,
}

#[derive(Debug, Template)]
#[template(path = "error.html")]
struct ErrorPage {
    shell: Shell,
    lead: String,
    code: String,
    trace: Option<String>,
    /// It will pass: the page asks again by itself.
    passes: bool,
}

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        match self.0.render() {
            Ok(html) => (HEADERS, KEPT_APART, html).into_response(),
            Err(error) => PageProblem(Problem::internal(&error)).into_response(),
        }
    }
}

impl From<Problem> for PageProblem {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl PageProblem {
    /// There is no such page.
    pub(crate) fn not_found() -> Self {
        Self(Problem::new(StatusCode::NOT_FOUND, "not_found", "There is nothing here"))
    }
}

impl IntoResponse for PageProblem {
    fn into_response(self) -> Response {
        let document = self.0.document();
        let (code, trace) = (document.code.to_string(), document.trace_id.clone());
        Failure { status: self.0.status(), code, trace, occasion: Occasion::Page }.into_response()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = self.status;
        let passes = status == StatusCode::SERVICE_UNAVAILABLE && self.occasion == Occasion::Page;
        let kind = match status {
            _ if passes => "busy",
            StatusCode::NOT_FOUND => "not-found",
            StatusCode::SERVICE_UNAVAILABLE => "undone",
            status if status.is_server_error() => "failed",
            _ if self.occasion == Occasion::Form => "undone",
            _ => "refused",
        };
        let page = ErrorPage {
            shell: Shell::of_error(text::say(&format!("error-{kind}"))),
            lead: match kind {
                "refused" | "undone" => notice::of_code(&self.code),
                kind => text::say(&format!("error-{kind}-lead")),
            },
            code: self.code,
            trace: self.trace.filter(|_| status.is_server_error()),
            passes,
        };
        let html = page.render().unwrap_or_default();
        let mut response = (status, HEADERS, KEPT_APART, html).into_response();
        if passes {
            response.headers_mut().insert(REFRESH, HeaderValue::from_static("2"));
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}
