//! The model: two desks that sell one event from one journal, buyers, a payment provider, a clock.
//!
//! A desk decides on its own view, which may be stale, by the real `House::decide`; the journal
//! compares the sequences. What the model leaves out: several units under way in one process, and
//! the batches of the group committer, which behave as if appended one after another.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use aisle_domain::actor::Actor;
use aisle_domain::house::{Context, Proposal, Refusal};
use aisle_domain::testing::{GivenHouse, after, plan_without_accessible};
use jiff::Timestamp;
use stateright::{Model, Property};

use crate::ask::Ask;
use crate::journal::{Guard, Journal, Marks, View};
use crate::properties;

/// What is explored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Protocol {
    /// The seats that each buyer wants; none stand for places of the area.
    pub(crate) wishes: &'static [&'static [&'static str]],
    /// How often the clock moves on.
    pub(crate) ticks: u8,
    pub(crate) guard: Guard,
}

/// How long holds last: 10 s and the grace period of 5 s, which is two ticks.
const HOLD_SECONDS: u32 = 10;
const TICK_SECONDS: i64 = 8;

/// A process that sells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Desk {
    Prompt,
    /// What it decides is appended a tick later.
    Slow,
}

/// A step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    /// A desk decides a command, and the journal takes it or does not.
    Ask(Desk, Ask),
    /// A desk reads the journal to its end.
    ReadOn(Desk),
    Tick,
}

impl Action {
    pub(crate) fn ask(&self) -> Ask {
        match self {
            Self::Ask(_, ask) => *ask,
            other => panic!("nothing is asked: {other:?}"),
        }
    }

    pub(crate) fn desk(&self) -> Desk {
        match self {
            Self::Ask(desk, _) | Self::ReadOn(desk) => *desk,
            Self::Tick => panic!("a tick is nobody's"),
        }
    }
}

/// Where everything stands.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) journal: Arc<Journal>,
    views: [Arc<View>; 2],
    pub(crate) ticks: u8,
    /// Commands that were carried out.
    pub(crate) done: BTreeSet<Ask>,
    /// What the provider has told of each payment, and will tell again: true if captured.
    pub(crate) told: BTreeMap<(u64, u64), bool>,
}

type Essence<'a> =
    (&'a Marks, [&'a Marks; 2], u8, &'a BTreeSet<Ask>, &'a BTreeMap<(u64, u64), bool>);

impl State {
    /// What tells one state from another: houses follow from their marks.
    fn essence(&self) -> Essence<'_> {
        let views = [&self.views[0].marks, &self.views[1].marks];
        (&self.journal.view.marks, views, self.ticks, &self.done, &self.told)
    }

    pub(crate) fn now(&self) -> Timestamp {
        after(TICK_SECONDS * i64::from(self.ticks))
    }

    /// When a desk decides what is appended now.
    fn decided_at(&self, desk: Desk) -> Timestamp {
        let late = match desk {
            Desk::Prompt => 0,
            Desk::Slow => 1,
        };
        after(TICK_SECONDS * i64::from(self.ticks.saturating_sub(late)))
    }

    /// Whether the provider may tell this: it tells of a payment that was started, always the
    /// same. All else may be asked at any time.
    fn may_be_asked(&self, ask: Ask) -> bool {
        match ask {
            Ask::Captured(b, n) | Ask::Declined(b, n) => {
                let captured = matches!(ask, Ask::Captured(..));
                let same = self.told.get(&(b, n)).is_none_or(|told| *told == captured);
                same && self.done.contains(&Ask::Pay(b, n))
            }
            // A key that was answered is answered the same again, whatever is asked.
            ask if ask.is_keyed() => !self.done.contains(&ask),
            _ => true,
        }
    }
}

impl Protocol {
    pub(crate) fn decide(
        &self,
        view: &View,
        ask: Ask,
        now: Timestamp,
    ) -> Result<Proposal, Refusal> {
        let command = ask.command(self.wishes, &view.house);
        view.house.decide(&command, &Context { now, actor: Actor::System })
    }

    fn carry_out(&self, state: &State, desk: Desk, ask: Ask) -> Option<State> {
        let view = &state.views[desk as usize];
        let proposal = self.decide(view, ask, state.decided_at(desk)).ok()?;
        let mut next = state.clone();
        if proposal.is_repetition() {
            // What the provider tells is heard although nothing is recorded.
            next.hear(ask).then_some(())?;
            return (next.told != state.told).then_some(next);
        }
        let now = next.now();
        let view = &mut next.views[desk as usize];
        if Arc::make_mut(&mut next.journal).append(&proposal, self.guard, now) {
            Arc::make_mut(view).take_proposal(&proposal);
            next.done.insert(ask);
            next.hear(ask);
        } else {
            *view = Arc::new(next.journal.view.clone());
        }
        Some(next)
    }
}

impl State {
    fn hear(&mut self, ask: Ask) -> bool {
        match ask {
            Ask::Captured(b, n) => self.told.insert((b, n), true).is_none(),
            Ask::Declined(b, n) => self.told.insert((b, n), false).is_none(),
            _ => false,
        }
    }

    fn read_on(&self, desk: Desk) -> Option<Self> {
        if self.views[desk as usize].marks == self.journal.view.marks {
            return None;
        }
        let mut next = self.clone();
        next.views[desk as usize] = Arc::new(self.journal.view.clone());
        Some(next)
    }
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let given = GivenHouse::on_sale_with(plan_without_accessible(1, 3), |details| {
            details.hold_seconds = HOLD_SECONDS;
            details.areas[0].capacity = 3;
        });
        let journal = Arc::new(Journal::of(&given));
        let view = Arc::new(journal.view.clone());
        let views = [view.clone(), view];
        vec![State { journal, views, ticks: 0, done: BTreeSet::new(), told: BTreeMap::new() }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for desk in [Desk::Prompt, Desk::Slow] {
            let asks = Ask::all(self.wishes.len() as u64);
            let asks = asks.into_iter().filter(|ask| state.may_be_asked(*ask));
            actions.extend(asks.map(|ask| Action::Ask(desk, ask)));
            actions.push(Action::ReadOn(desk));
        }
        if state.ticks < self.ticks {
            actions.push(Action::Tick);
        }
    }

    /// None where nothing changes: what is refused or repeated leaves everything as it was.
    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        match action {
            Action::Ask(desk, ask) => self.carry_out(state, desk, ask),
            Action::ReadOn(desk) => state.read_on(desk),
            Action::Tick => Some(State { ticks: state.ticks + 1, ..state.clone() }),
        }
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.essence() == other.essence()
    }
}

impl Hash for State {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.essence().hash(hasher);
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ticks, done, told, .. } = self;
        write!(f, "tick {ticks}, done {done:?}, told {told:?}")
    }
}
