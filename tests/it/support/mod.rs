//! The program as a process, clients of it, and what can be done to the database below it.

use aisle_infra::testing::is_long;

mod aftermath;
mod buyer;
mod client;
mod nodes;
mod proxy;
mod rush;
mod script;
mod server;

pub(crate) use self::aftermath::{Aftermath, Source, assert_kept, row};
pub(crate) use self::buyer::{Account, Breaks, Doors, KEYS, Lapses};
pub(crate) use self::client::{Client, Reply, sell};
pub(crate) use self::nodes::{Node, Nodes};
pub(crate) use self::proxy::{Cut, Proxy, Target, Way};
pub(crate) use self::rush::Rush;
pub(crate) use self::script::{ROOT, browse, shots};
pub(crate) use self::server::{Server, program, setting};

/// What clients meet: an address, and who gives them tokens.
pub(crate) trait Site {
    /// Where it answers.
    fn url(&self) -> &str;

    /// A client of it, who is somebody.
    fn client(&self, subject: &str, role: &str) -> Client;
}

/// How many rounds a test makes: the long form of `tests/run --long` makes ten times as many.
pub(crate) fn rounds(short: u64) -> u64 {
    if is_long() { short * 10 } else { short }
}

/// Looks again and again until something is so. Patient: the machine may be busy.
pub(crate) async fn eventually(what: &str, mut look: impl AsyncFnMut() -> bool) {
    for _ in 0..2_400 {
        if look().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("waited in vain: {what}");
}

/// Numbers that look random and are the same at every run.
#[derive(Debug, Clone)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (self.0 >> 33) % sides
    }
}
