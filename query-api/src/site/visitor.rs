//! Who reads a page, as far as that is known. Interim until sessions are merged.

use aisle_domain::actor::Actor;
use aisle_infra::http::auth::MaybeBearer;
use axum::extract::FromRequestParts as _;
use axum::http::request::Parts;

use crate::QueryApi;

/// Who reads a page.
#[derive(Debug, Clone, Default)]
pub(crate) struct Visitor {
    pub(crate) actor: Option<Actor>,
    pub(crate) email: Option<String>,
    pub(crate) name: Option<String>,
}

impl Visitor {
    pub(crate) async fn of(parts: &mut Parts, api: &QueryApi) -> Self {
        let bearer = MaybeBearer::from_request_parts(parts, api).await;
        let actor = bearer.ok().and_then(|MaybeBearer(actor)| actor);
        Self { actor, ..Self::default() }
    }
}
