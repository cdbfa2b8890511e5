//! Who has how many places of an area, and whose hold lapses first.
//!
//! It knows no capacity and decides nothing. Of thousands of holds that bind, whoever looks for
//! lapsed ones sees the first only: a sold-out area refuses most who come.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::BookingId;
use crate::policy;

/// The places of one booking in an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Share {
    pub(super) count: u32,
    /// The deadline of a hold; none once sold.
    pub(super) until: Option<Timestamp>,
}

impl Share {
    pub(super) fn has_lapsed(self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| policy::has_lapsed(until, now))
    }
}

/// All shares of an area.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written")]
pub(super) struct Shares {
    /// Places by booking; the sum of it is `taken`.
    shares: BTreeMap<BookingId, Share>,
    taken: u32,
    /// The holds, soonest deadline first. It follows from the shares and is not written down.
    #[serde(skip)]
    deadlines: BTreeSet<(Timestamp, BookingId)>,
}

/// What is written down of them.
#[derive(Deserialize)]
struct Written {
    shares: BTreeMap<BookingId, Share>,
    taken: u32,
}

impl From<Written> for Shares {
    fn from(Written { shares, taken }: Written) -> Self {
        let holds = shares.iter().filter_map(|(booking, share)| Some((share.until?, *booking)));
        let deadlines = holds.collect();
        Self { shares, taken, deadlines }
    }
}

impl Shares {
    /// Places held or sold, lapsed holds included.
    pub(super) fn taken(&self) -> u32 {
        self.taken
    }

    /// The share of a booking.
    pub(super) fn of(&self, booking: BookingId) -> Option<Share> {
        self.shares.get(&booking).copied()
    }

    /// The holds that no longer bind, the first to lapse first.
    pub(super) fn lapsed(&self, now: Timestamp) -> impl Iterator<Item = (BookingId, Share)> {
        let lapsed =
            self.deadlines.iter().take_while(move |(until, _)| policy::has_lapsed(*until, now));
        lapsed.filter_map(|(_, booking)| Some((*booking, self.of(*booking)?)))
    }

    /// Gives a booking this share, in place of any that it had.
    pub(super) fn put(&mut self, booking: BookingId, share: Share) {
        self.remove(booking);
        self.taken += share.count;
        self.shares.insert(booking, share);
        if let Some(until) = share.until {
            self.deadlines.insert((until, booking));
        }
    }

    /// Takes a booking's share away.
    pub(super) fn remove(&mut self, booking: BookingId) {
        let Some(share) = self.shares.remove(&booking) else { return };
        self.taken -= share.count;
        if let Some(until) = share.until {
            self.deadlines.remove(&(until, booking));
        }
    }
}
