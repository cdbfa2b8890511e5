//! Where connections come in: what can be answered at once is answered there, before the HTTP
//! library sees it, and everything else goes through.
//!
//! While a sale is on, most requests are the same read of a seat map, whose bytes lie ready, or a
//! hold of seats. For those the library, the router and its layers cost as much as answering them, or
//! several times that. So [`Wire`] looks at what arrives between two requests. If it is one whole
//! plain `GET` of something at hand, it writes the answer; who asks the same again, as most do, is
//! understood by that. If it is one whole `POST` of JSON that is carried out here, it has that done
//! and writes what the route says. It decides nothing: what is at hand and who may see it is the query
//! side's knowledge, and what a command means that of the route. What was at hand is answered without
//! an `x-request-id` unless the request has one, and then it takes the long way, as does a `GET` that
//! has a token.

mod answering;
mod asked;
mod connections;
mod door;
mod posted;
mod reply;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::Arc;

use aisle_query_api::Ready;
use axum::body::Bytes;
use axum::http::{HeaderMap, Response};
use futures::future::BoxFuture;

pub(super) use self::answering::{Answer, Answering};
pub(super) use self::connections::serve;
pub(super) use self::door::Door;
pub(super) use self::posted::Posted;
pub(super) use self::wire::Wire;

/// What is at hand: what answers a `GET` of a path, with the headers by which a representation is
/// chosen, if it is one of those that may be.
pub(super) type AtHand = Arc<dyn Fn(&str, HeaderMap) -> Option<Again> + Send + Sync>;

/// Answers one request, as of now, as often as it is asked; none if that must be waited for.
pub(super) type Again = Box<dyn Fn() -> Option<Ready> + Send + Sync>;

/// Carries a `POST` out, if it is one of those that are.
pub(super) type Carry =
    Arc<dyn Fn(&Posted<'_, '_>) -> Option<BoxFuture<'static, Carried>> + Send + Sync>;

/// What the route answers, its body in one piece.
pub(super) type Carried = Response<Bytes>;

/// What answers before the routes. A role has one, both or none.
#[derive(Clone, Default)]
pub(super) struct Before {
    pub(super) at_hand: Option<AtHand>,
    pub(super) carry: Option<Carry>,
}
