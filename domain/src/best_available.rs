//! Chooses the best free seats for a buyer.
//!
//! Pure: it proposes seats, it takes none; the writer that holds the [`Availability`] of an event
//! asks, decides and then takes them. It knows categories but no prices: who wants to pay at most
//! so much is given the categories that cost no more, the dearest first, and accessible places are
//! chosen only if the wish names their category.
//!
//! What "best" means is the order of segments in [`crate::plan::Layout`]; within a segment it is
//! what is nearest to the middle of the row. No choice scans the seats: per category a tree over
//! its segments, best first, says which group sizes still fit where, and taking a seat updates it
//! in the time of a few segments.

mod availability;
mod bits;
mod opening;
mod orphan;
mod split;
#[cfg(test)]
mod tests;
mod tree;
mod wish;

pub use availability::Availability;
pub use orphan::{leaves_orphan, looked_at_for_orphans};
pub use wish::{CategorySet, OrphanRule, PartySize, PartySizeError, Together, Wish};

use crate::plan::{SeatIndex, Segment};
use opening::{Opening, Placing};

/// Among how many of the best groups buyers are spread. Enough that buyers of several processes,
/// each choosing before it hears of the others' holds, seldom meet; few enough that nobody is sent
/// far back.
pub const SPREAD: usize = 8;

/// Seats chosen for a wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// As many as were wished for, all free; neighbours follow each other.
    pub seats: Vec<SeatIndex>,
    /// In how many groups they are: 1 unless the wish let them be parted.
    pub pieces: usize,
}

/// Why no seats were chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoneLeft {
    /// Fewer seats are free than wished for.
    #[error("not enough seats are left")]
    TooFew,
    /// Enough seats are free, but not side by side.
    #[error("not enough seats are left side by side")]
    NotTogether,
    /// Seats are free, but taking them would leave a single seat that nobody can sell.
    #[error("the seats that are left cannot be taken without leaving a single one")]
    OnlyOrphans,
}

impl NoneLeft {
    /// A code that never changes, for clients.
    pub fn code(self) -> &'static str {
        match self {
            NoneLeft::TooFew => "none_left_too_few",
            NoneLeft::NotTogether => "none_left_together",
            NoneLeft::OnlyOrphans => "none_left_but_orphans",
        }
    }
}

impl Availability {
    /// The best seats for the wish: a group of one category without an aisle in it; or, if there is
    /// none and the wish lets them be parted, the best split (see `split.rs`). The same state and
    /// wish give the same seats.
    ///
    /// # Errors
    /// If there are no such seats, and why.
    pub fn choose(&self, wish: &Wish) -> Result<Choice, NoneLeft> {
        let size = wish.count.get();
        if self.free_in(wish.categories) < size {
            return Err(NoneLeft::TooFew);
        }
        let clean = self.group(wish, Placing::Clean);
        let group = match wish.orphan {
            OrphanRule::Avoid => clean.or_else(|| self.group(wish, Placing::Any)),
            OrphanRule::Strict => clean,
        };
        match (group, wish.together) {
            (Some(choice), _) => Ok(choice),
            (None, Together::Required) => Err(self.why_none(wish)),
            (None, Together::Preferred) => split::choose(self, wish).ok_or(NoneLeft::OnlyOrphans),
        }
    }

    /// A group of the best tier that has one: rather further back in a better tier than in front
    /// in a lesser one, but rather in a lesser one than with a single seat left over.
    fn group(&self, wish: &Wish, placing: Placing) -> Option<Choice> {
        wish.by_tier().find_map(|tier| self.group_of(tier, wish, placing))
    }

    fn group_of(&self, tier: CategorySet, wish: &Wish, placing: Placing) -> Option<Choice> {
        let candidates = self.candidates(tier, wish, placing);
        let pick = usize::try_from(wish.spread % candidates.len().max(1) as u64).ok()?;
        let size = wish.count.get();
        let start = self.best_start(candidates.get(pick)?, size, placing)?;
        Some(Choice { seats: (start..start + size).map(SeatIndex).collect(), pieces: 1 })
    }

    /// The best segments that have room for the group; one if the wish wants the very best, else up
    /// to [`SPREAD`].
    fn candidates(&self, tier: CategorySet, wish: &Wish, placing: Placing) -> Vec<&Segment> {
        let most = if wish.spread == 0 { 1 } else { SPREAD };
        let mut best: Vec<&Segment> = tier
            .iter()
            .flat_map(|category| self.with_room(category, wish.count.get(), placing).take(most))
            .collect();
        best.sort_unstable_by_key(|segment| segment.rank);
        best.truncate(most);
        best
    }

    /// Where in the segment the group is nearest to the middle of the row; to the left of two such
    /// places.
    fn best_start(&self, segment: &Segment, size: u32, placing: Placing) -> Option<u32> {
        let place = |opening: Opening| opening.place(size, segment.middle, placing);
        let off = |start: &u32| (2 * start + size).abs_diff(segment.middle);
        self.openings(segment).filter_map(place).min_by_key(off)
    }

    fn why_none(&self, wish: &Wish) -> NoneLeft {
        match self.candidates(wish.categories, wish, Placing::Any).is_empty() {
            true => NoneLeft::NotTogether,
            false => NoneLeft::OnlyOrphans,
        }
    }
}
