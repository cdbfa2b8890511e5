//! Any commands to one house, by several buyers, with time passing.
//!
//! It only makes and carries out commands; what must be true of the outcome is in `machine.rs`.

use std::collections::BTreeSet;

use aisle_domain::best_available::Together;
use aisle_domain::event::{EventCommand, SeatingRule};
use aisle_domain::fact::Fact;
use aisle_domain::house::{Accessible, Command, Hold, HoldWish, House};
use aisle_domain::testing::{
    GivenHouse, after, booking_id, cancel, capture, decline, event_id, expire, hold_places,
    payment_id, plan, refund_id, release, renew, reprice, settle, start_payment, subject,
};
use proptest::prelude::*;

/// A step; numbers are taken as far around as there are things to mean by them.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Pass { seconds: i64 },
    Seats { buyer: u8, first: u8, count: u8, accessible: Accessible },
    Best { buyer: u8, count: u32, together: Together, spread: u64 },
    Places { buyer: u8, count: u32 },
    Renew { booking: u64 },
    Release { booking: u64 },
    Start { booking: u64, repeat: Repeat },
    Capture { payment: u64, off_by: i64 },
    Decline { payment: u64 },
    Settle { booking: u64, refund: u64 },
    Expire { booking: u64 },
    Cancel { booking: u64 },
    Run(EventCommand),
    Reprice { amount: i64 },
}

/// Whether a payment is a new one or one that was named before.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Repeat {
    Fresh,
    Last,
}

pub(crate) fn any_step() -> impl Strategy<Value = Step> {
    let accessible = prop_oneof![4 => Just(Accessible::NotNeeded), 1 => Just(Accessible::Needed)];
    let together = prop_oneof![Just(Together::Required), Just(Together::Preferred)];
    let repeat = prop_oneof![5 => Just(Repeat::Fresh), 1 => Just(Repeat::Last)];
    let off_by = prop_oneof![9 => Just(0_i64), 1 => -1..=1_i64];
    prop_oneof![
        6 => prop_oneof![0..20_i64, 250..350_i64, 595..615_i64].prop_map(|seconds| Step::Pass { seconds }),
        8 => (0..4_u8, any::<u8>(), 1..5_u8, accessible)
            .prop_map(|(buyer, first, count, accessible)| Step::Seats { buyer, first, count, accessible }),
        4 => (0..4_u8, 1..5_u32, together, 0..3_u64)
            .prop_map(|(buyer, count, together, spread)| Step::Best { buyer, count, together, spread }),
        5 => (0..4_u8, 1..6_u32).prop_map(|(buyer, count)| Step::Places { buyer, count }),
        2 => any::<u64>().prop_map(|booking| Step::Renew { booking }),
        2 => any::<u64>().prop_map(|booking| Step::Release { booking }),
        8 => (any::<u64>(), repeat).prop_map(|(booking, repeat)| Step::Start { booking, repeat }),
        9 => (any::<u64>(), off_by).prop_map(|(payment, off_by)| Step::Capture { payment, off_by }),
        3 => any::<u64>().prop_map(|payment| Step::Decline { payment }),
        3 => (any::<u64>(), any::<u64>()).prop_map(|(booking, refund)| Step::Settle { booking, refund }),
        4 => any::<u64>().prop_map(|booking| Step::Expire { booking }),
        3 => any::<u64>().prop_map(|booking| Step::Cancel { booking }),
        1 => prop_oneof![
            3 => Just(EventCommand::PauseSales),
            6 => Just(EventCommand::OpenSales),
            1 => Just(EventCommand::CloseSales),
            1 => Just(EventCommand::Cancel { reason: "rain".into() }),
        ].prop_map(Step::Run),
        1 => prop_oneof![Just(0_i64), 1..9_i64].prop_map(|amount| Step::Reprice { amount }),
    ]
}

/// A house with what was done to it.
pub(crate) struct World {
    pub(crate) given: GivenHouse,
    /// Built from the journal alone, fact by fact.
    pub(crate) rebuilt: House,
    taken_in: usize,
    /// How long after the opening it is.
    pub(crate) seconds: i64,
    bookings: u64,
    refunds: u64,
    /// Of which booking each payment is; its number is its place, from 1.
    payments: Vec<u64>,
    /// Payments that the provider has captured.
    captured: BTreeSet<u64>,
    /// Whether each capture was answered by the command that told of it.
    pub(crate) answered_at_once: bool,
}

impl World {
    pub(crate) fn new(rule: SeatingRule) -> Self {
        let plan = plan(2, 6);
        let given = GivenHouse::on_sale_with(plan.clone(), |it| {
            it.seating_rule = rule;
            it.limit_per_buyer = 6;
            it.areas[0].capacity = 8;
        });
        Self {
            given,
            rebuilt: House::new(event_id(1), Some(plan)),
            taken_in: 0,
            seconds: 0,
            bookings: 0,
            refunds: 0,
            payments: Vec::new(),
            captured: BTreeSet::new(),
            answered_at_once: true,
        }
    }

