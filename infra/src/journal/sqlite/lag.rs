//! What the indexes of the file do not have yet: entries of the last tens of thousands of facts
//! and commands, in memory.
//!
//! An entry of an index has a random place in it, so entering one by one would write a page of the
//! file for each of them. Here they are gathered, and entered in the order of their names, a few
//! with every batch: then many fall on the same page. Nothing here needs to be durable, because
//! the rows are: [`super::index`] reads it back from them.

use super::names::Name;
use super::places::Places;

/// A name and where it is found: the position of a fact, the number of a command.
pub(super) type Entry = (Name, i64);

/// Which of the two indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Index {
    /// Of facts, by their stream and by their ticketed event.
    Facts,
    /// Of answered commands, by actor and key.
    Commands,
}

/// What both indexes do not have yet.
#[derive(Debug)]
pub(super) struct Lags {
    pub(super) facts: Lag,
    pub(super) commands: Lag,
}

impl Lags {
    pub(super) fn of(&self, index: Index) -> &Lag {
        match index {
            Index::Facts => &self.facts,
            Index::Commands => &self.commands,
        }
    }

    pub(super) fn of_mut(&mut self, index: Index) -> &mut Lag {
        match index {
            Index::Facts => &mut self.facts,
            Index::Commands => &mut self.commands,
        }
    }

    /// How often entries were left to the index. Who looks here first and in the file afterwards
    /// finds everything; who looks in the file first does so only if this is the same afterwards.
    pub(super) fn handed_over(&self) -> u64 {
        self.facts.handed_over + self.commands.handed_over
    }
}

/// What one index does not have yet.
#[derive(Debug)]
pub(super) struct Lag {
    /// How many entries are gathered before they are entered.
    enough: usize,
    /// Everything up to this place is in the index or here.
    through: i64,
    gathering: Places,
    entering: Entering,
    handed_over: u64,
}

/// Entries on their way into the index. They are found here until all of them are there.
#[derive(Debug, Default)]
struct Entering {
    places: Places,
    /// The same in the order of the index.
    entries: Vec<Entry>,
    /// How many of them are there.
    entered: usize,
    /// Once they all are, the index has everything up to this place.
    through: i64,
}

/// Some entries to be entered with the next batch.
#[derive(Debug)]
pub(super) struct Share {
    pub(super) entries: Vec<Entry>,
    /// With them, the index has everything up to this place.
    pub(super) completes: Option<i64>,
}

impl Lag {
    /// Of an index that has everything up to a place; so many entries are entered at once.
    pub(super) fn behind(through: i64, enough: usize) -> Self {
        let enough = enough.max(1);
        let (gathering, entering) = (Places::with_capacity(enough), Entering::default());
        Self { enough, through, gathering, entering, handed_over: 0 }
    }

    /// Up to which place everything is known.
    pub(super) fn through(&self) -> i64 {
        self.through
    }

    /// Takes in everything that there is up to a place. What is known already is left out, so it
    /// does no harm if two find out the same at once.
    pub(super) fn learn(&mut self, through: i64, entries: impl IntoIterator<Item = Entry>) {
        if through > self.through {
            let news = entries.into_iter().filter(|(_, place)| *place > self.through);
            news.for_each(|entry| self.gathering.add(entry));
            self.through = through;
        }
    }

    /// The last place before another one that has this name.
    pub(super) fn last_before(&self, name: Name, place: i64) -> Option<i64> {
        let gathered = self.gathering.last_before(name, place);
        gathered.or_else(|| self.entering.places.last_before(name, place))
    }

    /// The first places from one on that have this name, up to a limit, in order.
    pub(super) fn from(&self, name: Name, place: i64, limit: usize) -> Vec<i64> {
        let entering = self.entering.places.from(name, place);
        entering.chain(self.gathering.from(name, place)).take(limit).collect()
    }

