//! Follows the head of a journal that other processes append to.
//!
//! Notifications make it quick, asking makes it sure: a notification may be lost with its
//! connection, and not everybody who appends sends one. A listener that died is replaced, and the
//! asking goes on meanwhile.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use aisle_domain::stream::Position;
use parking_lot::Mutex;
use sqlx::postgres::PgListener;
use sqlx::{PgConnection, PgPool};
use tokio::time::{sleep, timeout};

use super::lanes::Lanes;
use super::read;
use crate::journal::head::KnownHead;

/// The channel of `aisle_append`, whose notifications carry the new head.
const CHANNEL: &str = "aisle_journal";

/// The connections by which this process appends and announces, as the server numbers them.
///
/// What they notify of is known here anyway, once the append has returned. The notification is
/// often quicker, and whoever then goes to read what it is about reads it from the database.
#[derive(Debug, Clone, Default)]
pub(super) struct Own(Arc<Mutex<HashSet<u32>>>);

impl Own {
    /// This connection is one of them. The numbers of those that are closed stay: at worst another
    /// process gets one, and is heard of when the head is asked for.
    pub(super) async fn add(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let number: i32 =
            sqlx::query_scalar("select pg_backend_pid()").fetch_one(connection).await?;
        self.0.lock().insert(number.cast_unsigned());
        Ok(())
    }

    fn has(&self, number: u32) -> bool {
        self.0.lock().contains(&number)
    }
}

/// Runs until it is aborted.
pub(super) async fn follow(readers: Arc<Lanes>, own: Own, head: KnownHead, poll: Duration) {
    let mut listener = None;
    loop {
        if listener.is_none() {
            listener = listen(readers.pool()).await.inspect_err(log).ok();
        }
        match &mut listener {
            None => sleep(poll).await,
            Some(alive) => match next_head(alive, &own, poll).await {
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

/// The head that somebody else notifies of. None if nobody does in this time, or what they say is
/// no position, or the connection was lost: then it is time to ask.
async fn next_head(
    listener: &mut PgListener,
    own: &Own,
    poll: Duration,
) -> Result<Option<Position>, sqlx::Error> {
    let from_others = async {
        loop {
            match listener.try_recv().await {
                Ok(Some(notification)) if own.has(notification.process_id()) => {}
                heard => return heard,
            }
        }
    };
    match timeout(poll, from_others).await {
        Err(_) | Ok(Ok(None)) => Ok(None),
        Ok(Ok(Some(notification))) => Ok(notification.payload().parse().ok()),
        Ok(Err(error)) => Err(error),
    }
}

fn log(error: &sqlx::Error) {
    tracing::debug!(%error, "not listening to the journal; asking instead");
}
