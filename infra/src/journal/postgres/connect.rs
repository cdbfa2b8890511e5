//! The connections of the journal on PostgreSQL, and its migrations.
//!
//! The settings are made per connection: an operator's defaults may suit other users of the
//! server, but must not make a commit less than durable or a lookup a scan.

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, PgPool};

use super::follow::Own;
use super::{PostgresOptions, failure};
use crate::db::wary;
use crate::journal::JournalError;

/// Others, such as the read tables, may keep migrations of their own in the same database.
static MIGRATIONS: Migrator =
    Migrator { ignore_missing: true, ..sqlx::migrate!("migrations/postgres") };

/// Commits that are acknowledged before they are on disk would break the journal's promise. An
/// operator may ask for more than `on`, never for `off`.
const DURABLE: &str = "select set_config('synchronous_commit', 'on', false) \
     where current_setting('synchronous_commit') = 'off'";

pub(super) struct Pools {
    pub(super) writers: PgPool,
    pub(super) readers: PgPool,
    /// The connections of `writers`.
    pub(super) own: Own,
}

pub(super) async fn connect(url: &str, options: &PostgresOptions) -> Result<Pools, JournalError> {
    let server: PgConnectOptions = url.parse().map_err(JournalError::unavailable)?;
    let server = server.application_name("aisle-journal");
    migrate(&server).await?;
    let timeout = options.statement_timeout.as_millis().to_string();
    let session = server.options([
        ("statement_timeout", timeout.as_str()),
        ("default_transaction_isolation", r"read\ committed"),
        // Every statement of the journal is a lookup by an index. While a journal is young or grows
        // quickly, the planner's statistics say otherwise.
        ("enable_seqscan", "off"),
        ("jit", "off"),
    ]);
    // Those who append call functions that leave these to them. There is nothing to be learnt from
    // a batch's values, and every lookup goes down one index.
    let appending = session.clone().options([
        ("plan_cache_mode", "force_generic_plan"),
        ("enable_bitmapscan", "off"),
        ("enable_hashjoin", "off"),
        ("enable_mergejoin", "off"),
    ]);
    let (listener, own) = (1, Own::default());
    let writers = pool(options.writers, options, appending, Some(own.clone())).await?;
    let readers = pool(options.readers + listener, options, session, None).await?;
    Ok(Pools { writers, readers, own })
}

/// Under sqlx's advisory lock, so that processes that start together do not collide. Without the
/// timeout of a statement: the second one waits for as long as the first one takes.
async fn migrate(server: &PgConnectOptions) -> Result<(), JournalError> {
    let mut connection = server.connect().await.map_err(failure)?;
    MIGRATIONS.run(&mut connection).await.map_err(JournalError::unavailable)?;
    warn_of_volatile_server(&mut connection).await?;
    connection.close().await.map_err(failure)
}

async fn warn_of_volatile_server(connection: &mut PgConnection) -> Result<(), JournalError> {
    let fsync: String =
        sqlx::query_scalar("show fsync").fetch_one(connection).await.map_err(failure)?;
    if fsync == "off" {
        tracing::warn!("PostgreSQL runs with fsync=off: what it acknowledges may be lost");
    }
    Ok(())
}

async fn pool(
    size: u32,
    options: &PostgresOptions,
    session: PgConnectOptions,
    noted_in: Option<Own>,
) -> Result<PgPool, JournalError> {
    wary(PgPoolOptions::new())
        .max_connections(size)
        .acquire_timeout(options.acquire_timeout)
        .after_connect(move |connection, _| {
            let noted_in = noted_in.clone();
            Box::pin(async move {
                connection.execute(DURABLE).await?;
                match noted_in {
                    Some(own) => own.add(connection).await,
                    None => Ok(()),
                }
            })
        })
        .connect_with(session)
        .await
        .map_err(failure)
}
