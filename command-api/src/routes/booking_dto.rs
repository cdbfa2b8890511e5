//! Requests about bookings, and how they become commands.

use std::str::FromStr;

use aisle_domain::best_available::Together;
use aisle_domain::house::{Accessible, HoldWish};
use aisle_infra::http::json::{Fields, FromFields};
use aisle_infra::http::problem::Problem;
use aisle_infra::payment::{CardExpiry, CardInput, CardProblem};
use aisle_infra::secret::Secret;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::MoneyDto;

/// Seats or places to be held: either `seats`, or `quantity` (best available), or `area` and
/// `places`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"quantity": 2, "category": "Premium"}))]
pub(crate) struct HoldSeats {
    /// The labels of these very seats.
    #[serde(default)]
    seats: Option<Vec<String>>,
    /// How many seats, the best that are left.
    #[serde(default)]
    quantity: Option<u32>,
    /// With `quantity`: of this category only.
    #[serde(default)]
    category: Option<String>,
    /// With `quantity`: at this price without the fee at the most.
    #[serde(default)]
    pub(crate) max_price: Option<MoneyDto>,
    /// The same as a form says it: in the event's currency.
    #[serde(skip)]
    pub(crate) max_price_text: Option<String>,
    /// With `quantity`: whether they must stand side by side; `required` if absent.
    #[serde(default)]
    together: TogetherDto,
    /// Whether the buyer needs accessible places.
    #[serde(default)]
    accessible: bool,
    /// A general-admission area.
    #[serde(default)]
    area: Option<String>,
    /// With `area`: how many places.
    #[serde(default)]
    places: Option<u32>,
}

/// Whether seats must stand side by side.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TogetherDto {
    /// Side by side or not at all.
    #[default]
    Required,
    /// Side by side if possible, else in as few pieces as possible.
    Preferred,
}

impl HoldSeats {
    /// One seat by its label, as the façade holds it.
    pub(crate) fn one_seat(label: String) -> Self {
        Self { seats: Some(vec![label]), ..Self::default() }
    }

    /// What is wished for.
    pub(crate) fn wish(self) -> Result<HoldWish, Problem> {
        let accessible = if self.accessible { Accessible::Needed } else { Accessible::NotNeeded };
        let passed_over = self.passed_over();
        let wish = match (self.seats, self.quantity, self.area, self.places) {
            (Some(labels), None, None, None) => HoldWish::Seats { labels, accessible },
            (None, Some(count), None, None) => HoldWish::BestAvailable {
                count,
                category: self.category,
                max_price: self.max_price.map(|price| price.amount),
                together: match self.together {
                    TogetherDto::Required => Together::Required,
                    TogetherDto::Preferred => Together::Preferred,
                },
                accessible,
            },
            (None, None, Some(area), Some(count)) => HoldWish::Places { area, count },
            _ => {
                let either = "either `seats`, or `quantity`, or `area` with `places`";
                return Err(unclear("/seats", either));
            }
        };
        match passed_over {
            None => Ok(wish),
            Some((field, with)) => Err(unclear(field, with)),
        }
    }

    /// What goes with another kind of wish only, and with which. Whoever says it means it: nobody is
    /// given what is dearer, or cannot be reached.
    fn passed_over(&self) -> Option<(&'static str, &'static str)> {
        let (best, seated) = ("only with `quantity`", "only with `seats` or `quantity`");
        match () {
            () if self.quantity.is_none() && self.category.is_some() => Some(("/category", best)),
            () if self.quantity.is_none() && self.max_price.is_some() => Some(("/max_price", best)),
            () if self.area.is_some() && self.accessible => Some(("/accessible", seated)),
            () => None,
        }
    }
}

fn unclear(field: &str, expected: &str) -> Problem {
    let title = "It is not clear what is wished for";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "wish_unclear", title).field(field, expected)
}

/// `seats` (repeated, or separated by commas), or `quantity` with `category`, `max_price` (a decimal
/// number), `together` and `accessible`, or `area` with `places`.
impl FromFields for HoldSeats {
    fn from_fields(fields: &mut Fields) -> Result<Self, Problem> {
        let number = "a whole number";
        let seats = fields.list("seats");
        Ok(Self {
            seats: (!seats.is_empty()).then_some(seats),
            quantity: fields.parsed("quantity", number)?,
            category: fields.text("category")?,
            max_price: None,
            max_price_text: fields.text("max_price")?,
            together: fields.parsed("together", "required or preferred")?.unwrap_or_default(),
            accessible: fields.flag("accessible")?,
            area: fields.text("area")?,
            places: fields.parsed("places", number)?,
        })
    }
}

impl FromStr for TogetherDto {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "required" => Ok(Self::Required),
            "preferred" => Ok(Self::Preferred),
            _ => Err(()),
        }
    }
}

/// How a booking is to be paid.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PayBooking {
    /// The card.
    pub(crate) card: CardDto,
}

/// The fields of the card.
impl FromFields for PayBooking {
    fn from_fields(fields: &mut Fields) -> Result<Self, Problem> {
        let number = fields.needed("number")?;
        let (expiry, cvc) = (fields.text("expiry")?, fields.text("cvc")?);
        Ok(Self { card: CardDto { number, expiry, cvc } })
    }
}

/// A payment card. Its number is handed to the payment provider and kept nowhere.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CardDto {
    /// The number, blanks allowed.
    #[schema(example = "4242 4242 4242 4242")]
    pub(crate) number: String,
    /// Month and year, such as `12/29`.
    #[serde(default)]
    pub(crate) expiry: Option<String>,
    /// The check digits.
    #[serde(default)]
    pub(crate) cvc: Option<String>,
}

impl CardDto {
    /// The card as the provider takes it.
    pub(crate) fn into_input(self) -> Result<CardInput, Problem> {
        let expires = self.expiry.as_deref().map(expiry).transpose()?;
        Ok(CardInput { number: Secret::new(self.number), expires })
    }
}

/// What is wrong with a card, at the place that it has in a request.
pub(crate) fn card_problem(problem: CardProblem) -> Problem {
    match problem {
        CardProblem::InvalidNumber => problem.into(),
        CardProblem::InvalidExpiry => wrong_expiry(),
        CardProblem::Expired => {
            let title = "The card has expired";
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "card_expired", title)
                .field("/card/expiry", "a month that is not over")
        }
    }
}

fn wrong_expiry() -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "card_invalid", "The card is not valid")
        .field("/card/expiry", "month and year, such as 12/29")
}

/// Reads `12/29` or `12/2029`.
fn expiry(text: &str) -> Result<CardExpiry, Problem> {
    let (month, year) = text.split_once('/').ok_or_else(wrong_expiry)?;
    let month = month.trim().parse().map_err(|_| wrong_expiry())?;
    let year: i16 = year.trim().parse().map_err(|_| wrong_expiry())?;
    Ok(CardExpiry { month, year: if (0..100).contains(&year) { 2000 + year } else { year } })
}

impl std::fmt::Debug for CardDto {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CardDto(***)")
    }
}

/// Why a booking is given back.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CancelBooking {
    /// In words; optional.
    #[serde(default)]
    pub(crate) reason: Option<String>,
}

impl FromFields for CancelBooking {
    fn from_fields(fields: &mut Fields) -> Result<Self, Problem> {
        Ok(Self { reason: fields.text("reason")? })
    }
}
