//! What is said in a live feed, in the words of server-sent events.
//!
//! A delta has absolute states, not steps. So it applies to every map from the version `from` on,
//! whichever node it came from, and applied twice it changes nothing.

use aisle_domain::stream::Position;
use aisle_projections::seat_map::SeatMapSnapshot;
use bytes::Bytes;
use serde::Serialize;
use utoipa::ToSchema;

use crate::seat_bodies::{AreaSeatsDto, json};

/// When a browser should connect again, in milliseconds: not all at once with a restart.
pub(crate) const RETRY: Bytes = Bytes::from_static(b"retry: 2000\n\n");
/// A comment, for those who would take silence for a dead connection.
pub(crate) const BEAT: Bytes = Bytes::from_static(b": beat\n\n");
/// What ends a message.
pub(crate) const END: Bytes = Bytes::from_static(b"\n\n");

/// About how many bytes a seat takes in a delta.
const SEAT_BYTES: usize = 10;
/// About how many bytes a snapshot takes beside its seats.
const SNAPSHOT_BYTES: usize = 300;

/// A message to all who watch.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// The version of the map after it; none of a beat.
    pub(crate) id: Option<Position>,
    /// The message as it is sent, shared by all.
    pub(crate) bytes: Bytes,
    /// What it is to who has the version after it already.
    pub(super) told_again: ToldAgain,
}

/// What a message is to who has the version after it already, or a later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ToldAgain {
    Nothing,
    /// A better map, from a rebuild. The one before may have been wrong in its version, too.
    Correction,
}

/// What changed of a seat map.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeatDeltaDto {
    /// It applies to maps from this version on.
    from: Position,
    /// The version after it.
    version: Position,
    /// How many seats can be held then.
    free: u32,
    /// How many are held then.
    held: u32,
    /// How many are sold then.
    sold: u32,
    /// The seats that changed: their places in plan order and their states, as in `states`.
    #[schema(value_type = Vec<Vec<u32>>, example = json!([[2, 1], [4, 0]]))]
    seats: Vec<(u32, u8)>,
    /// The general-admission areas that changed.
    areas: Vec<AreaSeatsDto>,
}

impl Message {
    /// What takes who has the older map to the newer one; the newer one itself if that is shorter.
    pub(crate) fn change(older: &SeatMapSnapshot, newer: &SeatMapSnapshot) -> Self {
        let seats = newer.changed_since(older);
        let id = newer.version;
        if seats.len() * SEAT_BYTES > newer.packed().len() * 4 / 3 + SNAPSHOT_BYTES {
            return Self::of("snapshot", id, &json(newer));
        }
        let areas = newer.areas.iter().filter(|area| !older.areas.contains(area));
        let delta = SeatDeltaDto {
            from: older.version,
            version: id,
            free: newer.free(),
            held: newer.held,
            sold: newer.sold,
            seats: seats.into_iter().map(|(seat, state)| (seat, state.bits())).collect(),
            areas: areas.map(AreaSeatsDto::from).collect(),
        };
        // Numbers and strings always serialise.
        let data = serde_json::to_vec(&delta).unwrap_or_default();
        Self::of("delta", id, &data)
    }

    /// The map, for those who were told one that a rebuild has found to be wrong.
    pub(super) fn correction(map: &SeatMapSnapshot) -> Self {
        let told_again = ToldAgain::Correction;
        Self { told_again, ..Self::of("snapshot", map.version, &json(map)) }
    }

    pub(crate) fn beat() -> Self {
        Self { id: None, bytes: BEAT, told_again: ToldAgain::Nothing }
    }

    pub(super) fn of(event: &str, id: Position, data: &[u8]) -> Self {
        let bytes = whole(event, id, data);
        Self { id: Some(id), bytes, told_again: ToldAgain::Nothing }
    }

    /// Whether it tells nothing to who has a version.
    pub(super) fn is_known_at(&self, version: Position) -> bool {
        let known = match self.told_again {
            ToldAgain::Nothing => self.id <= Some(version),
            ToldAgain::Correction => false,
        };
        known && self.id.is_some()
    }
}

/// A message up to its data, which must be one line and be followed by [`END`].
pub(crate) fn head(event: &str, id: Position) -> Bytes {
    format!("event: {event}\nid: {id}\ndata: ").into()
}

/// A message whose data is one line.
pub(crate) fn whole(event: &str, id: Position, data: &[u8]) -> Bytes {
    [&head(event, id)[..], data, &END[..]].concat().into()
}
