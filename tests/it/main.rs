//! Black-box tests: the program as its users meet it, over HTTP and in a browser.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod architecture;
mod at_hand;
mod availability;
mod bench;
mod browser;
mod crash;
mod cuts;
mod deploy;
mod faults;
mod holds_ahead;
mod import;
mod oidc;
mod openapi;
mod outages;
mod rebuild;
mod roles;
mod sample;
mod seat_map;
mod support;
mod tour;
mod two_processes;
