//! The rules of selling tickets: aggregates, seating plans, policies.
//!
//! Pure and synchronous. It does no I/O, reads no clock and makes no random ids: time and ids
//! arrive in commands and their context.

pub mod actor;
pub mod area;
pub mod best_available;
pub mod booking;
pub mod decider;
pub mod event;
pub mod fact;
pub mod house;
pub mod id;
pub mod money;
pub mod plan;
pub mod policy;
pub mod process;
pub mod seat;
pub mod stream;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
