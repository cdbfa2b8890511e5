//! What a house costs in memory, worked out from what it holds. The figures in
//! `docs/ARCHITECTURE.md` come from here.

use std::sync::Arc;

use jiff::{Timestamp, ToSpan};

use super::{Accessible, Command, Context, Hold, HoldWish, House};
use crate::actor::Actor;
use crate::event::{CategoryPrice, EventCommand};
use crate::id::{EventId, Subject};
use crate::plan::{Plan, SeatIndex, sample};

/// A house of 100 rows of 100 seats on sale.
fn on_sale(now: Timestamp) -> House {
    let plan = Arc::new(Plan::from_pretix(&sample::json(&[&[100; 100]])).unwrap());
    let mut details = crate::testing::details_of(&plan);
    details.areas.clear();
    details.accessible_categories.clear();
    details.prices = plan
        .categories()
        .iter()
        .map(|category| CategoryPrice { category: category.name.to_string(), amount: 5_000 })
        .collect();
    let event = EventId("018f0000-0000-7000-8000-000000000001".parse().unwrap());
    let mut house = House::new(event, Some(plan));
    let context = Context { now, actor: Actor::System };
    let steps =
        [EventCommand::Create(Box::new(details)), EventCommand::Publish, EventCommand::OpenSales];
    for step in steps {
        let proposal = house.decide(&Command::Run(step), &context).unwrap();
        house.apply_proposal(&proposal).unwrap();
    }
    house
}

#[test]
fn a_free_seat_costs_nothing_and_a_taken_one_tens_of_bytes() {
    let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
    let mut house = on_sale(now);
    assert_eq!((house.seats.bytes(), house.bookings.bytes()), (0, 0));

    let plan = house.plan().unwrap().clone();
    let context = Context { now: now + 1.second(), actor: Actor::System };
    let labels: Vec<String> = (0..plan.len() as u32)
        .map(|at| plan.seat(SeatIndex(at)).unwrap().label.to_string())
        .collect();
    for (number, pair) in labels.chunks(2).enumerate() {
        let buyer = Subject::try_new(format!("guest:{number:08}")).unwrap();
        let booking = house.next_booking_of(&buyer);
        let (labels, accessible) = (pair.to_vec(), Accessible::NotNeeded);
        let wish = HoldWish::Seats { labels, accessible };
        let hold = Command::Hold(Hold { booking, buyer, wish, spread: 0 });
        let proposal = house.decide(&hold, &context).unwrap();
        house.apply_proposal(&proposal).unwrap();
    }
    let per_seat = [house.seats.bytes(), house.bookings.bytes()].map(|bytes| bytes / plan.len());
    // 16 and 117 when this was written, with room for more.
    assert!(per_seat[0] < 20, "a held seat takes {} bytes", per_seat[0]);
    assert!(per_seat[1] < 140, "half a booking takes {} bytes", per_seat[1]);
}
