//! Links to a booking, for whoever bought as a guest: they begin the guest's session anew, on
//! whatever device they are opened.
//!
//! A link is as good as the session that it begins, so it goes to the buyer's e-mail address only.
//! It is no bearer token: it has an audience of its own.

use aisle_domain::actor::Role;
use aisle_domain::id::{BookingId, Subject};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::token::validation_for;
use super::{AuthProblem, ISSUER, IssueError, TokenIssuer, TokenVerifier};

/// The `aud` of links.
const LINK_AUDIENCE: &str = "aisle-booking-link";

/// What a link says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingLink {
    /// Which booking it leads to.
    pub booking: BookingId,
    /// Whose it is.
    pub subject: Subject,
    /// The first moment at which it is no longer good.
    pub expires: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    iss: String,
    aud: String,
    sub: String,
    booking: BookingId,
    exp: i64,
}

impl TokenIssuer {
    /// The token of a link to a booking of this guest: `/bookings/link/{token}`.
    ///
    /// # Errors
    /// As [`TokenIssuer::issue`].
    pub fn booking_link(&self, link: &BookingLink) -> Result<String, IssueError> {
        self.sign(&Wire {
            iss: ISSUER.to_owned(),
            aud: LINK_AUDIENCE.to_owned(),
            sub: link.subject.to_string(),
            booking: link.booking,
            exp: link.expires.as_second(),
        })
    }
}

impl TokenVerifier {
    /// What a link says, if it is one of ours and still good.
    ///
    /// # Errors
    /// If it is not.
    pub fn verify_booking_link(&self, token: &str) -> Result<BookingLink, AuthProblem> {
        let validation = validation_for(LINK_AUDIENCE);
        let decoded = jsonwebtoken::decode::<Wire>(token, &self.key, &validation);
        let wire = decoded.map_err(|_| AuthProblem::Invalid)?.claims;
        let expires = Timestamp::from_second(wire.exp).map_err(|_| AuthProblem::Invalid)?;
        if self.clock.now() >= expires {
            return Err(AuthProblem::Expired);
        }
        let subject = Subject::try_new(wire.sub).map_err(|_| AuthProblem::Invalid)?;
        Ok(BookingLink { booking: wire.booking, subject, expires })
    }

    /// A customer's token for the guest of a link, as long as the link is good: what
    /// [`TokenVerifier::session_cookie`] takes.
    ///
    /// # Errors
    /// As [`TokenIssuer::issue`].
    pub fn link_session(&self, link: &BookingLink) -> Result<String, IssueError> {
        let left = self.clock.now().duration_until(link.expires);
        self.issuer.issue(&link.subject, &[Role::Customer], left)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::SignedDuration;
    use uuid::Uuid;

    use super::*;
    use crate::clock::ManualClock;
    use crate::secret::{Key, Secret};

    const KEY: Key = Secret::new([3; 32]);

    #[test]
    fn a_link_begins_the_guests_session_until_it_expires_and_is_no_token() {
        let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        let verifier = TokenVerifier::new(&KEY, clock.clone());
        let issuer = TokenIssuer::new(&KEY, clock.clone());
        let link = BookingLink {
            booking: BookingId(Uuid::from_u128(7)),
            subject: Subject::try_new("guest-1").unwrap(),
            expires: Timestamp::from_second(60).unwrap(),
        };
        let token = issuer.booking_link(&link).unwrap();
        assert_eq!(verifier.verify_booking_link(&token), Ok(link.clone()));
        assert_eq!(verifier.verify(&token), Err(AuthProblem::Invalid));
        let session = verifier.link_session(&link).unwrap();
        let claims = verifier.verify(&session).unwrap();
        assert_eq!((claims.subject, claims.expires_at), (link.subject, link.expires));
        assert_eq!(verifier.verify_booking_link(&session), Err(AuthProblem::Invalid));
        clock.advance(SignedDuration::from_secs(60));
        assert_eq!(verifier.verify_booking_link(&token), Err(AuthProblem::Expired));
    }
}
