//! What many open feeds cost. `tests/run --long` opens thousands.

use std::time::Duration;

use aisle_domain::testing::{booking_id, event_id};
use aisle_infra::testing::is_long;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::world::World;

/// How many streams are opened; each takes two of this process's files.
fn how_many() -> usize {
    if is_long() { 4_000 } else { 200 }
}

/// What 10,000 streams in 500 MB leave to each, in bytes. Here it is for both ends.
const ROOM: usize = 50_000;

#[tokio::test(flavor = "multi_thread")]
async fn all_of_many_streams_hear_of_a_change_and_fit_into_the_memory() {
    let world = World::new().await;
    let (_, begun) = world.on_sale_with_seats(event_id(1)).await;
    world.get(&format!("/v1/events/{}/seats?min-position={begun}", event_id(1))).await.json();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    // One router for all connections, as the server has it.
    let router = world.router().into_make_service();
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let request = format!("GET /v1/events/{}/seats/live HTTP/1.1\r\nhost: a\r\n\r\n", event_id(1));
    let before = resident();
    let mut streams = Vec::new();
    for _ in 0..how_many() {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        hear(&mut stream, "event: snapshot").await;
        streams.push(stream);
    }
    world.hold(event_id(1), booking_id(1), "bob", &["1-1"]).await;
    for stream in &mut streams {
        hear(stream, "event: delta").await;
    }
    let each = resident().saturating_sub(before) / streams.len();
    eprintln!("{each} bytes a stream, both ends");
    // Among few of them, what else the process does with its memory would count.
    assert!(!is_long() || each < ROOM, "{each} bytes");
    server.abort();
}

async fn hear(stream: &mut TcpStream, what: &str) {
    let (mut heard, mut buffer) = (String::new(), [0; 1024]);
    while !heard.contains(what) {
        let read = tokio::time::timeout(Duration::from_secs(30), stream.read(&mut buffer)).await;
        let read = read.unwrap().unwrap();
        assert!(read > 0, "the stream ended after {heard}");
        heard.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
    }
}

/// The memory of this process, in bytes.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1024
}
