//! What an event's page, its description for search engines and its calendar file say of it.

use aisle_domain::event::{EventDetails, Venue};
use aisle_domain::testing::{details_of, event_id, plan};
use serde_json::{Value, json};

use super::site::{html, page, world};
use super::world::{World, titled};

async fn page_of(world: &World, details: EventDetails) -> String {
    let position = world.on_sale(event_id(1), details).await;
    html(&page(world, &format!("/events/{}?min-position={position}", event_id(1))).await)
}

fn json_ld(page: &str) -> Value {
    let text = page.split("application/ld+json\">").nth(1).unwrap();
    serde_json::from_str(text.split("</script>").next().unwrap()).unwrap()
}

/// The lines of the event's calendar file, folded ones put together again.
async fn calendar(world: &World) -> Vec<String> {
    let got = page(world, &format!("/events/{}/calendar.ics", event_id(1))).await;
    let text = String::from_utf8(got.body.to_vec()).unwrap();
    assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
    text.replace("\r\n ", "").lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_page_says_who_plays_and_what_one_pays_from_the_start() {
    let world = world().await;
    let plan = plan(4, 5);
    world.on_sale_at(event_id(2), &plan).await;
    let text = page_of(&world, details_of(&plan)).await;
    // 25.00 and 60.00, and a fee of 1.50.
    assert!(text.contains("<span class=\"strong\">€26.50 – €61.50</span>"), "{text}");
    assert!(text.contains("per ticket, fees included"), "{text}");
    for name in ["Rockets", "Comets"] {
        let link = format!("<a href=\"/search?performer={name}\">{name}</a>");
        assert!(text.contains(&link), "{text}");
    }
    let json = json_ld(&text);
    assert_eq!(json["startDate"], "2026-12-24T19:30:00+01:00");
    assert_eq!(json["eventStatus"], "https://schema.org/EventScheduled");
    let performer = |name| json!({"@type": "PerformingGroup", "name": name});
    assert_eq!(json["performer"], json!([performer("Rockets"), performer("Comets")]));
    let (location, offers) = (&json["location"], &json["offers"]);
    assert_eq!(
        (&location["@type"], &location["name"]),
        (&json!("Place"), &json!("Riethsporthalle"))
    );
    let address = json!({"@type": "PostalAddress", "addressLocality": "Erfurt",
        "addressRegion": "Thüringen", "addressCountry": "DE"});
    assert_eq!(location["address"], address);
    assert_eq!((&offers["lowPrice"], &offers["highPrice"]), (&json!("26.50"), &json!("61.50")));
    assert_eq!(offers["availability"], "https://schema.org/InStock");
}

#[tokio::test]
async fn where_only_the_day_is_sure_nobody_is_told_a_time() {
    let world = world().await;
    // Christmas in Berlin already, and not yet by UTC.
    let starts_at = "2026-12-24T23:30:00Z".parse().unwrap();
    let open =
        EventDetails { time_to_be_confirmed: true, starts_at, ..titled("Rockets v. Comets") };
    let text = page_of(&world, open).await;
    assert_eq!(json_ld(&text)["startDate"], "2026-12-25");
    assert!(text.contains("time to be confirmed") && !text.contains("data-reader"), "{text}");
    let file = calendar(&world).await;
    assert!(file.contains(&"DTSTART;VALUE=DATE:20261225".to_owned()), "{file:?}");
    assert!(!file.iter().any(|line| line.starts_with("DTEND")), "{file:?}");
}

#[tokio::test]
async fn a_calendar_gets_two_hours_and_every_character_of_a_title() {
    let world = world().await;
    let title = "Söhne, Brüder; a \\ b & a title that is longer than a line of a calendar may be";
    let venue = Venue {
        name: "Hall, the large one".into(),
        city: Some("Erfurt".into()),
        region: None,
        country: None,
    };
    page_of(&world, EventDetails { venue, ..titled(title) }).await;
    let file = calendar(&world).await;
    for line in [
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{}@aisle", event_id(1)),
        format!("SUMMARY:{}", title.replace('\\', "\\\\").replace(',', "\\,").replace(';', "\\;")),
        "LOCATION:Hall\\, the large one\\, Erfurt".to_owned(),
        format!("DESCRIPTION:Handball\\nhttp://tickets.example/events/{}", event_id(1)),
        format!("URL:http://tickets.example/events/{}", event_id(1)),
        "DTSTART:20261224T183000Z".to_owned(),
        "DTEND:20261224T203000Z".to_owned(),
        "STATUS:CONFIRMED".to_owned(),
    ] {
        assert!(file.contains(&line), "{line}: {file:#?}");
    }
}
