//! Accounts: who gets in, who does not, and what is left of whoever is forgotten.

use reqwest::Method;
use reqwest::header::{COOKIE, RETRY_AFTER, SET_COOKIE};
use serde_json::{Value, json};

use crate::fixtures::{hall, seats};
use crate::forms::booking_in;
use crate::person::{Person, Reply};
use crate::store::Store;
use crate::world::World;

const PASSWORD: &str = "correct horse battery";

fn ada(password: &str) -> Value {
    json!({"email": "Ada.Lovelace@example.org", "name": "Ada Lovelace", "password": password})
}

fn credentials(email: &str, password: &str) -> Value {
    json!({"email": email, "password": password})
}

impl Reply {
    /// The token of the session that it begins.
    pub(crate) fn session(&self) -> String {
        let cookie = self.headers[SET_COOKIE].to_str().unwrap();
        let token = cookie.strip_prefix("__Host-aisle=").unwrap();
        token.split(';').next().unwrap().to_owned()
    }
}

impl Person {
    async fn sign_up(&self) -> Reply {
        self.post("/v1/accounts", &ada(PASSWORD)).await
    }

    async fn sign_in(&self, email: &str, password: &str) -> Reply {
        self.post("/v1/sessions", &credentials(email, password)).await
    }
}

#[tokio::test]
async fn whoever_signs_up_can_sign_in_whatever_the_case_of_the_address() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    let made = world.nobody().sign_up().await;
    let token = made.session();
    assert_eq!((made.status, &made.headers["cache-control"]), (201, &"no-store".parse().unwrap()));
    let cookie = made.headers[SET_COOKIE].to_str().unwrap();
    let attributes = "; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure";
    assert!(cookie.ends_with(attributes), "{cookie}");
    let claims = world.api.verifier.verify(&token).unwrap();
    assert_eq!(claims.email.as_deref(), Some("Ada.Lovelace@example.org"));
    assert_eq!(claims.name.as_deref(), Some("Ada Lovelace"));
    assert_eq!(made.body["subject"], claims.subject.as_str());

    let entered = world.nobody().sign_in(" ada.lovelace@EXAMPLE.org", PASSWORD).await;
    assert_eq!((entered.status, &entered.body), (200, &made.body));
    assert!(entered.headers.contains_key("ratelimit-policy"));
    // The session is a token like any other.
    let event = world.on_sale(&hall()).await;
    world.bearer(&entered.session()).hold(&event, &seats(&["1-1"])).await.expect(201);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_answered_alike() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    world.nobody().sign_up().await.expect(201);
    let mut answers = Vec::new();
    for (email, password) in
        [("ada.lovelace@example.org", "wrong horse"), ("nobody@example.org", PASSWORD)]
    {
        let mut reply = world.nobody().sign_in(email, password).await;
        assert!(!reply.headers.contains_key(SET_COOKIE));
        reply.body["trace_id"] = Value::Null;
        answers.push((reply.status, reply.body));
    }
    assert_eq!((answers[0].0, &answers[0].1["code"]), (403, &json!("wrong_credentials")));
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn an_address_has_one_account() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    world.nobody().sign_up().await.expect(201);
    let again = json!({"email": "ADA.lovelace@example.org", "password": "another one"});
    let refused = world.nobody().post("/v1/accounts", &again).await;
    let problem = refused.refused(409, "account_exists");
    assert_eq!(problem["errors"][0]["field"], "/email");
    world.nobody().sign_in("ada.lovelace@example.org", "another one").await.expect(403);
    for (field, wrong) in [
        ("/email", json!({"email": "ada", "password": PASSWORD})),
        ("/password", json!({"email": "a@b.example", "password": "short"})),
        ("/name", json!({"email": "a@b.example", "password": PASSWORD, "name": "x".repeat(101)})),
    ] {
        let problem =
            world.nobody().post("/v1/accounts", &wrong).await.refused(422, "invalid_body");
        assert_eq!(problem["errors"][0]["field"], field);
        assert!(!problem.to_string().contains(PASSWORD));
    }
}

