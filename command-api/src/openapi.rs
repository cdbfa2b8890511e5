//! The routes of the write side and their OpenAPI 3.1 document, made from one source.

use aisle_infra::http::documented;
use axum::{Extension, Router};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;

use crate::CommandApi;
use crate::routes::{oidc, routes};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Aisle: commands",
        description = "Creates events, holds seats, takes payments. Every command answers with \
            its position in the journal; name it as `min-position` to read what you wrote. \
            Errors are RFC 9457 problems with a stable `code`. Where a JSON body is taken, a form \
            (`application/x-www-form-urlencoded`) is taken too if docs/API.md says so, and \
            answered by 303 See Other.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "events", description = "For organisers"),
        (name = "bookings", description = "For customers"),
        (name = "payments", description = "For customers, and the payment provider"),
        (name = "accounts", description = "For those who come again"),
        (name = "sessions", description = "For browsers: a token in a cookie"),
        (name = "tokens", description = "For visitors"),
        (name = "façade", description = "Older paths over the same commands")
    ),
    modifiers(&BearerToken)
)]
struct Document;

struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        openapi.components.get_or_insert_default().add_security_scheme("bearer", scheme);
    }
}

/// The routes of the write side. Those of signing in by a provider are there if there is one.
pub fn router(api: CommandApi) -> Router {
    let (mut router, _) = with_document(routes());
    if let Some(oidc) = &api.oidc {
        let (by_provider, _) = with_document(oidc::routes());
        router = router.merge(by_provider.layer(Extension(oidc.clone())));
    }
    router.with_state(api)
}

/// The OpenAPI document of the write side.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    documented(with_document(routes().merge(oidc::routes())).1)
}

fn with_document(
    routes: OpenApiRouter<CommandApi>,
) -> (Router<CommandApi>, utoipa::openapi::OpenApi) {
    OpenApiRouter::with_openapi(Document::openapi()).merge(routes).split_for_parts()
}
