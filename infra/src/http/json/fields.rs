//! The fields of an HTML form, read one by one.
//!
//! Forms send empty fields for what was not filled in: they count as absent. What is left over is an
//! error, as in JSON.

use std::str::FromStr;

use axum::http::StatusCode;

use super::super::problem::Problem;
use super::unsupported;

/// Something that can be sent by a form as well as by JSON.
pub trait FromFields: Sized {
    /// Reads it; what it does not take is refused afterwards. Left out where no form sends it.
    ///
    /// # Errors
    /// If a field makes no sense, or no form sends it.
    fn from_fields(fields: &mut Fields) -> Result<Self, Problem> {
        let _ = fields;
        Err(unsupported("Expected `Content-Type: application/json`."))
    }
}

/// The fields of a form, in the order in which they were sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads what a form sends. There is nothing that it does not understand.
    #[must_use]
    pub fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// The same as a form sends it.
    #[must_use]
    pub fn encode(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    /// Takes a field out.
    ///
    /// # Errors
    /// If it is there twice.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, Problem> {
        let mut values = self.take(name).into_iter();
        match (values.next(), values.next()) {
            (value, None) => Ok(value),
            (_, Some(_)) => Err(wrong(name, "one value")),
        }
    }

    /// Takes out a field that must be there.
    ///
    /// # Errors
    /// If it is not, or twice.
    pub fn needed(&mut self, name: &str) -> Result<String, Problem> {
        self.text(name)?.ok_or_else(|| wrong(name, "a value"))
    }

    /// Takes out a field that may be repeated, or have several values separated by commas.
    pub fn list(&mut self, name: &str) -> Vec<String> {
        let values = self.take(name);
        let values = values.iter().flat_map(|value| value.split(','));
        values.map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned).collect()
    }

    /// Takes out what is written in a form of its own, such as a number; `expected` says which.
    ///
    /// # Errors
    /// If it is not that.
    pub fn parsed<T: FromStr>(&mut self, name: &str, expected: &str) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        text.trim().parse().map(Some).map_err(|_| wrong(name, expected))
    }

    /// Takes out a check box: one that is not ticked is not sent.
    ///
    /// # Errors
    /// If it says something else than yes or no.
    pub fn flag(&mut self, name: &str) -> Result<bool, Problem> {
        match self.text(name)?.as_deref() {
            None | Some("false" | "no" | "off" | "0") => Ok(false),
            Some("true" | "yes" | "on" | "1") => Ok(true),
            Some(_) => Err(wrong(name, "true or false")),
        }
    }

    /// Checks that nothing is left over.
    ///
    /// # Errors
    /// If there is, named.
    pub fn finish(self) -> Result<(), Problem> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => Err(wrong(&super::invalid::shortened(name), "no such field")),
        }
    }

    fn take(&mut self, name: &str) -> Vec<String> {
        let taken = self.0.extract_if(.., |(field, _)| field == name);
        taken.map(|(_, value)| value).filter(|value| !value.is_empty()).collect()
    }
}

/// A field that makes no sense.
fn wrong(name: &str, expected: &str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_body", "The body is not valid")
        .field(format!("/{name}"), format!("expected {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field_of<T: std::fmt::Debug>(read: Result<T, Problem>) -> String {
        read.unwrap_err().document().errors[0].field.clone()
    }

    #[test]
    fn fields_are_taken_out_one_by_one() {
        let body = b"seats=A-1,+A-2&seats=B%2D1&n=+2+&name=Ada+L&empty=&tick=on";
        let mut fields = Fields::parse(body);
        assert_eq!(fields.list("seats"), ["A-1", "A-2", "B-1"]);
        assert_eq!(fields.parsed::<u32>("n", "a number").unwrap(), Some(2));
        assert_eq!(fields.needed("name").unwrap(), "Ada L");
        assert_eq!(fields.text("empty").unwrap(), None);
        assert!(fields.flag("tick").unwrap());
        assert!(!fields.flag("tick").unwrap());
        fields.finish().unwrap();
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let mut fields = Fields::parse(b"n=x&twice=1&twice=2&tick=perhaps&more=1&\xff=%ff%");
        assert_eq!(field_of(fields.parsed::<u32>("n", "a number")), "/n");
        assert_eq!(field_of(fields.text("twice")), "/twice");
        assert_eq!(field_of(fields.flag("tick")), "/tick");
        assert_eq!(field_of(fields.needed("none")), "/none");
        assert_eq!(field_of(fields.finish()), "/more");
    }

    #[test]
    fn what_is_read_can_be_written_again() {
        let fields = Fields::parse(b"a=1&b=%26+%3D&a=%C3%A9");
        assert_eq!(Fields::parse(fields.encode().as_bytes()), fields);
    }
}
