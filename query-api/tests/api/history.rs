//! The history.

use aisle_domain::actor::Role;
use aisle_domain::seat::SeatFact;
use aisle_domain::stream::StreamId;
use aisle_domain::testing::{ORGANISER, after, booking_id, details, event_id};
use serde_json::{Value, json};

use super::world::{Got, World};

async fn as_analyst(world: &World, query: &str) -> Got {
    world.get_as("ann", Role::Analyst, &format!("/v1/history{query}")).await
}

fn positions(lines: &[Value]) -> Vec<u64> {
    lines.iter().map(|line| line["position"].as_u64().unwrap()).collect()
}

/// An event on sale with a booking of two seats, then another event: nine facts.
async fn two_events(world: &World) -> u64 {
    world.on_sale_with_seats(event_id(1)).await;
    world.hold(event_id(1), booking_id(1), "bob", &["1-1", "1-2"]).await;
    world.on_sale(event_id(2), details()).await
}

#[tokio::test]
async fn a_line_says_what_happened_where_and_because_of_what() {
    let world = World::new().await;
    let head = two_events(&world).await;
    let got = as_analyst(&world, "").await;
    assert_eq!(got.header("content-type"), "application/x-ndjson");
    assert_eq!(got.position(), head);
    assert!(got.body.ends_with(b"}\n"));
    let lines = got.lines();
    assert_eq!(positions(&lines), (1..=head).collect::<Vec<_>>());
    let mut seat = lines[4].clone();
    assert!(seat["recorded_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(seat["metadata"]["actor"], "tester");
    (seat["recorded_at"], seat["metadata"]) = (json!(null), json!(null));
    let event = event_id(1);
    let expected = json!({
        "position": 5, "recorded_at": null, "event_id": event,
        "stream": {"type": "seat", "id": format!("{event}:1-1")}, "sequence": 1,
        "type": "seat.held", "version": "1",
        "data": {"booking_id": booking_id(1), "until": "2026-11-23T10:10:00Z"}, "metadata": null,
    });
    assert_eq!(seat, expected);
    assert_eq!(lines[1]["data"], json!({}));
}

#[tokio::test]
async fn it_can_be_cut_and_filtered() {
    let world = World::new().await;
    let head = two_events(&world).await;
    assert_eq!(head, 9);
    let event = event_id(1);
    for (query, expected) in [
        ("?from=4&limit=2".to_owned(), vec![4, 5]),
        ("?type=seat.held".to_owned(), vec![5, 6]),
        ("?type=seat.*&limit=1".to_owned(), vec![5]),
        ("?type=event.published".to_owned(), vec![2, 8]),
        (format!("?event={event}&from=3"), vec![3, 4, 5, 6]),
        (format!("?event={event}&type=booking.*"), vec![4]),
        ("?type=area.held".to_owned(), vec![]),
        ("?from=10".to_owned(), vec![]),
        ("?limit=0".to_owned(), vec![]),
        (format!("?event={}", event_id(7)), vec![]),
    ] {
        assert_eq!(positions(&as_analyst(&world, &query).await.lines()), expected, "{query}");
    }
}

#[tokio::test]
async fn it_goes_on_over_many_pages_without_a_gap() {
    let world = World::new().await;
    two_events(&world).await;
    let event = event_id(1);
    let seat = StreamId::seat(event, "2-1");
    for _ in 0..8 {
        let (booking_id, until) = (booking_id(1), after(60));
        let facts = (0..100).map(|i| {
            let fact = match i {
                0 => SeatFact::Held { booking_id, until },
                _ => SeatFact::Extended { booking_id, until },
            };
            (seat.clone(), fact.into())
        });
        world.append(event, facts.collect()).await;
    }
    let head = world.on_sale(event_id(3), details()).await;
    assert_eq!(head, 812);
    let all = as_analyst(&world, "").await;
    assert_eq!(positions(&all.lines()), (1..=head).collect::<Vec<_>>());
    // Of whole pages nothing matches.
    assert_eq!(positions(&as_analyst(&world, "?type=event.created").await.lines()), [1, 7, 810]);
    let of_event = as_analyst(&world, &format!("?event={event}&from=5")).await.lines();
    let expected: Vec<u64> = (5..=6).chain(10..=809).collect();
    assert_eq!(positions(&of_event), expected);
    let cut = as_analyst(&world, "?from=2&limit=700").await.lines();
    assert_eq!(positions(&cut), (2..=701).collect::<Vec<_>>());
}

#[tokio::test]
async fn analysts_and_admins_read_all_of_it_and_organisers_what_is_their_event_s() {
    let world = World::new().await;
    let head = two_events(&world).await;
    let event = event_id(1);
    let all = "/v1/history".to_owned();
    let of_event = format!("/v1/history?event={event}&min-position={head}");
    for (name, role, path, status) in [
        ("ann", Role::Analyst, &all, 200),
        ("ada", Role::Admin, &all, 200),
        (ORGANISER, Role::Organiser, &all, 403),
        (ORGANISER, Role::Organiser, &of_event, 200),
        ("otto", Role::Organiser, &of_event, 403),
        (ORGANISER, Role::Customer, &of_event, 403),
        ("bob", Role::Customer, &of_event, 403),
    ] {
        let got = world.get_as(name, role, path).await;
        assert_eq!(got.status.as_u16(), status, "{name} {path}");
        if status == 403 {
            assert_eq!(got.problem().1, "role_missing");
        }
    }
    assert_eq!(world.get(&all).await.problem(), (401, "token_missing".into()));
}

#[tokio::test]
async fn what_is_wrong_with_the_query_is_named() {
    let world = World::new().await;
    for (query, field) in [
        ("?from=start", "from"),
        ("?limit=-1", "limit"),
        ("?type=seats", "type"),
        ("?type=chair.held", "type"),
        ("?type=seat.typo", "type"),
        // Of another aggregate.
        ("?type=seat.confirmed", "type"),
        ("?event=7", "event"),
        ("?until=9", "until"),
    ] {
        let got = as_analyst(&world, query).await;
        assert_eq!(
            (got.problem().1, got.wrong_field()),
            ("invalid_query".into(), field.to_owned())
        );
    }
}

#[tokio::test]
async fn whoever_asks_for_an_unknown_kind_is_told_the_known_ones() {
    let world = World::new().await;
    for (query, known) in [
        ("?type=seat.typo", "held extended booked released *"),
        (
            "?type=booking.typo",
            "held renewed payment_started payment_declined confirmed released expired cancelled \
             refund_requested refunded *",
        ),
        ("?type=chair.held", "event seat area booking"),
    ] {
        let told = as_analyst(&world, query).await.document()["errors"][0]["detail"].to_string();
        for name in known.split_whitespace() {
            assert!(told.contains(&format!("`{name}`")), "{query}: {told}");
        }
    }
}
