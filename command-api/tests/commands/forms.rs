//! Buying by HTML forms alone: each is answered by 303 See Other, and a visitor's first form makes
//! them a guest.

use reqwest::header::{LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use serde_json::json;

use crate::fixtures::{GOOD_CARD, hall};
use crate::person::fresh_key;
use crate::store::Store;
use crate::world::World;

/// A browser without JavaScript: it keeps its session's cookie, and goes nowhere by itself.
pub(crate) struct Browser {
    http: reqwest::Client,
    base: String,
    /// Its session's.
    cookie: Option<String>,
    /// What else it was given to keep.
    others: Vec<String>,
}

/// Where a form led to, and the cookie that came with it.
pub(crate) struct Led {
    pub(crate) to: String,
    pub(crate) cookie: Option<String>,
}

impl World {
    pub(crate) fn browser(&self) -> Browser {
        let http = reqwest::Client::builder().no_proxy().redirect(Policy::none());
        Browser {
            http: http.build().unwrap(),
            base: self.base.clone(),
            cookie: None,
            others: Vec::new(),
        }
    }
}

impl Browser {
    /// Sends a form, with a key of its own.
    pub(crate) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Led {
        let key = fresh_key();
        let mut fields: Vec<_> = fields.to_vec();
        fields.push(("idempotency_key", &key));
        let response = self.post(path, encode(&fields)).await;
        assert_eq!(response.status(), 303, "{path}");
        let text =
            |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let cookie = text(SET_COOKIE);
        if let Some(cookie) = &cookie {
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        Led { to: text(LOCATION).unwrap(), cookie }
    }

    /// Sends what is said to be a form.
    pub(crate) async fn post(
        &self,
        path: &str,
        body: impl Into<reqwest::Body>,
    ) -> reqwest::Response {
        let request = self
            .http
            .post(format!("{}{path}", self.base))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", &self.base)
            .body(body);
        let request = match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        };
        request.send().await.unwrap()
    }

    /// Opens an address, and goes nowhere from there.
    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        let request = self.http.get(format!("{}{path}", self.base));
        let cookies = self.cookie.iter().chain(&self.others);
        cookies
            .fold(request, |request, cookie| request.header("cookie", cookie))
            .send()
            .await
            .unwrap()
    }

    /// Keeps a cookie, `name=value`, beside its session's or as its session's.
    pub(crate) fn remember(&mut self, cookie: &str) {
        match cookie.starts_with("__Host-aisle=") {
            true => self.cookie = Some(cookie.to_owned()),
            false => self.others = vec![cookie.to_owned()],
        }
    }

    pub(crate) fn has_session(&self) -> bool {
        self.cookie.is_some()
    }

    /// Its session's token.
    pub(crate) fn token(&self) -> &str {
        self.cookie.as_ref().unwrap().split_once('=').unwrap().1
    }
}

pub(crate) fn encode(fields: &[(impl AsRef<str>, impl AsRef<str>)]) -> String {
    let mut url = reqwest::Url::parse("http://form/").unwrap();
    url.query_pairs_mut().extend_pairs(fields);
    url.query().unwrap_or_default().to_owned()
}

/// The id in `/bookings/{id}?…`.
pub(crate) fn booking_in(place: &str) -> String {
    let id = place.strip_prefix("/bookings/").and_then(|rest| rest.split('?').next());
    id.unwrap_or_else(|| panic!("{place} is no booking's page")).to_owned()
}

#[tokio::test]
async fn a_visitor_buys_by_forms_alone() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    let event = world.on_sale(&hall()).await;
    let mut browser = world.browser();

    let hold = format!("/v1/events/{event}/bookings");
    let led = browser.submit(&hold, &[("seats", "1-1,1-2"), ("seats", "1-3")]).await;
    let cookie = led.cookie.unwrap();
    assert!(cookie.starts_with("__Host-aisle=") && cookie.ends_with("; Secure"), "{cookie}");
    let booking = booking_in(&led.to);
    assert!(led.to.contains("min-position="), "{}", led.to);

    let renewed = browser.submit(&format!("/v1/bookings/{booking}/renew"), &[]).await;
    assert_eq!((booking_in(&renewed.to), renewed.cookie), (booking.clone(), None));
    let card = [("number", GOOD_CARD), ("expiry", "12/30"), ("cvc", "123")];
    let paid = browser.submit(&format!("/v1/bookings/{booking}/payment"), &card).await;
    assert_eq!(booking_in(&paid.to), booking);
    world.becomes(&booking, &["held", "renewed", "payment_started", "confirmed"]).await;
    let next = [("next", "/bookings"), ("reason", "we cannot come")];
    let cancelled = browser.submit(&format!("/v1/bookings/{booking}/cancel"), &next).await;
    assert!(cancelled.to.starts_with("/bookings?min-position="), "{}", cancelled.to);
    world.rests().await;
    store.report().await.assert_sound();
}

