//! What people are told, in words of their language: catalogues of texts by Fluent, and numbers,
//! money and dates as that language writes them.
//!
//! English is the only language yet. What is said to whom is the business of those who say it: each
//! has a catalogue of its own.

pub mod dates;
pub mod money;
mod reference;
mod scripts;

use std::sync::{Arc, LazyLock};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

pub use self::reference::reference;
/// A value that a text is told.
pub use fluent_bundle::FluentValue as Value;

/// The language of all texts, as in `<html lang>`: that of Britain, whose amounts and dates readers
/// everywhere can tell apart.
pub const LANGUAGE: &str = "en-GB";

/// The plural categories of the language, each with a number that is of it.
const PLURALS: [(&str, u64); 2] = [("one", 1), ("other", 2)];

/// Numbers, money and dates.
static COMMON: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::english(include_str!("../../text/en.ftl")));

/// The texts of one side, in one language.
pub struct Catalogue {
    texts: FluentBundle<Arc<FluentResource>>,
    /// The same, but a number is written as a gap for a script to fill.
    gaps: FluentBundle<Arc<FluentResource>>,
    names: Vec<String>,
}

/// What a text is told: the names and values of its variables.
pub type Given<'a> = &'a [(&'a str, Value<'a>)];

impl Catalogue {
    /// The texts of a source in Fluent's notation. What of it cannot be read is left out: a test of
    /// whoever wrote it says that nothing is.
    #[must_use]
    pub fn english(source: &str) -> Self {
        let resource = match FluentResource::try_new(source.to_owned()) {
            Ok(resource) => resource,
            Err((resource, _)) => resource,
        };
        let resource = Arc::new(resource);
        let mut texts = bundle(&resource);
        texts.set_formatter(Some(|value, _| match value {
            Value::Number(number) => Some(grouped(number.value)),
            _ => None,
        }));
        let mut gaps = bundle(&resource);
        gaps.set_formatter(Some(scripts::gap));
        Self { texts, gaps, names: names(source).map(str::to_owned).collect() }
    }

    /// The text of this name; the name itself if there is none.
    #[must_use]
    pub fn say(&self, name: &str) -> String {
        self.say_with(name, &[])
    }

    /// The text of this name with its variables.
    #[must_use]
    pub fn say_with(&self, name: &str, given: Given<'_>) -> String {
        self.find_with(name, given).unwrap_or_else(|| {
            tracing::error!(name, "the catalogue of texts has no such text");
            name.to_owned()
        })
    }

    /// The text of this name, if there is one: for names that are made of codes.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<String> {
        self.find_with(name, &[])
    }

    fn find_with(&self, name: &str, given: Given<'_>) -> Option<String> {
        said(&self.texts, name, given)
    }
}

/// The names of the texts of a source, in order.
pub fn names(source: &str) -> impl Iterator<Item = &str> {
    let message = |line: &&str| line.starts_with(|first: char| first.is_ascii_lowercase());
    source.lines().filter(message).filter_map(|line| Some(line.split_once(" =")?.0))
}

fn bundle(resource: &Arc<FluentResource>) -> FluentBundle<Arc<FluentResource>> {
    let language: LanguageIdentifier = LANGUAGE.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // The marks that isolate directions of writing are not for attributes and titles.
    bundle.set_use_isolating(false);
    bundle.add_resource_overriding(resource.clone());
    bundle
}

fn said(
    bundle: &FluentBundle<Arc<FluentResource>>,
    name: &str,
    given: Given<'_>,
) -> Option<String> {
    let pattern = bundle.get_message(name)?.value()?;
    let given: FluentArgs<'_> = given.iter().map(|(name, value)| (*name, value.clone())).collect();
    Some(bundle.format_pattern(pattern, Some(&given), &mut Vec::new()).into_owned())
}

/// A whole number with a mark between thousands.
#[expect(clippy::cast_possible_truncation, reason = "counts are far below 2^53")]
fn grouped(number: f64) -> String {
    group(&format!("{}", number as i64), &COMMON.say("number-group"))
}

/// Digits with a mark between thousands.
fn group(digits: &str, mark: &str) -> String {
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) && !grouped.ends_with('-') {
            grouped.push_str(mark);
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_that_all_share_are_read_wholly_and_each_is_said() {
        let source = include_str!("../../text/en.ftl");
        FluentResource::try_new(source.to_owned()).unwrap();
        let code =
            concat!(include_str!("dates.rs"), include_str!("money.rs"), include_str!("mod.rs"));
        let families = ["mark-", "weekday-", "month-"];
        for name in names(source).filter(|name| !families.iter().any(|f| name.starts_with(f))) {
            assert!(code.contains(&format!("\"{name}\"")), "never said: {name}");
        }
    }

    #[test]
    fn numbers_are_grouped_and_counted() {
        let texts = Catalogue::english(
            "tickets = { $count ->\n    [one] { $count } ticket\n   *[other] { $count } tickets\n}\n",
        );
        let tickets = |count: u64| texts.say_with("tickets", &[("count", Value::from(count))]);
        assert_eq!((&*tickets(1), &*tickets(60_907)), ("1 ticket", "60,907 tickets"));
        assert_eq!(texts.say("none"), "none");
        assert_eq!(texts.find("none"), None);
    }
}
