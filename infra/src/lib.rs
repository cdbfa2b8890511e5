//! What touches the world: journal, bus, clock, HTTP foundations, payment providers.
//!
//! It decides nothing: which facts are recorded is the domain's business, what a route answers
//! the APIs'.

pub mod bus;
pub mod journal;
