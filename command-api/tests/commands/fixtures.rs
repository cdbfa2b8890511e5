//! Events to sell, and the steps that most tests take.

use std::sync::Arc;

use aisle_command_api::answer::event_json;
use aisle_command_api::box_office::{Origin, Request};
use aisle_domain::house::{Command, Context};
use aisle_domain::id::{CommandId, EventId};
use aisle_domain::testing::{
    OPENING, at, booking_id, customer, plan_without_accessible, riethsporthalle, small_plan,
    subject,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::person::{Person, Reply};
use crate::world::{World, eventually};

/// The card that pays at once.
pub(crate) const GOOD_CARD: &str = "4242 4242 4242 4242";

/// An event in a hall of 4 rows of 10 seats, `1-1` to `4-10`, with two accessible places, and a
/// floor of 100. Stalls cost 60, the balcony 45, the floor 25 euros; the fee is 1.50.
pub(crate) fn hall() -> Value {
    let plan: Value = serde_json::from_slice(&small_plan(4, 10)).unwrap();
    let mut event = bare_event();
    event["plan"] = plan;
    event["accessible_categories"] = json!(["Wheelchair"]);
    event["prices"] =
        prices(&[("Stalls", 6000), ("Balcony", 4500), ("Wheelchair", 3000), ("Standing", 2500)]);
    event
}

/// An event of seats alone, all of them to be had by everybody.
pub(crate) fn seats_only(rows: u32, seats_per_row: u32) -> Value {
    let plan = plan_without_accessible(rows, seats_per_row).canonical_json();
    let mut event = bare_event();
    event["plan"] = serde_json::from_slice(&plan).unwrap();
    event["areas"] = json!([]);
    event["prices"] = prices(&[("Stalls", 6000), ("Balcony", 4500)]);
    event
}

/// An event of so many places without seats.
pub(crate) fn floor_only(places: u32) -> Value {
    let mut event = bare_event();
    event["areas"][0]["capacity"] = json!(places);
    event
}

/// An event in the real hall of 1,231 seats.
pub(crate) fn real_hall() -> Value {
    let plan = riethsporthalle();
    let mut event = bare_event();
    event["plan"] = serde_json::from_slice(&plan.canonical_json()).unwrap();
    event["areas"] = json!([]);
    let categories: Vec<&str> = plan.categories().iter().map(|c| &*c.name).collect();
    event["prices"] = prices(&categories.iter().map(|name| (*name, 5000)).collect::<Vec<_>>());
    event
}

fn bare_event() -> Value {
    json!({
        "title": "Rockets v. Comets", "category": "Handball", "series": "Cup 2026",
        "performers": ["Rockets", "Comets"],
        "starts_at": "2026-12-24T18:30:00+01:00", "time_zone": "Europe/Berlin",
        "venue": {"name": "Riethsporthalle", "city": "Erfurt", "country": "DE"},
        "areas": [{"name": "Floor", "category": "Standing", "capacity": 100}],
        "prices": prices(&[("Standing", 2500)]),
        "fee": {"amount": 150, "currency": "EUR"},
    })
}

pub(crate) fn prices(prices: &[(&str, i64)]) -> Value {
    let price = |(category, amount): &(&str, i64)| json!({"category": category, "price": {"amount": amount, "currency": "EUR"}});
    prices.iter().map(price).collect()
}

pub(crate) fn seats(labels: &[&str]) -> Value {
    json!({"seats": labels})
}

pub(crate) fn card(number: &str) -> Value {
    json!({"card": {"number": number, "expiry": "12/30", "cvc": "123"}})
}

/// A command as the routes would send it, of the customer Ann.
pub(crate) fn request(event: &str, number: u64, command: Command) -> Request {
    let event: EventId = event.parse().unwrap();
    let id = CommandId(booking_id(number).0);
    Request {
        event,
        command,
        context: Context { now: at(OPENING), actor: customer("ann") },
        origin: Origin {
            command_id: id,
            correlation_id: id.to_string(),
            causation_id: None,
            actor: subject("ann"),
            key: None,
        },
        answer: Arc::new(|house, _| event_json(house)),
    }
}

/// Has each process load the event as it is.
pub(crate) async fn know(worlds: &[&World], event: &str) {
    let wish = json!({"area": "Nowhere", "places": 1});
    for world in worlds {
        world.customer("dan").hold(event, &wish).await.refused(422, "area_unknown");
    }
}

impl World {
    /// Creates an event and opens its sale; its id.
    pub(crate) async fn on_sale(&self, event: &Value) -> String {
        let event = self.published(event).await;
        self.run(&event, "open").await.expect(200);
        event
    }

    pub(crate) async fn published(&self, event: &Value) -> String {
        let event = self.draft(event).await;
        self.run(&event, "publish").await.expect(200);
        event
    }

    pub(crate) async fn draft(&self, event: &Value) -> String {
        let created = self.organiser().post("/v1/events", event).await.expect(201);
        created["event_id"].as_str().unwrap().to_owned()
    }

    /// The organiser does this to an event.
    pub(crate) async fn run(&self, event: &str, step: &str) -> Reply {
        let path = format!("/v1/events/{event}/{step}");
        self.organiser().bare(Method::POST, &path).await
    }

    pub(crate) async fn call_off(&self, event: &str) -> Reply {
        let reason = json!({"reason": "The pitch is under water."});
        self.organiser().post(&format!("/v1/events/{event}/cancel"), &reason).await
    }
}

impl Person {
    pub(crate) async fn hold(&self, event: &str, wish: &Value) -> Reply {
        self.post(&format!("/v1/events/{event}/bookings"), wish).await
    }

    pub(crate) async fn renew(&self, booking: &str) -> Reply {
        self.bare(Method::POST, &format!("/v1/bookings/{booking}/renew")).await
    }

    pub(crate) async fn release(&self, booking: &str) -> Reply {
        self.bare(Method::DELETE, &format!("/v1/bookings/{booking}")).await
    }

    pub(crate) async fn cancel(&self, booking: &str) -> Reply {
        self.bare(Method::POST, &format!("/v1/bookings/{booking}/cancel")).await
    }

    pub(crate) async fn pay(&self, booking: &str, number: &str) -> Reply {
        self.post(&format!("/v1/bookings/{booking}/payment"), &card(number)).await
    }
}

impl World {
    /// Somebody books these seats and pays for them.
    pub(crate) async fn sell(&self, event: &str, buyer: &str, wish: &Value) -> String {
        let buyer = self.customer(buyer);
        let booking = buyer.hold(event, wish).await.booking();
        buyer.pay(&booking, GOOD_CARD).await.expect(202);
        self.becomes(&booking, &["held", "payment_started", "confirmed"]).await;
        booking
    }

    /// The facts of a booking, by name.
    pub(crate) async fn story(&self, booking: &str) -> Vec<String> {
        let stream = aisle_domain::stream::StreamId::booking(booking.parse().unwrap());
        let facts = self.journal.load(&[stream]).await.unwrap();
        facts.into_iter().map(|fact| fact.fact).collect()
    }

    /// Waits until these are the facts of a booking.
    pub(crate) async fn becomes(&self, booking: &str, story: &[&str]) {
        let mut last = Vec::new();
        for _ in 0..2_000 {
            last = self.story(booking).await;
            if last == story {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        panic!("booking {booking} is {last:?}, not {story:?}");
    }

    /// Waits until the journal stands still.
    pub(crate) async fn rests(&self) {
        let mut before = u64::MAX;
        eventually("the journal to stand still", async || {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            let head = self.journal.head().await.unwrap();
            (std::mem::replace(&mut before, head) == head).then_some(())
        })
        .await;
    }
}
