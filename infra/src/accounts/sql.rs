//! Accounts in PostgreSQL or in an SQLite file of their own, by one SQL (docs/adr/0008 says why that
//! is enough).
//!
//! What is deleted from the file is overwritten (`secure_delete`); what PostgreSQL deletes is gone
//! with its next vacuum.

use aisle_domain::id::{BookingId, Subject};
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::any::{AnyPoolOptions, AnyRow, install_default_drivers};
use sqlx::migrate::Migrator;
use sqlx::{AnyPool, Executor as _, Row as _};

use super::{Account, AccountStore, AccountsError, Contact, Creation, PasswordHash};

/// Others, such as the journal, may keep migrations of their own in the same database.
static MIGRATIONS: Migrator =
    Migrator { ignore_missing: true, ..sqlx::migrate!("migrations/accounts") };

/// Enough: signing in waits for processors rather than for these.
const CONNECTIONS: u32 = 4;

/// Accounts in a database.
#[derive(Debug)]
pub struct SqlAccounts(AnyPool);

impl SqlAccounts {
    /// Connects to `postgres://…` or opens the file of `sqlite://…`, which is made if need be.
    ///
    /// # Errors
    /// If the database cannot be reached, or its tables cannot be brought up to date.
    pub async fn open(url: &str) -> Result<Self, AccountsError> {
        install_default_drivers();
        let file = url.starts_with("sqlite:");
        let url = if file { format!("{url}?mode=rwc") } else { url.to_owned() };
        let pool = AnyPoolOptions::new()
            .max_connections(CONNECTIONS)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    for pragma in PRAGMAS.iter().filter(|_| file) {
                        connection.execute(*pragma).await?;
                    }
                    Ok(())
                })
            })
            .connect(&url)
            .await
            .map_err(unavailable)?;
        MIGRATIONS.run(&pool).await.map_err(unavailable)?;
        Ok(Self(pool))
    }
}

/// What an SQLite file needs: nothing acknowledged is lost, nothing deleted is left.
const PRAGMAS: [&str; 4] = [
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA busy_timeout = 10000",
    "PRAGMA secure_delete = ON",
];

