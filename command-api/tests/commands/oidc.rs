//! Signing in by a provider: who gets in, as whom, and what the others are told.

use aisle_command_api::oidc::{OidcConfig, Unverified};
use aisle_infra::clock::Clock as _;
use aisle_infra::secret::Secret;
use reqwest::Url;
use reqwest::header::{LOCATION, SET_COOKIE};
use serde_json::{Value, json};

use crate::fake_provider::{CLIENT, FakeProvider};
use crate::fixtures::hall;
use crate::forms::{Browser, booking_in};
use crate::store::Store;
use crate::world::{Setup, World};

/// A site with a provider.
struct Site {
    world: World,
    provider: FakeProvider,
    _store: Store,
}

/// A browser at the provider, with all that it was sent there with.
struct There {
    browser: Browser,
    asked: Url,
    cookie: String,
}

impl Site {
    async fn open() -> Self {
        Self::with(Unverified::Refused).await
    }

    async fn with(unverified: Unverified) -> Self {
        let (provider, store) = (FakeProvider::start().await, Store::sqlite().await);
        let oidc = OidcConfig {
            issuer: provider.url.clone(),
            client_id: CLIENT.0.to_owned(),
            client_secret: Secret::new(CLIENT.1.to_owned()),
            scopes: ["openid", "email"].map(str::to_owned).into(),
            site: "https://tickets.example".to_owned(),
            unverified,
        };
        let world = World::start(&store, Setup { oidc: Some(oidc), ..Setup::default() }).await;
        Self { world, provider, _store: store }
    }

    /// A browser that has gone to the provider.
    async fn begin(&self, browser: Browser, next: &str) -> There {
        let answer = browser.get(&format!("/v1/oidc/start?next={next}")).await;
        assert_eq!(answer.status(), 303);
        let asked: Url = answer.headers()[LOCATION].to_str().unwrap().parse().unwrap();
        assert!(asked.as_str().starts_with(&format!("{}/authorize?", self.provider.url)));
        let cookie = answer.headers()[SET_COOKIE].to_str().unwrap();
        let attributes = "; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure";
        assert!(cookie.ends_with(attributes), "{cookie}");
        let cookie = cookie.split(';').next().unwrap().to_owned();
        There { browser, asked, cookie }
    }

    /// What the provider says of Ada to whoever has sent her, changed.
    fn claims(&self, there: &There, change: impl FnOnce(&mut Value)) -> Value {
        let now = self.world.clock.now().as_second();
        let mut claims = json!({
            "iss": self.provider.url, "sub": "ada", "aud": CLIENT.0, "iat": now, "exp": now + 60,
            "nonce": there.asked("nonce"), "email": "ada@example.org", "email_verified": true,
            "name": "Ada Lovelace",
        });
        change(&mut claims);
        claims
    }

    /// Whoever comes back as Ada, whom the provider tells of like this; where that leads.
    async fn back_as(
        &self,
        mut there: There,
        change: impl FnOnce(&mut Value),
    ) -> (String, Browser) {
        let claims = self.claims(&there, change);
        self.provider.knows("code", claims, &there.asked("code_challenge"));
        let to = there.back(&format!("code=code&state={}", there.asked("state"))).await;
        (to, there.browser)
    }

    /// Signs in anew; where that leads.
    async fn sign_in(&self, change: impl FnOnce(&mut Value)) -> (String, Browser) {
        let there = self.begin(self.world.browser(), "/account").await;
        self.back_as(there, change).await
    }

    fn subject(&self, browser: &Browser) -> String {
        self.world.api.verifier.verify(browser.token()).unwrap().subject.to_string()
    }
}

impl There {
    fn asked(&self, name: &str) -> String {
        let found = self.asked.query_pairs().find(|(key, _)| key == name);
        found.unwrap_or_else(|| panic!("no {name} in {}", self.asked)).1.into_owned()
    }

    /// Goes back to the site; where that leads.
    async fn back(&mut self, query: &str) -> String {
        self.browser.remember(&self.cookie);
        let answer = self.browser.get(&format!("/v1/oidc/callback?{query}")).await;
        assert_eq!(answer.status(), 303);
        for cookie in answer.headers().get_all(SET_COOKIE) {
            self.browser.remember(cookie.to_str().unwrap().split(';').next().unwrap());
        }
        answer.headers()[LOCATION].to_str().unwrap().to_owned()
    }
}

fn as_it_is(_: &mut Value) {}

