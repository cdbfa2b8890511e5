//! What the list says, in English.

use aisle_domain::money::{Currency, Money};

/// The texts of the template that have no gaps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words;

macro_rules! texts {
    ($($name:ident: $text:literal,)+) => {
        impl Words {
            $(pub(super) fn $name(self) -> &'static str {
                let Self = self;
                $text
            })+
        }
    };
}

texts! {
    heading: "Choose your seats",
    heading_closed: "Seats",
    closed: "Tickets cannot be bought at the moment.",
    section: "Section",
    show: "Show",
    seats_of_section: "Seats of this section",
    hold: "Hold these seats",
    accessible: "One of us needs an accessible place",
    best: "Best available",
    tickets: "Tickets",
    category: "Category",
    any_category: "Any category",
    apart: "Need not be side by side",
    accessible_places: "Accessible places",
    hold_best: "Hold the best seats",
    without_seat: "Without a numbered seat",
    area: "Area",
    hold_area: "Hold these places",
    free: "free",
    from: "from",
    nothing_left: "nothing left",
    fees: "Prices include all fees.",
}

/// An amount, as it is written in English: `€61.50`.
pub(super) fn money(price: Money) -> String {
    let text = price.to_string();
    let number = text.split(' ').next().unwrap_or_default();
    match symbol(&price.currency) {
        Some(symbol) => format!("{symbol}{number}"),
        None => format!("{}\u{a0}{number}", price.currency),
    }
}

fn symbol(currency: &Currency) -> Option<&'static str> {
    match currency.code() {
        "EUR" => Some("€"),
        "GBP" => Some("£"),
        "USD" => Some("US$"),
        "JPY" => Some("JP¥"),
        _ => None,
    }
}

/// A section: `Block D`, or `Block D, rows 1–12`.
pub(super) fn section(name: &str, rows: Option<&(String, String)>) -> String {
    let name = if name.is_empty() { "All seats" } else { name };
    match rows {
        Some((first, last)) if first == last => format!("{name}, row {first}"),
        Some((first, last)) => format!("{name}, rows {first}–{last}"),
        None => name.to_owned(),
    }
}

/// What seats of a row share: `Row 3 · Premium · €61.50`.
pub(super) fn row(number: &str, category: &str, price: Option<Money>) -> String {
    let row = if number.is_empty() { String::new() } else { format!("Row {number} · ") };
    let price = price.map_or_else(|| "not on sale".to_owned(), money);
    format!("{row}{category} · {price}")
}

/// A seat: `Block D, row 14, seat 3`. Plans may leave section and row unnamed.
pub(super) fn seat(section: &str, row: &str, number: &str) -> String {
    let row = if row.is_empty() { String::new() } else { format!("row {row}") };
    let parts = [section.to_owned(), row, format!("seat {number}")];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// Why a seat of this look cannot be chosen.
pub(super) fn why_not(look: &str) -> Option<&'static str> {
    match look {
        "held" => Some("held by somebody"),
        "sold" => Some("sold"),
        "closed" => Some("not on sale"),
        _ => None,
    }
}

/// What is left of an area.
pub(super) fn area(left: u32, price: Money) -> String {
    if left == 0 { "full".to_owned() } else { format!("{}, {left} left", money(price)) }
}

/// Why a form came back. `seats` are in words.
pub(super) fn problem(code: &str, seats: &[String]) -> String {
    let text = match code {
        "seats_taken" if seats.is_empty() => "Somebody just took one of these seats.",
        "seats_taken" => {
            return format!("Somebody just took {}. Please choose again.", seats.join("; "));
        }
        "none_left" => {
            "There are not as many seats of that kind left together. Try fewer, another category, \
             or seats that need not be side by side."
        }
        "too_few_places_left" => "There are not as many places left in that area.",
        "limit_per_buyer" => "That is more than one buyer can have for this event.",
        "leaves_single_seat" => {
            "Your choice would leave a single seat that nobody else would take. Please move along \
             by one."
        }
        "seats_kept_accessible" => {
            "These places are kept for those who need them. Please say so below if you do."
        }
        "not_on_sale" | "outside_sale_window" => "This event is not on sale at this time.",
        "wish_unclear" => "Please choose at least one seat.",
        "idempotency_key_reused" => "This page was out of date. Please choose again.",
        _ => "That did not work. Nothing was charged; please try again.",
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_buyers_read_them() {
        let amount = |amount, code: &str| money(Money::new(amount, code.parse().unwrap()));
        assert_eq!(amount(6150, "EUR"), "€61.50");
        assert_eq!(amount(500, "JPY"), "JP¥500");
        assert_eq!(amount(6150, "CHF"), "CHF\u{a0}61.50");
    }

    #[test]
    fn plans_may_leave_names_out() {
        assert_eq!(seat("Block D", "14", "3"), "Block D, row 14, seat 3");
        assert_eq!(seat("", "", "3"), "seat 3");
    }
}
