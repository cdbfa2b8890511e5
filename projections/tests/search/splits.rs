//! Whatever happens and however it is cut into batches, shown and committed, the index says the
//! same as one that was built in one go.

use aisle_domain::area::AreaFact;
use aisle_domain::event::EventFact;
use aisle_domain::fact::ReleaseReason;
use aisle_domain::seat::SeatFact;
use aisle_projections::projection::Projection;
use aisle_projections::search::{SearchRequest, Sort};
use proptest::prelude::*;

use crate::world::{Journal, World, booking, details, event, released};

const EVENTS: u128 = 3;

/// Something that may happen to one of the events. Not all that comes of it is possible.
#[derive(Debug, Clone, Copy)]
enum Step {
    Seat { event: u128, seat: u8, to: u8, booking: u128 },
    Places { event: u128, to: u8, booking: u128 },
    Pause { event: u128 },
}

fn step() -> impl Strategy<Value = Step> {
    let event = || 1..=EVENTS;
    let seat = (event(), 0..4_u8, 0..3_u8, 1..4_u128);
    let places = (event(), 0..3_u8, 1..4_u128);
    prop_oneof![
        8 => seat.prop_map(|(event, seat, to, booking)| Step::Seat { event, seat, to, booking }),
        4 => places.prop_map(|(event, to, booking)| Step::Places { event, to, booking }),
        1 => event().prop_map(|event| Step::Pause { event }),
    ]
}

/// What is done with the facts so far after a step.
#[derive(Debug, Clone, Copy)]
enum Cut {
    None,
    Apply,
    Show,
    Commit,
    Crash,
}

fn cut() -> impl Strategy<Value = Cut> {
    prop_oneof![
        6 => Just(Cut::None),
        2 => Just(Cut::Apply),
        3 => Just(Cut::Show),
        1 => Just(Cut::Commit),
        1 => Just(Cut::Crash),
    ]
}

/// The journal without what cannot have happened: more given back than was taken.
#[derive(Default)]
struct Told {
    journal: Journal,
    seats: std::collections::HashMap<(u128, u8), bool>,
    places: std::collections::HashMap<(u128, u128), u32>,
}

impl Told {
    fn tell(&mut self, step: Step) {
        let until = "2026-01-01T00:10:00Z".parse().unwrap();
        match step {
            Step::Seat { event: n, seat, to, booking: b } => {
                let taken = self.seats.entry((n, seat)).or_default();
                let fact = match to {
                    0 if !*taken => SeatFact::Held { booking_id: booking(b), until },
                    1 => SeatFact::Booked { booking_id: booking(b) },
                    2 if *taken => released(booking(b)),
                    _ => return,
                };
                // A seat that is sold is not sold again.
                if to == 1 && self.seats.insert((n, seat + 100), true) == Some(true) {
                    return;
                }
                if to != 1 {
                    self.seats.insert((n, seat + 100), false);
                }
                self.seats.insert((n, seat), to != 2);
                self.journal.seat(event(n), &format!("A-{seat}"), fact);
            }
            Step::Places { event: n, to, booking: b } => {
                let held = self.places.entry((n, b)).or_default();
                let (booking_id, count) = (booking(b), 2);
                let fact = match to {
                    0 if *held == 0 => AreaFact::Held { booking_id, count, until },
                    1 if *held == 1 => AreaFact::Booked { booking_id, count },
                    2 if *held > 0 => {
                        let reason = ReleaseReason::Expired;
                        AreaFact::Released { booking_id, count, reason }
                    }
                    _ => return,
                };
                *held = [1, 2, 0][usize::from(to)];
                self.journal.area(event(n), "Stand", fact);
            }
            Step::Pause { event: n } => self.journal.event(event(n), EventFact::SalesPaused {}),
        }
    }
}

async fn fold(steps: &[(Step, Cut)]) -> World {
    let mut told = Told::default();
    for n in 1..=EVENTS {
        let on_sale = aisle_domain::event::EventDetails { seats: 4, ..details("Match") };
        told.journal.on_sale(event(n), on_sale);
    }
    let mut world = World::new();
    let mut applied = 0;
    for (step, cut) in steps {
        told.tell(*step);
        let head = told.journal.head();
        if matches!(cut, Cut::None) {
            continue;
        }
        world.projection.apply(&told.journal.entries[applied..]).await.unwrap();
        applied = head as usize;
        match cut {
            Cut::None | Cut::Apply => {}
            Cut::Show => {
                if !world.projection.show(head).await.unwrap() {
                    world.projection.commit(head).await.unwrap();
                }
            }
            Cut::Commit => world.projection.commit(head).await.unwrap(),
            Cut::Crash => {
                world = world.restart();
                applied = world.projection.checkpoint().await.unwrap() as usize;
            }
        }
    }
    world.projection.apply(&told.journal.entries[applied..]).await.unwrap();
    let head = told.journal.head();
    if !world.projection.show(head).await.unwrap() {
        world.projection.commit(head).await.unwrap();
    }
    world.journal = told.journal;
    world
}

/// What is found, in order, with what is free.
fn seen(world: &World) -> Vec<(String, u64)> {
    let request = SearchRequest { sort: Sort::Popularity, ..SearchRequest::default() };
    let hits = world.ask(&request).hits;
    hits.iter().map(|hit| (hit.listing.event_id.to_string(), hit.listing.available)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn any_split_shows_and_stores_the_same(
        steps in proptest::collection::vec((step(), cut()), 1..60),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let at_once: Vec<_> = steps.iter().map(|(step, _)| (*step, Cut::None)).collect();
            let (mut split, mut whole) = (fold(&steps).await, fold(&at_once).await);
            prop_assert_eq!(seen(&split), seen(&whole));
            for world in [&mut split, &mut whole] {
                world.projection.commit(world.journal.head()).await.unwrap();
            }
            prop_assert_eq!(seen(&split), seen(&whole));
            let digests = (split.projection.digest().await, whole.projection.digest().await);
            prop_assert_eq!(digests.0.unwrap(), digests.1.unwrap());
            Ok(())
        })?;
    }
}
