//! The list alone, for the script that shows another section without loading the page anew.

use aisle_domain::event::Phase;
use aisle_infra::http::auth::MaybeBearer;
use aisle_infra::http::json::{ApiPath, ApiQuery};
use aisle_infra::http::problem::Problem;
use axum::Router;
use axum::extract::State;
use axum::routing::get;

use super::{Asked, Sale, SeatList, Session};
use crate::QueryApi;
use crate::params::EventPath;
use crate::site::page::Page;

/// `GET /events/{event_id}/seats?section=…`.
pub(crate) fn routes() -> Router<QueryApi> {
    Router::new().route("/events/{event_id}/seats", get(list))
}

async fn list(
    State(api): State<QueryApi>,
    MaybeBearer(actor): MaybeBearer,
    ApiPath(path): ApiPath<EventPath>,
    ApiQuery(asked): ApiQuery<Asked>,
) -> Result<Page<SeatList>, Problem> {
    let (page, _) = api.event_page(path.event_id, actor.as_ref()).await?;
    let sale = if page.phase == Phase::OnSale { Sale::Open } else { Sale::Closed };
    let session = if actor.is_some() { Session::There } else { Session::None };
    let list = api.seat_list(&page, &asked, sale, session).await?;
    // With the headers of a page: its key is for one visitor, and whoever opens its address sees it.
    Ok(Page(list))
}
