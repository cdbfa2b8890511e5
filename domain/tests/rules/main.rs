//! The rules of selling, as tests: each is named for the rule that it shows.
//!
//! They need the feature `testing`, which a build of the whole workspace switches on.
#![cfg(feature = "testing")]

mod adapters;
mod agenda;
mod areas;
mod bookings;
mod checker;
mod events;
mod golden;
mod golden_house;
mod holds;
mod machine;
mod payments;
mod rights;
mod seating;
mod seats;
mod shares;
mod terms;
mod world;
