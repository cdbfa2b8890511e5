//! What became of each booking, and of the money, by the facts.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::Report;
use super::log::{Body, Log, number, text};
use super::places::{Places, area_of, seat_of};
use crate::stream::StreamId;

/// A booking.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    event: String,
    /// Where it stands, in the words of the API.
    phase: String,
    pub(super) until: String,
    renewals: u32,
    total: i64,
    /// The payment that was started last.
    paying: String,
    /// What was ordered: streams, and how much of each.
    pub(super) order: Vec<(StreamId, i64)>,
}

/// A payment.
#[derive(Debug, Clone, Default)]
struct Paid {
    booking: String,
    started: bool,
    declined: bool,
    confirmed: bool,
    refund: Option<String>,
}

/// A refund.
#[derive(Debug, Clone)]
struct Refund {
    payment: String,
    amount: i64,
    settled: bool,
}

/// All bookings with their money.
#[derive(Debug, Clone, Default)]
pub(super) struct Bookings {
    known: HashMap<String, Known>,
    payments: BTreeMap<String, Paid>,
    refunds: HashMap<String, Refund>,
}

impl Bookings {
    pub(super) fn find(&self, booking: &str) -> Option<&Known> {
        self.known.get(booking)
    }

    /// Whether all that was captured for a booking is on its way back.
    pub(super) fn is_paid_back(&self, booking: &str) -> bool {
        let free = self.known.get(booking).is_some_and(|known| known.total == 0);
        let confirmed = |paid: &&Paid| paid.booking == booking && paid.confirmed;
        free || self.payments.values().filter(confirmed).all(|paid| paid.refund.is_some())
    }

    /// Takes a fact of a booking in.
    pub(super) fn take(&mut self, id: &str, body: &Body<'_>, places: &Places, log: &mut Log) {
        if body.fact == "held" {
            return self.held(id, body, places, log);
        }
        let Some(mut known) = self.known.get(id).cloned() else {
            return log.says(format!("booking {id} begins with `{}`", body.fact));
        };
        known.check_move(id, body, places, log);
        match body.fact {
            "payment_started" => self.payment_started(id, &known, body, log),
            "payment_declined" => self.payment_declined(id, body, log),
            "confirmed" => self.confirmed(id, body, log),
            "refund_requested" => self.refund_requested(id, &known, body, log),
            "refunded" => self.refunded(body, log),
            _ => {}
        }
        known.go_on(body);
        self.known.insert(id.to_owned(), known);
    }

    pub(super) fn count(&self, report: &mut Report) {
        let phased = |wanted: &[&str]| {
            let such = self.known.values().filter(|known| wanted.contains(&&*known.phase));
            such.count() as u64
        };
        report.bookings = self.known.len() as u64;
        report.bookings_open = phased(&["held", "paying"]);
        report.bookings_confirmed = phased(&["confirmed"]);
        report.payments = self.payments.values().filter(|paid| paid.started).count() as u64;
        let answered = self.payments.iter().filter(|(_, p)| p.confirmed || p.refund.is_some());
        report.answered = answered.map(|(id, _)| id.clone()).collect();
        report.refunds_requested = self.refunds.len() as u64;
        report.refunds_settled = self.refunds.values().filter(|r| r.settled).count() as u64;
    }

    fn held(&mut self, id: &str, body: &Body<'_>, places: &Places, log: &mut Log) {
        let known = Known::of(body.value("order"), body.text("until"));
        log.ensure(!self.known.contains_key(id), || format!("booking {id} is made twice"));
        log.ensure(places.is_on_sale(&known.event), || {
            format!("booking {id} is made while its event is not on sale")
        });
        log.ensure(!known.order.is_empty(), || format!("booking {id} is of nothing"));
        log.ensure(sum_of(body.value("order")) == known.total, || {
            format!("the total of booking {id} is not the sum of its lines")
        });
        self.known.insert(id.to_owned(), known);
    }

    fn payment_started(&mut self, id: &str, known: &Known, body: &Body<'_>, log: &mut Log) {
        let payment = body.text("payment_id");
        log.ensure(body.number("amount") == known.total, || {
            format!("payment {payment} is not of what booking {id} costs")
        });
        log.ensure(!self.payments.contains_key(&payment), || {
            format!("payment {payment} is started twice")
        });
        let booking = id.to_owned();
        self.payments.insert(payment, Paid { booking, started: true, ..Paid::default() });
    }

    fn payment_declined(&mut self, id: &str, body: &Body<'_>, log: &mut Log) {
        let paid = self.payment(id, body);
        let open = paid.started && !paid.declined && !paid.confirmed && paid.refund.is_none();
        paid.declined = true;
        log.ensure(open, || format!("booking {id}: a payment that is not open is declined"));
    }

