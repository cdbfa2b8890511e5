//! What both APIs share at the edge: problems, extractors, tokens, idempotency keys, limits.
//!
//! It has no routes and knows no command and no query.

pub mod auth;
mod documented;
pub mod forms;
mod harden;
pub mod idempotency;
pub mod json;
pub mod peer;
pub mod problem;
pub mod rate;
mod request_id;
mod safety_net;
pub mod tls;

pub use self::documented::documented;
pub use self::harden::{ForPeople, Limits, PageOf, guarded, harden, harden_for_people};
pub use self::request_id::RequestId;
