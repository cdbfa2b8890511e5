//! One thing that the process managers see to.

use std::fmt;
use std::time::Instant;

use aisle_domain::house::{Command, Payment};
use aisle_domain::id::{BookingId, EventId, PaymentId, RefundId};
use aisle_domain::process::{Agenda, OpenPayment, OpenRefund, Orphaned};
use aisle_infra::clock::derive_id;
use aisle_infra::payment::{ChargeRequest, MethodToken, PaymentError, RefundRequest};
use jiff::Timestamp;

use super::ledger::Ledger;
use crate::CommandApi;
use crate::box_office::ExecuteError;

/// The name of an errand: the same one is not run twice at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Errand {
    /// Record that a hold with this deadline has expired.
    Expire(BookingId, Timestamp),
    /// Ask the provider for the money.
    Charge(PaymentId),
    /// Ask the provider to send money back.
    Refund(RefundId),
    /// Cancel a booking of an event that was called off.
    CallOff(BookingId),
}

impl fmt::Display for Errand {
    /// What the errand's command names as its cause: `manager:instance`, and the deadline where
    /// an instance may come up again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expire(booking, until) => write!(f, "expiry:{booking}:{until}"),
            Self::Charge(payment) => write!(f, "charge:{payment}"),
            Self::Refund(refund) => write!(f, "refund:{refund}"),
            Self::CallOff(booking) => write!(f, "called-off:{booking}"),
        }
    }
}

/// What running an errand takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// A place in the queue of the group committer.
    Command,
    /// The provider's time.
    Call,
}

impl Errand {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Expire(..) | Self::CallOff(_) => Kind::Command,
            Self::Charge(_) | Self::Refund(_) => Kind::Call,
        }
    }

    /// Whether the agenda names it, or will when its time has come.
    pub(super) fn is_on(&self, agenda: &Agenda) -> bool {
        match self {
            Self::Expire(booking, until) => agenda.has_deadline(*booking, *until),
            Self::Charge(payment) => agenda.has_payment(*payment),
            Self::Refund(refund) => agenda.has_refund(*refund),
            Self::CallOff(booking) => agenda.has_orphan(*booking),
        }
    }
}

/// What became of an errand.
pub(super) enum Outcome {
    /// Nothing is left to do about it: the journal says so, or will in a moment, or the provider
    /// has taken it on and reports by webhook.
    Settled,
    /// It must be tried again.
    Failed(String),
}

/// What an errand needs to be run.
pub(super) enum Task {
    Expire(EventId, BookingId),
    Charge(OpenPayment),
    Refund(OpenRefund),
    CallOff(Orphaned),
}

/// What is to be done now and nobody does, as much of each kind as there is room for. It looks no
/// further than that: of a hundred thousand deadlines that have passed at once, the first few.
pub(super) fn on(agenda: &Agenda, now: Timestamp, ledger: &Ledger) -> Vec<(Errand, Task)> {
    let today = Instant::now();
    let fresh = |errand: &Errand| ledger.is_fresh(errand, today);
    let expiries = agenda.due(now).filter_map(|(until, booking)| {
        let event = agenda.event_of(booking)?;
        Some((Errand::Expire(booking, until), Task::Expire(event, booking)))
    });
    let called_off =
        agenda.orphaned().map(|lost| (Errand::CallOff(lost.booking), Task::CallOff(lost)));
    let commands = called_off.chain(expiries).filter(|(errand, _)| fresh(errand));

    let charges = agenda.open_payments().filter(|open| fresh(&Errand::Charge(open.payment)));
    let charges = charges.map(|open| (Errand::Charge(open.payment), Task::Charge(open.clone())));
    let refunds = agenda.open_refunds().filter(|open| fresh(&Errand::Refund(open.refund)));
    let refunds = refunds.map(|open| (Errand::Refund(open.refund), Task::Refund(open.clone())));
    let calls = charges.chain(refunds);
    commands.take(ledger.room(Kind::Command)).chain(calls.take(ledger.room(Kind::Call))).collect()
}

impl Task {
    pub(super) async fn run(self, errand: Errand, api: &CommandApi) -> Outcome {
        let cause = errand.to_string();
        match self {
            Self::Expire(event, booking) => {
                command(api, event, booking, Command::Expire { booking }, &cause).await
            }
            Self::CallOff(Orphaned { event, booking, reason }) => {
                let refund = RefundId(derive_id("called-off", &booking.to_string()));
                let cancel = Command::Cancel { booking, reason, refund };
                command(api, event, booking, cancel, &cause).await
            }
            Self::Charge(open) => charge(api, open, &cause).await,
            Self::Refund(open) => handed_over(refund(api, open).await),
        }
    }
}

/// A refusal is an end too: somebody else has settled what the errand was about.
async fn command(
    api: &CommandApi,
    event: EventId,
    booking: BookingId,
    command: Command,
    cause: &str,
) -> Outcome {
    match api.on_own_account(event, booking, command, cause).await {
        Ok(_) | Err(ExecuteError::Refused(_)) => Outcome::Settled,
        Err(error) => Outcome::Failed(error.to_string()),
    }
}

/// A charge that the provider will never take on is a payment that failed.
async fn charge(api: &CommandApi, open: OpenPayment, cause: &str) -> Outcome {
    let OpenPayment { payment, booking, amount, method } = open;
    let asked = match MethodToken::try_new(method.clone()) {
        Ok(method) => api.provider.charge(ChargeRequest { payment, booking, amount, method }).await,
        Err(error) => Err(PaymentError::Refused(error.to_string())),
    };
    match asked {
        Err(error @ (PaymentError::Refused(_) | PaymentError::IdReused)) => {
            let Ok(event) = api.box_office.event_of(booking).await else {
                return Outcome::Failed(error.to_string());
            };
            let payment = Payment { booking, id: payment, method };
            let decline = Command::DeclinePayment { payment, reason: error.to_string() };
            command(api, event, booking, decline, cause).await
        }
        asked => handed_over(asked),
    }
}

async fn refund(api: &CommandApi, open: OpenRefund) -> Result<(), PaymentError> {
    let OpenRefund { refund, payment, booking, amount } = open;
    api.provider.refund(RefundRequest { refund, payment, booking, amount }).await
}

fn handed_over(answer: Result<(), PaymentError>) -> Outcome {
    match answer {
        Ok(()) => Outcome::Settled,
        Err(error) => Outcome::Failed(error.to_string()),
    }
}
