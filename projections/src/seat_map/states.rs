//! The states of the seats of one event, two bits each, in plan order.

use bytes::Bytes;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a seat map says of a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeatState {
    /// It can be held.
    Free,
    /// It is kept for a booking.
    Held,
    /// It is sold.
    Sold,
    /// It is not on sale; nothing makes a seat so yet.
    Blocked,
}

/// Four seats to a byte: seat `i` is in byte `i / 4`, in the two bits from `2 * (i % 4)` up.
/// Nothing is stored before the first seat is taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PackedStates(Vec<u8>);

/// How many bytes so many seats take.
pub(crate) fn packed_len(seats: u32) -> usize {
    seats.div_ceil(4) as usize
}

impl SeatState {
    /// The two bits.
    #[must_use]
    pub const fn bits(self) -> u8 {
        match self {
            Self::Free => 0,
            Self::Held => 1,
            Self::Sold => 2,
            Self::Blocked => 3,
        }
    }

    const fn from_bits(bits: u8) -> Self {
        match bits & 3 {
            0 => Self::Free,
            1 => Self::Held,
            2 => Self::Sold,
            _ => Self::Blocked,
        }
    }
}

impl PackedStates {
    pub(crate) fn state(&self, seat: u32) -> SeatState {
        state_in(&self.0, seat)
    }

    /// Sets the state of one of `seats` seats.
    pub(crate) fn set(&mut self, seat: u32, state: SeatState, seats: u32) {
        self.0.resize(packed_len(seats), 0);
        let shift = 2 * (seat % 4);
        if let Some(byte) = self.0.get_mut(seat as usize / 4) {
            *byte = *byte & !(3 << shift) | state.bits() << shift;
        }
    }

    /// The bytes; none if all seats are free.
    pub(crate) fn to_bytes(&self) -> Bytes {
        Bytes::copy_from_slice(&self.0)
    }
}

/// The state of a seat in packed bytes; free beyond their end.
pub(crate) fn state_in(packed: &[u8], seat: u32) -> SeatState {
    let byte = packed.get(seat as usize / 4).copied().unwrap_or_default();
    SeatState::from_bits(byte >> (2 * (seat % 4)))
}

impl Serialize for PackedStates {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for PackedStates {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        hex::decode(text).map(Self).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_packed_from_the_low_bits_up() {
        let mut states = PackedStates::default();
        assert!(states.to_bytes().is_empty());
        states.set(0, SeatState::Held, 6);
        states.set(3, SeatState::Sold, 6);
        states.set(5, SeatState::Blocked, 6);
        assert_eq!(&states.to_bytes()[..], [0b10_00_00_01, 0b00_00_11_00]);
        states.set(3, SeatState::Free, 6);
        assert_eq!(states.state(3), SeatState::Free);
        assert_eq!(states.state(5), SeatState::Blocked);
        assert_eq!(serde_json::to_string(&states).unwrap(), "\"010c\"");
        assert_eq!(serde_json::from_str::<PackedStates>("\"010c\"").unwrap(), states);
    }
}
