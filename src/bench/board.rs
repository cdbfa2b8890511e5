//! When which position of the journal was answered, for who measures how much later it is seen
//! elsewhere.
//!
//! Written by the load, read by the readers on another thread.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The moment of each position, in microseconds after the beginning; 0 where there was none.
#[derive(Debug)]
pub(super) struct Board {
    begun: Instant,
    first: u64,
    moments: Vec<AtomicU64>,
}

impl Board {
    /// A board for so many positions from the first one on.
    pub(super) fn new(first: u64, positions: usize) -> Self {
        let moments = std::iter::repeat_with(AtomicU64::default).take(positions).collect();
        Self { begun: Instant::now(), first, moments }
    }

    /// Notes that a position was answered just now.
    pub(super) fn note(&self, position: Option<String>) {
        let position = position.and_then(|position| position.parse().ok());
        let moment = position.and_then(|position| self.moments.get(self.place(position)?));
        if let Some(moment) = moment {
            moment.store(self.now().max(1), Ordering::Relaxed);
        }
    }

    /// Says of each position behind `after` up to `to` that was answered how long ago that was.
    pub(super) fn since(&self, after: u64, to: u64, mut say: impl FnMut(Duration)) {
        let now = self.now();
        for position in (after + 1).max(self.first)..=to {
            let Some(moment) = self.place(position).and_then(|at| self.moments.get(at)) else {
                return;
            };
            let answered = moment.load(Ordering::Relaxed);
            if answered > 0 {
                say(Duration::from_micros(now.saturating_sub(answered)));
            }
        }
    }

    fn place(&self, position: u64) -> Option<usize> {
        usize::try_from(position.checked_sub(self.first)?).ok()
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn since(board: &Board, after: u64, to: u64) -> Vec<Duration> {
        let mut found = Vec::new();
        board.since(after, to, |lag| found.push(lag));
        found
    }

    #[test]
    fn every_answered_position_tells_how_long_ago_it_was() {
        let board = Board::new(100, 10);
        assert!(since(&board, 99, 105).is_empty());
        board.note(Some("103".into()));
        std::thread::sleep(Duration::from_millis(2));
        board.note(Some("105".into()));
        let [first, second] = since(&board, 99, 105)[..] else { panic!() };
        assert!(first >= Duration::from_millis(2) && second < first);
        assert_eq!(since(&board, 103, 105).len(), 1);
        // What is not on the board is not noted, and not found.
        board.note(Some("99".into()));
        board.note(Some("110".into()));
        board.note(None);
        assert!(since(&board, 0, 102).is_empty());
        assert!(since(&board, 105, 500).is_empty());
    }
}
