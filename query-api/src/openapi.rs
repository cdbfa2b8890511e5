//! The routes of the read side and their OpenAPI 3.1 document, made from one source.

use aisle_infra::http::documented;
use axum::Router;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;

use crate::QueryApi;
use crate::routes::{docs, routes};
use crate::site;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Aisle: queries",
        description = "Finds events, shows their seats, bookings and history. Every answer says \
            by `Aisle-Position` up to which position of the journal it goes at least. A read with \
            `min-position=N` waits until N is applied, for two seconds at the most, and is never \
            answered with less: then it is 503 `not_yet_applied`. So name the position that a \
            command answered with, and you read what you wrote. Errors are RFC 9457 problems with \
            a stable `code`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "search", description = "Finding events"),
        (name = "events", description = "Events, their plans and their seats"),
        (name = "bookings", description = "For customers"),
        (name = "history", description = "For analysts"),
        (name = "façade", description = "Older paths over the same read models"),
        (name = "health", description = "For operators")
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

/// The routes of the read side, with the pages of the site.
pub fn router(api: QueryApi) -> Router {
    let (router, _) = with_document();
    router.merge(docs::routes()).merge(site::routes()).with_state(api)
}

/// The OpenAPI document of the read side.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    documented(with_document().1)
}

fn with_document() -> (Router<QueryApi>, utoipa::openapi::OpenApi) {
    OpenApiRouter::with_openapi(Document::openapi()).merge(routes()).split_for_parts()
}
