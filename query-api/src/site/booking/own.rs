//! The booking of a page's address, as far as it is one's own: somebody else's is not there.

use aisle_domain::id::BookingId;
use aisle_projections::views::{BookingPage, EventPage};
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::bill::Bill;
use crate::QueryApi;
use crate::fault;
use crate::fresh::ReadModel;
use crate::params::MinPosition;
use crate::routes::bookings::page_for;
use crate::site::page::PageProblem;
use crate::site::request::Asked;
use crate::site::search::encoded;

/// A booking that whoever asks may see, with its event and what was ordered. Who is nobody has no
/// bookings, and is asked to sign in: perhaps they have an account.
pub(crate) struct Own {
    pub(super) asked: Asked,
    pub(super) page: BookingPage,
    pub(super) event: EventPage,
    pub(super) bill: Bill,
}

impl FromRequestParts<QueryApi> for Own {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, api: &QueryApi) -> Result<Self, Response> {
        let Ok(asked) = Asked::from_request_parts(parts, api).await;
        if asked.actor().is_none() {
            let there = format!("/sign-in?next={}", encoded(&asked.here));
            return Err(Redirect::to(&there).into_response());
        }
        let id = Path::<String>::from_request_parts(parts, api).await;
        let id = id.ok().and_then(|Path(id)| id.parse().ok());
        Self::find(api, asked, id).await.map_err(PageProblem::into_response)
    }
}

impl Own {
    async fn find(
        api: &QueryApi,
        asked: Asked,
        id: Option<BookingId>,
    ) -> Result<Self, PageProblem> {
        let (actor, id) = asked.actor().zip(id).ok_or_else(PageProblem::not_found)?;
        api.fresh(ReadModel::Bookings, asked.min_position()).await?;
        let page = page_for(api, actor, id).await?;
        // The page of its event is older than the booking, but may be applied later.
        api.fresh(ReadModel::EventPages, Some(MinPosition(page.created.position))).await?;
        let event = api.sources.views.event(page.event_id()).await.map_err(fault::views)?;
        let event = event.ok_or_else(PageProblem::not_found)?;
        let bill = bill(api, &page, &event).await?;
        Ok(Self { asked, page, event, bill })
    }
}

/// The bill of a booking of an event, with seats by their names in the event's plan.
pub(crate) async fn bill(
    api: &QueryApi,
    page: &BookingPage,
    event: &EventPage,
) -> Result<Bill, PageProblem> {
    let plan = match &event.details.plan {
        Some(hash) => Some(api.sources.plans.plan(hash).await.map_err(fault::plan)?),
        None => None,
    };
    Ok(Bill::new(&page.order, plan.as_deref()))
}
