//! How a booking is called: after the place that it has among its buyer's bookings of the event.
//!
//! The name is what makes the limit per buyer hold between processes, at no cost. Who makes a
//! buyer's third booking must know of two; who knows of one calls its own the second, and the
//! journal has a second one: a conflict, after which it knows better. Different buyers never meet.

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use uuid::{Builder, Variant, Version};

use super::{House, Proposal, StreamKey};
use crate::id::{BookingId, EventId, Subject};
use crate::policy;

impl House {
    /// What the next booking of a buyer is called.
    #[must_use]
    pub fn next_booking_of(&self, buyer: &Subject) -> BookingId {
        let made = self.bookings_of(buyer).count() as u64;
        // Bookings that were named otherwise count, so that the first free name is not far.
        let names = (made..).map(|place| name(self.event_id(), buyer, place));
        let mut free = names.filter(|name| self.bookings.sequence(*name) == 0);
        free.next().unwrap_or_else(|| unreachable!("there are more names than bookings"))
    }

    /// Names what a count of a buyer's tickets rests on. The last booking: if it is under way and
    /// fails, the next one must not leave a gap in the names. And holds that have lapsed: another
    /// process may have renewed one in time, and then it counts.
    pub(super) fn rests_on_bookings(
        &self,
        buyer: &Subject,
        now: Timestamp,
        proposal: &mut Proposal,
    ) {
        let has_lapsed = |id: BookingId| {
            self.bookings.until(id).is_some_and(|until| policy::has_lapsed(until, now))
        };
        let mut bookings = self.bookings_of(buyer).peekable();
        while let Some(id) = bookings.next() {
            if bookings.peek().is_none() || has_lapsed(id) {
                proposal.rests_on(StreamKey::Booking(id), self.bookings.sequence(id));
            }
        }
    }
}

/// The beginning is the event's, so that the bookings of one event lie together in an index.
fn name(event: EventId, buyer: &Subject, place: u64) -> BookingId {
    let mut hash = Sha256::new();
    hash.update(event.0.as_bytes());
    hash.update(place.to_be_bytes());
    hash.update(buyer.as_str());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    bytes[..6].copy_from_slice(&event.0.as_bytes()[..6]);
    let named = Builder::from_bytes(bytes).with_version(Version::Custom);
    BookingId(named.with_variant(Variant::RFC4122).into_uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_it_was_in_every_earlier_version() {
        let event = EventId("018f0000-0000-7000-8000-000000000001".parse().unwrap());
        let ann = Subject::try_new("ann").unwrap();
        let names = [0, 1].map(|place| name(event, &ann, place).to_string());
        assert_eq!(
            names,
            ["018f0000-0000-8ee3-9228-e0f0a97344dd", "018f0000-0000-8421-a4f3-058262519ba6"]
        );
    }
}
