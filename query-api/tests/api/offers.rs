//! What pages offer for how much: prices in any currency, and places without seats.

use aisle_domain::event::{CategoryPrice, EventDetails};
use aisle_domain::money::Currency;
use aisle_domain::testing::event_id;

use super::site::{html, page, world};
use super::world::titled;

#[tokio::test]
async fn a_highest_price_counts_in_whole_units_of_each_currency() {
    let world = world().await;
    let mut position = 0;
    for (number, currency) in [(1, "EUR"), (2, "JPY"), (3, "KWD")] {
        // 45 of each, in its minor units.
        let currency: Currency = currency.parse().unwrap();
        let amount = 45 * 10_i64.pow(currency.minor_digits().into());
        let prices = vec![CategoryPrice { category: "Standing".into(), amount }];
        let title = format!("Match {currency}");
        let details = EventDetails { currency, prices, fee: 0, ..titled(&title) };
        position = world.on_sale(event_id(number), details).await;
    }
    let found = async |price: &str| {
        let path = format!("/search?price_max={price}&min-position={position}");
        let text = html(&page(&world, &path).await);
        assert!(
            text.contains(&format!("name=\"price_max\" inputmode=\"decimal\" value=\"{price}\""))
        );
        text.matches("class=\"hit\"").count()
    };
    assert_eq!([found("45").await, found("44.99").await, found("45.001").await], [3, 0, 3]);
    assert_eq!(found("44,5").await, 0);
    let text = html(&page(&world, "/search?price_max=4500.5").await);
    assert!(text.contains("up to 4,500.50"), "{text}");
}

#[tokio::test]
async fn a_map_is_loaded_where_there_are_seats_and_areas_are_sold_without() {
    let world = world().await;
    let areas = world.on_sale(event_id(1), titled("Open air")).await;
    let (_, seats) = world.on_sale_with_seats(event_id(2)).await;
    let text = html(&page(&world, &format!("/events/{}?min-position={areas}", event_id(1))).await);
    assert!(!text.contains("seat-map.js") && !text.contains("<seat-map"), "{text}");
    assert!(!text.contains("id=\"texts\""), "{text}");
    let form =
        text.split("<form class=\"seat-areas\"").nth(1).unwrap().split("</form>").next().unwrap();
    let event = event_id(1);
    for part in [
        format!("method=\"post\" action=\"/v1/events/{event}/bookings\""),
        format!("name=\"back\" value=\"/events/{event}\""),
        "name=\"next\" value=\"/bookings/{id}\"".to_owned(),
        "name=\"idempotency_key\"".to_owned(),
        "<select name=\"places\"><option>1</option>".to_owned(),
        "<option value=\"Floor\">Floor, €26.50".to_owned(),
        "Prices include all fees.".to_owned(),
    ] {
        assert!(form.contains(&part), "{part}: {form}");
    }
    let path = format!("/events/{}?min-position={seats}", event_id(2));
    let with_seats = html(&page(&world, &path).await);
    assert!(with_seats.contains("seat-map.js") && with_seats.contains("id=\"texts\""));
}