    /// What to enter together with a batch that brings so many entries itself: twice as many, so
    /// that those on their way are there long before as many more have been gathered.
    pub(super) fn share(&mut self, brings: usize) -> Option<Share> {
        if self.entering.entries.is_empty() {
            if self.gathering.len() < self.enough {
                return None;
            }
            let empty = Places::with_capacity(self.enough);
            let places = std::mem::replace(&mut self.gathering, empty);
            let entries = places.in_order();
            self.entering = Entering { places, entries, entered: 0, through: self.through };
        }
        let Entering { entries, entered, through, .. } = &self.entering;
        let rest = &entries[*entered..];
        let share = &rest[..rest.len().min(2 * brings)];
        let completes = (share.len() == rest.len()).then_some(*through);
        Some(Share { entries: share.to_vec(), completes })
    }

    /// A share is in the index, durably.
    pub(super) fn entered(&mut self, share: &Share) {
        self.entering.entered += share.entries.len();
        if share.completes.is_some() {
            self.entering = Entering::default();
            self.handed_over += 1;
        }
    }

    /// Forgets what lies before a place.
    pub(super) fn forget_before(&mut self, place: i64) {
        self.gathering.forget_before(place);
        // The order stays, and what was entered stays in front.
        let Entering { places, entries, entered, .. } = &mut self.entering;
        places.forget_before(place);
        *entered = entries[..*entered].iter().filter(|(_, at)| *at >= place).count();
        entries.retain(|(_, at)| *at >= place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GATHERED: usize = 1_000;

    /// A lag whose first entries are on their way, and half of those are there.
    fn half_way() -> (Lag, Share) {
        let mut lag = Lag::behind(0, GATHERED);
        let many = GATHERED as i64;
        lag.learn(many, (1..=many).map(|place| (place % 7, place)));
        let share = lag.share(GATHERED / 4).unwrap();
        lag.entered(&share);
        lag.learn(many + 2, [(3, many + 1), (4, many + 2)]);
        (lag, share)
    }

    #[test]
    fn what_is_on_its_way_is_found_until_all_of_it_is_there() {
        let (mut lag, first) = half_way();
        let many = GATHERED as i64;
        assert_eq!(first.completes, None);
        assert_eq!(lag.last_before(0, 8), Some(7));
        assert_eq!(lag.last_before(3, many + 1), Some(many - (many - 3) % 7));
        assert_eq!(lag.last_before(3, i64::MAX), Some(many + 1));
        assert_eq!(lag.last_before(0, 7), None);
        let rest = lag.share(GATHERED).unwrap();
        assert_eq!(rest.completes, Some(many));
        assert!(first.entries.last() < rest.entries.first());
        lag.entered(&rest);
        assert_eq!(lag.last_before(0, i64::MAX), None);
        assert_eq!(lag.from(4, 0, 9), [many + 2]);
        assert!(lag.share(1).is_none(), "nothing is left to be entered");
    }

    #[test]
    fn places_come_in_order_and_up_to_the_limit() {
        let (lag, _) = half_way();
        assert_eq!(lag.from(3, 4, 3), [10, 17, 24]);
        let all = lag.from(3, 0, usize::MAX);
        assert!(all.is_sorted());
        assert_eq!(all.last(), Some(&(GATHERED as i64 + 1)));
    }

    #[test]
    fn what_is_known_is_not_learnt_again() {
        let mut lag = Lag::behind(10, GATHERED);
        lag.learn(12, [(1, 10), (1, 11), (2, 12)]);
        lag.learn(11, [(9, 11)]);
        assert_eq!(lag.from(1, 0, 9), [11]);
        assert_eq!((lag.from(9, 0, 9), lag.through()), (vec![], 12));
    }

    #[test]
    fn what_is_forgotten_is_not_entered() {
        let (mut lag, _) = half_way();
        let keep = GATHERED as i64 - 10;
        lag.forget_before(keep);
        assert_eq!(
            lag.from(0, 0, 9),
            (keep..=GATHERED as i64).filter(|at| at % 7 == 0).collect::<Vec<_>>()
        );
        let rest = lag.share(GATHERED).unwrap();
        assert!(rest.entries.iter().all(|(_, place)| *place >= keep));
    }
}
