//! Under which addresses pages are known to others: canonical links, sitemaps, calendar files.

use std::sync::Arc;

use aisle_domain::testing::{after, event_id};
use aisle_infra::clock::ManualClock;
use aisle_query_api::Options;

use super::site::{html, page, world};
use super::world::{World, titled};

#[tokio::test]
async fn an_event_tells_search_engines_and_calendars_of_itself() {
    let world = world().await;
    let event = event_id(1);
    let position = world.on_sale(event, titled("Rockets v. Comets")).await;
    let text =
        html(&page(&world, &format!("/events/{event}?min-position={position}&problem=x")).await);
    let canonical =
        format!("<link rel=\"canonical\" href=\"http://tickets.example/events/{event}\">");
    assert!(text.contains(&canonical), "{text}");
    let json =
        text.split("application/ld+json\">").nth(1).unwrap().split("</script>").next().unwrap();
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(json["@type"], "Event");
    assert_eq!(json["name"], "Rockets v. Comets");
    assert_eq!(json["offers"]["priceCurrency"], "EUR");

    let file = page(&world, &format!("/events/{event}/calendar.ics")).await;
    let file = String::from_utf8(file.body.to_vec()).unwrap();
    for line in ["BEGIN:VCALENDAR", "SUMMARY:Rockets v. Comets", "DTSTART:20261224T183000Z"] {
        assert!(file.contains(line), "{file}");
    }
    let map = page(&world, &format!("/sitemap.xml?min-position={position}")).await;
    let map = String::from_utf8(map.body.to_vec()).unwrap();
    assert!(map.contains(&format!("<loc>http://tickets.example/events/{event}</loc>")), "{map}");
    let first = page(&world, "/sitemap/0.xml").await;
    assert_eq!(first.header("content-type"), "application/xml");
    let first = String::from_utf8(first.body.to_vec()).unwrap();
    assert!(
        first.starts_with("<?xml") && first.contains(&format!("/events/{event}</loc>")),
        "{first}"
    );
    for none in ["/sitemap/1.xml", "/sitemap/0", "/sitemap/x.xml"] {
        assert_eq!(page(&world, none).await.status, 404, "{none}");
    }
    let robots = String::from_utf8(page(&world, "/robots.txt").await.body.to_vec()).unwrap();
    assert!(robots.contains("Sitemap: http://tickets.example/sitemap.xml"));
}

#[tokio::test]
async fn a_site_that_is_told_its_address_calls_itself_so_whoever_asks() {
    let clock = Arc::new(ManualClock::new(after(0)));
    let site = Some("https://aisle.example".to_owned());
    let world = World::with_options(&Options { clock, site, ..Options::default() }).await;
    let event = event_id(1);
    let position = world.on_sale(event, titled("Rockets v. Comets")).await;
    let text = html(&page(&world, &format!("/events/{event}?min-position={position}")).await);
    let address = format!("https://aisle.example/events/{event}");
    for part in [
        format!("<link rel=\"canonical\" href=\"{address}\">"),
        format!("<meta property=\"og:url\" content=\"{address}\">"),
        format!("\"url\":\"{address}\""),
    ] {
        assert!(text.contains(&part), "{part}: {text}");
    }
    assert!(!text.contains("tickets.example"), "{text}");
    for path in ["/sitemap.xml", "/sitemap/0.xml", "/robots.txt", "/"] {
        let got = page(&world, &format!("{path}?min-position={position}")).await;
        let text = String::from_utf8(got.body.to_vec()).unwrap();
        assert!(text.contains("https://aisle.example/"), "{path}: {text}");
        assert!(!text.contains("tickets.example"), "{path}: {text}");
    }
}
