//! A client that keeps a seat map by the live feed, as `docs/API.md` tells it to: connects again
//! whenever it is cut off, and goes on where it was.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;
use tokio_util::task::AbortOnDropHandle;

use crate::support::{Client, eventually};

/// Somebody who watches an event.
pub(crate) struct Watcher {
    event: String,
    /// What it shows; nothing before the first snapshot.
    map: Arc<Mutex<Option<Map>>>,
    task: AbortOnDropHandle<()>,
}

/// A seat map as a client has it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Map {
    version: u64,
    /// How many seats are free, held and sold.
    counts: [u64; 3],
    /// The state of each seat, in plan order.
    seats: Vec<u8>,
}

impl Watcher {
    /// Begins to watch at one process.
    pub(crate) fn at(url: &str, event: &str) -> Self {
        let map = Arc::new(Mutex::new(None));
        let url = format!("{url}/v1/events/{event}/seats/live");
        let task = AbortOnDropHandle::new(tokio::spawn(watch(url, map.clone())));
        Self { event: event.to_owned(), map, task }
    }

    /// Waits until it shows what whoever asks now is shown, seat by seat.
    pub(crate) async fn shows_what_is_read(&self, client: &Client) {
        eventually("a live feed to show what is read", async || {
            assert!(!self.task.is_finished(), "a live feed told what makes no sense");
            let read = client.get(&format!("/v1/events/{}/seats", self.event)).await;
            self.map.lock().unwrap().as_ref() == Some(&Map::of(&read))
        })
        .await;
    }
}

async fn watch(url: String, map: Arc<Mutex<Option<Map>>>) {
    // A feed may be silent for long.
    let client = reqwest::Client::new();
    loop {
        let mut request = client.get(&url);
        if let Some(map) = &*map.lock().unwrap() {
            request = request.header("Last-Event-ID", map.version);
        }
        if let Ok(answer) = request.send().await {
            match answer.status() {
                StatusCode::OK => hear(answer, &map).await,
                StatusCode::SERVICE_UNAVAILABLE | StatusCode::NOT_FOUND => {}
                status => panic!("{url}: {status}"),
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Takes in what is told until the feed ends.
async fn hear(mut feed: reqwest::Response, map: &Mutex<Option<Map>>) {
    let mut heard = Vec::new();
    while let Ok(Some(bytes)) = feed.chunk().await {
        heard.extend_from_slice(&bytes);
        while let Some(end) = heard.windows(2).position(|two| two == b"\n\n") {
            let message: Vec<u8> = heard.drain(..end + 2).collect();
            let message = std::str::from_utf8(&message).unwrap();
            let field = |name: &str| message.lines().find_map(|line| line.strip_prefix(name));
            if let (Some(kind), Some(data)) = (field("event: "), field("data: ")) {
                let data = serde_json::from_str(data).unwrap();
                let mut map = map.lock().unwrap();
                *map = Some(Map::after(map.take(), kind, &data));
            }
        }
    }
}

impl Map {
    fn of(snapshot: &Value) -> Self {
        let packed = from_base64(snapshot["states"].as_str().unwrap());
        let count = snapshot["count"].as_u64().unwrap() as usize;
        let seats = (0..count).map(|seat| packed[seat / 4] >> (2 * (seat % 4)) & 3).collect();
        Self { version: snapshot["version"].as_u64().unwrap(), counts: counts(snapshot), seats }
    }

    /// The map after a message. It never goes back, and nothing was left out.
    fn after(map: Option<Self>, kind: &str, data: &Value) -> Self {
        let version = data["version"].as_u64().unwrap();
        let known = map.as_ref().map_or(0, |map| map.version);
        assert!(version >= known, "from {known} back to {version}");
        if kind == "snapshot" {
            return Self::of(data);
        }
        let mut map = map.expect("a snapshot comes first");
        assert!(data["from"].as_u64().unwrap() <= known, "a hole after {known}: {data}");
        for change in data["seats"].as_array().unwrap() {
            map.seats[change[0].as_u64().unwrap() as usize] = change[1].as_u64().unwrap() as u8;
        }
        Self { version, counts: counts(data), ..map }
    }
}

fn counts(of: &Value) -> [u64; 3] {
    ["free", "held", "sold"].map(|name| of[name].as_u64().unwrap())
}

fn from_base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for digit in text.bytes().filter(|digit| *digit != b'=') {
        bits = bits << 6 | DIGITS.iter().position(|known| *known == digit).unwrap() as u32;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    bytes
}
