//! The seat map: which seats of an event are free, held and sold, in memory.
//!
//! Reads see a fact as soon as it is applied. What is stored only shortens the next start, so
//! several processes may each keep the map and share one store: whoever is ahead writes. An event
//! of which nothing was ever taken costs some hundred bytes. Who watches an event is woken when its map
//! has changed.

mod occupancy;
mod plans_of_batch;
mod projection;
mod snapshot;
mod states;
mod watch;

pub(crate) use self::occupancy::{Occupancy, Unfit};
pub(crate) use self::plans_of_batch::PlansOfBatch;
pub use self::projection::{SeatMap, rebuildable};
pub use self::snapshot::{AreaSnapshot, Edition, SeatMapSnapshot, SeatMaps};
pub use self::states::SeatState;
pub use self::watch::Watch;
