//! A buyer who wants to know: whatever has no definite answer is asked again, with the same key.
//!
//! It also judges the answers: what a client may be told while things break is written down here.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Client, Dice, Reply};

/// What a request may be refused with, by rules that are right about it.
const REFUSALS: [&str; 6] = [
    "seats_taken",
    "none_left",
    "already_paid",
    "payment_in_progress",
    "booking_over",
    "contended",
];

/// What all keys begin with, and nothing else that goes to a database has in it.
pub(crate) const KEYS: &str = "wish-of-";

/// Where the servers are. They may move.
#[derive(Clone)]
pub(crate) struct Doors(Arc<RwLock<Vec<String>>>);

impl Doors {
    pub(crate) fn new(urls: &[&str]) -> Self {
        Self(Arc::new(RwLock::new(urls.iter().map(|url| (*url).to_owned()).collect())))
    }

    pub(crate) fn are(&self, urls: &[&str]) {
        *self.0.write().unwrap() = urls.iter().map(|url| (*url).to_owned()).collect();
    }

    fn one_of(&self, dice: &mut Dice) -> String {
        let urls = self.0.read().unwrap();
        urls[dice.roll(urls.len() as u64) as usize].clone()
    }
}

/// Whether connections to the server may break: only while it is killed itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breaks {
    Never,
    Allowed,
}

/// Whether holds may lapse while a buyer is still at it: only where they are short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lapses {
    Never,
    Allowed,
}

/// What all buyers together have met.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Holds that were answered by a booking.
    pub(super) held: AtomicU64,
    /// Answers of 503.
    pub(super) turned_away: AtomicU64,
}

/// What became of one wish.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) buyer: String,
    pub(crate) client: Client,
    pub(crate) path: String,
    pub(crate) key: String,
    pub(crate) wish: Value,
    pub(crate) booking: String,
    /// Whether the first attempt had no definite answer.
    pub(crate) unsure: bool,
    /// What the buyer was told of it afterwards: names of facts that must be in the journal.
    pub(crate) told: Vec<&'static str>,
}

/// A buyer and what they may want.
pub(super) struct Buyer {
    pub(super) name: String,
    pub(super) client: Client,
    pub(super) doors: Doors,
    pub(super) breaks: Breaks,
    pub(super) lapses: Lapses,
    pub(super) seen: Arc<Seen>,
    pub(super) dice: Dice,
    /// Events to buy of.
    pub(super) events: Vec<String>,
}

impl Buyer {
    /// Wants something and does something with it. None if it was not to be had.
    pub(super) async fn shop(&mut self, round: u64) -> Option<Account> {
        let event = self.dice.roll(self.events.len() as u64) as usize;
        let path = format!("/v1/events/{}/bookings", self.events[event]);
        let wish = match self.dice.roll(4) {
            // A few seats that everybody wants, in overlapping groups.
            0 => {
                let first = 1 + self.dice.roll(4);
                json!({"seats": [format!("A-1-{first}"), format!("A-1-{}", first + 1)]})
            }
            quantity => json!({"quantity": quantity}),
        };
        let key = format!("{KEYS}{}-{round}", self.name);
        let (reply, unsure) = self.ask(Method::POST, &path, Some(&key), Some(wish.clone())).await;
        if reply.status != StatusCode::CREATED {
            tokio::time::sleep(Duration::from_millis(10)).await;
            return None;
        }
        self.seen.held.fetch_add(1, Ordering::SeqCst);
        let booking = reply.body["booking_id"].as_str().unwrap().to_owned();
        let (buyer, client) = (self.name.clone(), self.client.clone());
        let told = Vec::new();
        let mut account = Account { buyer, client, path, key, wish, booking, unsure, told };
        self.go_on(&mut account).await;
        Some(account)
    }

    /// Pays, gives up, pays and gives back, does two of these at once, or nothing.
    async fn go_on(&mut self, account: &mut Account) {
        let (booking, key) = (account.booking.clone(), account.key.clone());
        match self.dice.roll(5) {
            0 => {}
            1 => account.told.extend(self.release(&booking).await),
            2 => account.told.extend(self.pay(&booking, &key).await),
            3 => {
                account.told.extend(self.pay(&booking, &key).await);
                account.told.extend(self.cancel(&booking).await);
            }
            _ => {
                let (mut one, mut other) = (self.twin(1), self.twin(2));
                let (paid, cancelled) =
                    tokio::join!(one.pay(&booking, &key), other.cancel(&booking));
                account.told.extend(paid.into_iter().chain(cancelled));
            }
        }
    }

    async fn pay(&mut self, booking: &str, key: &str) -> Option<&'static str> {
        let path = format!("/v1/bookings/{booking}/payment");
        // Captured at once, told once or twice.
        let cards = ["4242 4242 4242 4242", "4000 0000 0000 0259"];
        let card = json!({"card": {"number": cards[self.dice.roll(2) as usize]}});
        let (reply, _) =
            self.ask(Method::POST, &path, Some(&format!("{key}-pay")), Some(card)).await;
        (reply.status == StatusCode::ACCEPTED).then_some("payment_started")
    }

    async fn cancel(&mut self, booking: &str) -> Option<&'static str> {
        let path = format!("/v1/bookings/{booking}/cancel");
        let (reply, _) = self.ask(Method::POST, &path, None, None).await;
        (reply.status == StatusCode::OK).then_some("cancelled")
    }

    async fn release(&mut self, booking: &str) -> Option<&'static str> {
        let (reply, _) =
            self.ask(Method::DELETE, &format!("/v1/bookings/{booking}"), None, None).await;
        (reply.status == StatusCode::OK).then_some("released")
    }

    /// Asks until there is a definite answer; says whether it was not the first one.
    async fn ask(
        &mut self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<Value>,
    ) -> (Reply, bool) {
        for attempt in 0..1_000 {
            let client = self.client.at(&self.doors.one_of(&mut self.dice));
            match client.ask(method.clone(), path, key, body.clone()).await {
                Ok(reply) if reply.is_passing() => {
                    self.seen.turned_away.fetch_add(1, Ordering::SeqCst);
                }
                Ok(reply) => {
                    reply.assert_proper(path, self.lapses);
                    return (reply, attempt > 0);
                }
                Err(error) => assert_eq!(self.breaks, Breaks::Allowed, "{path}: {error:?}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{path}: no definite answer");
    }

    /// The same person in another window.
    fn twin(&self, number: u64) -> Self {
        Self {
            name: self.name.clone(),
            client: self.client.clone(),
            doors: self.doors.clone(),
            breaks: self.breaks,
            lapses: self.lapses,
            seen: self.seen.clone(),
            dice: Dice(self.dice.0 ^ number),
            events: self.events.clone(),
        }
    }
}

impl Reply {
    /// Whether it asks to come again: 503, or 409 for seats in demand; it must say when.
    fn is_passing(&self) -> bool {
        let passing = self.status == StatusCode::SERVICE_UNAVAILABLE || self.code() == "contended";
        assert!(!passing || self.headers.contains_key("retry-after"), "{self:?}");
        passing
    }

    /// A success, or a refusal that is right.
    fn assert_proper(&self, path: &str, lapses: Lapses) {
        let refused = self.status == StatusCode::CONFLICT && REFUSALS.contains(&self.code());
        let lapsed = self.status == StatusCode::GONE && self.code() == "hold_expired";
        let right = refused || lapsed && lapses == Lapses::Allowed;
        assert!(self.status.is_success() || right, "{path}: {self:?}");
    }
}
