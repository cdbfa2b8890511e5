//! Bodies: JSON, or what an HTML form sends.
//!
//! It reads no files (`multipart/form-data`), no bodies in pieces and none that are packed. What
//! JSON says is an object: programs that send something else mean something else.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, OptionalFromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use serde::de::{DeserializeOwned, IgnoredAny};

use super::super::harden::Limits;
use super::super::problem::Problem;
use super::coding::check_unpacked;
use super::{Fields, FromFields, invalid};

const FORM: &str = "application/x-www-form-urlencoded";

/// A JSON body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiJson<T>(pub T);

/// A body of either kind, for routes that both programs and HTML forms call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonOrForm<T> {
    /// What was sent.
    pub value: T,
    /// How it was sent.
    pub encoding: Encoding,
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `application/json`, or any `application/…+json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ApiJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        match Encoding::of(request.headers()) {
            Some(Encoding::Json) => decode_json(&read(request).await?).map(Self),
            _ => Err(unsupported("Expected `Content-Type: application/json`.")),
        }
    }
}

/// A body that may be left out: a request without `Content-Type` has none.
impl<T: DeserializeOwned, S: Send + Sync> OptionalFromRequest<S> for ApiJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Problem> {
        if request.headers().contains_key(CONTENT_TYPE) {
            return <Self as FromRequest<S>>::from_request(request, state).await.map(Some);
        }
        let unread = !read(request).await?.is_empty();
        if unread {
            Err(unsupported("Expected `Content-Type: application/json`."))
        } else {
            Ok(None)
        }
    }
}

impl<T: DeserializeOwned + FromFields, S: Send + Sync> FromRequest<S> for JsonOrForm<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        Body::read(request).await?.decode()
    }
}

/// As with [`ApiJson`], a request without `Content-Type` has no body.
impl<T: DeserializeOwned + FromFields, S: Send + Sync> OptionalFromRequest<S> for JsonOrForm<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Problem> {
        if is_form(request.headers()) {
            return <Self as FromRequest<S>>::from_request(request, state).await.map(Some);
        }
        let json = <ApiJson<T> as OptionalFromRequest<S>>::from_request(request, state).await?;
        Ok(json.map(|ApiJson(value)| Self { value, encoding: Encoding::Json }))
    }
}

/// A body that was read but not yet understood.
#[derive(Debug)]
pub(in super::super) struct Body {
    pub(in super::super) bytes: Bytes,
    encoding: Encoding,
}

impl Body {
    pub(in super::super) async fn read(request: Request) -> Result<Self, Problem> {
        let encoding = Encoding::of(request.headers()).ok_or_else(|| {
            unsupported(format!("Expected `Content-Type: application/json` or `{FORM}`."))
        })?;
        Ok(Self { bytes: read(request).await?, encoding })
    }

    pub(in super::super) fn decode<T>(self) -> Result<JsonOrForm<T>, Problem>
    where
        T: DeserializeOwned + FromFields,
    {
        let value = match self.encoding {
            Encoding::Json => decode_json(&self.bytes)?,
            Encoding::Form => decode_form(&self.bytes)?,
        };
        Ok(JsonOrForm { value, encoding: self.encoding })
    }
}

impl Encoding {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let essence = kind.split(';').next()?.trim().to_ascii_lowercase();
        match essence.strip_prefix("application/")? {
            "x-www-form-urlencoded" => Some(Self::Form),
            subtype if subtype == "json" || subtype.ends_with("+json") => Some(Self::Json),
            _ => None,
        }
    }
}

/// Whether a request comes from an HTML form.
#[must_use]
pub fn is_form(headers: &HeaderMap) -> bool {
    Encoding::of(headers) == Some(Encoding::Form)
}

/// Reads a body within its limits. Its time is limited apart from the answer's: whoever sends
/// slowly is told so, and that nothing was done.
pub(in super::super) async fn read(request: Request) -> Result<Bytes, Problem> {
    check_unpacked(request.headers())?;
    let limits = request.extensions().get::<Limits>().copied().unwrap_or_default();
    let reading = Bytes::from_request(request, &());
    match tokio::time::timeout(limits.body_time, reading).await {
        Ok(read) => read.map_err(|rejection| unreadable(&rejection)),
        Err(_) => {
            let title = "The request came too slowly";
            Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", title))
        }
    }
}

fn unreadable(rejection: &BytesRejection) -> Problem {
    match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
            let title = "The request's body is too large";
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", title)
        }
        _ => Problem::new(StatusCode::BAD_REQUEST, "body_unreadable", "The body broke off"),
    }
}

pub(super) fn unsupported(detail: impl Into<String>) -> Problem {
    let title = "The request's body has a type that is not read here";
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", title).detail(detail)
}

/// Nesting is limited by `serde_json` to 128 levels, which counts as malformed.
///
/// To know where in a body one is costs more than to read it, so that is asked only of bodies
/// that are not right.
fn decode_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(no_object(bytes));
    }
    serde_json::from_slice(bytes).or_else(|_| decode_json_by_path(bytes))
}

fn decode_json_by_path<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value =
        serde_path_to_error::deserialize(&mut json).map_err(|error| invalid::json(&error))?;
    json.end().map_err(|error| invalid::malformed_json(&error))?;
    Ok(value)
}

/// An array would be read as the fields of what is expected, by their order: nobody means that.
fn no_object(bytes: &[u8]) -> Problem {
    match serde_json::from_slice::<IgnoredAny>(bytes) {
        Ok(_) => invalid::no_object(),
        Err(error) => invalid::malformed_json(&error),
    }
}

fn decode_form<T: FromFields>(bytes: &[u8]) -> Result<T, Problem> {
    let mut fields = Fields::parse(bytes);
    let value = T::from_fields(&mut fields)?;
    fields.finish().map(|()| value)
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::extract::DefaultBodyLimit;
    use axum::routing::post;
    use serde::Deserialize;
    use serde_json::{Value, json};
    use tower::ServiceExt as _;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only whether it can be read matters here")]
    struct Order {
        seats: Vec<Seat>,
        #[serde(default)]
        note: Option<String>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only whether it can be read matters here")]
    struct Seat {
        #[serde(rename = "row/number")]
        row_number: u8,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Login {
        name: String,
        age: u8,
    }

    impl FromFields for Login {
        fn from_fields(fields: &mut Fields) -> Result<Self, Problem> {
            let age = fields.parsed("age", "a number")?;
            Ok(Self { name: fields.needed("name")?, age: age.unwrap_or_default() })
        }
    }

    async fn log_in(login: JsonOrForm<Login>) -> String {
        format!("{} {} {:?}", login.value.name, login.value.age, login.encoding)
    }

    async fn send(path: &str, kind: &str, body: impl Into<axum::body::Body>) -> (u16, Value) {
        let app = Router::new()
            .route("/json", post(async |_: ApiJson<Order>| ()))
            .route("/either", post(log_in))
            .layer(DefaultBodyLimit::max(100_000));
        let request = Request::post(path).header(CONTENT_TYPE, kind).body(body.into()).unwrap();
        let response = app.oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let text = || Value::String(String::from_utf8_lossy(&body).into_owned());
        (status, serde_json::from_slice(&body).unwrap_or_else(|_| text()))
    }

    async fn json_refused(body: impl Into<axum::body::Body>) -> (u16, Value) {
        send("/json", "application/json; charset=utf-8", body).await
    }

    #[tokio::test]
    async fn a_well_formed_body_is_read() {
        for kind in ["application/json", "Application/JSON;charset=utf-8", "application/x+json"] {
            let (status, _) = send("/json", kind, r#"{"seats":[{"row/number":1}]}"#).await;
            assert_eq!(status, 200);
        }
    }

    #[tokio::test]
    async fn another_type_of_body_is_refused() {
        for kind in ["text/plain", "text/json", "application/x-www-form-urlencoded", ""] {
            let (status, problem) = send("/json", kind, "{}").await;
            assert_eq!((status, &problem["code"]), (415, &json!("unsupported_media_type")));
        }
    }

    #[tokio::test]
    async fn what_is_wrong_is_named_by_its_pointer() {
        for (body, field, detail) in [
            (r#"{"seats":[{"row/number":1},{"row/number":"x"}]}"#, "/seats/1/row~1number", "u8"),
            (r#"{"seats":[{"row/number":300}]}"#, "/seats/0/row~1number", "expected u8"),
            (r#"{"seats":[{}]}"#, "/seats/0/row~1number", "missing"),
            (r#"{"seats":[],"sets":1}"#, "/sets", "unknown field"),
            (r#"{"note":null}"#, "/seats", "missing"),
            (r#"{"seats":[],"seats":[]}"#, "/seats", "duplicate"),
            ("[[]]", "", "expected an object"),
            ("[]", "", "expected an object"),
            (" null", "", "expected an object"),
            ("\"seats\"", "", "expected an object"),
        ] {
            let (status, problem) = json_refused(body).await;
            assert_eq!((status, &problem["code"]), (422, &json!("invalid_body")), "{body}");
            assert_eq!(problem["errors"][0]["field"], field, "{problem}");
            let told = problem["errors"][0]["detail"].as_str().unwrap();
            assert!(told.contains(detail) && !told.contains("column"), "{told}");
        }
    }

    #[tokio::test]
    async fn malformed_json_is_told_by_line_and_column() {
        for (body, line) in
            [("{\n\"seats\": }", 2), ("", 1), ("{\"seats\":[]} x", 1), ("\n[[] x", 2), ("[] x", 1)]
        {
            let (status, problem) = json_refused(body).await;
            assert_eq!((status, &problem["code"]), (400, &json!("malformed_json")), "{body}");
            assert_eq!(problem["line"], line);
            assert!(problem["column"].is_u64());
        }
    }

    #[test]
    fn a_body_nested_too_deeply_is_refused_and_breaks_nothing() {
        for (beginning, said) in [("", "EOF"), (r#"{"seats":"#, "recursion limit")] {
            let body = format!("{beginning}{}", "[".repeat(900_000));
            let refused = decode_json::<Value>(body.as_bytes()).unwrap_err();
            assert_eq!(refused.document().code, "malformed_json");
            assert!(refused.document().detail.as_ref().unwrap().contains(said), "{beginning}");
        }
    }

    #[tokio::test]
    async fn a_body_too_large_is_refused() {
        let (status, problem) = json_refused(" ".repeat(100_001)).await;
        assert_eq!((status, &problem["code"]), (413, &json!("body_too_large")));
    }

    #[tokio::test]
    async fn a_long_wrong_value_is_not_echoed_whole() {
        let (_, problem) = json_refused(format!(r#"{{"seats":"{}"}}"#, "é".repeat(9000))).await;
        assert!(problem["errors"][0]["detail"].as_str().unwrap().len() < 700);
    }

    #[tokio::test]
    async fn a_route_may_take_both_kinds_of_body() {
        let form = send("/either", FORM, "name=Ada+L&age=36").await;
        assert_eq!(form, (200, json!("Ada L 36 Form")));
        let json = send("/either", "application/json", r#"{"name":"Ada","age":36}"#).await;
        assert_eq!(json, (200, json!("Ada 36 Json")));
        let (status, _) = send("/either", "text/plain", "name=Ada").await;
        assert_eq!(status, 415);
    }

    #[tokio::test]
    async fn what_is_wrong_with_a_form_is_named_too() {
        for (body, field) in
            [("name=Ada&age=x", "/age"), ("name=Ada&age=1&x=1", "/x"), ("age=1", "/name")]
        {
            let (status, problem) = send("/either", FORM, body).await;
            assert_eq!((status, &problem["code"]), (422, &json!("invalid_body")), "{body}");
            assert_eq!(problem["errors"][0]["field"], field, "{problem}");
        }
    }

    #[tokio::test]
    async fn a_body_that_does_not_arrive_is_given_up() {
        let never = futures::stream::pending::<Result<Bytes, std::io::Error>>();
        let mut request = Request::new(axum::body::Body::from_stream(never));
        let body_time = std::time::Duration::from_millis(1);
        request.extensions_mut().insert(Limits { body_time, ..Limits::default() });
        assert_eq!(read(request).await.unwrap_err().document().code, "request_timeout");
    }
}
