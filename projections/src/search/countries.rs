//! What countries are called, read from `countries.txt`: an event has the code of one, and nobody
//! types codes.

use std::collections::HashMap;
use std::sync::LazyLock;

static NAMES: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let lines = include_str!("countries.txt").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(' ')).collect()
});

/// The names of a country, in English and in its own languages, if we know any.
pub(super) fn names(code: &str) -> Option<&'static str> {
    NAMES.get(code).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_code_and_names() {
        for (code, names) in NAMES.iter() {
            assert!(code.len() == 2 && code.chars().all(|c| c.is_ascii_uppercase()), "{code}");
            assert!(names.len() > 3, "{code}");
        }
        assert_eq!(names("AT"), Some("Austria, Österreich"));
        assert_eq!(names("XX"), None);
    }
}
