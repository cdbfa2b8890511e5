//! The write side over HTTP: decides commands in memory and appends each as one unit of work.
//!
//! It reads nothing for its clients: that is `query-api`'s part.

pub mod accounts;
pub mod answer;
pub mod box_office;
mod guest;
pub mod oidc;
pub mod openapi;
pub mod process;
pub mod refusal;
mod routes;
mod state;

pub use self::openapi::router;
pub use self::routes::{HOLD, event_of_hold, hold_directly};
pub use self::state::{CommandApi, CommandParts, Guests};
