//! The load: many keep-alive connections on one thread, each holding seats as fast as it is
//! answered.
//!
//! Closed-loop, as pgbench is: the next request is sent when the last one was answered. So its
//! latencies say how long requests took at the rate that came about, not at a rate of one's choice.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::task::JoinSet;

use super::BenchError;
use super::http::Connection;
use super::report::Turn;

/// The longest latency that is told apart, in microseconds.
const LONGEST_MICROS: u64 = 120_000_000;

/// What each request wishes for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// Two named seats, one after the other in the plan's order, chosen at random.
    Pair,
    /// The two best that are left.
    Best,
}

/// When a client stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// After this long.
    Passed(Duration),
    /// At the first refusal or fault.
    Refused,
}

/// A load to be put on a server.
#[derive(Debug)]
pub(super) struct Load {
    pub(super) address: SocketAddr,
    pub(super) clients: u32,
    pub(super) tokens: Vec<String>,
    pub(super) events: Vec<String>,
    pub(super) labels: Vec<String>,
    pub(super) wish: Wish,
    pub(super) until: Until,
    /// Chooses other seats and buyers in each round.
    pub(super) seed: u64,
}

/// What came of a load.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    pub(super) seconds: f64,
    /// Answered 201.
    pub(super) held: u64,
    /// Answered 409: somebody else was first.
    pub(super) refused: u64,
    /// Answered 5xx: nobody knows whether they were carried out.
    pub(super) faults: u64,
    latencies: Histogram<u64>,
}

impl Outcome {
    fn new() -> Result<Self, BenchError> {
        let latencies = Histogram::new_with_max(LONGEST_MICROS, 3);
        let latencies =
            latencies.map_err(|e| BenchError::io("histogram")(std::io::Error::other(e)))?;
        Ok(Self { seconds: 0.0, held: 0, refused: 0, faults: 0, latencies })
    }

    pub(super) fn answers(&self) -> u64 {
        self.held + self.refused
    }

    pub(super) fn latencies(&self, turn: &mut Turn) {
        let percentile = |at| self.latencies.value_at_quantile(at) as f64 / 1000.0;
        turn.add("latency mean, ms", self.latencies.mean() / 1000.0);
        turn.add("latency p50, ms", percentile(0.5));
        turn.add("latency p90, ms", percentile(0.9));
        turn.add("latency p99, ms", percentile(0.99));
        turn.add("latency max, ms", self.latencies.max() as f64 / 1000.0);
    }

    fn take_in(&mut self, other: &Self) {
        self.held += other.held;
        self.refused += other.refused;
        self.faults += other.faults;
        // Both have the same bounds.
        let _ = self.latencies.add(&other.latencies);
    }
}

/// Puts a load on a server, from a thread of its own.
pub(super) async fn run(load: Load) -> Result<Outcome, BenchError> {
    let driving = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(BenchError::io("cannot make a runtime"))?.block_on(drive(Arc::new(load)))
    });
    driving.await?
}

async fn drive(load: Arc<Load>) -> Result<Outcome, BenchError> {
    let mut clients = Vec::new();
    for number in 0..load.clients {
        clients.push(Client::connect(load.clone(), number).await?);
    }
    let begun = Instant::now();
    let mut running: JoinSet<_> = clients.into_iter().map(|client| client.run(begun)).collect();
    let mut all = Outcome::new()?;
    while let Some(one) = running.join_next().await {
        all.take_in(&one??);
    }
    all.seconds = begun.elapsed().as_secs_f64();
    Ok(all)
}

/// One connection and its dice.
struct Client {
    load: Arc<Load>,
    number: u32,
    connection: Connection,
    dice: Dice,
    outcome: Outcome,
}

impl Client {
    async fn connect(load: Arc<Load>, number: u32) -> Result<Self, BenchError> {
        let connection = Connection::open(load.address).await;
        let connection = connection.map_err(BenchError::io("cannot reach the server"))?;
        let dice = Dice(load.seed << 32 | u64::from(number));
        Ok(Self { load, number, connection, dice, outcome: Outcome::new()? })
    }

    async fn run(mut self, begun: Instant) -> Result<Outcome, BenchError> {
        let (mut request, mut body) = (Vec::with_capacity(1024), Vec::with_capacity(128));
        for count in 0_u64.. {
            let over = match self.load.until {
                Until::Passed(time) => begun.elapsed() >= time,
                Until::Refused => self.outcome.refused + self.outcome.faults > 0,
            };
            if over {
                break;
            }
            self.write(count, &mut request, &mut body);
            let sent = Instant::now();
            let answer = self.connection.send(&request).await;
            let answer = answer.map_err(BenchError::io("the server broke off"))?;
            let micros = u64::try_from(sent.elapsed().as_micros()).unwrap_or(LONGEST_MICROS);
            self.outcome.latencies.saturating_record(micros);
            match answer.status {
                201 => self.outcome.held += 1,
                409 => self.outcome.refused += 1,
                500.. => self.outcome.faults += 1,
                status => {
                    let body = String::from_utf8_lossy(answer.body).into_owned();
                    return Err(BenchError::Answer { request: "a hold".into(), status, body });
                }
            }
        }
        Ok(self.outcome)
    }

    fn write(&mut self, count: u64, request: &mut Vec<u8>, body: &mut Vec<u8>) {
        let load = &self.load;
        let token = &load.tokens[self.dice.below(load.tokens.len())];
        let event = &load.events[self.dice.below(load.events.len())];
        request.clear();
        body.clear();
        // Writing to memory cannot fail.
        let _ = match load.wish {
            Wish::Pair => {
                let seat = self.dice.below(load.labels.len() - 1);
                let (first, second) = (&load.labels[seat], &load.labels[seat + 1]);
                write!(body, r#"{{"seats":["{first}","{second}"]}}"#)
            }
            Wish::Best => write!(body, r#"{{"quantity":2}}"#),
        };
        let _ = write!(
            request,
            "POST /v1/events/{event}/bookings HTTP/1.1\r\nHost: aisle\r\n\
             Authorization: Bearer {token}\r\nIdempotency-Key: {}-{}-{count}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            load.seed,
            self.number,
            body.len()
        );
        request.extend_from_slice(body);
    }
}

/// SplitMix64: cheap, and good enough to choose seats.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound.max(1) as u64) as usize
    }
}
