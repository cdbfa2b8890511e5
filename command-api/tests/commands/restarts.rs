//! A process that dies between any two steps leaves work that the next one finishes, once.

use aisle_infra::payment::test::{ChargeState, Ledger};
use futures::future::join_all;
use serde_json::json;

use crate::fixtures::{GOOD_CARD, hall, seats, seats_only};
use crate::money::assert_balanced;
use crate::person::Reply;
use crate::store::{Store, on_stores};
use crate::world::{Setup, Webhooks, Work, World, eventually};

on_stores!(
    [sqlite, postgres],
    [
        a_payment_that_was_started_is_charged_after_a_restart,
        a_payment_that_was_charged_is_told_of_after_a_restart,
        a_refund_that_was_requested_is_made_after_a_restart,
        a_refund_that_was_made_is_told_of_after_a_restart,
        an_event_that_was_called_off_is_wound_up_after_a_restart,
        what_was_acknowledged_survives_a_sudden_end,
        two_processes_that_do_the_same_do_it_once,
    ]
);

const PAID: [&str; 3] = ["held", "payment_started", "confirmed"];
const REFUNDED: [&str; 6] =
    ["held", "payment_started", "confirmed", "cancelled", "refund_requested", "refunded"];

/// The lives of one service, one after the other, on one journal.
async fn life(store: &Store, seed: u64, work: Work, webhooks: Webhooks) -> World {
    World::start(store, Setup { seed, work, webhooks, ..Setup::default() }).await
}

fn charged_once(ledger: &Ledger) {
    let states: Vec<ChargeState> = ledger.payments.values().map(|entry| entry.state).collect();
    assert_eq!(states, [ChargeState::Captured]);
}

async fn a_payment_that_was_started_is_charged_after_a_restart(store: &Store) {
    let first = life(store, 1, Work::LeftUndone, Webhooks::Sent).await;
    let event = first.on_sale(&hall()).await;
    let ann = first.customer("ann");
    let booking = ann.hold(&event, &seats(&["1-1"])).await.booking();
    ann.pay(&booking, GOOD_CARD).await.expect(202);
    assert_eq!(first.provider.ledger(), Ledger::default());
    drop(first);

    let second = life(store, 2, Work::Done, Webhooks::Sent).await;
    second.becomes(&booking, &PAID).await;
    charged_once(&second.provider.ledger());
    assert_balanced(store, &second.provider.ledger()).await;
}

async fn a_payment_that_was_charged_is_told_of_after_a_restart(store: &Store) {
    let first = life(store, 1, Work::Done, Webhooks::Withheld).await;
    let event = first.on_sale(&hall()).await;
    let ann = first.customer("ann");
    let booking = ann.hold(&event, &seats(&["1-1"])).await.booking();
    ann.pay(&booking, GOOD_CARD).await.expect(202);
    let captured = async || {
        let ledger = first.provider.ledger();
        ledger.payments.values().any(|entry| entry.state == ChargeState::Captured).then_some(())
    };
    eventually("the money to be here", captured).await;
    first.rests().await;
    charged_once(&first.provider.ledger());
    assert_eq!(first.story(&booking).await, ["held", "payment_started"]);
    drop(first);

    let second = life(store, 2, Work::Done, Webhooks::Sent).await;
    second.becomes(&booking, &PAID).await;
    charged_once(&second.provider.ledger());
    assert_balanced(store, &second.provider.ledger()).await;
}

/// A life in which a booking was sold.
async fn sold(store: &Store) -> (String, String) {
    let world = life(store, 1, Work::Done, Webhooks::Sent).await;
    let event = world.on_sale(&hall()).await;
    let booking = world.sell(&event, "ann", &seats(&["1-1"])).await;
    charged_once(&world.provider.ledger());
    (event, booking)
}

async fn a_refund_that_was_requested_is_made_after_a_restart(store: &Store) {
    let (_, booking) = sold(store).await;
    let second = life(store, 2, Work::LeftUndone, Webhooks::Sent).await;
    second.customer("ann").cancel(&booking).await.expect(200);
    assert_eq!(second.story(&booking).await, REFUNDED[..5]);
    assert_eq!(second.provider.ledger(), Ledger::default());
    drop(second);

    let third = life(store, 3, Work::Done, Webhooks::Sent).await;
    third.becomes(&booking, &REFUNDED).await;
    refunded_once(&third.provider.ledger());
}

/// This life of the provider never heard of the charge, and has refunded it once.
fn refunded_once(ledger: &Ledger) {
    let entries: Vec<_> = ledger.payments.values().collect();
    let refunds: Vec<i64> =
        entries.iter().flat_map(|e| e.refunds.values()).map(|money| money.amount).collect();
    assert_eq!(refunds, [6150]);
    assert!(entries.iter().all(|entry| entry.charge.is_none()), "{entries:?}");
}

