//! Signing in by a provider that others have made (`oidc-provider-mock` of PyPI), by HTTP alone and
//! in a browser. What the provider may do wrong is tried in `command-api/tests/commands/oidc.rs`.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use reqwest::header::{ACCEPT, COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::{Client as Http, RequestBuilder, Response, StatusCode, Url};
use serde_json::{Value, json};

use crate::support::{Client, Server, browse, sell, setting, shots};

/// Says where it listens, and ends with whoever has started it.
const PROVIDER: &str = "\
import sys
from oidc_provider_mock import run_server_in_thread
with run_server_in_thread(port=0) as server:
    print(f'http://localhost:{server.server_port}', flush=True)
    sys.stdin.read()
";

/// A provider in a process of its own. Killed when dropped.
struct Provider {
    child: Child,
    url: String,
}

impl Provider {
    fn start() -> Self {
        let python = setting("AISLE_TEST_PYTHON")
            .unwrap_or_else(|| panic!("no Python is named: run the tests by tests/run"));
        let mut command = Command::new(python);
        command.args(["-W", "ignore", "-c", PROVIDER]);
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = piped.spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        assert!(url.starts_with("http://"), "the provider did not start");
        Self { child, url: url.trim().to_owned() }
    }

    /// Somebody who can sign in there, by this name.
    async fn knows(&self, name: &str, email: &str) {
        let user = json!({"email": email, "email_verified": true, "name": format!("Test {name}")});
        let request = http().put(format!("{}/users/{name}", self.url)).json(&user);
        assert_eq!(request.send().await.unwrap().status(), StatusCode::NO_CONTENT);
    }

    fn end(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.end();
    }
}

fn http() -> Http {
    Http::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// A site where people sign in by a provider.
fn site(folder: &std::path::Path, provider: &Provider) -> Server {
    let arguments = ["--oidc-issuer", &provider.url, "--oidc-name", "Example"];
    let client = ["--oidc-client-id", "aisle", "--oidc-client-secret", "hunter2"];
    Server::start(folder, &[&arguments[..], &client, &["--sample", "no"]].concat())
}

/// A browser without scripts: it keeps the site's cookies, and goes nowhere by itself.
#[derive(Default)]
struct Browser {
    site: String,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    fn new(server: &Server) -> Self {
        Self { site: server.url.clone(), ..Self::default() }
    }

    async fn open(&mut self, address: &str) -> Response {
        let request = http().get(self.at(address)).header(ACCEPT, "text/html");
        self.send(request).await
    }

    async fn submit(&mut self, address: &str, fields: &[(&str, &str)]) -> Response {
        let mut form = Url::parse("http://form/").unwrap();
        form.query_pairs_mut().extend_pairs(fields);
        let request = http().post(self.at(address)).header(ORIGIN, &self.site);
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let body = form.query().unwrap_or_default().to_owned();
        self.send(request.header(kind.0, kind.1).body(body)).await
    }

    async fn page(&mut self, address: &str) -> String {
        self.open(address).await.text().await.unwrap()
    }

    /// Goes to the provider and does this there; the address on the site that it leads back to.
    async fn at_provider(&mut self, next: &str, field: (&str, &str)) -> String {
        let there = led(&self.open(&format!("/v1/oidc/start?next={next}")).await);
        let answer =
            http().post(&there).header("content-type", "application/x-www-form-urlencoded");
        let answer = answer.body(format!("{}={}", field.0, field.1)).send().await.unwrap();
        let back = led(&answer);
        assert!(back.starts_with(&format!("{}/v1/oidc/callback?", self.site)), "{back}");
        back
    }

    /// Signs in as somebody; where that leads.
    async fn sign_in(&mut self, name: &str, next: &str) -> String {
        let back = self.at_provider(next, ("sub", name)).await;
        led(&self.open(&back).await)
    }

    fn at(&self, address: &str) -> String {
        match address.starts_with('/') {
            true => format!("{}{address}", self.site),
            false => address.to_owned(),
        }
    }

    async fn send(&mut self, request: RequestBuilder) -> Response {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let response = request.header(COOKIE, cookies.join("; ")).send().await.unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            match value {
                "" => drop(self.cookies.remove(name)),
                value => drop(self.cookies.insert(name.to_owned(), value.to_owned())),
            }
        }
        response
    }
}

/// Where an answer leads to.
fn led(response: &Response) -> String {
    assert!(response.status().is_redirection(), "{}", response.status());
    response.headers()[LOCATION].to_str().unwrap().to_owned()
}

