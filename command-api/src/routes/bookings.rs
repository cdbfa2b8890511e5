//! Bookings: holding, renewing, releasing, cancelling. The buyer is the token's subject.

use aisle_domain::actor::Actor;
use aisle_domain::house::{Command, Hold};
use aisle_domain::id::{BookingId, EventId};
use aisle_infra::http::auth::Bearer;
use aisle_infra::http::idempotency::Idempotent;
use aisle_infra::http::json::{ApiPath, JsonOrForm};
use aisle_infra::http::problem::Problem;
use axum::extract::{FromRequest as _, FromRequestParts as _, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::booking_dto::{CancelBooking, HoldSeats};
use super::guests::Buyer;
use super::price_limit::price_limit;
use super::respond::{changed, created, keyed};
use crate::CommandApi;
use crate::answer::BookingAnswer;
use crate::box_office::{Done, ExecuteError, Key};
use crate::refusal::problem;
use crate::state::name_of;

/// The reason that is recorded when a buyer gives none.
const GIVEN_BACK: &str = "given back by the buyer";
/// The longest reason, in characters.
const MAX_REASON_CHARS: usize = 200;

pub(super) fn routes() -> OpenApiRouter<CommandApi> {
    OpenApiRouter::new()
        .routes(routes!(hold))
        .routes(routes!(renew))
        .routes(routes!(cancel))
        .routes(routes!(release))
        .routes(routes!(let_go))
}

/// Hold seats or places, all or nothing
///
/// Named seats, or the best available, or places of a general-admission area. They are kept until
/// `until`; pay before.
#[utoipa::path(post, path = HOLD, tag = "bookings", request_body = HoldSeats,
    params(("event_id" = uuid::Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "Names this request; a repetition is answered as the first")),
    responses((status = 201, body = BookingAnswer),
        (status = 409, description = "Seats are taken (named in `seats`), too few are left, the limit is reached, the event is not on sale", body = Problem),
        (status = 422, description = "Part of it makes no sense", body = Problem)),
    security(("bearer" = [])))]
async fn hold(
    State(api): State<CommandApi>,
    Buyer(actor): Buyer,
    ApiPath(event): ApiPath<EventId>,
    request: Idempotent<HoldSeats>,
) -> Result<Response, Problem> {
    let (key, body) = keyed(request, name_of(&actor));
    let done = hold_seats(&api, event, actor, body, Some(key)).await?;
    created(done, "booking_id", "/v1/bookings")
}

/// The path of holds.
pub const HOLD: &str = "/v1/events/{event_id}/bookings";

/// The event of which a `POST` to this path holds seats, if that is what it does.
#[must_use]
pub fn event_of_hold(path: &str) -> Option<EventId> {
    let (before, after) = HOLD.split_once("{event_id}")?;
    path.strip_prefix(before)?.strip_suffix(after)?.parse().ok()
}

/// What the route answers to a hold, asked without a router. While a sale is on, nearly all commands
/// are holds, and finding the route costs as much as deciding.
pub async fn hold_directly(api: CommandApi, event: EventId, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let buyer = match Buyer::from_request_parts(&mut parts, &api).await {
        Ok(buyer) => buyer,
        Err(problem) => return problem.into_response(),
    };
    match Idempotent::from_request(Request::from_parts(parts, body), &api).await {
        Ok(request) => hold(State(api), buyer, ApiPath(event), request).await.into_response(),
        Err(problem) => problem.into_response(),
    }
}

/// Makes a booking.
pub(super) async fn hold_seats(
    api: &CommandApi,
    event: EventId,
    actor: Actor,
    mut body: HoldSeats,
    key: Option<Key>,
) -> Result<Result<Done, ExecuteError>, Problem> {
    price_limit(api, event, &mut body).await?;
    let wish = body.wish()?;
    // The event's house gives it its name.
    let booking = BookingId(Uuid::nil());
    let hold = Hold { booking, buyer: name_of(&actor), wish, spread: 0 };
    Ok(api.on_booking(event, booking, Command::Hold(hold), actor, key).await)
}

/// Renew a hold, once
#[utoipa::path(post, path = "/v1/bookings/{booking_id}/renew", tag = "bookings",
    params(("booking_id" = uuid::Uuid, Path)),
    responses((status = 200, body = BookingAnswer), (status = 409, body = Problem), (status = 410, description = "It has expired", body = Problem)),
    security(("bearer" = [])))]
async fn renew(
    State(api): State<CommandApi>,
    Bearer(actor): Bearer,
    ApiPath(booking): ApiPath<BookingId>,
) -> Result<Response, Problem> {
    act(&api, actor, booking, Command::Renew { booking }).await
}

/// Let go of a hold
#[utoipa::path(delete, path = "/v1/bookings/{booking_id}", tag = "bookings",
    params(("booking_id" = uuid::Uuid, Path)),
    responses((status = 200, body = BookingAnswer), (status = 409, description = "It is paid: cancel it", body = Problem)),
    security(("bearer" = [])))]
async fn release(
    State(api): State<CommandApi>,
    Bearer(actor): Bearer,
    ApiPath(booking): ApiPath<BookingId>,
) -> Result<Response, Problem> {
    act(&api, actor, booking, Command::Release { booking }).await
}

/// Let go of a hold, as a form does
///
/// The same as DELETE, which forms cannot send.
#[utoipa::path(post, path = "/v1/bookings/{booking_id}/release", tag = "bookings",
    params(("booking_id" = uuid::Uuid, Path)),
    responses((status = 200, body = BookingAnswer), (status = 409, description = "It is paid: cancel it", body = Problem)),
    security(("bearer" = [])))]
async fn let_go(
    api: State<CommandApi>,
    bearer: Bearer,
    booking: ApiPath<BookingId>,
) -> Result<Response, Problem> {
    release(api, bearer, booking).await
}

/// Give a booking back
///
/// What was paid is refunded. The body may be empty.
#[utoipa::path(post, path = "/v1/bookings/{booking_id}/cancel", tag = "bookings", request_body = CancelBooking,
    params(("booking_id" = uuid::Uuid, Path)),
    responses((status = 200, body = BookingAnswer), (status = 409, body = Problem)),
    security(("bearer" = [])))]
async fn cancel(
    State(api): State<CommandApi>,
    Bearer(actor): Bearer,
    ApiPath(booking): ApiPath<BookingId>,
    body: Option<JsonOrForm<CancelBooking>>,
) -> Result<Response, Problem> {
    let body = body.map(|body| body.value).unwrap_or_default();
    let reason = body.reason.unwrap_or_else(|| GIVEN_BACK.to_owned());
    if reason.chars().count() > MAX_REASON_CHARS || reason.chars().any(char::is_control) {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_body",
            "The body is not valid",
        )
        .field("/reason", "200 characters at the most, none of them a control character"));
    }
    let refund = api.fresh();
    act(&api, actor, booking, Command::Cancel { booking, reason, refund }).await
}

async fn act(
    api: &CommandApi,
    actor: Actor,
    booking: BookingId,
    command: Command,
) -> Result<Response, Problem> {
    let event = api.box_office.event_of(booking).await.map_err(problem)?;
    changed(api.on_booking(event, booking, command, actor, None).await)
}
