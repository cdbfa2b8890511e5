//! Where connections come in: what can be answered at once is answered there, before the HTTP
//! library sees it, and everything else goes through.
//!
//! While a sale is on, most requests are the same read of a seat map, whose bytes lie ready. For
//! those the library, the router and its layers cost several times what sending the bytes does. So
//! [`Wire`] looks at what arrives between two requests, and if it is one whole plain `GET` of
//! something at hand, it writes the answer. It decides nothing: what is at hand, and who may see
//! it, is the query side's knowledge. An answer has no `x-request-id` unless the request has one,
//! and then it takes the long way, as does whatever has a token.

mod answering;
mod asked;
mod door;
mod reply;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderMap, Response};

pub(super) use self::answering::Answering;
pub(super) use self::door::Door;

/// What is at hand: the answer to a `GET` of a path, with the headers by which a representation is
/// chosen, if nothing need be waited for.
pub(super) type AtHand = Arc<dyn Fn(&str, &HeaderMap) -> Option<Response<Bytes>> + Send + Sync>;
