//! Where a page ends, as text that clients carry to the next request and do not look into.
//!
//! It is checked, not signed: it names a place in an order, and whoever makes one up learns
//! nothing that a search would not tell.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::order::Key;
use super::request::{SearchError, Sort};

/// The format of the bytes. Raised when it changes, so that old cursors are refused, not misread.
const FORMAT: u8 = 1;
const LENGTH: usize = 1 + 1 + 1 + 8 + 8 + 16;

/// A place between two hits of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cursor {
    sort: Sort,
    key: Key,
}

impl Cursor {
    pub(super) fn new(sort: Sort, key: Key) -> Self {
        Self { sort, key }
    }

    /// The key to go on after, if the cursor was given out for this sort.
    pub(super) fn key_for(self, sort: Sort) -> Result<Key, SearchError> {
        if self.sort == sort { Ok(self.key) } else { Err(SearchError::BadCursor) }
    }

    fn decode(bytes: &[u8; LENGTH]) -> Option<Self> {
        let sort = match bytes[1] {
            0 => Sort::Relevance,
            1 => Sort::Date,
            2 => Sort::Price,
            3 => Sort::PriceDesc,
            4 => Sort::Popularity,
            _ => return None,
        };
        let key = Key {
            cancelled: match bytes[2] {
                0 => false,
                1 => true,
                _ => return None,
            },
            primary: u64::from_be_bytes(bytes[3..11].try_into().ok()?),
            starts_at: i64::from_be_bytes(bytes[11..19].try_into().ok()?),
            id: u128::from_be_bytes(bytes[19..].try_into().ok()?),
        };
        (bytes[0] == FORMAT).then_some(Self { sort, key })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.extend([FORMAT, self.sort as u8, u8::from(self.key.cancelled)]);
        bytes.extend(self.key.primary.to_be_bytes());
        bytes.extend(self.key.starts_at.to_be_bytes());
        bytes.extend(self.key.id.to_be_bytes());
        f.write_str(&hex::encode(bytes))
    }
}

impl FromStr for Cursor {
    type Err = SearchError;

    fn from_str(text: &str) -> Result<Self, SearchError> {
        let mut bytes = [0; LENGTH];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| SearchError::BadCursor)?;
        Self::decode(&bytes).ok_or(SearchError::BadCursor)
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_is_read_as_it_was_written(
            cancelled: bool, primary: u64, starts_at: i64, id: u128, sort in 0..5_usize
        ) {
            let sorts =
                [Sort::Relevance, Sort::Date, Sort::Price, Sort::PriceDesc, Sort::Popularity];
            let cursor = Cursor::new(sorts[sort], Key { cancelled, primary, starts_at, id });
            prop_assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,100}") {
            prop_assert!(text.parse::<Cursor>().is_err());
        }

        #[test]
        fn a_broken_cursor_is_refused(bytes: Vec<u8>) {
            prop_assume!(bytes.len() != LENGTH || bytes[0] != FORMAT);
            let read = hex::encode(bytes).parse::<Cursor>();
            prop_assert!(matches!(read, Err(SearchError::BadCursor)));
        }
    }
}
