//! Connections as clients have them, to a router and to what is at hand.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aisle_infra::http::peer::Proxy;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::StatusCode;
use axum::routing::{any, get};
use futures::{FutureExt as _, stream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use super::wire::Wire;
use super::*;
use crate::app::gate::Gate;
use crate::app::metrics::Metrics;

/// Long enough for any machine.
const PATIENCE: Duration = Duration::from_secs(30);

const HOT: &str = "GET /hot HTTP/1.1\r\nHost: x\r\n\r\n";
const COLD: &str = "GET /cold HTTP/1.1\r\nHost: x\r\n\r\n";

/// Says of each answer whether it was at hand.
async fn connected(router: Router, at_hand: AtHand, patience: Duration) -> TcpStream {
    let before = Before { at_hand: Some(at_hand), carry: None };
    serving(router, before, patience, CancellationToken::new()).await
}

async fn serving(
    router: Router,
    before: Before,
    patience: Duration,
    stop: CancellationToken,
) -> TcpStream {
    let gate = Gate::closed(Proxy::Absent);
    gate.open(router, before, &Metrics::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let door = Door::with_patience(listener, gate.clone(), patience);
    tokio::spawn(serve(door, gate, stop));
    let socket = TcpSocket::new_v4().unwrap();
    // Little fits between the two, so that who does not read is noticed.
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(address).await.unwrap()
}

async fn both() -> TcpStream {
    let at_hand: AtHand = Arc::new(|path, headers| {
        let known = headers.contains_key("if-none-match");
        (path == "/hot").then(|| -> Again {
            Box::new(move || Some(if known { unchanged() } else { ready("at hand".into()) }))
        })
    });
    connected(routing(), at_hand, PATIENCE).await
}

fn ready(body: Bytes) -> Ready {
    let head = format!("content-length: {}\r\n", body.len()).into();
    Ready { status: StatusCode::OK, head, position: 7, body }
}

fn unchanged() -> Ready {
    let (head, body) = Default::default();
    Ready { status: StatusCode::NOT_MODIFIED, head, position: 7, body }
}

/// The body of the next answer, or its status if it has none.
async fn answer(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(tokio::time::timeout(PATIENCE, stream.read_u8()).await.unwrap().unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let Some((_, rest)) = head.split_once("content-length: ") else {
        return head.split(' ').nth(1).unwrap().to_owned();
    };
    let mut body = vec![0; rest.split('\r').next().unwrap().parse().unwrap()];
    stream.read_exact(&mut body).await.unwrap();
    String::from_utf8(body).unwrap()
}

async fn ask(stream: &mut TcpStream, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    answer(stream).await
}

#[tokio::test]
async fn what_is_at_hand_is_answered_at_once_and_everything_else_by_the_router() {
    let mut stream = both().await;
    for _ in 0..3 {
        assert_eq!(ask(&mut stream, HOT).await, "at hand");
        assert_eq!(ask(&mut stream, COLD).await, "routed");
        let known = "GET /hot HTTP/1.1\r\nHost: x\r\nIf-None-Match: *\r\n\r\n";
        assert_eq!(ask(&mut stream, known).await, "304");
        let token = "GET /hot HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n";
        assert_eq!(ask(&mut stream, token).await, "routed");
    }
    let by_tls = "GET /hot HTTP/1.1\r\nHost: x\r\nX-Forwarded-Proto: https\r\n\r\n";
    assert_eq!(ask(&mut stream, by_tls).await, "at hand");
    let post = "POST /hot HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n!";
    assert_eq!(ask(&mut stream, post).await, "routed!");
    assert_eq!(ask(&mut stream, HOT).await, "at hand");
    // Where a request begins is not known after pieces; the connection goes on all the same.
    let pieces =
        "POST /hot HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n!\r\n0\r\n\r\n";
    assert_eq!(ask(&mut stream, pieces).await, "routed!");
    assert_eq!(ask(&mut stream, HOT).await, "routed");
}

#[tokio::test]
async fn who_asks_the_same_again_is_understood_once_and_answered_as_of_now() {
    let (understood, answered) = <(Arc<AtomicU32>, Arc<AtomicU32>)>::default();
    let counts = (understood.clone(), answered.clone());
    let at_hand: AtHand = Arc::new(move |path, _| {
        understood.fetch_add(1, Ordering::Relaxed);
        let answered = answered.clone();
        (path != "/cold").then(|| -> Again {
            Box::new(move || {
                let number = answered.fetch_add(1, Ordering::Relaxed);
                // The third time it must be waited for.
                (number != 2).then(|| ready(number.to_string().into()))
            })
        })
    });
    let router = Router::new().fallback(any(async || "routed"));
    let mut stream = connected(router, at_hand, PATIENCE).await;
    assert_eq!(ask(&mut stream, HOT).await, "0");
    assert_eq!(ask(&mut stream, HOT).await, "1");
    assert_eq!(counts.0.load(Ordering::Relaxed), 1);
    // Asked again, understood anew: that finds an answer.
    assert_eq!(ask(&mut stream, HOT).await, "3");
    assert_eq!(ask(&mut stream, COLD).await, "routed");
    assert_eq!(ask(&mut stream, HOT).await, "4");
    let other = "GET /hut HTTP/1.1\r\nHost: x\r\n\r\n";
    assert_eq!(ask(&mut stream, other).await, "5");
    assert_eq!(counts.0.load(Ordering::Relaxed), 4);
}

#[tokio::test]
async fn what_looks_like_a_request_within_a_body_is_none() {
    let mut stream = both().await;
    let head = format!("POST /cold HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", HOT.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(ask(&mut stream, HOT).await, format!("routed{HOT}"));
}

#[tokio::test]
async fn requests_that_come_together_or_in_parts_are_answered_in_their_order() {
    let mut stream = both().await;
    assert_eq!(ask(&mut stream, &format!("{COLD}{HOT}")).await, "routed");
    assert_eq!(answer(&mut stream).await, "routed");

    let mut stream = both().await;
    assert_eq!(ask(&mut stream, HOT).await, "at hand");
    let long = format!("GET /cold HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "a".repeat(20_000));
    for part in long.as_bytes().chunks(3_000) {
        stream.write_all(part).await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(answer(&mut stream).await, "routed");
}

/// Tells when it is dropped.
struct Dropped(mpsc::Sender<()>, Vec<u8>);

impl AsRef<[u8]> for Dropped {
    fn as_ref(&self) -> &[u8] {
        &self.1
    }
}

impl Drop for Dropped {
    fn drop(&mut self) {
        let _ = self.0.try_send(());
    }
}

async fn is_dropped(mut dropped: mpsc::Receiver<()>) {
    tokio::time::timeout(PATIENCE, dropped.recv()).await.unwrap().unwrap();
}

#[tokio::test]
async fn who_takes_nothing_of_a_feed_is_cut_off() {
    let (sender, dropped) = mpsc::channel(1);
    let endless = async move || {
        let kept = Dropped(sender.clone(), Vec::new());
        Body::from_stream(stream::unfold(kept, async |kept| {
            Some((Ok::<_, Infallible>("a".repeat(10_000)), kept))
        }))
    };
    let router = Router::new().route("/cold", get(endless));
    let mut stream = connected(router, Arc::new(|_, _| None), Duration::from_millis(50)).await;
    stream.write_all(COLD.as_bytes()).await.unwrap();
    is_dropped(dropped).await;
}

#[tokio::test]
async fn who_takes_nothing_of_what_was_at_hand_is_cut_off() {
    let (sender, dropped) = mpsc::channel(1);
    let at_hand: AtHand = Arc::new(move |_, _| {
        let sender = sender.clone();
        let large = move || Bytes::from_owner(Dropped(sender.clone(), vec![0; 64 << 20]));
        Some(Box::new(move || Some(ready(large()))))
    });
    let mut stream = connected(Router::new(), at_hand, Duration::from_millis(50)).await;
    stream.write_all(HOT.as_bytes()).await.unwrap();
    is_dropped(dropped).await;
}

#[tokio::test]
async fn the_library_reads_a_request_as_a_whole() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let before = Before { at_hand: Some(Arc::new(|_, _| None)), carry: None };
    let mut wire = Wire::new(listener.accept().await.unwrap().0, before, PATIENCE);
    client.write_all(COLD.as_bytes()).await.unwrap();
    let mut buffer = [0; 8 * 1024];
    let read = wire.read(&mut buffer).await.unwrap();
    assert_eq!(&buffer[..read], COLD.as_bytes());
}

/// Carries out what is posted to `/do`, which begins when it is said to, and sends back its body.
fn carrying(begin: Arc<Notify>) -> Before {
    let carry: Carry = Arc::new(move |posted| {
        let body = posted.request().filter(|_| posted.path == "/do")?.into_body();
        let begin = begin.clone();
        let carried = async move {
            begin.notified().await;
            let body = to_bytes(body, 1 << 20).await.unwrap();
            Response::builder().status(201).header("x-done", "yes").body(body).unwrap()
        };
        Some(carried.boxed())
    });
    Before { at_hand: None, carry: Some(carry) }
}

fn post(path: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n\
         {body}"
    )
}

fn routing() -> Router {
    Router::new().fallback(any(async |body: String| format!("routed{body}")))
}

#[tokio::test]
async fn what_is_carried_out_here_is_answered_as_the_route_says_and_the_connection_goes_on() {
    let begin = Arc::new(Notify::new());
    let mut stream =
        serving(routing(), carrying(begin.clone()), PATIENCE, CancellationToken::new()).await;
    for number in 0..3 {
        begin.notify_one();
        let body = format!("{{\"{number}\":1}}");
        assert_eq!(ask(&mut stream, &post("/do", &body)).await, body);
        assert_eq!(ask(&mut stream, &post("/other", "{}")).await, "routed{}");
        assert_eq!(ask(&mut stream, COLD).await, "routed");
    }
    // The next request may come before the answer.
    stream.write_all(post("/do", "[1]").as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    stream.write_all(post("/do", "[2]").as_bytes()).await.unwrap();
    begin.notify_one();
    assert_eq!(answer(&mut stream).await, "[1]");
    begin.notify_one();
    assert_eq!(answer(&mut stream).await, "[2]");
    // Together they are the library's.
    let both = format!("{}{}", post("/do", "[3]"), post("/do", "[4]"));
    assert_eq!(ask(&mut stream, &both).await, "routed[3]");
    assert_eq!(answer(&mut stream).await, "routed[4]");
}

#[tokio::test]
async fn what_is_being_carried_out_is_answered_although_the_server_stops() {
    let (begin, stop) = (Arc::new(Notify::new()), CancellationToken::new());
    let mut stream = serving(routing(), carrying(begin.clone()), PATIENCE, stop.clone()).await;
    stream.write_all(post("/do", "{}").as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    stop.cancel();
    tokio::time::sleep(Duration::from_millis(20)).await;
    begin.notify_one();
    assert_eq!(answer(&mut stream).await, "{}");
    assert_eq!(stream.read(&mut [0]).await.unwrap(), 0, "the connection ends");
}
