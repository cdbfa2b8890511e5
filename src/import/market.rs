//! What tickets cost where: made-up prices for catalogues that carry none.
//!
//! They are plausible, not real: the first category of a plan is the dearest, each next one costs
//! two thirds of it, and sums are those of the country's currency.

use aisle_domain::event::CategoryPrice;
use aisle_domain::money::Currency;

/// The currency of a country and what things cost in it.
pub(super) struct Market {
    pub(super) currency: Currency,
    /// The price of the best category, in minor units.
    best: i64,
    /// The fee on each ticket, in minor units.
    pub(super) fee: i64,
}

/// Countries outside the euro: currency, price of the best category and fee, in minor units.
const MARKETS: [(&str, &str, i64, i64); 13] = [
    ("GB", "GBP", 7_500, 150),
    ("TR", "TRY", 300_000, 5_000),
    ("US", "USD", 9_000, 250),
    ("BR", "BRL", 30_000, 500),
    ("JP", "JPY", 9_000, 200),
    ("MX", "MXN", 120_000, 2_000),
    ("AR", "ARS", 4_500_000, 50_000),
    ("CN", "CNY", 48_000, 500),
    ("CO", "COP", 18_000_000, 200_000),
    ("AU", "AUD", 8_500, 200),
    ("CH", "CHF", 8_500, 150),
    ("CZ", "CZK", 120_000, 1_500),
    ("UA", "UAH", 90_000, 1_000),
];

/// The market of a country: the euro's where no other is known.
pub(super) fn of(country: Option<&str>) -> Market {
    let known = MARKETS.iter().find(|(known, ..)| Some(*known) == country);
    let priced = known.and_then(|(_, code, best, fee)| Some((code.parse().ok()?, *best, *fee)));
    let (currency, best, fee) = priced.unwrap_or((Currency::EUR, 8_000, 150));
    Market { currency, best, fee }
}

impl Market {
    /// A price for every category, dearest first.
    pub(super) fn prices(&self, categories: &[String]) -> Vec<CategoryPrice> {
        let mut amount = self.best;
        let mut prices = Vec::with_capacity(categories.len());
        for category in categories {
            prices.push(CategoryPrice { category: category.clone(), amount });
            amount = round(amount * 2 / 3);
        }
        prices
    }
}

/// To a multiple of 50 minor units, never to nothing.
fn round(amount: i64) -> i64 {
    (amount / 50).max(1) * 50
}
