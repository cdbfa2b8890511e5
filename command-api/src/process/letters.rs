//! Letters to buyers: one for each booking that is paid and has an address.
//!
//! Whoever writes a letter claims it first, for [`CLAIM`], and notes that it was sent afterwards: no
//! two processes send the same one. A crash between the two sends it once more when the claim has
//! run out, under the same `Message-ID`. A letter that cannot be sent is tried again as often.
//! What was missed is found by looking through all contacts that wait, now and then.

use std::sync::Arc;
use std::time::Duration;

use aisle_domain::booking::{BookingFact, BookingPhase, BookingRefusal};
use aisle_domain::fact::Fact;
use aisle_domain::house::{House, Refusal};
use aisle_domain::id::{BookingId, Subject};
use aisle_infra::accounts::AccountsError;
use aisle_infra::clock::after;
use aisle_infra::http::auth::{BookingLink, IssueError};
use aisle_infra::mail::{Letter, MailError, Mailer};
use futures::StreamExt as _;
use jiff::SignedDuration;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::letter_text::Occasion;
use crate::CommandApi;
use crate::accounts::{Fault, Profile};
use crate::box_office::{Batch, ExecuteError};

/// How long somebody may take to send a letter before others believe that it was not sent.
const CLAIM: SignedDuration = SignedDuration::from_mins(5);

/// How often all contacts that wait are looked through.
const LOOK_THROUGH: Duration = Duration::from_secs(60);

/// How many are looked at in one go.
const PAGE: u32 = 200;

/// How many letters are written at a time.
const AT_ONCE: usize = 8;

/// For how long a letter's link is good: as long as a guest's session.
const LINK_VALID: SignedDuration = SignedDuration::from_hours(180 * 24);

/// Writes letters.
#[derive(Clone)]
pub struct Letters {
    api: CommandApi,
    mailer: Arc<dyn Mailer>,
    /// The site's address, without a slash at its end.
    site: String,
}

