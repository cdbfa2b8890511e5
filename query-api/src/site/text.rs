//! What the site says, in the reader's language: the catalogue `web/text/en.ftl`, by Fluent.
//!
//! Nothing that is shown stands in code, scripts or templates; what visitors and organisers wrote is
//! never looked up. Scripts get the texts they need in the page that loads them.

use std::sync::LazyLock;

use aisle_infra::text::{Catalogue, Value};
pub(crate) use aisle_infra::text::{Given, LANGUAGE};
use serde_json::Value as Json;

const ENGLISH: &str = include_str!("../../web/text/en.ftl");

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::english(ENGLISH));

/// The text of this name.
pub(crate) fn say(name: &str) -> String {
    CATALOGUE.say(name)
}

/// The text of this name about a number.
pub(crate) fn count(name: &str, count: u64) -> String {
    say_with(name, &[("count", Value::from(count))])
}

/// The text of this name with its variables.
pub(crate) fn say_with(name: &str, given: Given<'_>) -> String {
    CATALOGUE.say_with(name, given)
}

/// The text of this name, if there is one: for names that are made of codes.
pub(crate) fn find(name: &str) -> Option<String> {
    CATALOGUE.find(name)
}

/// The texts of these names for scripts, or of all names that begin so, if one ends with a hyphen.
pub(crate) fn for_scripts(names: &[&str]) -> Json {
    CATALOGUE.for_scripts(names)
}

#[cfg(test)]
mod tests;
