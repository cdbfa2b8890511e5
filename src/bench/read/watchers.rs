//! Many readers of one event stream, on one thread: each takes what comes, some of them note how
//! late it is.
//!
//! They ask by HTTP/1.0, so that the stream comes as it is, without the lengths of chunks in
//! between. Of a message they read the line of its `id` and nothing else.

use std::cell::RefCell;
use std::fs;
use std::net::SocketAddr;
use std::process::Command;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use hdrhistogram::Histogram;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::LocalSet;

use super::super::board::Board;
use super::super::outcome::{histogram, percentile, record};
use super::super::postgres::done;
use super::super::turn::Turn;
use super::super::{BenchError, per_second};

/// How many of them note how late it is: enough for percentiles, too few to cost much.
const NOTING: u32 = 200;

/// How many connect at a time.
const AT_ONCE: usize = 100;

/// Files that are open besides.
const OTHER_FILES: u64 = 500;

/// Readers to come.
pub(super) struct Crowd {
    pub(super) address: SocketAddr,
    pub(super) path: String,
    pub(super) readers: u32,
    pub(super) board: Arc<Board>,
    /// How many have the seat map.
    pub(super) here: Arc<AtomicU32>,
}

/// What they saw.
pub(super) struct Watched {
    messages: u64,
    cut_off: u64,
    /// Of each hold, at each reader that notes it.
    lags: Histogram<u64>,
}

impl Watched {
    pub(super) fn figures(&self, turn: &mut Turn, time: Duration) {
        turn.add("lag mean, ms", self.lags.mean() / 1000.0);
        turn.add("lag p50, ms", percentile(&self.lags, 0.5));
        turn.add("lag p95, ms", percentile(&self.lags, 0.95));
        turn.add("lag p99, ms", percentile(&self.lags, 0.99));
        turn.add("lag max, ms", self.lags.max() as f64 / 1000.0);
        turn.add("messages/s, all readers", per_second(self.messages, time.as_secs_f64()));
        turn.add("readers cut off", self.cut_off as f64);
    }
}

/// Has the system let this process, and what it starts, have as many connections.
pub(super) fn allow(readers: u32) -> Result<(), BenchError> {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find(|line| line.starts_with("Max open files"));
    let numbers = line.into_iter().flat_map(|line| line.split_whitespace().skip(3));
    let numbers: Vec<u64> = numbers.filter_map(|word| word.parse().ok()).collect();
    let [now, most] = numbers[..] else { return Ok(()) };
    let needed = u64::from(readers) + OTHER_FILES;
    if now >= needed {
        return Ok(());
    }
    let said = format!("{readers} readers need {needed} open files, but {most} are allowed");
    if most < needed {
        return Err(BenchError::Program { program: "the live seat map".into(), said });
    }
    let mut prlimit = Command::new("prlimit");
    prlimit.arg(format!("--pid={}", std::process::id()));
    done(prlimit.arg(format!("--nofile={needed}:{most}")), "prlimit").map(drop)
}

impl Crowd {
    /// Watches until it is told to stop.
    pub(super) fn watch(self, stop: oneshot::Receiver<()>) -> Result<Watched, BenchError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(BenchError::io("cannot make a runtime"))?;
        let watched = Watched { messages: 0, cut_off: 0, lags: histogram()? };
        let (watched, board) = (Rc::new(RefCell::new(watched)), self.board.clone());
        LocalSet::new().block_on(&runtime, self.all(stop, watched.clone()))?;
        let seen = Rc::try_unwrap(watched).map(RefCell::into_inner);
        let left = |_| BenchError::io("reading")(std::io::Error::other("a reader is left"));
        let mut seen = seen.map_err(left)?;
        for _ in 0..board.seen_before_answered() {
            record(&mut seen.lags, Duration::ZERO);
        }
        Ok(seen)
    }

    async fn all(
        self,
        stop: oneshot::Receiver<()>,
        watched: Rc<RefCell<Watched>>,
    ) -> Result<(), BenchError> {
        let crowd = Rc::new(self);
        let places = Rc::new(tokio::sync::Semaphore::new(AT_ONCE));
        let stride = crowd.readers.div_ceil(NOTING).max(1);
        let mut readers = tokio::task::JoinSet::new();
        for number in 0..crowd.readers {
            let reader = Reader {
                crowd: crowd.clone(),
                watched: watched.clone(),
                notes: number.is_multiple_of(stride).then(|| crowd.board.clone()),
                lines: Lines::default(),
                seen: None,
            };
            readers.spawn_local(reader.run(places.clone()));
        }
        tokio::pin!(stop);
        loop {
            tokio::select! {
                _ = &mut stop => break,
                ended = readers.join_next() => match ended {
                    // The server cut it off.
                    Some(ended) => {
                        ended??;
                        watched.borrow_mut().cut_off += 1;
                    }
                    None => break,
                }
            }
        }
        readers.shutdown().await;
        Ok(())
    }
}

/// One of them.
struct Reader {
    crowd: Rc<Crowd>,
    watched: Rc<RefCell<Watched>>,
    /// Where it looks up when a hold was answered, if it notes how late it is.
    notes: Option<Arc<Board>>,
    lines: Lines,
    /// The position that it has seen.
    seen: Option<u64>,
}

