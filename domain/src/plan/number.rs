//! How numbers are written in JSON here: whole ones without a fraction (`12`, not `12.0`).
//!
//! pretix's schema asks for integers, and the bytes of a canonical plan must not depend on who
//! computed a number.

use serde::Serializer;

/// For `#[serde(serialize_with)]` on `f64`.
pub(super) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.fract() == 0.0 {
        return serializer.serialize_i64(*value as i64);
    }
    serializer.serialize_f64(*value)
}

/// For `#[serde(serialize_with)]` on `Option<f64>`.
pub(super) fn optional<S: Serializer>(
    value: &Option<f64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serialize(value, serializer),
        None => serializer.serialize_none(),
    }
}
