//! How the sale of an event stands, and what can be done about it.

use aisle_domain::event::Phase;
use aisle_projections::views::EventPage;
use jiff::{SignedDuration, Timestamp};

use crate::site::card::Badge;

/// How long before its end a sale is said to end. Most end when the event begins, which nobody need be
/// told weeks before.
const ENDS_SOON: SignedDuration = SignedDuration::from_hours(48);

/// How a sale stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sale {
    /// Nobody but its organiser sees it.
    Draft,
    /// Not on sale yet; at this moment it will be, if that is known.
    Soon(Option<Timestamp>),
    /// Seats can be had, until this moment if there is one.
    Open(Option<Timestamp>),
    /// Everything is held or sold.
    SoldOut,
    Paused,
    /// Over, by the organiser or by the clock.
    Closed,
    /// It has begun.
    Begun,
    Cancelled,
}

impl Sale {
    /// How the sale of an event stands.
    pub(crate) fn of(page: &EventPage, now: Timestamp) -> Self {
        let window = &page.details.sale_window;
        match page.phase {
            Phase::Draft => Self::Draft,
            Phase::Cancelled => Self::Cancelled,
            _ if now >= page.details.starts_at => Self::Begun,
            Phase::Published => Self::Soon(window.opens_at.filter(|opens| *opens > now)),
            Phase::Paused => Self::Paused,
            Phase::Closed => Self::Closed,
            Phase::OnSale => match (window.opens_at, window.closes_at) {
                (Some(opens), _) if now < opens => Self::Soon(Some(opens)),
                (_, Some(closes)) if now >= closes => Self::Closed,
                _ if page.taken().available() == 0 => Self::SoldOut,
                (_, closes) => Self::Open(closes),
            },
        }
    }

    /// Whether seats can be chosen. Where everything is taken, seats may come back any moment.
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Self::Open(_) | Self::SoldOut)
    }

    /// In a word or two.
    pub(crate) fn badge(self) -> Badge {
        let (name, tone) = match self {
            Self::Draft => ("sale-draft", ""),
            Self::Soon(_) => ("sale-soon", "warn"),
            Self::Open(_) => ("sale-open", "good"),
            Self::SoldOut => ("sale-sold-out", "bad"),
            Self::Paused => ("sale-paused", "warn"),
            Self::Closed => ("sale-closed", ""),
            Self::Begun => ("sale-begun", ""),
            Self::Cancelled => ("sale-cancelled", "bad"),
        };
        Badge::new(name, tone)
    }

    /// The name of the sentence that says more; none where there is no more to say.
    pub(crate) fn sentence(self) -> Option<&'static str> {
        match self {
            Self::Draft => Some("sale-draft-text"),
            Self::Soon(None) => Some("sale-soon-text"),
            Self::Soon(Some(_)) | Self::Open(_) => None,
            Self::SoldOut => Some("sale-sold-out-text"),
            Self::Paused => Some("sale-paused-text"),
            Self::Closed => Some("sale-closed-text"),
            Self::Begun => Some("sale-begun-text"),
            Self::Cancelled => Some("sale-cancelled-text"),
        }
    }

    /// The moment at which it changes by itself, and what happens then, if buyers need to know now.
    pub(crate) fn turns(self, now: Timestamp) -> Option<(Timestamp, &'static str)> {
        match self {
            Self::Soon(Some(opens)) => Some((opens, "sale-opens")),
            Self::Open(Some(closes)) if closes.duration_since(now) <= ENDS_SOON => {
                Some((closes, "sale-closes"))
            }
            _ => None,
        }
    }

    /// What schema.org calls it.
    pub(crate) fn availability(self) -> &'static str {
        match self {
            Self::Open(_) => "InStock",
            Self::Soon(_) => "PreOrder",
            Self::SoldOut | Self::Paused => "SoldOut",
            Self::Draft | Self::Closed | Self::Begun | Self::Cancelled => "Discontinued",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_sale_is_told_when_it_is_near() {
        let closes = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(100);
        let told = |hours| {
            let now = closes - SignedDuration::from_hours(hours);
            Sale::Open(Some(closes)).turns(now)
        };
        assert_eq!(told(49), None);
        assert_eq!(told(48), Some((closes, "sale-closes")));
    }

    #[test]
    fn the_beginning_of_a_sale_is_always_told() {
        let opens = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(5_000);
        let told = Sale::Soon(Some(opens)).turns(Timestamp::UNIX_EPOCH);
        assert_eq!(told, Some((opens, "sale-opens")));
    }
}
