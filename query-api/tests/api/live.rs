//! Live feeds: a client that applies what it is told, however often it is cut off, sees what the
//! seat map says.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aisle_domain::actor::Role;
use aisle_domain::area::AreaFact;
use aisle_domain::fact::{Fact, ReleaseReason};
use aisle_domain::id::BookingId;
use aisle_domain::seat::SeatFact;
use aisle_domain::stream::{Position, StreamId};
use aisle_domain::testing::{after, booking_id, details, event_id, plan};
use aisle_query_api::Options;
use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::StreamExt as _;
use parking_lot::Mutex;
use serde_json::Value;

use super::world::{World, bearer};

/// Longer than anything takes, on any machine.
const LONG: Duration = Duration::from_secs(30);

/// A feed as a client reads it.
pub(super) struct Feed {
    body: BodyDataStream,
    text: String,
}

/// What is between two blank lines.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) event: String,
    pub(super) id: Option<Position>,
    pub(super) data: Value,
    pub(super) comment: String,
}

impl Feed {
    pub(super) async fn open(world: &World, path: &str, headers: &[(&str, String)]) -> Self {
        let request = headers
            .iter()
            .fold(Request::get(path), |request, (name, value)| request.header(*name, value));
        let response = world.begin(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "private, no-store");
        Self { body: response.into_body().into_data_stream(), text: String::new() }
    }

    /// What is said next; none if the feed has ended.
    pub(super) async fn next(&mut self) -> Option<Said> {
        loop {
            if let Some((said, rest)) = self.text.split_once("\n\n") {
                let (said, rest) = (Said::parse(said), rest.to_owned());
                self.text = rest;
                return Some(said);
            }
            let chunk = tokio::time::timeout(LONG, self.body.next()).await.expect("silence")?;
            self.text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
        }
    }

    /// The next message with data.
    pub(super) async fn message(&mut self) -> Said {
        loop {
            let said = self.next().await.expect("the feed has ended");
            if !said.event.is_empty() {
                return said;
            }
        }
    }
}

impl Said {
    pub(super) fn parse(text: &str) -> Self {
        let mut said = Self::default();
        for line in text.lines() {
            match line.split_once(": ").unwrap() {
                ("event", event) => said.event = event.to_owned(),
                ("id", id) => said.id = Some(id.parse().unwrap()),
                ("data", data) => said.data = serde_json::from_str(data).unwrap(),
                ("", comment) => said.comment = comment.to_owned(),
                (name, _) => assert_eq!(name, "retry"),
            }
        }
        said
    }
}

/// A client that keeps a map by what it is told.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Client {
    pub(super) version: Position,
    counts: [u64; 3],
    states: Vec<u8>,
    areas: BTreeMap<String, Value>,
}

impl Client {
    pub(super) fn shown(map: &Value) -> Self {
        let packed = STANDARD.decode(map["states"].as_str().unwrap()).unwrap();
        let count = map["count"].as_u64().unwrap() as usize;
        let states = (0..count).map(|seat| packed[seat / 4] >> (2 * (seat % 4)) & 3).collect();
        let mut client = Self { states, ..Self::default() };
        client.count(map);
        client
    }

    pub(super) fn take(&mut self, said: &Said) {
        match said.event.as_str() {
            "snapshot" => *self = Self::shown(&said.data),
            "delta" => {
                assert!(said.data["from"].as_u64().unwrap() <= self.version, "a gap");
                for change in said.data["seats"].as_array().unwrap() {
                    let seat = change[0].as_u64().unwrap() as usize;
                    self.states[seat] = change[1].as_u64().unwrap() as u8;
                }
                self.count(&said.data);
            }
            other => panic!("{other}"),
        }
        assert_eq!(said.id, Some(self.version));
    }

    fn count(&mut self, data: &Value) {
        assert!(data["version"].as_u64().unwrap() > self.version, "never back");
        self.version = data["version"].as_u64().unwrap();
        self.counts = ["free", "held", "sold"].map(|name| data[name].as_u64().unwrap());
        for area in data["areas"].as_array().unwrap() {
            self.areas.insert(area["name"].as_str().unwrap().to_owned(), area.clone());
        }
    }
}

pub(super) fn live() -> String {
    format!("/v1/events/{}/seats/live", event_id(1))
}

async fn open(world: &World, min: Position) -> Feed {
    Feed::open(world, &format!("{}?min-position={min}", live()), &[]).await
}

async fn resume(world: &World, from: Position) -> Feed {
    Feed::open(world, &live(), &[("last-event-id", from.to_string())]).await
}

#[tokio::test]
async fn who_watches_is_shown_the_map_and_then_what_changes() {
    let world = World::new().await;
    let (_, begun) = world.on_sale_with_seats(event_id(1)).await;
    let mut feed = open(&world, begun).await;
    assert!(feed.next().await.unwrap().event.is_empty(), "when to come again comes first");
    let first = feed.message().await;
    assert_eq!((first.event.as_str(), first.data["count"].as_u64()), ("snapshot", Some(22)));
    let held = world.hold(event_id(1), booking_id(1), "bob", &["1-1", "W-2"]).await;
    let delta = feed.message().await;
    assert_eq!((delta.event.as_str(), delta.id), ("delta", Some(held)));
    assert_eq!(delta.data["from"].as_u64(), first.id);
    assert_eq!(delta.data["seats"], serde_json::json!([[0, 1], [21, 1]]));
    assert_eq!((&delta.data["held"], &delta.data["areas"]), (&2.into(), &serde_json::json!([])));
}

