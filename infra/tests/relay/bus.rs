//! The contract of the bus, held by each implementation: in order, from where it is told, every
//! row as the journal has it, holes to be seen, and nobody waits for a slow reader.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use aisle_domain::stream::Position;
use aisle_infra::bus::{Batch, Bus, InProcessBus, JetStreamBus, Subscription};
use aisle_infra::journal::memory::MemoryJournal;
use aisle_infra::journal::{Entry, JournalStore, NewFact, RecordedFact};
use aisle_infra::relay::Relay;
use aisle_infra::testing::nats_server::NatsServer;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::world::{self, PATIENCE, append, held, unit};

/// A journal, and buses that carry what is appended to it.
pub(crate) struct Ground {
    pub(crate) journal: Arc<dyn JournalStore>,
    seats: AtomicU64,
    stop: CancellationToken,
    carrier: Carrier,
}

enum Carrier {
    Process,
    JetStream(Box<(world::World, NatsServer, async_nats::Client, Relay)>),
}

impl Ground {
    async fn in_process() -> Self {
        Self::new(Arc::new(MemoryJournal::new()), Carrier::Process)
    }

    async fn jetstream() -> Self {
        let (world, server) = (world::World::create().await, NatsServer::start().await);
        let nats = server.client().await;
        let relay = world.relay(&nats);
        let journal = world.journal.clone();
        Self::new(journal, Carrier::JetStream(Box::new((world, server, nats, relay))))
    }

    fn new(journal: Arc<dyn JournalStore>, carrier: Carrier) -> Self {
        Self { journal, seats: AtomicU64::new(0), stop: CancellationToken::new(), carrier }
    }

    /// A bus that begins after a position. One over JetStream has a journal that is empty for ever,
    /// so that what comes has come through the stream.
    fn bus(&self, after: Position) -> Arc<dyn Bus> {
        let stop = self.stop.clone();
        match &self.carrier {
            Carrier::Process => InProcessBus::start(self.journal.clone(), after, stop),
            Carrier::JetStream(parts) => {
                let (world, _, nats, _) = &**parts;
                let blind = Arc::new(MemoryJournal::new());
                JetStreamBus::start(nats.clone(), world.cell.clone(), blind, after, stop)
            }
        }
    }

    async fn append(&self, facts: u64) -> Position {
        append(&*self.journal, &self.seats, facts).await
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

// One thread each: a bus begins to run at the test's next await, when its reader has subscribed.
macro_rules! on_buses {
    ($($test:ident),+ $(,)?) => {
        mod in_process {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test(super::Ground::in_process().await).await;
                }
            )+
        }
        mod jetstream {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test(super::Ground::jetstream().await).await;
                }
            )+
        }
    };
}

on_buses!(
    facts_arrive_in_order_and_as_the_journal_has_them,
    a_bus_begins_where_it_is_told,
    a_late_reader_gets_what_comes_and_not_what_was,
    a_reader_that_is_too_slow_sees_the_hole_and_holds_up_nobody,
    a_row_that_cannot_be_read_ends_its_batch,
    the_bus_ends_when_it_is_told_to,
);

async fn facts_arrive_in_order_and_as_the_journal_has_them(ground: Ground) {
    let mut live = ground.bus(0).subscribe();
    // Read as it comes: else some would be lost, as they may be to a reader that is too slow.
    let (_, entries) = tokio::join!(ground.append(1_400), entries_to(&mut live, 1_400));
    let recorded: Vec<_> =
        entries.into_iter().map(|entry| RecordedFact::clone(&entry.recorded)).collect();
    assert_eq!(recorded, ground.journal.read(0, usize::MAX).await.unwrap());
}

