//! Whoever has no right to something is told so, or not even that it exists.

use aisle_domain::actor::Role;
use aisle_domain::testing::subject;
use aisle_infra::clock::Clock;
use aisle_infra::http::auth::TokenIssuer;
use aisle_infra::secret::Secret;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::fixtures::{GOOD_CARD, hall, seats};
use crate::store::Store;
use crate::world::World;

#[tokio::test]
async fn a_request_needs_a_good_token() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    let event = world.on_sale(&hall()).await;
    let wish = seats(&["1-1"]);
    let clock: std::sync::Arc<dyn Clock> = world.clock.clone();
    let foreign = TokenIssuer::new(&Secret::new([8; 32]), clock);
    let issue = |issuer: &TokenIssuer, seconds| {
        let valid = SignedDuration::from_secs(seconds);
        issuer.issue(&subject("ann"), &[Role::Customer], valid).unwrap()
    };
    let short_lived = issue(&world.api.issuer, 60);
    let unsigned = format!("{}.", short_lived.rsplit_once('.').unwrap().0);
    for (token, code) in [
        (issue(&foreign, 60), "token_invalid"),
        (unsigned, "token_invalid"),
        ("rubbish".to_owned(), "token_invalid"),
    ] {
        let sent = world.bearer(&token);
        world.refuses(sent.hold(&event, &wish), 401, code).await;
    }
    world.refuses(world.nobody().hold(&event, &wish), 401, "token_missing").await;
    world.advance(120);
    let late = world.bearer(&short_lived);
    world.refuses(late.hold(&event, &wish), 401, "token_expired").await;
    store.close().await;
}

#[tokio::test]
async fn only_an_events_organiser_runs_it() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    let customer = world.customer("ann");
    world.refuses(customer.post("/v1/events", &hall()), 403, "role_missing").await;
    let analyst = world.person("ned", &[Role::Analyst]);
    world.refuses(analyst.post("/v1/events", &hall()), 403, "role_missing").await;

    let rival = world.person("ron", &[Role::Organiser]);
    let event = world.draft(&hall()).await;
    let path = |step: &str| format!("/v1/events/{event}/{step}");
    // A draft is nobody else's business.
    let sent = async { rival.bare(Method::POST, &path("publish")).await };
    world.refuses(sent, 404, "event_not_found").await;
    world.run(&event, "publish").await.expect(200);
    for step in ["publish", "open", "pause", "close"] {
        let sent = async { rival.bare(Method::POST, &path(step)).await };
        world.refuses(sent, 403, "not_organiser").await;
        let sent = async { customer.bare(Method::POST, &path(step)).await };
        world.refuses(sent, 403, "role_missing").await;
    }
    let off = json!({"reason": "Rain."});
    world.refuses(rival.post(&path("cancel"), &off), 403, "not_organiser").await;
    let admin = world.admin();
    admin.bare(Method::POST, &path("open")).await.expect(200);
    store.close().await;
}

#[tokio::test]
async fn anothers_booking_looks_like_none() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    let event = world.on_sale(&hall()).await;
    let held = world.customer("ann").hold(&event, &seats(&["1-1"])).await.booking();
    let sold = world.sell(&event, "ann", &seats(&["1-2"])).await;
    let missing = "00000000-0000-0000-0000-000000000000";
    for eve in [world.customer("eve"), world.person("ron", &[Role::Organiser])] {
        for booking in [&*held, &*sold] {
            for step in ["renew", "release", "cancel", "pay"] {
                let mut seen: Vec<Value> = Vec::new();
                for id in [booking, missing] {
                    let sent = async {
                        match step {
                            "renew" => eve.renew(id).await,
                            "release" => eve.release(id).await,
                            "cancel" => eve.cancel(id).await,
                            _ => eve.pay(id, GOOD_CARD).await,
                        }
                    };
                    let mut problem = world.refuses(sent, 404, "booking_not_found").await.0;
                    problem["trace_id"] = Value::Null;
                    seen.push(problem);
                }
                assert_eq!(seen[0], seen[1], "{step}");
            }
        }
    }
    // The organiser of the event may, and so may the buyer.
    world.organiser().cancel(&sold).await.expect(200);
    world.customer("ann").renew(&held).await.expect(200);
    world.rests().await;
    store.report().await.assert_sound();
    store.close().await;
}

#[tokio::test]
async fn a_draft_is_not_betrayed_by_a_hold() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    let event = world.draft(&hall()).await;
    let eve = world.customer("eve");
    world.refuses(eve.hold(&event, &seats(&["1-1"])), 404, "event_not_found").await;
    store.close().await;
}
