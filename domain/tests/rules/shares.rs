//! An area that keeps its holds by deadline decides as one that walks through all its shares.

use std::collections::BTreeMap;

use aisle_domain::area::{Area, AreaCommand, AreaContext, AreaFact, AreaRefusal};
use aisle_domain::decider::{Decider, Decision};
use aisle_domain::fact::ReleaseReason;
use aisle_domain::id::BookingId;
use aisle_domain::policy;
use aisle_domain::testing::{after, booking_id};
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;

/// What happens to an area, and how long after what was before.
#[derive(Debug, Clone)]
struct Step {
    passed: i64,
    ask: Ask,
}

#[derive(Debug, Clone, Copy)]
enum Ask {
    Hold { booking: u64, count: u32, seconds: i64 },
    Extend { booking: u64, seconds: i64 },
    Book { booking: u64, count: u32 },
    Release { booking: u64 },
}

fn ask() -> impl Strategy<Value = Ask> {
    let (booking, count) = (1_u64..20, 1_u32..6);
    let seconds = 1_i64..60;
    prop_oneof![
        4 => (booking.clone(), count.clone(), seconds.clone())
            .prop_map(|(booking, count, seconds)| Ask::Hold { booking, count, seconds }),
        1 => (booking.clone(), seconds)
            .prop_map(|(booking, seconds)| Ask::Extend { booking, seconds }),
        2 => (booking.clone(), count).prop_map(|(booking, count)| Ask::Book { booking, count }),
        1 => booking.prop_map(|booking| Ask::Release { booking }),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    vec((0_i64..20, ask()).prop_map(|(passed, ask)| Step { passed, ask }), 1..80)
}

/// An area without its index: every share is looked at, and those that have lapsed are sorted.
#[derive(Default)]
struct Plain(BTreeMap<BookingId, (u32, Option<Timestamp>)>);

impl Plain {
    fn lapsed(&self, now: Timestamp) -> Vec<(Timestamp, BookingId, u32)> {
        let holds = self.0.iter().filter_map(|(id, (count, until))| Some(((*until)?, *id, *count)));
        let mut lapsed: Vec<_> =
            holds.filter(|(until, ..)| policy::has_lapsed(*until, now)).collect();
        lapsed.sort();
        lapsed
    }

    /// What holding so many places for somebody new comes to.
    fn make_room(
        &self,
        count: u32,
        context: &AreaContext,
    ) -> Result<Vec<(BookingId, u32)>, AreaRefusal> {
        let taken: u32 = self.0.values().map(|(count, _)| count).sum();
        let (mut left, mut given_way) = (context.capacity.saturating_sub(taken), Vec::new());
        for (_, id, share) in self.lapsed(context.now) {
            if left >= count {
                break;
            }
            given_way.push((id, share));
            left += share;
        }
        if left >= count { Ok(given_way) } else { Err(AreaRefusal::TooFewLeft { left }) }
    }

    fn evolve(&mut self, fact: &AreaFact) {
        match *fact {
            AreaFact::Held { booking_id, count, until } => {
                self.0.insert(booking_id, (count, Some(until)));
            }
            AreaFact::Extended { booking_id, until } => {
                self.0.get_mut(&booking_id).expect("it holds places").1 = Some(until);
            }
            AreaFact::Booked { booking_id, count } => {
                self.0.insert(booking_id, (count, None));
            }
            AreaFact::Released { booking_id, .. } => {
                self.0.remove(&booking_id);
            }
        }
    }
}

/// Those whose holds give way to a decision.
fn given_way(facts: &[AreaFact]) -> Vec<(BookingId, u32)> {
    let expired = facts.iter().filter_map(|fact| match fact {
        AreaFact::Released { booking_id, count, reason: ReleaseReason::Expired } => {
            Some((*booking_id, *count))
        }
        _ => None,
    });
    expired.collect()
}

fn command(ask: Ask, now: Timestamp) -> AreaCommand {
    let until = |seconds| now + jiff::SignedDuration::from_secs(seconds);
    match ask {
        Ask::Hold { booking, count, seconds } => {
            AreaCommand::Hold { booking: booking_id(booking), count, until: until(seconds) }
        }
        Ask::Extend { booking, seconds } => {
            AreaCommand::Extend { booking: booking_id(booking), until: until(seconds) }
        }
        Ask::Book { booking, count } => AreaCommand::Book { booking: booking_id(booking), count },
        Ask::Release { booking } => {
            AreaCommand::Release { booking: booking_id(booking), reason: ReleaseReason::Cancelled }
        }
    }
}

proptest! {
    #[test]
    fn the_index_of_deadlines_changes_no_decision(steps in steps()) {
        let (mut area, mut plain) = (Area::default(), Plain::default());
        let mut seconds = 0;
        for step in steps {
            seconds += step.passed;
            let context = AreaContext { now: after(seconds), capacity: 20 };
            let command = command(step.ask, context.now);
            let decided = area.decide(&command, &context);
            match (&command, &decided) {
                (_, Err(refusal @ AreaRefusal::TooFewLeft { .. })) => {
                    let (AreaCommand::Hold { count, .. } | AreaCommand::Book { count, .. }) = command
                    else { panic!("{command:?} needs no room") };
                    prop_assert_eq!(plain.make_room(count, &context), Err(*refusal));
                }
                (AreaCommand::Hold { count, .. }, Ok(Decision::Facts(facts))) => {
                    prop_assert_eq!(plain.make_room(*count, &context), Ok(given_way(facts)));
                }
                _ => {}
            }
            for fact in decided.map(Decision::into_facts).unwrap_or_default() {
                area.evolve(&fact);
                plain.evolve(&fact);
            }
            let lapsed: u32 = plain.lapsed(context.now).iter().map(|(.., count)| count).sum();
            let taken: u32 = plain.0.values().map(|(count, _)| count).sum();
            prop_assert_eq!(area.taken(), taken);
            prop_assert_eq!(area.left(&context), context.capacity.saturating_sub(taken - lapsed));
            let written = serde_json::to_string(&area).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Area>(&written).unwrap(), &area);
        }
    }
}
