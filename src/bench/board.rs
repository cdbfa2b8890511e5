//! When which position of the journal was answered, for who measures how much later it is seen
//! elsewhere.
//!
//! Written by the load, read by the readers on another thread.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The moment of each position, in microseconds after the beginning; 0 where there was none.
#[derive(Debug)]
pub(super) struct Board {
    begun: Instant,
    first: u64,
    moments: Vec<AtomicU64>,
    /// How often each position was seen before its answer was noted.
    early: Vec<AtomicU32>,
}

impl Board {
    /// A board for so many positions from the first one on.
    pub(super) fn new(first: u64, positions: usize) -> Self {
        let moments = std::iter::repeat_with(AtomicU64::default).take(positions).collect();
        let early = std::iter::repeat_with(AtomicU32::default).take(positions).collect();
        Self { begun: Instant::now(), first, moments, early }
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
    /// The others are counted: their answers may still be on the way.
    pub(super) fn since(&self, after: u64, to: u64, mut say: impl FnMut(Duration)) {
        let now = self.now();
        for position in (after + 1).max(self.first)..=to {
            let place = self.place(position);
            let found = place.and_then(|at| Some((self.moments.get(at)?, self.early.get(at)?)));
            let Some((moment, early)) = found else { return };
            match moment.load(Ordering::Relaxed) {
                0 => drop(early.fetch_add(1, Ordering::Relaxed)),
                answered => say(Duration::from_micros(now.saturating_sub(answered))),
            }
        }
    }

    /// How often a position that was answered had been seen before that: no later at all. To be
    /// asked when all is over.
    pub(super) fn seen_before_answered(&self) -> u64 {
        let both = self.moments.iter().zip(&self.early);
        let answered = both.filter(|(moment, _)| moment.load(Ordering::Relaxed) > 0);
        answered.map(|(_, early)| u64::from(early.load(Ordering::Relaxed))).sum()
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

    #[test]
    fn what_is_seen_before_its_answer_is_counted_once_it_is_answered() {
        let board = Board::new(100, 10);
        // Twice seen; of the two positions only one is a hold that is answered.
        since(&board, 100, 102);
        since(&board, 100, 102);
        assert_eq!(board.seen_before_answered(), 0);
        board.note(Some("102".into()));
        assert_eq!(since(&board, 100, 102).len(), 1);
        assert_eq!(board.seen_before_answered(), 2);
    }
}
