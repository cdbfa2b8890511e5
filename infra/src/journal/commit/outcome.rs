//! What becomes of a unit of work: told once, by the task that appends, to the one who waits for it
//! and to all who have decided on what it is to bring about.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use futures::task::AtomicWaker;

use super::{AppendError, Stopped};
use crate::journal::{Appended, JournalError};

/// What became of a unit of work, once that is known. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Link(Arc<Outcome>);

#[derive(Debug, Default)]
struct Outcome {
    answer: OnceLock<Result<Appended, AppendError>>,
    /// The task of the [`Submitted`], of which there is one.
    waits: AtomicWaker,
}

impl Link {
    /// The unit's answer, if it has been given.
    #[must_use]
    pub fn answer(&self) -> Option<&Result<Appended, AppendError>> {
        self.0.answer.get()
    }

    /// Whether this is about the same unit.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(super) fn broken(&self) -> bool {
        matches!(self.answer(), Some(Err(_)))
    }
}

/// A unit of work on its way; resolves to its answer.
#[derive(Debug)]
pub struct Submitted(Link);

impl Submitted {
    /// What a unit that is decided on this one's effect names in [`super::After`].
    #[must_use]
    pub fn link(&self) -> Link {
        self.0.clone()
    }
}

impl Future for Submitted {
    type Output = Result<Appended, AppendError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Outcome { answer, waits } = &*self.0.0;
        if answer.get().is_none() {
            waits.register(context.waker());
        }
        // It may have been given in between; who gives it from now on wakes this task.
        answer.get().cloned().map_or(Poll::Pending, Poll::Ready)
    }
}

/// The duty to answer a unit of work.
#[derive(Debug)]
pub(super) struct Promise(Link);

impl Promise {
    /// One, with the end at which its answer arrives.
    pub(super) fn new() -> (Self, Submitted) {
        let link = Link::default();
        (Self(link.clone()), Submitted(link))
    }

    pub(super) fn keep(self, answer: Result<Appended, AppendError>) {
        self.tell(answer);
    }

    fn tell(&self, answer: Result<Appended, AppendError>) {
        let Outcome { answer: told, waits } = &*self.0.0;
        if told.set(answer).is_ok() {
            waits.wake();
        }
    }
}

/// It goes without an answer only if the task panicked, perhaps in mid-commit.
impl Drop for Promise {
    fn drop(&mut self) {
        if self.0.answer().is_none() {
            self.tell(Err(JournalError::unavailable(Stopped).into()));
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use jiff::Timestamp;

    use super::*;

    #[tokio::test]
    async fn who_waits_is_woken_by_the_answer() {
        let (promise, submitted) = Promise::new();
        let link = submitted.link();
        let waiting = tokio::spawn(submitted);
        tokio::task::yield_now().await;
        assert_eq!((link.answer().is_some(), link.broken()), (false, false));
        promise.keep(Ok(Appended { position: 7, recorded_at: Timestamp::UNIX_EPOCH }));
        assert_eq!(waiting.await.unwrap().unwrap().position, 7);
        assert_eq!((link.answer().is_some(), link.broken()), (true, false));
    }

    #[test]
    fn a_broken_promise_is_a_failure_of_which_nobody_knows_more() {
        let (promise, submitted) = Promise::new();
        let link = submitted.link();
        drop(promise);
        assert!(link.broken());
        let answer = submitted.now_or_never().expect("it is answered");
        assert!(matches!(answer, Err(AppendError::Failed(JournalError::Unavailable(_)))));
    }
}
