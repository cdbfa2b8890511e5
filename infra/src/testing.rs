//! What tests need to have a world of their own: a PostgreSQL database each, journals that
//! misbehave, and servers to be killed.
//!
//! The servers that tests share are started by `tests/run`.

pub mod between;
pub mod folder;
pub mod nats_server;
pub mod postgres;
pub mod postgres_server;

/// Whether tests take their long form, as `tests/run --long` asks for.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the harness is told how long it may take")]
pub fn is_long() -> bool {
    std::env::var_os("AISLE_TEST_LONG").is_some()
}
