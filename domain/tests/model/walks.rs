//! Long walks through the protocol by chance, to where nothing can happen any more: there, all
//! money must have come to rest.

use stateright::{Expectation, Model};

use crate::ask::Ask;
use crate::properties;
use crate::protocol::{Action, Protocol, State};

/// Goes on until nothing that may be done changes anything, and checks every state on the way.
pub(crate) fn walk(protocol: &Protocol, seed: u64) -> State {
    let (mut dice, mut path) = (Dice(seed), Vec::new());
    let mut state = protocol.init_states().remove(0);
    while let Some((action, next)) = step(protocol, &state, &mut dice) {
        path.push(action);
        state = next;
        check(protocol, &state, &path);
    }
    assert!(properties::has_come_to_rest(&state), "{state:?} by {path:#?}");
    state
}

fn check(protocol: &Protocol, state: &State, path: &[Action]) {
    let always = protocol.properties().into_iter();
    for property in always.filter(|property| property.expectation == Expectation::Always) {
        let holds = (property.condition)(protocol, state);
        assert!(holds, "not so: {}; {state:?} by {path:#?}", property.name);
    }
}

/// Any step that changes something.
fn step(protocol: &Protocol, state: &State, dice: &mut Dice) -> Option<(Action, State)> {
    let mut actions = Vec::new();
    protocol.actions(state, &mut actions);
    while !actions.is_empty() {
        let action = actions.swap_remove(dice.roll(actions.len()));
        if ends_it(action) && dice.roll(8) > 0 {
            continue;
        }
        if let Some(next) = protocol.next_state(state, action) {
            return Some((action, next));
        }
    }
    None
}

/// What makes for short walks: nobody need do it.
fn ends_it(action: Action) -> bool {
    matches!(action, Action::Ask(_, ask) | Action::Submit(_, ask)
        if matches!(ask, Ask::CallOff | Ask::Cancel(_) | Ask::Release(_)))
}

/// Numbers that look random and are the same at every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (self.0 >> 33) as usize % sides
    }
}
