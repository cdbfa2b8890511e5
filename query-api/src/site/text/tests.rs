//! Holds the catalogue to what is said: by code, by templates and by scripts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use aisle_infra::text::names;

use super::*;

/// The names that are made of a beginning and a code.
const FAMILIES: [&str; 9] = [
    "problem-",
    "declined-",
    "done-",
    "error-",
    "stage-",
    "sort-",
    "facet-",
    "suggest-",
    "refund-",
];

fn known() -> BTreeSet<&'static str> {
    names(ENGLISH).collect()
}

fn root(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

/// All files below a folder whose names end so, by name.
fn files(folder: &str, ending: &str) -> BTreeMap<String, String> {
    let within = folder.split_once("src/").map_or(String::new(), |(_, path)| format!("{path}/"));
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(root(folder)).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(files(&format!("{folder}/{name}"), ending));
        } else if name.ends_with(ending) && name != "tests.rs" {
            found.insert(format!("{within}{name}"), std::fs::read_to_string(&path).unwrap());
        }
    }
    found
}

/// What stands between a beginning and an end, wherever it does.
fn between<'a>(text: &'a str, before: &str, after: char) -> Vec<&'a str> {
    text.split(before).skip(1).map(|rest| rest.split(after).next().unwrap()).collect()
}

/// The names of texts in a script: those that are said at once, and those that stand by themselves.
fn said_by(script: &str) -> BTreeSet<&str> {
    let known = known();
    let quoted = script.split('\'').skip(1).step_by(2);
    let named = quoted.filter(|name| name.contains('-') && known.contains(name));
    between(script, "say('", '\'').into_iter().chain(named).collect()
}

/// A script and all that it imports.
fn with_imports<'a>(
    name: &'a str,
    all: &'a BTreeMap<String, String>,
    into: &mut BTreeSet<&'a str>,
) {
    if into.insert(name) {
        for before in ["from './", "import './"] {
            for other in between(&all[name], before, '\'') {
                with_imports(other, all, into);
            }
        }
    }
}

/// What a page gives its scripts, by the template that has both.
fn given_by(template: &str) -> BTreeSet<String> {
    let lists = between(template, "texts([", ']').into_iter().flat_map(|list| list.split(", "));
    let lists: Vec<&str> = lists.map(|name| name.trim_matches('"')).collect();
    for_scripts(&lists).as_object().unwrap().keys().cloned().collect()
}

#[test]
fn the_catalogue_is_read_wholly_and_names_nothing_twice() {
    fluent_bundle::FluentResource::try_new(ENGLISH.to_owned()).unwrap();
    assert_eq!(known().len(), names(ENGLISH).count());
}

#[test]
fn every_text_that_is_named_is_there_and_every_text_is_named() {
    let used: String = files("src/site", ".rs")
        .into_values()
        .chain(files("web/templates", ".html").into_values())
        .collect();
    let scripts: String = files("web", ".js").into_values().collect();
    let is_named = |name: &&str| {
        FAMILIES.iter().any(|family| name.starts_with(family))
            || used.contains(&format!("\"{name}\""))
            || scripts.contains(&format!("'{name}'"))
    };
    let unnamed: Vec<&str> = names(ENGLISH).filter(|name| !is_named(name)).collect();
    assert!(unnamed.is_empty(), "never said: {unnamed:?}");
    for before in
        [".say(\"", ".count(\"", "text::say(\"", "text::count(\"", "shell.with(\"", "say_with(\""]
    {
        for name in between(&used, before, '"') {
            assert!(known().contains(name), "{name} is not in the catalogue");
        }
    }
}

#[test]
fn who_booked_places_without_seats_is_told_of_places() {
    let of_bookings = ["steps-chosen", "hold-release", "live-lost", "cancel-text"];
    let stages = names(ENGLISH).filter(|name| name.starts_with("stage-"));
    for name in stages.chain(of_bookings) {
        let of = |things: &'static str| {
            say_with(name, &[("things", Value::from(things))]).to_lowercase()
        };
        assert!(!of("places").contains("seat"), "{name}: {}", of("places"));
        assert!(!of("seats").contains("places"), "{name}: {}", of("seats"));
    }
}

/// The pages with scripts that say something: the template with the texts, and the scripts that are
/// loaded where it is shown.
const PAGES: [(&str, &[&str]); 3] = [
    ("search_box.html", &["search.js"]),
    ("booking.html", &["booking.js"]),
    ("seat_list.html", &["seat-map.js"]),
];

#[test]
fn every_page_gives_its_scripts_the_texts_that_they_say_and_no_others() {
    let (scripts, templates) = (files("web", ".js"), files("web/templates", ".html"));
    let mut speaking = BTreeSet::new();
    for (template, entries) in PAGES {
        let mut loaded = BTreeSet::new();
        entries.iter().for_each(|entry| with_imports(entry, &scripts, &mut loaded));
        let said: BTreeSet<&str> =
            loaded.iter().flat_map(|script| said_by(&scripts[*script])).collect();
        let given = given_by(&templates[template]);
        let missing: Vec<_> = said.iter().filter(|name| !given.contains(**name)).collect();
        assert!(missing.is_empty(), "{template} does not give {missing:?}");
        let made_of_codes =
            |name: &&String| ["problem-", "suggest-"].iter().any(|f| name.starts_with(f));
        let idle: Vec<_> = given
            .iter()
            .filter(|name| !made_of_codes(name) && !said.contains(name.as_str()))
            .collect();
        assert!(idle.is_empty(), "{template} gives {idle:?}, which nobody says");
        speaking.extend(loaded);
    }
    for (name, script) in scripts.iter().filter(|(name, _)| !speaking.contains(name.as_str())) {
        assert!(said_by(script).is_empty(), "{name} says something and is given nothing");
    }
}

#[test]
fn scripts_say_nothing_of_their_own() {
    for (name, script) in files("web", ".js") {
        let code = script.lines().map(|line| line.split("// ").next().unwrap());
        let code = code.filter(|line| !line.trim_start().starts_with(['*', '/']));
        // What is said to developers.
        let code: Vec<&str> = code.filter(|line| !line.contains("console.")).collect();
        for literal in code.join("\n").split(['\'', '`']).skip(1).step_by(2) {
            let words = literal.split(' ').filter(|word| word.len() > 1);
            let is_word =
                |word: &str| word.chars().all(|c| c.is_alphabetic() || ".,:…".contains(c));
            let words: Vec<&str> = words.filter(|word| is_word(word)).collect();
            let begins = literal.starts_with(|first: char| first.is_uppercase());
            assert!(words.len() < 2 || !begins, "{name} says {literal:?}");
            assert!(!literal.ends_with(['.', '…']) || words.is_empty(), "{name} says {literal:?}");
        }
    }
}

#[test]
fn what_scripts_say_knows_plurals_but_no_single_numbers() {
    // A script chooses by category, so `[0]` would never be said.
    for (template, _) in PAGES {
        let template = &files("web/templates", ".html")[template];
        for name in given_by(template) {
            let with = |count| super::count(&name, count).replace(char::is_numeric, "");
            assert_eq!(with(0), with(2), "{name}");
        }
    }
}
