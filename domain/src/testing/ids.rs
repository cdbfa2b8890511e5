//! Who, what and when: numbered ids, people by name, moments.
//!
//! The ids are fixed for ever, so that a failing test says the same at every run.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::actor::{Actor, Role};
use crate::id::{BookingId, CommandId, EventId, PaymentId, RefundId, Subject};

/// The moment at which sales open in all fixtures.
pub const OPENING: &str = "2026-11-23T10:00:00Z";
/// The organiser of the event of all fixtures.
pub const ORGANISER: &str = "olga";
/// The admin of all fixtures.
pub const ADMIN: &str = "ada";

macro_rules! numbered {
    ($($(#[$doc:meta])* $name:ident -> $id:ident = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub const fn $name(number: u64) -> $id {
            // The eighth version of UUIDs is for what is made by one's own rule.
            $id(Uuid::from_u64_pair(($kind << 32) | 0x8000, (0b10 << 62) | number))
        }
    )*};
}

numbered! {
    /// The event of this number.
    event_id -> EventId = 0xe;
    /// The booking of this number.
    booking_id -> BookingId = 0xb;
    /// The payment of this number.
    payment_id -> PaymentId = 0xa;
    /// The refund of this number.
    refund_id -> RefundId = 0xf;
    /// The command of this number.
    command_id -> CommandId = 0xc;
}

/// A subject.
///
/// # Panics
/// If it makes no subject.
#[must_use]
pub fn subject(name: &str) -> Subject {
    Subject::try_new(name).expect("a test names a subject that is one")
}

/// A customer.
#[must_use]
pub fn customer(name: &str) -> Actor {
    person(name, Role::Customer)
}

/// An organiser; [`ORGANISER`] is the one of the event of the fixtures.
#[must_use]
pub fn organiser(name: &str) -> Actor {
    person(name, Role::Organiser)
}

/// The admin.
#[must_use]
pub fn admin() -> Actor {
    person(ADMIN, Role::Admin)
}

fn person(name: &str, role: Role) -> Actor {
    Actor::Person { subject: subject(name), roles: vec![role] }
}

/// A moment, as a timestamp or as text.
pub trait Moment {
    /// The moment.
    fn moment(self) -> Timestamp;
}

impl Moment for Timestamp {
    fn moment(self) -> Timestamp {
        self
    }
}

impl Moment for &str {
    fn moment(self) -> Timestamp {
        self.parse().expect("a test names a moment as in RFC 3339")
    }
}

/// A moment from its text, such as `2026-11-23T10:00:00Z`.
///
/// # Panics
/// If it is none.
#[must_use]
pub fn at(text: &str) -> Timestamp {
    text.moment()
}

/// So many seconds after [`OPENING`].
///
/// # Panics
/// If that is beyond the end of time.
#[must_use]
pub fn after(seconds: i64) -> Timestamp {
    at(OPENING) + SignedDuration::from_secs(seconds)
}