#[tokio::test]
async fn every_way_to_wish_can_be_said_by_a_form() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    let event = world.on_sale(&hall()).await;
    let hold = format!("/v1/events/{event}/bookings");
    let mut browser = world.browser();
    for wish in [
        &[("quantity", "2"), ("max_price", "45.00"), ("together", "preferred"), ("category", "")][..],
        &[("quantity", "1"), ("category", "Wheelchair"), ("accessible", "on")],
        &[("area", "Floor"), ("places", "2")],
    ] {
        let booking = booking_in(&browser.submit(&hold, wish).await.to);
        let release = format!("/v1/bookings/{booking}/release");
        browser.submit(&release, &[]).await;
        assert_eq!(world.story(&booking).await, ["held", "released"]);
    }
}

#[tokio::test]
async fn a_problem_leads_back_to_the_form() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    let event = world.on_sale(&hall()).await;
    world.customer("ann").hold(&event, &json!({"seats": ["1-1"]})).await.expect(201);
    let hold = format!("/v1/events/{event}/bookings");
    let mut browser = world.browser();
    let back = ("back", "/events/7#seats");
    for (field, led_to) in [
        (("seats", "1-1,1-2"), "/events/7?problem=seats_taken&seats=1-1&wished=1-1%2C1-2#seats"),
        (("quantity", "many"), "/events/7?problem=invalid_body&field=quantity#seats"),
        (("discount", "all"), "/events/7?problem=invalid_body&field=discount#seats"),
        (("accessible", "on"), "/events/7?problem=wish_unclear&field=seats#seats"),
    ] {
        assert_eq!(browser.submit(&hold, &[field, back]).await.to, led_to);
    }
    let limit = [("quantity", "1"), ("max_price", "much"), back];
    let led_to = "/events/7?problem=invalid_body&field=max_price#seats";
    assert_eq!(browser.submit(&hold, &limit).await.to, led_to);
    let other = "/v1/bookings/00000000-0000-7000-8000-000000000000/payment";
    let led = browser.submit(other, &[("number", "4242")]).await;
    assert_eq!(led.to, "/?problem=booking_not_found");
}

#[tokio::test]
async fn a_session_of_a_guest_begins_once() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    let begin = async |cookie: &str, site: &str| {
        let request = world.http.post(format!("{}/v1/sessions/guest", world.base));
        request.header("cookie", cookie).header("sec-fetch-site", site).send().await.unwrap()
    };
    let first = begin("", "same-origin").await;
    assert_eq!(first.status(), 201);
    let cookie = first.headers()[SET_COOKIE].to_str().unwrap().to_owned();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let subject = first.text().await.unwrap();
    assert!(!subject.contains("token"), "{subject}");
    let again = begin(&cookie, "same-origin").await;
    assert_eq!((again.status().as_u16(), again.headers().get(SET_COOKIE)), (200, None));
    assert_eq!(again.text().await.unwrap(), subject);
    assert_eq!(begin("", "cross-site").await.status(), 403);
    assert_eq!(begin(&cookie, "cross-site").await.status(), 403);
}

#[tokio::test]
async fn the_token_in_the_cookie_is_that_of_the_guest() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    let event = world.on_sale(&hall()).await;
    let mut browser = world.browser();
    let hold = format!("/v1/events/{event}/bookings");
    let booking = booking_in(&browser.submit(&hold, &[("seats", "1-1")]).await.to);
    world.bearer(browser.token()).release(&booking).await.expect(200);
    world.customer("bob").release(&booking).await.refused(404, "booking_not_found");
    let led = browser.submit("/v1/sessions/end", &[("next", "/bye")]).await;
    assert_eq!((led.to.as_str(), led.cookie.unwrap().contains("Max-Age=0")), ("/bye", true));
}

/// What `curl -d` sends unless it is told otherwise.
#[tokio::test]
async fn only_what_forms_may_call_answers_as_to_a_form() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    let event = world.on_sale(&hall()).await;
    let form = world.browser();
    for (path, status) in [
        ("/v1/tokens/guest".to_owned(), 201),
        ("/v1/payments/webhook".to_owned(), 401),
        ("/payment/".to_owned(), 401),
        (format!("/v1/events/{event}/open"), 401),
        ("/v1/events".to_owned(), 401),
        ("/v1/sessions/end".to_owned(), 303),
    ] {
        assert_eq!(form.post(&path, "").await.status(), status, "{path}");
    }
}