/// Why a letter was not sent.
#[derive(Debug, thiserror::Error)]
enum Unsent {
    #[error(transparent)]
    Accounts(#[from] Fault),
    #[error(transparent)]
    Booking(#[from] ExecuteError),
    #[error(transparent)]
    Mail(#[from] MailError),
    #[error(transparent)]
    Link(#[from] IssueError),
}

impl From<AccountsError> for Unsent {
    fn from(error: AccountsError) -> Self {
        Self::Accounts(error.into())
    }
}

/// What is to be done about a contact.
enum Verdict {
    Write(Box<Occasion>),
    Wait,
    Forget,
}

impl Letters {
    /// Letters that go out by this mailer, with links to this site.
    #[must_use]
    pub fn new(api: CommandApi, mailer: Arc<dyn Mailer>, site: &str) -> Self {
        Self { api, mailer, site: site.trim_end_matches('/').to_owned() }
    }

    /// Works until told to stop. A letter under way then may be sent once more.
    pub fn start(self, stop: CancellationToken) -> JoinHandle<()> {
        // From now on, so that nothing happens between the first look and the first news.
        let (mut facts, mut contacts) = (self.api.box_office.listen(), self.api.accounts.listen());
        let work = async move {
            self.look_through().await;
            let mut next_look = tokio::time::interval(LOOK_THROUGH);
            next_look.reset();
            loop {
                let news = tokio::select! {
                    _ = next_look.tick() => Err(RecvError::Lagged(0)),
                    heard = facts.recv() => heard.map(|batch| paid_in(&batch)),
                    heard = contacts.recv() => heard.map(|booking| vec![booking]),
                };
                match news {
                    Ok(bookings) => self.write_all(bookings).await,
                    Err(RecvError::Lagged(_)) => self.look_through().await,
                    Err(RecvError::Closed) => return,
                }
            }
        };
        tokio::spawn(async move {
            stop.run_until_cancelled_owned(work).await;
        })
    }

    async fn look_through(&self) {
        let mut last = None;
        loop {
            let waiting = self.api.accounts.store.waiting(self.api.clock.now(), last, PAGE).await;
            match waiting {
                Ok(page) => {
                    last = page.last().copied().or(last);
                    let full = page.len() >= PAGE as usize;
                    self.write_all(page).await;
                    if !full {
                        return;
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "letters wait");
                    return;
                }
            }
        }
    }

    async fn write_all(&self, bookings: impl IntoIterator<Item = BookingId>) {
        let each = async |booking| {
            if let Err(error) = self.write(booking).await {
                tracing::error!(%booking, %error, "a letter was not sent; it is tried again");
            }
        };
        futures::stream::iter(bookings).for_each_concurrent(AT_ONCE, each).await;
    }

    /// Writes to the contact of a booking, if it has one and it is time.
    async fn write(&self, booking: BookingId) -> Result<(), Unsent> {
        let accounts = &self.api.accounts;
        let Some((subject, to)) = accounts.open_contact(booking).await? else { return Ok(()) };
        let occasion = match self.verdict(booking).await? {
            Verdict::Write(occasion) => occasion,
            Verdict::Wait => return Ok(()),
            Verdict::Forget => return Ok(accounts.store.forget_contact(booking).await?),
        };
        let now = self.api.clock.now();
        if !accounts.store.claim(booking, now, after(now, CLAIM)).await? {
            return Ok(());
        }
        let letter = self.letter(booking, &subject, to, &occasion).await?;
        let Some(letter) = letter else { return Ok(accounts.store.forget_contact(booking).await?) };
        match self.mailer.send(&letter).await {
            Ok(()) => {}
            // Trying again would change nothing.
            Err(error @ (MailError::Refused(_) | MailError::Invalid(_))) => {
                tracing::warn!(%booking, %error, "a letter cannot be sent");
            }
            Err(error) => return Err(error.into()),
        }
        Ok(accounts.store.sent(booking, self.api.clock.now()).await?)
    }

    async fn verdict(&self, booking: BookingId) -> Result<Verdict, ExecuteError> {
        let not_found = |refusal: &Refusal| *refusal == BookingRefusal::NotFound.into();
        let event = match self.api.box_office.event_of(booking).await {
            Err(ExecuteError::Refused(refusal)) if not_found(&refusal) => {
                return Ok(Verdict::Forget);
            }
            event => event?,
        };
        let verdict = |house: &House| {
            let placed = house.placed(booking);
            let Some((placed, details)) = placed.zip(house.event().details()) else {
                return Verdict::Forget;
            };
            match placed.phase {
                BookingPhase::Held { .. } | BookingPhase::Paying { .. } => Verdict::Wait,
                BookingPhase::Confirmed { .. } => {
                    Verdict::Write(Box::new(Occasion::new(&placed.order, details)))
                }
                // Money may still come, and the seats be free.
                BookingPhase::Expired if !placed.payments.is_empty() => Verdict::Wait,
                BookingPhase::Expired | BookingPhase::Released | BookingPhase::Cancelled => {
                    Verdict::Forget
                }
            }
        };
        self.api.box_office.with_house(event, verdict).await
    }

    /// The letter; none if its address is none after all.
    async fn letter(
        &self,
        booking: BookingId,
        subject: &Subject,
        to: Profile,
        occasion: &Occasion,
    ) -> Result<Option<Letter>, Unsent> {
        let Ok(address) = to.email.parse() else { return Ok(None) };
        let date = self.api.clock.now();
        let place = match self.api.accounts.needs_link(subject).await? {
            true => {
                let (subject, expires) = (subject.clone(), after(date, LINK_VALID));
                let link = BookingLink { booking, subject, expires };
                format!("link/{}", self.api.issuer.booking_link(&link)?)
            }
            false => booking.to_string(),
        };
        Ok(Some(Letter {
            id: format!("booking-{booking}"),
            to: address,
            subject: occasion.subject(),
            text: occasion.text(
                booking,
                to.name.as_deref(),
                &format!("{}/bookings/{place}", self.site),
            ),
            name: to.name,
            date,
        }))
    }
}

/// The bookings that were paid, of what the journal is read to hold.
fn paid_in(batch: &Batch) -> Vec<BookingId> {
    let paid = |fact: &Fact| matches!(fact, Fact::Booking(BookingFact::Confirmed { .. }));
    let facts = batch.entries.iter().filter(|entry| paid(&entry.fact));
    facts.filter_map(|entry| entry.booking_id()).collect()
}
