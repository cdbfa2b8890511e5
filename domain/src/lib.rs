//! The rules of selling tickets: aggregates, seating plans, policies.
//!
//! Pure and synchronous. It does no I/O, reads no clock and makes no random ids: time and ids
//! arrive in commands and their context.

pub mod best_available;
pub mod plan;
