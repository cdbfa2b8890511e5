//! The best seats for a group that no opening has room for.
//!
//! One category before several, as a party pays one price; then the fewest pieces; then one zone
//! before several; then the better seats. Each piece is the largest that is left, which gives the
//! fewest pieces. That holds for [`OrphanRule::Avoid`]; under [`OrphanRule::Strict`] pieces are
//! picked likewise among those that leave no orphan, and a split that another order of picking
//! might have found can be missed. It never promises to find the best of all, and looks at [`LOOK`]
//! openings of each category only: it runs under the writer's lock.

use std::collections::BTreeMap;

use super::opening::{Opening, Placing};
use super::{Availability, Choice, OrphanRule, Wish, leaves_orphan};
use crate::plan::{CategoryIndex, SeatIndex, Segment, ZoneIndex};

/// Openings looked at per category, best first. As each has a seat, they suffice for any party.
const LOOK: usize = 128;

/// The best split; nothing if too few seats are free or all splits found break the orphan rule.
pub(super) fn choose(availability: &Availability, wish: &Wish) -> Option<Choice> {
    let mut splits: Vec<Split> = by_scope(availability, wish)
        .into_iter()
        .filter_map(|(scope, places)| fill(scope, places, wish))
        .collect();
    splits.sort_by_key(Split::worth);
    let strict = wish.orphan == OrphanRule::Strict;
    splits
        .iter()
        .map(Split::choice)
        .find(|choice| !strict || !leaves_orphan(availability, &choice.seats))
}

/// Where all the pieces of a split are to be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Scope {
    Zone(CategoryIndex, ZoneIndex),
    Category(CategoryIndex),
    All,
}

/// An opening with the segment it is in.
#[derive(Clone, Copy)]
struct Place<'a> {
    opening: Opening,
    segment: &'a Segment,
}

struct Piece {
    start: u32,
    size: u32,
    rank: u32,
}

struct Split {
    scope: Scope,
    pieces: Vec<Piece>,
}

impl Split {
    /// Less is better.
    fn worth(&self) -> impl Ord + use<> {
        let (mixed, zones) = match self.scope {
            Scope::Zone(..) => (0, 0),
            Scope::Category(_) => (0, 1),
            Scope::All => (1, 1),
        };
        let rank: u64 = self.pieces.iter().map(|piece| u64::from(piece.rank)).sum();
        (mixed, self.pieces.len(), zones, rank)
    }

    fn choice(&self) -> Choice {
        let seats = self.pieces.iter().flat_map(|piece| piece.start..piece.start + piece.size);
        Choice { seats: seats.map(SeatIndex).collect(), pieces: self.pieces.len() }
    }
}

fn by_scope<'a>(availability: &'a Availability, wish: &Wish) -> BTreeMap<Scope, Vec<Place<'a>>> {
    let mut scopes: BTreeMap<Scope, Vec<Place<'a>>> = BTreeMap::new();
    for category in wish.categories.iter() {
        let segments = availability.with_room(category, 1, Placing::Any);
        let places = segments.flat_map(|segment| {
            availability.openings(segment).map(move |opening| Place { opening, segment })
        });
        for place in places.take(LOOK) {
            let zone = Scope::Zone(category, place.segment.zone);
            for scope in [zone, Scope::Category(category), Scope::All] {
                scopes.entry(scope).or_default().push(place);
            }
        }
    }
    scopes
}

/// Seats the whole party in these places.
fn fill(scope: Scope, mut places: Vec<Place<'_>>, wish: &Wish) -> Option<Split> {
    let mut left = wish.count.get();
    let mut pieces = vec![];
    while left > 0 {
        let (at, size) = largest(&places, left, wish.orphan)?;
        let Place { opening, segment } = places.swap_remove(at);
        let clean = opening.place(size, segment.middle, Placing::Clean);
        let start = clean.or_else(|| opening.place(size, segment.middle, Placing::Any))?;
        pieces.push(Piece { start, size, rank: segment.rank });
        left -= size;
    }
    Some(Split { scope, pieces })
}

/// The place for the largest piece, the best of several, and the size of the piece.
fn largest(places: &[Place<'_>], most: u32, rule: OrphanRule) -> Option<(usize, u32)> {
    let placing = match rule {
        OrphanRule::Avoid => Placing::Any,
        OrphanRule::Strict => Placing::Clean,
    };
    let sized = |(at, place): (usize, &Place<'_>)| {
        let size = place.opening.largest(most, placing)?;
        Some((size, std::cmp::Reverse((place.segment.rank, place.opening.start)), at))
    };
    let (size, _, at) = places.iter().enumerate().filter_map(sized).max()?;
    Some((at, size))
}
