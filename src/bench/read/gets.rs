//! A load of reads: many keep-alive connections on two threads, each asking again as soon as it is
//! answered, as wrk does.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::task::{JoinSet, LocalSet};

use super::super::http::Connection;
use super::super::outcome::{histogram, percentile, record};
use super::super::turn::Turn;
use super::super::wish::Dice;
use super::super::{BenchError, per_second};

/// On how many threads.
const THREADS: u32 = 2;

/// A load to be put on a server.
#[derive(Debug, Clone)]
pub(super) struct Gets {
    pub(super) address: SocketAddr,
    pub(super) clients: u32,
    /// What is asked, at random.
    pub(super) requests: Arc<[Vec<u8>]>,
    /// What every answer must be.
    pub(super) status: u16,
    pub(super) time: Duration,
}

/// What came of it.
pub(super) struct Got {
    pub(super) answers: u64,
    pub(super) seconds: f64,
    bytes: u64,
    latencies: Histogram<u64>,
}

impl Got {
    pub(super) fn figures(&self, turn: &mut Turn) {
        turn.add("answers/s", per_second(self.answers, self.seconds));
        turn.add("MB/s of bodies", per_second(self.bytes, self.seconds) / 1e6);
        turn.add("latency mean, ms", self.latencies.mean() / 1000.0);
        turn.add("latency p50, ms", percentile(&self.latencies, 0.5));
        turn.add("latency p99, ms", percentile(&self.latencies, 0.99));
    }
}

impl Gets {
    pub(super) async fn run(self) -> Result<Got, BenchError> {
        let begun = Instant::now();
        let mut threads = JoinSet::new();
        for thread in 0..THREADS {
            let gets = self.clone();
            threads.spawn_blocking(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                let runtime = runtime.map_err(BenchError::io("cannot make a runtime"))?;
                LocalSet::new().block_on(&runtime, gets.drive(thread))
            });
        }
        let mut all = Got { answers: 0, seconds: 0.0, bytes: 0, latencies: histogram()? };
        while let Some(one) = threads.join_next().await {
            all.take_in(&one??);
        }
        all.seconds = begun.elapsed().as_secs_f64();
        Ok(all)
    }

    async fn drive(self, thread: u32) -> Result<Got, BenchError> {
        let mut clients = JoinSet::new();
        let gets = Arc::new(self);
        for number in (thread..gets.clients).step_by(THREADS as usize) {
            clients.spawn_local(gets.clone().client(number));
        }
        let mut all = Got { answers: 0, seconds: 0.0, bytes: 0, latencies: histogram()? };
        while let Some(one) = clients.join_next().await {
            all.take_in(&one??);
        }
        Ok(all)
    }

    async fn client(self: Arc<Self>, number: u32) -> Result<Got, BenchError> {
        let mut connection = Connection::open(self.address).await?;
        let mut got = Got { answers: 0, seconds: 0.0, bytes: 0, latencies: histogram()? };
        let (begun, mut dice) = (Instant::now(), Dice::new(u64::from(number)));
        while begun.elapsed() < self.time {
            let request = &self.requests[dice.below(self.requests.len())];
            let sent = Instant::now();
            let answer = connection.send(request).await?;
            if answer.status != self.status {
                return Err(answer.unwanted("a read"));
            }
            got.answers += 1;
            got.bytes += answer.body.len() as u64;
            record(&mut got.latencies, sent.elapsed());
        }
        Ok(got)
    }
}

impl Got {
    fn take_in(&mut self, other: &Self) {
        self.answers += other.answers;
        self.bytes += other.bytes;
        // All have the same bounds.
        let _ = self.latencies.add(&other.latencies);
    }
}
