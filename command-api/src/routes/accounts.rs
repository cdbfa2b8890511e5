//! Accounts: signing up, signing in, being forgotten.
//!
//! A session is a token in a cookie, as a guest's is. It stays good until it expires, even if the
//! account is erased: it then speaks for a subject without a name.

use aisle_domain::actor::Role;
use aisle_infra::http::auth::{Bearer, Holder, MaybeBearer, SameOrigin};
use aisle_infra::http::json::JsonOrForm;
use aisle_infra::http::peer::Peer;
use aisle_infra::http::problem::Problem;
use aisle_infra::http::rate::Allowance;
use aisle_infra::secret::Secret;
use axum::Json;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use jiff::SignedDuration;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::account_dto::{Credentials, EraseAccount, NewAccount, SignedIn, bounded};
use super::guests::session;
use crate::CommandApi;
use crate::accounts::{Owner, SignUp};
use crate::guest::new_account;
use crate::state::name_of;

/// How long somebody stays signed in.
const SIGNED_IN_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

pub(super) fn routes() -> OpenApiRouter<CommandApi> {
    OpenApiRouter::new().routes(routes!(sign_up)).routes(routes!(sign_in)).routes(routes!(erase))
}

/// Sign up
///
/// Signs in as well. Whoever has a guest's session keeps the guest's bookings.
#[utoipa::path(post, path = "/v1/accounts", tag = "accounts", request_body = NewAccount,
    responses((status = 201, body = SignedIn), (status = 409, description = "There is an account with this address", body = Problem),
        (status = 422, body = Problem), (status = 429, body = Problem), (status = 503, description = "Too many at a time", body = Problem)))]
async fn sign_up(
    State(api): State<CommandApi>,
    _: SameOrigin,
    peer: Peer,
    MaybeBearer(actor): MaybeBearer,
    JsonOrForm { value, .. }: JsonOrForm<NewAccount>,
) -> Result<Response, Problem> {
    let (email, name, password) = value.parse()?;
    let allowance = api.accounts.at_address(peer)?;
    let fresh = new_account(&*api.ids);
    let made = api.accounts.sign_up(SignUp { email, name, password, actor, fresh }).await?;
    let owner = made.ok_or_else(|| {
        let title = "There is an account with this e-mail address";
        Problem::new(StatusCode::CONFLICT, "account_exists", title)
            .field("/email", "another address, or sign in")
    })?;
    signed_in(&api, StatusCode::CREATED, owner, &[allowance])
}

/// Sign in
#[utoipa::path(post, path = "/v1/sessions", tag = "sessions", request_body = Credentials,
    responses((status = 200, body = SignedIn), (status = 403, description = "Address or password are wrong", body = Problem),
        (status = 429, body = Problem), (status = 503, description = "Too many at a time", body = Problem)))]
async fn sign_in(
    State(api): State<CommandApi>,
    _: SameOrigin,
    peer: Peer,
    JsonOrForm { value, .. }: JsonOrForm<Credentials>,
) -> Result<Response, Problem> {
    let (email, password) = value.parse()?;
    let allowances = [api.accounts.at_address(peer)?, api.accounts.at_account_of(&email)?];
    let owner = api.accounts.sign_in(&email, password).await?;
    let owner = owner.ok_or_else(wrong_credentials)?;
    signed_in(&api, StatusCode::OK, owner, &allowances)
}

/// Be forgotten
///
/// Account, addresses and names are erased for good; a guest's too. Bookings stay, of nobody that is
/// known.
#[utoipa::path(post, path = "/v1/accounts/me/erase", tag = "accounts", request_body = EraseAccount,
    responses((status = 204, description = "There is no account any more, nor a session"), (status = 403, description = "The password is wrong", body = Problem),
        (status = 404, description = "There is no account", body = Problem)),
    security(("bearer" = [])))]
async fn erase(
    State(api): State<CommandApi>,
    Bearer(actor): Bearer,
    body: Option<JsonOrForm<EraseAccount>>,
) -> Result<Response, Problem> {
    let subject = name_of(&actor);
    let account = api.accounts.account_of(&subject).await?;
    if account.is_none() && !api.accounts.knows(&subject).await? {
        let title = "There is no account";
        return Err(Problem::new(StatusCode::NOT_FOUND, "account_not_found", title));
    }
    if let Some(account) = account.filter(|account| account.password.is_some()) {
        let password = body.and_then(|body| body.value.password);
        let password = bounded(password.unwrap_or_else(|| Secret::new(String::new())))?;
        if !api.accounts.is_password_of(&account, password).await? {
            return Err(wrong_credentials());
        }
    }
    api.accounts.erase(&subject).await?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, api.verifier.no_session_cookie())]).into_response())
}

/// Begins a session of an account.
fn signed_in(
    api: &CommandApi,
    status: StatusCode,
    owner: Owner,
    allowances: &[Allowance],
) -> Result<Response, Problem> {
    let cookie = begin_session(api, &owner)?;
    let Owner { subject, profile } = owner;
    let body = SignedIn { subject, email: profile.email, name: profile.name };
    // What is personal is not for caches on the way.
    let headers = [(SET_COOKIE, cookie), (CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    let mut response = (status, headers, Json(body)).into_response();
    for allowance in allowances {
        allowance.tell(response.headers_mut());
    }
    Ok(response)
}

/// The header that begins a session of an account.
pub(super) fn begin_session(api: &CommandApi, owner: &Owner) -> Result<HeaderValue, Problem> {
    let holder = Holder {
        subject: &owner.subject,
        roles: &[Role::Customer],
        email: Some(&owner.profile.email),
        name: owner.profile.name.as_deref(),
    };
    let issued = api.issuer.issue_to(holder, SIGNED_IN_FOR);
    session(&api.verifier, &issued.map_err(|error| Problem::internal(&error))?)
}

/// The same whatever was wrong.
fn wrong_credentials() -> Problem {
    let title = "The e-mail address or the password is wrong";
    Problem::new(StatusCode::FORBIDDEN, "wrong_credentials", title)
}