#[async_trait]
impl AccountStore for SqlAccounts {
    async fn create(&self, account: &Account) -> Result<Creation, AccountsError> {
        let created = sqlx::query(
            "INSERT INTO accounts (subject, login, password, profile, created) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        )
        .bind(account.subject.as_str())
        .bind(&account.login)
        .bind(account.password.as_ref().map_or("", PasswordHash::expose))
        .bind(&account.profile)
        .bind(account.created.as_millisecond())
        .execute(&self.0)
        .await
        .map_err(unavailable)?;
        Ok(if created.rows_affected() == 1 { Creation::Created } else { Creation::Taken })
    }

    async fn by_login(&self, login: &str) -> Result<Option<Account>, AccountsError> {
        self.account("SELECT * FROM accounts WHERE login = $1", login).await
    }

    async fn by_subject(&self, subject: &Subject) -> Result<Option<Account>, AccountsError> {
        self.account("SELECT * FROM accounts WHERE subject = $1", subject.as_str()).await
    }

    async fn keep_key(&self, subject: &Subject, sealed: &str) -> Result<String, AccountsError> {
        sqlx::query(
            "INSERT INTO account_keys (subject, sealed) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        )
        .bind(subject.as_str())
        .bind(sealed)
        .execute(&self.0)
        .await
        .map_err(unavailable)?;
        let kept = self.key(subject).await?;
        kept.ok_or_else(|| AccountsError::Corrupt("a data key was deleted as it was made".into()))
    }

    async fn key(&self, subject: &Subject) -> Result<Option<String>, AccountsError> {
        sqlx::query_scalar("SELECT sealed FROM account_keys WHERE subject = $1")
            .bind(subject.as_str())
            .fetch_optional(&self.0)
            .await
            .map_err(unavailable)
    }

    async fn erase(&self, subject: &Subject) -> Result<(), AccountsError> {
        let mut tx = self.0.begin().await.map_err(unavailable)?;
        for statement in [
            "DELETE FROM account_keys WHERE subject = $1",
            "DELETE FROM booking_contacts WHERE subject = $1",
            "DELETE FROM accounts WHERE subject = $1",
        ] {
            let delete = sqlx::query(statement).bind(subject.as_str());
            delete.execute(&mut *tx).await.map_err(unavailable)?;
        }
        tx.commit().await.map_err(unavailable)
    }

    async fn keep_contact(&self, contact: &Contact) -> Result<bool, AccountsError> {
        let kept = sqlx::query(
            "INSERT INTO booking_contacts (booking, subject, sealed, claimed, sent) \
             VALUES ($1, $2, $3, 0, 0) ON CONFLICT (booking) DO UPDATE \
             SET subject = excluded.subject, sealed = excluded.sealed, claimed = 0 \
             WHERE booking_contacts.sent = 0",
        )
        .bind(contact.booking.to_string())
        .bind(contact.subject.as_str())
        .bind(&contact.sealed)
        .execute(&self.0)
        .await
        .map_err(unavailable)?;
        Ok(kept.rows_affected() == 1)
    }

    async fn contact(&self, booking: BookingId) -> Result<Option<Contact>, AccountsError> {
        let row = sqlx::query("SELECT * FROM booking_contacts WHERE booking = $1")
            .bind(booking.to_string())
            .fetch_optional(&self.0)
            .await
            .map_err(unavailable)?;
        row.as_ref().map(contact_of).transpose()
    }

    async fn waiting(
        &self,
        now: Timestamp,
        after: Option<BookingId>,
        limit: u32,
    ) -> Result<Vec<BookingId>, AccountsError> {
        let rows: Vec<String> = sqlx::query_scalar(
            "SELECT booking FROM booking_contacts WHERE sent = 0 AND booking > $1 \
             AND claimed <= $2 ORDER BY booking LIMIT $3",
        )
        .bind(after.map(|booking| booking.to_string()).unwrap_or_default())
        .bind(now.as_millisecond())
        .bind(i64::from(limit))
        .fetch_all(&self.0)
        .await
        .map_err(unavailable)?;
        rows.iter().map(|booking| booking.parse().map_err(corrupt)).collect()
    }

    async fn claim(
        &self,
        booking: BookingId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, AccountsError> {
        let claimed = sqlx::query(
            "UPDATE booking_contacts SET claimed = $1 \
             WHERE booking = $2 AND sent = 0 AND claimed <= $3",
        )
        .bind(until.as_millisecond())
        .bind(booking.to_string())
        .bind(now.as_millisecond())
        .execute(&self.0)
        .await
        .map_err(unavailable)?;
        Ok(claimed.rows_affected() == 1)
    }

    async fn sent(&self, booking: BookingId, at: Timestamp) -> Result<(), AccountsError> {
        sqlx::query("UPDATE booking_contacts SET sent = $1 WHERE booking = $2")
            .bind(at.as_millisecond())
            .bind(booking.to_string())
            .execute(&self.0)
            .await
            .map(drop)
            .map_err(unavailable)
    }

    async fn forget_contact(&self, booking: BookingId) -> Result<(), AccountsError> {
        sqlx::query("DELETE FROM booking_contacts WHERE booking = $1")
            .bind(booking.to_string())
            .execute(&self.0)
            .await
            .map(drop)
            .map_err(unavailable)
    }
}

impl SqlAccounts {
    async fn account(
        &self,
        statement: &'static str,
        key: &str,
    ) -> Result<Option<Account>, AccountsError> {
        let row = sqlx::query(statement).bind(key).fetch_optional(&self.0).await;
        row.map_err(unavailable)?.as_ref().map(account_of).transpose()
    }
}

fn account_of(row: &AnyRow) -> Result<Account, AccountsError> {
    let password: String = row.try_get("password").map_err(corrupt)?;
    Ok(Account {
        subject: subject_of(row)?,
        login: row.try_get("login").map_err(corrupt)?,
        password: (!password.is_empty()).then(|| PasswordHash::from_text(password)),
        profile: row.try_get("profile").map_err(corrupt)?,
        created: moment(row, "created")?,
    })
}

fn contact_of(row: &AnyRow) -> Result<Contact, AccountsError> {
    let booking: String = row.try_get("booking").map_err(corrupt)?;
    let sent = moment(row, "sent")?;
    Ok(Contact {
        booking: booking.parse().map_err(corrupt)?,
        subject: subject_of(row)?,
        sealed: row.try_get("sealed").map_err(corrupt)?,
        sent: (sent > Timestamp::UNIX_EPOCH).then_some(sent),
    })
}

fn subject_of(row: &AnyRow) -> Result<Subject, AccountsError> {
    let subject: String = row.try_get("subject").map_err(corrupt)?;
    Subject::try_new(subject).map_err(corrupt)
}

fn moment(row: &AnyRow, column: &str) -> Result<Timestamp, AccountsError> {
    let millisecond: i64 = row.try_get(column).map_err(corrupt)?;
    Timestamp::from_millisecond(millisecond).map_err(corrupt)
}

fn unavailable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> AccountsError {
    AccountsError::Unavailable(error.into())
}

fn corrupt(error: impl std::fmt::Display) -> AccountsError {
    AccountsError::Corrupt(error.to_string())
}
