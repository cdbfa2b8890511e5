//! Cards as they are typed in, and the tokens that stand for them afterwards.
//!
//! It asks nobody whether a card exists; it only finds what cannot be one.

use std::fmt;

use axum::http::StatusCode;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::http::problem::Problem;
use crate::secret::Secret;

/// The longest token, in bytes.
const MAX_TOKEN_LENGTH: usize = 255;

/// A card as its holder typed it. Not to be kept, logged or sent anywhere but to the provider.
#[derive(Debug, Clone, Deserialize)]
pub struct CardInput {
    /// The number, with or without spaces or hyphens.
    pub number: Secret<String>,
    /// The month after which it is no longer good, if it was asked for.
    #[serde(default)]
    pub expires: Option<CardExpiry>,
}

/// The last month in which a card is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct CardExpiry {
    /// 1 to 12.
    pub month: i8,
    /// Of four digits.
    pub year: i16,
}

/// Why something cannot be a card that is good now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CardProblem {
    /// Not 12 to 19 digits, or the check digit is wrong.
    #[error("the card number is not valid")]
    InvalidNumber,
    /// There is no such month.
    #[error("the card's month of expiry is not valid")]
    InvalidExpiry,
    /// It was good once.
    #[error("the card has expired")]
    Expired,
}

impl From<CardProblem> for Problem {
    fn from(problem: CardProblem) -> Self {
        let (code, title, field, expected) = match problem {
            CardProblem::InvalidNumber => {
                let expected = "12 to 19 digits with a correct check digit";
                ("card_invalid", "The card is not valid", "number", expected)
            }
            CardProblem::InvalidExpiry => {
                ("card_invalid", "The card is not valid", "expiry", "a month and a year")
            }
            CardProblem::Expired => {
                ("card_expired", "The card has expired", "expiry", "this month or a later one")
            }
        };
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, title)
            .field(format!("/card/{field}"), expected)
    }
}

impl CardInput {
    /// The digits of the number, if they can be a card's and it is good at this moment.
    ///
    /// # Errors
    /// If it cannot be one.
    pub(super) fn check(&self, now: Timestamp) -> Result<Secret<String>, CardProblem> {
        let number: String =
            self.number.expose().chars().filter(|char| !matches!(char, ' ' | '-')).collect();
        if !(12..=19).contains(&number.len()) || !has_check_digit(&number) {
            return Err(CardProblem::InvalidNumber);
        }
        self.expires.map_or(Ok(()), |expires| expires.check(now))?;
        Ok(Secret::new(number))
    }
}

impl CardExpiry {
    /// A card is good to the end of its month wherever its holder is, so to that in the west.
    fn check(self, now: Timestamp) -> Result<(), CardProblem> {
        let first = Date::new(self.year, self.month, 1).map_err(|_| CardProblem::InvalidExpiry)?;
        let today = jiff::tz::offset(-12).to_datetime(now).date();
        if today > first.last_of_month() { Err(CardProblem::Expired) } else { Ok(()) }
    }
}

/// Luhn's check (ISO/IEC 7812-1, annex B). False for anything but digits.
fn has_check_digit(number: &str) -> bool {
    let digits: Option<Vec<u32>> = number.chars().rev().map(|char| char.to_digit(10)).collect();
    let weighed = |(place, digit): (usize, &u32)| match place % 2 {
        0 => *digit,
        _ => digit * 2 / 10 + digit * 2 % 10,
    };
    digits.is_some_and(|digits| digits.iter().enumerate().map(weighed).sum::<u32>() % 10 == 0)
}

/// What stands for a way to pay, at one provider. No secret: nobody else can charge it, and no
/// card can be learnt from it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MethodToken(Box<str>);

/// The text is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a payment method's token is 1 to {MAX_TOKEN_LENGTH} visible ASCII characters, and no card number"
)]
pub struct InvalidToken;

impl MethodToken {
    /// Checks the text of a token. Digits alone are refused: somebody took a card for its token.
    ///
    /// # Errors
    /// If it is empty, long, holds something else than visible ASCII, or only digits.
    pub fn try_new(text: impl Into<String>) -> Result<Self, InvalidToken> {
        let text = text.into();
        let fits = (1..=MAX_TOKEN_LENGTH).contains(&text.len());
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        let digits = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        if fits && visible && !digits { Ok(Self(text.into())) } else { Err(InvalidToken) }
    }

    /// A token of a provider's own making, which is known to be one.
    pub(super) fn known(text: &'static str) -> Self {
        Self(text.into())
    }

    /// The text of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MethodToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for MethodToken {
    type Error = InvalidToken;

    fn try_from(text: String) -> Result<Self, InvalidToken> {
        Self::try_new(text)
    }
}

impl From<MethodToken> for String {
    fn from(token: MethodToken) -> Self {
        token.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(number: &str, expires: Option<(i8, i16)>) -> Result<String, CardProblem> {
        let expires = expires.map(|(month, year)| CardExpiry { month, year });
        let card = CardInput { number: number.to_owned().into(), expires };
        let now = "2026-02-28T23:00:00Z".parse().unwrap();
        card.check(now).map(|number| number.expose().clone())
    }

    #[test]
    fn a_number_with_its_check_digit_can_be_a_card() {
        for number in ["4242 4242 4242 4242", "4242-4242-4242-4242", "378282246310005"] {
            assert!(checked(number, None).is_ok(), "{number}");
        }
        for number in ["4242424242424241", "", "0", "42", "4242x42424242424", "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢"]
        {
            assert_eq!(checked(number, None), Err(CardProblem::InvalidNumber), "{number}");
        }
        assert_eq!(checked(&"0".repeat(20), None), Err(CardProblem::InvalidNumber));
    }

    #[test]
    fn a_card_is_good_to_the_end_of_its_month() {
        let on = |month, year| checked("4242424242424242", Some((month, year))).err();
        assert_eq!(on(2, 2026), None);
        assert_eq!(on(1, 2027), None);
        assert_eq!(on(1, 2026), Some(CardProblem::Expired));
        assert_eq!(on(13, 2027), Some(CardProblem::InvalidExpiry));
    }

    #[test]
    fn a_card_does_not_show_its_number() {
        let card = CardInput { number: "4242424242424242".to_owned().into(), expires: None };
        assert!(!format!("{card:?}").contains("4242"));
    }

    #[test]
    fn a_card_number_is_no_token() {
        assert!(MethodToken::try_new("test:success").is_ok());
        for wrong in ["", "a b", "4242424242424242", "4242-4242-4242-4242"] {
            assert_eq!(MethodToken::try_new(wrong), Err(InvalidToken));
        }
    }
}
