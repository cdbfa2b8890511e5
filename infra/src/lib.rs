//! What touches the world: journal, bus, relay, clock, HTTP foundations, payment providers, accounts,
//! mail, and the words of all these.
//!
//! It decides nothing: which facts are recorded is the domain's business, what a route answers
//! the APIs'.

pub mod accounts;
pub mod bus;
pub mod clock;
pub mod db;
pub mod http;
pub mod journal;
pub mod mail;
pub mod payment;
pub mod plans;
pub mod relay;
pub mod sealing;
pub mod secret;
#[cfg(feature = "testing")]
pub mod testing;
pub mod text;
