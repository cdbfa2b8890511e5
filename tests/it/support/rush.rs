//! Many buyers at once, from when it begins to when it is told to end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::task::JoinHandle;

use super::buyer::{Buyer, Seen};
use super::{Account, Breaks, Dice, Doors, Lapses, Site, eventually};

/// Buyers at work.
pub(crate) struct Rush {
    over: Arc<AtomicBool>,
    seen: Arc<Seen>,
    buyers: Vec<JoinHandle<Vec<Account>>>,
}

impl Rush {
    /// So many buyers want seats of these events. `site` gives out their tokens.
    pub(crate) fn begin(
        buyers: u64,
        site: &impl Site,
        doors: &Doors,
        events: &[String],
        (breaks, lapses): (Breaks, Lapses),
    ) -> Self {
        let (over, seen) = (Arc::new(AtomicBool::new(false)), Arc::new(Seen::default()));
        let buyers = (0..buyers).map(|number| {
            let name = format!("buyer-{number}");
            let client = site.client(&name, "customer");
            let buyer = Buyer {
                name,
                client,
                doors: doors.clone(),
                breaks,
                lapses,
                seen: seen.clone(),
                dice: Dice(number * 7_919 + 13),
                events: events.to_vec(),
            };
            tokio::spawn(work(buyer, over.clone()))
        });
        let buyers = buyers.collect();
        Self { over, seen, buyers }
    }

    /// Returns when so many more bookings were made.
    pub(crate) async fn holds(&self, more: u64) {
        self.rises(&self.seen.held, more, "more bookings").await;
    }

    /// How many requests were answered by 503.
    pub(crate) fn turned_away(&self) -> u64 {
        self.seen.turned_away.load(Ordering::SeqCst)
    }

    /// Returns when so many more requests were answered by 503.
    pub(crate) async fn is_turned_away(&self, more: u64) {
        self.rises(&self.seen.turned_away, more, "requests that are turned away").await;
    }

    /// Lets every buyer finish what is begun; what became of all wishes.
    pub(crate) async fn end(self) -> Vec<Account> {
        self.over.store(true, Ordering::SeqCst);
        let mut accounts = Vec::new();
        for buyer in self.buyers {
            accounts.extend(buyer.await.unwrap());
        }
        accounts
    }

    async fn rises(&self, count: &AtomicU64, by: u64, what: &str) {
        let goal = count.load(Ordering::SeqCst) + by;
        eventually(what, async || {
            let gave_up = self.buyers.iter().any(JoinHandle::is_finished);
            assert!(!gave_up, "a buyer met what nobody should");
            count.load(Ordering::SeqCst) >= goal
        })
        .await;
    }
}

async fn work(mut buyer: Buyer, over: Arc<AtomicBool>) -> Vec<Account> {
    let mut accounts = Vec::new();
    for round in 0.. {
        if over.load(Ordering::SeqCst) {
            break;
        }
        accounts.extend(buyer.shop(round).await);
    }
    accounts
}
