//! What search engines read of an event: schema.org's `Event` as JSON-LD.

use aisle_domain::event::{EventDetails, Phase};
use aisle_domain::money::Money;
use aisle_projections::views::EventPage;
use serde_json::{Value, json};

use super::sale::Sale;
use crate::site::dates::Local;
use crate::site::money::plain;

/// Where the vocabulary is.
const SCHEMA: &str = "https://schema.org";

/// An event at an address, as JSON-LD.
pub(super) fn event(page: &EventPage, sale: Sale, url: &str) -> Value {
    let details = &page.details;
    let local = Local::new(details.starts_at, &details.time_zone);
    let begin = if details.time_to_be_confirmed { local.date() } else { local.rfc3339() };
    let status = match page.phase {
        Phase::Cancelled => "EventCancelled",
        _ => "EventScheduled",
    };
    let performer = |name: &String| json!({"@type": "PerformingGroup", "name": name});
    let mut event = json!({
        "@context": SCHEMA,
        "@type": "Event",
        "name": details.title,
        "startDate": begin,
        "eventStatus": format!("{SCHEMA}/{status}"),
        "eventAttendanceMode": format!("{SCHEMA}/OfflineEventAttendanceMode"),
        "location": location(details),
        "performer": details.performers.iter().map(performer).collect::<Vec<_>>(),
        "url": url,
    });
    if let Some(offers) = offers(details, sale, url) {
        event["offers"] = offers;
    }
    event
}

fn location(details: &EventDetails) -> Value {
    let venue = &details.venue;
    json!({
        "@type": "Place",
        "name": venue.name,
        "address": {
            "@type": "PostalAddress",
            "addressLocality": venue.city,
            "addressRegion": venue.region,
            "addressCountry": venue.country,
        },
    })
}

/// What tickets cost, fee included: what one pays is what is offered.
fn offers(details: &EventDetails, sale: Sale, url: &str) -> Option<Value> {
    let amounts = details.prices.iter().map(|price| price.amount + details.fee);
    let (low, high) = (amounts.clone().min()?, amounts.max()?);
    let amount = |amount| plain(Money::new(amount, details.currency));
    Some(json!({
        "@type": "AggregateOffer",
        "lowPrice": amount(low),
        "highPrice": amount(high),
        "priceCurrency": details.currency.code(),
        "availability": format!("{SCHEMA}/{}", sale.availability()),
        "url": url,
    }))
}
