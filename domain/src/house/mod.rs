//! The house: the state of all streams of one event, and the decisions that span them.
//!
//! Each aggregate decides for itself; the house asks all that a command concerns and puts their
//! facts into one [`Proposal`], which is appended all or not at all. It is a cache of the journal:
//! a proposal names the sequences that it was decided on, and the journal has the last word.
//! It does no I/O; the box office of `command-api` loads it and appends what it proposes.

mod bookings;
mod command;
mod hold;
mod memory;
mod moment;
mod money;
mod naming;
mod numbered;
mod proposal;
mod refusal;
mod seating;
mod seats;
#[cfg(test)]
mod size;
mod state;

pub use self::command::{
    Accessible, Command, Context, Counted, Hold, HoldWish, Payment, SettledRefund,
};
pub use self::memory::{HOUSE_SCHEMA, HouseMemory};
pub use self::proposal::{Proposal, StreamKey, Write};
pub use self::refusal::Refusal;
pub use self::state::{House, OutOfOrder};

use crate::actor::Actor;
use crate::booking::{BookingCommand, BookingRefusal};
use crate::event::{EventCommand, EventContext, EventRefusal, Phase};
use crate::id::BookingId;
use crate::policy;
use crate::seat::SeatContext;

impl House {
    /// Decides a command. Changes nothing: what comes of it is in the proposal.
    ///
    /// # Errors
    /// The rule that the command would break.
    pub fn decide(&self, command: &Command, context: &Context) -> Result<Proposal, Refusal> {
        match command {
            Command::Run(command) => self.run(command, context),
            Command::Hold(hold) => self.hold(hold, context),
            Command::Renew { booking } => self.renew(*booking, context),
            Command::Release { booking } => {
                self.authorise(*booking, &context.actor)?;
                self.with_booking(*booking, &BookingCommand::Release, context)
            }
            Command::StartPayment(payment) => self.start_payment(payment, context),
            Command::CapturePayment { payment, amount, refund } => {
                self.capture_payment(payment, *amount, *refund, context)
            }
            Command::DeclinePayment { payment, reason } => {
                let decline =
                    BookingCommand::DeclinePayment { payment: payment.id, reason: reason.clone() };
                self.with_booking(payment.booking, &decline, context)
            }
            Command::SettleRefund(settled) => {
                let settle = BookingCommand::SettleRefund { refund: settled.refund };
                self.with_booking(settled.booking, &settle, context)
            }
            Command::Expire { booking } => {
                self.with_booking(*booking, &BookingCommand::Expire, context)
            }
            Command::Cancel { booking, reason, refund } => {
                self.authorise_cancelling(*booking, context)?;
                let cancel = BookingCommand::Cancel { reason: reason.clone(), refund: *refund };
                self.with_booking(*booking, &cancel, context)
            }
        }
    }

    fn run(&self, command: &EventCommand, context: &Context) -> Result<Proposal, Refusal> {
        self.authorise_running(command, &context.actor)?;
        let event_context = EventContext { now: context.now, plan: self.plan().cloned() };
        let mut proposal = Proposal::new(self.event_id());
        proposal.ask(StreamKey::Event, self.tracked_event(), command, &event_context)?;
        Ok(proposal)
    }

    /// A draft is nobody's business but its organiser's; of what is public, others learn that it
    /// is not theirs.
    fn authorise_running(&self, command: &EventCommand, actor: &Actor) -> Result<(), Refusal> {
        let Some(details) = self.event().details() else { return Ok(()) };
        if policy::may_run(actor, &details.organiser) {
            return Ok(());
        }
        match (self.event().phase(), command) {
            (_, EventCommand::Create(_)) => Err(EventRefusal::AlreadyExists.into()),
            (Some(Phase::Draft), _) => Err(EventRefusal::NotFound.into()),
            _ => Err(EventRefusal::NotOrganiser.into()),
        }
    }

    fn renew(&self, booking: BookingId, context: &Context) -> Result<Proposal, Refusal> {
        self.authorise(booking, &context.actor)?;
        self.not_cancelled()?;
        let hold_seconds = self.event().details().map_or(0, |details| details.hold_seconds);
        let until = policy::deadline(context.now, hold_seconds);
        let mut proposal = self.with_booking(booking, &BookingCommand::Renew { until }, context)?;
        proposal.rests_on(StreamKey::Event, self.tracked_event().sequence);
        Ok(proposal)
    }

    /// Asks a booking, and has its seats and places follow what it decides.
    fn with_booking(
        &self,
        booking: BookingId,
        command: &BookingCommand,
        context: &Context,
    ) -> Result<Proposal, Refusal> {
        let mut proposal = Proposal::new(self.event_id());
        let tracked = self.tracked_booking(booking);
        let key = StreamKey::Booking(booking);
        proposal.ask(key, tracked.as_ref(), command, &context.booking())?;
        if let Some(placed) = tracked.state.placed() {
            let seat_context = SeatContext { now: context.now };
            self.follow(booking, &placed.order, &mut proposal, &seat_context)?;
        }
        Ok(proposal)
    }

    /// Only the holder, an organiser of the event or an admin acts on a booking. To everybody
    /// else there is none.
    fn authorise(&self, booking: BookingId, actor: &Actor) -> Result<(), Refusal> {
        let buyer = self.bookings.buyer_of(booking);
        let (Some(buyer), Some(details)) = (buyer, self.event().details()) else {
            return Err(BookingRefusal::NotFound.into());
        };
        if policy::may_act_on_booking(actor, buyer, &details.organiser) {
            Ok(())
        } else {
            Err(BookingRefusal::NotFound.into())
        }
    }

    fn authorise_cancelling(&self, booking: BookingId, context: &Context) -> Result<(), Refusal> {
        self.authorise(booking, &context.actor)?;
        match self.event().details() {
            Some(details)
                if !policy::may_run(&context.actor, &details.organiser)
                    && !policy::may_still_cancel(details, context.now) =>
            {
                Err(Refusal::TooLateToCancel { started_at: details.starts_at })
            }
            _ => Ok(()),
        }
    }

    fn not_cancelled(&self) -> Result<(), Refusal> {
        match self.event().phase() {
            Some(phase @ Phase::Cancelled) => Err(EventRefusal::NotOnSale { phase }.into()),
            _ => Ok(()),
        }
    }
}
