//! The catalogue of facts: every kind of domain event, and how it is written and read.
//!
//! Stored facts are a contract. A payload is the fact in serde's external tagging
//! (`{"held":{…}}`), which is what cqrs-es writes too. A new field needs a default or a new
//! version with an upcaster in [`Fact::decode`]; golden files in `domain/testdata/golden` keep
//! every version readable.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::area::AreaFact;
use crate::booking::BookingFact;
use crate::event::EventFact;
use crate::seat::SeatFact;
use crate::stream::AggregateType;

/// The version of the payload schema that is written today.
pub const VERSION: &str = "1";

/// Any fact of any aggregate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// Of an event.
    Event(EventFact),
    /// Of a reserved seat.
    Seat(SeatFact),
    /// Of a general-admission area.
    Area(AreaFact),
    /// Of a booking.
    Booking(BookingFact),
}

/// Why seats or places went back on sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseReason {
    /// The holder let go.
    Released,
    /// The deadline passed.
    Expired,
    /// The booking was cancelled.
    Cancelled,
}

/// A stored fact cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Written by a newer Aisle, or by something else.
    #[error("{aggregate} facts of version `{version}` are not known here")]
    UnknownVersion {
        /// The kind of aggregate.
        aggregate: AggregateType,
        /// The version that it claims.
        version: String,
    },
    /// The payload does not have the shape of its version.
    #[error("the payload of this {aggregate} fact is not readable")]
    Payload {
        /// The kind of aggregate.
        aggregate: AggregateType,
        /// What serde says.
        #[source]
        source: serde_json::Error,
    },
}

impl Fact {
    /// Reads a stored payload.
    ///
    /// # Errors
    /// If the version is unknown or the payload does not fit it.
    pub fn decode(
        aggregate: AggregateType,
        version: &str,
        payload: &str,
    ) -> Result<Self, DecodeError> {
        if version != VERSION {
            return Err(DecodeError::UnknownVersion { aggregate, version: version.to_owned() });
        }
        match aggregate {
            AggregateType::Event => parse(aggregate, payload).map(Self::Event),
            AggregateType::Seat => parse(aggregate, payload).map(Self::Seat),
            AggregateType::Area => parse(aggregate, payload).map(Self::Area),
            AggregateType::Booking => parse(aggregate, payload).map(Self::Booking),
        }
    }

    /// The payload to store, as JSON text.
    ///
    /// # Errors
    /// Never for the facts of this crate: they have string keys and finite numbers only.
    pub fn encode(&self) -> Result<String, serde_json::Error> {
        match self {
            Self::Event(fact) => serde_json::to_string(fact),
            Self::Seat(fact) => serde_json::to_string(fact),
            Self::Area(fact) => serde_json::to_string(fact),
            Self::Booking(fact) => serde_json::to_string(fact),
        }
    }

    /// The names of all facts of a kind of aggregate that were ever written, in the order of their
    /// declaration: that of a fact of an older version stays, even if only its upcaster knows it.
    #[must_use]
    pub const fn names_of(aggregate: AggregateType) -> &'static [&'static str] {
        match aggregate {
            AggregateType::Event => &[
                "created",
                "repriced",
                "published",
                "sales_opened",
                "sales_paused",
                "sales_closed",
                "cancelled",
            ],
            AggregateType::Seat | AggregateType::Area => {
                &["held", "extended", "booked", "released"]
            }
            AggregateType::Booking => &[
                "held",
                "renewed",
                "payment_started",
                "payment_declined",
                "confirmed",
                "released",
                "expired",
                "cancelled",
                "refund_requested",
                "refunded",
            ],
        }
    }

    /// The name of the fact within its aggregate, such as `held`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Event(fact) => fact.name(),
            Self::Seat(fact) => fact.name(),
            Self::Area(fact) => fact.name(),
            Self::Booking(fact) => fact.name(),
        }
    }
}

fn parse<F: DeserializeOwned>(aggregate: AggregateType, payload: &str) -> Result<F, DecodeError> {
    serde_json::from_str(payload).map_err(|source| DecodeError::Payload { aggregate, source })
}

macro_rules! facts_into {
    ($($variant:ident($fact:ty),)*) => {$(
        impl From<$fact> for Fact {
            fn from(fact: $fact) -> Self {
                Self::$variant(fact)
            }
        }
    )*};
}

facts_into! {
    Event(EventFact),
    Seat(SeatFact),
    Area(AreaFact),
    Booking(BookingFact),
}
