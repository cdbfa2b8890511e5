//! Facts in the words of the domain: what happened to one event, for the tests to tell.

use std::sync::Arc;

use aisle_domain::area::AreaFact;
use aisle_domain::booking::{BookingFact, Order, PlacesLine, SeatLine};
use aisle_domain::event::{AreaSpec, CategoryPrice, EventDetails, EventFact, Venue};
use aisle_domain::fact::{Fact, ReleaseReason};
use aisle_domain::id::{BookingId, EventId, PaymentId, RefundId, Subject};
use aisle_domain::plan::Plan;
use aisle_domain::seat::SeatFact;
use aisle_domain::stream::{Position, StreamId};
use aisle_infra::journal::JournalStore;
use aisle_infra::plans::{JournalPlans, PlanSource};
use jiff::Timestamp;
use uuid::Uuid;

use crate::journal::VecJournal;

/// The story of one event: a hall of six seats, `A-1` to `A-6`, and a lawn of 100 places.
pub(crate) struct Story {
    pub(crate) journal: Arc<VecJournal>,
    pub(crate) event: EventId,
}

pub(crate) const PRICE: i64 = 1_000;
pub(crate) const FEE: i64 = 50;

impl Story {
    /// An event on sale: three facts.
    pub(crate) async fn on_sale() -> Self {
        let story = Self { journal: VecJournal::new(), event: EventId(Uuid::from_u128(1)) };
        story.begin().await;
        story
    }

    /// Another event of the same journal.
    pub(crate) async fn beside(&self, number: u128) -> Self {
        let event = EventId(Uuid::from_u128(number));
        let story = Self { journal: self.journal.clone(), event };
        story.begin().await;
        story
    }

    async fn begin(&self) {
        let plan = hall();
        self.journal.keep_plan(&plan.hash(), &plan.canonical_json()).await.unwrap();
        self.happens(EventFact::Created(Box::new(details(&plan))));
        self.happens(EventFact::Published {});
        self.happens(EventFact::SalesOpened {});
    }

    pub(crate) fn plans(&self) -> Arc<dyn PlanSource> {
        Arc::new(JournalPlans::new(self.journal.clone()))
    }

    pub(crate) fn happens(&self, fact: EventFact) -> Position {
        self.record(StreamId::event(self.event), &Fact::Event(fact))
    }

    pub(crate) fn to_booking(&self, booking: u128, fact: BookingFact) -> Position {
        self.record(StreamId::booking(booking_id(booking)), &Fact::Booking(fact))
    }

    /// Seats and places are held by a new booking, all at one price.
    pub(crate) fn hold(&self, booking: u128, buyer: &str, seats: &[&str], places: u32) -> Position {
        let (booking_id, until) = (booking_id(booking), until());
        let order = Arc::new(self.order(buyer, seats, places));
        let mut last = self.to_booking(booking, BookingFact::Held { order, until });
        for seat in seats {
            last = self.to_seat(seat, SeatFact::Held { booking_id, until });
        }
        if places > 0 {
            last = self.to_lawn(AreaFact::Held { booking_id, count: places, until });
        }
        last
    }

    /// A booking is paid by the payment of the same number.
    pub(crate) fn pay(&self, booking: u128, seats: &[&str], places: u32) -> Position {
        let (payment_id, booking_id) = (payment_id(booking), booking_id(booking));
        let amount = price(seats, places);
        let method = "tok".to_owned();
        self.to_booking(booking, BookingFact::PaymentStarted { payment_id, method, amount });
        let mut last = self.to_booking(booking, BookingFact::Confirmed { payment_id, late: false });
        for seat in seats {
            last = self.to_seat(seat, SeatFact::Booked { booking_id });
        }
        if places > 0 {
            last = self.to_lawn(AreaFact::Booked { booking_id, count: places });
        }
        last
    }

    /// A booking's seats and places go back on sale, after this happened to it.
    pub(crate) fn end(
        &self,
        booking: u128,
        how: BookingFact,
        seats: &[&str],
        places: u32,
    ) -> Position {
        let (booking_id, reason) = (booking_id(booking), ReleaseReason::Cancelled);
        let mut last = self.to_booking(booking, how);
        for seat in seats {
            last = self.to_seat(seat, SeatFact::Released { booking_id, reason });
        }
        if places > 0 {
            last = self.to_lawn(AreaFact::Released { booking_id, count: places, reason });
        }
        last
    }

