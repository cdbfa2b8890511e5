//! Strict extractors: what is wrong with a request is told exactly, as a problem.
//!
//! They read form and types only. What the values mean is checked where they become domain
//! values. The types read are expected to `deny_unknown_fields`.

mod body;
mod invalid;
mod params;

pub use self::body::{ApiJson, Encoding, JsonOrForm};
pub(super) use self::body::{Body, is_form};
pub use self::params::{ApiPath, ApiQuery};
