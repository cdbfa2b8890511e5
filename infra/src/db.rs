//! Connections to a database that may fall silent: its machine lost its power, or the network
//! between broke, and nobody closed anything.
//!
//! An operating system notices after a quarter of an hour. sqlx waits for ever, when it asks a
//! connection whether it is alive as well as for a statement's answer; here neither does. It repeats
//! nothing: whether a statement without an answer was carried out, its caller has to find out.

use std::io::{Error, ErrorKind};
use std::time::Duration;

use sqlx::pool::PoolOptions;
use sqlx::{Connection, Database};

/// A connection that was used this recently is taken to be alive without asking.
pub(crate) const FRESH: Duration = Duration::from_secs(1);

/// How long a connection may take to say that it is alive: a server that is merely busy answers in
/// milliseconds.
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);

/// Has a pool ask its connections whether they are alive, and close those that do not say so in
/// time: before their use if they were idle, and after it, as the user may have given up waiting.
#[must_use]
pub fn wary<DB: Database>(options: PoolOptions<DB>) -> PoolOptions<DB> {
    options
        .test_before_acquire(false)
        .before_acquire(|connection, used| {
            Box::pin(async move {
                if used.idle_for > FRESH { alive(connection).await } else { Ok(true) }
            })
        })
        .after_release(|connection, _| Box::pin(alive(connection)))
}

/// True; or why not.
async fn alive(connection: &mut impl Connection) -> Result<bool, sqlx::Error> {
    in_time(SIGN_OF_LIFE, connection.ping()).await.map(|()| true)
}

/// What a statement answers, if it does within this time.
///
/// # Errors
/// The statement's, or [`sqlx::Error::Io`] with [`ErrorKind::TimedOut`]; then nobody knows what
/// became of it, and its connection is of no more use.
pub async fn in_time<T>(
    limit: Duration,
    statement: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    match tokio::time::timeout(limit, statement).await {
        Ok(answer) => answer,
        Err(_) => Err(sqlx::Error::Io(Error::new(
            ErrorKind::TimedOut,
            format!("the database did not answer within {} s", limit.as_secs_f32()),
        ))),
    }
}
