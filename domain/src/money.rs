//! Amounts of money in minor units with their currency. Never a float.
//!
//! It does not convert between currencies and does not format for a locale.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An ISO 4217 currency code that Aisle sells in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Active ISO 4217 codes with their number of minor digits (ISO 4217 list one, table A.1).
const CURRENCIES: [(&str, u8); 40] = [
    ("AED", 2),
    ("ARS", 2),
    ("AUD", 2),
    ("BGN", 2),
    ("BHD", 3),
    ("BRL", 2),
    ("CAD", 2),
    ("CHF", 2),
    ("CLP", 0),
    ("CNY", 2),
    ("COP", 2),
    ("CZK", 2),
    ("DKK", 2),
    ("EUR", 2),
    ("GBP", 2),
    ("HKD", 2),
    ("HUF", 2),
    ("IDR", 2),
    ("ILS", 2),
    ("INR", 2),
    ("ISK", 0),
    ("JPY", 0),
    ("KRW", 0),
    ("KWD", 3),
    ("MXN", 2),
    ("MYR", 2),
    ("NOK", 2),
    ("NZD", 2),
    ("PHP", 2),
    ("PLN", 2),
    ("QAR", 2),
    ("RON", 2),
    ("SAR", 2),
    ("SEK", 2),
    ("SGD", 2),
    ("THB", 2),
    ("TRY", 2),
    ("UAH", 2),
    ("USD", 2),
    ("ZAR", 2),
];

/// The text is no currency code that Aisle sells in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a currency code of ISO 4217 that is sold in here, such as EUR")]
pub struct UnknownCurrency(pub String);

impl Currency {
    /// The euro.
    pub const EUR: Self = Self(*b"EUR");

    /// The three letters.
    #[must_use]
    pub fn code(&self) -> &str {
        // The bytes come from ASCII literals or were compared with them.
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// How many digits its minor unit has: 2 for EUR (cents), 0 for JPY, 3 for KWD.
    #[must_use]
    pub fn minor_digits(&self) -> u8 {
        CURRENCIES.iter().find(|(code, _)| *code == self.code()).map_or(2, |(_, digits)| *digits)
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = CURRENCIES.iter().any(|(code, _)| *code == text);
        match text.as_bytes().try_into() {
            Ok(bytes) if known => Ok(Self(bytes)),
            _ => Err(UnknownCurrency(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = UnknownCurrency;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The largest price of one seat or fee, in minor units: 1,000,000.00 of a currency with cents.
/// With at most 20 seats a booking no sum comes near the limits of `i64`.
pub const MAX_AMOUNT: i64 = 100_000_000;

/// An amount in minor units (cents for EUR) of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Minor units; 4500 with EUR is 45 euros.
    pub amount: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// An amount of minor units of a currency.
    #[must_use]
    pub fn new(amount: i64, currency: Currency) -> Self {
        Self { amount, currency }
    }
}

impl fmt::Display for Money {
    /// `45.00 EUR`: for logs and plain text, the same in every locale.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = usize::from(self.currency.minor_digits());
        let unit = 10_u64.pow(u32::from(self.currency.minor_digits()));
        let (sign, amount) = (if self.amount < 0 { "-" } else { "" }, self.amount.unsigned_abs());
        match digits {
            0 => write!(f, "{sign}{amount} {}", self.currency),
            _ => write!(f, "{sign}{}.{:0digits$} {}", amount / unit, amount % unit, self.currency),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_with_the_minor_digits_of_its_currency() {
        let written = |amount, code: &str| Money::new(amount, code.parse().unwrap()).to_string();
        assert_eq!(written(4500, "EUR"), "45.00 EUR");
        assert_eq!(written(-5, "EUR"), "-0.05 EUR");
        assert_eq!(written(4500, "JPY"), "4500 JPY");
        assert_eq!(written(4500, "KWD"), "4.500 KWD");
    }

    #[test]
    fn only_known_currencies_are_read() {
        assert!("EUR".parse::<Currency>().is_ok());
        for wrong in ["eur", "EURO", "", "ABC"] {
            assert_eq!(wrong.parse::<Currency>(), Err(UnknownCurrency(wrong.into())));
        }
    }
}