#[tokio::test]
async fn a_guest_who_signs_up_keeps_the_bookings() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    let event = world.on_sale(&hall()).await;
    let mut browser = world.browser();
    let held = browser.submit(&format!("/v1/events/{event}/bookings"), &[("seats", "1-1")]).await;
    let booking = booking_in(&held.to);
    let fields = [("email", "ada@example.org"), ("name", ""), ("password", PASSWORD)];
    let led =
        browser.submit("/v1/accounts", &[&fields[..], &[("next", "/account")]].concat()).await;
    assert_eq!(led.to, "/account");
    let ada = world.bearer(browser.token());
    ada.renew(&booking).await.expect(200);
    // Whoever signs up once more from that session is somebody else.
    let other = json!({"email": "bob@example.org", "password": PASSWORD});
    let bob = ada.post("/v1/accounts", &other).await.session();
    world.bearer(&bob).release(&booking).await.refused(404, "booking_not_found");
    let led = browser
        .submit("/v1/sessions", &[("email", "ada@example.org"), ("password", "x"), ("back", "/in")])
        .await;
    assert_eq!(led.to, "/in?problem=wrong_credentials");
}

#[tokio::test]
async fn guessing_is_slow_and_says_when_to_come_again() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    world.nobody().sign_up().await.expect(201);
    for _ in 0..10 {
        world.nobody().sign_in("ada.lovelace@example.org", "guess").await.expect(403);
    }
    let limited = world.nobody().sign_in("ada.lovelace@example.org", PASSWORD).await;
    assert_eq!(limited.headers[RETRY_AFTER], "90");
    assert!(limited.headers["ratelimit"].to_str().unwrap().starts_with("\"sign-in-account\";r=0"));
    limited.refused(429, "too_many_attempts");
    world.nobody().sign_in("bob@example.org", PASSWORD).await.expect(403);
    world.advance(90);
    world.nobody().sign_in("ada.lovelace@example.org", PASSWORD).await.expect(200);
    // All addresses of this test are one.
    for _ in 0..60 {
        if world.nobody().sign_in("eve@example.org", "x").await.status == 429 {
            break;
        }
    }
    world.nobody().sign_in("eve@example.org", "x").await.refused(429, "too_many_attempts");
}

#[tokio::test]
async fn whoever_is_forgotten_leaves_bookings_and_nothing_else() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    let event = world.on_sale(&hall()).await;
    let token = world.nobody().sign_up().await.session();
    let ada = world.bearer(&token);
    let booking = ada.hold(&event, &seats(&["1-1"])).await.booking();
    let contact = json!({"email": "ada.lovelace@example.org", "name": "Ada Lovelace"});
    ada.post(&format!("/v1/bookings/{booking}/contact"), &contact).await.expect(202);
    ada.pay(&booking, crate::fixtures::GOOD_CARD).await.expect(202);
    world.becomes(&booking, &["held", "payment_started", "confirmed"]).await;
    world.rests().await;
    let before = format!("{:?}", store.rows().await);

    let erase = "/v1/accounts/me/erase";
    ada.post(erase, &json!({"password": "wrong"})).await.refused(403, "wrong_credentials");
    ada.post(erase, &json!({})).await.refused(403, "wrong_credentials");
    world.customer("bob").post(erase, &json!({})).await.refused(404, "account_not_found");
    let erased = ada.post(erase, &json!({"password": PASSWORD})).await;
    assert_eq!(erased.status, 204);
    assert!(erased.headers[SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));

    world.nobody().sign_in("ada.lovelace@example.org", PASSWORD).await.expect(403);
    ada.post(erase, &json!({"password": PASSWORD})).await.refused(404, "account_not_found");
    let after = format!("{:?}", store.rows().await);
    assert_eq!(after, before);
    for personal in ["ada.lovelace", "lovelace", "example.org", PASSWORD, "argon2"] {
        assert!(!after.to_lowercase().contains(personal), "`{personal}` is in the journal");
    }
    store.report().await.assert_sound();
}

#[tokio::test]
async fn a_page_of_another_site_signs_nobody_in() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    let token = world.nobody().sign_up().await.session();
    for path in ["/v1/sessions", "/v1/accounts", "/v1/sessions/end", "/v1/accounts/me/erase"] {
        let request = world.nobody().request(Method::POST, path);
        let request = request.header(COOKIE, format!("__Host-aisle={token}"));
        let request = request.header("origin", "https://evil.example");
        let body = credentials("ada.lovelace@example.org", PASSWORD);
        crate::person::send(request.json(&body)).await.refused(403, "cross_origin");
    }
}