    pub(crate) fn take(&mut self, step: &Step) {
        if let Step::Pass { seconds } = step {
            self.seconds += seconds;
            return;
        }
        let Some(command) = self.command(step) else { return };
        let when = self.given.clone().at(after(self.seconds)).when(command);
        match when.outcome() {
            Ok(proposal) if !proposal.is_repetition() => self.given = when.then(|_| ()),
            Ok(_) | Err(_) => {}
        }
        if let Step::Capture { .. } = step {
            let answered = self.given.report().answered;
            let known = |number: &u64| answered.contains(&payment_id(*number).to_string());
            self.answered_at_once &= self.captured.iter().all(known);
        }
    }

    pub(crate) fn command(&mut self, step: &Step) -> Option<Command> {
        let booking = |wanted: &u64| booking_id(wanted % (self.bookings + 1));
        let command = match step {
            Step::Pass { .. } => return None,
            Step::Seats { .. } | Step::Best { .. } | Step::Places { .. } => self.hold(step)?,
            Step::Renew { booking: wanted } => renew(booking(wanted)),
            Step::Release { booking: wanted } => release(booking(wanted)),
            Step::Expire { booking: wanted } => expire(booking(wanted)),
            Step::Cancel { booking: wanted } => {
                self.refunds += 1;
                cancel(booking_id(wanted % (self.bookings + 1)), refund_id(self.refunds))
            }
            Step::Start { booking: wanted, repeat } => self.start(*wanted, *repeat),
            Step::Capture { payment, off_by } => self.capture(*payment, *off_by)?,
            Step::Decline { payment } => {
                let (payment, booking) = self.payment(*payment)?;
                decline(booking_id(booking), payment_id(payment))
            }
            Step::Settle { booking: wanted, refund } => {
                settle(booking(wanted), refund_id(refund % (self.refunds + 1)))
            }
            Step::Run(command) => Command::Run(command.clone()),
            Step::Reprice { amount } => {
                reprice([("Stalls", *amount), ("Wheelchair", 5), ("Standing", *amount)], 0)
            }
        };
        Some(command)
    }

    fn hold(&mut self, step: &Step) -> Option<Command> {
        self.bookings += 1;
        let booking = booking_id(self.bookings);
        let (buyer, wish, spread) = match step {
            Step::Seats { buyer, first, count, accessible } => {
                let accessible = *accessible;
                (buyer, HoldWish::Seats { labels: self.labels(*first, *count), accessible }, 0)
            }
            Step::Best { buyer, count, together, spread } => {
                let (count, together) = (*count, *together);
                let accessible = Accessible::NotNeeded;
                let (category, max_price) = (None, None);
                let wish =
                    HoldWish::BestAvailable { count, category, max_price, together, accessible };
                (buyer, wish, *spread)
            }
            Step::Places { buyer, count } => {
                return Some(hold_places(booking, &format!("buyer {buyer}"), "Floor", *count));
            }
            _ => return None,
        };
        let buyer = subject(&format!("buyer {buyer}"));
        Some(Command::Hold(Hold { booking, buyer, wish, spread }))
    }

    fn labels(&self, first: u8, count: u8) -> Vec<String> {
        let plan = self.given.house().plan().expect("a plan");
        let first = usize::from(first) % plan.len();
        let seats = plan.seats().iter().skip(first).take(usize::from(count));
        seats.map(|seat| seat.label.to_string()).collect()
    }

    fn start(&mut self, wanted: u64, repeat: Repeat) -> Command {
        let booking = wanted % (self.bookings + 1);
        let last = self.payments.iter().rposition(|of| *of == booking).map(|i| i as u64 + 1);
        let number = match (repeat, last) {
            (Repeat::Last, Some(number)) => number,
            _ => {
                self.payments.push(booking);
                self.payments.len() as u64
            }
        };
        start_payment(booking_id(booking), payment_id(number))
    }

    /// The provider has the money of some payment, perhaps again, perhaps a wrong sum.
    fn capture(&mut self, wanted: u64, off_by: i64) -> Option<Command> {
        let (payment, booking) = self.payment(wanted)?;
        let placed = self.given.house().placed(booking_id(booking))?;
        let amount = placed.order.total + off_by;
        self.captured.insert(payment);
        self.refunds += 1;
        let refund = refund_id(self.refunds);
        Some(capture(booking_id(booking), payment_id(payment), amount, refund))
    }

    fn payment(&self, wanted: u64) -> Option<(u64, u64)> {
        let at = wanted.checked_rem(self.payments.len() as u64)?;
        Some((at + 1, self.payments[usize::try_from(at).expect("small")]))
    }

    /// Has the other house read on in the journal.
    pub(crate) fn read_on(&mut self) {
        for row in &self.given.journal()[self.taken_in..] {
            let payload = row.payload.to_string();
            let fact = Fact::decode(row.stream.aggregate, "1", &payload).expect("readable");
            assert_eq!(self.rebuilt.apply(&row.stream, row.sequence, &fact), Ok(true));
            assert_eq!(self.rebuilt.apply(&row.stream, row.sequence, &fact), Ok(false), "again");
        }
        self.taken_in = self.given.journal().len();
    }
}
