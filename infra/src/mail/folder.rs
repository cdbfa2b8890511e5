//! Letters as files (`.eml`), for trying Aisle out and for tests: nobody gets them.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use lettre::message::Mailbox;

use super::{Letter, MailError, Mailer, message};

/// Writes each letter into a folder, under its name. The same letter, sent again, takes the place of
/// the first.
#[derive(Debug)]
pub struct FolderMailer {
    folder: PathBuf,
    from: Mailbox,
}

impl FolderMailer {
    /// Into this folder, which is made when the first letter is sent.
    #[must_use]
    pub fn new(folder: PathBuf, from: Mailbox) -> Self {
        Self { folder, from }
    }

    /// Where the letters are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

#[async_trait]
impl Mailer for FolderMailer {
    async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let message = message(letter, &self.from)?.formatted();
        let path = self.folder.join(format!("{}.eml", letter.id));
        let draft = path.with_extension("draft");
        let write = async {
            tokio::fs::create_dir_all(&self.folder).await?;
            tokio::fs::write(&draft, message).await?;
            tokio::fs::rename(&draft, &path).await
        };
        write.await.map_err(MailError::Folder)
    }
}

#[cfg(test)]
mod tests {
    use super::super::letter;
    use super::*;

    #[tokio::test]
    async fn a_letter_is_a_file_that_mail_programs_can_read() {
        let folder = tempfile::tempdir().unwrap();
        let from = "Aisle <tickets@aisle.example>".parse().unwrap();
        let mailer = FolderMailer::new(folder.path().join("mail"), from);
        for _ in 0..2 {
            mailer.send(&letter()).await.unwrap();
        }
        let files: Vec<_> = std::fs::read_dir(mailer.folder()).unwrap().collect();
        assert_eq!(files.len(), 1);
        let text = std::fs::read_to_string(mailer.folder().join("booking-1.eml")).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("Message-ID: <booking-1@aisle.example>"), "{head}");
        assert!(head.contains("<ada@example.org>"), "{head}");
        // What comes from outside cannot add a line to the head.
        assert!(!head.lines().any(|line| line.starts_with("Bcc:")), "{head}");
        assert!(body.contains("Row A, seat 1"), "{body}");
    }
}
