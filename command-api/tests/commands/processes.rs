//! The process managers when something is amiss beside them: one errand that cannot be run keeps
//! no other from being run, and is tried again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aisle_domain::id::EventId;
use aisle_infra::journal::JournalStore;
use aisle_infra::payment::test::TestProvider;
use aisle_infra::payment::{
    CardInput, CardProblem, ChargeRequest, MethodToken, PaymentError, PaymentProvider,
    RefundRequest, WebhookEvent, WebhookProblem,
};
use aisle_infra::testing::between::{Beset, Between, Rows, Span};
use async_trait::async_trait;
use axum::http::HeaderMap;
use jiff::Timestamp;
use parking_lot::Mutex;
use serde_json::json;

use crate::fixtures::{floor_only, hall, know, seats};
use crate::money::assert_balanced;
use crate::store::{Store, on_stores};
use crate::world::{Setup, Work, World};

/// A provider that does something bad when it is asked for the first times.
struct Moody {
    provider: Arc<TestProvider>,
    asked: AtomicU32,
}

#[async_trait]
impl PaymentProvider for Moody {
    fn name(&self) -> &'static str {
        self.provider.name()
    }

    fn tokenise(&self, card: &CardInput) -> Result<MethodToken, CardProblem> {
        self.provider.tokenise(card)
    }

    async fn charge(&self, request: ChargeRequest) -> Result<(), PaymentError> {
        match self.asked.fetch_add(1, Ordering::SeqCst) {
            0 => Err(PaymentError::Unavailable("it is away".into())),
            1 => panic!("a fault in the adapter of a provider"),
            _ => self.provider.charge(request).await,
        }
    }

    async fn refund(&self, request: RefundRequest) -> Result<(), PaymentError> {
        self.provider.refund(request).await
    }

    fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<WebhookEvent, WebhookProblem> {
        self.provider.verify(headers, body, now)
    }
}

#[tokio::test]
async fn a_charge_that_fails_or_breaks_off_is_tried_again() {
    let store = Store::sqlite().await;
    let setup = Setup {
        provider: |provider| Arc::new(Moody { provider, asked: AtomicU32::new(0) }),
        ..Setup::default()
    };
    let world = World::start(&store, setup).await;
    let event = world.on_sale(&hall()).await;
    world.sell(&event, "ann", &seats(&["1-1"])).await;
    assert_balanced(&store, &world.provider.ledger()).await;
    store.close().await;
}

/// Never answers about the first event that it is asked about.
#[derive(Default)]
struct Stuck(Mutex<Option<EventId>>);

#[async_trait]
impl Between for Stuck {
    async fn read_event(&self, journal: &dyn JournalStore, event: EventId, span: Span) -> Rows {
        if *self.0.lock().get_or_insert(event) == event {
            std::future::pending::<()>().await;
        }
        journal.read_event(event, span.after, span.limit).await
    }
}

#[tokio::test]
async fn a_deadline_that_cannot_be_seen_to_does_not_hide_the_next_one() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    let clock = world.clock.clone();
    let (first, second) = (world.on_sale(&hall()).await, world.on_sale(&hall()).await);
    let ann = world.customer("ann");
    let stuck = ann.hold(&first, &seats(&["1-1"])).await.booking();
    world.advance(60);
    let next = ann.hold(&second, &seats(&["1-1"])).await.booking();
    drop(world);

    let setup = Setup {
        clock,
        seed: 2,
        journal: |journal| Arc::new(Beset { journal, between: Stuck::default() }),
        ..Setup::default()
    };
    let world = World::start(&store, setup).await;
    world.advance(605 - 60);
    world.rests().await;
    assert_eq!(world.story(&stuck).await, ["held"]);
    world.advance(60);
    world.becomes(&next, &["held", "expired"]).await;
    store.close().await;
}

/// Two processes, of which the second one stands by, and so many holds that lapse together.
async fn lapsing(store: &Store, holds: usize) -> (World, World, Vec<String>) {
    let leader = World::open(store).await;
    let clock = leader.clock.clone();
    let setup = Setup { clock, seed: 2, work: Work::StoodBy, ..Setup::default() };
    let other = World::start(store, setup).await;
    let event = leader.on_sale(&floor_only(1_000)).await;
    let place = json!({"area": "Floor", "places": 1});
    let mut bookings = Vec::new();
    for number in 0..holds {
        let buyer = leader.customer(&format!("buyer-{number}"));
        bookings.push(buyer.hold(&event, &place).await.booking());
    }
    know(&[&other], &event).await;
    (leader, other, bookings)
}

async fn who_stands_by_is_in_nobodys_way(store: &Store) {
    let (leader, other, bookings) = lapsing(store, 50).await;
    leader.advance(605);
    for booking in &bookings {
        leader.becomes(booking, &["held", "expired"]).await;
    }
    leader.rests().await;
    let metrics = [&leader, &other].map(|world| world.committer.metrics());
    assert_eq!(metrics.each_ref().map(|of| of.rejected), [0, 0], "both saw to the same deadlines");
    assert_eq!(metrics[1].units, 0);
}

async fn who_stands_by_sees_to_what_the_other_one_leaves_undone(store: &Store) {
    let (leader, other, bookings) = lapsing(store, 5).await;
    drop(leader);
    other.advance(605 + 2);
    other.rests().await;
    assert_eq!(other.story(&bookings[0]).await, ["held"], "the other one may only be slow");
    other.advance(1);
    for booking in &bookings {
        other.becomes(booking, &["held", "expired"]).await;
    }
}

on_stores!(
    [sqlite, postgres],
    [who_stands_by_is_in_nobodys_way, who_stands_by_sees_to_what_the_other_one_leaves_undone,]
);
