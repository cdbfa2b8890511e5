//! Amounts of money as the reader writes them.
//!
//! It knows how many minor units a currency has from the domain, and converts nothing.

use aisle_domain::money::Money;

use super::text::{self, group};

/// Signs that no reader of English mistakes for another currency.
const SIGNS: [(&str, &str); 6] =
    [("EUR", "€"), ("GBP", "£"), ("USD", "$"), ("JPY", "¥"), ("INR", "₹"), ("KRW", "₩")];

/// `€1,234.50`, `CHF 20.00`.
pub(crate) fn money(Money { amount, currency }: Money) -> String {
    let digits = usize::from(currency.minor_digits());
    let unit = 10_u64.pow(u32::from(currency.minor_digits()));
    let minus = if amount < 0 { "−" } else { "" };
    let amount = amount.unsigned_abs();
    let whole = group(&(amount / unit).to_string(), &text::say("number-group"));
    let number = match digits {
        0 => whole,
        _ => format!("{whole}{}{:0digits$}", text::say("number-point"), amount % unit),
    };
    match SIGNS.iter().find(|(code, _)| *code == currency.code()) {
        Some((_, sign)) => format!("{minus}{sign}{number}"),
        None => format!("{minus}{}\u{a0}{number}", currency.code()),
    }
}

/// `45.50`: for machines.
pub(crate) fn plain(Money { amount, currency }: Money) -> String {
    let digits = usize::from(currency.minor_digits());
    let unit = 10_i64.pow(u32::from(currency.minor_digits()));
    match digits {
        0 => amount.to_string(),
        _ => format!("{}.{:0digits$}", amount / unit, (amount % unit).abs()),
    }
}

#[cfg(test)]
mod tests {
    use aisle_domain::money::Currency;

    use super::*;

    fn shown(amount: i64, code: &str) -> String {
        money(Money::new(amount, code.parse::<Currency>().unwrap()))
    }

    #[test]
    fn amounts_have_the_digits_of_their_currency() {
        assert_eq!(shown(123_450, "EUR"), "€1,234.50");
        assert_eq!(shown(5, "GBP"), "£0.05");
        assert_eq!(shown(1_234_567, "JPY"), "¥1,234,567");
        assert_eq!(shown(1_500, "KWD"), "KWD\u{a0}1.500");
        assert_eq!(shown(-100, "EUR"), "−€1.00");
        assert_eq!(plain(Money::new(4150, Currency::EUR)), "41.50");
    }
}
