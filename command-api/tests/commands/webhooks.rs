//! What the payment provider reports is believed only if it is the provider's, and of now.

use aisle_domain::testing::at;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::fixtures::{hall, seats};
use crate::person::{Reply, send};
use crate::store::Store;
use crate::world::{Setup, WEBHOOK_KEY, Work, World};

const NO_ID: &str = "00000000-0000-0000-0000-000000000000";

fn signed(key: &[u8; 32], at: Timestamp, body: &str) -> String {
    let second = at.as_second();
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(format!("{second}.{body}").as_bytes());
    format!("t={second},v1={}", hex::encode(mac.finalize().into_bytes()))
}

impl World {
    async fn report(&self, signature: Option<&str>, body: &str) -> Reply {
        let mut request = self.nobody().request(Method::POST, "/v1/payments/webhook");
        if let Some(signature) = signature {
            request = request.header("aisle-signature", signature);
        }
        send(request.body(body.to_owned())).await
    }

    /// The provider reports this, properly signed.
    async fn hears(&self, report: &Value) -> Reply {
        let body = report.to_string();
        let signature = signed(WEBHOOK_KEY.expose(), self.api.clock.now(), &body);
        self.report(Some(&signature), &body).await
    }
}

fn report(kind: &str, data: &Value) -> Value {
    json!({"id": "evt_1", "type": kind, "data": data})
}

/// A booking that is being paid, of which only the test reports.
async fn paying(store: &Store) -> (World, String, String) {
    let world = World::start(store, Setup { work: Work::LeftUndone, ..Setup::default() }).await;
    let event = world.on_sale(&hall()).await;
    let ann = world.customer("ann");
    let booking = ann.hold(&event, &seats(&["1-1"])).await.booking();
    let paying = ann.pay(&booking, "4242424242424242").await.expect(202);
    (world, booking, paying["payment_id"].as_str().unwrap().to_owned())
}

fn captured(booking: &str, payment: &str, amount: i64) -> Value {
    let amount = json!({"amount": amount, "currency": "EUR"});
    report("payment.captured", &json!({"payment": payment, "booking": booking, "amount": amount}))
}

#[tokio::test]
async fn a_report_must_be_signed_by_the_provider_just_now() {
    let store = Store::sqlite().await;
    let (world, booking, payment) = paying(&store).await;
    let body = captured(&booking, &payment, 6150).to_string();
    let now = at(aisle_domain::testing::OPENING);
    let key = WEBHOOK_KEY.expose();
    let early = now - jiff::SignedDuration::from_secs(301);
    let late = now + jiff::SignedDuration::from_secs(301);
    for (signature, code) in [
        (None, "webhook_signature_missing"),
        (Some(signed(&[0; 32], now, &body)), "webhook_signature_invalid"),
        (Some(signed(key, now, "another body")), "webhook_signature_invalid"),
        (Some("rubbish".to_owned()), "webhook_signature_invalid"),
        (Some(signed(key, early, &body)), "webhook_timestamp_out_of_range"),
        (Some(signed(key, late, &body)), "webhook_timestamp_out_of_range"),
    ] {
        world.refuses(world.report(signature.as_deref(), &body), 401, code).await;
    }
    assert_eq!(world.story(&booking).await, ["held", "payment_started"]);
    store.close().await;
}

#[tokio::test]
async fn a_report_must_make_sense() {
    let store = Store::sqlite().await;
    let (world, booking, payment) = paying(&store).await;
    let amount = json!({"amount": 1, "currency": "EUR"});
    for (body, status, code) in [
        (json!("garbage"), 422, "webhook_body_invalid"),
        (report("payment.lost", &json!({})), 422, "webhook_body_invalid"),
        (captured("no-uuid", &payment, 6150), 422, "webhook_body_invalid"),
        (captured(NO_ID, &payment, 6150), 404, "booking_not_found"),
        (
            report(
                "payment.refunded",
                &json!({"refund": NO_ID, "payment": payment,
                "booking": booking, "amount": amount}),
            ),
            422,
            "refund_unknown",
        ),
    ] {
        world.refuses(world.hears(&body), status, code).await;
    }
    store.close().await;
}

#[tokio::test]
async fn a_report_that_comes_again_changes_nothing() {
    let store = Store::sqlite().await;
    let (world, booking, payment) = paying(&store).await;
    let declined = report(
        "payment.declined",
        &json!({"payment": payment, "booking": booking, "reason": "card_declined"}),
    );
    world.hears(&captured(&booking, &payment, 6150)).await.expect(200);
    let head = world.journal.head().await.unwrap();
    world.hears(&captured(&booking, &payment, 6150)).await.expect(200);
    // Out of order: money that is here outweighs a "no".
    world.hears(&declined).await.expect(200);
    assert_eq!(world.journal.head().await.unwrap(), head);
    assert_eq!(world.story(&booking).await, ["held", "payment_started", "confirmed"]);
    store.report().await.assert_sound();
    store.close().await;
}

#[tokio::test]
async fn a_payment_of_another_amount_goes_back() {
    let store = Store::sqlite().await;
    let (world, booking, payment) = paying(&store).await;
    world.hears(&captured(&booking, &payment, 6149)).await.expect(200);
    let story = ["held", "payment_started", "refund_requested"];
    assert_eq!(world.story(&booking).await, story);
    store.close().await;
}
