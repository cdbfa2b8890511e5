//! Given, when, then for one aggregate.
//!
//! ```text
//! given::<Seat>([held(ANN)]).when(hold(BOB)).at("2026-11-23T10:01:00Z").then_refused(Taken);
//! ```

use std::fmt::Debug;

use jiff::Timestamp;

use super::{Moment, OPENING};
use crate::area::AreaContext;
use crate::booking::BookingContext;
use crate::decider::{Decider, Decision};
use crate::event::EventContext;
use crate::seat::SeatContext;

/// How many places an area has unless a test says otherwise.
pub const AREA_CAPACITY: u32 = 100;

/// A context that can be made of a moment alone.
pub trait At {
    /// The context at this moment.
    fn at(now: Timestamp) -> Self;
}

impl At for SeatContext {
    fn at(now: Timestamp) -> Self {
        Self { now }
    }
}

impl At for BookingContext {
    fn at(now: Timestamp) -> Self {
        Self { now }
    }
}

impl At for AreaContext {
    /// Of [`AREA_CAPACITY`] places.
    fn at(now: Timestamp) -> Self {
        Self { now, capacity: AREA_CAPACITY }
    }
}

impl At for EventContext {
    /// Without a seating plan.
    fn at(now: Timestamp) -> Self {
        Self { now, plan: None }
    }
}

/// What a decider says to a command.
pub type Outcome<A> = Result<Decision<<A as Decider>::Fact>, <A as Decider>::Refusal>;

/// An aggregate to which facts have happened.
#[derive(Debug)]
pub struct Given<A>(A);

/// An aggregate that these facts have happened to.
pub fn given<A: Decider>(facts: impl IntoIterator<Item = A::Fact>) -> Given<A> {
    Given(A::default()).and(facts)
}

impl<A: Decider> Given<A> {
    /// Further facts.
    #[must_use]
    pub fn and(mut self, facts: impl IntoIterator<Item = A::Fact>) -> Self {
        for fact in facts {
            self.0.evolve(&fact);
        }
        self
    }

    /// A command arrives, at [`OPENING`] unless something else is said.
    pub fn when(self, command: A::Command) -> When<A>
    where
        A::Context: At,
    {
        When { aggregate: self.0, command, context: A::Context::at(OPENING.moment()) }
    }

    /// The aggregate.
    #[must_use]
    pub fn state(&self) -> &A {
        &self.0
    }
}

/// A command to an aggregate.
#[derive(Debug)]
#[must_use = "say what is to come of it"]
pub struct When<A: Decider> {
    aggregate: A,
    command: A::Command,
    context: A::Context,
}

impl<A: Decider> When<A> {
    /// It arrives at this moment.
    pub fn at(self, moment: impl Moment) -> Self
    where
        A::Context: At,
    {
        Self { context: A::Context::at(moment.moment()), ..self }
    }

    /// It arrives in this context.
    pub fn with(self, context: A::Context) -> Self {
        Self { context, ..self }
    }

    /// What comes of it.
    ///
    /// # Errors
    /// The refusal.
    pub fn outcome(&self) -> Outcome<A> {
        self.aggregate.decide(&self.command, &self.context)
    }
}

impl<A: Decider> When<A>
where
    A::Fact: Debug + PartialEq,
    A::Refusal: Debug + PartialEq,
{
    /// These facts are recorded; the aggregate that they leave.
    ///
    /// # Panics
    /// If something else comes of it.
    #[track_caller]
    pub fn then<const N: usize>(mut self, facts: [A::Fact; N]) -> Given<A> {
        assert_eq!(self.outcome().map(Decision::into_facts), Ok(facts.into()));
        for fact in self.outcome().map(Decision::into_facts).into_iter().flatten() {
            self.aggregate.evolve(&fact);
        }
        Given(self.aggregate)
    }

    /// It is refused.
    ///
    /// # Panics
    /// If something else comes of it.
    #[track_caller]
    pub fn then_refused(self, refusal: A::Refusal) {
        assert_eq!(self.outcome(), Err(refusal));
    }

    /// Its effect is there already.
    ///
    /// # Panics
    /// If something else comes of it.
    #[track_caller]
    pub fn then_already_applied(self) {
        assert_eq!(self.outcome(), Ok(Decision::AlreadyApplied));
    }
}
