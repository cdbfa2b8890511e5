//! What came of what was asked before: a refused form comes back to the page it was on, with the
//! code of the problem in the address (`problem`, `field`, `seats`).
//!
//! Only codes come from the address. What is said of them stands in the catalogue.

use fluent_bundle::FluentValue;

use super::request::Asked;
use super::text;

/// Something that is said first on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    /// Whether something went well or was refused.
    pub(crate) tone: &'static str,
    /// What is said.
    pub(crate) text: String,
    /// Which field of the form it is about.
    pub(crate) field: Option<String>,
    /// The code of the problem.
    pub(crate) code: String,
}

/// What can be told to have been done.
const DONE: [&str; 5] = ["renewed", "contact", "signed-out", "erased", "signed-up"];

impl Notice {
    /// What is to be said first on a page, if anything.
    pub(crate) fn of(asked: &Asked) -> Option<Self> {
        asked.value("problem").map(|code| Self::problem(code, asked)).or_else(|| {
            let done = asked.value("done").filter(|done| DONE.contains(done))?;
            let text = text::say(&format!("done-{done}"));
            Some(Self { tone: "good", text, field: None, code: done.to_owned() })
        })
    }

    /// Whether it is about this field of a form.
    pub(crate) fn is_about(&self, field: &str) -> bool {
        self.field.as_deref() == Some(field)
    }

    fn problem(code: &str, asked: &Asked) -> Self {
        let field = asked.value("field").map(name_of_field).filter(|field| is_code(field));
        let seats = asked.value("seats").filter(|seats| is_list_of_seats(seats));
        let text = match (code, &field, seats) {
            ("seats_taken", _, Some(seats)) => seats_taken(&seats.replace(',', ", ")),
            (code, Some(field), _) => {
                find(&format!("problem-{code}-{field}")).unwrap_or_else(|| of_code(code))
            }
            (code, None, _) => of_code(code),
        };
        Self {
            tone: "bad",
            text,
            field,
            code: if is_code(code) { code.to_owned() } else { String::new() },
        }
    }
}

/// What is said of a problem's code; something general of one that nobody gave a text.
pub(crate) fn of_code(code: &str) -> String {
    find(&format!("problem-{code}")).unwrap_or_else(|| text::say("problem-other"))
}

/// That somebody was quicker.
pub(crate) fn seats_taken(seats: &str) -> String {
    text::say_with("problem-these_seats_taken", &[("seats", FluentValue::from(seats))])
}

fn find(name: &str) -> Option<String> {
    name.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        .then(|| text::find(name))?
}

/// The last name of a JSON Pointer: `number`, of `/card/number`.
fn name_of_field(pointer: &str) -> String {
    pointer.rsplit('/').next().unwrap_or_default().to_owned()
}

fn is_code(text: &str) -> bool {
    !text.is_empty()
        && text.len() < 60
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Labels of seats and nothing that somebody else would like to have said on our page.
fn is_list_of_seats(text: &str) -> bool {
    text.len() <= 400
        && text.split(',').all(|label| {
            label.len() <= 24 && label.chars().any(|c| c.is_ascii_digit()) && !label.contains(' ')
        })
}

#[cfg(test)]
mod tests {
    use aisle_infra::http::auth::Visitor;

    use super::*;

    fn asked(query: &[(&str, &str)]) -> Asked {
        let query = query.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Asked { visitor: Visitor::default(), origin: String::new(), here: "/".into(), query }
    }

    fn said(query: &[(&str, &str)]) -> String {
        Notice::of(&asked(query)).unwrap().text
    }

    #[test]
    fn a_code_is_said_in_words_and_an_unknown_one_in_general() {
        assert_eq!(said(&[("problem", "hold_expired")]), text::say("problem-hold_expired"));
        assert_eq!(said(&[("problem", "<script>")]), text::say("problem-other"));
        assert_eq!(Notice::of(&asked(&[])), None);
    }

    #[test]
    fn seats_are_named_if_they_look_like_seats() {
        let taken = |seats| said(&[("problem", "seats_taken"), ("seats", seats)]);
        assert!(taken("A-1-1,A-1-2").contains("A-1-1, A-1-2"));
        assert_eq!(taken("call me at 555 now"), text::say("problem-seats_taken"));
    }

    #[test]
    fn a_field_is_found_by_the_last_name_of_its_pointer() {
        let notice =
            Notice::of(&asked(&[("problem", "card_invalid"), ("field", "/card/number")])).unwrap();
        assert!(notice.is_about("number") && !notice.is_about("expiry"));
    }
}
