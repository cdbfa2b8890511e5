//! Opens what Aisle keeps: the journal, the read store, keys and folders.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aisle_infra::accounts::{AccountStore, AccountsError, SqlAccounts};
use aisle_infra::clock::Clock;
use aisle_infra::http::auth::{SessionCookie, TokenVerifier};
use aisle_infra::journal::postgres::{PostgresJournal, PostgresOptions};
use aisle_infra::journal::sqlite::SqliteJournal;
use aisle_infra::journal::{JournalError, JournalStore};
use aisle_infra::mail::{FolderMailer, MailError, Mailer, SmtpMailer};
use aisle_infra::secret::{Key, KeyFileError, key_file};
use aisle_projections::views::{Views, ViewsError};

use crate::cli::settings::without_password;
use crate::cli::{Choice, Node, Stores, TokenKey};

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be made.
    #[error("cannot create the folder {path}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Another process answers from the folder: its search index has one writer.
    #[error("another process serves from the folder {path}: each needs one of its own (--data)")]
    FolderInUse {
        /// Which.
        path: PathBuf,
    },
    /// A key cannot be read or made.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The journal cannot be opened.
    #[error("cannot open the journal at {place}")]
    Journal {
        /// Where it is, without a password.
        place: String,
        /// Why.
        #[source]
        source: JournalError,
    },
    /// The accounts cannot be opened.
    #[error("cannot open the accounts")]
    Accounts(#[from] AccountsError),
    /// The mail server's URL makes no sense.
    #[error("cannot send letters")]
    Mail(#[from] MailError),
    /// The read store cannot be opened.
    #[error("cannot open the read models")]
    Views(#[from] ViewsError),
}

impl Stores {
    /// Opens the journal; creates it if it is missing.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub async fn open_journal(&self) -> Result<Arc<dyn JournalStore>, OpenError> {
        if self.database_url.is_none() {
            self.make_folder()?;
        }
        let place = match &self.database_url {
            Some(url) => without_password(url),
            None => self.journal_file().display().to_string(),
        };
        let failed = |source| OpenError::Journal { place, source };
        Ok(match &self.database_url {
            Some(url) => Arc::new(
                PostgresJournal::connect(url, PostgresOptions::default()).await.map_err(failed)?,
            ),
            None => Arc::new(SqliteJournal::open(self.journal_file()).await.map_err(failed)?),
        })
    }

    /// Opens the read store; creates it if it is missing.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub async fn open_views(&self) -> Result<Views, OpenError> {
        if self.database_url.is_none() {
            self.make_folder()?;
        }
        let url = match &self.database_url {
            Some(url) => url.clone(),
            None => format!("sqlite://{}", self.data.join("read.sqlite").display()),
        };
        Ok(Views::open(&url).await?)
    }

    /// Opens the accounts; creates them if they are missing. Without a database they are a file
    /// apart from the journal's.
    ///
    /// # Errors
    /// If they cannot be opened.
    pub async fn open_accounts(&self) -> Result<Arc<dyn AccountStore>, OpenError> {
        if self.database_url.is_none() {
            self.make_folder()?;
        }
        let url = match &self.database_url {
            Some(url) => url.clone(),
            None => format!("sqlite://{}", self.data.join("accounts.sqlite").display()),
        };
        Ok(Arc::new(SqlAccounts::open(&url).await?))
    }

    /// Claims the data folder for a process that answers queries from it, for as long as what is
    /// returned lives. Who only adds to the journal or rebuilds may work beside it.
    ///
    /// # Errors
    /// If another such process has it, or it cannot be made.
    pub fn claim_folder(&self) -> Result<File, OpenError> {
        self.make_folder()?;
        let path = self.data.join("serving.lock");
        let failed = |source| OpenError::Folder { path: path.clone(), source };
        let lock = File::create(&path).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(lock),
            Err(TryLockError::WouldBlock) => {
                Err(OpenError::FolderInUse { path: self.data.clone() })
            }
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// The folder of letters, where there is no mail server.
    #[must_use]
    pub fn mail_folder(&self) -> PathBuf {
        self.data.join("mail")
    }

    /// The folder of the search index.
    #[must_use]
    pub fn search_folder(&self) -> PathBuf {
        self.data.join("search")
    }

    /// The key that tokens are signed with, in the data folder.
    ///
    /// # Errors
    /// If it cannot be read or made.
    pub fn token_key(&self) -> Result<Key, OpenError> {
        self.make_folder()?;
        Ok(key_file(&self.data.join("token.key"))?)
    }

    /// The key that the test provider signs its webhooks with, in the data folder.
    ///
    /// # Errors
    /// If it cannot be read or made.
    pub fn webhook_key(&self) -> Result<Key, OpenError> {
        self.make_folder()?;
        Ok(key_file(&self.data.join("webhook.key"))?)
    }

    /// The key that personal data are sealed with, in the data folder.
    ///
    /// # Errors
    /// If it cannot be read or made.
    pub fn vault_key(&self) -> Result<Key, OpenError> {
        self.make_folder()?;
        Ok(key_file(&self.data.join("vault.key"))?)
    }

    fn journal_file(&self) -> PathBuf {
        self.data.join("journal.sqlite")
    }

    fn make_folder(&self) -> Result<(), OpenError> {
        let path: &Path = &self.data;
        std::fs::create_dir_all(path)
            .map_err(|source| OpenError::Folder { path: path.to_owned(), source })
    }
}

impl Node {
    /// The key that tokens are signed with: as told, else that in the data folder.
    ///
    /// # Errors
    /// If it cannot be read or made.
    pub fn token_key(&self) -> Result<Key, OpenError> {
        self.token_key.clone().map_or_else(|| self.stores.token_key(), Ok)
    }

    /// The key that the test provider signs its webhooks with, in the same way.
    ///
    /// # Errors
    /// If it cannot be read or made.
    pub fn webhook_key(&self) -> Result<Key, OpenError> {
        self.webhook_key.clone().map_or_else(|| self.stores.webhook_key(), Ok)
    }

    /// The key that personal data are sealed with, in the same way.
    ///
    /// # Errors
    /// If it cannot be read or made.
    pub fn vault_key(&self) -> Result<Key, OpenError> {
        self.vault_key.clone().map_or_else(|| self.stores.vault_key(), Ok)
    }

    /// Checks tokens, and reads and makes the cookies that this site uses.
    ///
    /// # Errors
    /// If the key cannot be read or made.
    pub fn verifier(&self, clock: Arc<dyn Clock>) -> Result<TokenVerifier, OpenError> {
        let cookie = match self.insecure_cookies {
            Choice::Yes => SessionCookie::Plain,
            Choice::No => SessionCookie::Secure,
        };
        Ok(TokenVerifier::new(&self.token_key()?, clock).with_cookie(cookie))
    }
}

impl Node {
    /// Who sends letters: the mail server, or a folder that stands for one.
    ///
    /// # Errors
    /// If the server's URL makes no sense.
    pub fn mailer(&self) -> Result<Arc<dyn Mailer>, OpenError> {
        let from = self.mail_from.clone();
        Ok(match &self.smtp_url {
            Some(url) => Arc::new(SmtpMailer::new(url, from)?),
            None => Arc::new(FolderMailer::new(self.stores.mail_folder(), from)),
        })
    }
}

impl TokenKey {
    /// The key that tokens are signed with, in the same way.
    ///
    /// # Errors
    /// If it cannot be read or made.
    pub fn key(&self) -> Result<Key, OpenError> {
        let stores = Stores { data: self.data.clone(), database_url: None };
        self.key.clone().map_or_else(|| stores.token_key(), Ok)
    }
}
