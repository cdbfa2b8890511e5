//! Where the mail about a booking goes. It is not part of the booking: the journal knows nothing of
//! it.

use aisle_domain::booking::{BookingPhase, BookingRefusal};
use aisle_domain::house::{House, Refusal};
use aisle_domain::id::BookingId;
use aisle_infra::http::auth::Bearer;
use aisle_infra::http::json::{ApiPath, JsonOrForm};
use aisle_infra::http::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::account_dto::ContactOfBooking;
use crate::CommandApi;
use crate::accounts::Profile;
use crate::refusal::problem;
use crate::state::name_of;

pub(super) fn routes() -> OpenApiRouter<CommandApi> {
    OpenApiRouter::new().routes(routes!(contact))
}

/// A booking that has a contact.
#[derive(Debug, Serialize, ToSchema)]
struct Contacted {
    /// Which.
    #[schema(value_type = uuid::Uuid)]
    booking_id: BookingId,
}

/// Say where the mail about a booking goes
///
/// A letter with the booking's reference is sent once it is paid; a guest's has a link that begins
/// their session wherever it is opened. A later address takes the place of an earlier one until
/// then.
#[utoipa::path(post, path = "/v1/bookings/{booking_id}/contact", tag = "bookings", request_body = ContactOfBooking,
    params(("booking_id" = uuid::Uuid, Path)),
    responses((status = 202, body = Contacted), (status = 404, body = Problem),
        (status = 409, description = "The booking is over, or the letter was sent", body = Problem), (status = 422, body = Problem)),
    security(("bearer" = [])))]
async fn contact(
    State(api): State<CommandApi>,
    Bearer(actor): Bearer,
    ApiPath(booking_id): ApiPath<BookingId>,
    JsonOrForm { value, .. }: JsonOrForm<ContactOfBooking>,
) -> Result<(StatusCode, Json<Contacted>), Problem> {
    let (email, name) = value.parse()?;
    let buyer = name_of(&actor);
    let event = api.box_office.event_of(booking_id).await.map_err(problem)?;
    let phase = |house: &House| {
        let placed = house.placed(booking_id)?;
        (placed.order.buyer == buyer).then_some(placed.phase)
    };
    let phase = api.box_office.with_house(event, phase).await.map_err(problem)?;
    check(phase)?;
    let profile = Profile::new(&email, name);
    if !api.accounts.keep_contact(booking_id, &buyer, &profile).await? {
        let title = "The letter about the booking was sent";
        return Err(Problem::new(StatusCode::CONFLICT, "letter_sent", title));
    }
    Ok((StatusCode::ACCEPTED, Json(Contacted { booking_id })))
}

/// Somebody else's booking is none.
fn check(phase: Option<BookingPhase>) -> Result<(), Problem> {
    let refusal = match phase {
        Some(
            BookingPhase::Held { .. }
            | BookingPhase::Paying { .. }
            | BookingPhase::Confirmed { .. },
        ) => return Ok(()),
        Some(phase) => BookingRefusal::Over { phase: phase.as_str() },
        None => BookingRefusal::NotFound,
    };
    Err(problem(Refusal::from(refusal).into()))
}
