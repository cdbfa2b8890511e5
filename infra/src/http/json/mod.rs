//! Strict extractors: what is wrong with a request is told exactly, as a problem.
//!
//! They read form and types only. What the values mean is checked where they become domain
//! values. The types read are expected to `deny_unknown_fields`.

mod body;
mod coding;
mod fields;
mod invalid;
mod params;

pub use self::body::is_form;
use self::body::unsupported;
pub use self::body::{ApiJson, Encoding, JsonOrForm};
pub(super) use self::body::{Body, read};
pub use self::fields::{Fields, FromFields};
pub use self::params::{ApiPath, ApiQuery};
