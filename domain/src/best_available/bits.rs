//! One bit per seat in plan order: set if the seat is free.
//!
//! Runs are consecutive in plan order, so each is a range of bits. Ranges given here must lie
//! within the plan.

/// The free seats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bits(Box<[u64]>);

impl Bits {
    /// `count` free seats, and nothing free beyond them.
    pub(super) fn all_free(count: u32) -> Bits {
        let mut words = vec![u64::MAX; count.div_ceil(64) as usize];
        if let (Some(last), 1..) = (words.last_mut(), count % 64) {
            *last = (1 << (count % 64)) - 1;
        }
        Bits(words.into())
    }

    /// Whether the seat is free; seats beyond the plan are not.
    pub(super) fn is_free(&self, seat: u32) -> bool {
        self.0.get(seat as usize / 64).is_some_and(|word| word >> (seat % 64) & 1 == 1)
    }

    /// Makes a free seat taken and the reverse.
    pub(super) fn flip(&mut self, seat: u32) {
        self.0[seat as usize / 64] ^= 1 << (seat % 64);
    }

    /// The first free seat in `from..end`, or `end`.
    pub(super) fn next_free(&self, from: u32, end: u32) -> u32 {
        self.next(from, end, |word| word)
    }

    /// The first taken seat in `from..end`, or `end`.
    pub(super) fn next_taken(&self, from: u32, end: u32) -> u32 {
        self.next(from, end, |word| !word)
    }

    fn next(&self, from: u32, end: u32, wanted: impl Fn(u64) -> u64) -> u32 {
        let mut at = from;
        while at < end {
            let rest = wanted(self.0[at as usize / 64]) >> (at % 64);
            if rest != 0 {
                return end.min(at + rest.trailing_zeros());
            }
            at = (at / 64 + 1) * 64;
        }
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_found_across_words() {
        let mut bits = Bits::all_free(200);
        (10..150).for_each(|seat| bits.flip(seat));
        assert_eq!((bits.next_free(0, 200), bits.next_taken(0, 200)), (0, 10));
        assert_eq!((bits.next_free(10, 200), bits.next_taken(150, 200)), (150, 200));
        assert_eq!((bits.next_free(10, 100), bits.next_free(20, 20)), (100, 20));
    }

    #[test]
    fn nothing_is_free_beyond_the_plan() {
        for count in [1, 63, 64, 65, 128] {
            let bits = Bits::all_free(count);
            assert!(bits.is_free(count - 1));
            assert!(!bits.is_free(count) && !bits.is_free(1000));
            assert_eq!(bits.next_taken(0, count), count);
        }
    }
}