#[tokio::test]
async fn who_comes_back_hears_exactly_what_it_missed() {
    let world = World::new().await;
    let (_, begun) = world.on_sale_with_seats(event_id(1)).await;
    let mut staying = open(&world, begun).await;
    let known = staying.message().await.id.unwrap();
    let mut missed = Vec::new();
    for (number, seat) in ["1-1", "1-2", "1-3"].into_iter().enumerate() {
        world.hold(event_id(1), booking_id(number as u64), "bob", &[seat]).await;
        missed.push(staying.message().await);
    }
    let mut back = resume(&world, known).await;
    for heard in &missed {
        let again = back.message().await;
        assert_eq!((&*again.event, again.id, &again.data), ("delta", heard.id, &heard.data));
    }
    // Not a position that this node ever told: a delta over it says the same.
    let mut back = resume(&world, missed[0].id.unwrap() + 1).await;
    assert_eq!(back.message().await.id, missed[1].id);
    // From before anybody watched: shown anew.
    let mut late = resume(&world, known - 1).await;
    assert_eq!(late.message().await.event, "snapshot");
}

/// Random numbers from a seed (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }
}

/// A seat or the floor changes hands.
async fn something_happens(world: &World, random: &mut Random, seats: &[String]) -> Position {
    let event = event_id(1);
    let booking = BookingId(uuid::Uuid::from_u128(random.below(1 << 40) as u128));
    let (until, reason) = (after(60), ReleaseReason::Cancelled);
    let changes = 1 + random.below(4);
    let mut facts: Vec<(StreamId, Fact)> = Vec::new();
    for _ in 0..changes {
        let seat = StreamId::seat(event, &seats[random.below(seats.len())]);
        let fact = match random.below(3) {
            0 => SeatFact::Held { booking_id: booking, until },
            1 => SeatFact::Booked { booking_id: booking },
            _ => SeatFact::Released { booking_id: booking, reason },
        };
        facts.push((seat, fact.into()));
    }
    if random.below(4) == 0 {
        let held = AreaFact::Held { booking_id: booking, count: 1, until };
        facts.push((StreamId::area(event, "Floor"), held.into()));
    }
    world.append(event, facts).await
}

async fn a_sale_with_cuts(seed: u64) {
    let mut random = Random(seed);
    let world = World::new().await;
    let (plan, begun) = world.on_sale_with_seats(event_id(1)).await;
    let seats: Vec<String> = plan.seats().iter().map(|seat| seat.label.to_string()).collect();
    let mut clients: Vec<(Client, Option<Feed>)> = Vec::new();
    for _ in 0..3 {
        let mut feed = open(&world, begun).await;
        let mut client = Client::default();
        client.take(&feed.message().await);
        clients.push((client, Some(feed)));
    }
    for _ in 0..60 {
        something_happens(&world, &mut random, &seats).await;
        let (client, feed) = &mut clients[random.below(3)];
        match random.below(4) {
            0 => *feed = None,
            1 => *feed = Some(resume(&world, client.version).await),
            _ => {
                // Whatever is there by now.
                let said =
                    feed.as_mut().map(|feed| tokio::time::timeout(Duration::ZERO, feed.message()));
                if let Some(said) = said
                    && let Ok(said) = said.await
                {
                    client.take(&said);
                }
            }
        }
    }
    // A seat that surely changes ends it, so that there is a last version.
    let seat = |fact: SeatFact| (StreamId::seat(event_id(1), &seats[0]), Fact::from(fact));
    let (booking_id, reason) = (booking_id(1), ReleaseReason::Cancelled);
    let facts = vec![
        seat(SeatFact::Released { booking_id, reason }),
        seat(SeatFact::Booked { booking_id }),
    ];
    let last = world.append(event_id(1), facts).await;
    let path = format!("/v1/events/{}/seats?min-position={last}", event_id(1));
    let expected = Client::shown(&world.get(&path).await.json());
    for (mut client, feed) in clients {
        let mut feed = match feed {
            Some(feed) => feed,
            None => resume(&world, client.version).await,
        };
        while client.version < expected.version {
            client.take(&feed.message().await);
        }
        assert_eq!(client, expected, "seed {seed}");
    }
}

#[tokio::test]
async fn a_client_that_was_cut_off_often_sees_what_the_map_says() {
    for seed in 0..4 {
        a_sale_with_cuts(seed).await;
    }
}

/// How many messages any second may have.
const A_SECOND: usize = 20;

