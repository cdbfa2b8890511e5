//! The read side over HTTP: search, event pages, seat maps, bookings, history, documentation, and
//! the pages of the site.
//!
//! It decides nothing and writes nothing: what it shows was folded by `aisle_projections`, or
//! stands in the journal. What it keeps for itself are answers prepared for sending, and what it
//! told lately to those who watch.

mod at_hand;
mod conditional;
mod encoding;
mod fault;
mod fresh;
mod history;
mod kept;
mod live;
pub mod openapi;
mod params;
mod plan_bodies;
mod prepared;
mod respond;
mod routes;
mod seat_bodies;
mod site;
mod staleness;
mod state;
mod summary_bodies;
mod terms;
mod visibility;
mod web;

pub use self::at_hand::{AT_HAND, Ready, Wanted};
pub use self::openapi::{document, router};
pub use self::site::for_people;
pub use self::state::{Options, PATIENCE, QueryApi, Sources};
pub use self::web::CONTENT_POLICY;
