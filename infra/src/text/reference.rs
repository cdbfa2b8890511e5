//! What a buyer calls a booking by: on its page, in its letter, at the door.

use aisle_domain::id::BookingId;

/// The last eight digits of a booking's id, short enough to be said on the telephone: `9F3A-01BC`.
#[must_use]
pub fn reference(booking: BookingId) -> String {
    let digits = booking.to_string().replace('-', "").to_uppercase();
    let tail = &digits[digits.len() - 8..];
    format!("{}-{}", &tail[..4], &tail[4..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_the_end_of_the_id() {
        let booking = "0193a1c2-7b4e-7f00-8abc-0123456789ab".parse().unwrap();
        assert_eq!(reference(booking), "4567-89AB");
    }
}