#[tokio::test]
async fn who_comes_first_gets_an_account_and_finds_it_again() {
    let site = Site::open().await;
    let there = site.begin(site.world.browser(), "/events/1%3Fa=b").await;
    assert_eq!(there.asked("redirect_uri"), "https://tickets.example/v1/oidc/callback");
    assert_eq!(there.asked("scope"), "openid email");
    assert_eq!(there.asked("code_challenge_method"), "S256");
    let (to, browser) = site.back_as(there, as_it_is).await;
    assert_eq!(to, "/events/1?a=b");
    let claims = site.world.api.verifier.verify(browser.token()).unwrap();
    assert_eq!(claims.email.as_deref(), Some("ada@example.org"));
    assert_eq!(claims.name.as_deref(), Some("Ada Lovelace"));
    // What the provider says of her later changes nothing: she is known by issuer and subject.
    let (to, again) = site.sign_in(|claims| claims["email"] = json!("other@example.org")).await;
    assert_eq!((to.as_str(), site.subject(&again)), ("/account", claims.subject.to_string()));
    let (_, bob) = site.sign_in(|claims| claims["sub"] = json!("bob")).await;
    assert_ne!(site.subject(&bob), claims.subject.to_string());
}

#[tokio::test]
async fn a_guest_who_comes_from_the_provider_keeps_the_bookings() {
    let site = Site::open().await;
    let event = site.world.on_sale(&hall()).await;
    let mut browser = site.world.browser();
    let held = browser.submit(&format!("/v1/events/{event}/bookings"), &[("seats", "1-1")]).await;
    let guest = site.subject(&browser);
    let there = site.begin(browser, "/bookings").await;
    let (_, browser) = site.back_as(there, as_it_is).await;
    assert_eq!(site.subject(&browser), guest);
    site.world.bearer(browser.token()).renew(&booking_in(&held.to)).await.expect(200);
    // Somebody else who signs in from that session is somebody else.
    let there = site.begin(browser, "/bookings").await;
    let (_, bob) = site.back_as(there, |claims| claims["sub"] = json!("bob")).await;
    assert_ne!(site.subject(&bob), guest);
}

#[tokio::test]
async fn an_address_that_has_a_password_is_not_taken_over() {
    let site = Site::open().await;
    let account = json!({"email": "Ada@Example.org", "password": "correct horse battery"});
    site.world.nobody().post("/v1/accounts", &account).await.expect(201);
    let (to, browser) = site.sign_in(as_it_is).await;
    assert_eq!(to, "/sign-in?next=%2Faccount&problem=oidc_email_taken");
    assert!(!browser.has_session());
    site.world.nobody().post("/v1/sessions", &account).await.expect(200);
}

#[tokio::test]
async fn an_address_that_is_not_verified_counts_only_if_the_operator_says_so() {
    let unverified = |claims: &mut Value| claims["email_verified"] = json!(false);
    let (to, browser) = Site::open().await.sign_in(unverified).await;
    assert_eq!(to, "/sign-in?next=%2Faccount&problem=oidc_email_unverified");
    assert!(!browser.has_session());
    assert_eq!(Site::with(Unverified::Taken).await.sign_in(unverified).await.0, "/account");
}

#[tokio::test]
async fn an_address_that_is_not_in_the_token_is_asked_for() {
    let site = Site::open().await;
    let without = |claims: &mut Value| drop(claims.as_object_mut().unwrap().remove("email"));
    site.provider.informs(json!({"sub": "ada"}));
    let missing = "/sign-in?next=%2Faccount&problem=oidc_email_missing";
    assert_eq!(site.sign_in(without).await.0, missing);
    // What is said of somebody else does not count.
    let info = |sub: &str| json!({"sub": sub, "email": "a@b.example", "email_verified": "true"});
    site.provider.informs(info("bob"));
    assert_ne!(site.sign_in(without).await.0, "/account");
    site.provider.informs(info("ada"));
    let (to, browser) = site.sign_in(without).await;
    let claims = site.world.api.verifier.verify(browser.token()).unwrap();
    assert_eq!((to.as_str(), claims.email.as_deref()), ("/account", Some("a@b.example")));
}

#[tokio::test]
async fn a_token_counts_if_it_is_for_this_site_and_this_browser_now() {
    let site = Site::open().await;
    let failed = "/sign-in?next=%2Faccount&problem=oidc_failed";
    let now = site.world.clock.now().as_second();
    for (claim, wrong) in [
        ("iss", json!("https://evil.example")),
        ("aud", json!("another")),
        ("nonce", json!("another")),
        ("exp", json!(now - 1)),
    ] {
        let (to, browser) = site.sign_in(|claims| claims[claim] = wrong).await;
        assert_eq!((to.as_str(), browser.has_session()), (failed, false), "{claim}");
    }
    let mut there = site.begin(site.world.browser(), "/account").await;
    site.provider.knows("code", site.claims(&there, as_it_is), "of another browser");
    assert_eq!(there.back(&format!("code=code&state={}", there.asked("state"))).await, failed);
    site.provider.forges();
    assert_eq!(site.sign_in(as_it_is).await.0, failed);
}

