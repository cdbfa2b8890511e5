//! A client that takes nothing of a feed, over TCP with little room: it is cut off, holds up nobody,
//! and comes back to exactly what it missed.

use std::net::SocketAddr;
use std::time::Duration;

use aisle_domain::fact::{Fact, ReleaseReason};
use aisle_domain::seat::SeatFact;
use aisle_domain::stream::{Position, StreamId};
use aisle_domain::testing::{after, booking_id, event_id, plan};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use super::live::{Client, Said, live};
use super::world::World;

/// Longer than anything takes, on any machine.
const LONG: Duration = Duration::from_secs(60);

/// What the system keeps for a connection, in bytes: less than three of the messages.
const ROOM: u32 = 4096;

/// How many seats change with each message: so many that it takes more than a kilobyte.
const CHANGING: usize = 120;

/// More messages than wait for a reader (64), with what the HTTP library and the system take.
const MISSED: usize = 110;

/// A feed as the connection has it.
struct Feed {
    stream: TcpStream,
    text: String,
}

impl Feed {
    async fn open(address: SocketAddr, last: Option<Position>) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(ROOM).unwrap();
        let mut stream = socket.connect(address).await.unwrap();
        let last = last.map(|id| format!("last-event-id: {id}\r\n")).unwrap_or_default();
        // HTTP/1.0 has no chunks: the feed comes as it is.
        let request = format!("GET {} HTTP/1.0\r\nhost: a\r\n{last}\r\n", live());
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut feed = Self { stream, text: String::new() };
        let head = feed.part("\r\n\r\n").await.unwrap();
        assert!(head.starts_with("HTTP/1.0 200"), "{head}");
        feed
    }

    /// What comes before the next separator; none if the feed has ended.
    async fn part(&mut self, separator: &str) -> Option<String> {
        let mut buffer = [0; 4096];
        loop {
            if let Some((part, rest)) = self.text.split_once(separator) {
                let (part, rest) = (part.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(part);
            }
            let read = tokio::time::timeout(LONG, self.stream.read(&mut buffer)).await;
            match read.expect("silence").unwrap() {
                0 => return None,
                read => self.text.push_str(std::str::from_utf8(&buffer[..read]).unwrap()),
            }
        }
    }

    /// The next message with data; none if the feed has ended.
    async fn message(&mut self) -> Option<Said> {
        loop {
            let said = Said::parse(&self.part("\n\n").await?);
            if !said.event.is_empty() {
                return Some(said);
            }
        }
    }
}

async fn served(world: &World) -> SocketAddr {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_send_buffer_size(ROOM).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(16).unwrap();
    let (address, router) = (listener.local_addr().unwrap(), world.router());
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Many seats change hands, to and fro.
async fn change(world: &World, seats: &[String], round: usize) -> Position {
    let (booking_id, reason) = (booking_id(1), ReleaseReason::Cancelled);
    let fact = |seat: &String| {
        let fact = match round % 2 {
            0 => SeatFact::Held { booking_id, until: after(60) },
            _ => SeatFact::Released { booking_id, reason },
        };
        (StreamId::seat(event_id(1), seat), Fact::from(fact))
    };
    world.append(event_id(1), seats.iter().map(fact).collect()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_nothing_is_cut_off_and_comes_back_to_exactly_what_it_missed() {
    let world = World::new().await;
    let plan = plan(100, 60);
    let begun = world.on_sale_at(event_id(1), &plan).await;
    let path = format!("/v1/events/{}/seats?min-position=", event_id(1));
    world.get(&format!("{path}{begun}")).await.json();
    let seats: Vec<String> =
        plan.seats().iter().take(CHANGING).map(|seat| seat.label.to_string()).collect();
    let address = served(&world).await;
    let (mut slow, mut quick) = (Feed::open(address, None).await, Feed::open(address, None).await);
    let (mut client, mut other) = (Client::default(), Client::default());
    other.take(&quick.message().await.unwrap());

    // One takes everything, the other nothing.
    let mut last = 0;
    for round in 0..MISSED {
        last = change(&world, &seats, round).await;
        while other.version < last {
            other.take(&quick.message().await.unwrap());
        }
    }
    // What was on its way comes still, and then the end.
    while let Some(said) = slow.message().await {
        client.take(&said);
    }
    assert!(client.version < last, "it was not cut off");

    let mut back = Feed::open(address, Some(client.version)).await;
    while client.version < last {
        let said = back.message().await.unwrap();
        assert_eq!(said.event, "delta", "it is remembered");
        client.take(&said);
    }
    let expected = Client::shown(&world.get(&format!("{path}{last}")).await.json());
    assert_eq!((&client, &other), (&expected, &expected));
}
