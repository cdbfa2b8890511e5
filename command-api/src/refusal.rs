//! From refusals to problems: the one place where a rule gets its status, code and title.
//!
//! Clients match on `code`; a code is never renamed. Refusals are the client's business and log
//! at INFO; faults log at ERROR and say nothing of what is inside.

use std::time::Duration;

use aisle_domain::area::AreaRefusal;
use aisle_domain::booking::BookingRefusal;
use aisle_domain::event::EventRefusal;
use aisle_domain::house::{Counted, Refusal};
use aisle_domain::seat::SeatRefusal;
use aisle_infra::http::problem::Problem;
use aisle_infra::journal::JournalError;
use axum::http::StatusCode;
use serde_json::json;

use crate::box_office::ExecuteError;

/// After how long a client may try again when the journal is overloaded or away.
const RETRY: Duration = Duration::from_secs(1);

/// Says how a failed command is answered.
#[must_use]
pub fn problem(error: ExecuteError) -> Problem {
    match error {
        ExecuteError::Refused(refusal) => {
            tracing::info!(%refusal, "refused");
            of_refusal(&refusal)
        }
        ExecuteError::KeyReused => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            "The idempotency key was used before, for another request",
        )
        .detail("Use a new key for each new request, and the same key only to repeat one."),
        ExecuteError::Contended => {
            Problem::new(StatusCode::CONFLICT, "contended", "Others keep changing these seats")
                .detail("Nothing was changed. Try again.")
                .retry_after(RETRY)
        }
        ExecuteError::Journal(error) => of_journal(error),
        ExecuteError::Unreadable(_) | ExecuteError::Unwritable(_) => Problem::internal(&error),
    }
}

fn of_journal(error: JournalError) -> Problem {
    match error {
        JournalError::Overloaded => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "overloaded",
            "More is asked for than can be written at the moment",
        )
        .detail("Nothing was changed. Try again.")
        .retry_after(RETRY),
        JournalError::Unavailable(source) => {
            tracing::error!(error = %source, "the journal is not available");
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "journal_unavailable",
                "It is not known whether the request was carried out",
            )
            .detail("Repeat it with the same Idempotency-Key: it is carried out once at the most.")
            .retry_after(RETRY)
        }
        JournalError::Refused(_) | JournalError::Corrupt { .. } => Problem::internal(&error),
    }
}

fn of_refusal(refusal: &Refusal) -> Problem {
    let (status, code, title) = kind(refusal);
    let problem = Problem::new(status, code, title).detail(refusal.to_string());
    match refusal {
        Refusal::Event(EventRefusal::Invalid { field, expected }) => {
            problem.field(pointer(&as_requested(field)), expected.clone())
        }
        Refusal::Event(EventRefusal::WrongCurrency { expected }) => {
            problem.field("/prices", format!("amounts in {expected}"))
        }
        Refusal::Event(EventRefusal::NotOnSale { phase }) => problem.with("phase", json!(phase)),
        Refusal::Event(EventRefusal::OutsideSaleWindow { window }) => {
            problem.with("sale_window", json!(window))
        }
        Refusal::SeatCount { counted, max } => problem
            .field(field_of(*counted), format!("1 to {max} seats or places"))
            .with("max", json!(max)),
        Refusal::RepeatedSeats { seats } | Refusal::UnknownSeats { seats } => problem
            .field("/seats", "labels of the event's plan, each once")
            .with("seats", json!(seats)),
        Refusal::NotForSale { seats }
        | Refusal::KeptAccessible { seats }
        | Refusal::SeatsTaken { seats } => problem.with("seats", json!(seats)),
        Refusal::UnknownArea { .. } => problem.field("/area", "an area of the event"),
        Refusal::LimitPerBuyer { limit, already } => {
            problem.with("limit", json!(limit)).with("already", json!(already))
        }
        Refusal::Area(AreaRefusal::TooFewLeft { left }) => problem.with("left", json!(left)),
        Refusal::TooLateToCancel { started_at } => problem.with("started_at", json!(started_at)),
        Refusal::Event(
            EventRefusal::NotFound
            | EventRefusal::AlreadyExists
            | EventRefusal::WrongPhase { .. }
            | EventRefusal::NotOrganiser,
        )
        | Refusal::Area(AreaRefusal::NotHeld)
        | Refusal::Booking(_)
        | Refusal::Seat(_)
        | Refusal::NothingLikeIt
        | Refusal::NoneLeft { .. }
        | Refusal::LeavesOrphan => problem,
    }
}

/// A field of the event's details as the request calls it: amounts come with their currency.
fn as_requested(field: &str) -> String {
    match field {
        "fee" => "fee.amount".to_owned(),
        field => field.replace("].amount", "].price.amount"),
    }
}

/// The field of a request that says how many seats or places are wished for.
fn field_of(counted: Counted) -> &'static str {
    match counted {
        Counted::Named => "/seats",
        Counted::BestAvailable => "/quantity",
        Counted::Places => "/places",
    }
}

/// A path such as `prices[0].amount` as a JSON Pointer (RFC 6901), which is what all errors name.
pub(crate) fn pointer(path: &str) -> String {
    path.split(['.', '['])
        .fold(String::new(), |pointer, part| pointer + "/" + part.trim_end_matches(']'))
}

