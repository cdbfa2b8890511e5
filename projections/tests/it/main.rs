//! The read models from facts, on both engines, and the runner with buses that fail it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod bus;
mod db;
mod head_start;
mod journal;
mod rebuild;
mod runner;
mod seat_map;
mod splits;
mod story;
mod views;
