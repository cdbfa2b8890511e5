//! A provider that moves no money but otherwise behaves as a real one does: it takes requests on,
//! and tells later, by signed webhooks over HTTP, what became of them.
//!
//! It keeps nothing across restarts, and needs nothing: what becomes of a charge follows from its
//! token, so a charge that is repeated after a restart ends as it did before.

mod cards;
mod delivery;
mod ledger;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use tokio_util::sync::{CancellationToken, DropGuard};

pub use self::cards::TestCard;
use self::cards::Verdict;
use self::delivery::Delivery;
pub use self::ledger::{ChargeState, Entry, Ledger};
use super::{
    CardInput, CardProblem, ChargeRequest, MethodToken, PaymentError, PaymentProvider,
    RefundRequest, WebhookEvent, WebhookKind, WebhookProblem, webhook,
};
use crate::clock::{Clock, after, derive_id};
use crate::secret::Key;

/// How patient the test provider is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestProviderConfig {
    /// How long [`TestCard::Late`] takes: to be longer than a hold and its grace.
    pub late: SignedDuration,
    /// For how long a webhook is sent again while it is not taken.
    pub give_up_after: SignedDuration,
}

impl Default for TestProviderConfig {
    /// 20 s, and 5 minutes.
    fn default() -> Self {
        Self { late: SignedDuration::from_secs(20), give_up_after: SignedDuration::from_mins(5) }
    }
}

/// The test provider could not be started.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client of the test payment provider cannot be built")]
pub struct StartError(#[source] reqwest::Error);

/// The provider. What it has yet to tell is dropped with it.
pub struct TestProvider {
    key: Key,
    config: TestProviderConfig,
    clock: Arc<dyn Clock>,
    ledger: Arc<Mutex<Ledger>>,
    delivery: Arc<Delivery>,
    stop: CancellationToken,
    _stop_on_drop: DropGuard,
}

impl TestProvider {
    /// A provider that signs its webhooks with a key. It sends none before it was told where to,
    /// by [`TestProvider::send_webhooks_to`].
    ///
    /// # Errors
    /// If there is no HTTP client to be had.
    pub fn start(
        key: Key,
        clock: Arc<dyn Clock>,
        config: TestProviderConfig,
    ) -> Result<Self, StartError> {
        let delivery = Delivery::connect(key.clone(), Arc::clone(&clock), config.give_up_after);
        let stop = CancellationToken::new();
        Ok(Self {
            key,
            config,
            clock,
            ledger: Arc::default(),
            delivery: Arc::new(delivery.map_err(StartError)?),
            _stop_on_drop: stop.clone().drop_guard(),
            stop,
        })
    }

    /// Says where webhooks go: known only once a port is bound. Webhooks that wait are sent then.
    pub fn send_webhooks_to(&self, url: reqwest::Url) {
        self.delivery.send_to(url);
    }

    /// What it has taken on since it was started, as of now.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.ledger.lock().clone()
    }

    /// Runs something for as long as the provider lives.
    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let stopped = self.stop.clone();
        tokio::spawn(async move {
            let _ = stopped.run_until_cancelled(work).await;
        });
    }
}

#[async_trait]
impl PaymentProvider for TestProvider {
    fn name(&self) -> &'static str {
        "test"
    }

    fn tokenise(&self, card: &CardInput) -> Result<MethodToken, CardProblem> {
        let number = card.check(self.clock.now())?;
        Ok(TestCard::of_number(number.expose()).token())
    }

    async fn charge(&self, request: ChargeRequest) -> Result<(), PaymentError> {
        let card = TestCard::of_token(&request.method)
            .ok_or_else(|| PaymentError::Refused("it does not know the token".to_owned()))?;
        if self.ledger.lock().charge(&request)?.is_repeated() {
            return Ok(());
        }
        let at = after(self.clock.now(), card.delay(self.config.late));
        let (clock, ledger) = (Arc::clone(&self.clock), Arc::clone(&self.ledger));
        let delivery = Arc::clone(&self.delivery);
        self.spawn(async move {
            clock.sleep_until(at).await;
            ledger.lock().settle(request.payment, card.verdict());
            let event = outcome(&request, card.verdict());
            for _ in 0..card.tellings() {
                delivery.deliver(&event).await;
            }
        });
        Ok(())
    }

    async fn refund(&self, request: RefundRequest) -> Result<(), PaymentError> {
        if self.ledger.lock().refund(&request)?.is_repeated() {
            return Ok(());
        }
        let delivery = Arc::clone(&self.delivery);
        self.spawn(async move { delivery.deliver(&refunded(&request)).await });
        Ok(())
    }

    fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<WebhookEvent, WebhookProblem> {
        webhook::verify(&self.key, headers, body, now)
    }
}

fn outcome(request: &ChargeRequest, verdict: Verdict) -> WebhookEvent {
    let ChargeRequest { payment, booking, amount, .. } = *request;
    let kind = match verdict {
        Verdict::Captured => WebhookKind::Captured { payment, booking, amount },
        Verdict::Declined(reason) => {
            WebhookKind::Declined { payment, booking, reason: reason.to_owned() }
        }
    };
    WebhookEvent { id: event_id("payment", &payment.to_string()), kind }
}

fn refunded(request: &RefundRequest) -> WebhookEvent {
    let RefundRequest { refund, payment, booking, amount } = *request;
    let kind = WebhookKind::Refunded { refund, payment, booking, amount };
    WebhookEvent { id: event_id("refund", &refund.to_string()), kind }
}

/// The same for the same payment or refund, so also after a restart.
fn event_id(what: &str, id: &str) -> String {
    derive_id("test-payment-webhook", &format!("{what}:{id}")).to_string()
}
