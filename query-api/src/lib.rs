//! The read side over HTTP: search, event pages, seat maps, bookings, history, documentation.
//!
//! It decides nothing and writes nothing: what it shows was folded by `aisle_projections`, or
//! stands in the journal. What it keeps for itself are answers prepared for sending.

mod bodies;
mod conditional;
mod fault;
mod fresh;
mod history;
pub mod openapi;
mod params;
mod plan_bodies;
mod respond;
mod routes;
mod seat_bodies;
mod state;
mod visibility;
pub mod web;

pub use self::openapi::{document, router};
pub use self::state::{PATIENCE, QueryApi, Sources};
