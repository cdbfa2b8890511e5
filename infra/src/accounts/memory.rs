//! Accounts in memory, for tests of what stands on them.

use std::collections::BTreeMap;

use aisle_domain::id::{BookingId, Subject};
use async_trait::async_trait;
use jiff::Timestamp;
use parking_lot::Mutex;

use super::{Account, AccountStore, AccountsError, Contact, Creation};

/// Accounts that are gone with the process.
#[derive(Debug, Default)]
pub struct MemoryAccounts(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    accounts: Vec<Account>,
    keys: BTreeMap<Subject, String>,
    contacts: BTreeMap<BookingId, Kept>,
}

#[derive(Debug)]
struct Kept {
    contact: Contact,
    claimed: Timestamp,
}

#[async_trait]
impl AccountStore for MemoryAccounts {
    async fn create(&self, account: &Account) -> Result<Creation, AccountsError> {
        let accounts = &mut self.0.lock().accounts;
        let same =
            |known: &Account| known.login == account.login || known.subject == account.subject;
        if accounts.iter().any(same) {
            return Ok(Creation::Taken);
        }
        accounts.push(account.clone());
        Ok(Creation::Created)
    }

    async fn by_login(&self, login: &str) -> Result<Option<Account>, AccountsError> {
        Ok(self.0.lock().accounts.iter().find(|account| account.login == login).cloned())
    }

    async fn by_subject(&self, subject: &Subject) -> Result<Option<Account>, AccountsError> {
        Ok(self.0.lock().accounts.iter().find(|account| account.subject == *subject).cloned())
    }

    async fn keep_key(&self, subject: &Subject, sealed: &str) -> Result<String, AccountsError> {
        let keys = &mut self.0.lock().keys;
        Ok(keys.entry(subject.clone()).or_insert_with(|| sealed.to_owned()).clone())
    }

    async fn key(&self, subject: &Subject) -> Result<Option<String>, AccountsError> {
        Ok(self.0.lock().keys.get(subject).cloned())
    }

    async fn erase(&self, subject: &Subject) -> Result<(), AccountsError> {
        let state = &mut *self.0.lock();
        state.accounts.retain(|account| account.subject != *subject);
        state.contacts.retain(|_, kept| kept.contact.subject != *subject);
        state.keys.remove(subject);
        Ok(())
    }

    async fn keep_contact(&self, contact: &Contact) -> Result<bool, AccountsError> {
        let contacts = &mut self.0.lock().contacts;
        if contacts.get(&contact.booking).is_some_and(|kept| kept.contact.sent.is_some()) {
            return Ok(false);
        }
        let kept = Kept { contact: contact.clone(), claimed: Timestamp::MIN };
        contacts.insert(contact.booking, kept);
        Ok(true)
    }

    async fn contact(&self, booking: BookingId) -> Result<Option<Contact>, AccountsError> {
        Ok(self.0.lock().contacts.get(&booking).map(|kept| kept.contact.clone()))
    }

    async fn waiting(
        &self,
        now: Timestamp,
        after: Option<BookingId>,
        limit: u32,
    ) -> Result<Vec<BookingId>, AccountsError> {
        let contacts = &self.0.lock().contacts;
        let waits = |kept: &&Kept| kept.contact.sent.is_none() && kept.claimed <= now;
        let bookings = contacts.values().filter(waits).map(|kept| kept.contact.booking);
        let next = bookings.filter(|booking| after.is_none_or(|after| *booking > after));
        Ok(next.take(limit as usize).collect())
    }

    async fn claim(
        &self,
        booking: BookingId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, AccountsError> {
        let contacts = &mut self.0.lock().contacts;
        match contacts.get_mut(&booking) {
            Some(kept) if kept.contact.sent.is_none() && kept.claimed <= now => {
                kept.claimed = until;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    async fn sent(&self, booking: BookingId, at: Timestamp) -> Result<(), AccountsError> {
        if let Some(kept) = self.0.lock().contacts.get_mut(&booking) {
            kept.contact.sent = Some(at);
        }
        Ok(())
    }

    async fn forget_contact(&self, booking: BookingId) -> Result<(), AccountsError> {
        self.0.lock().contacts.remove(&booking);
        Ok(())
    }
}
