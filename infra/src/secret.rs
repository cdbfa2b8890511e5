//! Secrets: a type that does not show what it holds, and keys kept in files.
//!
//! It does not wipe memory and knows nothing of what a key is used for. Key files need a file
//! system with Unix permissions and hard links.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_PAD_INDIFFERENT, URL_SAFE_PAD_INDIFFERENT};
use serde::Deserialize;

use crate::clock::{Ids as _, RandomIds};

/// Something that must not be seen in logs: its `Debug` prints `***`, and it has no `Display`.
///
/// It cannot be compared either: `==` takes longer the more of a secret was guessed right.
#[derive(Clone, Deserialize)]
#[cfg_attr(test, derive(PartialEq, Eq))]
#[serde(transparent)]
pub struct Secret<T>(T);

/// A key of 256 bits.
pub type Key = Secret<[u8; 32]>;

impl<T> Secret<T> {
    /// Hides a value.
    #[must_use]
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value. The call is where to look for leaks.
    #[must_use]
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Why there is no key to be had from a file.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It can be neither read nor created.
    #[error("the key file {path} cannot be {what}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Others than its owner may read or write it.
    #[error(
        "the key file {path} is open to others than its owner (mode {mode:03o}); run chmod 600 on \
         it, and replace the key if somebody may have read it"
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// Its text is no key.
    #[error("the key file {path} does not hold 32 bytes as hexadecimal or Base64 text")]
    NoKey {
        /// The file.
        path: PathBuf,
    },
}

/// The key in a file. If there is no such file, a random key is drawn and kept there, readable by
/// its owner only; of several processes that start at once all get the same one.
///
/// # Errors
/// If the file can be neither read nor created, is open to others, or holds no key.
pub fn key_file(path: &Path) -> Result<Key, KeyFileError> {
    if !path.try_exists().map_err(|source| io_error(path, "read", source))? {
        create(path).map_err(|source| io_error(path, "created", source))?;
    }
    read(path)
}

fn read(path: &Path) -> Result<Key, KeyFileError> {
    let read_error = |source| io_error(path, "read", source);
    let mode = fs::metadata(path).map_err(read_error)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Exposed { path: path.to_owned(), mode });
    }
    // Bytes that are no text are no key either, rather than a failure to read.
    let text = fs::read(path).map_err(read_error)?;
    let key = std::str::from_utf8(&text).ok().and_then(|text| parse_key(text.trim()));
    key.ok_or_else(|| KeyFileError::NoKey { path: path.to_owned() })
}

/// A key as text: 32 bytes as hexadecimal or Base64.
#[must_use]
pub fn parse_key(text: &str) -> Option<Key> {
    let bytes = match text.len() {
        64 => hex::decode(text).ok()?,
        _ => STANDARD_PAD_INDIFFERENT
            .decode(text)
            .or_else(|_| URL_SAFE_PAD_INDIFFERENT.decode(text))
            .ok()?,
    };
    bytes.try_into().ok().map(Secret)
}

/// Writes a fresh key beside `path` and links it there, so that the name never stands for half a
/// key. Whoever links first wins; the others find that it exists, which is as good.
fn create(path: &Path) -> io::Result<()> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    let draft = path.with_extension(format!("draft-{}", RandomIds.next()));
    let linked = write_new(&draft, &hex::encode(key)).and_then(|()| link(&draft, path));
    let removed = fs::remove_file(&draft);
    linked.and(removed)
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

fn link(draft: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        linked => linked?,
    }
    // What is sealed with a key that a power failure takes away cannot be opened again.
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

fn io_error(path: &Path, what: &'static str, source: io::Error) -> KeyFileError {
    KeyFileError::Io { path: path.to_owned(), what, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &[u8], mode: u32) -> Result<Key, KeyFileError> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        key_file(&path)
    }

    #[test]
    fn a_secret_does_not_show_itself() {
        assert_eq!(format!("{:?}", Some(Secret::new("hunter2"))), "Some(***)");
    }

    #[test]
    fn a_missing_key_is_created_for_its_owner_only_and_is_then_the_same() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token.key");
        let key = key_file(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(key_file(&path).unwrap(), key);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "a draft was left");
    }

    #[test]
    fn all_who_start_at_once_get_the_same_key() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        let keys: Vec<Key> = std::thread::scope(|scope| {
            let start = || scope.spawn(|| key_file(&path).unwrap());
            let started: Vec<_> = (0..16).map(|_| start()).collect();
            started.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(keys.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn hexadecimal_and_both_kinds_of_base64_are_read() {
        let key = Secret([0xfb; 32]);
        for text in [
            "fb".repeat(32) + "\n",
            STANDARD_PAD_INDIFFERENT.encode([0xfb; 32]),
            URL_SAFE_PAD_INDIFFERENT.encode([0xfb; 32]),
        ] {
            assert_eq!(written(text.as_bytes(), 0o600).unwrap(), key);
        }
    }

    #[test]
    fn a_key_that_others_may_read_is_refused() {
        for mode in [0o640, 0o604, 0o660, 0o644] {
            let refused = written("fb".repeat(32).as_bytes(), mode);
            assert!(matches!(refused, Err(KeyFileError::Exposed { mode: m, .. }) if m == mode));
        }
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_shown() {
        for text in [&b""[..], b"secret", b"\xff\xfe", "fb".repeat(31).as_bytes(), b"zz"] {
            let refused = written(text, 0o600).unwrap_err();
            assert!(matches!(refused, KeyFileError::NoKey { .. }));
            assert!(!refused.to_string().contains("secret"));
        }
    }

    #[test]
    fn a_directory_that_does_not_exist_is_an_error_that_names_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let refused = key_file(&directory.path().join("missing/key")).unwrap_err();
        assert!(refused.to_string().contains("missing/key cannot be created"), "{refused}");
    }
}
