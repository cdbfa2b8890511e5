//! What must still happen, compared with what the facts say when each question is asked of all of
//! them anew.

use std::collections::BTreeSet;

use aisle_domain::booking::BookingFact;
use aisle_domain::event::{EventCommand, EventFact};
use aisle_domain::fact::Fact;
use aisle_domain::house::Command;
use aisle_domain::id::{BookingId, PaymentId, RefundId};
use aisle_domain::process::{Agenda, AgendaMemory};
use aisle_domain::stream::AggregateType;
use aisle_domain::testing::checker::Row;
use aisle_domain::testing::{
    GivenHouse, after, booking_id, cancel, capture, decline, event_id, expire, hold, payment_id,
    refund_id, renew, settle, start_payment,
};
use jiff::{SignedDuration, Timestamp};

/// What must still happen, in plain sets.
#[derive(Debug, PartialEq)]
struct Open {
    payments: BTreeSet<(PaymentId, BookingId, i64)>,
    refunds: BTreeSet<(RefundId, PaymentId, BookingId, i64)>,
    orphaned: BTreeSet<BookingId>,
}

/// Panics unless the agenda over this journal says what its facts say.
#[track_caller]
pub(crate) fn assert_agenda_is_true(rows: &[Row]) {
    let facts: Vec<(Option<BookingId>, Fact)> = rows.iter().map(read).collect();
    let agenda = agenda_of(&facts);
    assert_eq!(open_of(&agenda), openly(&facts));
    let live = bookings(&facts).into_iter().filter(|booking| is_live(&facts, *booking));
    assert_eq!(agenda.live(), live.count(), "what has ended is forgotten");
    let written = serde_json::to_string(&agenda.memory()).expect("writable");
    let read: AgendaMemory = serde_json::from_str(&written).expect("readable");
    assert_eq!(read.into_agenda(), agenda);

    let deadlines = deadlines_of(&facts);
    let grace = SignedDuration::from_secs(5);
    assert_eq!(agenda.deadlines(), deadlines.len());
    assert_eq!(agenda.next_deadline(), deadlines.first().map(|(at, _)| *at + grace));
    for (at, _) in &deadlines {
        let by_then = deadlines.iter().filter(|(other, _)| other <= at).copied();
        assert!(agenda.due(*at + grace).eq(by_then), "due at {at}");
        let before = deadlines.iter().filter(|(other, _)| other < at).count();
        let just_before = *at + grace - SignedDuration::from_nanos(1);
        assert_eq!(agenda.due(just_before).count(), before, "due just before {at}");
    }
}

fn read(row: &Row) -> (Option<BookingId>, Fact) {
    let kind = row.stream.aggregate;
    let booking = (kind == AggregateType::Booking).then(|| row.stream.id.parse().expect("an id"));
    (booking, Fact::decode(kind, "1", &row.payload.to_string()).expect("readable"))
}

fn agenda_of(facts: &[(Option<BookingId>, Fact)]) -> Agenda {
    let mut agenda = Agenda::default();
    for (booking, fact) in facts {
        agenda.apply(Some(event_id(1)), *booking, fact);
    }
    agenda
}

fn open_of(agenda: &Agenda) -> Open {
    let refunds = agenda.open_refunds();
    Open {
        payments: agenda
            .open_payments()
            .map(|it| (it.payment, it.booking, it.amount.amount))
            .collect(),
        refunds: refunds.map(|it| (it.refund, it.payment, it.booking, it.amount.amount)).collect(),
        orphaned: agenda.orphaned().map(|it| it.booking).collect(),
    }
}

fn of_bookings(
    facts: &[(Option<BookingId>, Fact)],
) -> impl DoubleEndedIterator<Item = (BookingId, &BookingFact)> {
    facts.iter().filter_map(|(booking, fact)| match (booking, fact) {
        (Some(booking), Fact::Booking(fact)) => Some((*booking, fact)),
        _ => None,
    })
}

fn bookings(facts: &[(Option<BookingId>, Fact)]) -> BTreeSet<BookingId> {
    of_bookings(facts).map(|(booking, _)| booking).collect()
}

fn openly(facts: &[(Option<BookingId>, Fact)]) -> Open {
    use BookingFact::{Confirmed, PaymentDeclined, PaymentStarted, RefundRequested, Refunded};
    let is_answered = |payment: &PaymentId| {
        of_bookings(facts).any(|(_, fact)| {
            matches!(fact, PaymentDeclined { payment_id, .. } | Confirmed { payment_id, .. }
                | RefundRequested { payment_id, .. } if payment_id == payment)
        })
    };
    let is_settled = |refund: &RefundId| {
        of_bookings(facts)
            .any(|(_, fact)| matches!(fact, Refunded { refund_id, .. } if refund_id == refund))
    };
    let payments = of_bookings(facts).filter_map(|(booking, fact)| match fact {
        PaymentStarted { payment_id, amount, .. } if !is_answered(payment_id) => {
            Some((*payment_id, booking, *amount))
        }
        _ => None,
    });
    let refunds = of_bookings(facts).filter_map(|(booking, fact)| match fact {
        RefundRequested { refund_id, payment_id, amount, .. } if !is_settled(refund_id) => {
            Some((*refund_id, *payment_id, booking, *amount))
        }
        _ => None,
    });
    let called_off =
        |(_, fact): &(_, Fact)| matches!(fact, Fact::Event(EventFact::Cancelled { .. }));
    let orphaned = bookings(facts).into_iter().filter(|it| is_live(facts, *it));
    let orphaned = orphaned.filter(|_| facts.iter().any(called_off)).collect();
    Open { payments: payments.collect(), refunds: refunds.collect(), orphaned }
}