async fn a_refund_that_was_made_is_told_of_after_a_restart(store: &Store) {
    let (_, booking) = sold(store).await;
    let second = life(store, 2, Work::Done, Webhooks::Withheld).await;
    second.customer("ann").cancel(&booking).await.expect(200);
    eventually("the money to go back", async || {
        (!second.provider.ledger().payments.is_empty()).then_some(())
    })
    .await;
    second.rests().await;
    refunded_once(&second.provider.ledger());
    assert_eq!(second.story(&booking).await, REFUNDED[..5]);
    drop(second);

    let third = life(store, 3, Work::Done, Webhooks::Sent).await;
    third.becomes(&booking, &REFUNDED).await;
    third.rests().await;
    refunded_once(&third.provider.ledger());
}

async fn an_event_that_was_called_off_is_wound_up_after_a_restart(store: &Store) {
    let (event, booking) = sold(store).await;
    let second = life(store, 2, Work::LeftUndone, Webhooks::Sent).await;
    let held = second.customer("bob").hold(&event, &json!({"quantity": 3})).await.booking();
    second.call_off(&event).await.expect(200);
    assert_eq!(second.story(&booking).await, PAID);
    drop(second);

    let third = life(store, 3, Work::Done, Webhooks::Sent).await;
    third.becomes(&booking, &REFUNDED).await;
    third.becomes(&held, &["held", "cancelled"]).await;
    refunded_once(&third.provider.ledger());
}

/// Many hold and pay when the process ends, and ask again under the same keys afterwards.
async fn what_was_acknowledged_survives_a_sudden_end(store: &Store) {
    let first = life(store, 1, Work::Done, Webhooks::Sent).await;
    let event = first.on_sale(&seats_only(10, 20)).await;
    let path = format!("/v1/events/{event}/bookings");
    let wish = json!({"quantity": 2});
    let names: Vec<String> = (0..60).map(|number| format!("buyer-{number}")).collect();
    let body = json!({"card": {"number": GOOD_CARD}});
    let buyers = names.iter().map(|name| {
        let buyer = first.customer(name);
        let (path, wish, body) = (&path, &wish, &body);
        async move {
            let held = try_post(&buyer, "hold", path, wish).await?;
            let pay = format!("/v1/bookings/{}/payment", held.booking());
            drop(try_post(&buyer, "pay", &pay, body).await);
            Some(held)
        }
    });
    let mut buyers = std::pin::pin!(join_all(buyers));
    // Ends it when some have been answered.
    eventually("some bookings", async || {
        let _ = futures::poll!(buyers.as_mut());
        (first.journal.head().await.unwrap() > 60).then_some(())
    })
    .await;
    drop(first);
    let acknowledged = buyers.await;
    assert!(acknowledged.iter().any(Option::is_some), "it ended after the first answers");

    let second = life(store, 2, Work::Done, Webhooks::Sent).await;
    let mut bookings = Vec::new();
    for (name, before) in names.iter().zip(acknowledged) {
        let buyer = second.customer(name);
        let held = buyer.post_as("hold", &path, &wish).await;
        if let Some(before) = before {
            assert_eq!(held.body, before.body, "what was acknowledged is not forgotten");
        }
        let pay = format!("/v1/bookings/{}/payment", held.booking());
        buyer.post_as("pay", &pay, &body).await.expect(202);
        bookings.push(held.booking());
    }
    for booking in &bookings {
        second.becomes(booking, &PAID).await;
    }
    let report = store.report().await;
    assert_eq!((report.bookings, report.seats_booked), (60, 120));
}

/// What is answered, if the process lives long enough.
async fn try_post(
    person: &crate::person::Person,
    key: &str,
    path: &str,
    body: &serde_json::Value,
) -> Option<Reply> {
    let request = person.request(reqwest::Method::POST, path).header("idempotency-key", key);
    let response = request.json(body).send().await.ok()?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.json().await.ok()?;
    (status < 300).then_some(Reply { status, headers, body })
}

/// Each charges at its own provider, as after a restart that overlaps; each report counts once.
async fn two_processes_that_do_the_same_do_it_once(store: &Store) {
    let setup = Setup::default();
    let one = World::start(store, setup.clone()).await;
    let other = World::start(store, Setup { seed: 2, ..setup }).await;
    let event = one.on_sale(&seats_only(4, 10)).await;
    let mut bookings = Vec::new();
    for number in 0..10 {
        let world = if number % 2 == 0 { &one } else { &other };
        let buyer = world.customer(&format!("buyer-{number}"));
        let booking = buyer.hold(&event, &json!({"quantity": 2})).await.booking();
        buyer.pay(&booking, GOOD_CARD).await.expect(202);
        bookings.push(booking);
    }
    for booking in &bookings {
        one.becomes(booking, &PAID).await;
    }
    one.call_off(&event).await.expect(200);
    for booking in &bookings {
        becomes_in_time(&one, booking).await;
    }
    for world in [&one, &other] {
        let ledger = world.provider.ledger();
        for id in ledger.payments.keys() {
            assert!(ledger.refunded(*id) <= ledger.captured(*id).map_or(i64::MAX, |m| m.amount));
        }
    }
    let report = store.report().await;
    assert_eq!((report.refunds_requested, report.refunds_settled), (10, 10));
}

/// Webhooks that found the other process in the way are sent again in the clock's time.
async fn becomes_in_time(world: &World, booking: &str) {
    eventually("a refund", async || {
        world.advance(1);
        (world.story(booking).await == REFUNDED).then_some(())
    })
    .await;
}
