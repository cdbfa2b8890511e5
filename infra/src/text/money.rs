//! Amounts of money as the reader writes them.
//!
//! It knows how many minor units a currency has from the domain, and converts nothing.

use aisle_domain::money::Money;

use super::{COMMON, group};

/// `€1,234.50`, `CHF 20.00`.
#[must_use]
pub fn money(money: Money) -> String {
    let code = money.currency.code();
    let number = number(money);
    let amount = match COMMON.find(&format!("mark-{code}")) {
        Some(mark) => COMMON.say_with("money", &[("mark", mark.into()), ("number", number.into())]),
        None => {
            let values = [("code", code.into()), ("number", number.into())];
            COMMON.say_with("money-without-mark", &values)
        }
    };
    match money.amount < 0 {
        true => COMMON.say_with("money-below-zero", &[("amount", amount.into())]),
        false => amount,
    }
}

/// From one amount to another: `€20.00 – €45.00`, or one of them if they are the same.
#[must_use]
pub fn range(low: Money, high: Money) -> String {
    if low == high {
        return money(low);
    }
    let ends = [("low", money(low).into()), ("high", money(high).into())];
    COMMON.say_with("money-range", &ends)
}

/// An amount in thousandths of whichever unit: `45`, `45.50`, `1.125`.
#[must_use]
pub fn decimal(thousandths: i64) -> String {
    let whole = group(&(thousandths / 1_000).to_string(), &COMMON.say("number-group"));
    let part = match thousandths % 1_000 {
        0 => return whole,
        part if part % 10 == 0 => format!("{:02}", part / 10),
        part => format!("{part:03}"),
    };
    format!("{whole}{}{part}", COMMON.say("number-point"))
}

/// `45.50`: for machines.
#[must_use]
pub fn plain(Money { amount, currency }: Money) -> String {
    let digits = usize::from(currency.minor_digits());
    let unit = 10_i64.pow(u32::from(currency.minor_digits()));
    match digits {
        0 => amount.to_string(),
        _ => format!("{}.{:0digits$}", amount / unit, (amount % unit).abs()),
    }
}

/// The amount without its sign, with as many digits as its currency has.
fn number(Money { amount, currency }: Money) -> String {
    let digits = usize::from(currency.minor_digits());
    let unit = 10_u64.pow(u32::from(currency.minor_digits()));
    let amount = amount.unsigned_abs();
    let whole = group(&(amount / unit).to_string(), &COMMON.say("number-group"));
    match digits {
        0 => whole,
        _ => format!("{whole}{}{:0digits$}", COMMON.say("number-point"), amount % unit),
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
        assert_eq!(shown(1_234_567, "JPY"), "JP¥1,234,567");
        assert_eq!(shown(1_500, "KWD"), "KWD\u{a0}1.500");
        assert_eq!(shown(-100, "EUR"), "-€1.00");
        let euros = |amount| Money::new(amount, Currency::EUR);
        assert_eq!(range(euros(2000), euros(4500)), "€20.00 – €45.00");
        assert_eq!(range(euros(2000), euros(2000)), "€20.00");
        assert_eq!([45_000, 45_500, 4_500_125].map(decimal), ["45", "45.50", "4,500.125"]);
        assert_eq!(plain(Money::new(4150, Currency::EUR)), "41.50");
    }
}
