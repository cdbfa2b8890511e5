//! Finding events, and completing what is being typed.

use aisle_infra::http::json::ApiQuery;
use aisle_infra::http::problem::Problem;
use aisle_projections::search::{SearchPage, SearchRequest, Suggestion, SuggestionKind};
use axum::extract::State;
use axum::http::Uri;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::search_dto::SearchPageDto;
use super::search_query::SearchQuery;
use crate::QueryApi;
use crate::fault;
use crate::fresh::ReadModel;
use crate::params::{Limit, MinPosition, optional};
use crate::respond::Answer;

/// How many completions by default.
const DEFAULT_SUGGESTIONS: u32 = 10;

pub(super) fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new().routes(routes!(search)).routes(routes!(suggest))
}

/// Find events
///
/// Drafts are never found; cancelled events come last.
#[utoipa::path(get, path = "/v1/search", tag = "search", params(SearchQuery),
    responses((status = 200, body = SearchPageDto),
        (status = 400, description = "A parameter is unknown or makes no sense; named in `errors`", body = Problem),
        (status = 503, description = "`min-position` is not applied yet", body = Problem)))]
async fn search(
    State(api): State<QueryApi>,
    uri: Uri,
    ApiQuery(query): ApiQuery<SearchQuery>,
) -> Result<Answer<SearchPageDto>, Problem> {
    let min = query.min_position;
    let page = find(&api, query.request()?, min).await?;
    let (position, page) = (page.position, SearchPageDto::from(page));
    let next = page.next.clone();
    Ok(Answer::new(position, page).next(&uri, next.as_deref()))
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
