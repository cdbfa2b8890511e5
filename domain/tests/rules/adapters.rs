//! The aggregates run under cqrs-es as they are: one rule of each in its own test framework.

use aisle_domain::area::{Area, AreaCommand, AreaContext, AreaFact, AreaRefusal};
use aisle_domain::booking::{Booking, BookingCommand, BookingContext, BookingFact, BookingRefusal};
use aisle_domain::event::{Event, EventCommand, EventContext, EventFact};
use aisle_domain::fact::{ReleaseReason, VERSION};
use aisle_domain::seat::{Seat, SeatCommand, SeatContext, SeatFact, SeatRefusal};
use aisle_domain::testing::{after, booking_id, details};
use cqrs_es::test::TestFramework;
use cqrs_es::{Aggregate, DomainEvent};

#[test]
fn a_seat_gives_way_under_cqrs_es() {
    let (ann, bob, until) = (booking_id(1), booking_id(2), after(1200));
    let held = |booking_id| SeatFact::Held { booking_id, until: after(600) };
    let hold = SeatCommand::Hold { booking: bob, until };
    TestFramework::<Seat>::with(SeatContext { now: after(605) })
        .given(vec![held(ann)])
        .when(hold.clone())
        .then_expect_events(vec![
            SeatFact::Released { booking_id: ann, reason: ReleaseReason::Expired },
            SeatFact::Held { booking_id: bob, until },
        ]);
    TestFramework::<Seat>::with(SeatContext { now: after(0) })
        .given(vec![held(ann)])
        .when(hold)
        .then_expect_error(SeatRefusal::Taken);
}

#[test]
fn an_area_keeps_its_capacity_under_cqrs_es() {
    let hold = AreaCommand::Hold { booking: booking_id(2), count: 2, until: after(600) };
    let held = AreaFact::Held { booking_id: booking_id(1), count: 9, until: after(600) };
    TestFramework::<Area>::with(AreaContext { now: after(0), capacity: 10 })
        .given(vec![held])
        .when(hold)
        .then_expect_error(AreaRefusal::TooFewLeft { left: 1 });
}

#[test]
fn a_repeated_command_records_nothing_under_cqrs_es() {
    TestFramework::<Event>::with(EventContext { now: after(0), plan: None })
        .given(vec![EventFact::Created(Box::new(details())), EventFact::Published {}])
        .when(EventCommand::Publish)
        .then_expect_events(Vec::new());
}

#[test]
fn a_booking_that_was_not_made_is_not_found_under_cqrs_es() {
    TestFramework::<Booking>::with(BookingContext { now: after(0) })
        .given_no_previous_events()
        .when(BookingCommand::Release)
        .then_expect_error(BookingRefusal::NotFound);
}

#[test]
fn facts_carry_their_names_and_version_into_cqrs_es() {
    assert_eq!(
        [Event::TYPE, Seat::TYPE, Area::TYPE, Booking::TYPE],
        ["event", "seat", "area", "booking"]
    );
    let expired = BookingFact::Expired {};
    assert_eq!((expired.event_type(), expired.event_version()), ("expired".into(), VERSION.into()));
}
