//! The names under which the indexes know streams, ticketed events and idempotency keys: 64 bits
//! of a hash, which take a fifth of the room that the names themselves would.
//!
//! Two things may share a name, so what is found under one is compared with what was looked for.
//! The hash is a cryptographic one because clients choose keys: nobody can make many that share a
//! name, which would make looking one up slow. It is stored, so it never changes.

use aisle_domain::id::EventId;
use aisle_domain::stream::StreamId;
use sha2::{Digest as _, Sha256};

/// What an index knows something by.
pub(super) type Name = i64;

pub(super) fn of_stream(stream: &StreamId) -> Name {
    hash(b's', stream.aggregate.as_str(), stream.id.as_bytes())
}

/// The name of a stream as the columns of a row have it.
pub(super) fn of_columns(aggregate: &str, id: &str) -> Name {
    hash(b's', aggregate, id.as_bytes())
}

pub(super) fn of_event(event: EventId) -> Name {
    of_event_bytes(event.0.as_bytes())
}

/// The name of a ticketed event as the column of a row has it.
pub(super) fn of_event_bytes(event: &[u8]) -> Name {
    hash(b'e', "", event)
}

pub(super) fn of_key(actor: &str, key: &str) -> Name {
    hash(b'k', actor, key.as_bytes())
}

/// The length tells where the first part ends.
fn hash(kind: u8, first: &str, second: &[u8]) -> Name {
    let mut hash = Sha256::new_with_prefix([kind]);
    hash.update((first.len() as u64).to_be_bytes());
    hash.update(first);
    hash.update(second);
    let hash: [u8; 32] = hash.finalize().into();
    let (name, _) = hash.split_first_chunk().expect("a SHA-256 has 32 bytes");
    Name::from_be_bytes(*name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_stored_and_stay_what_they_are() {
        let stored = [-5_783_577_237_491_192_482, 7_477_520_521_096_685_554];
        assert_eq!([of_columns("seat", "A-1"), of_key("ann", "k")], stored);
    }

    #[test]
    fn what_differs_has_another_name() {
        assert_ne!(of_key("ann", "k"), of_key("annk", ""));
        assert_ne!(of_key("ann", "k"), of_columns("ann", "k"));
    }
}
