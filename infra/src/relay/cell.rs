//! Cells, and the names that each has on NATS.
//!
//! A cell is one journal with what serves it. Its name is in every subject, so several cells can
//! share one NATS.

use std::fmt;
use std::str::FromStr;

use aisle_domain::stream::Position;

use crate::journal::RecordedFact;

/// The longest name of a cell, in bytes.
const MAX_NAME: usize = 32;

/// What stands in a subject for an event's id where a fact has none.
const NO_EVENT: &str = "none";

/// The name of a cell: 1 to 32 lower-case letters, digits and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cell(String);

/// The text cannot name a cell.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot name a cell: use 1 to 32 lower-case letters, digits and hyphens")]
pub struct InvalidCell(pub String);

impl Cell {
    /// Checks a name.
    ///
    /// # Errors
    /// If it is empty, too long, or has other characters than lower-case letters, digits, hyphens.
    pub fn try_new(name: impl Into<String>) -> Result<Self, InvalidCell> {
        let name = name.into();
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        if (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(allowed) {
            Ok(Self(name))
        } else {
            Err(InvalidCell(name))
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of its JetStream stream.
    #[must_use]
    pub fn stream(&self) -> String {
        format!("AISLE_{self}")
    }

    /// The subjects of all its messages.
    #[must_use]
    pub fn subjects(&self) -> String {
        format!("aisle.{self}.>")
    }

    /// The subject of one fact's message: `aisle.<cell>.<event id>.<aggregate>.<fact>`.
    #[must_use]
    pub fn subject(&self, row: &RecordedFact) -> String {
        let event = row.event_id.map_or_else(|| NO_EVENT.to_owned(), |event| event.to_string());
        format!("aisle.{self}.{event}.{}.{}", row.stream.aggregate, token(&row.fact))
    }

    /// What tells the message at a position from every other: the `id` of its CloudEvent and its
    /// `Nats-Msg-Id`.
    #[must_use]
    pub fn message_id(&self, position: Position) -> String {
        format!("{self}.{position}")
    }

    /// The position in such an id; none if it is not of this cell.
    #[must_use]
    pub fn position_of(&self, message_id: &str) -> Option<Position> {
        message_id.strip_prefix(self.as_str())?.strip_prefix('.')?.parse().ok()
    }
}

impl Default for Cell {
    /// The only cell of an installation that has one.
    fn default() -> Self {
        Self("main".to_owned())
    }
}

impl FromStr for Cell {
    type Err = InvalidCell;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::try_new(name)
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name as one token of a subject. Aisle's own facts are that already; what others wrote into
/// the journal must not fall out of the stream's subjects.
fn token(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' };
    if name.is_empty() { "_".to_owned() } else { name.chars().map(plain).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_named_by_what_can_stand_in_a_subject() {
        for name in ["main", "eu-1", "0", &"c".repeat(32)] {
            assert_eq!(Cell::try_new(name).unwrap().as_str(), name);
        }
        for name in ["", "EU", "a.b", "a b", "a>", "*", "ä", &"c".repeat(33)] {
            assert_eq!(Cell::try_new(name), Err(InvalidCell(name.to_owned())));
        }
    }

    #[test]
    fn a_message_id_says_its_position_to_its_own_cell() {
        let cell = Cell::try_new("eu").unwrap();
        assert_eq!(cell.position_of(&cell.message_id(7)), Some(7));
        for other in ["eu-1.7", "eu.", "eu.x", "7", ""] {
            assert_eq!(cell.position_of(other), None);
        }
    }

    #[test]
    fn whatever_a_fact_is_called_its_subject_has_five_tokens() {
        assert_eq!(token("payment_started"), "payment_started");
        assert_eq!(token("Seat.Held > *"), "Seat_Held____");
        assert_eq!(token(""), "_");
    }
}
