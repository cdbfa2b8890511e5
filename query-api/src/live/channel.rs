//! What is said of one event, to all who watch it on this node, and what was said lately, for
//! those who come back.
//!
//! Readers share the messages: each has a place in one queue, and none has bytes of its own. Who
//! falls behind by the whole queue is cut off.

use std::collections::VecDeque;

use aisle_domain::stream::Position;
use parking_lot::Mutex;
use tokio::sync::broadcast;

use super::message::Message;

/// How many messages may wait for a reader: three seconds of the busiest sale.
const QUEUE: usize = 64;

/// How many messages are remembered, and how many bytes of them: half a minute of the busiest
/// sale, hours of a quiet one.
const REMEMBERED: usize = 512;
const REMEMBERED_BYTES: usize = 256 << 10;

/// One event's channel.
#[derive(Debug)]
pub(super) struct Channel {
    messages: broadcast::Sender<Message>,
    past: Mutex<Past>,
}

/// The latest messages.
#[derive(Debug)]
struct Past {
    /// Whatever changed after this version is among the messages.
    floor: Position,
    messages: VecDeque<Message>,
    bytes: usize,
}

impl Channel {
    /// Nothing was said yet: all who watch from now on know the map of this version at least.
    pub(super) fn new(version: Position) -> Self {
        let past = Past { floor: version, messages: VecDeque::new(), bytes: 0 };
        Self { messages: broadcast::channel(QUEUE).0, past: Mutex::new(past) }
    }

    /// The same, of a map that may differ from what was told of its version and of those before, here
    /// or by another process: who comes back with one is shown it.
    pub(super) fn corrected(version: Position) -> Self {
        Self { messages: broadcast::channel(QUEUE).0, past: Mutex::new(Past::after(version)) }
    }

    /// What is said from now on, to somebody who will be shown the map as it is after this call.
    pub(super) fn join(&self) -> broadcast::Receiver<Message> {
        self.messages.subscribe()
    }

    /// What was said after a version, if all of it is remembered, and what is said from now on.
    pub(super) fn resume(
        &self,
        after: Position,
    ) -> Option<(Vec<Message>, broadcast::Receiver<Message>)> {
        // Under the lock nothing is said between the two.
        let past = self.past.lock();
        Some((past.since(after)?, self.messages.subscribe()))
    }

    /// Tells everybody of a change.
    pub(super) fn tell(&self, message: Message) {
        let mut past = self.past.lock();
        past.push(message.clone());
        // Fails if nobody listens.
        let _ = self.messages.send(message);
    }

    /// Tells everybody of a better map than all up to a version. Who comes back with one of those has
    /// to be shown the map: nothing that was said before leads there.
    pub(super) fn correct(&self, message: Message, through: Position) {
        let mut past = self.past.lock();
        *past = Past::after(through);
        // As above.
        let _ = self.messages.send(message);
    }

    /// Lets everybody know that the connection lives.
    pub(super) fn beat(&self) {
        let _ = self.messages.send(Message::beat());
    }

    pub(super) fn readers(&self) -> usize {
        self.messages.receiver_count()
    }

    pub(super) fn is_deserted(&self) -> bool {
        self.readers() == 0
    }
}

impl Past {
    fn push(&mut self, message: Message) {
        self.bytes += message.bytes.len();
        self.messages.push_back(message);
        while self.messages.len() > REMEMBERED || self.bytes > REMEMBERED_BYTES {
            let Some(forgotten) = self.messages.pop_front() else { break };
            self.bytes -= forgotten.bytes.len();
            self.floor = forgotten.id.unwrap_or(self.floor);
        }
    }

    /// Nothing, and nobody goes on from this version or before.
    fn after(version: Position) -> Self {
        Self { floor: version + 1, messages: VecDeque::new(), bytes: 0 }
    }

    fn since(&self, after: Position) -> Option<Vec<Message>> {
        if after < self.floor {
            return None;
        }
        let known = self.messages.partition_point(|message| message.id <= Some(after));
        Some(self.messages.range(known..).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn message(id: Position, bytes: usize) -> Message {
        Message { bytes: Bytes::from(vec![b'x'; bytes]), ..Message::of("delta", id, b"") }
    }

    fn missed(channel: &Channel, after: Position) -> Option<Vec<Position>> {
        let (missed, _) = channel.resume(after)?;
        Some(missed.iter().filter_map(|message| message.id).collect())
    }

    #[test]
    fn who_comes_back_gets_what_it_missed_wherever_it_was() {
        let channel = Channel::new(10);
        channel.tell(message(15, 1));
        channel.tell(message(20, 1));
        assert_eq!(missed(&channel, 9), None);
        for (after, ids) in [(10, vec![15, 20]), (12, vec![15, 20]), (15, vec![20]), (20, vec![])] {
            assert_eq!(missed(&channel, after), Some(ids), "{after}");
        }
    }

    #[test]
    fn who_comes_back_after_a_correction_is_shown_the_map() {
        let channel = Channel::new(10);
        channel.tell(message(15, 1));
        channel.correct(message(12, 1), 15);
        assert_eq!((missed(&channel, 12), missed(&channel, 15)), (None, None));
        channel.tell(message(20, 1));
        assert_eq!((missed(&channel, 15), missed(&channel, 20)), (None, Some(vec![])));
    }

    #[test]
    fn who_comes_to_a_map_of_a_rebuild_is_shown_it_whatever_it_was_told_before() {
        let channel = Channel::corrected(10);
        assert_eq!((missed(&channel, 9), missed(&channel, 10)), (None, None));
        channel.tell(message(15, 1));
        assert_eq!((missed(&channel, 10), missed(&channel, 15)), (None, Some(vec![])));
    }

    #[test]
    fn what_is_forgotten_is_not_passed_over() {
        let channel = Channel::new(0);
        for id in 1..=REMEMBERED as u64 + 2 {
            channel.tell(message(id, 1));
        }
        assert_eq!(missed(&channel, 1), None);
        assert_eq!(missed(&channel, 2).unwrap().len(), REMEMBERED);
        channel.tell(message(1000, REMEMBERED_BYTES - 1));
        assert_eq!(missed(&channel, 512), None);
        assert_eq!(missed(&channel, 513), Some(vec![514, 1000]));
    }
}
