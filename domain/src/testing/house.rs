//! Given, when, then for a whole house, with the journal that it would leave.
//!
//! ```text
//! GivenHouse::on_sale()
//!     .and(hold(ANN, "ann", ["1-1"]))
//!     .when(hold(BOB, "bob", ["1-1"]))
//!     .then_refused(Refusal::SeatsTaken { seats: vec!["1-1".into()] });
//! ```

use std::sync::Arc;

use jiff::Timestamp;

use super::checker::{self, Report, Row};
use super::{Moment, OPENING, details_of, event_id, plan};
use crate::actor::Actor;
use crate::booking::Order;
use crate::event::{EventCommand, EventDetails};
use crate::fact::Fact;
use crate::house::{Command, Context, House, Proposal, Refusal};
use crate::id::BookingId;
use crate::plan::Plan;
use crate::stream::Position;

/// A house to which commands have come, and the journal of it.
#[derive(Debug, Clone)]
pub struct GivenHouse {
    house: House,
    now: Timestamp,
    journal: Vec<Row>,
}

impl GivenHouse {
    /// Of the event numbered 1, which nobody has created yet.
    #[must_use]
    pub fn absent(plan: Option<Arc<Plan>>) -> Self {
        let house = House::new(event_id(1), plan);
        Self { house, now: OPENING.moment(), journal: Vec::new() }
    }

    /// On sale, with four rows of ten seats and an area; see [`details_of`] and [`plan`].
    #[must_use]
    pub fn on_sale() -> Self {
        Self::on_sale_with(plan(4, 10), |_| {})
    }

    /// On sale, with this plan and what [`details_of`] it says after this change.
    #[must_use]
    pub fn on_sale_with(plan: Arc<Plan>, change: impl FnOnce(&mut EventDetails)) -> Self {
        let mut details = details_of(&plan);
        change(&mut details);
        Self::draft(Some(plan), details)
            .and(Command::Run(EventCommand::Publish))
            .and(Command::Run(EventCommand::OpenSales))
    }

    /// Created, as a draft.
    #[must_use]
    pub fn draft(plan: Option<Arc<Plan>>, details: EventDetails) -> Self {
        Self::absent(plan).and(Command::Run(EventCommand::Create(Box::new(details))))
    }

    /// What follows happens at this moment.
    #[must_use]
    pub fn at(self, moment: impl Moment) -> Self {
        Self { now: moment.moment(), ..self }
    }

    /// A command came, from the system, and was carried out.
    ///
    /// # Panics
    /// If it is refused or a repetition.
    #[must_use]
    #[track_caller]
    pub fn and(self, command: Command) -> Self {
        self.when(command).then(|_| ())
    }

    /// A command comes, from the system unless something else is said.
    pub fn when(self, command: Command) -> WhenHouse {
        let context = Context { now: self.now, actor: Actor::System };
        WhenHouse { given: self, command, context }
    }

    /// The house.
    #[must_use]
    pub fn house(&self) -> &House {
        &self.house
    }

    /// What a booking ordered.
    ///
    /// # Panics
    /// If it was never made.
    #[must_use]
    #[track_caller]
    pub fn order_of(&self, booking: BookingId) -> Order {
        let placed = self.house.placed(booking).expect("the booking was made");
        Arc::unwrap_or_clone(placed.order)
    }

    /// The journal.
    #[must_use]
    pub fn journal(&self) -> &[Row] {
        &self.journal
    }

    /// What the independent checker says of the journal.
    pub fn report(&self) -> Report {
        checker::check(self.journal.iter().cloned())
    }

    fn record(&mut self, proposal: &Proposal, now: Timestamp) {
        self.house.apply_proposal(proposal).expect("a house takes in what it proposed");
        let plan = self.house.plan().cloned();
        for write in &proposal.writes {
            let stream = write.stream.stream_id(proposal.event_id, plan.as_deref());
            let payload = write.fact.encode().expect("facts can be written");
            self.journal.push(Row {
                position: self.journal.len() as Position + 1,
                stream: stream.expect("a house proposes seats of its plan only"),
                sequence: write.sequence,
                fact: write.fact.name().to_owned(),
                payload: serde_json::from_str(&payload).expect("facts are JSON"),
                recorded_at: Some(now),
            });
        }
    }
}

/// A command to a house.
#[derive(Debug)]
#[must_use = "say what is to come of it"]
pub struct WhenHouse {
    given: GivenHouse,
    command: Command,
    context: Context,
}

impl WhenHouse {
    /// It comes from this actor.
    pub fn by(mut self, actor: Actor) -> Self {
        self.context.actor = actor;
        self
    }

    /// It comes at this moment; so does what follows.
    pub fn at(mut self, moment: impl Moment) -> Self {
        self.context.now = moment.moment();
        self.given.now = self.context.now;
        self
    }

    /// What comes of it; nothing is recorded.
    ///
    /// # Errors
    /// The refusal.
    pub fn outcome(&self) -> Result<Proposal, Refusal> {
        self.given.house.decide(&self.command, &self.context)
    }

    /// It is carried out, and its proposal passes this inspection; the house that it leaves.
    ///
    /// # Panics
    /// If it is refused or a repetition.
    #[track_caller]
    pub fn then(mut self, inspect: impl FnOnce(&Proposal)) -> GivenHouse {
        let proposal = match self.outcome() {
            Ok(proposal) => proposal,
            Err(refusal) => panic!("refused: {refusal}; {:?}", self.command),
        };
        assert!(!proposal.is_repetition(), "a repetition: {:?}", self.command);
        inspect(&proposal);
        self.given.record(&proposal, self.context.now);
        self.given
    }

    /// It is carried out, and these facts are recorded, in this order.
    ///
    /// # Panics
    /// If something else comes of it.
    #[track_caller]
    pub fn then_facts<const N: usize>(self, facts: [Fact; N]) -> GivenHouse {
        self.then(|proposal| {
            let proposed: Vec<Fact> =
                proposal.writes.iter().map(|w| Fact::clone(&w.fact)).collect();
            assert_eq!(proposed, facts);
        })
    }

    /// It is refused; the house, unchanged.
    ///
    /// # Panics
    /// If something else comes of it.
    #[track_caller]
    pub fn then_refused(self, refusal: impl Into<Refusal>) -> GivenHouse {
        assert_eq!(self.outcome(), Err(refusal.into()));
        self.given
    }

    /// Its effect is there already; the house, unchanged.
    ///
    /// # Panics
    /// If something else comes of it.
    #[track_caller]
    pub fn then_already_applied(self) -> GivenHouse {
        assert_eq!(self.outcome().map(|proposal| proposal.is_repetition()), Ok(true));
        self.given
    }
}