    /// A paid booking is cancelled and its money goes back.
    pub(crate) fn cancel(&self, booking: u128, seats: &[&str], places: u32) -> Position {
        self.end(booking, BookingFact::Cancelled { reason: "ill".into() }, seats, places);
        self.refund(booking, payment_id(booking), price(seats, places))
    }

    /// The money of a payment goes back.
    pub(crate) fn refund(&self, booking: u128, payment_id: PaymentId, amount: i64) -> Position {
        let (refund_id, reason) = (RefundId(Uuid::from_u128(booking)), "ill".to_owned());
        let requested = BookingFact::RefundRequested { refund_id, payment_id, amount, reason };
        self.to_booking(booking, requested);
        self.to_booking(booking, BookingFact::Refunded { refund_id, payment_id, amount })
    }

    pub(crate) fn to_seat(&self, seat: &str, fact: SeatFact) -> Position {
        self.record(StreamId::seat(self.event, seat), &Fact::Seat(fact))
    }

    fn to_lawn(&self, fact: AreaFact) -> Position {
        self.record(StreamId::area(self.event, "Lawn"), &Fact::Area(fact))
    }

    fn record(&self, stream: StreamId, fact: &Fact) -> Position {
        self.journal.push(self.event, stream, fact.encode().unwrap())
    }

    fn order(&self, buyer: &str, seats: &[&str], places: u32) -> Order {
        let seat = |seat: &&str| SeatLine {
            seat: (*seat).to_owned(),
            category: "Hall".into(),
            price: PRICE,
        };
        let places = (places > 0).then(|| PlacesLine {
            area: "Lawn".into(),
            category: "Lawn".into(),
            count: places,
            price: PRICE,
        });
        let order = Order {
            event_id: self.event,
            buyer: subject(buyer),
            seats: seats.iter().map(seat).collect(),
            places: places.into_iter().collect(),
            currency: "EUR".parse().unwrap(),
            price_version: 1,
            fee: 0,
            total: 0,
        };
        order.priced(FEE)
    }
}

pub(crate) fn subject(text: &str) -> Subject {
    Subject::try_new(text).unwrap()
}

pub(crate) fn booking_id(number: u128) -> BookingId {
    BookingId(Uuid::from_u128(0xb000 + number))
}

pub(crate) fn payment_id(number: u128) -> PaymentId {
    PaymentId(Uuid::from_u128(0xa000 + number))
}

pub(crate) fn until() -> Timestamp {
    "2026-12-24T18:00:00Z".parse().unwrap()
}

/// What so many seats and places cost.
pub(crate) fn price(seats: &[&str], places: u32) -> i64 {
    (seats.len() as i64 + i64::from(places)) * (PRICE + FEE)
}

fn hall() -> Plan {
    let seat = |number: u32| {
        serde_json::json!({
            "seat_guid": format!("A-{number}"), "seat_number": number.to_string(),
            "position": {"x": number * 10, "y": 0}, "category": "Hall",
        })
    };
    let seats: Vec<_> = (1..=6).map(seat).collect();
    let row = serde_json::json!({
        "row_number": "A", "position": {"x": 0, "y": 0}, "seats": seats,
    });
    let document = serde_json::json!({
        "name": "Hall", "size": {"width": 100, "height": 100},
        "categories": [{"name": "Hall", "color": "#123456"}],
        "zones": [{"name": "A", "position": {"x": 0, "y": 0}, "rows": [row]}],
    });
    Plan::from_pretix(document.to_string().as_bytes()).unwrap()
}

fn details(plan: &Plan) -> EventDetails {
    let price = |category: &str| CategoryPrice { category: category.into(), amount: PRICE };
    EventDetails {
        organiser: subject("olga"),
        title: "Evening".into(),
        category: "Concert".into(),
        series: None,
        performers: Vec::new(),
        starts_at: until(),
        time_zone: "Europe/Vienna".into(),
        time_to_be_confirmed: false,
        venue: Venue { name: "Hall".into(), city: None, region: None, country: None },
        plan: Some(plan.hash()),
        seats: plan.len() as u32,
        areas: vec![AreaSpec { name: "Lawn".into(), category: "Lawn".into(), capacity: 100 }],
        currency: "EUR".parse().unwrap(),
        price_version: 1,
        prices: vec![price("Hall"), price("Lawn")],
        fee: FEE,
        sale_window: Default::default(),
        limit_per_buyer: 10,
        hold_seconds: 600,
        seating_rule: Default::default(),
        accessible_categories: Vec::new(),
    }
}