/// Something happens to a seat at every moment. Says when each change was begun, by its position:
/// the message that tells of it was sent no earlier.
async fn rush(world: &World, begun: &Mutex<BTreeMap<Position, Instant>>) {
    let (booking_id, reason) = (booking_id(1), ReleaseReason::Cancelled);
    for number in 0_u64.. {
        let now = Instant::now();
        let held = SeatFact::Held { booking_id, until: after(60) };
        let fact = if number % 2 == 0 { held } else { SeatFact::Released { booking_id, reason } };
        let facts = vec![(StreamId::seat(event_id(1), "1-1"), fact.into())];
        let position = world.append(event_id(1), facts).await;
        begun.lock().insert(position, now);
        // Appending may never wait, and others are to be heard.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_second_of_a_rush_has_more_than_twenty_messages() {
    let world = World::new().await;
    let (_, begun_at) = world.on_sale_with_seats(event_id(1)).await;
    let mut feed = open(&world, begun_at).await;
    feed.message().await;
    let begun = Mutex::new(BTreeMap::new());
    let listening = async {
        let mut heard = Vec::new();
        while heard.len() < 3 * A_SECOND {
            let id = feed.message().await.id.unwrap();
            heard.push((id, Instant::now()));
        }
        heard
    };
    let heard = tokio::select! {
        heard = listening => heard,
        () = rush(&world, &begun) => unreachable!("it has no end"),
    };
    let begun = begun.into_inner();
    // From no later than the one was sent until no earlier than the twentieth after it was.
    for (one, later) in heard.iter().zip(&heard[A_SECOND..]) {
        let Some(sent_after) = begun.get(&one.0) else { continue };
        assert!(later.1 - *sent_after >= Duration::from_secs(1), "{one:?} {later:?}");
    }
    assert!(begun.len() > heard.len(), "nothing was coalesced");
}

#[tokio::test]
async fn when_very_much_changes_the_map_is_shown_anew() {
    let world = World::new().await;
    let plan = plan(30, 30);
    let begun = world.on_sale_at(event_id(1), &plan).await;
    let mut feed = open(&world, begun).await;
    let mut client = Client::default();
    client.take(&feed.message().await);
    let seats: Vec<&str> = plan.seats()[..300].iter().map(|seat| &*seat.label).collect();
    let held = world.hold(event_id(1), booking_id(1), "bob", &seats).await;
    while client.version < held {
        let said = feed.message().await;
        assert_eq!(said.event, "snapshot");
        client.take(&said);
    }
    assert_eq!(client.counts[1], 300);
}

#[tokio::test]
async fn a_feed_that_has_nothing_to_tell_says_that_it_lives() {
    let options = Options { beat: Duration::from_millis(20), ..Options::default() };
    let world = World::with_options(&options).await;
    let (_, begun) = world.on_sale_with_seats(event_id(1)).await;
    let mut feed = open(&world, begun).await;
    feed.message().await;
    for _ in 0..3 {
        assert_eq!(feed.next().await.unwrap().comment, "beat");
    }
    // Nobody listened for many beats: the feed was given up, and begins anew.
    drop(feed);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let held = world.hold(event_id(1), booking_id(1), "bob", &["1-1"]).await;
    let mut client = Client::default();
    let mut feed = open(&world, held).await;
    client.take(&feed.message().await);
    assert_eq!((client.version, client.counts[1]), (held, 1));
}

#[tokio::test]
async fn feeds_end_with_the_process_and_with_what_they_show() {
    for stops in ["the process", "the read model"] {
        let options = Options::default();
        let world = World::with_options(&options).await;
        let (_, begun) = world.on_sale_with_seats(event_id(1)).await;
        let position = world.hold(event_id(1), booking_id(1), "bob", &["1-1"]).await;
        let mut feed = open(&world, begun).await;
        let path = format!("/v1/bookings/{}/live?min-position={position}", booking_id(1));
        let token = ("authorization", bearer("bob", Role::Customer));
        let mut booking = Feed::open(&world, &path, &[token]).await;
        feed.message().await;
        booking.message().await;
        match stops {
            "the process" => options.stop.cancel(),
            _ => world.stop_projections().await,
        }
        while feed.next().await.is_some() {}
        while booking.next().await.is_some() {}
    }
}

#[tokio::test]
async fn a_feed_is_as_visible_as_its_event() {
    let world = World::new().await;
    let draft = aisle_domain::event::EventFact::Created(Box::new(details()));
    let position = world.event(event_id(1), vec![draft]).await;
    let path = format!("{}?min-position={position}", live());
    assert_eq!(world.get(&path).await.problem(), (404, "event_not_found".into()));
    let wrong = format!("/v1/events/{}/seats/live", event_id(9));
    assert_eq!(world.get(&wrong).await.problem(), (404, "event_not_found".into()));
}

#[tokio::test]
async fn a_node_that_is_behind_the_client_says_so() {
    let world = World::with_patience(Duration::from_millis(20)).await;
    world.on_sale_with_seats(event_id(1)).await;
    let request = Request::get(live()).header("last-event-id", "1000");
    let got = world.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(got.problem(), (503, "not_yet_applied".into()));
}
