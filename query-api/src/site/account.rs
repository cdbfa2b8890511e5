//! Signing in and up, and the page of an account. Their forms post to the command side, which
//! keeps the accounts and knows the provider that one may sign in by; here is only what a session
//! says of itself.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::page::{Page, Shown};
use super::request::Asked;
use super::search::encoded;
use super::shell::{Part, Shell};
use super::text;
use crate::QueryApi;

#[derive(Debug, Template)]
#[template(path = "sign_in.html")]
pub(crate) struct SignIn {
    shell: Shell,
    next: String,
    /// Itself, for what comes back as refused.
    back: String,
    sign_up: String,
    provider: Option<Elsewhere>,
}

#[derive(Debug, Template)]
#[template(path = "sign_up.html")]
pub(crate) struct SignUp {
    shell: Shell,
    next: String,
    back: String,
    sign_in: String,
    provider: Option<Elsewhere>,
}

#[derive(Debug, Template)]
#[template(path = "account.html")]
struct Account {
    shell: Shell,
    name: Option<String>,
    email: Option<String>,
    /// By whom one may sign in, without a password here.
    provider: Option<Arc<str>>,
}

/// Signing in by a provider.
#[derive(Debug)]
struct Elsewhere {
    /// What it is called.
    name: Arc<str>,
    /// Where that begins.
    start: String,
}

impl Elsewhere {
    fn of(api: &QueryApi, next: &str) -> Option<Self> {
        let name = api.provider.clone()?;
        Some(Self { name, start: address("/v1/oidc/start", next) })
    }
}

/// `GET /sign-in`
pub(crate) async fn sign_in(State(api): State<QueryApi>, asked: Asked) -> Shown<SignIn> {
    let next = asked.next().unwrap_or("/bookings").to_owned();
    Ok(Page(SignIn {
        shell: Shell::new(&asked, Part::Account, text::say("sign-in-title")),
        back: address("/sign-in", &next),
        sign_up: address("/sign-up", &next),
        provider: Elsewhere::of(&api, &next),
        next,
    }))
}

/// `GET /sign-up`
pub(crate) async fn sign_up(State(api): State<QueryApi>, asked: Asked) -> Shown<SignUp> {
    let next = asked.next().unwrap_or("/bookings").to_owned();
    Ok(Page(SignUp {
        shell: Shell::new(&asked, Part::Account, text::say("sign-up-title")),
        back: address("/sign-up", &next),
        sign_in: address("/sign-in", &next),
        provider: Elsewhere::of(&api, &next),
        next,
    }))
}

/// `GET /account`
pub(crate) async fn account(State(api): State<QueryApi>, asked: Asked) -> Response {
    if asked.visitor.email.is_none() {
        return Redirect::to("/sign-in?next=/account").into_response();
    }
    let shell = Shell::new(&asked, Part::Account, text::say("account-title"));
    let (name, email) = (asked.visitor.name.clone(), asked.visitor.email.clone());
    Page(Account { shell, name, email, provider: api.provider }).into_response()
}

fn address(path: &str, next: &str) -> String {
    format!("{path}?next={}", encoded(next))
}
