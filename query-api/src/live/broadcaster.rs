//! The task behind a channel: woken by the seat map's changes, it says what changed, at its pace.

use std::sync::Arc;
use std::time::Duration;

use aisle_domain::id::EventId;
use aisle_projections::seat_map::{SeatMapSnapshot, SeatMaps, Watch};
use tokio::time::{Instant, MissedTickBehavior};

use super::Live;
use super::channel::Channel;
use super::message::Message;
use super::pace::Pace;

/// After how many beats that nobody heard a channel is given up. Until then who lost the connection
/// may come back and be told what it missed.
const DESERTED_BEATS: u32 = 4;

pub(super) struct Broadcaster {
    event: EventId,
    channel: Arc<Channel>,
    maps: SeatMaps,
    watch: Watch<EventId>,
    /// The map as everybody knows it who has heard everything.
    told: Arc<SeatMapSnapshot>,
    pace: Pace,
}

impl Broadcaster {
    /// Of an event, if there is one. It misses no change from now on.
    pub(super) fn new(event: EventId, maps: &SeatMaps) -> Option<Self> {
        let watch = maps.watch(event);
        let told = maps.snapshot(event)?;
        let channel = match told.is_rebuilt() {
            true => Channel::corrected(told.version),
            false => Channel::new(told.version),
        };
        let channel = Arc::new(channel);
        let pace = Pace::new(Instant::now());
        Some(Self { event, channel, maps: maps.clone(), watch, told, pace })
    }

    pub(super) fn channel(&self) -> Arc<Channel> {
        self.channel.clone()
    }

    /// Speaks until the feeds are over, or nobody has listened for a while.
    pub(super) async fn run(mut self, live: Arc<Live>) {
        let mut beats = beats(live.beat);
        let mut unheard = 0;
        loop {
            tokio::select! {
                () = live.over.cancelled() => break,
                _ = self.watch.changed() => self.tell().await,
                _ = beats.tick() => {
                    unheard = if self.channel.is_deserted() { unheard + 1 } else { 0 };
                    if unheard >= DESERTED_BEATS && live.give_up(self.event) {
                        return;
                    }
                    self.channel.beat();
                }
            }
        }
        live.end(self.event);
    }

    /// Says what changed, in due time: what changes meanwhile is said with it.
    async fn tell(&mut self) {
        let due = self.pace.due(Instant::now());
        tokio::time::sleep_until(due).await;
        let Some(now) = self.maps.snapshot(self.event) else { return };
        if now.version > self.told.version {
            self.channel.tell(Message::change(&self.told, &now));
            self.pace.sent(due, Instant::now());
        } else if now.edition() <= self.told.edition() {
            return;
        } else if !now.says_the_same_as(&self.told) {
            self.channel.correct(Message::correction(&now), self.told.version);
            self.pace.sent(due, Instant::now());
        }
        self.told = now;
    }
}

fn beats(every: Duration) -> tokio::time::Interval {
    let mut beats = tokio::time::interval_at(Instant::now() + every, every);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beats
}
