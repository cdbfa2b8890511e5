//! Signing in by a provider: there and back. For browsers only: both answer by leading on, and
//! whatever goes wrong leads to the page for signing in, with its code.

use std::sync::Arc;

use aisle_domain::actor::Actor;
use aisle_infra::http::auth::MaybeBearer;
use aisle_infra::http::forms::{is_local, see_other, with_query};
use aisle_infra::http::peer::Peer;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Query, State};
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::begin_session;
use crate::CommandApi;
use crate::accounts::{Arrival, Owner};
use crate::guest::new_account;
use crate::oidc::{Attempt, NotIn, Oidc, no_attempt};

/// Where somebody ends who does not say where.
const HOME: &str = "/bookings";

/// They need the provider as an extension: without one they are not there.
pub(crate) fn routes() -> OpenApiRouter<CommandApi> {
    OpenApiRouter::new().routes(routes!(start)).routes(routes!(callback))
}

/// Where to go then.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// A path of this site; `/bookings` if it is absent or none.
    next: Option<String>,
}

/// What the provider sends somebody back with (RFC 6749, section 4.1.2).
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Answer {
    /// As it was sent there.
    #[serde(default)]
    state: String,
    /// Good once.
    code: Option<String>,
    /// Why there is no code.
    error: Option<String>,
}

/// Sign in by the provider
///
/// For browsers: leads to the provider, which leads back. 404 where no provider is configured.
#[utoipa::path(get, path = "/v1/oidc/start", tag = "sessions", params(Wanted),
    responses((status = 303, description = "To the provider, or to /sign-in?problem=oidc_unavailable")))]
async fn start(
    State(api): State<CommandApi>,
    Extension(oidc): Extension<Arc<Oidc>>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Response {
    let Query(Wanted { next }) = wanted.unwrap_or_default();
    let next = next.filter(|next| is_local(next));
    let next = next.as_deref().unwrap_or(HOME);
    match oidc.begin(next, api.verifier.cookie_kind()).await {
        Ok((url, cookie)) => {
            let mut response = see_other(&url);
            response.headers_mut().insert(SET_COOKIE, cookie);
            response
        }
        Err(not_in) => back(Some(next), not_in),
    }
}

/// Come back from the provider
///
/// Begins a session (a cookie), and makes an account for whoever has none. Whoever has a guest's
/// session then keeps the guest's bookings. Problems lead to /sign-in?problem=…
#[utoipa::path(get, path = "/v1/oidc/callback", tag = "sessions", params(Answer),
    responses((status = 303, description = "To where it was begun for, or to /sign-in?problem=…")))]
async fn callback(
    State(api): State<CommandApi>,
    Extension(oidc): Extension<Arc<Oidc>>,
    peer: Peer,
    MaybeBearer(actor): MaybeBearer,
    headers: HeaderMap,
    answer: Result<Query<Answer>, QueryRejection>,
) -> Response {
    let Query(answer) = answer.unwrap_or_default();
    let cookie = api.verifier.cookie_kind();
    let attempt = oidc.attempt(&headers, cookie);
    let next = attempt.as_ref().map(|attempt| attempt.next.clone());
    let entered = enter(&api, &oidc, Return { peer, actor, answer, attempt }).await;
    let mut response = entered.unwrap_or_else(|not_in| back(next.as_deref(), not_in));
    response.headers_mut().append(SET_COOKIE, no_attempt(cookie));
    response
}

/// A browser that has come back, and what it has with it.
struct Return {
    peer: Peer,
    actor: Option<Actor>,
    answer: Answer,
    attempt: Option<Attempt>,
}

async fn enter(api: &CommandApi, oidc: &Oidc, returned: Return) -> Result<Response, NotIn> {
    let Return { peer, actor, answer, attempt } = returned;
    // That somebody did not sign in may be said by anybody, and some providers leave the state out.
    let (code, state) = answer.code()?;
    let attempt = attempt.filter(|attempt| attempt.is_answered_by(&state)).ok_or(NotIn::Stray)?;
    let allowance = api.accounts.at_address(peer)?;
    let next = attempt.next.clone();
    let identity = oidc.identify(&code, attempt).await?;
    let (unverified, fresh) = (oidc.unverified, new_account(&*api.ids));
    let owner = api.accounts.welcome(Arrival { identity, unverified, actor, fresh }).await?;
    let mut response = lead_in(api, &owner, &next)?;
    allowance.tell(response.headers_mut());
    Ok(response)
}

fn lead_in(api: &CommandApi, owner: &Owner, next: &str) -> Result<Response, NotIn> {
    let mut response = see_other(next);
    response.headers_mut().insert(SET_COOKIE, begin_session(api, owner)?);
    Ok(response)
}

impl Answer {
    /// The code and the state that it came with.
    fn code(self) -> Result<(String, String), NotIn> {
        match (self.error.as_deref(), self.code) {
            (Some("access_denied"), _) => Err(NotIn::Cancelled),
            (Some(error), _) => Err(NotIn::Refused(error.chars().take(100).collect())),
            (None, Some(code)) => Ok((code, self.state)),
            (None, None) => Err(NotIn::Stray),
        }
    }
}

/// To the page for signing in, with what went wrong.
fn back(next: Option<&str>, not_in: NotIn) -> Response {
    let next = next.map(|next| ("next", next.to_owned()));
    see_other(&with_query("/sign-in", next.into_iter().chain([("problem", not_in.code())])))
}
