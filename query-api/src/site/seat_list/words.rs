//! What the list says, by the catalogue.

use aisle_domain::money::Money;
pub(super) use aisle_infra::text::money::money;

pub(super) use crate::site::booking::seat_name as seat;
use crate::site::notice::{of_code, seats_taken};
use crate::site::shell::json_in_html;
use crate::site::text;

/// The texts of the template that have no gaps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words;

macro_rules! texts {
    ($($name:ident: $text:literal,)+) => {
        impl Words {
            $(pub(super) fn $name(self) -> String {
                let Self = self;
                text::say($text)
            })+
        }
    };
}

texts! {
    heading: "seats-heading",
    heading_closed: "seats-heading-closed",
    heading_places: "seats-heading-places",
    section: "seats-section",
    show: "seats-show",
    seats_of_section: "seats-of-section",
    hold: "seats-hold",
    accessible: "seats-accessible",
    best: "seats-best",
    tickets: "seats-tickets",
    category: "seats-category",
    any_category: "seats-any-category",
    apart: "seats-apart",
    accessible_places: "seats-accessible-places",
    hold_best: "seats-hold-best",
    without_seat: "seats-without-seat",
    area: "seats-area",
    hold_area: "seats-hold-area",
    fees: "seats-fees",
}

impl Words {
    /// Texts for scripts, as JSON that may stand in HTML.
    pub(super) fn texts(self, names: &[&str]) -> String {
        let Self = self;
        json_in_html(&text::for_scripts(names))
    }
}

/// A section as it is chosen: `Block D – 14 free, from €61.50`.
pub(super) fn part(name: &str, free: u32, from: Option<Money>) -> String {
    let (name, count) = (("name", name.into()), ("count", free.into()));
    match from {
        _ if free == 0 => text::say_with("seats-part-full", &[name]),
        None => text::say_with("seats-part", &[name, count]),
        Some(price) => {
            text::say_with("seats-part-from", &[name, count, ("price", money(price).into())])
        }
    }
}

/// A section: `Block D`, or `Block D, rows 1–12`.
pub(super) fn section(name: &str, rows: Option<&(String, String)>) -> String {
    let name = if name.is_empty() { text::say("seats-all") } else { name.to_owned() };
    let Some((first, last)) = rows else { return name };
    let pattern = if first == last { "seats-one-row" } else { "seats-rows" };
    let values =
        [("name", name.into()), ("first", first.as_str().into()), ("last", last.as_str().into())];
    text::say_with(pattern, &values)
}

/// What seats of a row share: `Row 3 · Premium · €61.50`.
pub(super) fn row(number: &str, category: &str, price: Option<Money>) -> String {
    let price = price.map_or_else(|| text::say("seats-not-on-sale"), money);
    let pattern = if number.is_empty() { "seats-no-row" } else { "seats-row" };
    let values = [("row", number.into()), ("category", category.into()), ("price", price.into())];
    text::say_with(pattern, &values)
}

/// Why a seat of this look cannot be chosen.
pub(super) fn why_not(look: &str) -> Option<String> {
    match look {
        "held" => Some(text::say("seats-held")),
        "sold" => Some(text::say("seats-sold")),
        "closed" => Some(text::say("seats-not-on-sale")),
        _ => None,
    }
}

/// What is left of an area.
pub(super) fn area(left: u32, price: Money) -> String {
    match left {
        0 => text::say("seats-full"),
        left => {
            text::say_with("seats-left", &[("price", money(price).into()), ("count", left.into())])
        }
    }
}

/// Why a form came back. `seats` are in words.
pub(super) fn problem(code: &str, seats: &[String]) -> String {
    match code {
        "seats_taken" if !seats.is_empty() => seats_taken(&seats.join("; ")),
        code => of_code(code),
    }
}

#[cfg(test)]
mod tests {
    use aisle_domain::money::Currency;

    use super::*;

    #[test]
    fn a_section_says_what_is_left_of_it() {
        let from = Some(Money::new(6_150, Currency::EUR));
        assert_eq!(part("Block D", 14, from), "Block D – 14 free, from €61.50");
        assert_eq!(part("Block D", 14, None), "Block D – 14 free");
        assert_eq!(part("Block D", 0, from), "Block D – nothing left");
    }

    #[test]
    fn plans_may_leave_names_out() {
        assert_eq!(seat("Block D", "14", "3"), "Block D, row 14, seat 3");
        assert_eq!(seat("", "", "3"), "Seat 3");
    }
}
