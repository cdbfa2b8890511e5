//! A journal in memory and an index in a directory of its own, for one test.

use std::collections::HashMap;
use std::sync::Arc;

use aisle_domain::area::AreaFact;
use aisle_domain::event::{
    AreaSpec, CategoryPrice, EventDetails, EventFact, SaleWindow, SeatingRule, Venue,
};
use aisle_domain::fact::{Fact, ReleaseReason, VERSION};
use aisle_domain::id::{BookingId, EventId, Subject};
use aisle_domain::money::Currency;
use aisle_domain::seat::SeatFact;
use aisle_domain::stream::{Position, StreamId};
use aisle_infra::journal::{Entry, Meaning, RecordedFact};
use aisle_projections::projection::Projection;
use aisle_projections::search::{Search, SearchPage, SearchProjection, SearchRequest};
use tempfile::TempDir;
use uuid::Uuid;

/// Facts in the order of their positions.
#[derive(Default)]
pub(crate) struct Journal {
    pub(crate) entries: Vec<Entry>,
    sequences: HashMap<StreamId, u64>,
}

/// A journal and the index that follows it.
pub(crate) struct World {
    pub(crate) dir: TempDir,
    pub(crate) journal: Journal,
    pub(crate) projection: SearchProjection,
}

pub(crate) fn event(n: u128) -> EventId {
    EventId(Uuid::from_u128(n))
}

pub(crate) fn booking(n: u128) -> BookingId {
    BookingId(Uuid::from_u128(n))
}

/// A match of ten standing places, at 10.00 EUR and a fee of 1.00.
pub(crate) fn details(title: &str) -> EventDetails {
    EventDetails {
        organiser: Subject::try_new("organiser").unwrap(),
        title: title.into(),
        category: "Football".into(),
        series: None,
        performers: Vec::new(),
        starts_at: "2026-05-01T18:00:00Z".parse().unwrap(),
        time_zone: "Europe/Vienna".into(),
        time_to_be_confirmed: false,
        venue: Venue { name: "Ground".into(), city: None, region: None, country: None },
        plan: None,
        seats: 0,
        areas: vec![AreaSpec { name: "Stand".into(), category: "Any".into(), capacity: 10 }],
        currency: Currency::EUR,
        price_version: 1,
        prices: prices(&[1_000]),
        fee: 100,
        sale_window: SaleWindow::default(),
        limit_per_buyer: 10,
        hold_seconds: 600,
        seating_rule: SeatingRule::default(),
        accessible_categories: Vec::new(),
    }
}

pub(crate) fn prices(amounts: &[i64]) -> Vec<CategoryPrice> {
    let price =
        |(i, amount): (usize, &i64)| CategoryPrice { category: format!("{i}"), amount: *amount };
    amounts.iter().enumerate().map(price).collect()
}

impl Journal {
    pub(crate) fn append(&mut self, event: EventId, stream: StreamId, fact: Fact) {
        let sequence = self.sequences.entry(stream.clone()).or_default();
        *sequence += 1;
        let recorded = RecordedFact {
            position: self.entries.len() as Position + 1,
            event_id: Some(event),
            stream,
            sequence: *sequence,
            fact: fact.name().into(),
            version: VERSION.into(),
            payload: fact.encode().unwrap(),
            metadata: "{}".into(),
            recorded_at: "2026-01-01T00:00:00Z".parse().unwrap(),
            meaning: Meaning::default(),
        };
        self.entries.push(Entry { recorded: Arc::new(recorded), fact: Arc::new(fact) });
    }

    pub(crate) fn event(&mut self, event: EventId, fact: EventFact) {
        self.append(event, StreamId::event(event), Fact::Event(fact));
    }

    pub(crate) fn seat(&mut self, event: EventId, label: &str, fact: SeatFact) {
        self.append(event, StreamId::seat(event, label), Fact::Seat(fact));
    }

    pub(crate) fn area(&mut self, event: EventId, name: &str, fact: AreaFact) {
        self.append(event, StreamId::area(event, name), Fact::Area(fact));
    }

    pub(crate) fn on_sale(&mut self, event: EventId, details: EventDetails) {
        self.event(event, EventFact::Created(Box::new(details)));
        self.event(event, EventFact::Published {});
        self.event(event, EventFact::SalesOpened {});
    }

    pub(crate) fn head(&self) -> Position {
        self.entries.len() as Position
    }
}

pub(crate) fn released(booking_id: BookingId) -> SeatFact {
    SeatFact::Released { booking_id, reason: ReleaseReason::Released }
}

impl World {
    pub(crate) fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let projection = SearchProjection::open(dir.path()).unwrap();
        Self { dir, journal: Journal::default(), projection }
    }

    /// A world with these events on sale, numbered from 1.
    pub(crate) async fn with(events: impl IntoIterator<Item = EventDetails>) -> Self {
        let mut world = Self::new();
        for (n, details) in (1..).zip(events) {
            world.journal.on_sale(event(n), details);
        }
        world.catch_up().await;
        world
    }

    /// A world with events of these titles on sale, one a day.
    pub(crate) async fn of_titles(titles: &[&str]) -> Self {
        let on_day = |(day, title): (usize, &&str)| EventDetails {
            starts_at: format!("2026-05-{:02}T18:00:00Z", day + 1).parse().unwrap(),
            ..details(title)
        };
        Self::with(titles.iter().enumerate().map(on_day)).await
    }

    /// Applies what was not yet, in one batch, and commits it.
    pub(crate) async fn catch_up(&mut self) {
        self.apply_from(self.projection.checkpoint().await.unwrap()).await;
        self.projection.commit(self.journal.head()).await.unwrap();
    }

    pub(crate) async fn apply_from(&mut self, position: Position) {
        self.projection.apply(&self.journal.entries[position as usize..]).await.unwrap();
    }

    /// Lets the projection go, without a commit, and opens it again.
    pub(crate) fn restart(self) -> Self {
        let Self { dir, journal, projection } = self;
        drop(projection);
        let projection = SearchProjection::open(dir.path()).unwrap();
        Self { dir, journal, projection }
    }

    pub(crate) fn search(&self) -> Search {
        self.projection.search()
    }

    pub(crate) fn ask(&self, request: &SearchRequest) -> SearchPage {
        self.search().search(request).unwrap()
    }

    /// The titles found by a term, in order.
    pub(crate) fn titles(&self, term: &str) -> Vec<String> {
        titles(&self.ask(&SearchRequest { limit: 100, ..for_term(term) }))
    }
}

pub(crate) fn for_term(term: &str) -> SearchRequest {
    SearchRequest { term: Some(term.into()), ..SearchRequest::default() }
}

pub(crate) fn titles(page: &SearchPage) -> Vec<String> {
    page.hits.iter().map(|hit| hit.listing.title.clone()).collect()
}

/// All pages of a request, from the first to the last.
pub(crate) fn all_pages(search: &Search, mut request: SearchRequest) -> Vec<SearchPage> {
    let mut pages = Vec::new();
    loop {
        let page = search.search(&request).unwrap();
        request.after = page.next.map(|next| next.to_string().parse().unwrap());
        pages.push(page);
        assert!(pages.len() <= 1_000, "the pages go round in circles");
        if request.after.is_none() {
            return pages;
        }
    }
}
