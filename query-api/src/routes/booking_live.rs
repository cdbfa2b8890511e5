//! A booking as it changes, for those whose business it is, by server-sent events.
//!
//! Each stream reads its booking from the table when something happened to it, and only then.

use std::convert::Infallible;
use std::time::Duration;

use aisle_domain::id::BookingId;
use aisle_domain::stream::Position;
use aisle_infra::http::auth::Bearer;
use aisle_infra::http::json::{ApiPath, ApiQuery};
use aisle_infra::http::problem::Problem;
use aisle_projections::seat_map::Watch;
use aisle_projections::views::BookingPage;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::Bytes;
use futures::stream::unfold;
use tokio::time::Instant;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::booking_dto::BookingDto;
use super::bookings::page_for;
use crate::QueryApi;
use crate::fault;
use crate::fresh::ReadModel;
use crate::live::event_stream;
use crate::live::message::{BEAT, RETRY, whole};
use crate::params::{BookingPath, LiveQuery, MinPosition, last_event_id};

/// How long a stream lasts: then its reader must show again who it is.
const LASTS: Duration = Duration::from_secs(15 * 60);

pub(super) fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new().routes(routes!(booking_live))
}

/// Watch a booking
///
/// For who made it, the organiser of its event, and admins. Server-sent events: `booking`, whose
/// data is the body of `/v1/bookings/{booking_id}`, at once and whenever something happened to it;
/// `id` is its `position`. With that as `Last-Event-ID` only what is newer is sent. The stream ends
/// after 15 minutes. Read it by `fetch`: `EventSource` cannot send a token.
#[utoipa::path(get, path = "/v1/bookings/{booking_id}/live", tag = "bookings", params(BookingPath, LiveQuery,
        ("Last-Event-ID" = Option<u64>, Header, description = "The position of the booking that the client has")),
    responses((status = 200, description = "`booking` messages", body = BookingDto, content_type = "text/event-stream"),
        (status = 404, description = "`booking_not_found`: there is none, or it is somebody else's", body = Problem),
        (status = 503, description = "`not_yet_applied`: the server has not come as far as `min-position` or `Last-Event-ID`, or as what it told of bookings before", body = Problem)),
    security(("bearer" = [])))]
async fn booking_live(
    State(api): State<QueryApi>,
    Bearer(actor): Bearer,
    ApiPath(path): ApiPath<BookingPath>,
    ApiQuery(query): ApiQuery<LiveQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let after = last_event_id(&headers).or(query.last_event_id);
    // Watched first, and read as of what was told before: nothing is missed between the two.
    let watch = api.sources.seat_maps.watch_booking(path.booking_id);
    let told = Some(MinPosition(api.sources.seat_maps.told_of_bookings()));
    api.fresh(ReadModel::Bookings, query.min_position.max(after).max(told)).await?;
    let page = page_for(&api, &actor, path.booking_id).await?;
    api.live.watch_over();
    let follower = Follower::new(api, watch, page, after);
    Ok(event_stream(unfold(follower, async |mut follower| {
        let bytes = follower.next().await?;
        Some((Ok::<_, Infallible>(bytes), follower))
    })))
}

/// One who watches a booking.
struct Follower {
    api: QueryApi,
    watch: Watch<BookingId>,
    booking: BookingId,
    /// What it is told first, the last of it in front.
    first: Vec<Bytes>,
    /// The position of the booking that it has.
    known: Position,
    ends: Instant,
}

impl Follower {
    fn new(
        api: QueryApi,
        watch: Watch<BookingId>,
        page: BookingPage,
        after: Option<MinPosition>,
    ) -> Self {
        let (booking, at) = (page.id, page.updated.position);
        let is_known = after.is_some_and(|MinPosition(after)| after >= at);
        let shown = if is_known { None } else { Some(message(page)) };
        let first = shown.into_iter().chain([RETRY]).collect();
        Self { api, watch, booking, first, known: at, ends: Instant::now() + LASTS }
    }

    async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.pop() {
            return Some(first);
        }
        let live = self.api.live.clone();
        loop {
            tokio::select! {
                () = live.over.cancelled() => return None,
                () = tokio::time::sleep_until(self.ends) => return None,
                () = tokio::time::sleep(live.beat) => return Some(BEAT),
                position = self.watch.changed() => {
                    let page = self.read(position).await?;
                    if page.updated.position > self.known {
                        self.known = page.updated.position;
                        return Some(message(page));
                    }
                }
            }
        }
    }

    /// The booking as of a position at least. None ends the stream: the reader connects again, and
    /// is told then what is wrong.
    async fn read(&self, position: Position) -> Option<BookingPage> {
        self.api.fresh(ReadModel::Bookings, Some(MinPosition(position))).await.ok()?;
        self.api.sources.views.booking(self.booking).await.map_err(fault::views).ok()?
    }
}

fn message(page: BookingPage) -> Bytes {
    let position = page.updated.position;
    // Strings and numbers always serialise.
    let data = serde_json::to_vec(&BookingDto::from(page)).unwrap_or_default();
    whole("booking", position, &data)
}
