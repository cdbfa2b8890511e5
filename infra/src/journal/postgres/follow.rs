//! Follows the head of a journal that other processes append to.
//!
//! Notifications make it quick, asking makes it sure: a notification may be lost with its
//! connection, and not everybody who appends sends one. A listener that died is replaced, and the
//! asking goes on meanwhile.

use std::sync::Arc;
use std::time::Duration;

use aisle_domain::stream::Position;
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::time::{sleep, timeout};

use super::lanes::Lanes;
use super::read;
use crate::journal::head::KnownHead;

/// The channel of `aisle_append`, whose notifications carry the new head.
const CHANNEL: &str = "aisle_journal";

/// Runs until it is aborted.
pub(super) async fn follow(readers: Arc<Lanes>, head: KnownHead, poll: Duration) {
    let mut listener = None;
    loop {
        if listener.is_none() {
            listener = listen(readers.pool()).await.inspect_err(log).ok();
        }
        match &mut listener {
            None => sleep(poll).await,
            Some(alive) => match next_head(alive, poll).await {
                Ok(Some(notified)) => {
                    head.raise(notified);
                    continue;
                }
                Ok(None) => {}
                Err(error) => {
                    log(&error);
                    listener = None;
                    sleep(poll).await;
                }
            },
        }
        match read::head(&readers).await {
            Ok(known) => head.raise(known),
            Err(error) => tracing::debug!(%error, "the head is not known"),
        }
    }
}

async fn listen(readers: &PgPool) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect_with(readers).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

/// The head that somebody notifies of. None if nobody does in this time, or what they say is no
/// position, or the connection was lost: then it is time to ask.
async fn next_head(
    listener: &mut PgListener,
    poll: Duration,
) -> Result<Option<Position>, sqlx::Error> {
    match timeout(poll, listener.try_recv()).await {
        Err(_) | Ok(Ok(None)) => Ok(None),
        Ok(Ok(Some(notification))) => Ok(notification.payload().parse().ok()),
        Ok(Err(error)) => Err(error),
    }
}

fn log(error: &sqlx::Error) {
    tracing::debug!(%error, "not listening to the journal; asking instead");
}
