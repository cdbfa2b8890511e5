//! Finding events, and completing what is being typed.

use std::sync::Arc;

use aisle_infra::http::json::ApiQuery;
use aisle_infra::http::problem::Problem;
use aisle_projections::search::{SearchPage, SearchRequest, Suggestion, SuggestionKind};
use axum::Extension;
use axum::extract::State;
use axum::http::header::LINK;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::search_bodies::SearchBodies;
use super::search_dto::SearchPageDto;
use super::search_query::SearchQuery;
use crate::QueryApi;
use crate::fault;
use crate::fresh::ReadModel;
use crate::params::{Limit, MinPosition, optional};
use crate::prepared::Attributes;
use crate::respond::{Answer, NO_CACHE, next_link};

/// How many completions by default.
const DEFAULT_SUGGESTIONS: u32 = 10;

pub(super) fn routes() -> OpenApiRouter<QueryApi> {
    let bodies = Arc::new(SearchBodies::new());
    let searching = OpenApiRouter::new().routes(routes!(search)).layer(Extension(bodies));
    searching.routes(routes!(suggest))
}

/// Find events
///
/// Drafts and cancelled events are not found.
#[utoipa::path(get, path = "/v1/search", tag = "search", params(SearchQuery),
    responses((status = 200, body = SearchPageDto),
        (status = 400, description = "A parameter is unknown or makes no sense; named in `errors`", body = Problem),
        (status = 503, description = "`min-position` is not applied yet", body = Problem)))]
async fn search(
    State(api): State<QueryApi>,
    Extension(bodies): Extension<Arc<SearchBodies>>,
    uri: Uri,
    headers: HeaderMap,
    ApiQuery(query): ApiQuery<SearchQuery>,
) -> Result<Response, Problem> {
    api.fresh(ReadModel::Search, query.min_position).await?;
    let request = query.request()?;
    let search = &api.sources.search;
    let version = search.version();
    let body = bodies.of(&request, version.content, || search.search(&request));
    let body = body.map_err(fault::search)?;
    let with = Attributes { keep: NO_CACHE, position: version.position.into() };
    let mut response = body.prepared.answer(&headers, with).await;
    let link = body.next.as_deref().and_then(|cursor| next_link(&uri, cursor));
    response.headers_mut().extend(link.map(|link| (LINK, link)));
    Ok(response)
}

/// Asks the index, once it includes a position.
pub(super) async fn find(
    api: &QueryApi,
    request: SearchRequest,
    min: Option<MinPosition>,
) -> Result<SearchPage, Problem> {
    api.fresh(ReadModel::Search, min).await?;
    api.sources.search.search(&request).map_err(fault::search)
}

/// What is being typed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SuggestQuery {
    /// The begin of a name.
    #[param(example = "Rap")]
    prefix: String,
    /// How many completions, 1 to 50; 10 if absent.
    #[serde(default, deserialize_with = "optional")]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 50)]
    limit: Option<Limit<50>>,
    /// The answer must include this position of the journal.
    #[serde(default, rename = "min-position", deserialize_with = "optional")]
    #[param(value_type = Option<u64>)]
    min_position: Option<MinPosition>,
}

/// Completions, the most frequent first.
#[derive(Debug, Serialize, ToSchema)]
struct SuggestionsDto {
    /// The completions.
    suggestions: Vec<SuggestionDto>,
}

/// A completion.
#[derive(Debug, Serialize, ToSchema)]
struct SuggestionDto {
    /// The whole name.
    text: String,
    /// What it is the name of: performer, venue, city or series.
    #[schema(value_type = String, example = "performer")]
    kind: SuggestionKind,
    /// How many events have it.
    count: u64,
}

/// Complete what is being typed
#[utoipa::path(get, path = "/v1/suggest", tag = "search", params(SuggestQuery),
    responses((status = 200, body = SuggestionsDto), (status = 400, body = Problem)))]
async fn suggest(
    State(api): State<QueryApi>,
    ApiQuery(query): ApiQuery<SuggestQuery>,
) -> Result<Answer<SuggestionsDto>, Problem> {
    let position = api.fresh(ReadModel::Search, query.min_position).await?;
    let Limit(limit) = query.limit.unwrap_or(Limit(DEFAULT_SUGGESTIONS));
    let found = api.sources.search.suggest(&query.prefix, limit as usize);
    let suggestions = found.into_iter().map(SuggestionDto::from).collect();
    Ok(Answer::new(position, SuggestionsDto { suggestions }))
}

impl From<Suggestion> for SuggestionDto {
    fn from(found: Suggestion) -> Self {
        Self { text: found.text.to_string(), kind: found.kind, count: found.count }
    }
}