type Kind = (StatusCode, &'static str, &'static str);

fn kind(refusal: &Refusal) -> Kind {
    const INVALID: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;
    const CONFLICT: StatusCode = StatusCode::CONFLICT;
    match refusal {
        Refusal::Event(refusal) => event_kind(refusal),
        Refusal::Booking(refusal) => booking_kind(refusal),
        Refusal::Seat(SeatRefusal::Taken) | Refusal::SeatsTaken { .. } => {
            (CONFLICT, "seats_taken", "Some of the seats are taken")
        }
        Refusal::Seat(SeatRefusal::NotHeld) | Refusal::Area(AreaRefusal::NotHeld) => {
            (CONFLICT, "not_held", "The booking does not hold these seats any more")
        }
        Refusal::Area(AreaRefusal::TooFewLeft { .. }) => {
            (CONFLICT, "too_few_places_left", "Not as many places are left")
        }
        Refusal::SeatCount { .. } => (INVALID, "seat_count", "That is no number of seats to book"),
        Refusal::RepeatedSeats { .. } => (INVALID, "seats_repeated", "A seat is named twice"),
        Refusal::UnknownSeats { .. } => (INVALID, "seats_unknown", "The event has no such seats"),
        Refusal::UnknownArea { .. } => (INVALID, "area_unknown", "The event has no such area"),
        Refusal::NothingLikeIt => (INVALID, "nothing_like_it", "Nothing of that kind is on sale"),
        Refusal::NotForSale { .. } => (CONFLICT, "seats_not_for_sale", "The seats are not on sale"),
        Refusal::KeptAccessible { .. } => {
            (CONFLICT, "seats_kept_accessible", "The seats are kept for those who need them")
        }
        Refusal::NoneLeft { .. } => {
            (CONFLICT, "none_left", "There are not as many such seats left")
        }
        Refusal::LimitPerBuyer { .. } => {
            (CONFLICT, "limit_per_buyer", "A buyer cannot have as many tickets")
        }
        Refusal::LeavesOrphan => {
            (CONFLICT, "leaves_single_seat", "The choice would leave a single seat over")
        }
        Refusal::TooLateToCancel { .. } => {
            (CONFLICT, "too_late_to_cancel", "The event has started")
        }
    }
}

fn event_kind(refusal: &EventRefusal) -> Kind {
    match refusal {
        EventRefusal::NotFound => {
            (StatusCode::NOT_FOUND, "event_not_found", "There is no such event")
        }
        EventRefusal::AlreadyExists => {
            (StatusCode::CONFLICT, "event_exists", "The event exists already")
        }
        EventRefusal::Invalid { .. } => {
            (StatusCode::UNPROCESSABLE_ENTITY, "invalid_event", "Part of the event makes no sense")
        }
        EventRefusal::WrongCurrency { .. } => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "wrong_currency",
            "The amounts are not in the event's currency",
        ),
        EventRefusal::WrongPhase { .. } => (
            StatusCode::CONFLICT,
            "wrong_phase",
            "The event's sale does not stand where it would have to",
        ),
        EventRefusal::NotOnSale { .. } => {
            (StatusCode::CONFLICT, "not_on_sale", "The event is not on sale")
        }
        EventRefusal::OutsideSaleWindow { .. } => {
            (StatusCode::CONFLICT, "outside_sale_window", "The event is not on sale at this time")
        }
        EventRefusal::NotOrganiser => {
            (StatusCode::FORBIDDEN, "not_organiser", "Only the event's organiser may do this")
        }
    }
}

fn booking_kind(refusal: &BookingRefusal) -> Kind {
    match refusal {
        BookingRefusal::NotFound => {
            (StatusCode::NOT_FOUND, "booking_not_found", "There is no such booking")
        }
        BookingRefusal::AlreadyExists => {
            (StatusCode::CONFLICT, "booking_exists", "The booking exists already")
        }
        BookingRefusal::HoldExpired => (StatusCode::GONE, "hold_expired", "The hold has expired"),
        BookingRefusal::RenewalsUsedUp => {
            (StatusCode::CONFLICT, "renewals_used_up", "The hold cannot be renewed again")
        }
        BookingRefusal::PaymentInProgress => {
            (StatusCode::CONFLICT, "payment_in_progress", "A payment is on its way")
        }
        BookingRefusal::AlreadyPaid => {
            (StatusCode::CONFLICT, "already_paid", "The booking is paid")
        }
        BookingRefusal::Over { .. } => {
            (StatusCode::CONFLICT, "booking_over", "The booking is over")
        }
        BookingRefusal::NotYetExpired => {
            (StatusCode::CONFLICT, "not_yet_expired", "The hold has not expired yet")
        }
        BookingRefusal::WrongCurrency { .. } => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "wrong_currency",
            "The amount is not in the booking's currency",
        ),
        BookingRefusal::UnknownRefund => {
            (StatusCode::UNPROCESSABLE_ENTITY, "refund_unknown", "There is no such refund")
        }
    }
}