    fn confirmed(&mut self, id: &str, body: &Body<'_>, log: &mut Log) {
        let paid = self.payment(id, body);
        let open = paid.started && !paid.confirmed && paid.refund.is_none();
        let own = paid.booking == id;
        paid.confirmed = true;
        log.ensure(open && own, || format!("booking {id}: confirmed by a payment that cannot"));
    }

    fn refund_requested(&mut self, id: &str, known: &Known, body: &Body<'_>, log: &mut Log) {
        let (refund, amount) = (body.text("refund_id"), body.number("amount"));
        let payment = body.text("payment_id");
        let paid = self.payment(id, body);
        let doubled = paid.refund.replace(refund.clone()).is_some();
        log.ensure(!doubled, || format!("payment {payment} is refunded twice"));
        if self.payment(id, body).confirmed {
            log.ensure(known.phase == "cancelled", || {
                format!("payment {payment} is refunded, but its booking {id} goes on")
            });
            log.ensure(amount == known.total, || format!("payment {payment}: a partial refund"));
        }
        let before =
            self.refunds.insert(refund.clone(), Refund { payment, amount, settled: false });
        log.ensure(before.is_none(), || format!("refund {refund} is requested twice"));
    }

    fn refunded(&mut self, body: &Body<'_>, log: &mut Log) {
        let id = body.text("refund_id");
        let Some(refund) = self.refunds.get_mut(&id) else {
            return log.says(format!("refund {id} is settled, but nobody requested it"));
        };
        log.ensure(!refund.settled, || format!("refund {id} is settled twice"));
        let fits = refund.payment == body.text("payment_id");
        let whole = refund.amount == body.number("amount");
        log.ensure(fits && whole, || format!("refund {id} is of another payment or amount"));
        refund.settled = true;
    }

    /// The payment of a fact; money can come that nobody knows of.
    fn payment(&mut self, booking: &str, body: &Body<'_>) -> &mut Paid {
        let unknown = || Paid { booking: booking.to_owned(), ..Paid::default() };
        self.payments.entry(body.text("payment_id")).or_insert_with(unknown)
    }
}

impl Known {
    fn of(order: &Value, until: String) -> Self {
        let event = text(order, "event_id");
        let seats = lines(order, "seats").map(|line| (seat_of(&event, &text(line, "seat")), 1));
        let places = lines(order, "places")
            .map(|line| (area_of(&event, &text(line, "area")), number(line, "count")));
        let order_lines = seats.chain(places).collect();
        let (phase, total) = ("held".to_owned(), number(order, "total"));
        let paying = String::new();
        Self { phase, until, renewals: 0, total, paying, order: order_lines, event }
    }

    fn check_move(&self, id: &str, body: &Body<'_>, places: &Places, log: &mut Log) {
        let from: &[&str] = match body.fact {
            "payment_started" => &["held"],
            "renewed" | "released" | "expired" => &["held", "paying"],
            "confirmed" => &["held", "paying", "expired"],
            "cancelled" => &["held", "paying", "confirmed"],
            // Money moves whatever became of the booking.
            "payment_declined" | "refund_requested" | "refunded" => return,
            _ => &[],
        };
        log.ensure(from.contains(&&*self.phase), || {
            format!("booking {id} is {} and then `{}`", self.phase, body.fact)
        });
        let called_off = places.is_called_off(&self.event);
        log.ensure(!(called_off && matches!(body.fact, "confirmed" | "renewed")), || {
            format!("booking {id} is `{}` after its event was called off", body.fact)
        });
        log.ensure(body.fact != "renewed" || self.renewals == 0, || {
            format!("booking {id} is renewed more than once")
        });
        log.ensure(body.fact != "expired" || body.is_after_lapse(&self.until), || {
            format!("booking {id} expires before its time")
        });
    }

    fn go_on(&mut self, body: &Body<'_>) {
        match body.fact {
            "renewed" => (self.until, self.renewals) = (body.text("until"), self.renewals + 1),
            "payment_started" => {
                (self.phase, self.paying) = ("paying".to_owned(), body.text("payment_id"));
            }
            // A payment that did not pay leaves the seats held.
            "payment_declined" | "refund_requested"
                if self.phase == "paying" && self.paying == body.text("payment_id") =>
            {
                self.phase = "held".to_owned();
            }
            "confirmed" | "released" | "expired" | "cancelled" => {
                self.phase = body.fact.to_owned();
            }
            _ => {}
        }
    }
}

fn lines<'a>(order: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    order[field].as_array().into_iter().flatten()
}

fn sum_of(order: &Value) -> i64 {
    let seats: i64 = lines(order, "seats").map(|line| number(line, "price")).sum();
    let places: i64 =
        lines(order, "places").map(|line| number(line, "price") * number(line, "count")).sum();
    seats + places + number(order, "fee")
}
