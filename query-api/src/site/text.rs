//! What the site says, in the reader's language: the catalogue `web/text/en.ftl`, by Fluent.
//!
//! English is the only language yet. Nothing that is shown stands in code or templates; what
//! visitors and organisers wrote is never looked up.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

const ENGLISH: &str = include_str!("../../web/text/en.ftl");

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read("en", ENGLISH));

/// The language of the site, as in `<html lang>`.
pub(crate) const LANGUAGE: &str = "en";

/// The texts of one language.
struct Catalogue(FluentBundle<FluentResource>);

/// What a text is told: the names and values of its variables.
pub(crate) type Given<'a> = &'a [(&'a str, FluentValue<'a>)];

/// The text of this name.
pub(crate) fn say(name: &str) -> String {
    say_with(name, &[])
}

/// The text of this name about a number.
pub(crate) fn count(name: &str, count: u64) -> String {
    say_with(name, &[("count", FluentValue::from(count))])
}

/// The text of this name with its variables.
pub(crate) fn say_with(name: &str, given: Given<'_>) -> String {
    CATALOGUE.find(name, given).unwrap_or_else(|| {
        tracing::error!(name, "the catalogue of texts has no such text");
        name.to_owned()
    })
}

/// The text of this name, if there is one: for names that are made of codes.
pub(crate) fn find(name: &str) -> Option<String> {
    CATALOGUE.find(name, &[])
}

impl Catalogue {
    /// What of the source cannot be read is left out; a test says that nothing is.
    fn read(language: &str, source: &str) -> Self {
        let language: LanguageIdentifier = language.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![language]);
        // The marks that isolate directions of writing are not for attributes and titles.
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(|value, _| match value {
            FluentValue::Number(number) => Some(grouped(number.value)),
            _ => None,
        }));
        let resource = match FluentResource::try_new(source.to_owned()) {
            Ok(resource) => resource,
            Err((resource, _)) => resource,
        };
        bundle.add_resource_overriding(resource);
        Self(bundle)
    }

    fn find(&self, name: &str, given: Given<'_>) -> Option<String> {
        let pattern = self.0.get_message(name)?.value()?;
        let given: FluentArgs<'_> =
            given.iter().map(|(name, value)| (*name, value.clone())).collect();
        let text = self.0.format_pattern(pattern, Some(&given), &mut Vec::new());
        Some(text.into_owned())
    }
}

/// A whole number with a mark between thousands.
#[expect(clippy::cast_possible_truncation, reason = "counts are far below 2^53")]
fn grouped(number: f64) -> String {
    let digits = format!("{}", number as i64);
    group(&digits, ",")
}

/// Digits with a mark between thousands.
pub(super) fn group(digits: &str, mark: &str) -> String {
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
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_catalogue_is_read_wholly_and_names_nothing_twice() {
        FluentResource::try_new(ENGLISH.to_owned()).unwrap();
        let names: Vec<&str> = names().collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }

    #[test]
    fn numbers_are_grouped_and_counted() {
        assert_eq!(count("tickets", 1), "1 ticket");
        assert_eq!(count("tickets", 60_907), "60,907 tickets");
    }

    fn names() -> impl Iterator<Item = &'static str> {
        let message = |line: &&str| line.starts_with(|first: char| first.is_ascii_lowercase());
        ENGLISH.lines().filter(message).filter_map(|line| Some(line.split_once(" =")?.0))
    }

    /// The text of all files below a folder whose names end so.
    fn read_all(folder: &Path, endings: &[&str], into: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read_all(&path, endings, into);
            } else if endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
                into.push_str(&std::fs::read_to_string(&path).unwrap());
            }
        }
    }

    /// The names that are made of a beginning and a code.
    const FAMILIES: [&str; 11] = [
        "problem-",
        "declined-",
        "done-",
        "error-",
        "weekday-",
        "month-",
        "stage-",
        "sort-",
        "facet-",
        "suggest-",
        "refund-",
    ];

    #[test]
    fn every_text_that_is_named_is_there_and_every_text_is_named() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut used = String::new();
        read_all(&root.join("src/site"), &[".rs"], &mut used);
        read_all(&root.join("web/templates"), &[".html"], &mut used);
        let unnamed: Vec<&str> = names()
            .filter(|name| !FAMILIES.iter().any(|family| name.starts_with(family)))
            .filter(|name| !used.contains(&format!("\"{name}\"")))
            .collect();
        assert!(unnamed.is_empty(), "never said: {unnamed:?}");
        let known: BTreeSet<&str> = names().collect();
        for before in [".say(\"", ".count(\"", "text::say(\"", "text::count(\"", "shell.with(\""] {
            for rest in used.split(before).skip(1) {
                let name = rest.split('"').next().unwrap();
                assert!(known.contains(name), "{name} is not in the catalogue");
            }
        }
    }
}
