//! Which seats of an event are free, and where there is room.
//!
//! A cache in the sense of the design: it is built from facts and guards nothing. A seat is free or
//! taken here; held, booked and withheld are one.

use std::sync::Arc;

use super::CategorySet;
use super::bits::Bits;
use super::opening::{Opening, Placing, Sizes};
use super::tree::Tree;
use crate::plan::{CategoryIndex, Layout, Plan, SeatIndex, Segment};

/// The free seats of one event.
#[derive(Debug, Clone)]
pub struct Availability {
    layout: Arc<Layout>,
    free: Bits,
    /// By category.
    trees: Box<[Tree]>,
    /// Free seats by category.
    counts: Box<[u32]>,
}

impl Availability {
    /// All seats of the plan are free.
    pub fn new(plan: &Plan) -> Availability {
        let layout = Arc::clone(plan.layout());
        let free = Bits::all_free(layout.seats());
        let none = Availability { layout, free, trees: [].into(), counts: [].into() };
        let lists = none.layout.by_category().iter();
        let counts =
            lists.clone().map(|list| none.segments(list).map(|it| it.seats.len() as u32).sum());
        let rooms =
            |list| none.segments(list).map(|segment| none.room(segment)).collect::<Vec<_>>();
        let trees = lists.map(|list| Tree::new(&rooms(list)));
        let (counts, trees) = (counts.collect(), trees.collect());
        Availability { counts, trees, ..none }
    }

    /// Whether the seat is free; a seat that the plan does not have is not.
    pub fn is_free(&self, seat: SeatIndex) -> bool {
        self.free.is_free(seat.0)
    }

    /// Makes the seat taken. Says whether that changed anything: not if it was taken before, or is
    /// not in the plan.
    pub fn take(&mut self, seat: SeatIndex) -> bool {
        let changes = self.is_free(seat);
        if changes {
            self.flip(seat.0, |count| count - 1);
        }
        changes
    }

    /// Makes the seat free. Says whether that changed anything: not if it was free before, or is
    /// not in the plan.
    pub fn free(&mut self, seat: SeatIndex) -> bool {
        let changes = seat.0 < self.layout.seats() && !self.is_free(seat);
        if changes {
            self.flip(seat.0, |count| count + 1);
        }
        changes
    }

    /// How many seats of the category are free.
    pub fn free_of(&self, category: CategoryIndex) -> u32 {
        self.counts.get(usize::from(category.0)).copied().unwrap_or(0)
    }

    /// How many seats of these categories are free.
    pub fn free_in(&self, categories: CategorySet) -> u32 {
        categories.iter().map(|category| self.free_of(category)).sum()
    }

    /// The neighbours and qualities that it goes by.
    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The segments of the category that have room for a group, best first.
    pub(super) fn with_room(
        &self,
        category: CategoryIndex,
        size: u32,
        placing: Placing,
    ) -> impl Iterator<Item = &Segment> {
        let category = usize::from(category.0);
        let lists = self.trees.get(category).zip(self.layout.by_category().get(category));
        lists.into_iter().flat_map(move |(tree, list)| {
            tree.with_any(Sizes::of(size, placing))
                .map(|leaf| &self.layout.segments()[list[leaf] as usize])
        })
    }

    /// The openings of a segment, from left to right.
    pub(super) fn openings(&self, segment: &Segment) -> impl Iterator<Item = Opening> {
        let (first, end, run) = (segment.seats.start, segment.seats.end, segment.run.clone());
        let mut at = first;
        std::iter::from_fn(move || {
            let start = self.free.next_free(at, end);
            at = self.free.next_taken(start, end);
            let left = if start == first { self.free_before(start, run.start) } else { 0 };
            let right = if at == end { self.free_after(at, run.end) } else { 0 };
            (start < end).then_some(Opening { start, end: at, left, right })
        })
    }

    /// Free seats right before this one within the run: 0, 1, or 2 for more.
    fn free_before(&self, seat: u32, first: u32) -> u32 {
        (first.max(seat.saturating_sub(2))..seat)
            .rev()
            .take_while(|it| self.free.is_free(*it))
            .count() as u32
    }

    /// Free seats from this one on within the run: 0, 1, or 2 for more.
    fn free_after(&self, seat: u32, end: u32) -> u32 {
        (seat..end.min(seat + 2)).take_while(|it| self.free.is_free(*it)).count() as u32
    }

    fn flip(&mut self, seat: u32, count: impl Fn(u32) -> u32) {
        let segment = &self.layout.segments()[self.layout.segment_of(seat)];
        let (run, category) = (segment.run.clone(), usize::from(segment.category.0));
        self.free.flip(seat);
        self.counts[category] = count(self.counts[category]);
        self.refresh(run.start.max(seat.saturating_sub(2)), run.end.min(seat + 3));
    }

    /// Sums up anew the segments that reach into this part of a run: those whose openings see two
    /// seats further.
    fn refresh(&mut self, from: u32, to: u32) {
        let layout = Arc::clone(&self.layout);
        let reach = &layout.segments()[layout.segment_of(from)..];
        for segment in reach.iter().take_while(|segment| segment.seats.start < to) {
            let room = self.room(segment);
            self.trees[usize::from(segment.category.0)].set(segment.place as usize, room);
        }
    }

    fn room(&self, segment: &Segment) -> Sizes {
        self.openings(segment).map(Opening::sizes).fold(Sizes::NONE, Sizes::union)
    }

    fn segments(&self, list: &[u32]) -> impl Iterator<Item = &Segment> {
        list.iter().map(|at| &self.layout.segments()[*at as usize])
    }
}

impl PartialEq for Availability {
    /// Whether the same seats are free and the summaries say the same. Only makes sense within one
    /// plan.
    fn eq(&self, other: &Availability) -> bool {
        (&self.free, &self.trees, &self.counts) == (&other.free, &other.trees, &other.counts)
    }
}
