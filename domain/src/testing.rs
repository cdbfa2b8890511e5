//! Fixtures and a given/when/then language for the tests of this crate and of others (feature
//! `testing`).
//!
//! Everything in it is deterministic: ids are numbered, times are counted from [`OPENING`]. It
//! panics where a test is written wrongly, and is no part of what is shipped.

mod aggregate;
pub mod checker;
mod commands;
mod fixtures;
mod house;
mod ids;

pub use self::aggregate::{AREA_CAPACITY, At, Given, Outcome, When, given};
pub use self::commands::{
    best, cancel, capture, decline, expire, hold, hold_accessible, hold_places, hold_wish, release,
    renew, reprice, settle, start_payment,
};
pub use self::fixtures::{
    details, details_of, on_sale_event_facts, plan, plan_without_accessible, riethsporthalle,
    small_plan,
};
pub use self::house::{GivenHouse, WhenHouse};
pub use self::ids::{
    ADMIN, Moment, OPENING, ORGANISER, admin, after, at, booking_id, command_id, customer,
    event_id, organiser, payment_id, refund_id, subject,
};
