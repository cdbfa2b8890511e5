//! Answers given before, looked up together: whoever asks while others are being answered shares the
//! next statement.
//!
//! Every refusal of a request with a key asks, and refusals come in crowds: all that waited for one
//! commit are refused at the same moment.

use aisle_domain::id::Subject;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::lanes::Lanes;
use super::read;
use crate::journal::{JournalError, StoredAnswer};

type Found = Result<Option<StoredAnswer>, JournalError>;

/// Who asks for the answer to which key.
#[derive(Debug)]
struct Asked {
    actor: Subject,
    key: String,
    found: oneshot::Sender<Found>,
}

/// The questions that wait for an answer.
#[derive(Debug, Default)]
pub(super) struct Answers {
    asked: Mutex<Vec<Asked>>,
    /// Held by whoever asks the database, for all.
    turn: tokio::sync::Mutex<()>,
}

impl Answers {
    /// The answer given to this actor under this key, as it is at some moment after the call.
    pub(super) async fn find(&self, readers: &Lanes, actor: &Subject, key: &str) -> Found {
        loop {
            let (found, mut answer) = oneshot::channel();
            self.asked.lock().push(Asked { actor: actor.clone(), key: key.to_owned(), found });
            let turn = self.turn.lock().await;
            if answer.is_empty() {
                self.ask(readers).await;
            }
            drop(turn);
            // Lost if whoever asked for all of them was given up half-way: then once more.
            if let Ok(found) = answer.try_recv() {
                return found;
            }
        }
    }

    /// Asks for everything that was asked so far.
    async fn ask(&self, readers: &Lanes) {
        let asked = std::mem::take(&mut *self.asked.lock());
        if asked.is_empty() {
            return;
        }
        let keys = asked.iter().map(|asked| (asked.actor.as_str(), asked.key.as_str()));
        let found = read::answers(readers, keys).await;
        // Who does not wait any more does not care.
        match found {
            Ok(found) => asked.into_iter().zip(found).for_each(|(asked, found)| {
                let _ = asked.found.send(Ok(found));
            }),
            Err(error) => asked.into_iter().for_each(|asked| {
                let _ = asked.found.send(Err(error.clone()));
            }),
        }
    }
}