async fn a_bus_begins_where_it_is_told(ground: Ground) {
    let head = ground.append(40).await;
    for after in [0, 1, 17, 39] {
        let mut live = ground.bus(after).subscribe();
        let entries = entries_to(&mut live, head).await;
        assert_eq!(positions(&entries), ((after + 1)..=head).collect::<Vec<_>>());
    }
    let mut live = ground.bus(head).subscribe();
    let further = ground.append(2).await;
    assert_eq!(positions(&entries_to(&mut live, further).await), [head + 1, head + 2]);
}

async fn a_late_reader_gets_what_comes_and_not_what_was(ground: Ground) {
    let bus = ground.bus(0);
    let mut early = bus.subscribe();
    let before = ground.append(9).await;
    entries_to(&mut early, before).await;
    let mut late = bus.subscribe();
    let after = ground.append(9).await;
    let expected: Vec<_> = (before + 1..=after).collect();
    assert_eq!(positions(&entries_to(&mut late, after).await), expected);
    assert_eq!(positions(&entries_to(&mut early, after).await), expected);
}

async fn a_reader_that_is_too_slow_sees_the_hole_and_holds_up_nobody(ground: Ground) {
    let bus = ground.bus(0);
    let (mut quick, mut slow) = (bus.subscribe(), bus.subscribe());
    // Waiting for each makes each a batch of its own, and more of them than any bus keeps.
    let mut head = 0;
    for _ in 0..300 {
        head = ground.append(1).await;
        let entries = entries_to(&mut quick, head).await;
        assert_eq!(positions(&entries), [head]);
    }
    let next = timeout(PATIENCE, slow.next()).await.expect("a batch").expect("a bus");
    let first = next.first().unwrap();
    assert!(first > 1, "nothing was lost");
    // What it does about it: the journal has what is missing, and the rest is there without a hole.
    let mut seen: Vec<_> = ground.journal.read(0, usize::MAX).await.unwrap();
    seen.retain(|row| row.position < first);
    let mut known: Vec<_> = seen.iter().map(|row| row.position).collect();
    known.extend(positions(next.entries()));
    known.extend(positions(&entries_to(&mut slow, head).await));
    assert_eq!(known, (1..=head).collect::<Vec<_>>());
}

async fn a_row_that_cannot_be_read_ends_its_batch(ground: Ground) {
    let mut live = ground.bus(0).subscribe();
    let odd = NewFact { payload: r#"{"melted":{}}"#.into(), ..held("odd") };
    let facts = vec![held("1-1"), odd, held("1-2")];
    ground.journal.append(&[unit(facts)]).await.unwrap().remove(0).unwrap();
    let batches = batches_to(&mut live, 3).await;
    let unreadable: Vec<_> = batches.iter().filter_map(Batch::unreadable).collect();
    assert_eq!(unreadable.iter().map(|row| row.position).collect::<Vec<_>>(), [2]);
    assert_eq!(batches.last().unwrap().first(), Some(3));
}

async fn the_bus_ends_when_it_is_told_to(ground: Ground) {
    let bus = ground.bus(0);
    let mut live = bus.subscribe();
    entries_to(&mut live, ground.append(3).await).await;
    ground.stop.cancel();
    drop(bus);
    let ended = async { while live.next().await.is_some() {} };
    timeout(PATIENCE, ended).await.expect("the bus ends");
}

/// The batches up to a position.
pub(crate) async fn batches_to(live: &mut Subscription, last: Position) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    let all = async {
        while batches.last().and_then(Batch::last) != Some(last) {
            batches.push(live.next().await.expect("the bus is there"));
        }
    };
    timeout(PATIENCE, all).await.expect("all of it arrives");
    batches
}

/// The facts up to a position.
pub(crate) async fn entries_to(live: &mut Subscription, last: Position) -> Vec<Entry> {
    let batches = batches_to(live, last).await;
    batches.iter().flat_map(|batch| batch.entries().to_vec()).collect()
}

pub(crate) fn positions(entries: &[Entry]) -> Vec<Position> {
    entries.iter().map(Entry::position).collect()
}
