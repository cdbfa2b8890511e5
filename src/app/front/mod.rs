//! Where connections come in: what can be answered at once is answered there, before the HTTP
//! library sees it, and everything else goes through.
//!
//! While a sale is on, most requests are the same read of a seat map, whose bytes lie ready. For
//! those the library, the router and its layers cost several times what sending the bytes does. So
//! [`Wire`] looks at what arrives between two requests, and if it is one whole plain `GET` of
//! something at hand, it writes the answer. Who asks the same again, as most do, is understood by
//! that. It decides nothing: what is at hand, and who may see it, is the query side's knowledge. An
//! answer has no `x-request-id` unless the request has one, and then it takes the long way, as does
//! whatever has a token.

mod answering;
mod asked;
mod door;
mod reply;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::Arc;

use aisle_query_api::Ready;
use axum::http::HeaderMap;

pub(super) use self::answering::Answering;
pub(super) use self::door::Door;

/// What is at hand: what answers a `GET` of a path, with the headers by which a representation is
/// chosen, if it is one of those that may be.
pub(super) type AtHand = Arc<dyn Fn(&str, HeaderMap) -> Option<Again> + Send + Sync>;

/// Answers one request, as of now, as often as it is asked; none if that must be waited for.
pub(super) type Again = Box<dyn Fn() -> Option<Ready> + Send + Sync>;
