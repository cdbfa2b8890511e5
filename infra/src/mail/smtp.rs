//! Letters by SMTP.
//!
//! TLS is rustls with ring and the roots of Mozilla; the URL says whether it is used.

use std::time::Duration;

use async_trait::async_trait;
use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use super::{Letter, MailError, Mailer, message};
use crate::secret::Secret;

/// How long a mail server may take for a step.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends letters by a mail server.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl SmtpMailer {
    /// By the server of a URL: `smtps://user:password@host`, or `smtp://host:587?tls=required`.
    /// Connects when a letter is sent, not before.
    ///
    /// # Errors
    /// If the URL makes no sense.
    pub fn new(url: &Secret<String>, from: Mailbox) -> Result<Self, MailError> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose());
        let transport = builder.map_err(MailError::Smtp)?.timeout(Some(PATIENCE)).build();
        Ok(Self { transport, from })
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let sent = self.transport.send(message(letter, &self.from)?).await;
        sent.map(drop).map_err(|error| match error.is_permanent() {
            true => MailError::Refused(error),
            false => MailError::Smtp(error),
        })
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
    use tokio::net::{TcpListener, TcpStream};

    use super::super::letter;
    use super::*;

    /// Takes one letter, as a mail server does; refuses the address if told to.
    async fn take(stream: TcpStream, rcpt: &str) -> std::io::Result<String> {
        let mut stream = BufReader::new(stream);
        let mut said = String::new();
        stream.write_all(b"220 mail.example ready\r\n").await?;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(said);
            }
            let answer = match line.split([' ', '\r', ':']).next().unwrap_or_default() {
                "EHLO" => "250 mail.example",
                "RCPT" => rcpt,
                "DATA" => "354 go on",
                "QUIT" => "221 bye",
                "." => "250 taken",
                "MAIL" => "250 fine",
                _ => {
                    said.push_str(&line);
                    continue;
                }
            };
            stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
            if answer.starts_with("221") || answer == "250 taken" {
                return Ok(said);
            }
        }
    }

    async fn sent_to(rcpt: &'static str) -> (Result<(), MailError>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Secret::new(format!("smtp://{}", listener.local_addr().unwrap()));
        let mailer = SmtpMailer::new(&url, "tickets@aisle.example".parse().unwrap()).unwrap();
        let server = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            take(stream, rcpt).await.unwrap_or_default()
        });
        let sent = mailer.send(&letter()).await;
        drop(mailer);
        (sent, server.await.unwrap())
    }

    #[tokio::test]
    async fn a_letter_is_handed_to_the_server() {
        let (sent, said) = sent_to("250 fine").await;
        sent.unwrap();
        assert!(said.contains("Message-ID: <booking-1@aisle.example>"), "{said}");
    }

    #[tokio::test]
    async fn what_is_refused_for_ever_is_told_from_what_may_be_tried_again() {
        let (sent, _) = sent_to("550 no such user").await;
        assert!(matches!(sent, Err(MailError::Refused(_))), "{sent:?}");
        let (sent, _) = sent_to("451 try later").await;
        assert!(matches!(sent, Err(MailError::Smtp(_))), "{sent:?}");
    }
}
