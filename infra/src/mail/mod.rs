//! Mail: letters to buyers, by SMTP or, where there is none, as files in a folder.
//!
//! It does not know what letters are about, and does not try again.

mod folder;
mod smtp;

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use jiff::Timestamp;
use lettre::Message;
use lettre::message::MessageBuilder;
use lettre::message::header::ContentType;

/// A sender: an address with a name.
pub use lettre::message::Mailbox;

pub use self::folder::FolderMailer;
pub use self::smtp::SmtpMailer;
use crate::accounts::Email;

/// A letter in plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Names the letter: the same one, sent twice, has the same name, and mail programs that look at
    /// `Message-ID` show it once. Letters, digits, hyphens and dots.
    pub id: String,
    /// To whom.
    pub to: Email,
    /// Their name.
    pub name: Option<String>,
    /// The subject line.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// When it is sent.
    pub date: Timestamp,
}

/// Why a letter was not sent. Nothing in it tells to whom.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// It cannot be written down as mail.
    #[error("the letter is no mail")]
    Invalid(#[source] lettre::error::Error),
    /// The server does not take it now.
    #[error("the mail server does not take letters")]
    Smtp(#[source] lettre::transport::smtp::Error),
    /// The server will never take it.
    #[error("the mail server refuses the letter")]
    Refused(#[source] lettre::transport::smtp::Error),
    /// The folder cannot be written to.
    #[error("the folder of letters cannot be written to")]
    Folder(#[source] std::io::Error),
}

/// Sends letters. Object-safe.
#[async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// Sends a letter: it is in others' hands when this returns.
    ///
    /// # Errors
    /// If it was not sent, or nobody knows whether it was.
    async fn send(&self, letter: &Letter) -> Result<(), MailError>;
}

/// A letter as it is sent. `Message-ID` is of the sender's domain.
fn message(letter: &Letter, from: &Mailbox) -> Result<Message, MailError> {
    let since_1970 = Duration::try_from(letter.date.as_duration()).unwrap_or_default();
    let builder: MessageBuilder = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(letter.name.clone(), letter.to.address().clone()))
        .subject(&*letter.subject)
        .message_id(Some(format!("<{}@{}>", letter.id, from.email.domain())))
        .date(SystemTime::UNIX_EPOCH + since_1970)
        .header(ContentType::TEXT_PLAIN);
    builder.body(letter.text.clone()).map_err(MailError::Invalid)
}

#[cfg(test)]
pub(crate) fn letter() -> Letter {
    Letter {
        id: "booking-1".to_owned(),
        to: "ada@example.org".parse().unwrap(),
        name: Some("Ada \"Byron\" Lövelace".to_owned()),
        subject: "Your tickets\r\nBcc: eve@example.org".to_owned(),
        text: "Row A, seat 1\n.\nSee you – soon\n".to_owned(),
        date: Timestamp::from_second(1_800_000_000).unwrap(),
    }
}
