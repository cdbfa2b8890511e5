//! The seats of a house, packed: 16 bytes for one that was ever held, and half a byte for one that was
//! not, unless a seat next to it was.
//!
//! A seat that does not fit into 16 bytes is kept as it is, so what comes out is what went in, whatever
//! that is.

use std::collections::BTreeMap;

use super::moment::Moment;
use super::numbered::Number;
use super::state::Tracked;
use crate::id::BookingId;
use crate::plan::SeatIndex;
use crate::seat::Seat;

/// How many seats are given memory together: those that are sold together are beside each other.
const PAGE: usize = 16;

/// What is known of seats.
#[derive(Debug, Clone, Default)]
pub(super) struct Seats {
    pages: Vec<Option<Box<[Row; PAGE]>>>,
    odd: BTreeMap<SeatIndex, Tracked<Seat>>,
}

/// A seat. The default is one that was never held.
#[derive(Debug, Clone, Copy, Default)]
struct Row {
    /// The number of the booking that holds or has it.
    booking: Option<Number>,
    second: u32,
    /// The nanosecond of the deadline, and in the two highest bits what the seat is.
    nanosecond: u32,
    sequence: u32,
}

const FREE: u32 = 0;
const HELD: u32 = 1;
const BOOKED: u32 = 2;
const ODD: u32 = 3;

impl Row {
    /// `booking` is the number of the seat's. None if it does not fit.
    fn pack(seat: &Tracked<Seat>, booking: Option<Number>) -> Option<Self> {
        let sequence = u32::try_from(seat.sequence).ok()?;
        let (is, until) = match seat.state {
            Seat::Free => (FREE, Moment::default()),
            Seat::Held { until, .. } => (HELD, Moment::pack(until)?),
            Seat::Booked { .. } => (BOOKED, Moment::default()),
        };
        let Moment { second, nanosecond } = until;
        Some(Self { booking, second, nanosecond: nanosecond | is << 30, sequence })
    }

    fn is(self) -> u32 {
        self.nanosecond >> 30
    }

    fn unpack(self, id_of: impl FnOnce(Number) -> BookingId) -> Tracked<Seat> {
        let until = Moment { second: self.second, nanosecond: self.nanosecond & !(ODD << 30) };
        let state = match (self.is(), self.booking.map(id_of)) {
            (HELD, Some(booking)) => Seat::Held { booking, until: until.unpack() },
            (BOOKED, Some(booking)) => Seat::Booked { booking },
            _ => Seat::Free,
        };
        Tracked { state, sequence: u64::from(self.sequence) }
    }
}

impl Seats {
    /// A seat; `id_of` says which booking has a number.
    pub(super) fn get(
        &self,
        index: SeatIndex,
        id_of: impl FnOnce(Number) -> BookingId,
    ) -> Tracked<Seat> {
        let (page, place) = page_and_place(index);
        match self.pages.get(page) {
            Some(Some(rows)) if rows[place].is() == ODD => {
                self.odd.get(&index).copied().unwrap_or_default()
            }
            Some(Some(rows)) => rows[place].unpack(id_of),
            Some(None) | None => Tracked::default(),
        }
    }

    /// Keeps what a seat is; `booking` is the number of the one that holds or has it.
    pub(super) fn put(&mut self, index: SeatIndex, seat: Tracked<Seat>, booking: Option<Number>) {
        let (page, place) = page_and_place(index);
        if self.pages.len() <= page {
            self.pages.resize(page + 1, None);
        }
        let row = Row::pack(&seat, booking).unwrap_or_else(|| {
            self.odd.insert(index, seat);
            Row { nanosecond: ODD << 30, ..Row::default() }
        });
        let rows = self.pages[page].get_or_insert_with(|| Box::new([Row::default(); PAGE]));
        rows[place] = row;
    }

    /// Those that were ever held, in their order.
    pub(super) fn begun(&self) -> impl Iterator<Item = SeatIndex> {
        let pages = self.pages.iter().zip((0..).step_by(PAGE));
        let rows = pages.flat_map(|(page, first)| (first..).zip(page.iter().flat_map(|p| **p)));
        rows.filter(|(_, row)| row.sequence > 0 || row.is() == ODD).map(|(at, _)| SeatIndex(at))
    }

    /// How many bytes they take.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let pages = self.pages.iter().flatten().count();
        self.pages.capacity() * size_of::<usize>() + pages * PAGE * size_of::<Row>()
    }
}

fn page_and_place(index: SeatIndex) -> (usize, usize) {
    let index = index.0 as usize;
    (index / PAGE, index % PAGE)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn any_seat() -> impl Strategy<Value = Seat> {
        let moment = prop_oneof![
            (0_i64..8_000_000_000, 0..1_000_000_000),
            (-9_000_000_000_i64..90_000_000_000, 0..1),
        ];
        let until = moment.prop_map(|(second, nano)| Timestamp::new(second, nano).unwrap());
        let booking = any::<u128>().prop_map(|id| BookingId(Uuid::from_u128(id)));
        (0..3, booking, until).prop_map(|(is, booking, until)| match is {
            0 => Seat::Free,
            1 => Seat::Held { booking, until },
            _ => Seat::Booked { booking },
        })
    }

    proptest! {
        #[test]
        fn a_seat_comes_out_as_it_went_in(
            writes in prop::collection::vec((0_u32..100, any_seat(), 0_usize..4_000_000_000, 0_u64..3), 1..50)
        ) {
            let (mut seats, mut plain) = (Seats::default(), BTreeMap::new());
            for (index, state, place, far) in writes {
                let (index, number) = (SeatIndex(index), Number::of(place));
                let seat = Tracked { state, sequence: (far << 32) + place as u64 + 1 };
                seats.put(index, seat, seat.state.booking().map(|_| number));
                plain.insert(index, (seat, number));
            }
            prop_assert!(seats.begun().eq(plain.keys().copied()));
            for index in (0..120).map(SeatIndex) {
                let kept = plain.get(&index).copied();
                let id_of = |asked| {
                    let (seat, number) = kept.unwrap();
                    assert_eq!(asked, number);
                    seat.state.booking().unwrap()
                };
                let expected = kept.map(|(seat, _)| seat).unwrap_or_default();
                prop_assert_eq!(seats.get(index, id_of), expected);
            }
        }
    }

    #[test]
    fn a_seat_takes_sixteen_bytes() {
        assert_eq!(size_of::<Row>(), 16);
        assert_eq!(size_of::<Option<Box<[Row; PAGE]>>>(), 8, "half a byte for each of its seats");
    }
}
