//! Where the mail about a booking goes.

use aisle_domain::id::{BookingId, Subject};
use aisle_infra::accounts::Contact;
use tokio::sync::broadcast;

use super::profile::Purpose;
use super::{Accounts, Fault, Profile};
use crate::guest::is_guest;

impl Accounts {
    /// Keeps where the mail about a booking goes. Returns false if it was sent already.
    pub(crate) async fn keep_contact(
        &self,
        booking: BookingId,
        subject: &Subject,
        profile: &Profile,
    ) -> Result<bool, Fault> {
        let sealed = self.seal(subject, Purpose::Contact(booking), profile).await?;
        let contact = Contact { booking, subject: subject.clone(), sealed, sent: None };
        let kept = self.store.keep_contact(&contact).await?;
        // Nobody listens where no letters are written.
        let _ = self.contacts.send(booking);
        Ok(kept)
    }

    /// Whom to write to about a booking, unless it was done; none if the subject was erased.
    pub(crate) async fn open_contact(
        &self,
        booking: BookingId,
    ) -> Result<Option<(Subject, Profile)>, Fault> {
        let Some(contact) = self.store.contact(booking).await? else { return Ok(None) };
        if contact.sent.is_some() {
            return Ok(None);
        }
        let purpose = Purpose::Contact(booking);
        let profile = self.open(&contact.subject, purpose, &contact.sealed).await?;
        Ok(profile.map(|profile| (contact.subject, profile)))
    }

    /// Whether a subject has no way back to its bookings but a link.
    pub(crate) async fn needs_link(&self, subject: &Subject) -> Result<bool, Fault> {
        Ok(is_guest(subject) && self.store.by_subject(subject).await?.is_none())
    }

    /// Bookings that get a contact from now on.
    pub(crate) fn listen(&self) -> broadcast::Receiver<BookingId> {
        self.contacts.subscribe()
    }
}
