//! What those say who have accounts, and what they are answered.

use aisle_domain::id::Subject;
use aisle_infra::accounts::Email;
use aisle_infra::http::json::{Fields, FromFields};
use aisle_infra::http::problem::Problem;
use aisle_infra::secret::Secret;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::parse_name;

/// The shortest password, in characters (NIST SP 800-63B).
const MIN_PASSWORD: usize = 8;

/// The longest, so that a body's worth of text is not hashed.
const MAX_PASSWORD: usize = 256;

/// An account to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAccount {
    /// The e-mail address that its owner signs in with.
    #[schema(example = "ada@example.org")]
    email: String,
    /// How its owner is called; optional.
    #[serde(default)]
    name: Option<String>,
    /// The password: 8 to 256 characters, any.
    #[schema(value_type = String)]
    password: Secret<String>,
}

/// Somebody who signs in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Credentials {
    /// The e-mail address.
    email: String,
    /// The password.
    #[schema(value_type = String)]
    password: Secret<String>,
}

/// Somebody who wants to be forgotten.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EraseAccount {
    /// The password, once more; not needed where there is none.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(super) password: Option<Secret<String>>,
}

/// Where the mail about a booking is to go.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ContactOfBooking {
    /// The e-mail address.
    #[schema(example = "ada@example.org")]
    email: String,
    /// How the buyer is called; optional.
    #[serde(default)]
    name: Option<String>,
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
pub(super) struct SignedIn {
    /// Whose bookings are theirs.
    #[schema(value_type = String)]
    pub(super) subject: Subject,
    /// Their e-mail address.
    pub(super) email: String,
    /// Their name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
}

impl NewAccount {
    pub(super) fn parse(self) -> Result<(Email, Option<String>, Secret<String>), Problem> {
        let (email, name) = (email(&self.email)?, name(self.name)?);
        let length = self.password.expose().chars().count();
        if !(MIN_PASSWORD..=MAX_PASSWORD).contains(&length) {
            return Err(invalid()
                .field("/password", format!("{MIN_PASSWORD} to {MAX_PASSWORD} characters")));
        }
        Ok((email, name, self.password))
    }
}

impl Credentials {
    pub(super) fn parse(self) -> Result<(Email, Secret<String>), Problem> {
        Ok((email(&self.email)?, bounded(self.password)?))
    }
}

impl ContactOfBooking {
    pub(super) fn parse(self) -> Result<(Email, Option<String>), Problem> {
        Ok((email(&self.email)?, name(self.name)?))
    }
}

/// A password that may be the right one.
pub(super) fn bounded(password: Secret<String>) -> Result<Secret<String>, Problem> {
    match password.expose().chars().count() <= MAX_PASSWORD {
        true => Ok(password),
        false => Err(invalid().field("/password", format!("at most {MAX_PASSWORD} characters"))),
    }
}

fn email(text: &str) -> Result<Email, Problem> {
    text.parse().map_err(|_| invalid().field("/email", "an e-mail address"))
}

fn name(name: Option<String>) -> Result<Option<String>, Problem> {
    let expected = "100 characters at the most, none of them a control character";
    parse_name(name).ok_or_else(|| invalid().field("/name", expected))
}

fn invalid() -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_body", "The body is not valid")
}

impl FromFields for NewAccount {
    fn from_fields(fields: &mut Fields) -> Result<Self, Problem> {
        let (email, name) = (fields.needed("email")?, fields.text("name")?);
        Ok(Self { email, name, password: fields.needed("password")?.into() })
    }
}

impl FromFields for Credentials {
    fn from_fields(fields: &mut Fields) -> Result<Self, Problem> {
        let email = fields.needed("email")?;
        Ok(Self { email, password: fields.needed("password")?.into() })
    }
}

impl FromFields for EraseAccount {
    fn from_fields(fields: &mut Fields) -> Result<Self, Problem> {
        Ok(Self { password: fields.text("password")?.map(Secret::new) })
    }
}

impl FromFields for ContactOfBooking {
    fn from_fields(fields: &mut Fields) -> Result<Self, Problem> {
        Ok(Self { email: fields.needed("email")?, name: fields.text("name")? })
    }
}
