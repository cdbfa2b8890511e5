//! The read side over HTTP, in process: real projections over a journal that each test fills.

#![expect(clippy::unwrap_used, reason = "a helper of tests panics as a test does")]

mod about;
mod addresses;
mod at_hand;
mod bookings;
mod events;
mod facade;
mod fresh;
mod fuzzing;
mod headers;
mod health;
mod history;
mod live;
mod live_booking;
mod live_load;
mod live_slow;
mod model;
mod offers;
mod rebuilt;
mod sale;
mod search;
mod seat_list;
mod seats;
mod site;
mod world;
