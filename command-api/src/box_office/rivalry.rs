//! Whether other processes sell the same event just now, as far as lost races tell.
//!
//! Within one process each command is decided on what the one before it will leave, so buyers
//! never fight for one block. Processes choose before they hear of each other: both take the very
//! best, and one of them loses. After a lost race a process chooses among the best few groups
//! instead, for a while.

use std::sync::atomic::{AtomicU32, Ordering};

use aisle_domain::id::CommandId;

/// For how many holds a lost race is remembered: some tenths of a second of a rush.
const REMEMBERED: u32 = 256;

/// What is known of rivals for one event's seats. Outlives the event's house, which a lost race
/// kills.
#[derive(Debug, Default)]
pub(super) struct Rivalry(AtomicU32);

impl Rivalry {
    /// A unit of work of this event met with a conflict.
    pub(super) fn lost_a_race(&self) {
        self.0.store(REMEMBERED, Ordering::Relaxed);
    }

    /// By which number a command chooses among the best: 0, the very best, unless there are
    /// rivals. Each gets another one, and processes name their commands differently.
    pub(super) fn spread(&self, command: CommandId) -> u64 {
        let less = |left: u32| left.checked_sub(1);
        match self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less) {
            Ok(_) => command.0.as_u64_pair().1.max(1),
            Err(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_race_spreads_the_next_holds_and_no_more() {
        let rivalry = Rivalry::default();
        let command = CommandId("018f0000-0000-7000-8000-000000000007".parse().unwrap());
        assert_eq!(rivalry.spread(command), 0);
        rivalry.lost_a_race();
        for _ in 0..REMEMBERED {
            assert_ne!(rivalry.spread(command), 0);
        }
        assert_eq!(rivalry.spread(command), 0);
    }
}