/// The last word on whether a booking has seats.
fn is_live(facts: &[(Option<BookingId>, Fact)], booking: BookingId) -> bool {
    use BookingFact::{Cancelled, Confirmed, Expired, Held, Released};
    let own = of_bookings(facts).rev().filter(|(id, _)| *id == booking);
    let mut said = own.filter_map(|(_, fact)| match fact {
        Held { .. } | Confirmed { .. } => Some(true),
        Released {} | Expired {} | Cancelled { .. } => Some(false),
        _ => None,
    });
    said.next().unwrap_or_default()
}

/// The last word on each booking's deadline, soonest first.
fn deadlines_of(facts: &[(Option<BookingId>, Fact)]) -> BTreeSet<(Timestamp, BookingId)> {
    use BookingFact::{Cancelled, Confirmed, Expired, Held, Released, Renewed};
    let deadline = |booking: BookingId| {
        let own = of_bookings(facts).rev().filter(|(id, _)| *id == booking);
        let mut said = own.filter_map(|(_, fact)| match fact {
            Held { until, .. } | Renewed { until } => Some(Some(*until)),
            Confirmed { .. } | Released {} | Expired {} | Cancelled { .. } => Some(None),
            _ => None,
        });
        Some((said.next()??, booking))
    };
    bookings(facts).into_iter().filter_map(deadline).collect()
}

#[test]
fn what_must_still_happen_follows_from_the_facts_at_every_step() {
    let (ann, bob, cat) = (booking_id(1), booking_id(2), booking_id(3));
    let (first, second) = (payment_id(1), payment_id(2));
    let steps = [
        hold(ann, "ann", ["1-1", "1-2"]),
        hold(bob, "bob", ["1-3"]),
        start_payment(ann, first),
        renew(bob),
        decline(ann, first),
        start_payment(ann, second),
        hold(cat, "cat", ["1-4"]),
        capture(ann, second, 12_300, refund_id(1)),
        capture(ann, first, 12_300, refund_id(2)),
        settle(ann, refund_id(2)),
        Command::Run(EventCommand::Cancel { reason: "rain".into() }),
        cancel(ann, refund_id(3)),
    ];
    let mut house = GivenHouse::on_sale();
    assert_agenda_is_true(house.journal());
    for (seconds, step) in (0..).step_by(60).zip(steps) {
        house = house.at(after(seconds)).and(step);
        assert_agenda_is_true(house.journal());
    }
    assert_agenda_is_true(house.at(after(9_999)).and(expire(cat)).journal());
}

#[test]
fn a_booking_of_a_cancelled_event_is_on_the_agenda_until_it_ends() {
    let orphaned = |house: &GivenHouse| {
        let facts: Vec<_> = house.journal().iter().map(read).collect();
        let agenda = agenda_of(&facts);
        agenda.orphaned().map(|it| (it.event, it.booking, it.reason)).collect::<Vec<_>>()
    };
    let house = GivenHouse::on_sale().and(hold(booking_id(1), "ann", ["1-1"]));
    assert_eq!(orphaned(&house), []);
    let house = house.and(Command::Run(EventCommand::Cancel { reason: "rain".into() }));
    assert_eq!(orphaned(&house), [(event_id(1), booking_id(1), "rain".into())]);
    assert_eq!(orphaned(&house.and(cancel(booking_id(1), refund_id(1)))), []);
}

#[test]
fn a_restart_loses_no_deadline_and_no_payment() {
    // An agenda is a function of the journal: there is nothing else that a restart could lose.
    let house = GivenHouse::on_sale()
        .and(hold(booking_id(1), "ann", ["1-1"]))
        .and(start_payment(booking_id(1), payment_id(1)));
    let facts: Vec<_> = house.journal().iter().map(read).collect();
    let agenda = agenda_of(&facts);
    assert_eq!(agenda.due(after(604)).count(), 0);
    assert!(agenda.due(after(605)).eq([(after(600), booking_id(1))]));
    let open: Vec<_> = agenda.open_payments().collect();
    assert_eq!((open.len(), &*open[0].method), (1, "tok_visa"));
    assert_eq!(agenda.event_of(booking_id(1)), Some(event_id(1)));
}
