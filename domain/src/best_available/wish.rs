//! What a buyer wishes for, checked.

use crate::plan::CategoryIndex;

/// A wish for seats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// How many.
    pub count: PartySize,
    /// Of which categories. The caller works it out from price ceilings and from who may have
    /// accessible places.
    pub categories: CategorySet,
    /// Which of them are better than others, whatever the place: each set before the next. Empty
    /// if the place alone decides.
    pub tiers: Vec<CategorySet>,
    /// What to do about single seats left over.
    pub orphan: OrphanRule,
    /// Whether they may be parted.
    pub together: Together,
    /// 0 for the very best; else a pseudo-random number by which different buyers get different
    /// ones of the best few groups ([`super::SPREAD`]), so that under load they do not fight for
    /// one.
    pub spread: u64,
}

impl Wish {
    /// The categories, the better ones first.
    pub(super) fn by_tier(&self) -> impl Iterator<Item = CategorySet> {
        let all = self.tiers.is_empty().then_some(self.categories);
        all.into_iter().chain(self.tiers.iter().map(|tier| tier.both(self.categories)))
    }
}

/// Whether a choice may leave an orphan: a free seat with no free neighbour in its run, which is
/// hard to sell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrphanRule {
    /// Rather not: a group further back is preferred, but one with an orphan to none.
    Avoid,
    /// Never.
    Strict,
}

/// Whether the seats may be parted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Together {
    /// Side by side or not at all.
    Required,
    /// Side by side if there is such a group at all, else in as few pieces as possible.
    Preferred,
}

/// How many seats are wished for: 1 to 20.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartySize(u8);

/// Not a number from 1 to 20.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("between 1 and {} seats can be chosen at once", PartySize::MAX)]
pub struct PartySizeError;

impl PartySize {
    /// The largest party: larger ones are sold by people, and each size costs a bit in every
    /// summary.
    pub const MAX: u8 = 20;

    /// # Errors
    /// If `count` is 0 or above [`PartySize::MAX`].
    pub fn try_new(count: usize) -> Result<PartySize, PartySizeError> {
        match u8::try_from(count) {
            Ok(count @ 1..=PartySize::MAX) => Ok(PartySize(count)),
            _ => Err(PartySizeError),
        }
    }

    /// The number.
    pub fn get(self) -> u32 {
        u32::from(self.0)
    }
}

/// A set of categories of one plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CategorySet(u64);

impl CategorySet {
    /// Every category that a plan can have.
    pub const ALL: CategorySet = CategorySet(u64::MAX);

    /// Whether the category is in the set.
    pub fn contains(self, category: CategoryIndex) -> bool {
        self.0 & CategorySet::bit(category) != 0
    }

    /// The categories that are in both.
    fn both(self, other: CategorySet) -> CategorySet {
        CategorySet(self.0 & other.0)
    }

    /// The categories, in the plan's order.
    pub fn iter(self) -> impl Iterator<Item = CategoryIndex> {
        (0..64).map(CategoryIndex).filter(move |category| self.contains(*category))
    }

    /// No plan has a category beyond the 64th, so that such a one is in no set.
    fn bit(category: CategoryIndex) -> u64 {
        1u64.checked_shl(category.0.into()).unwrap_or(0)
    }
}

impl FromIterator<CategoryIndex> for CategorySet {
    fn from_iter<I: IntoIterator<Item = CategoryIndex>>(categories: I) -> CategorySet {
        CategorySet(
            categories.into_iter().fold(0, |set, category| set | CategorySet::bit(category)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parties_have_1_to_20_people() {
        assert_eq!(PartySize::try_new(0), Err(PartySizeError));
        assert_eq!(PartySize::try_new(20).map(PartySize::get), Ok(20));
        assert_eq!(PartySize::try_new(21), Err(PartySizeError));
        assert_eq!(PartySize::try_new(257), Err(PartySizeError));
    }

    #[test]
    fn a_set_has_what_was_put_in() {
        let set: CategorySet =
            [CategoryIndex(3), CategoryIndex(63), CategoryIndex(64)].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [CategoryIndex(3), CategoryIndex(63)]);
        assert!(!set.contains(CategoryIndex(0)));
        assert_eq!(CategorySet::ALL.iter().count(), 64);
    }
}
