//! What may break around the read side, while many buy: after each of it the read models are what a
//! rebuild makes, live feeds show what is read, and nothing published is missing or out of order.
//!
//! PostgreSQL's own crashes are in `outages.rs`, those of who takes commands in `crash.rs` and
//! `two_processes.rs`.

mod consumer;
mod failover;
mod installation;
mod nats;
mod partition;
mod poison;
mod processes;
mod search;
mod watcher;
