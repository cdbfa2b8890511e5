//! The model: two desks that sell one event from one journal, buyers, a payment provider, a clock.
//!
//! A desk decides on its own view, which may be stale, by the real `House::decide`; the journal
//! compares the sequences. What the model leaves out: the batches of the group committer, which behave as
//! if appended one after another, and that desks come and go.

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
use crate::desk::Desk;
use crate::journal::{Guard, Journal, View};
use crate::properties;

/// What is explored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Protocol {
    /// The seats that each buyer wants; none stand for places of the area.
    pub(crate) wishes: &'static [&'static [&'static str]],
    /// How often the clock moves on.
    pub(crate) ticks: u8,
    pub(crate) guard: Guard,
    /// How many units of a desk may be under way when something else happens.
    pub(crate) queue: usize,
    /// What may be asked.
    pub(crate) asks: fn(Ask) -> bool,
}

/// How long holds last: 10 s and the grace period of 5 s, which is two ticks.
const HOLD_SECONDS: u32 = 10;
const TICK_SECONDS: i64 = 8;

/// Which desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Who {
    Prompt,
    /// What it decides is appended a tick later.
    Slow,
}

/// A step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    /// A desk decides a command, and the journal takes it at once or does not.
    Ask(Who, Ask),
    /// A desk decides a command, and takes for granted what it decides.
    Submit(Who, Ask),
    /// The journal takes what a desk decided longest ago, or does not.
    Append(Who),
    /// A desk reads the journal to its end.
    ReadOn(Who),
    Tick,
}

impl Action {
    pub(crate) fn ask(&self) -> Ask {
        match self {
            Self::Ask(_, ask) | Self::Submit(_, ask) => *ask,
            other => panic!("nothing is asked: {other:?}"),
        }
    }

    pub(crate) fn desk(&self) -> Who {
        match self {
            Self::Ask(desk, _) | Self::Submit(desk, _) => *desk,
            Self::Append(desk) | Self::ReadOn(desk) => *desk,
            Self::Tick => panic!("a tick is nobody's"),
        }
    }
}

/// Where everything stands.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) journal: Arc<Journal>,
    desks: [Arc<Desk>; 2],
    pub(crate) ticks: u8,
    /// Commands that were carried out.
    pub(crate) done: BTreeSet<Ask>,
    /// What the provider has told of each payment, and will tell again: true if captured.
    pub(crate) told: BTreeMap<(u64, u64), bool>,
}

impl State {
    /// What tells one state from another: houses follow from their marks.
    fn essence(&self) -> impl Hash + PartialEq + '_ {
        let desks = [self.desks[0].essence(), self.desks[1].essence()];
        (&self.journal.view.marks, desks, self.ticks, &self.done, &self.told)
    }

    pub(crate) fn now(&self) -> Timestamp {
        after(TICK_SECONDS * i64::from(self.ticks))
    }

    /// When a desk decides what is appended now.
    fn decided_at(&self, desk: Who) -> Timestamp {
        let late = match desk {
            Who::Prompt => 0,
            Who::Slow => 1,
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

    fn submit(&self, state: &State, who: Who, ask: Ask) -> Option<State> {
        let desk = &state.desks[who as usize];
        if desk.is_dead || ask.is_keyed() && desk.queue.iter().any(|unit| unit.ask == ask) {
            return None;
        }
        let proposal = self.decide(&desk.view, ask, state.decided_at(who)).ok()?;
        let mut next = state.clone();
        if !proposal.is_repetition() {
            Arc::make_mut(&mut next.desks[who as usize]).submit(ask, proposal);
            return Some(next);
        }
        // What the provider tells is heard although nothing is recorded, if that is known to be
        // right; so is everything that is answered by "that is so already".
        let is_settled = desk.queue.is_empty() && desk.view.marks == state.journal.view.marks;
        (is_settled && next.hear(ask)).then_some(next)
    }

    fn append(&self, state: &State, who: Who) -> State {
        let mut next = state.clone();
        let (journal, desk) = (&mut next.journal, &mut next.desks[who as usize]);
        let answered = |ask| state.done.contains(&ask);
        let (journal, desk) = (Arc::make_mut(journal), Arc::make_mut(desk));
        if let Some(ask) = desk.append(journal, self.guard, state.now(), answered) {
            next.done.insert(ask);
            next.hear(ask);
        }
        next
    }

    fn carry_out(&self, state: &State, who: Who, ask: Ask) -> Option<State> {
        let next = self.submit(state, who, ask)?;
        let is_under_way = !next.desks[who as usize].queue.is_empty();
        Some(if is_under_way { self.append(&next, who) } else { next })
    }
}

impl State {
    /// The provider's word has arrived; says whether for the first time.
    fn hear(&mut self, ask: Ask) -> bool {
        match ask {
            Ask::Captured(b, n) => self.told.insert((b, n), true).is_none(),
            Ask::Declined(b, n) => self.told.insert((b, n), false).is_none(),
            _ => false,
        }
    }

    fn read_on(&self, who: Who) -> Option<Self> {
        let mut next = self.clone();
        Arc::make_mut(&mut next.desks[who as usize]).read_on(&self.journal);
        (next != *self).then_some(next)
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
        let desk = Arc::new(Desk::new(journal.view.clone()));
        let desks = [desk.clone(), desk];
        vec![State { journal, desks, ticks: 0, done: BTreeSet::new(), told: BTreeMap::new() }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let asks = Ask::all(self.wishes.len() as u64);
        let asks = asks.into_iter().filter(|ask| (self.asks)(*ask) && state.may_be_asked(*ask));
        let asks: Vec<Ask> = asks.collect();
        for who in [Who::Prompt, Who::Slow] {
            let under_way = state.desks[who as usize].queue.len();
            if under_way == 0 {
                actions.extend(asks.iter().map(|ask| Action::Ask(who, *ask)));
            } else {
                actions.push(Action::Append(who));
            }
            if under_way < self.queue {
                actions.extend(asks.iter().map(|ask| Action::Submit(who, *ask)));
            }
            actions.push(Action::ReadOn(who));
        }
        if state.ticks < self.ticks {
            actions.push(Action::Tick);
        }
    }

    /// None where nothing changes: what is refused or repeated leaves everything as it was.
    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        match action {
            Action::Ask(who, ask) => self.carry_out(state, who, ask),
            Action::Submit(who, ask) => self.submit(state, who, ask),
            Action::Append(who) => Some(self.append(state, who)),
            Action::ReadOn(who) => state.read_on(who),
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
