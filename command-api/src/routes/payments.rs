//! Payments: setting out to pay, and what the provider reports by its signed webhook.

use aisle_domain::actor::Actor;
use aisle_domain::house::{Command, Payment, SettledRefund};
use aisle_domain::id::{BookingId, PaymentId, RefundId};
use aisle_infra::clock::derive_id;
use aisle_infra::http::auth::Bearer;
use aisle_infra::http::idempotency::Idempotent;
use aisle_infra::http::json::ApiPath;
use aisle_infra::http::problem::Problem;
use aisle_infra::payment::{WebhookEvent, WebhookKind};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::booking_dto::{CardDto, PayBooking, card_problem};
use super::respond::{accepted, keyed};
use crate::CommandApi;
use crate::answer::BookingAnswer;
use crate::box_office::{Done, ExecuteError, Key};
use crate::refusal::problem;
use crate::state::name_of;

pub(super) fn routes() -> OpenApiRouter<CommandApi> {
    OpenApiRouter::new().routes(routes!(pay))
}

/// What the payment provider calls.
pub(super) fn for_provider() -> OpenApiRouter<CommandApi> {
    OpenApiRouter::new().routes(routes!(webhook))
}

/// Pay a booking
///
/// The answer comes before the money: poll the booking until it is `confirmed`, or `held` again
/// (declined). With the test provider the card number chooses the outcome; see docs/API.md.
#[utoipa::path(post, path = "/v1/bookings/{booking_id}/payment", tag = "payments", request_body = PayBooking,
    params(("booking_id" = uuid::Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "Names this request; a repetition is answered as the first")),
    responses((status = 202, body = BookingAnswer), (status = 409, body = Problem), (status = 410, description = "The hold has expired", body = Problem)),
    security(("bearer" = [])))]
async fn pay(
    State(api): State<CommandApi>,
    Bearer(actor): Bearer,
    ApiPath(booking): ApiPath<BookingId>,
    request: Idempotent<PayBooking>,
) -> Result<Response, Problem> {
    let (key, body) = keyed(request, name_of(&actor));
    accepted(pay_booking(&api, booking, actor, body.card, Some(key)).await?)
}

/// Sets out to pay a booking. The card number goes to the provider and no further.
pub(super) async fn pay_booking(
    api: &CommandApi,
    booking: BookingId,
    actor: Actor,
    card: CardDto,
    key: Option<Key>,
) -> Result<Result<Done, ExecuteError>, Problem> {
    let event = api.box_office.event_of(booking).await.map_err(problem)?;
    let method = api.provider.tokenise(&card.into_input()?).map_err(card_problem)?;
    let payment = Payment { booking, id: api.fresh(), method: method.as_str().to_owned() };
    Ok(api.on_booking(event, booking, Command::StartPayment(payment), actor, key).await)
}

/// Report of the payment provider
///
/// Signed by the provider; nobody else can send one.
#[utoipa::path(post, path = "/v1/payments/webhook", tag = "payments",
    request_body(content = String, content_type = "application/json"),
    params(("Aisle-Signature" = String, Header, description = "t=<unix seconds>,v1=<hex HMAC-SHA256 of \"t.body\">")),
    responses((status = 200, description = "Taken in, or known already"), (status = 401, body = Problem)))]
async fn webhook(
    State(api): State<CommandApi>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let event = api.provider.verify(&headers, &body, api.clock.now())?;
    let cause = format!("webhook:{}:{}", api.provider.name(), event.id);
    let (booking, command) = command_of(event);
    let house = api.box_office.event_of(booking).await.map_err(problem)?;
    api.on_own_account(house, booking, command, &cause).await.map_err(problem)?;
    Ok(StatusCode::OK)
}

fn command_of(event: WebhookEvent) -> (BookingId, Command) {
    let of = |booking, id| Payment { booking, id, method: String::new() };
    match event.kind {
        WebhookKind::Captured { payment, booking, amount } => {
            let refund = refund_of(payment);
            let payment = of(booking, payment);
            (booking, Command::CapturePayment { payment, amount, refund })
        }
        WebhookKind::Declined { payment, booking, reason } => {
            (booking, Command::DeclinePayment { payment: of(booking, payment), reason })
        }
        WebhookKind::Refunded { refund, booking, .. } => {
            (booking, Command::SettleRefund(SettledRefund { booking, refund }))
        }
    }
}

/// The refund of a payment that came too late: named after it, so that there is one.
fn refund_of(payment: PaymentId) -> RefundId {
    RefundId(derive_id("refund", &payment.to_string()))
}
