//! Sends webhooks, again and again until they are taken or it is too late.
//!
//! It does not keep them: a restart loses what was not delivered, as an outage of a provider may.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, StatusCode, Url};
use tokio::sync::watch;

use super::super::signature::{SIGNATURE_HEADER, sign};
use super::super::webhook::WebhookEvent;
use crate::clock::{Clock, after};
use crate::secret::Key;

/// The first pause between two attempts; each further one is twice as long.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_millis(250);

/// The longest pause.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_secs(30);

/// How long the receiver may take to answer.
const ANSWER_TIME: Duration = Duration::from_secs(10);

pub(super) struct Delivery {
    client: Client,
    key: Key,
    clock: Arc<dyn Clock>,
    url: watch::Sender<Option<Url>>,
    give_up_after: SignedDuration,
}

/// What became of one attempt.
enum Attempt {
    Taken,
    /// It may work later.
    Failed(String),
    /// It will never work.
    Refused(StatusCode),
}

impl Delivery {
    pub(super) fn connect(
        key: Key,
        clock: Arc<dyn Clock>,
        give_up_after: SignedDuration,
    ) -> Result<Self, reqwest::Error> {
        let client = Client::builder().no_proxy().timeout(ANSWER_TIME).build()?;
        Ok(Self { client, key, clock, url: watch::Sender::new(None), give_up_after })
    }

    pub(super) fn send_to(&self, url: Url) {
        self.url.send_replace(Some(url));
    }

    /// Returns once the webhook was taken, refused, or sent in vain for long enough.
    pub(super) async fn deliver(&self, event: &WebhookEvent) {
        let until = after(self.clock.now(), self.give_up_after);
        let mut pause = FIRST_PAUSE;
        loop {
            match self.attempt(event).await {
                Attempt::Taken => return,
                Attempt::Refused(status) => {
                    tracing::error!(id = event.id, %status, "a webhook was refused");
                    return;
                }
                Attempt::Failed(why) if self.clock.now() >= until => {
                    tracing::error!(id = event.id, why, "a webhook was given up");
                    return;
                }
                Attempt::Failed(why) => tracing::info!(id = event.id, why, "a webhook waits"),
            }
            self.clock.sleep_until(after(self.clock.now(), pause)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Each attempt is signed anew: by the last one the first signature would be out of date.
    async fn attempt(&self, event: &WebhookEvent) -> Attempt {
        let (Some(url), Ok(body)) = (self.url().await, serde_json::to_vec(event)) else {
            return Attempt::Failed("there is nothing to send or nowhere to send it".to_owned());
        };
        let signature = sign(&self.key, &body, self.clock.now());
        let request = self.client.post(url).header(SIGNATURE_HEADER, signature);
        match request.header(CONTENT_TYPE, "application/json").body(body).send().await {
            Ok(response) => judge(response.status()),
            Err(error) => Attempt::Failed(error.to_string()),
        }
    }

    async fn url(&self) -> Option<Url> {
        let mut url = self.url.subscribe();
        let known = url.wait_for(Option::is_some).await.ok()?;
        known.clone()
    }
}

fn judge(status: StatusCode) -> Attempt {
    let later = [StatusCode::REQUEST_TIMEOUT, StatusCode::CONFLICT, StatusCode::TOO_MANY_REQUESTS];
    match status {
        status if status.is_success() => Attempt::Taken,
        status if status.is_server_error() || later.contains(&status) => {
            Attempt::Failed(format!("it was answered by {status}"))
        }
        status => Attempt::Refused(status),
    }
}
