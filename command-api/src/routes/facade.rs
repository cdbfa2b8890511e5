//! The façade: two older paths of a ticket, over the same commands.
//!
//! A ticket is a seat of an event; its id is the seat's label. Clients of these paths send no
//! idempotency key; reserving a seat that one has is answered as done.

use aisle_domain::actor::Actor;
use aisle_domain::booking::BookingPhase;
use aisle_domain::house::{Command, House};
use aisle_domain::id::{BookingId, EventId};
use aisle_infra::http::auth::Bearer;
use aisle_infra::http::json::{ApiJson, ApiPath};
use aisle_infra::http::problem::Problem;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::booking_dto::{CardDto, HoldSeats};
use super::bookings::hold_seats;
use super::payments::pay_booking;
use super::respond::{accepted, changed};
use crate::CommandApi;
use crate::answer::BookingAnswer;
use crate::refusal::problem;

pub(super) fn routes() -> OpenApiRouter<CommandApi> {
    OpenApiRouter::new().routes(routes!(ticket)).routes(routes!(payment))
}

/// Which ticket.
#[derive(Debug, Deserialize)]
struct TicketPath {
    event_id: EventId,
    ticket_id: String,
}

/// What a ticket is to become.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum TicketStatus {
    /// Held by the caller.
    Reserved,
    /// Back on sale.
    Available,
    /// Sold to the caller; only once it is paid.
    Purchased,
}

/// A change of a ticket.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TicketChange {
    /// What it is to become.
    status: TicketStatus,
}

/// A payment of a booking.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PayForBooking {
    /// Which booking.
    #[schema(value_type = uuid::Uuid)]
    booking_id: BookingId,
    /// By which card.
    card: CardDto,
}

/// Reserve, release or collect a ticket
#[utoipa::path(patch, path = "/events/{event_id}/tickets/{ticket_id}", tag = "façade", request_body = TicketChange,
    params(("event_id" = uuid::Uuid, Path), ("ticket_id" = String, Path, description = "The seat's label")),
    responses((status = 200, body = BookingAnswer), (status = 402, description = "It is not paid", body = Problem), (status = 409, body = Problem)),
    security(("bearer" = [])))]
async fn ticket(
    State(api): State<CommandApi>,
    Bearer(actor): Bearer,
    ApiPath(path): ApiPath<TicketPath>,
    ApiJson(change): ApiJson<TicketChange>,
) -> Result<Response, Problem> {
    let own = own_booking(&api, &path, &actor).await?;
    match (change.status, own) {
        (TicketStatus::Reserved, None) => {
            let body = HoldSeats::one_seat(path.ticket_id);
            changed(hold_seats(&api, path.event_id, actor, body, None).await?)
        }
        (TicketStatus::Available, Some((booking, _))) => {
            release(&api, path.event_id, booking, actor).await
        }
        (TicketStatus::Reserved, Some((booking, _)))
        | (TicketStatus::Purchased, Some((booking, Paid::Yes))) => {
            look(&api, path.event_id, booking).await
        }
        (TicketStatus::Purchased, Some((_, Paid::No))) => Err(Problem::new(
            StatusCode::PAYMENT_REQUIRED,
            "payment_required",
            "The ticket is reserved, but not paid",
        )
        .detail("Pay the booking by POST /payment/.")),
        (TicketStatus::Available | TicketStatus::Purchased, None) => Err(Problem::new(
            StatusCode::CONFLICT,
            "not_held",
            "The ticket is not reserved for you",
        )),
    }
}

/// Pay a booking
#[utoipa::path(post, path = "/payment/", tag = "façade", request_body = PayForBooking,
    responses((status = 202, body = BookingAnswer), (status = 409, body = Problem)),
    security(("bearer" = [])))]
async fn payment(
    State(api): State<CommandApi>,
    Bearer(actor): Bearer,
    ApiJson(body): ApiJson<PayForBooking>,
) -> Result<Response, Problem> {
    accepted(pay_booking(&api, body.booking_id, actor, body.card, None).await?)
}

/// Whether a booking is paid.
#[derive(Debug, Clone, Copy)]
enum Paid {
    Yes,
    No,
}

/// The caller's booking that has this seat.
async fn own_booking(
    api: &CommandApi,
    path: &TicketPath,
    actor: &Actor,
) -> Result<Option<(BookingId, Paid)>, Problem> {
    let now = api.clock.now();
    let found = api.box_office.with_house(path.event_id, |house: &House| {
        let booking = house.booking_of_seat(&path.ticket_id)?;
        let placed = house.placed(booking)?;
        let paid = match placed.phase {
            BookingPhase::Confirmed { .. } => Paid::Yes,
            _ => Paid::No,
        };
        let lapsed = |until| aisle_domain::policy::has_lapsed(until, now);
        let live = !placed.phase.until().is_some_and(lapsed);
        (live && actor.is(&placed.order.buyer)).then_some((booking, paid))
    });
    found.await.map_err(problem)
}

async fn release(
    api: &CommandApi,
    event: EventId,
    booking: BookingId,
    actor: Actor,
) -> Result<Response, Problem> {
    changed(api.on_booking(event, booking, Command::Release { booking }, actor, None).await)
}

async fn look(api: &CommandApi, event: EventId, booking: BookingId) -> Result<Response, Problem> {
    let answer = move |house: &House| crate::answer::booking_json(house, booking);
    let answer = api.box_office.with_house(event, answer).await.map_err(problem)?;
    let json = axum::http::HeaderValue::from_static("application/json");
    Ok(axum::response::IntoResponse::into_response((
        [(axum::http::header::CONTENT_TYPE, json)],
        answer,
    )))
}
