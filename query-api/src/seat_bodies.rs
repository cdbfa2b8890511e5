//! Seat maps as they are sent: prepared once per edition, form and coding, so that a read copies
//! memory.
//!
//! **Compact binary**, version 1 (`application/vnd.aisle.seats`): the four bytes `AISL`; the
//! format's version, one byte, 1; the map's version (a position), eight bytes, little-endian; how
//! many seats, four bytes, little-endian; then two bits a seat in plan order, four seats to a
//! byte from the low bits up, the last byte filled with zeros. 0 is free, 1 held, 2 sold, 3 not on
//! sale. General-admission areas are in the JSON only.

use aisle_domain::id::EventId;
use aisle_domain::plan::PlanHash;
use aisle_domain::stream::Position;
use aisle_projections::seat_map::{AreaSnapshot, Edition, SeatMapSnapshot};
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Serialize;
use utoipa::ToSchema;

use crate::conditional::wish;
use crate::encoding::Effort;
use crate::kept::Kept;
use crate::prepared::Prepared;

/// The media type of the compact binary.
pub(crate) const SEATS: &str = "application/vnd.aisle.seats";

/// What clients ask for the compact binary by.
const BINARY: [&str; 2] = [SEATS, "application/octet-stream"];
const JSON: [&str; 1] = ["application/json"];

/// How many bytes of seat maps are kept. As JSON, a hall of 20,000 seats takes 7 kB and the
/// largest plan 33 kB; in both forms and all codings, 60,000 seats take some 130 kB at the worst.
const MAX_BYTES: usize = 64 << 20;

/// In which form seats are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Form {
    Json,
    Binary,
}

/// Seat maps as they are sent, by the edition of the map.
pub(crate) type SeatBodies = Kept<(EventId, Form), Edition>;

/// None prepared yet.
pub(crate) fn seat_bodies() -> SeatBodies {
    Kept::new(MAX_BYTES)
}

/// Which seats of an event are free, held and sold.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeatMapDto {
    /// The event.
    #[schema(value_type = uuid::Uuid)]
    event_id: EventId,
    /// The position of the last fact that changed the map.
    version: Position,
    /// The hash of the seating plan, in whose order the states are; none without reserved seats.
    #[schema(value_type = Option<String>)]
    plan: Option<PlanHash>,
    /// How many seats the plan has.
    count: u32,
    /// How many can be held.
    free: u32,
    /// How many are held.
    held: u32,
    /// How many are sold.
    sold: u32,
    /// Base64 of two bits a seat, in plan order, four seats to a byte from the low bits up: 0 is
    /// free, 1 held, 2 sold, 3 not on sale.
    #[schema(example = "AAEI")]
    states: String,
    /// The general-admission areas.
    areas: Vec<AreaSeatsDto>,
}

/// The places of a general-admission area.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AreaSeatsDto {
    /// Its name.
    name: String,
    /// How many places it has.
    capacity: u32,
    /// How many are held.
    held: u32,
    /// How many are sold.
    sold: u32,
    /// How many can be held.
    available: u32,
}

impl Form {
    /// What the client prefers; JSON unless it prefers the binary. It is never refused: who asks
    /// for something else gets JSON.
    pub(crate) fn preferred(headers: &HeaderMap) -> Self {
        if wish(headers, &BINARY) > wish(headers, &JSON) { Self::Binary } else { Self::Json }
    }

    /// A map in this form. Two forms are two representations, so they have two tags.
    pub(crate) fn prepare(self, map: &SeatMapSnapshot) -> Prepared {
        let edition = map.edition();
        match self {
            Self::Json => Prepared::new(JSON[0], &edition.to_string(), json(map), Effort::Quick),
            Self::Binary => {
                Prepared::new(SEATS, &format!("{edition}-b"), binary(map), Effort::Quick)
            }
        }
    }
}

/// A map as JSON: the body of `/seats`, and the snapshot of those who watch it.
pub(crate) fn json(map: &SeatMapSnapshot) -> Bytes {
    let dto = SeatMapDto {
        event_id: map.event_id,
        version: map.version,
        plan: map.plan,
        count: map.seats,
        free: map.free(),
        held: map.held,
        sold: map.sold,
        states: STANDARD.encode(map.packed()),
        areas: map.areas.iter().map(AreaSeatsDto::from).collect(),
    };
    // Strings and numbers always serialise.
    serde_json::to_vec(&dto).unwrap_or_default().into()
}

fn binary(map: &SeatMapSnapshot) -> Bytes {
    let states = map.packed();
    let mut bytes = Vec::with_capacity(17 + states.len());
    bytes.extend_from_slice(b"AISL\x01");
    bytes.extend_from_slice(&map.version.to_le_bytes());
    bytes.extend_from_slice(&map.seats.to_le_bytes());
    bytes.extend_from_slice(&states);
    bytes.into()
}

impl From<&AreaSnapshot> for AreaSeatsDto {
    fn from(area: &AreaSnapshot) -> Self {
        let AreaSnapshot { capacity, held, sold, .. } = *area;
        Self { name: area.name.clone(), capacity, held, sold, available: area.free() }
    }
}
