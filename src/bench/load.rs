//! The load: many keep-alive connections on one thread, each holding seats as fast as it is
//! answered, or at a rate.
//!
//! As fast as it is answered is closed-loop, as pgbench is: the next request is sent when the last
//! one was answered. So its latencies say how long requests took at the rate that came about, not
//! at a rate of one's choice.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::task::{JoinSet, LocalSet};

use super::BenchError;
use super::board::Board;
use super::http::Connection;
use super::outcome::Outcome;
use super::wish::{Dice, Wish, Writer};

/// How many faults a client puts up with, where it would go on until it is refused.
const MAX_FAULTS: u32 = 10;

/// When a client stops.
#[derive(Debug, Clone)]
pub(super) enum Until {
    /// After this long.
    Passed(Duration),
    /// When it is told that nothing is left.
    SoldOut,
    /// When this becomes true.
    Told(Arc<AtomicBool>),
}

/// A load to be put on a server.
#[derive(Debug, Clone)]
pub(super) struct Load {
    pub(super) address: SocketAddr,
    pub(super) clients: u32,
    pub(super) tokens: Arc<[String]>,
    pub(super) events: Arc<[String]>,
    pub(super) labels: Arc<[String]>,
    pub(super) wish: Wish,
    pub(super) until: Until,
    /// Requests a second of all clients together; as fast as they are answered if absent.
    pub(super) rate: Option<f64>,
    /// Chooses other seats and buyers in each round.
    pub(super) seed: u64,
    /// Where it is noted which position was answered when.
    pub(super) board: Option<Arc<Board>>,
}

/// Puts a load on a server, from a thread of its own.
pub(super) async fn run(load: Load) -> Result<Outcome, BenchError> {
    let driving = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(BenchError::io("cannot make a runtime"))?;
        LocalSet::new().block_on(&runtime, drive(load))
    });
    driving.await?
}

async fn drive(load: Load) -> Result<Outcome, BenchError> {
    let load = Rc::new(load);
    // All clients are on this thread: they share what they count.
    let outcome = Rc::new(RefCell::new(Outcome::new()?));
    let mut clients = Vec::new();
    for number in 0..load.clients {
        clients.push(Client::connect(load.clone(), number, outcome.clone()).await?);
    }
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for client in clients {
        running.spawn_local(client.run(begun));
    }
    while let Some(one) = running.join_next().await {
        one??;
    }
    let mut all = outcome.borrow().clone();
    all.seconds = begun.elapsed().as_secs_f64();
    Ok(all)
}

/// One connection and its dice.
struct Client {
    load: Rc<Load>,
    number: u32,
    connection: Connection,
    dice: Dice,
    outcome: Rc<RefCell<Outcome>>,
    /// Whether it was told that nothing is left.
    sold_out: bool,
    faults: u32,
}

impl Client {
    async fn connect(
        load: Rc<Load>,
        number: u32,
        outcome: Rc<RefCell<Outcome>>,
    ) -> Result<Self, BenchError> {
        let connection = Connection::open(load.address).await?;
        let dice = Dice::new(load.seed << 32 | u64::from(number));
        Ok(Self { load, number, connection, dice, outcome, sold_out: false, faults: 0 })
    }

    async fn run(mut self, begun: Instant) -> Result<(), BenchError> {
        let mut writer = Writer::default();
        for count in 0_u32.. {
            if let Some(rate) = self.load.rate {
                let at = (f64::from(count) * f64::from(self.load.clients) + f64::from(self.number))
                    / rate;
                tokio::time::sleep_until((begun + Duration::from_secs_f64(at)).into()).await;
            }
            if self.is_over(begun) {
                break;
            }
            let key = [self.load.seed, u64::from(self.number), u64::from(count)];
            let asked = writer.write(&self.load, &mut self.dice, key);
            let sent = Instant::now();
            let answer = self.connection.send(writer.request()).await?;
            let mut outcome = self.outcome.borrow_mut();
            match answer.status {
                201 => {
                    outcome.held(sent.elapsed(), asked);
                    if let Some(board) = &self.load.board {
                        board.note(answer.header("aisle-position"));
                    }
                }
                409 => {
                    self.sold_out = contains(answer.body, b"\"none_left\"");
                    outcome.refused(sent.elapsed());
                }
                500.. => {
                    self.faults += 1;
                    outcome.faults += 1;
                }
                _ => return Err(answer.unwanted("a hold")),
            }
        }
        Ok(())
    }

    fn is_over(&self, begun: Instant) -> bool {
        match &self.load.until {
            Until::Passed(time) => begun.elapsed() >= *time,
            Until::Told(over) => over.load(Ordering::Relaxed),
            Until::SoldOut => self.sold_out || self.faults >= MAX_FAULTS,
        }
    }
}

fn contains(text: &[u8], what: &[u8]) -> bool {
    text.windows(what.len()).any(|part| part == what)
}
