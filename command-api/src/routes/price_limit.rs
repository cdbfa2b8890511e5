//! The price limit of a wish: it must be in the event's currency, which forms do not name.
//!
//! It does not know what seats cost.

use aisle_domain::house::House;
use aisle_domain::id::EventId;
use aisle_domain::money::{Currency, MAX_AMOUNT};
use aisle_infra::http::problem::Problem;
use axum::http::StatusCode;

use super::booking_dto::HoldSeats;
use crate::CommandApi;
use crate::answer::MoneyDto;
use crate::refusal::problem;

/// Checks the limit against the event, and reads it if it is a form's. A wish without one costs
/// nothing; of an event that does not exist the command says so.
pub(super) async fn price_limit(
    api: &CommandApi,
    event: EventId,
    body: &mut HoldSeats,
) -> Result<(), Problem> {
    if body.max_price.is_none() && body.max_price_text.is_none() {
        return Ok(());
    }
    let currency = |house: &House| house.event().details().map(|details| details.currency);
    let currency = api.box_office.with_house(event, currency).await.map_err(problem)?;
    let Some(expected) = currency else { return Ok(()) };
    if let Some(text) = body.max_price_text.take() {
        let amount = minor_units(&text, expected).ok_or_else(|| no_amount(expected))?;
        body.max_price = Some(MoneyDto { amount, currency: expected });
    }
    match body.max_price {
        Some(limit) if limit.currency != expected => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "wrong_currency",
            "The amounts are not in the event's currency",
        )
        .field("/max_price/currency", format!("{expected}, as the event's prices"))),
        _ => Ok(()),
    }
}

/// A decimal number such as `45`, `45.5` or `45,50` in minor units of a currency.
fn minor_units(text: &str, currency: Currency) -> Option<i64> {
    let text = text.trim();
    let (whole, part) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let digits = usize::from(currency.minor_digits());
    let numeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if part.len() > digits || whole.is_empty() || !numeric(whole) || !numeric(part) {
        return None;
    }
    let amount = format!("{whole}{part:0<digits$}").parse().ok()?;
    (0..=MAX_AMOUNT).contains(&amount).then_some(amount)
}

fn no_amount(currency: Currency) -> Problem {
    let digits = currency.minor_digits();
    let expected = format!("an amount in {currency} with at most {digits} decimals");
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_body", "The body is not valid")
        .field("/max_price", expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly() {
        let euros = |text| minor_units(text, Currency::EUR);
        assert_eq!(
            [euros("45"), euros("45.5"), euros(" 45,50 ")],
            [Some(4500), Some(4550), Some(4550)]
        );
        for wrong in ["", ".5", "-1", "1e3", "1.234", "1.2.3", "٣", "99999999999999999999"] {
            assert_eq!(euros(wrong), None, "{wrong}");
        }
        assert_eq!(minor_units("500", "JPY".parse().unwrap()), Some(500));
        assert_eq!(minor_units("5.0", "JPY".parse().unwrap()), None);
    }
}
