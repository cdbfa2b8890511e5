//! A deadline in eight bytes, half of what a timestamp takes.

use jiff::Timestamp;

/// A moment between 1970 and 2106, to the nanosecond.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) second: u32,
    /// Less than a thousand million: the two highest bits are free.
    pub(super) nanosecond: u32,
}

impl Moment {
    /// None if it is too early or too late.
    pub(super) fn pack(moment: Timestamp) -> Option<Self> {
        let second = u32::try_from(moment.as_second()).ok()?;
        let nanosecond = u32::try_from(moment.subsec_nanosecond()).ok()?;
        Some(Self { second, nanosecond })
    }

    pub(super) fn unpack(self) -> Timestamp {
        let nanosecond = i32::try_from(self.nanosecond).unwrap_or_default();
        // What was packed is in range.
        Timestamp::new(i64::from(self.second), nanosecond).unwrap_or(Timestamp::MAX)
    }
}

/// The second in which a moment is, or the first or last that there is: moments in order have their
/// seconds in order.
pub(super) fn second(moment: Timestamp) -> u32 {
    let clamped = moment.as_second().clamp(0, i64::from(u32::MAX));
    u32::try_from(clamped).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_moment_comes_out_as_it_went_in(nanosecond in -4_000_000_000_000_000_000_i128..8_000_000_000_000_000_000) {
            let moment = Timestamp::from_nanosecond(nanosecond).unwrap();
            let in_range = (0..1_i128 << 32).contains(&nanosecond.div_euclid(1_000_000_000));
            prop_assert_eq!(Moment::pack(moment).map(Moment::unpack), in_range.then_some(moment));
        }
    }

    #[test]
    fn seconds_are_in_the_order_of_their_moments() {
        let order = ["0001-01-01T00:00:00Z", "1970-01-01T00:00:01Z", "2106-02-07T06:28:16Z"];
        let order = order.map(|moment| second(moment.parse().unwrap()));
        assert_eq!(order, [0, 1, u32::MAX]);
        assert_eq!(std::mem::size_of::<Moment>(), 8);
    }
}
