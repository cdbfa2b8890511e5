//! Live feeds of seat maps: one task and one queue for each event that somebody watches, however
//! many do.
//!
//! A reader costs its place in the queue. Messages are encoded once; nothing is asked of any store.
//! Feeds end with the read model that they show, so that clients go where it still moves, and none
//! holds up a server that stops.

mod broadcaster;
mod channel;
pub(crate) mod message;
mod pace;
mod reader;

use std::collections::HashMap;
use std::sync::{Arc, Once};
use std::time::Duration;

use aisle_domain::id::EventId;
use aisle_domain::stream::Position;
use aisle_projections::runner::Freshness;
use aisle_projections::seat_map::SeatMaps;
use bytes::Bytes;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use self::broadcaster::Broadcaster;
use self::channel::Channel;
use self::message::Message;
pub(crate) use self::reader::{Reader, event_stream};
use crate::fresh::ReadModel;
use crate::state::Options;

/// Longer than any process runs.
const FOR_EVER: Duration = Duration::MAX;

/// The live feeds of this process.
pub(crate) struct Live {
    channels: Mutex<HashMap<EventId, Arc<Channel>>>,
    maps: SeatMaps,
    freshness: Freshness,
    /// How often a feed says that it lives.
    pub(crate) beat: Duration,
    /// Cancelled once feeds must end: the process stops, or the read model has.
    pub(crate) over: CancellationToken,
    watched: Once,
}

/// Somebody who joined a feed and must yet be shown the map, as it is now or later.
pub(crate) struct Joined(tokio::sync::broadcast::Receiver<Message>);

impl Live {
    pub(crate) fn new(maps: SeatMaps, freshness: Freshness, options: &Options) -> Arc<Self> {
        Arc::new(Self {
            channels: Mutex::default(),
            maps,
            freshness,
            beat: options.beat,
            over: options.stop.child_token(),
            watched: Once::new(),
        })
    }

    /// Joins the feed of an event, if there is such an event.
    pub(crate) fn join(self: &Arc<Self>, event: EventId) -> Option<Joined> {
        self.with_channel(event, |channel| Joined(channel.join()))
    }

    /// Goes on after a version; none if what came since is not remembered.
    pub(crate) fn resume(self: &Arc<Self>, event: EventId, after: Position) -> Option<Reader> {
        let (missed, messages) = self.with_channel(event, |channel| channel.resume(after))??;
        Some(Reader::resumed(after, missed, messages))
    }

    /// Sees to it that the feeds end when the read model stops. Starts a task when it is first
    /// called, which must be within the runtime.
    pub(crate) fn watch_over(self: &Arc<Self>) {
        self.watched.call_once(|| {
            let (over, freshness) = (self.over.clone(), self.freshness.clone());
            tokio::spawn(async move {
                // That position is never reached: what returns says that no other will be.
                let model = ReadModel::SeatMap.name();
                let stopped = freshness.wait_for(model, Position::MAX, FOR_EVER);
                if let Some(Err(_)) = over.run_until_cancelled(stopped).await {
                    over.cancel();
                }
            });
        });
    }

    /// Does something with an event's channel while it cannot be given up.
    fn with_channel<T>(
        self: &Arc<Self>,
        event: EventId,
        act: impl FnOnce(&Channel) -> T,
    ) -> Option<T> {
        let mut channels = self.channels.lock();
        if let Some(channel) = channels.get(&event) {
            return Some(act(channel));
        }
        let broadcaster = Broadcaster::new(event, &self.maps)?;
        let channel = broadcaster.channel();
        let done = act(&channel);
        channels.insert(event, channel);
        tokio::spawn(broadcaster.run(self.clone()));
        Some(done)
    }

    /// How many read a feed.
    pub(crate) fn readers(&self) -> usize {
        self.channels.lock().values().map(|channel| channel.readers()).sum()
    }

    /// Gives up a channel unless somebody listens after all.
    fn give_up(&self, event: EventId) -> bool {
        let mut channels = self.channels.lock();
        let deserted = channels.get(&event).is_none_or(|channel| channel.is_deserted());
        if deserted {
            channels.remove(&event);
        }
        deserted
    }

    /// Ends a channel: its readers' streams end with what was said.
    fn end(&self, event: EventId) {
        self.channels.lock().remove(&event);
    }
}

impl Joined {
    /// Shows it the map of this version as JSON.
    pub(crate) fn shown(self, version: Position, json: Bytes) -> Reader {
        Reader::shown(version, json, self.0)
    }
}
