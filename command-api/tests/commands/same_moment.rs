//! A hold lapses, is paid and is given up at the same moment, for real: who comes first is chance,
//! and whoever it is, the money has one end.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use crate::fixtures::{GOOD_CARD, seats_only};
use crate::money::assert_balanced;
use crate::store::{Store, on_stores};
use crate::world::{World, eventually};

on_stores!([sqlite, postgres], [whoever_comes_first_the_money_has_one_end]);

const ROUNDS: u64 = 12;

/// The seconds after which a hold does not bind any more.
const LAPSES: i64 = 5 + 5;

/// One after another gets this head start; the others are left to chance.
const HEAD_START: Duration = Duration::from_millis(4);

async fn whoever_comes_first_the_money_has_one_end(store: &Store) {
    let world = World::open(store).await;
    let mut event = seats_only(4, 10);
    event["hold_seconds"] = json!(5);
    let event = world.on_sale(&event).await;
    let mut stories = BTreeSet::new();
    for round in 0..ROUNDS {
        let buyer = world.customer(&format!("buyer-{round}"));
        let booking = buyer.hold(&event, &json!({"quantity": 1})).await.booking();
        world.advance(LAPSES - 1);
        // Each of them comes first, second and last.
        let after = |place: u64| HEAD_START * ((round + place) % 3) as u32;
        let paying = async {
            tokio::time::sleep(after(0)).await;
            let paid = buyer.pay(&booking, GOOD_CARD).await;
            assert!([202, 409, 410].contains(&paid.status), "{paid:?}");
        };
        let giving_up = async {
            tokio::time::sleep(after(1)).await;
            let given_up = buyer.cancel(&booking).await;
            assert!([200, 409, 410].contains(&given_up.status), "{given_up:?}");
        };
        let lapsing = async {
            tokio::time::sleep(after(2)).await;
            world.advance(1);
        };
        tokio::join!(paying, giving_up, lapsing);
        all_answered(store).await;
        assert_balanced(store, &world.provider.ledger()).await;
        stories.insert(world.story(&booking).await);
    }
    assert!(stories.len() >= 2, "always the same came first: {stories:?}");
}

/// Waits until the booking has an end, and its money too.
async fn all_answered(store: &Store) {
    eventually("the money to be answered", async || {
        let report = store.report().await;
        let settled = report.refunds_requested == report.refunds_settled;
        let answered = report.answered.len() as u64 == report.payments;
        (settled && answered && report.bookings_open == 0).then_some(())
    })
    .await;
}
