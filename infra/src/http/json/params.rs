//! Parameters: of the path and of the query.

use axum::extract::path::ErrorKind;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::super::problem::Problem;
use super::invalid;

/// The parameters of the path, as a struct with their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiPath<T>(pub T);

/// The parameters of the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiQuery<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for ApiPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(failed)) => {
                Err(invalid_path(failed.into_kind()))
            }
            Err(rejection) => Err(Problem::internal(&rejection)),
        }
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(value)) => Ok(Self(value)),
            Err(QueryRejection::FailedToDeserializeQueryString(failed)) => {
                Err(invalid::query(&failed))
            }
            Err(rejection) => Err(Problem::internal(&rejection)),
        }
    }
}

fn invalid_path(kind: ErrorKind) -> Problem {
    let title = "The path is not valid";
    let problem = Problem::new(StatusCode::BAD_REQUEST, "invalid_path", title);
    match kind {
        ErrorKind::ParseErrorAtKey { key, expected_type, .. } => {
            problem.field(key, format!("expected `{expected_type}`"))
        }
        ErrorKind::DeserializeError { key, message, .. } => {
            problem.field(key, invalid::shortened(&message))
        }
        ErrorKind::InvalidUtf8InPathParam { key } => problem.field(key, "expected UTF-8"),
        ErrorKind::WrongNumberOfParameters { .. } | ErrorKind::UnsupportedType { .. } => {
            Problem::internal(&MismatchedPath(kind))
        }
        other => problem.detail(invalid::shortened(&other.to_string())),
    }
}

/// The type and the route do not fit: a fault of ours.
#[derive(Debug, thiserror::Error)]
#[error("a route's path does not fit the type that is read from it: {0}")]
struct MismatchedPath(ErrorKind);

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::http::Request;
    use axum::routing::get;
    use serde::Deserialize;
    use serde_json::{Value, json};
    use tower::ServiceExt as _;
    use uuid::Uuid;

    use super::*;

    #[derive(Deserialize)]
    struct ById {
        event_id: Uuid,
        page: u32,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Paging {
        #[serde(default)]
        limit: Option<u32>,
        term: String,
    }

    async fn get_json(uri: &str) -> (u16, Value) {
        let by_path =
            get(async |path: ApiPath<ById>| format!("{}{}", path.0.event_id, path.0.page));
        let by_query = get(async |q: ApiQuery<Paging>| format!("{}{:?}", q.0.term, q.0.limit));
        let app = Router::new().route("/events/{event_id}/{page}", by_path).route("/q", by_query);
        let response = app.oneshot(Request::get(uri).body(Body::empty()).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), 9999).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    #[tokio::test]
    async fn what_is_right_is_read() {
        let id = Uuid::nil();
        assert_eq!(get_json(&format!("/events/{id}/2")).await.0, 200);
        assert_eq!(get_json("/q?term=a%20b&limit=5").await.0, 200);
    }

    #[tokio::test]
    async fn a_parameter_of_the_path_that_is_wrong_is_named() {
        let id = Uuid::nil();
        for (uri, field) in [
            ("/events/no-uuid/1".to_owned(), "event_id"),
            (format!("/events/{id}/x"), "page"),
            ("/events/%FF/1".to_owned(), "event_id"),
        ] {
            let (status, problem) = get_json(&uri).await;
            assert_eq!((status, &problem["code"]), (400, &json!("invalid_path")), "{uri}");
            assert_eq!(problem["errors"][0]["field"], field, "{problem}");
        }
    }

    #[tokio::test]
    async fn a_parameter_of_the_query_that_is_wrong_is_named() {
        for (query, field) in [
            ("term=a&limit=x", "limit"),
            ("term=a&limit=-1", "limit"),
            ("limit=1", "term"),
            ("term=a&trem=b", "trem"),
            ("term=a&limit=1&term=b", "term"),
            ("", "term"),
        ] {
            let (status, problem) = get_json(&format!("/q?{query}")).await;
            assert_eq!((status, &problem["code"]), (400, &json!("invalid_query")), "{query}");
            assert_eq!(problem["errors"][0]["field"], field, "{problem}");
        }
    }
}
