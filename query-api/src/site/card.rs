//! An event as it stands in a list: when, what, where, from which price, and how much is left.

use aisle_domain::event::Phase;
use aisle_domain::money::Money;
use aisle_projections::search::{Hit, Listing};

use super::dates::Local;
use super::money::money;
use super::text;

/// An event in a list.
#[derive(Debug)]
pub(crate) struct Card {
    pub(crate) href: String,
    /// The title as HTML: escaped, the words that matched within `<mark>`.
    pub(crate) title_html: String,
    /// Weekday, day and month at the venue.
    pub(crate) leaf: [String; 3],
    /// The kind and the series.
    pub(crate) kind: String,
    /// The date in words, for those who do not see the leaf, and the time at the venue.
    pub(crate) when: String,
    pub(crate) starts_at: String,
    pub(crate) place: String,
    pub(crate) price: Option<String>,
    pub(crate) badge: Badge,
}

/// How something stands, in a word or two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Badge {
    pub(crate) text: String,
    /// The class of its colour: good, warn, bad or none.
    pub(crate) tone: &'static str,
}

impl Badge {
    /// The word of this name in the catalogue.
    pub(crate) fn new(name: &str, tone: &'static str) -> Self {
        Self { text: text::say(name), tone }
    }
}

impl From<&Hit> for Card {
    fn from(hit: &Hit) -> Self {
        let listing = &*hit.listing;
        let local = Local::new(listing.starts_at, &listing.time_zone);
        let when = if listing.time_to_be_confirmed {
            let day = local.short_day().into();
            text::say_with("date-time-open", &[("day", day)])
        } else {
            local.moment()
        };
        Self {
            href: format!("/events/{}", listing.event_id),
            title_html: hit.title_html.clone(),
            leaf: local.leaf(),
            kind: kind(&listing.category, listing.series.as_deref()),
            when,
            starts_at: local.rfc3339(),
            place: place(&listing.venue.name, listing.venue.city.as_deref()),
            price: listing.price.map(|price| {
                let least = money(Money::new(price.min, price.currency));
                match price.min == price.max {
                    true => least,
                    false => text::say_with("price-from", &[("price", least.into())]),
                }
            }),
            badge: left(listing),
        }
    }
}

/// `Football · Österr. Bundesliga`.
pub(crate) fn kind(category: &str, series: Option<&str>) -> String {
    match series {
        Some(series) => format!("{category} · {series}"),
        None => category.to_owned(),
    }
}

/// `Allianz Stadion, Wien`; a venue that is named after its city says so once.
pub(crate) fn place(venue: &str, city: Option<&str>) -> String {
    match city.filter(|city| !venue.contains(*city)) {
        Some(city) => format!("{venue}, {city}"),
        None => venue.to_owned(),
    }
}

/// How much is left of an event.
fn left(listing: &Listing) -> Badge {
    match listing.phase {
        Phase::Draft => Badge::new("sale-draft", ""),
        Phase::Published => Badge::new("sale-soon", "warn"),
        Phase::Paused => Badge::new("sale-paused", "warn"),
        Phase::Closed => Badge::new("sale-closed", ""),
        Phase::Cancelled => Badge::new("sale-cancelled", "bad"),
        Phase::OnSale if listing.available == 0 => Badge::new("sale-sold-out", "bad"),
        Phase::OnSale if listing.available <= (listing.capacity / 20).max(10) => {
            Badge::new("sale-few", "warn")
        }
        Phase::OnSale => Badge::new("sale-available", "good"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_city_is_not_said_twice() {
        assert_eq!(place("Allianz Stadion", Some("Wien")), "Allianz Stadion, Wien");
        assert_eq!(place("Wiener Stadthalle, Wien", Some("Wien")), "Wiener Stadthalle, Wien");
        assert_eq!(place("Hall", None), "Hall");
    }
}