impl Reader {
    async fn run(mut self, places: Rc<tokio::sync::Semaphore>) -> Result<(), BenchError> {
        let broken = || BenchError::io("a reader of the live seat map broke off");
        let place = places.acquire().await.ok();
        let mut stream = TcpStream::connect(self.crowd.address).await.map_err(broken())?;
        let request = format!(
            "GET {} HTTP/1.0\r\nHost: aisle\r\nAccept: text/event-stream\r\n\r\n",
            self.crowd.path
        );
        stream.write_all(request.as_bytes()).await.map_err(broken())?;
        let mut place = place;
        let mut buffer = [0; 4096];
        loop {
            let count = match stream.read(&mut buffer).await {
                Ok(count) if count > 0 => count,
                _ => return Ok(()),
            };
            for id in self.lines.ids(&buffer[..count]) {
                self.came(id);
                place = None;
            }
            if self.lines.refused {
                let answer = String::from_utf8_lossy(&buffer[..count]);
                let said = format!("it does not answer with an event stream:\n{answer}");
                return Err(BenchError::Program { program: "the live seat map".into(), said });
            }
            let _waiting = &place;
        }
    }

    fn came(&mut self, id: u64) {
        let mut watched = self.watched.borrow_mut();
        match self.seen {
            None => {
                self.crowd.here.fetch_add(1, Ordering::Relaxed);
            }
            Some(seen) => {
                watched.messages += 1;
                if let Some(board) = &self.notes {
                    board.since(seen, id, |lag| record(&mut watched.lags, lag));
                }
            }
        }
        self.seen = Some(id);
    }
}

/// Finds the ids in a stream that comes in pieces.
#[derive(Debug, Default)]
struct Lines {
    /// The begin of a line that has not ended: as much as an id has.
    line: Vec<u8>,
    /// Whether the first line was there.
    begun: bool,
    /// Whether it was no answer 200.
    refused: bool,
}

/// The longest line that may be an id.
const LONGEST_LINE: usize = 32;

impl Lines {
    fn ids(&mut self, piece: &[u8]) -> Vec<u64> {
        let mut ids = Vec::new();
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            let room = LONGEST_LINE.saturating_sub(self.line.len());
            self.line.extend_from_slice(&part[..part.len().min(room)]);
            if part.ends_with(b"\n") {
                let line = str::from_utf8(&self.line).unwrap_or_default();
                if !self.begun {
                    self.begun = true;
                    self.refused = line.split(' ').nth(1) != Some("200");
                }
                ids.extend(line.strip_prefix("id:").and_then(|id| id.trim().parse::<u64>().ok()));
                self.line.clear();
            }
        }
        ids
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    /// A live seat map with two readers: both get the map, then two changes, of which the first
    /// reader sees the second before it is answered; then they are cut off.
    fn serve(listener: &TcpListener, board: &Board) {
        let mut streams: Vec<_> = (0..2).map(|_| listener.accept().unwrap().0).collect();
        for stream in &mut streams {
            assert!(stream.read(&mut [0; 1024]).unwrap() > 0);
            stream
                .write_all(b"HTTP/1.0 200 OK\r\n\r\nevent: snapshot\nid: 10\ndata: {}\n\n")
                .unwrap();
        }
        board.note(Some("12".into()));
        for stream in &mut streams {
            stream.write_all(b"event: delta\nid: 13\ndata: {}\n\n").unwrap();
        }
        let last = b"event: delta\nid: 14\ndata: {}\n\n";
        let mut first = streams.remove(0);
        first.write_all(last).unwrap();
        first.shutdown(std::net::Shutdown::Write).unwrap();
        // It has read all when it closes.
        while first.read(&mut [0; 64]).unwrap() > 0 {}
        board.note(Some("14".into()));
        streams[0].write_all(last).unwrap();
    }

    #[test]
    fn readers_note_when_they_see_what_was_answered() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, board) = (listener.local_addr().unwrap(), Arc::new(Board::new(0, 100)));
        let (server_board, here) = (board.clone(), Arc::new(AtomicU32::new(0)));
        let server = std::thread::spawn(move || serve(&listener, &server_board));
        let path = "/live".to_owned();
        let crowd = Crowd { address, path, readers: 2, board, here: here.clone() };
        // Nobody tells them to stop: they are gone when both are cut off.
        let (_stop, stopped) = oneshot::channel();
        let watched = crowd.watch(stopped).unwrap();
        server.join().unwrap();
        assert_eq!(here.load(Ordering::Relaxed), 2);
        assert_eq!((watched.messages, watched.cut_off, watched.lags.len()), (4, 2, 4));
    }

    #[test]
    fn ids_are_found_wherever_the_stream_is_cut() {
        let stream = b"HTTP/1.0 200 OK\r\ncontent-type: text/event-stream\r\n\r\nretry: 2000\n\n\
            event: snapshot\nid: 4720\ndata: {\"a long line that is not kept as a whole\":1}\n\n\
            : beat\n\nevent: delta\nid: 4731\ndata: {}\n\n";
        for cut in 1..stream.len() {
            let mut lines = Lines::default();
            let mut ids = lines.ids(&stream[..cut]);
            ids.extend(lines.ids(&stream[cut..]));
            assert_eq!((ids, lines.refused), (vec![4720, 4731], false), "cut at {cut}");
        }
    }

    #[test]
    fn an_error_is_no_event_stream() {
        let mut lines = Lines::default();
        lines.ids(b"HTTP/1.0 404 Not Found\r\n\r\n{}");
        assert!(lines.refused);
    }
}