async fn event(server: &Server) -> String {
    let organiser = Client::new(&server.url, &server.token("olga", "organiser"));
    organiser.event_on_sale("usual", sell(4, 10, 600)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_visitors_sign_in_by_a_provider_that_others_have_made() {
    let folder = tempfile::tempdir().unwrap();
    let mut provider = Provider::start();
    let mut server = site(folder.path(), &provider);
    provider.knows("ada", "ada@example.org").await;
    provider.knows("bob", "bob@example.org").await;
    provider.knows("carol", "carol@example.org").await;

    an_account_is_made_and_found_again(&server).await;
    what_is_not_right_leads_back(&server).await;
    a_guest_keeps_the_bookings(&server).await;

    let mut browser = Browser::new(&server);
    let back = browser.at_provider("/account", ("sub", "ada")).await;
    provider.end();
    assert_eq!(led(&browser.open(&back).await), problem("oidc_unavailable"));
    // It keeps nobody from starting, or from signing in with a password.
    assert!(server.stop());
    server.restart();
    let mut browser = Browser::new(&server);
    let start = browser.open("/v1/oidc/start?next=/account").await;
    assert_eq!(led(&start), problem("oidc_unavailable"));
    let page = browser.page(&problem("oidc_unavailable")).await;
    assert!(page.contains("does not answer") && page.contains("Continue with Example"), "{page}");
}

fn problem(code: &str) -> String {
    format!("/sign-in?next=%2Faccount&problem={code}")
}

async fn an_account_is_made_and_found_again(server: &Server) {
    let mut browser = Browser::new(server);
    for page in ["/sign-in?next=/account", "/sign-up?next=/account"] {
        let page = browser.page(page).await;
        assert!(page.contains("href=\"/v1/oidc/start?next=%2Faccount\""), "{page}");
        assert!(page.contains("Continue with Example"), "{page}");
    }
    assert_eq!(browser.sign_in("ada", "/account").await, "/account");
    let page = browser.page("/account").await;
    assert!(page.contains("Test ada") && page.contains("ada@example.org"), "{page}");
    let subject = subject(&mut browser).await;

    let mut again = Browser::new(server);
    assert_eq!(again.sign_in("ada", "https://evil.example/").await, "/bookings");
    assert_eq!(self::subject(&mut again).await, subject);

    let fields = [("password", ""), ("next", "/?done=erased"), ("back", "/account")];
    let erased = browser.submit("/v1/accounts/me/erase", &fields).await;
    assert_eq!(led(&erased), "/?done=erased");
    let mut anew = Browser::new(server);
    anew.sign_in("ada", "/account").await;
    assert_ne!(self::subject(&mut anew).await, subject);
}

/// Who a browser is here. A session that is there is kept.
async fn subject(browser: &mut Browser) -> Value {
    let request = http().post(browser.at("/v1/sessions/guest")).header(ORIGIN, &browser.site);
    let answer = browser.send(request).await;
    assert_eq!(answer.status(), StatusCode::OK);
    answer.json::<Value>().await.unwrap()["subject"].clone()
}

async fn what_is_not_right_leads_back(server: &Server) {
    let mut browser = Browser::new(server);
    let back = browser.at_provider("/account", ("action", "deny")).await;
    assert_eq!(led(&browser.open(&back).await), problem("oidc_cancelled"));

    let back = browser.at_provider("/account", ("sub", "ada")).await;
    let tampered = back.replace("state=", "state=x");
    assert_eq!(led(&browser.open(&tampered).await), problem("oidc_expired"));
    // The cookie is gone, so the right address comes too late.
    assert_eq!(led(&browser.open(&back).await), "/sign-in?problem=oidc_expired");

    let password = "correct horse battery";
    let account = [("email", "bob@example.org"), ("password", password), ("next", "/account")];
    assert_eq!(led(&Browser::new(server).submit("/v1/accounts", &account).await), "/account");
    assert_eq!(browser.sign_in("bob", "/account").await, problem("oidc_email_taken"));
    // Of whom it does not know it makes somebody whose address it has not verified.
    let stranger = browser.sign_in("eve%40example.org", "/account").await;
    assert_eq!(stranger, problem("oidc_email_unverified"));
    assert!(!browser.cookies.contains_key("__Host-aisle"));
}

async fn a_guest_keeps_the_bookings(server: &Server) {
    let event = event(server).await;
    let mut browser = Browser::new(server);
    let fields = [("seats", "A-1-1"), ("idempotency_key", "guest")];
    let held = browser.submit(&format!("/v1/events/{event}/bookings"), &fields).await;
    let booking = led(&held);
    let guest = subject(&mut browser).await;
    assert_eq!(browser.sign_in("carol", "/bookings").await, "/bookings");
    assert_eq!(subject(&mut browser).await, guest);
    assert_eq!(browser.open(&booking).await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_visitors_sign_in_by_a_provider_in_a_browser() {
    let folder = tempfile::tempdir().unwrap();
    let provider = Provider::start();
    let server = site(folder.path(), &provider);
    provider.knows("ada", "ada@example.org").await;
    let event = event(&server).await;

    browse("provider.mjs", &[&server.url, &shots(), &event, &provider.url]);
}