#[tokio::test]
async fn new_keys_of_the_provider_are_asked_for_when_they_are_needed() {
    let site = Site::open().await;
    assert_eq!(site.sign_in(as_it_is).await.0, "/account");
    site.provider.rotates();
    site.world.advance(61);
    assert_eq!(site.sign_in(as_it_is).await.0, "/account");
    assert_eq!(site.provider.asked(), 2);
    // A forger does not have the provider asked each time.
    site.provider.forges();
    for _ in 0..3 {
        assert_ne!(site.sign_in(as_it_is).await.0, "/account");
    }
    assert_eq!(site.provider.asked(), 2);
}

#[tokio::test]
async fn an_answer_counts_in_the_browser_that_asked_and_for_ten_minutes() {
    let site = Site::open().await;
    let stray = "/sign-in?next=%2Faccount&problem=oidc_expired";
    let mut there = site.begin(site.world.browser(), "/account").await;
    assert_eq!(there.back("code=code&state=another").await, stray);
    assert_eq!(there.back("code=code").await, stray);
    assert_eq!(there.back("state=a&state=b").await, stray);
    let another = site.begin(site.world.browser(), "/account").await;
    there.cookie = another.cookie;
    assert_eq!(there.back(&format!("code=code&state={}", there.asked("state"))).await, stray);
    let there = site.begin(site.world.browser(), "/account").await;
    site.world.advance(600);
    assert_eq!(site.back_as(there, as_it_is).await.0, "/sign-in?problem=oidc_expired");
}

#[tokio::test]
async fn who_changes_their_mind_is_back_where_they_were() {
    let site = Site::open().await;
    for (error, problem) in
        [("access_denied", "oidc_cancelled"), ("server_error", "oidc_failed"), ("", "oidc_failed")]
    {
        let mut there = site.begin(site.world.browser(), "/events/7").await;
        // Not every provider repeats the state here.
        let to = there.back(&format!("error={error}")).await;
        assert_eq!(to, format!("/sign-in?next=%2Fevents%2F7&problem={problem}"));
        assert!(!there.browser.has_session());
    }
}

#[tokio::test]
async fn nobody_is_led_to_another_site() {
    let site = Site::open().await;
    for next in ["https://evil.example/", "//evil.example", "/%5Cevil.example", "evil", ""] {
        let there = site.begin(site.world.browser(), next).await;
        assert_eq!(site.back_as(there, as_it_is).await.0, "/bookings", "{next}");
    }
}

#[tokio::test]
async fn a_provider_that_is_away_is_told_of_and_asked_again_later() {
    let site = Site::open().await;
    site.provider.is_away(true);
    let start = async || {
        let answer = site.world.browser().get("/v1/oidc/start?next=/a").await;
        answer.headers()[LOCATION].to_str().unwrap().to_owned()
    };
    for _ in 0..2 {
        assert_eq!(start().await, "/sign-in?next=%2Fa&problem=oidc_unavailable");
    }
    assert_eq!(site.provider.asked(), 1);
    site.provider.is_away(false);
    site.world.advance(5);
    assert!(start().await.starts_with(&site.provider.url));
    // What is known of it is good enough when it is away later.
    site.provider.is_away(true);
    site.world.advance(3600);
    assert!(start().await.starts_with(&site.provider.url));
    assert_eq!(site.provider.asked(), 3);
}

#[tokio::test]
async fn an_account_without_a_password_is_erased_without_one_and_made_anew() {
    let site = Site::open().await;
    let (_, browser) = site.sign_in(as_it_is).await;
    let before = site.subject(&browser);
    let erase = "/v1/accounts/me/erase";
    let erased = site.world.bearer(browser.token()).post(erase, &json!({"password": ""})).await;
    assert_eq!(erased.status, 204);
    let (to, again) = site.sign_in(as_it_is).await;
    assert_eq!(to, "/account");
    assert_ne!(site.subject(&again), before);
}

#[tokio::test]
async fn coming_back_is_limited_as_signing_in_is() {
    let site = Site::open().await;
    let mut there = site.begin(site.world.browser(), "/a").await;
    let back = format!("code=guess&state={}", there.asked("state"));
    for _ in 0..60 {
        assert_eq!(there.back(&back).await, "/sign-in?next=%2Fa&problem=oidc_failed");
    }
    assert_eq!(there.back(&back).await, "/sign-in?next=%2Fa&problem=too_many_attempts");
}

#[tokio::test]
async fn without_a_provider_there_is_no_way_to_one() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    for path in ["/v1/oidc/start", "/v1/oidc/callback"] {
        assert_eq!(world.browser().get(path).await.status(), 404);
    }
}
