//! The rules of selling, each a small pure function with a name.
//!
//! It holds no state; the aggregates and the house ask it.

use jiff::{SignedDuration, Timestamp};

use crate::actor::{Actor, Role};
use crate::event::{EventDetails, SaleWindow};
use crate::id::Subject;

/// What lies between the deadline that a buyer is told and the one that is enforced: the time a
/// last click needs to arrive over a slow connection (DESIGN section 4).
pub const GRACE: SignedDuration = SignedDuration::from_secs(5);

/// How often a hold can be renewed.
pub const MAX_RENEWALS: u32 = 1;

/// The most seats or places of one booking, whatever an event's limit per buyer says: a unit of
/// work extends one stream per seat and stays small.
pub const MAX_SEATS_PER_BOOKING: u32 = 20;

/// Whether a hold with this deadline no longer binds.
#[must_use]
pub fn has_lapsed(until: Timestamp, now: Timestamp) -> bool {
    now >= enforced(until)
}

/// The moment from which a hold with this deadline no longer binds.
#[must_use]
pub fn enforced(until: Timestamp) -> Timestamp {
    until.saturating_add(GRACE).unwrap_or(Timestamp::MAX)
}

/// The last deadline of those that no longer bind at this moment: the other way round.
#[must_use]
pub fn lapsed_through(now: Timestamp) -> Timestamp {
    now.saturating_sub(GRACE).unwrap_or(Timestamp::MIN)
}

/// The deadline of a hold made now, in whole milliseconds: what clients can tell apart.
#[must_use]
pub fn deadline(now: Timestamp, hold_seconds: u32) -> Timestamp {
    let hold = SignedDuration::from_secs(i64::from(hold_seconds));
    let until = now.saturating_add(hold).unwrap_or(Timestamp::MAX);
    Timestamp::from_millisecond(until.as_millisecond()).unwrap_or(until)
}

/// Whether sales are within their window.
#[must_use]
pub fn in_sale_window(window: &SaleWindow, now: Timestamp) -> bool {
    window.opens_at.is_none_or(|opens| now >= opens)
        && window.closes_at.is_none_or(|closes| now < closes)
}

/// Whether a buyer who has `already` live seats or places of an event may take `more`.
#[must_use]
pub fn within_limit(limit: u32, already: u32, more: u32) -> bool {
    already.saturating_add(more) <= limit
}

/// Only the holder, an organiser of the event or an admin acts on a booking or reads it.
#[must_use]
pub fn may_act_on_booking(actor: &Actor, buyer: &Subject, event_organiser: &Subject) -> bool {
    actor.is(buyer) || may_run(actor, event_organiser)
}

/// Only its organiser or an admin runs an event.
#[must_use]
pub fn may_run(actor: &Actor, event_organiser: &Subject) -> bool {
    actor.has(Role::Admin) || actor.is(event_organiser) && actor.has(Role::Organiser)
}

/// A customer may give tickets back until the event starts.
#[must_use]
pub fn may_still_cancel(details: &EventDetails, now: Timestamp) -> bool {
    now < details.starts_at
}

/// Accessible places go to those who ask for them.
#[must_use]
pub fn is_accessible(details: &EventDetails, category: &str) -> bool {
    details.accessible_categories.iter().any(|accessible| accessible == category)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_hold_binds_for_the_grace_period_after_its_deadline() {
        let until = at("2026-11-23T10:00:00Z");
        assert!(!has_lapsed(until, at("2026-11-23T10:00:04.999Z")));
        assert!(has_lapsed(until, at("2026-11-23T10:00:05Z")));
    }

    #[test]
    fn a_sale_window_includes_its_start_and_not_its_end() {
        let window = SaleWindow {
            opens_at: Some(at("2026-11-23T10:00:00Z")),
            closes_at: Some(at("2026-11-24T10:00:00Z")),
        };
        assert!(!in_sale_window(&window, at("2026-11-23T09:59:59Z")));
        assert!(in_sale_window(&window, at("2026-11-23T10:00:00Z")));
        assert!(!in_sale_window(&window, at("2026-11-24T10:00:00Z")));
        assert!(in_sale_window(&SaleWindow::default(), at("2026-11-24T10:00:00Z")));
    }

    #[test]
    fn an_organiser_of_another_event_has_no_say() {
        let subject = |text: &str| Subject::try_new(text).unwrap();
        let organiser = Actor::Person { subject: subject("olga"), roles: vec![Role::Organiser] };
        assert!(may_run(&organiser, &subject("olga")));
        assert!(!may_run(&organiser, &subject("otto")));
        assert!(!may_act_on_booking(&organiser, &subject("bob"), &subject("otto")));
        assert!(may_act_on_booking(&Actor::System, &subject("bob"), &subject("otto")));
    }
}
