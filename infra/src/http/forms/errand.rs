//! Where a form's sender goes on: to `next` after success, `back` after a problem.
//!
//! Both are paths of this site and nothing else; what is not is as if it had not been said.

use axum::body::to_bytes;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, REFERER, SET_COOKIE,
};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;

use super::super::auth::host;
use super::super::json::Fields;
use super::super::problem::Problem;

/// The longest path that is gone to, in bytes.
const MAX_PATH: usize = 2_048;

/// As much of an answer as is read, in bytes: a booking has some 3,000.
const MAX_ANSWER: usize = 1 << 20;

/// The parameters that are ours: what an earlier form left of them in an address is taken out.
const OURS: [&str; 5] = ["problem", "seats", "wished", "field", "min-position"];

/// What a form says of itself.
#[derive(Debug)]
pub(super) struct Errand {
    next: Option<String>,
    back: String,
    key: Option<HeaderValue>,
    /// The seats that it asks for: a page that says that some are gone can offer as many others.
    wished: Vec<String>,
}

impl Errand {
    /// Takes out of a form what is about the form.
    pub(super) fn of(parts: &Parts, fields: &mut Fields) -> Self {
        let wished = fields.clone().list("seats");
        let mut path = |name| fields.text(name).ok().flatten().filter(|path| is_local(path));
        let (next, back) = (path("next"), path("back"));
        let back = back.or_else(|| came_from(parts)).unwrap_or_else(|| "/".to_owned());
        let key = fields.text("idempotency_key").ok().flatten();
        Self { next, back, key: key.and_then(|key| HeaderValue::from_str(&key).ok()), wished }
    }

    /// The form's idempotency key.
    pub(super) fn key(&self) -> Option<HeaderValue> {
        self.key.clone()
    }

    /// Turns the answer of a route into one for a form's sender.
    pub(super) async fn turn(&self, answer: Response, session: Option<HeaderValue>) -> Response {
        let status = answer.status();
        if status.is_redirection() {
            return answer;
        }
        let (mut head, body) = answer.into_parts();
        let body = to_bytes(body, MAX_ANSWER).await.unwrap_or_default();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let position = head.headers.get("aisle-position").and_then(|value| value.to_str().ok());
        let place = match status.is_success() {
            true => self.after_success(&body, position),
            false => self.after_problem(&body),
        };
        for name in [CONTENT_TYPE, CONTENT_LENGTH, LOCATION] {
            head.headers.remove(name);
        }
        if let Some(session) = session {
            head.headers.append(SET_COOKIE, session);
        }
        let mut response = see_other(&place);
        response.headers_mut().extend(head.headers);
        response
    }

    /// The answer to a form that did not come as far as a route.
    pub(super) fn problem(&self, problem: &Problem) -> Response {
        let body = serde_json::to_value(problem.document()).unwrap_or_default();
        see_other(&self.after_problem(&body))
    }

    fn after_success(&self, body: &Value, position: Option<&str>) -> String {
        let booking = body["booking_id"].as_str();
        let next = match (&self.next, booking) {
            (Some(next), Some(id)) => next.replace("{id}", id),
            (Some(next), None) if !next.contains("{id}") => next.clone(),
            (None, Some(id)) => format!("/bookings/{id}"),
            (_, None) => "/".to_owned(),
        };
        with_query(&next, position.map(|position| ("min-position", position.to_owned())))
    }

    fn after_problem(&self, body: &Value) -> String {
        let code = body["code"].as_str().unwrap_or("internal");
        let mut query = vec![("problem", code.to_owned())];
        if let Some(seats) = body["seats"].as_array() {
            let seats: Vec<&str> = seats.iter().filter_map(Value::as_str).collect();
            query.push(("seats", seats.join(",")));
            if self.wished.len() > seats.len() {
                query.push(("wished", self.wished.join(",")));
            }
        }
        if let Some(field) = body["errors"][0]["field"].as_str() {
            query.push(("field", field_of(field).to_owned()));
        }
        with_query(&self.back, query)
    }
}

/// What a form calls the field that JSON has at this place: `/card/number` is `number`.
fn field_of(pointer: &str) -> &str {
    let pointer = pointer.strip_prefix("/card").unwrap_or(pointer).trim_start_matches('/');
    pointer.split('/').next().unwrap_or_default()
}

/// Whether this is a path of this site: browsers take `//host` and `/\host` for another.
#[must_use]
pub fn is_local(path: &str) -> bool {
    let strange = |c: char| c.is_control() || c.is_whitespace() || c == '\\' || !c.is_ascii();
    path.starts_with('/')
        && !path.starts_with("//")
        && path.len() <= MAX_PATH
        && !path.contains(strange)
}

/// The page that the form was on, if it was one of ours.
fn came_from(parts: &Parts) -> Option<String> {
    let referer: Uri = parts.headers.get(REFERER)?.to_str().ok()?.parse().ok()?;
    let same = referer.authority()?.as_str() == host(parts)?;
    let path = referer.path_and_query()?.as_str();
    (same && is_local(path)).then(|| path.to_owned())
}

/// A path with parameters in its query; those that an earlier form left there are taken out.
#[must_use]
pub fn with_query<'a>(path: &str, add: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let (path, fragment) = path.split_once('#').map_or((path, None), |(p, f)| (p, Some(f)));
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let kept = form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| !OURS.contains(&&**name))
        .map(|(name, value)| (name.into_owned(), value.into_owned()));
    let added = add.into_iter().map(|(name, value)| (name.to_owned(), value));
    let query =
        form_urlencoded::Serializer::new(String::new()).extend_pairs(kept.chain(added)).finish();
    let mut place = path.to_owned();
    for (mark, part) in [('?', (!query.is_empty()).then_some(&*query)), ('#', fragment)] {
        if let Some(part) = part {
            place.push(mark);
            place.push_str(part);
        }
    }
    place
}

/// The answer that sends a browser on to a path, by GET.
#[must_use]
pub fn see_other(place: &str) -> Response {
    // Nothing but visible ASCII comes this far; `/` is where everything can be begun anew.
    let place = HeaderValue::from_str(place).unwrap_or(HeaderValue::from_static("/"));
    let no_store = HeaderValue::from_static("no-store");
    (StatusCode::SEE_OTHER, [(LOCATION, place), (CACHE_CONTROL, no_store)]).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_gone_to() {
        for path in ["/", "/bookings/{id}", "/search?q=a+b#top", "/a//b"] {
            assert!(is_local(path), "{path}");
        }
        for path in ["", "bookings", "//evil", "/\\evil", "/a\r\nb", "https://evil/", "/a b", "/é"]
        {
            assert!(!is_local(path), "{path:?}");
        }
        assert!(!is_local(&format!("/{}", "x".repeat(MAX_PATH))));
    }

    #[test]
    fn parameters_are_added_and_not_piled_up() {
        let add = || [("problem", "a&b".to_owned())];
        assert_eq!(with_query("/p", add()), "/p?problem=a%26b");
        assert_eq!(with_query("/p?x=1&problem=old#s", add()), "/p?x=1&problem=a%26b#s");
        assert_eq!(with_query("/p?min-position=7", []), "/p");
    }

    #[test]
    fn fields_are_named_as_the_form_has_them() {
        for (pointer, field) in [
            ("/card/number", "number"),
            ("/seats/0", "seats"),
            ("/max_price/currency", "max_price"),
            ("event_id", "event_id"),
            ("", ""),
        ] {
            assert_eq!(field_of(pointer), field);
        }
    }
}
